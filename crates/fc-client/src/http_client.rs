//! The reqwest client that sends the requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{ClientBuilder, Proxy, redirect, retry};
use rustls::ClientConfig;

use crate::base_url::{self, BaseUrl, LOCALHOST};
use crate::{Error, tls};

/// A builder of [`reqwest::Client`]s whose TLS is set up: ring, and the certificates that the machine trusts.
///
/// It is for [`Config::with_http_client`](crate::Config::with_http_client), and for other requests of a program that uses
/// this crate. [`reqwest::Client::new`] panics in such a program, unless it has installed a TLS provider or turns on
/// reqwest's feature `rustls`: see [the crate's documentation](crate#reqwest-and-rustls-in-your-program).
///
/// Clients of this builder follow no redirects, because a redirect would carry the API key. They do not retry by themselves,
/// because this crate's [retries](crate::Config::with_max_retries) do. `localhost` is always a loopback address.
///
/// ```
/// use std::time::Duration;
///
/// use fc_client::{ApiKey, Client, Config};
///
/// # fn client(key: ApiKey) -> Result<(), Box<dyn std::error::Error>> {
/// let http = fc_client::http_client_builder()?.pool_idle_timeout(Duration::from_secs(10)).build()?;
/// let client = Client::new(Config::new(key).with_http_client(http))?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// A configuration error: the machine's certificates cannot be loaded.
pub fn http_client_builder() -> Result<ClientBuilder, Error> {
    Ok(builder(tls::platform()?))
}

/// The HTTP client for a base URL.
pub(crate) fn http_client(
    base_url: &BaseUrl,
    proxy: Option<&str>,
    connect_timeout: Duration,
) -> Result<reqwest::Client, Error> {
    let mut builder = if base_url.is_encrypted() {
        builder(tls::platform()?)
    } else {
        // A proxy from the environment would be given the key in the clear.
        builder(tls::none()?).no_proxy()
    };
    if let Some(url) = proxy {
        base_url::check_proxy(url, base_url)?;
        let proxy = Proxy::all(url).map_err(|_| Error::configuration("proxy: not a URL that can be used"))?;
        builder = builder.proxy(proxy);
    }
    builder.connect_timeout(connect_timeout).build().map_err(|error| {
        Error::configuration(format!("the HTTP client could not be made ({})", error.without_url()))
    })
}

fn builder(tls: ClientConfig) -> ClientBuilder {
    // reqwest puts the port of the URL in.
    const LOOPBACK: [SocketAddr; 2] = [
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
    ];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // A redirect would carry the key, and Stripe sends none.
        .redirect(redirect::Policy::none())
        // Without retries a request is sent at most once.
        .retry(retry::never())
        // The key goes there over plain http. A name server or a hosts file must not lead it elsewhere.
        .resolve_to_addrs(LOCALHOST, &LOOPBACK)
}

#[cfg(test)]
mod tests {
    use reqwest::dns::{Name, Resolve, Resolving};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::builder;
    use crate::tls;

    /// A machine whose name servers and hosts file know no name.
    struct NoNames;

    impl Resolve for NoNames {
        fn resolve(&self, name: Name) -> Resolving {
            Box::pin(async move { Err(format!("{} is unknown", name.as_str()).into()) })
        }
    }

    #[tokio::test]
    async fn localhost_is_this_machine_whatever_a_name_server_says() {
        let http = builder(tls::none().unwrap()).no_proxy().dns_resolver(NoNames).build().unwrap();
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        });
        let response = http.get(format!("http://LocalHost:{port}")).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 204);
        served.await.unwrap();
        let error = http.get(format!("http://other:{port}")).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
    }
}
