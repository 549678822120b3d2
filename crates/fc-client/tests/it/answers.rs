//! Answers of every sort, and what becomes of them.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fc_client::types::ErrorCode;
use fc_client::{ApiKey, Client, Config, Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::server::{LOST, Reply, Server, answer};
use crate::support::{ACCOUNT, KEY, account, client, config};

async fn error(status: u16, headers: &[&str], body: &str) -> Error {
    let server = Server::answering(status, headers, body).await;
    let error = client(&server).disconnect_account(account()).send().await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    error
}

async fn broken(reply: Reply) -> Error {
    let server = Server::start([reply]).await;
    client(&server).disconnect_account(account()).send().await.unwrap_err()
}

#[tokio::test]
async fn a_response_keeps_its_metadata() {
    let headers =
        ["Request-Id: req_1", "Stripe-Version: 2026-10-28.endive", "Idempotent-Replayed: true", "X-Other: y"];
    let server = Server::answering(200, &headers, ACCOUNT).await;
    let response = client(&server).disconnect_account(account()).send_response().await.unwrap();
    assert_eq!(response.id, "fca_1");
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.request_id(), Some("req_1"));
    assert_eq!(response.stripe_version(), Some("2026-10-28.endive"));
    assert!(response.idempotent_replayed());
    assert_eq!(response.headers()["x-other"], "y");
    assert_eq!((response.body(), response.attempts()), (ACCOUNT.as_bytes(), 1));
    assert!(!response.into_inner().livemode);

    let server = Server::answering(200, &["Idempotent-Replayed: false"], ACCOUNT).await;
    let response = client(&server).disconnect_account(account()).send_response().await.unwrap();
    assert_eq!((response.request_id(), response.stripe_version()), (None, None));
    assert!(!response.idempotent_replayed());
}

#[tokio::test]
async fn stripe_s_error_is_read_in_full_and_unknown_members_do_no_harm() {
    let body = r#"{"error": {
        "type": "invalid_request_error", "code": "parameter_missing", "param": "features",
        "message": "Missing required param: features.", "doc_url": "https://docs/parameter-missing",
        "request_log_url": "https://dashboard/req_9", "new_member": {"a": [1]}, "decline_code": null, "source": 1
    }, "more": 1}"#;
    let error = error(400, &["Request-Id: req_9"], body).await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.status().unwrap().as_u16(), 400);
    assert_eq!(error.code(), Some(&ErrorCode::ParameterMissing));
    assert_eq!(error.param(), Some("features"));
    assert_eq!(error.message(), "Missing required param: features.");
    assert_eq!(error.doc_url(), Some("https://docs/parameter-missing"));
    assert_eq!(error.request_log_url(), Some("https://dashboard/req_9"));
    assert_eq!(error.request_id(), Some("req_9"));
    assert_eq!(error.body(), Some(body.as_bytes()));
    assert!(error.source().is_none());
    assert_eq!(
        error.to_string(),
        "invalid request: Missing required param: features. \
         (status 400, code parameter_missing, param features, request req_9)"
    );
}

/// What Stripe documents of each status, and what it says about execution.
#[tokio::test]
async fn a_status_decides_the_kind_and_whether_it_may_have_been_executed() {
    let plain = r#"{"error":{"type":"invalid_request_error"}}"#;
    let conflict = r#"{"error":{"type":"idempotency_error"}}"#;
    let in_use = r#"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}"#;
    let rate_limit = r#"{"error":{"type":"invalid_request_error","code":"rate_limit"}}"#;
    let lock = r#"{"error":{"type":"invalid_request_error","code":"lock_timeout"}}"#;
    let odd = r#"{"error":{"type":["?"],"code":"rate_limit","message":null}}"#;
    for (status, body, kind, may_have_executed) in [
        (400, odd, ErrorKind::RateLimited, false),
        (400, r#"{"error":"x"}"#, ErrorKind::InvalidRequest, false),
        (400, plain, ErrorKind::InvalidRequest, false),
        (400, conflict, ErrorKind::Idempotency, false),
        (400, rate_limit, ErrorKind::RateLimited, false),
        (401, plain, ErrorKind::Authentication, false),
        (402, plain, ErrorKind::Api, true),
        (403, plain, ErrorKind::Permission, false),
        (404, plain, ErrorKind::NotFound, false),
        (408, "", ErrorKind::Api, true),
        (409, plain, ErrorKind::Api, true),
        (409, in_use, ErrorKind::Idempotency, true),
        (424, plain, ErrorKind::Api, true),
        (429, plain, ErrorKind::RateLimited, false),
        (429, lock, ErrorKind::RateLimited, false),
        (500, plain, ErrorKind::Api, true),
        (503, "", ErrorKind::Api, true),
    ] {
        let error = error(status, &[], body).await;
        assert_eq!((error.kind(), error.may_have_executed()), (kind, may_have_executed), "{status} {body}");
        let predicates = [
            (ErrorKind::InvalidRequest, error.is_invalid_request()),
            (ErrorKind::Authentication, error.is_authentication()),
            (ErrorKind::Permission, error.is_permission()),
            (ErrorKind::NotFound, error.is_not_found()),
            (ErrorKind::RateLimited, error.is_rate_limited()),
            (ErrorKind::Idempotency, error.is_idempotency()),
            (ErrorKind::Api, error.is_api()),
            (ErrorKind::Connection, error.is_connection()),
            (ErrorKind::Timeout, error.is_timeout()),
            (ErrorKind::Decode, error.is_decode()),
            (ErrorKind::Configuration, error.is_configuration()),
        ];
        let holding: Vec<_> = predicates.iter().filter(|(_, holds)| *holds).map(|(kind, _)| *kind).collect();
        assert_eq!(holding, [kind]);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_stripe_s_keeps_status_headers_and_body() {
    let error = error(502, &["Server: nginx", "Request-Id: req_2"], "<html>SECRET</html>").await;
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status().unwrap().as_u16(), 502);
    assert_eq!(error.headers().unwrap()["server"], "nginx");
    assert_eq!(error.body(), Some(&b"<html>SECRET</html>"[..]));
    assert_eq!((error.code(), error.param(), error.doc_url()), (None, None, None));
    assert_eq!(
        error.to_string(),
        "api fault: the answer is not in Stripe's error format (status 502, request req_2)"
    );
    assert!(!format!("{error:?}").contains("SECRET"));
}

#[tokio::test]
async fn a_success_that_is_no_json_is_a_decode_error() {
    let error = error(200, &["Request-Id: req_3"], "<html>").await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(
        error.to_string(),
        "unreadable answer: the body is HTML, not JSON; a proxy or another server sent it (status 200, request req_3)"
    );
}

#[tokio::test]
async fn a_message_cannot_forge_a_second_line() {
    let error = error(400, &[], r#"{"error":{"message":"a\nERROR b\u001b[31m","param":"p\r\n"}}"#).await;
    assert_eq!(error.to_string(), "invalid request: a ERROR b [31m (status 400, param p  )");
    assert_eq!(error.message(), "a\nERROR b\u{1b}[31m");
}

/// A server's text in full would be one line of five megabytes in a log.
#[tokio::test]
async fn the_text_of_an_error_is_bounded() {
    let long = "\u{202e}m".repeat(50_000);
    let body = format!(r#"{{"error":{{"message":"{long}","code":"{long}","param":"{long}"}}}}"#);
    let error = error(400, &[], &body).await;
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.len() < 5_000, "{} bytes", shown.len());
        assert!(!shown.contains('\u{202e}'));
    }
    // The accessors keep the whole text. No `assert_eq!`, which would print it.
    assert!(error.message() == long && error.param() == Some(&long));
}

#[tokio::test]
async fn a_lost_reply_leaves_open_whether_it_was_executed() {
    let server = Server::start([LOST, LOST]).await;
    let error = client(&server).disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, None));
    assert!(error.may_have_executed());
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_reply_that_breaks_off_keeps_its_status() {
    let head = "HTTP/1.1 200 OK\r\nRequest-Id: req_4\r\nContent-Length: 100\r\n\r\n{\"id\":";
    let error = broken(Reply::Bytes(head.into())).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.status().unwrap().as_u16(), 200);
    assert_eq!(error.request_id(), Some("req_4"));
    assert!(error.may_have_executed());
}

#[tokio::test]
async fn a_refused_connection_is_certain_not_to_have_executed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(url).with_max_retries(0);
    let error = Client::new(config).unwrap().disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_executed()), (ErrorKind::Connection, false));
    assert_eq!(error.to_string(), "connection failed: no connection could be made");
    assert_eq!(error.attempts(), 1);
}

/// Not a sleep: the call itself is what ends, at its own limit.
#[tokio::test]
async fn a_call_ends_at_its_time_limit_wherever_it_is() {
    for stall in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"] {
        let server = Server::start([Reply::Stall(stall)]).await;
        let config = config(&server).with_timeout(Duration::from_millis(100)).with_max_retries(0);
        let client = Client::new(config).unwrap();
        let error = client.disconnect_account(account()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.message().ends_with(" within 100ms"), "{error}");
        assert!(error.may_have_executed() && error.source().is_some());
    }
}

/// An answer of this status that does not end, in pieces of 64 KiB; it stops after 256 MiB, so that a client without a
/// limit does not take the machine down. Gives the URL and how much was sent.
async fn endless(status: u16) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        let head = format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\nRequest-Id: req_1\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
        for _ in 0..4_096 {
            if stream.write_all(&piece).await.is_err() {
                return;
            }
            count.fetch_add(piece.len(), Ordering::Relaxed);
        }
    });
    (url, sent)
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_no_further() {
    let client = |url: String, limit: Option<usize>| {
        let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(url).with_max_retries(0);
        Client::new(limit.into_iter().fold(config, Config::with_max_response_size)).unwrap()
    };
    let (url, sent) = endless(200).await;
    let error = client(url, None).disconnect_account(account()).send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "unreadable answer: the answer is larger than 67108864 bytes; see Config::with_max_response_size \
         (status 200, request req_1)"
    );
    assert!(error.is_decode() && error.may_have_executed() && !error.is_retryable());
    assert_eq!(error.body(), Some(&b""[..]));
    assert!(sent.load(Ordering::Relaxed) < 80 << 20, "the connection was closed");

    // Of an error less is read, and its status counts for more.
    let (url, sent) = endless(503).await;
    let error = client(url, None).disconnect_account(account()).send().await.unwrap_err();
    assert!(error.is_api() && error.is_retryable(), "{error}");
    assert_eq!(error.body().unwrap().len(), 1 << 20);
    assert!(sent.load(Ordering::Relaxed) < 16 << 20);
    let (url, _) = endless(400).await;
    let error = client(url, Some(1_000)).disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.body().unwrap().len()), (ErrorKind::InvalidRequest, 1_000));

    for (limit, fits) in [(ACCOUNT.len(), true), (ACCOUNT.len() - 1, false)] {
        let server = Server::answering(200, &[], ACCOUNT).await;
        let client = Client::new(config(&server).with_max_response_size(limit)).unwrap();
        assert_eq!(client.disconnect_account(account()).send().await.is_ok(), fits);
    }
}

#[tokio::test]
async fn what_financial_connections_refuses_is_told_by_name() {
    let prefix = "financial_connections_account";
    for (code, predicates) in [
        (format!("{prefix}_inactive"), [true, false, false, false]),
        ("financial_connections_no_successful_transaction_refresh".to_owned(), [false, true, false, false]),
        (format!("{prefix}_pending_account_numbers"), [false, false, true, false]),
        (format!("{prefix}_unavailable_account_numbers"), [false, false, false, true]),
        ("resource_missing".to_owned(), [false; 4]),
    ] {
        let error = error(400, &[], &format!(r#"{{"error":{{"code":"{code}"}}}}"#)).await;
        let told = [
            error.is_account_inactive(),
            error.is_no_successful_transaction_refresh(),
            error.is_account_numbers_pending(),
            error.is_account_numbers_unavailable(),
        ];
        assert_eq!(told, predicates, "{code}");
        assert!(!error.is_retryable() && !error.may_have_executed());
    }
}

#[tokio::test]
async fn a_code_that_this_version_does_not_know_is_kept_as_sent() {
    let error = error(400, &[], r#"{"error":{"code":"brand_new"}}"#).await;
    assert_eq!(error.code(), Some(&ErrorCode::Unknown("brand_new".into())));
    assert_eq!(error.code().map(ErrorCode::as_str), Some("brand_new"));
}

/// What the client retries, and what it leaves to its caller to slow down for.
#[tokio::test]
async fn an_error_tells_whether_the_same_request_may_succeed_later() {
    let plain = "{}";
    let lock = r#"{"error":{"code":"lock_timeout"}}"#;
    let (forbid, advise) = ("Stripe-Should-Retry: false", "Stripe-Should-Retry: true");
    for (status, headers, body, retryable) in [
        (400, &[][..], plain, false),
        (400, &[advise], plain, true),
        (404, &[], plain, false),
        (409, &[], plain, true),
        (429, &[], plain, true),
        (429, &[forbid], plain, false),
        (429, &[], lock, true),
        (500, &[], plain, true),
        (500, &[forbid], plain, false),
        (307, &[], plain, false),
    ] {
        let error = error(status, headers, body).await;
        assert_eq!(error.is_retryable(), retryable, "{status} {headers:?}");
    }
    assert!(
        broken(Reply::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into())).await.is_retryable()
    );
    assert!(!error(200, &[], "<html>").await.is_retryable());
    assert!(!Error::of_kind(ErrorKind::Connection, "x").is_retryable(), "there was no attempt");
}

/// A proxy that answers gibberish has not closed the connection, and sends no one further.
#[tokio::test]
async fn an_answer_that_is_no_http_is_a_failed_connection() {
    let server = Server::start([Reply::Bytes("gibberish\r\n\r\n".into()), answer(200, &[], ACCOUNT)]).await;
    let error = client(&server).disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert!(error.may_have_executed());
}
