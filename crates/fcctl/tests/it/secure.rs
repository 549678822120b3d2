//! A sandbox behind TLS, and a proxy that opens tunnels.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::bank::Bank;

/// A bank that answers at an https URL, with a certificate of an authority of its own.
pub(crate) struct Secure {
    pub(crate) bank: Bank,
    pub(crate) url: String,
    _runtime: Runtime,
}

impl Secure {
    pub(crate) fn start() -> Self {
        let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"));
        let authority = authority.expect("an authority");
        bank.home.file("roots.pem", &authority.pem());
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &authority).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key of the certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let behind = bank.sandbox.base_url().trim_start_matches("http://").to_owned();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    copy_bidirectional(&mut stream, &mut TcpStream::connect(behind).await?).await
                });
            }
        });
        Self { bank, url, _runtime: runtime }
    }

    /// File with the certificate of the authority.
    pub(crate) fn roots(&self) -> PathBuf {
        self.bank.home.path().join("roots.pem")
    }
}

/// An HTTP proxy that opens tunnels and keeps what clients send.
pub(crate) struct Proxy {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<u8>>>,
    _runtime: Runtime,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let written = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, Arc::clone(&written)));
            }
        });
        Self { address, seen, _runtime: runtime }
    }

    /// What clients have sent since the last look.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.seen.lock().expect("no panic"))).into_owned()
    }
}

/// Connects a client with the server that it names.
async fn tunnel(mut client: TcpStream, seen: Arc<Mutex<Vec<u8>>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    seen.lock().expect("no panic").extend(&head);
    let head = String::from_utf8_lossy(&head).into_owned();
    let server = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let server = TcpStream::connect(server).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (split(client), split(server));
    let back = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut bytes = [0; 4096];
    loop {
        let read = from_client.read(&mut bytes).await?;
        if read == 0 {
            break;
        }
        seen.lock().expect("no panic").extend(&bytes[..read]);
        to_server.write_all(&bytes[..read]).await?;
    }
    to_server.shutdown().await?;
    back.await?.map(drop)
}
