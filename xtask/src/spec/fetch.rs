//! A spec from a file or over https, with its checksum.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};

use super::document::Spec;
use super::provenance::Provenance;
use super::sdk;
use crate::cli::SpecArgs;

/// Limit of a download in bytes. A whole Stripe spec has about 8 MB.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Timeout of a download.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Reads the spec that the user named: a URL or a file.
///
/// # Errors
///
/// It cannot be fetched or read, or its SHA-256 is not `sha256`.
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
            "{place} has the SHA-256 {found}, not {expected}: the file is another one or damaged"
        );
    }
    Ok(spec)
}

/// The spec that the user named, with the SDK spec merged into it, and its provenance.
///
/// # Errors
///
/// As [`spec`]; or the two are of different API versions.
pub fn given(args: &SpecArgs) -> Result<(Spec, Provenance)> {
    let mut spec = self::spec(&args.spec, args.sha256.as_deref())?;
    let mut provenance = Provenance::of(&spec, args.source_commit.as_deref());
    if let Some(place) = &args.sdk_spec {
        let sdk = self::spec(place, args.sdk_sha256.as_deref())?;
        sdk::add_sdk_spec(&mut spec.document, &sdk.document)?;
        provenance.has_sdk_view = true;
        provenance.sdk_sha256 = Some(sdk.sha256());
    }
    Ok((spec, provenance))
}

/// Streams a document into a temporary file.
fn download(url: &str) -> Result<NamedTempFile> {
    let is_local = check(url)?;
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let mut config = ureq::Agent::config_builder()
        .https_only(!is_local)
        // A redirect from this machine would lead to an unchecked place.
        .max_redirects(if is_local { 0 } else { 5 })
        .timeout_global(Some(TIMEOUT))
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
    let received = copy(&mut body, file.as_file_mut()).with_context(|| format!("{url} ended early"))?;
    // Without a content length, a lost connection looks like the end of the body.
    if let Some(length) = length {
        ensure!(received == length, "{url} ended early, after {received} of {length} bytes");
    }
    Ok(file)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<u64> {
    let count = std::io::copy(from, to)?;
    to.flush()?;
    Ok(count)
}

/// Whether the URL is on this machine. Only such a URL may be plain http.
fn check(url: &str) -> Result<bool> {
    let uri: Uri = url.parse().with_context(|| format!("{url} is not a URL"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<std::net::IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(false),
        Some("http") if is_local => Ok(true),
        _ => bail!(
            "{url}: a spec is fetched over https only, because http does not protect it from changes on the way"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_accepted_only_on_this_machine() {
        for url in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:8/x"] {
            assert!(check(url).unwrap(), "{url}");
        }
        assert!(!check("https://example.com/x").unwrap());
        for url in ["http://example.com/x", "http://127.0.0.1.example.com/x", "http://10.0.0.1/x"] {
            assert!(format!("{:#}", check(url).unwrap_err()).contains("over https only"), "{url}");
        }
    }
}
