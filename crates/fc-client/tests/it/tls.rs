//! TLS: what is trusted, and what is not needed.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::server::Server;
use crate::support::{PAGE, child};

/// A file that holds the certificates a child is to trust, for as long as this lives.
struct Roots(PathBuf);

impl Roots {
    fn new(pem: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("fc-client-{}-{}.pem", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, pem).unwrap();
        Self(path)
    }

    /// The variable that names the file to rustls on this platform.
    fn variables(&self) -> [(&str, &PathBuf); 1] {
        [("SSL_CERT_FILE", &self.0)]
    }
}

impl Drop for Roots {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Starts an https server on loopback, certified by `authority`; gives its URL and how many requests it has read.
async fn serve(authority: &CertifiedIssuer<'static, KeyPair>) -> (String, Arc<AtomicUsize>) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config.clone())).accept(stream).await else {
                continue;
            };
            let mut head = [0; 4096];
            if stream.read(&mut head).await.is_ok_and(|length| length > 0) {
                count.fetch_add(1, Ordering::Relaxed);
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAGE}", PAGE.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (url, requests)
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_server_that_the_machine_trusts_is_called() {
    let authority = authority();
    let (url, requests) = serve(&authority).await;
    let roots = Roots::new(&authority.pem());
    assert_eq!(child::list_accounts(&url, &roots.variables()).await, "fca_1");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

/// `reqwest::Client::new` panics in this program, because reqwest has TLS and no provider.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn an_http_client_of_the_builder_needs_no_provider_and_trusts_what_the_machine_trusts() {
    let authority = authority();
    let (url, requests) = serve(&authority).await;
    for (trusted, outcome) in [
        (authority.pem(), "fca_1"),
        (
            self::authority().pem(),
            "connection failed: no secure connection could be made; may have executed: false",
        ),
    ] {
        let roots = Roots::new(&trusted);
        let [(name, path)] = roots.variables();
        let variables = [(name, path.as_os_str()), (child::OWN_HTTP_CLIENT, OsStr::new("1"))];
        assert_eq!(child::list_accounts(&url, &variables).await, outcome);
    }
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_server_that_the_machine_does_not_trust_gets_no_request_and_no_second_attempt() {
    let (url, requests) = serve(&authority()).await;
    let roots = Roots::new(&authority().pem());
    let [(name, path)] = roots.variables();
    let variables = [(name, path.as_os_str()), ("STRIPE_MAX_RETRIES", OsStr::new("1"))];
    assert_eq!(
        child::list_accounts(&url, &variables).await,
        "connection failed: no secure connection could be made; may have executed: false"
    );
    assert_eq!(requests.load(Ordering::Relaxed), 0);
}

/// The proxy only learns where to; the key is for the server, behind TLS.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_proxy_for_https_is_asked_for_a_tunnel_and_does_not_see_the_key() {
    let proxy = Server::answering(403, &[], "").await;
    let roots = Roots::new(&authority().pem());
    let [(name, path)] = roots.variables();
    let variables = [(name, path.as_os_str()), ("STRIPE_PROXY", OsStr::new(proxy.url()))];
    assert_eq!(
        child::list_accounts("https://localhost:1", &variables).await,
        "connection failed: no connection could be made; may have executed: false"
    );
    let request = proxy.request();
    assert!(request.starts_with("CONNECT localhost:1 HTTP/1.1\r\n"), "{request}");
    assert!(
        !request.contains("SECRET") && !request.to_lowercase().contains("\r\nauthorization"),
        "{request}"
    );
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_machine_without_certificates_is_told_so_and_can_still_use_a_sandbox() {
    let roots = Roots::new("");
    let outcome = child::list_accounts("https://localhost:1", &roots.variables()).await;
    assert!(
        outcome.starts_with("configuration: the machine's trusted certificates could not be loaded"),
        "{outcome}"
    );
    let server = Server::answering(200, &[], PAGE).await;
    assert_eq!(child::list_accounts(server.url(), &roots.variables()).await, "fca_1");
}

/// The server accepts and then says nothing, so that the handshake can only end at a limit, whichever is the shortest.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn an_attempt_that_ends_while_it_connects_has_sent_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let roots = Roots::new(&authority().pem());
    let [(name, path)] = roots.variables();
    for (limit, outcome) in [
        ("STRIPE_CONNECT_TIMEOUT", "timed out: no connection in time; may have executed: false"),
        ("STRIPE_ATTEMPT_TIMEOUT", "timed out: no connection within 50ms; may have executed: false"),
        ("STRIPE_TIMEOUT", "timed out: no connection within 50ms; may have executed: false"),
    ] {
        let variables = [(name, path.as_os_str()), (limit, OsStr::new("0.05"))];
        assert_eq!(child::list_accounts(&url, &variables).await, outcome, "{limit}");
    }
}
