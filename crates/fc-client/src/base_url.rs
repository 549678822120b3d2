//! The base URL of all requests, and the check of a proxy.

use std::net::IpAddr;

use reqwest::Url;

use crate::Error;

/// A checked base URL. It is parsed once, because every call has the same host.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    url: Url,
    encrypted: bool,
}

/// The hosts that may be sent the API key over plain http, besides this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainHttp<'c> {
    /// A host besides this machine, if the caller named one.
    pub(crate) test_host: Option<&'c str>,
    /// Whether the key acts on live data: it never goes to that host.
    pub(crate) live_key: bool,
}

impl BaseUrl {
    /// Takes an https URL, or an http one whose host may be sent the key in the clear.
    pub(crate) fn parse(text: &str, plain: PlainHttp<'_>) -> Result<Self, Error> {
        let refuse = |reason: &str| Err(Error::configuration(format!("base URL: {reason}")));
        let Ok(mut url) = Url::parse(text) else {
            return refuse("not a URL; expected one such as https://api.stripe.com");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds a user name or password; the API key is all that is sent");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it holds a query or fragment; only scheme, host, port and path are allowed");
        }
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if is_loopback(&url) => false,
            "http" if plain.test_host.is_some_and(|host| is_host(&url, host)) => {
                if plain.live_key {
                    return refuse(
                        "plain http would send a live API key in the clear; \
                         the insecure test host is for test keys only",
                    );
                }
                false
            }
            "http" => {
                return refuse(
                    "plain http would send the API key in the clear; \
                     use https (only 127.0.0.0/8, ::1 and localhost may do without, \
                     and with a test key the host of Config::with_insecure_test_host)",
                );
            }
            _ => return refuse("its scheme is neither https nor http"),
        };
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, encrypted })
    }

    /// Whether requests travel in the clear to the name `localhost`.
    pub(crate) fn is_plain_localhost(&self) -> bool {
        !self.encrypted && self.url.host_str() == Some(LOCALHOST)
    }

    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The URL of a path, which begins with a slash, below this one.
    pub(crate) fn join(&self, path: &str, query: &str) -> Url {
        let mut url = self.url.clone();
        match url.path() {
            "/" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        if !query.is_empty() {
            url.set_query(Some(query));
        }
        url
    }

    /// Whether requests travel through TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

/// Rejects a proxy that cannot be used, or that would see the key in the clear.
///
/// A proxy for https forwards bytes that it cannot read. A proxy for plain http reads everything.
pub(crate) fn check_proxy(text: &str, base_url: &BaseUrl) -> Result<(), Error> {
    let refuse = |reason: &str| Err(Error::configuration(format!("proxy: {reason}")));
    let Ok(url) = Url::parse(text) else {
        return refuse("not a URL; expected one such as http://proxy.example:3128");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return refuse("its scheme is neither http nor https");
    }
    if !base_url.encrypted && !is_loopback(&url) {
        return refuse(
            "it would be given the API key in the clear, since the base URL is plain http; use https",
        );
    }
    Ok(())
}

/// A URL as it may be printed: hidden if it may hold credentials.
pub(crate) fn shown(url: &str) -> &str {
    if url.contains(['@', '?', '#']) { "…" } else { url }
}

/// The name of this machine. The HTTP client resolves it to loopback addresses only.
pub(crate) const LOCALHOST: &str = "localhost";

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == LOCALHOST || address.is_ok_and(|address| address.is_loopback())
}

/// Whether the URL's host is `host`, compared as hosts of URLs.
fn is_host(url: &Url, host: &str) -> bool {
    // As the host of another URL it gets the same form. A text that is more than a host changes more than the host.
    let mut other = url.clone();
    other.set_host(Some(host)).is_ok() && other == *url
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, PlainHttp, check_proxy};
    use crate::Error;

    /// A base URL for a test key, without a host for plain http.
    fn parse(text: &str) -> Result<BaseUrl, Error> {
        BaseUrl::parse(text, PlainHttp { test_host: None, live_key: false })
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "http://127.0.0.1:12111",
            "http://127.8.9.10",
            "http://[::1]:80",
            "http://localhost:1",
            "HTTP://LocalHost",
            "http://127.1",
        ] {
            assert!(!parse(url).unwrap().is_encrypted(), "{url}");
        }
        for url in [
            "http://api.stripe.com",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://0.0.0.0",
            "http://10.0.0.1",
            "http://[::]",
            "http://[fe80::1]",
            "http://128.0.0.1",
            "http://localhost@example.com",
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.is_configuration() && error.to_string().contains("base URL"), "{url}: {error}");
        }
        let error = parse("http://api.stripe.com").unwrap_err();
        assert!(error.to_string().contains("would send the API key in the clear"), "{error}");
    }

    #[test]
    fn plain_http_to_a_named_host_is_for_test_keys_only() {
        let parse = |url, test_host, live_key| {
            BaseUrl::parse(url, PlainHttp { test_host: Some(test_host), live_key })
                .map(|url| url.is_encrypted())
        };
        for (url, host) in [
            ("http://sandbox:12111", "sandbox"),
            ("http://SANDBOX", "Sandbox"),
            ("http://10.0.0.1", "10.0.0.1"),
            ("http://[fe80::1]", "[fe80::1]"),
        ] {
            assert!(!parse(url, host, false).unwrap(), "{url}");
            let error = parse(url, host, true).unwrap_err().to_string();
            assert!(error.contains("would send a live API key in the clear"), "{error}");
        }
        for (url, host) in [
            ("http://sandbox.example", "sandbox"),
            ("http://api.stripe.com", "sandbox"),
            ("http://10.0.0.2", "10.0.0.1"),
            ("http://sandbox", "http://sandbox"),
            ("http://sandbox", ""),
        ] {
            let error = parse(url, host, false).unwrap_err().to_string();
            assert!(error.contains("Config::with_insecure_test_host"), "{error}");
        }
        assert!(parse("https://api.stripe.com", "sandbox", true).unwrap());
        assert!(!parse("http://localhost:1", "sandbox", true).unwrap());
    }

    #[test]
    fn a_path_is_kept_and_a_slash_at_the_end_is_not() {
        let url = |base: &str| parse(base).unwrap().join("/v1/x%2Fy", "").to_string();
        assert_eq!(url("https://api.stripe.com"), "https://api.stripe.com/v1/x%2Fy");
        assert_eq!(url("https://api.stripe.com//"), "https://api.stripe.com/v1/x%2Fy");
        assert_eq!(url("http://[::1]:1/stripe/"), "http://[::1]:1/stripe/v1/x%2Fy");
    }

    #[test]
    fn a_query_is_sent_as_it_was_encoded() {
        let base = parse("https://api.stripe.com").unwrap();
        let url = base.join("/v1/x", "expand[]=a%26b&limit=1");
        assert_eq!(url.as_str(), "https://api.stripe.com/v1/x?expand[]=a%26b&limit=1");
    }

    #[test]
    fn what_is_no_base_url_is_refused_and_not_repeated() {
        for (url, reason) in [
            ("", "not a URL"),
            ("api.stripe.com", "not a URL"),
            ("ftp://SECRET.example", "neither https nor http"),
            ("https://user:SECRET@api.stripe.com", "user name or password"),
            ("https://api.stripe.com?key=SECRET", "query or fragment"),
            ("https://api.stripe.com#SECRET", "query or fragment"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.to_string().contains(reason), "{url}: {error}");
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
    }

    #[test]
    fn a_proxy_is_an_http_url_and_does_not_get_the_key_in_the_clear() {
        let https = parse("https://api.stripe.com").unwrap();
        let http = parse("http://127.0.0.1:12111").unwrap();
        for (proxy, base_url, reason) in [
            ("http://proxy.example:3128", &https, None),
            ("https://user:password@proxy.example", &https, None),
            ("http://127.0.0.1:3128", &http, None),
            ("http://proxy.example:3128", &http, Some("would be given the API key in the clear")),
            ("https://proxy.example", &http, Some("would be given the API key in the clear")),
            ("proxy.example:SECRET", &https, Some("neither http nor https")),
            ("SECRET", &https, Some("not a URL")),
            ("", &https, Some("not a URL")),
            ("socks5://SECRET.example", &https, Some("neither http nor https")),
        ] {
            let outcome = check_proxy(proxy, base_url).map_err(|error| error.to_string());
            match (&outcome, reason) {
                (Ok(()), None) => {}
                (Err(error), Some(reason)) if error.contains(reason) && !error.contains("SECRET") => {}
                _ => panic!("{proxy}: {outcome:?}"),
            }
        }
    }
}
