//! TLS to Postgres: rustls with the provider that the program installed, otherwise ring; trusting what the machine trusts.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::Target;
use crate::error::{Error, ErrorKind};

/// TLS settings for a target. Certificate and host are verified in every mode that uses TLS.
///
/// # Errors
///
/// [`ErrorKind::Configuration`] when the trusted certificates cannot be read.
pub(super) fn connector(target: &Target) -> Result<MakeRustlsConnect, Error> {
    let provider = provider().ok_or_else(|| {
        refused("there is no TLS provider: install one at the start of the program, or turn on the feature `ring`")
    })?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused("TLS to Postgres could not be set up").with_source(error))?;
    let config = match (&target.root_certificates, target.config.get_ssl_mode()) {
        (Some(file), _) => builder.with_root_certificates(roots(file)?),
        (None, SslMode::Disable) => builder.with_root_certificates(RootCertStore::empty()),
        (None, _) => builder.with_platform_verifier().map_err(|error| {
            refused(
                "the machine's trusted certificates could not be loaded: install them (ca-certificates on Linux), or \
                 add `sslrootcert=FILE` or `sslmode=disable` to the Postgres URL",
            )
            .with_source(error)
        })?,
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

/// As the API's client chooses its own.
fn provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "ring")]
    let otherwise = || Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(feature = "ring"))]
    let otherwise = || None;
    CryptoProvider::get_default().cloned().or_else(otherwise)
}

fn roots(file: &Path) -> Result<RootCertStore, Error> {
    let unreadable =
        || refused(&format!("no certificate could be read from `sslrootcert` {}", file.display()));
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| unreadable().with_source(error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable().with_source(error))?;
        roots.add(certificate).map_err(|error| unreadable().with_source(error))?;
    }
    if roots.is_empty() { Err(unreadable()) } else { Ok(roots) }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
