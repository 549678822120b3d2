//! The sandbox over a real socket, byte by byte.

use fc_sandbox::{Clock, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::{NOW, in_time};

async fn exchange(base_url: &str, request: String) -> String {
    let address = base_url.strip_prefix("http://").expect("a plain address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut response = String::new();
    in_time(stream.read_to_string(&mut response)).await.expect("read");
    response
}

#[tokio::test]
async fn a_started_sandbox_serves_its_port_until_it_is_dropped() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let base_url = sandbox.base_url().to_owned();
    let form = "name=Jane";
    let response = exchange(
        &base_url,
        format!(
            "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_1\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        ),
    )
    .await;
    let (head, body) = response.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for header in ["content-type: application/json", "request-id: req_", "stripe-version: 2026-09-30.endive"]
    {
        assert!(head.contains(header), "{head}");
    }
    let customer: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&customer["name"], &customer["created"]), (&"Jane".into(), &NOW.into()));

    let clock = "GET /_sandbox/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    assert!(
        exchange(&base_url, clock.to_owned()).await.ends_with(&format!(r#"{{"frozen":true,"now":{NOW}}}"#))
    );

    drop(sandbox);
    let address = base_url.strip_prefix("http://").expect("a plain address").to_owned();
    // The server's task ends when it is next polled; until then the port may still accept a connection.
    let closed = async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    in_time(closed).await;
}
