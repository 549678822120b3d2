//! A program that uses reqwest and rustls itself beside this crate.

use fc_client::{ApiKey, Client, Config};
use rustls::crypto::CryptoProvider;

use crate::support::KEY;

/// A provider for the whole process is the application's to choose.
#[test]
fn no_crypto_provider_is_installed_or_needed() {
    let client = |url: &str| Client::new(Config::new(ApiKey::new(KEY).unwrap()).with_base_url(url));
    client("http://127.0.0.1:1").unwrap();
    // Without certificates these fail, which is another test's subject; either way TLS has been set up.
    let _ = client("https://localhost:1");
    let _ = fc_client::http_client_builder();
    assert!(CryptoProvider::get_default().is_none());
}
