//! Lost responses: each action still happens exactly once.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fc_client::{ApiKey, Client, Clock, Config};
use fc_sandbox::Sandbox;
use fc_types::{AccountHolderParams, AccountHolderType, AccountPermission, ConnectedAccountId};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const POSTS: usize = 1_000;
/// Lost responses out of ten.
const LOST_OF_TEN: u64 = 3;

/// Traffic of the proxy.
#[derive(Default)]
struct Traffic {
    requests: usize,
    lost: usize,
    /// Ids in the responses to executed requests, without replayed responses.
    executed: Vec<String>,
    replayed: usize,
}

/// Starts a proxy that forwards all requests and loses responses, some of them whole and some from the middle on.
async fn lossy_proxy(server: String) -> (String, Arc<Mutex<Traffic>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let traffic = Arc::new(Mutex::new(Traffic::default()));
    let seen = Arc::clone(&traffic);
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(pass_on(
                client,
                TcpStream::connect(server.clone()).await.unwrap(),
                Arc::clone(&seen),
            ));
        }
    });
    (url, traffic)
}

/// Serves one connection until a response is lost or the client closes it.
async fn pass_on(mut client: TcpStream, mut server: TcpStream, traffic: Arc<Mutex<Traffic>>) {
    while let Some(request) = read_message(&mut client).await {
        server.write_all(&request).await.unwrap();
        let reply = read_message(&mut server).await.unwrap();
        let chance = note(&mut traffic.lock().unwrap(), &reply);
        if chance % 10 < LOST_OF_TEN {
            let sent = if chance % 20 < 10 { 0 } else { reply.len() / 2 };
            client.write_all(&reply[..sent]).await.unwrap();
            return;
        }
        client.write_all(&reply).await.unwrap();
    }
}

/// Records a response and draws how much of it is sent. Each run draws the same, because the calls are sequential.
fn note(traffic: &mut Traffic, reply: &[u8]) -> u64 {
    let text = str::from_utf8(reply).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{text}");
    if head.to_lowercase().contains("idempotent-replayed: true") {
        traffic.replayed += 1;
    } else {
        let session: Value = serde_json::from_str(body).unwrap();
        traffic.executed.push(session["id"].as_str().unwrap().to_owned());
    }
    traffic.requests += 1;
    let chance = mix(traffic.requests as u64);
    traffic.lost += usize::from(chance % 10 < LOST_OF_TEN);
    chance
}

/// SplitMix64, by Vigna: spreads successive numbers over all of u64.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Reads one HTTP message whose length is given; `None` if the connection is closed instead.
async fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut received = Vec::new();
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = str::from_utf8(&received[..end]).unwrap().to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if received.len() == end + 4 + length {
                return Some(received);
            }
        }
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

/// A clock that counts sleeps instead of sleeping.
#[derive(Clone)]
struct CountingClock(Arc<Mutex<(Instant, usize)>>);

impl Clock for CountingClock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut state = self.0.lock().unwrap();
        state.0 += duration;
        state.1 += 1;
        Box::pin(async {})
    }
}

#[tokio::test]
async fn a_thousand_posts_have_a_thousand_effects_though_three_responses_in_ten_are_lost() {
    let sandbox = Sandbox::start().await.unwrap();
    let (url, traffic) = lossy_proxy(sandbox.base_url().trim_start_matches("http://").to_owned()).await;
    let clock = CountingClock(Arc::new(Mutex::new((Instant::now(), 0))));
    let config = Config::new(ApiKey::new("sk_test_0123456789abcdefwxyz").unwrap())
        .with_base_url(url)
        .with_clock(clock.clone())
        // Two losses in a row are too frequent for a call that must succeed.
        .with_max_retries(12)
        .with_timeout(Duration::from_secs(300));
    let client = Client::new(config).unwrap();

    let mut sessions = BTreeSet::new();
    let mut attempts = 0;
    for _ in 0..POSTS {
        let holder = AccountHolderParams::new(AccountHolderType::Account)
            .with_account(ConnectedAccountId::unchecked("acct_1032D82eZvKYlo2C"));
        let request = client.create_session(holder, [AccountPermission::Balances]);
        let session = request.send_response().await.unwrap();
        attempts += session.attempts() as usize;
        sessions.insert(session.id.to_string());
    }

    let traffic = traffic.lock().unwrap();
    assert_eq!(traffic.executed.len(), POSTS, "each action was executed once");
    assert_eq!(
        traffic.executed.iter().cloned().collect::<BTreeSet<_>>(),
        sessions,
        "and its caller knows of it"
    );
    assert!((POSTS * 3 / 10..POSTS).contains(&traffic.lost), "{} responses were lost", traffic.lost);
    assert_eq!(traffic.replayed, traffic.lost, "each lost response was requested again");
    assert_eq!((traffic.requests, attempts), (POSTS + traffic.lost, POSTS + traffic.lost));
    assert_eq!(clock.0.lock().unwrap().1, traffic.lost, "each retry was delayed by a backoff");
}
