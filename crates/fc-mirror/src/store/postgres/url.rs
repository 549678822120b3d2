//! URLs of Postgres, with the parameters of libpq that tokio-postgres does not read.

use std::path::PathBuf;

use tokio_postgres::config::SslMode;

use crate::error::{Error, ErrorKind};

/// What a URL says.
pub(super) struct Target {
    pub(super) config: tokio_postgres::Config,
    /// File of trusted certificates: `sslrootcert`.
    pub(super) root_certificates: Option<PathBuf>,
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Location`], without any part of the URL that could be a password.
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut rest = Vec::new();
        let mut mode = None;
        let mut root_certificates = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(ssl_mode(value)?),
                Some(("sslrootcert", value)) => root_certificates = Some(PathBuf::from(decoded(value)?)),
                _ => rest.push(pair),
            }
        }
        let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let mut config: tokio_postgres::Config = url.parse().map_err(|_| {
            refused(
                "the Postgres URL is not readable: expected `postgres://user:password@host:5432/database`",
            )
        })?;
        if config.get_hosts().is_empty() {
            return Err(refused("the Postgres URL names no host"));
        }
        if let Some(mode) = mode {
            config.ssl_mode(mode);
        }
        Ok(Self { config, root_certificates })
    }
}

/// Every mode with TLS verifies the certificate and the host here, so the three strict modes of libpq are one.
fn ssl_mode(value: &str) -> Result<SslMode, Error> {
    match value {
        "disable" => Ok(SslMode::Disable),
        "allow" | "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        _ => Err(refused(
            "`sslmode` of the Postgres URL is none of disable, allow, prefer, require, verify-ca, verify-full",
        )),
    }
}

/// Text without its percent-encoding.
fn decoded(value: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let digits = tail.get(..2).and_then(|digits| data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok());
        let Some(byte) = digits else {
            return Err(refused("`sslrootcert` of the Postgres URL is badly encoded"));
        };
        bytes.extend(byte);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| refused("`sslrootcert` of the Postgres URL is not UTF-8"))
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Location, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ssl_mode_of_libpq_is_read() {
        for (mode, expected) in [
            ("disable", SslMode::Disable),
            ("allow", SslMode::Prefer),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::Require),
            ("verify-full", SslMode::Require),
        ] {
            let target =
                Target::parse(&format!("postgres://u@h/d?sslmode={mode}&application_name=x")).unwrap();
            assert_eq!(target.config.get_ssl_mode(), expected, "{mode}");
            assert_eq!(target.config.get_application_name(), Some("x"));
        }
    }

    #[test]
    fn root_certificates_are_read_with_their_encoding() {
        let target = Target::parse("postgres://u@h/d?sslrootcert=/etc/my%20ca.pem").unwrap();
        assert_eq!(target.root_certificates, Some("/etc/my ca.pem".into()));
    }

    #[test]
    fn unreadable_urls_are_rejected_without_repeating_them() {
        for url in [
            "postgres://u:HIDDEN@h:port/d",
            "postgres://u:HIDDEN@h/d?sslmode=HIDDEN",
            "postgres://u:HIDDEN@h/d?unknown=HIDDEN",
            "postgres://u@h/d?sslrootcert=%zz",
        ] {
            let Err(error) = Target::parse(url) else { panic!("{url} was accepted") };
            assert_eq!(error.kind(), ErrorKind::Location);
            assert!(!error.to_string().contains("HIDDEN"), "{error}");
        }
    }
}
