//! Postgres that goes away for a while, and Postgres with TLS.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_mirror::{ErrorKind, Mirror};
use fc_sandbox::AccountSpec;

use crate::bank::{Bank, signature};
use crate::clock::TestClock;
use crate::cluster::OwnServer;
use crate::copy::{builder, headers, until};
use crate::outside::Log;

#[tokio::test]
async fn a_database_that_goes_away_is_waited_for_and_nothing_is_lost() {
    let Some(mut server) = OwnServer::new("away", 5432, "-c listen_addresses=") else { return };
    server.start();
    let warnings = Log::default();
    let writer = warnings.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN);
    let _counted = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let (bank, clock) = (Bank::new().await, TestClock::fast());
    let ids = bank.link([AccountSpec::checking().transactions(250)]).await;
    bank.refresh(&ids[0], RefreshFeature::ALL).await;
    let mirror = builder(&bank, &clock).open(&server.url()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = mirror.clone();
    let running = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
    let loaded =
        |server: &OwnServer, count: &str| server.psql("SELECT count(*) FROM fc_transaction") == count;
    until(|| loaded(&server, "250")).await;

    bank.advance(Duration::from_secs(2 * 86_400));
    bank.refresh(&ids[0], RefreshFeature::ALL).await;
    let events = bank.new_events();
    server.stop();
    // Stripe is told to deliver again.
    let refused = mirror.webhook(&headers(&signature(&events[0])), &events[0]).await.unwrap_err();
    assert_eq!((refused.kind(), refused.webhook_status()), (ErrorKind::Unavailable, 503), "{refused:?}");
    assert!(refused.is_retryable());
    let status = mirror.status().await.unwrap_err();
    assert_eq!(status.kind(), ErrorKind::Unavailable, "{status:?}");
    // The run goes on meanwhile, and says each time that it cannot work.
    let before = warnings.lines();
    until(|| warnings.lines() >= before + 5).await;
    assert!(!running.is_finished());
    server.start();
    for event in &events {
        mirror.webhook(&headers(&signature(event)), event).await.unwrap();
    }
    until(|| server.psql("SELECT count(*) FROM fc_sync WHERE wanted > done OR failures > 0") == "0").await;
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(mirror.verify(false).await.unwrap(), []);
}

/// A port of this machine that is free now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn tls_is_verified_against_the_root_that_the_url_names() {
    let port = free_port();
    let settings = "-c listen_addresses=127.0.0.1 -c ssl=on -c ssl_cert_file=../server.pem -c ssl_key_file=../server.key";
    let Some(mut server) = OwnServer::new("tls", port, settings) else { return };
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    server.write_private("server.pem", &certificate.cert.pem());
    server.write_private("server.key", &certificate.signing_key.serialize_pem());
    let folder = tempfile::tempdir().unwrap();
    let root = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let (right, wrong) = (root("right.pem", certificate.cert.pem()), root("wrong.pem", other.cert.pem()));
    server.start();
    let open = async |host: &str, mode: &str, root: &str| {
        let url = format!(
            "postgres://postgres:HIDDEN@{host}:{port}/postgres?sslmode={mode}&sslrootcert={root}&connect_timeout=5"
        );
        let (bank, clock) = (Bank::new().await, TestClock::fast());
        builder(&bank, &clock).open(&url).await
    };
    for mode in ["require", "verify-ca", "verify-full"] {
        let mirror: Mirror = open("localhost", mode, &right).await.unwrap();
        mirror.status().await.unwrap();
        let encrypted = "SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                         WHERE a.application_name = 'fc-mirror'";
        assert_eq!(server.psql(encrypted), "t", "{mode}");
    }
    for (host, mode, root, why) in [
        ("localhost", "verify-full", &wrong, "another root"),
        ("localhost", "require", &wrong, "another root, in the mode that libpq does not verify"),
        ("127.0.0.1", "verify-full", &right, "another host than in the certificate"),
    ] {
        let error = open(host, mode, root).await.err().unwrap_or_else(|| panic!("accepted: {why}"));
        assert!(!format!("{error} {error:?}").contains("HIDDEN"), "{error:?}");
        assert!(matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Unavailable), "{error:?}");
    }
    let unreadable = open("localhost", "verify-full", "/missing.pem").await.unwrap_err();
    assert_eq!(unreadable.kind(), ErrorKind::Configuration);
    assert!(unreadable.to_string().contains("/missing.pem"), "{unreadable}");
}
