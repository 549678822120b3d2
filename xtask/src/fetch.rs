//! A spec from a file or over https, with its checksum.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};

use crate::slice::Spec;

/// A whole Stripe spec has about 8 MB; nothing that is much larger is one.
const LARGEST: u64 = 256 * 1024 * 1024;

/// How long a download may take as a whole.
const PATIENCE: Duration = Duration::from_secs(300);

/// Reads the spec that the user named: a URL or a file.
///
/// # Errors
///
/// It cannot be fetched or read, or its SHA-256 is not the one that was given.
pub fn spec(place: &str, sha256: Option<&str>) -> Result<Spec> {
    let spec = if place.starts_with("https://") || place.starts_with("http://") {
        let file = download(place)?;
        Spec::read(file.path()).with_context(|| format!("cannot read what {place} gave"))?
    } else {
        Spec::read(Path::new(place))?
    };
    if let Some(expected) = sha256 {
        let found = spec.sha256();
        ensure!(
            found.eq_ignore_ascii_case(expected),
            "{place} has the SHA-256 {found}, not {expected}: another file, or a damaged one"
        );
    }
    Ok(spec)
}

/// Streams a document into a temporary file.
fn download(url: &str) -> Result<NamedTempFile> {
    let is_local = check(url)?;
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let mut config = ureq::Agent::config_builder()
        .https_only(!is_local)
        // A server on this machine has nothing to redirect to that would be safe.
        .max_redirects(if is_local { 0 } else { 5 })
        .timeout_global(Some(PATIENCE))
        .tls_config(tls);
    if is_local {
        config = config.proxy(None);
    }
    let mut response =
        config.build().new_agent().get(url).call().with_context(|| format!("cannot fetch {url}"))?;
    ensure!(response.status().is_success(), "{url} answered {}", response.status());
    let length = response.body().content_length();
    let mut body = response.body_mut().with_config().limit(LARGEST).reader();
    let mut file = NamedTempFile::new().context("cannot make a temporary file")?;
    let received = copy(&mut body, file.as_file_mut()).with_context(|| format!("{url} broke off"))?;
    // A lost connection is an end like any other unless the length was announced.
    if let Some(length) = length {
        ensure!(received == length, "{url} broke off after {received} of {length} bytes");
    }
    Ok(file)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<u64> {
    let count = std::io::copy(from, to)?;
    to.flush()?;
    Ok(count)
}

/// Whether the URL is one of this machine. Only there may it be plain http.
fn check(url: &str) -> Result<bool> {
    let uri: Uri = url.parse().with_context(|| format!("{url} is not a URL"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<std::net::IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(false),
        Some("http") if is_local => Ok(true),
        _ => bail!("{url}: a spec is fetched over https only, so that nobody on the way can change it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:8/x"] {
            assert!(check(url).unwrap(), "{url}");
        }
        assert!(!check("https://example.com/x").unwrap());
        for url in ["http://example.com/x", "http://127.0.0.1.example.com/x", "http://10.0.0.1/x"] {
            assert!(format!("{:#}", check(url).unwrap_err()).contains("over https only"), "{url}");
        }
    }
}
