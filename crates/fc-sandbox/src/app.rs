//! The sandbox as an HTTP service: its routes, and a server for them.

use std::future::Future;
use std::io;
use std::ops::Deref;
use std::panic::resume_unwind;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::api::routes;
use crate::http::{commit, host, server};
use crate::sandbox::Sandbox;
use crate::webhook::dispatcher;
use crate::{console, control, link_page};

impl Sandbox {
    /// The sandbox as a `tower` service, to be called without a socket.
    ///
    /// It refuses a `Host` that is neither an address, nor `localhost`, nor
    /// [allowed](crate::SandboxBuilder::allow_host). [`Sandbox::run`] serves it with limits on connections.
    pub fn router(&self) -> Router {
        let below = control::router(self.clone())
            .merge(link_page::router(self.clone()))
            .merge(console::router(self.clone()));
        routes::stripe()
            .with_state(Arc::clone(&self.state))
            .nest("/_sandbox", below.layer(from_fn(control::reply::shape_errors)))
            .nest("/_sandbox/", control::list(self.clone()).layer(from_fn(control::reply::shape_errors)))
            .layer(from_fn_with_state(Arc::clone(&self.state), host::layer))
            .layer(from_fn_with_state(Arc::clone(&self.state), commit::layer))
    }

    /// Serves on the listeners until `shutdown` completes, then waits for open requests.
    ///
    /// Meanwhile the dispatcher delivers webhooks, in a task of its own.
    /// A failure to accept a connection is logged, and accepting is retried.
    ///
    /// A client has 30 s for the head of a request, silence included, and 10 s for each next part of the body. It has 30 s
    /// to go on reading its response. The sandbox has room for half as many connections as the process may have files, at
    /// most 1,000. At that limit it closes the connection whose client was silent for the longest time.
    pub async fn run(
        &self,
        listeners: impl IntoIterator<Item = TcpListener>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let listeners: Vec<TcpListener> = listeners.into_iter().collect();
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let _listening = self.state.settings().own_addresses.listen(addresses);
        let state = Arc::clone(&self.state);
        let shutdown = async move {
            shutdown.await;
            state.endings.send_replace(());
        };
        // A task of its own, because playing a world takes long. It ends with this set.
        let mut tasks = JoinSet::new();
        tasks.spawn(dispatcher::run(Arc::clone(&self.state)));
        tokio::select! {
            () = server::serve(listeners, self.router(), shutdown) => {}
            Some(Err(error)) = tasks.join_next() => {
                if error.is_panic() {
                    resume_unwind(error.into_panic());
                }
            }
        }
    }
}

/// A sandbox that listens on a port. Dropping it stops the server.
#[derive(Debug)]
pub struct RunningSandbox {
    sandbox: Sandbox,
    base_url: String,
    _stop: oneshot::Sender<()>,
}

impl RunningSandbox {
    pub(crate) async fn start(sandbox: Sandbox) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = sandbox.clone();
        // The task begins later, and no endpoint may be created with this address before.
        let listening = server.state.settings().own_addresses.listen(vec![address]);
        tokio::spawn(async move {
            let _listening = listening;
            let shutdown = async {
                // The handle owns the sender: dropping the handle completes this.
                let _ = stopped.await;
            };
            server.run([listener], shutdown).await;
        });
        Ok(Self { sandbox, base_url: format!("http://{address}"), _stop: stop })
    }

    /// The base URL, such as `http://127.0.0.1:49213`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Deref for RunningSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::pin::pin;
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Context, Waker};
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::http::header::AUTHORIZATION;
    use tokio::time::timeout;
    use tower::ServiceExt as _;

    use super::*;
    use crate::caller::Caller;
    use crate::clock::Clock;
    use crate::lifecycle::refresh;
    use crate::model::feature::Feature;
    use crate::model::settings::{Population, Settings};
    use crate::state::State;
    use crate::state::shared_world::SharedWorld;
    use crate::store::change::{Change, StoreFailure};
    use crate::store::writer::Store;
    use crate::testing::PATIENCE;

    /// A sandbox whose store holds an unwritten change and writes when the sender gives it a result.
    fn sandbox() -> (Sender<Result<(), StoreFailure>>, Sandbox) {
        let (sender, results) = channel();
        let write = move |_: &[Change]| {
            results.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(StoreFailure(error.to_string())))
        };
        let store = Store::start(write).expect("a thread");
        store.put(vec![Change::Replaced { seed: 0 }]);
        let state = State::new(Clock::frozen(0), 0, Settings::default());
        (sender, Sandbox::from(state.with_store(Arc::new(store))))
    }

    fn request(method: &str, path: &str) -> Request {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, "Bearer sk_test_access")
            .body(Body::empty())
            .expect("a request")
    }

    /// A write, a read, a control, and a request that is refused.
    const REQUESTS: [(&str, &str, u16); 4] = [
        ("POST", "/v1/customers", 200),
        ("GET", "/v1/customers", 200),
        ("GET", "/_sandbox/clock", 200),
        ("GET", "/v1/nothing", 404),
    ];

    #[tokio::test]
    async fn a_response_waits_for_every_change_before_it() {
        for (method, path, status) in REQUESTS {
            let (written, sandbox) = sandbox();
            let mut response = pin!(sandbox.router().oneshot(request(method, path)));
            let mut context = Context::from_waker(Waker::noop());
            assert!(response.as_mut().poll(&mut context).is_pending(), "{method} {path} did not wait");
            // Once for the change before the request, and once for the changes of the request.
            let _ = (written.send(Ok(())), written.send(Ok(())));
            let response = timeout(PATIENCE, response).await.expect("the changes are written");
            assert_eq!(response.expect("a response").status(), status);
        }
    }

    #[tokio::test]
    async fn a_failed_write_is_a_500_with_the_reason_and_the_remedy() {
        for (method, path, _) in REQUESTS {
            let (written, sandbox) = sandbox();
            written.send(Err(StoreFailure("the disk is full".to_owned()))).expect("the store is waiting");
            let response = sandbox.router().oneshot(request(method, path)).await.expect("a response");
            assert_eq!(response.status(), 500);
            assert!(response.headers().contains_key("request-id"), "{method} {path}");
            let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let place = if path.starts_with("/v1") { "/error/message" } else { "/sandbox_error" };
            let message = body.pointer(place).and_then(|message| message.as_str()).expect("a message");
            assert!(
                message.contains("the disk is full") && message.contains("start the sandbox again"),
                "{message}"
            );
        }
    }

    /// Without one put, a crash between two leaves a world without its population, or records without their clock.
    #[tokio::test]
    async fn a_new_world_its_records_and_the_clock_are_one_put() {
        let store = Arc::new(Store::start(|_| Ok(())).expect("a thread"));
        let settings =
            Settings { population: Population { accounts: 3, transactions: 0 }, ..Settings::default() };
        let state = State::new(Clock::frozen(0), 0, settings).with_store(Arc::clone(&store));
        let sandbox = Sandbox::from(state);
        sandbox.router().oneshot(request("POST", "/v1/customers")).await.expect("a response");
        assert_eq!(store.puts(), 1);
        sandbox.clock().advance(Duration::from_secs(1));
        sandbox.router().oneshot(request("POST", "/v1/customers")).await.expect("a response");
        assert_eq!(store.puts(), 2);
        let exported = sandbox.export();
        sandbox.clock().advance(Duration::from_secs(1));
        sandbox.import(&exported).expect("it was just exported");
        assert_eq!(store.puts(), 3);
        // The clock of the import was in that put: no clock is left to put.
        sandbox.router().oneshot(request("GET", "/v1/customers")).await.expect("a response");
        assert_eq!(store.puts(), 3);
    }

    /// A restart would bring the wiped world back, beside a new one of the same key.
    #[tokio::test]
    async fn a_new_world_that_a_wipe_overtakes_is_not_put_after_it() {
        let (sender, put) = channel();
        let write = move |changes: &[Change]| {
            changes
                .iter()
                .for_each(|change| sender.send(format!("{change:?}")).expect("the test is waiting"));
            Ok(())
        };
        let store = Arc::new(Store::start(write).expect("a thread"));
        let state = State::new(Clock::frozen(0), 0, Settings::default()).with_store(store);
        let caller = Caller::from_key("sk_test_late").expect("a key");
        let visit = state.visit(&caller);
        let mut world = visit.lock();
        world.random.id("late_");
        state.wipe().expect("it is empty");
        drop(world);
        state.written().await.expect("the store works");
        let put: Vec<String> = put.try_iter().collect();
        assert!(put.iter().any(|change| change.starts_with("Replaced")), "{put:?}");
        assert!(!put.iter().any(|change| change.starts_with("World")), "{put:?}");
    }

    /// The dispatcher may have seen the worlds from before only, and it sleeps until their next time.
    #[tokio::test]
    async fn an_import_wakes_the_dispatcher() {
        let sandbox = Sandbox::from(State::new(Clock::frozen(0), 0, Settings::default()));
        let exported = sandbox.export();
        sandbox.state.wake.sleep_until(None);
        sandbox.import(&exported).expect("it was just exported");
        timeout(PATIENCE, sandbox.state.wake.woken()).await.expect("the dispatcher is woken");
    }

    /// A world of another key that has something to keep, locked by this thread.
    fn kept_world(sandbox: &Sandbox) -> Arc<SharedWorld> {
        let caller = Caller::from_key("sk_test_other").expect("a key");
        sandbox.state.visit(&caller).lock().random.id("kept_");
        sandbox.state.worlds.find(&caller).expect("it has drawn a value")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn connections_are_accepted_while_a_world_plays() {
        let sandbox = Sandbox::from(State::new(Clock::frozen(0), 0, Settings::default()));
        let world = kept_world(&sandbox);
        let running = RunningSandbox::start(sandbox.clone()).await.expect("a port");
        // The dispatcher waits for this lock, as it does while another thread plays the world.
        let locked = world.lock();
        sandbox.clock().advance(Duration::from_secs(1));
        let address = running.base_url().strip_prefix("http://").expect("plain HTTP").to_owned();
        let ask = tokio::task::spawn_blocking(move || {
            for _ in 0..20 {
                let mut stream = TcpStream::connect(&address).expect("a connection");
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                let head = "GET /_sandbox/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).expect("written");
                let mut response = String::new();
                stream.read_to_string(&mut response).expect("a response in time");
                assert!(response.starts_with("HTTP/1.1 200"), "{response}");
            }
        });
        let asked = timeout(2 * PATIENCE, ask).await;
        drop(locked);
        asked.expect("a response while the world is locked").expect("no panic");
    }

    #[test]
    fn a_busy_world_stops_neither_the_calls_of_other_keys_nor_the_start_of_new_worlds() {
        let sandbox = Sandbox::from(State::new(Clock::frozen(0), 0, Settings::default()));
        let world = kept_world(&sandbox);
        let locked = world.lock();
        let exporting = {
            let sandbox = sandbox.clone();
            std::thread::spawn(move || sandbox.export())
        };
        let (sender, done) = channel();
        let others = sandbox.clone();
        std::thread::spawn(move || {
            for number in 0..100 {
                let caller = Caller::from_key(&format!("sk_test_{number}")).expect("a key");
                others.state.visit(&caller).lock().random.id("kept_");
            }
            sender.send(others.events("sk_test_5"))
        });
        let in_time = done.recv_timeout(PATIENCE);
        drop(locked);
        assert_eq!(in_time, Ok(Vec::new()));
        assert!(exporting.join().expect("no panic").contains("sk_test_other"));
    }

    /// A call that is refused has run the due tasks, and the deliveries of their events are to be sent.
    #[tokio::test]
    async fn the_dispatcher_wakes_for_what_a_refused_call_has_run() {
        let settings =
            Settings { population: Population { accounts: 1, transactions: 0 }, ..Settings::default() };
        let sandbox = Sandbox::from(State::new(Clock::frozen(0), 0, settings));
        let form = "url=http://127.0.0.1:9/&enabled_events[]=*";
        let create = Request::builder()
            .method("POST")
            .uri(format!("/v1/webhook_endpoints?{form}"))
            .header(AUTHORIZATION, "Bearer sk_test_access")
            .body(Body::empty())
            .expect("a request");
        let response = sandbox.router().oneshot(create).await.expect("a response");
        assert_eq!(response.status(), 200);
        let caller = Caller::from_key("sk_test_access").expect("a key");
        let world = sandbox.state.worlds.find(&caller).expect("it was just created");
        refresh::start(&mut world.lock(), 0, Feature::Balance, None, sandbox.state.clock.instant());
        // As the dispatcher does before it sleeps.
        sandbox.state.wake.sleep_until(None);
        sandbox.clock().advance(Duration::from_secs(60));
        let refused = sandbox.router().oneshot(request("POST", "/v1/customers?nope=1")).await;
        assert_eq!(refused.expect("a response").status(), 400);
        timeout(PATIENCE, sandbox.state.wake.woken()).await.expect("the dispatcher is woken");
    }
}
