//! The addresses that events may be sent to: this machine, unless the settings allow others.

use axum::http::Uri;

use crate::model::settings::Settings;

/// The port of a URL without one.
pub(crate) const DEFAULT_PORT: u16 = 80;

/// Parses the URL of an endpoint, or says why events cannot be sent there.
pub(crate) fn allowed_uri(url: &str, settings: &Settings) -> Result<Uri, &'static str> {
    let uri: Uri = url.parse().map_err(|_| "it is not a URL")?;
    let host = uri.host().ok_or("it has no host")?;
    if uri.scheme_str() != Some("http") {
        return Err("the sandbox does not support TLS; use http://");
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("it contains a user name or a password");
    }
    // A number that is no port has no value here, and must not become the default.
    let port = match authority.strip_prefix(host) {
        Some("") => DEFAULT_PORT,
        _ => uri.port_u16().filter(|port| *port > 0).ok_or("its port is not from 1 to 65535")?,
    };
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let address = name.parse::<std::net::IpAddr>();
    let local = address.map_or(name == "localhost", |address| address.to_canonical().is_loopback());
    if !local && !settings.remote_webhooks {
        return Err("the sandbox sends to this machine only; allow others with --remote-webhooks");
    }
    if settings.own_addresses.has_named(name, port) {
        return Err("it is the sandbox itself; give the address of your application");
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_urls_of_this_machine_are_allowed_by_default() {
        let mut settings = Settings::default();
        for local in ["http://localhost:1/x", "http://127.0.0.9/", "http://[::1]:80/x?y=1"] {
            assert!(allowed_uri(local, &settings).is_ok(), "{local}");
        }
        let foreign = ["http://192.0.2.1/", "http://example.com/", "http://localhost.example.com/"];
        for never in
            ["https://localhost/", "localhost", "/x", "ftp://localhost/", "http://a:b@localhost/", ""]
        {
            assert!(allowed_uri(never, &settings).is_err(), "{never}");
            settings.remote_webhooks = true;
            assert!(allowed_uri(never, &settings).is_err(), "{never}");
            settings.remote_webhooks = false;
        }
        for foreign in foreign {
            assert!(allowed_uri(foreign, &settings).is_err(), "{foreign}");
        }
        settings.remote_webhooks = true;
        assert!(foreign.iter().all(|foreign| allowed_uri(foreign, &settings).is_ok()));
    }

    #[test]
    fn a_number_that_is_no_port_is_refused() {
        let settings = Settings { remote_webhooks: true, ..Settings::default() };
        for host in ["127.0.0.1", "localhost", "[::1]", "example.com"] {
            for port in ["0", "65536", "99999", "-1", "8o", "", "4294967376", "1.5"] {
                let url = format!("http://{host}:{port}/hook");
                assert!(allowed_uri(&url, &settings).is_err(), "{url}");
            }
            for port in ["1", "80", "65535", "0080"] {
                let url = format!("http://{host}:{port}/hook");
                assert!(allowed_uri(&url, &settings).is_ok(), "{url}");
            }
            assert!(allowed_uri(&format!("http://{host}/hook"), &settings).is_ok(), "{host}");
        }
    }

    #[test]
    fn the_addresses_of_the_sandbox_itself_are_refused() {
        let settings = Settings { remote_webhooks: true, ..Settings::default() };
        let allowed = |url: &str| allowed_uri(url, &settings).is_ok();
        let listening =
            settings.own_addresses.listen(vec![([127, 0, 0, 1], 12111).into(), ([0, 0, 0, 0], 80).into()]);
        for own in ["127.0.0.1:12111", "localhost:12111", "[::ffff:127.0.0.1]:12111", "127.0.0.5"] {
            assert!(!allowed(&format!("http://{own}/_sandbox/clock")), "{own}");
        }
        for other in ["127.0.0.1:12112", "localhost:12112", "[::1]:12111", "192.0.2.1:12111", "192.0.2.1"] {
            assert!(allowed(&format!("http://{other}/hook")), "{other}");
        }
        drop(listening);
        assert!(allowed("http://127.0.0.1:12111/hook"), "the sandbox no longer listens there");
    }
}
