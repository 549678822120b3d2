//! What is seen from outside: the webhook route, metrics, spans.

use std::io::Write;
use std::sync::{Arc, Mutex};

use fc_ext::RefreshFeature;
use fc_sandbox::{AccountSpec, Fault};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::bank::{KEY, SECRET, signature};
use crate::copy::everywhere;

/// Log in memory.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    #[cfg(feature = "postgres")]
    pub(crate) fn lines(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|byte| **byte == b'\n').count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn spans_name_the_work_and_hold_no_secret_and_no_personal_data() {
    everywhere(async |bank, copy| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let ids = bank.link([AccountSpec::checking().transactions(20)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        bank.sandbox.faults().inject(Fault::permission_denied().on("retrieve_account")).unwrap();
        let events = bank.new_events();
        for event in &events {
            copy.deliver(event).await;
        }
        copy.run().await;
        drop(guard);
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        for span in [
            "run{worker=".to_owned(),
            "listing{tenant=self/test}".to_owned(),
            format!("sync{{tenant=self/test account={} lane=FirstLoad token=1}}", ids[0]),
            "call{operation=\"list_transactions\" attempt=1}".to_owned(),
            "store{operation=\"WritePage\"}".to_owned(),
            "receipt=Scheduled".to_owned(),
            "a sync failed".to_owned(),
        ] {
            assert!(log.contains(&span), "{span} is not in the log");
        }
        let personal = copy.sql("SELECT name FROM fc_owner UNION SELECT email FROM fc_owner");
        let descriptions = copy.sql("SELECT DISTINCT description FROM fc_transaction");
        assert!(personal.len() > 1 && descriptions.len() > 1);
        let secrets = [KEY.to_owned(), SECRET.to_owned(), signature(&events[0])];
        for hidden in personal.iter().chain(&descriptions).chain(&secrets).filter(|text| !text.is_empty()) {
            assert!(!log.contains(hidden.as_str()), "{hidden} is in the log");
        }
    })
    .await;
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn metrics_count_work_and_calls_per_tenant() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(150)]).await;
        bank.refresh(&ids[0], [RefreshFeature::Transactions]).await;
        copy.run().await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        let metrics = copy.mirror.metrics().await.unwrap();
        for line in [
            "fc_mirror_accounts_due{tenant=\"self/test\"} 1",
            "fc_mirror_accounts_leased{tenant=\"self/test\"} 0",
            "fc_mirror_accounts_failing{tenant=\"self/test\"} 0",
            "fc_mirror_calls_total{tenant=\"self/test\",operation=\"list_accounts\",result=\"succeeded\"} 1",
            "fc_mirror_calls_total{tenant=\"self/test\",operation=\"list_transactions\",result=\"succeeded\"} 2",
            "fc_mirror_rows_total{tenant=\"self/test\"} 150",
        ] {
            assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
        }
        assert!(!metrics.contains("fca_"), "no account is named");
    })
    .await;
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn the_route_answers_200_after_the_commit_and_400_to_a_stranger() {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        bank.refresh(&ids[0], [RefreshFeature::Balance]).await;
        let event = bank.new_events().remove(0);
        let route = axum::Router::new().route("/webhooks", copy.mirror.endpoint());
        for (signature, status) in [(signature(&event), 200), (signature("other"), 400), (String::new(), 400)]
        {
            let request = Request::post("/webhooks").header("stripe-signature", signature);
            let response =
                route.clone().oneshot(request.body(Body::from(event.clone())).unwrap()).await.unwrap();
            assert_eq!(response.status().as_u16(), status);
        }
        assert_eq!(copy.value("SELECT count(*) FROM fc_event"), "1");
    })
    .await;
}
