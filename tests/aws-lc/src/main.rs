//! fc-ext with aws-lc as the only provider of cryptography: TLS, idempotency keys and webhook signatures.
//!
//! `.ci/aws-lc` runs it with `SSL_CERT_FILE`, the certificates to trust, which this program writes.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::{env, fs, thread};

use fc_ext::blocking::FinancialConnections;
use fc_ext::types::{CustomerId, Timestamp};
use fc_ext::webhook::{Secret, Signer, Verifier, WebhookError};
use fc_ext::{ApiKey, Config, Permission};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

const KEY: &str = "sk_test_0123456789abcdefwxyz";

/// Computed with Python's standard library: `hmac.new(secret, b"1700000000.{}", "sha256").hexdigest()`.
const SIGNATURES: [(&str, &str); 2] = [
    ("whsec_test", "35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"),
    (
        "whsec_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
        "71be552cb0d8d2df551d1536ce36cb0b87341797e6a2ef90a7e8dc7d4757dbba",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    // Nothing is installed yet, and nothing is chosen by itself.
    assert_eq!(Secret::new("whsec_test").unwrap_err(), WebhookError::NoProvider);
    let error = FinancialConnections::new(Config::new(ApiKey::new(KEY)?)).unwrap_err();
    assert!(error.to_string().contains("there is no TLS provider"), "{error}");

    aws_lc_rs::default_provider().install_default().map_err(|_| "a provider is installed already")?;
    assert!(CryptoProvider::get_default().is_some());

    let signed_at = Timestamp::from_secs(1_700_000_000);
    for (secret, signature) in SIGNATURES {
        let secret = Secret::new(secret)?;
        let header = format!("t=1700000000,v1={signature}");
        assert_eq!(Signer::new(secret.clone()).sign("{}", signed_at), header);
        Verifier::new(secret.clone()).verify("{}", &header, signed_at)?;
        assert!(Verifier::new(secret).verify("{ }", &header, signed_at).is_err());
    }

    // The configuration may be older than the provider: keys are drawn when a call is sent.
    let request = call_over_tls()?;
    let key =
        request.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).ok_or("no key was sent")?;
    assert!(key.len() == 32 && key.bytes().any(|digit| digit != b'0'), "{key}");
    println!("aws-lc: TLS, idempotency keys and webhook signatures work without ring");
    Ok(())
}

/// Creates a session at a server on loopback, and gives the request that the server read.
fn call_over_tls() -> Result<String, Box<dyn Error>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    fs::write(env::var_os("SSL_CERT_FILE").ok_or("SSL_CERT_FILE names the file to write")?, authority.pem())?;

    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("https://localhost:{}", listener.local_addr()?.port());
    let server = thread::spawn(move || -> std::io::Result<String> {
        let (mut tcp, _) = listener.accept()?;
        let mut tls = ServerConnection::new(Arc::new(config)).map_err(std::io::Error::other)?;
        let mut stream = Stream::new(&mut tls, &mut tcp);
        let mut request = vec![0; 8_192];
        let length = stream.read(&mut request)?;
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        stream.flush()?;
        request.truncate(length);
        Ok(String::from_utf8_lossy(&request).into_owned())
    });
    let fc =
        FinancialConnections::new(Config::new(ApiKey::new(KEY)?).with_base_url(url).with_max_retries(0))?;
    let customer: CustomerId = "cus_1".parse()?;
    let error = fc.run(fc.sessions().create(&customer, Permission::Balances).send()).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    Ok(server.join().map_err(|_| "the server failed")??)
}
