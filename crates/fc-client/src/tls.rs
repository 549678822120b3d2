//! TLS with rustls and ring, named explicitly.
//!
//! reqwest would take the provider that is installed for the process and panic when there is none or rustls cannot
//! choose between two. A library must not depend on what else is in the tree, nor install anything for the process.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, SecureRandom};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::Error;

fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// The provider's generator of random bytes.
pub(crate) fn secure_random() -> &'static dyn SecureRandom {
    provider().secure_random
}

/// TLS settings that trust what the machine trusts.
///
/// The platform's verifier is used rather than a built-in list of roots: reqwest builds it anyway, it honours a
/// company's own certificates and revocations, and it does not age with the binary.
pub(crate) fn platform() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(provider()))
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

/// TLS settings that trust nobody, for a base URL without TLS.
///
/// So a sandbox on loopback also works in a container that has no certificates.
pub(crate) fn none() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration(format!("TLS could not be set up ({error})")))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
