//! TLS with rustls: the provider of cryptography, and what is trusted.
//!
//! The provider is the one that the program installed, otherwise ring. It is named explicitly, because rustls panics if it has
//! to choose between two. A library must not install a provider for the process.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::Error;

/// The provider of cryptography; `None` without ring if the program has installed none.
pub(crate) fn provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "ring")]
    let otherwise = || Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(feature = "ring"))]
    let otherwise = || None;
    CryptoProvider::get_default().cloned().or_else(otherwise)
}

fn required() -> Result<Arc<CryptoProvider>, Error> {
    provider().ok_or_else(|| {
        Error::configuration(
            "there is no TLS provider: install one at the start of the program \
             (`rustls::crypto::aws_lc_rs::default_provider().install_default()`), or turn on the feature `ring`",
        )
    })
}

/// TLS settings that trust what the machine trusts.
///
/// The platform's verifier honours a company's own certificates and revocations, and it does not age with the binary.
/// Rejected: a built-in list of roots.
pub(crate) fn platform() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(required()?)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| {
            Error::configuration(format!(
                "the machine's trusted certificates could not be loaded ({error}); \
                 install them (ca-certificates on Linux) or give a reqwest::Client with others"
            ))
        })?;
    Ok(config.with_no_client_auth())
}

/// TLS settings that trust no certificate, for a base URL without TLS.
///
/// With them a sandbox on loopback also works in a container without certificates.
pub(crate) fn none() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(required()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration(format!("TLS could not be set up ({error})")))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
