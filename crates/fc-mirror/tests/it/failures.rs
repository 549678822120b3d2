//! What goes wrong, and what stays right.

use std::time::Duration;

use fc_ext::{ApiKey, Clock, Config, FinancialConnections, NewAccountHolder, Permission, RefreshFeature};
use fc_mirror::{Error, ErrorKind, Mirror, Receipt};
use fc_sandbox::{AccountSpec, Fault, RateLimit};

use crate::bank::{KEY, SECRET, signature};
use crate::copy::{Copy, builder, everywhere, everywhere_in_virtual_time, headers};

#[tokio::test]
async fn faults_of_every_kind_delay_a_load_and_change_nothing() {
    everywhere(async |bank, copy| {
        let ids = bank.link((0..4).map(|_| AccountSpec::checking().transactions(150))).await;
        for id in &ids {
            bank.refresh(id, RefreshFeature::ALL).await;
        }
        let faults = [
            Fault::rate_limited(RateLimit::GlobalRate),
            Fault::rate_limited(RateLimit::EndpointRate),
            Fault::rate_limited(RateLimit::GlobalConcurrency),
            Fault::rate_limited(RateLimit::EndpointConcurrency),
            Fault::rate_limited(RateLimit::ResourceSpecific),
            Fault::lock_timeout(),
            Fault::internal_error(),
            Fault::unavailable(),
            Fault::bad_gateway(),
            Fault::connection_closed(),
            Fault::reply_lost(),
            Fault::truncated_json(),
            Fault::broken_body(),
        ];
        for fault in faults {
            bank.sandbox.faults().inject(fault).unwrap();
        }
        let status = copy.run().await;
        assert_eq!(status.failing, 0);
        assert!(bank.sandbox.faults().pending().is_empty(), "every fault happened");
        assert_eq!((status.tenants[0].failed_calls, status.tenants[0].refused_calls), (13, 4));
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn an_account_that_keeps_failing_does_not_stop_the_others() {
    everywhere(async |bank, copy| {
        let ids = bank.link((0..3).map(|_| AccountSpec::checking().transactions(5))).await;
        for id in &ids {
            bank.refresh(id, [RefreshFeature::Transactions]).await;
        }
        bank.sandbox.faults().inject(Fault::permission_denied().on("list_transactions").times(1000)).unwrap();
        let status = copy.run().await;
        assert!(status.failing >= 1);
        let failing = copy.sql("SELECT state, error FROM fc_health WHERE failures > 0");
        assert!(failing[0].starts_with("failing|Permission, status 403"), "{failing:?}");
        assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE failures > 0 AND due_ms IS NULL"), "0");
        // The permission is granted, and an hour passes.
        bank.sandbox.faults().clear();
        copy.clock.step(2 * 3_600_000);
        assert_eq!(copy.run().await.failing, 0);
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_health WHERE state <> 'active'"), "0");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_refused_ends_a_run_until_idle_with_the_reason() {
    everywhere(async |bank, copy| {
        bank.sandbox.faults().inject(Fault::api_key_expired().times(50)).unwrap();
        let run = tokio::time::timeout(std::time::Duration::from_secs(30), copy.mirror.run_until_idle());
        let error = run.await.expect("the run ends").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(error.api().unwrap().is_authentication());
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(KEY), "{shown}");
    })
    .await;
}

/// Error of a run until idle that has to end with one, within an hour of virtual time.
pub(crate) async fn error_of_a_run(copy: &Copy) -> Error {
    let run = async {
        tokio::select! {
            ended = copy.mirror.run_until_idle() => ended.unwrap_err(),
            () = copy.clock.sleep(Duration::from_secs(3600)) => {
                panic!("the run goes on: {:?}", copy.sql("SELECT failures, error FROM fc_tenant"))
            }
        }
    };
    copy.clock.drive(Box::pin(run)).await
}

#[tokio::test]
async fn a_run_until_idle_lists_again_after_a_listing_that_failed() {
    everywhere_in_virtual_time(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.link([AccountSpec::savings()]).await;
        // Every attempt of one listing.
        bank.sandbox.faults().inject(Fault::internal_error().on("list_accounts").times(3)).unwrap();
        copy.mirror.reconcile().await.unwrap();
        copy.run().await;
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn a_run_until_idle_lists_at_once_if_the_last_run_could_not() {
    everywhere_in_virtual_time(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.link([AccountSpec::savings()]).await;
        // The pause after ten failures.
        let later = copy.clock.now_ms() + 900_000;
        copy.damage(&[format!("UPDATE fc_tenant SET failures = 10, listing_due_ms = {later}")]);
        copy.run().await;
        copy.assert_equal(bank).await;
        assert!(copy.clock.now_ms() < later);
    })
    .await;
}

#[tokio::test]
async fn a_first_load_ends_with_the_error_of_a_stripe_that_stays_down() {
    everywhere_in_virtual_time(async |bank, copy| {
        bank.sandbox.faults().inject(Fault::unavailable().on("list_accounts").times(1000)).unwrap();
        let error = error_of_a_run(copy).await;
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(copy.value("SELECT failures FROM fc_tenant"), "5");
    })
    .await;
}

#[tokio::test]
async fn a_share_of_the_rate_that_is_no_number_is_that_of_the_default() {
    everywhere(async |bank, copy| {
        let mirror = builder(bank, &copy.clock).rate_share(f64::NAN).open(copy.address()).await.unwrap();
        mirror.run_until_idle().await.unwrap();
        assert!((mirror.status().await.unwrap().tenants[0].rate - 20.0).abs() < 0.01);
    })
    .await;
}

#[tokio::test]
async fn the_longest_intervals_mean_never_again() {
    everywhere(async |bank, copy| {
        let mirror = builder(bank, &copy.clock).reconcile_every(Duration::MAX).poll_events(Duration::MAX);
        let mirror = mirror.open(copy.address()).await.unwrap();
        for _ in 0..2 {
            mirror.run_until_idle().await.unwrap();
        }
        let lists = bank.calls().iter().filter(|call| call.starts_with("GET accounts?")).count();
        assert!(lists <= 2, "a first listing, and one from the first event on");
    })
    .await;
}

#[tokio::test]
async fn bad_addresses_and_settings_are_clear_errors() {
    let config = || Config::new(ApiKey::new(KEY).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    std::fs::write(&file, "no database, but a text that is long enough to be one").unwrap();
    for (address, kind) in [
        ("mysql://root:HIDDEN@h/d".to_owned(), ErrorKind::Location),
        (format!("sqlite:{}", folder.path().join("missing/bank.db").display()), ErrorKind::ReadOnly),
        (format!("sqlite:{}", file.display()), ErrorKind::Schema),
        (
            "postgres://u:HIDDEN@127.0.0.1:1/d".to_owned(),
            if cfg!(feature = "postgres") { ErrorKind::Unavailable } else { ErrorKind::Location },
        ),
    ] {
        let error = Mirror::builder().config(config()).open(&address).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{address}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("HIDDEN"), "{error:?}");
    }
    let secret = Mirror::builder().config(config()).webhook_secret("").open("sqlite:unused.db").await;
    assert_eq!(secret.unwrap_err().kind(), ErrorKind::Configuration);
    let good = folder.path().join("bank.db");
    let address = format!("sqlite:{}", good.display());
    let sharded = Mirror::builder().config(config()).shards(4).open(&address).await;
    assert_eq!(sharded.unwrap_err().kind(), ErrorKind::Configuration);
}

#[cfg(all(unix, feature = "sqlite"))]
#[tokio::test]
async fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let config = Config::new(ApiKey::new(KEY).unwrap());
    let _mirror = Mirror::builder().config(config).open(&format!("sqlite:{}", path.display())).await.unwrap();
    for name in ["bank.db", "bank.db-wal"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    everywhere(async |bank, copy| {
        copy.damage(
            &["INSERT INTO fc_schema (version, name, checksum) VALUES (99, 'future', '')".to_owned()],
        );
        let error = builder(bank, &copy.clock).open(copy.address()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.to_string().contains("version 99"), "{error}");
        assert!(error.to_string().contains("update fc-mirror"), "{error}");
        assert_eq!(copy.value("SELECT count(*) FROM fc_schema WHERE version = 99"), "1");
    })
    .await;
}

#[tokio::test]
async fn test_and_live_data_share_a_database_and_never_meet() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        let config =
            || Config::new(ApiKey::new("sk_live_0123456789abcdefwxyz").unwrap()).with_base_url(&bank.url);
        let fc = FinancialConnections::new(config()).unwrap();
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = fc.sessions().create(holder, Permission::ALL).send().await.unwrap();
        let live = bank.sandbox.link(&session.id, [AccountSpec::savings()]).unwrap();
        let wall = copy.clock.clone();
        let mirror = Mirror::builder()
            .config(config().with_clock(copy.clock.clone()))
            .time_of_day(move || wall.now_ms())
            .open(copy.address())
            .await
            .unwrap();
        mirror.run_until_idle().await.unwrap();
        let stored = copy.sql("SELECT tenant, id FROM fc_account ORDER BY tenant");
        assert_eq!(stored, [format!("self/live|{}", live[0]), format!("self/test|{}", ids[0])]);
        assert_eq!(mirror.status().await.unwrap().tenants[0].id, "self/live");
        // A person of one mode is not erased in the other.
        assert_eq!(mirror.erase("acct_1MwVK82eZvKYlo2C").await.unwrap(), 1);
        assert_eq!(copy.value("SELECT tenant FROM fc_account WHERE erased_ms IS NULL"), "self/test");
    })
    .await;
}

#[tokio::test]
async fn an_account_of_the_other_mode_than_the_key_is_an_error_and_is_not_stored() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        let config = Config::new(ApiKey::new("sk_live_0123456789abcdefwxyz").unwrap());
        let wall = copy.clock.clone();
        let mirror = Mirror::builder()
            .config(config.with_base_url(bank.url_for_any_key().await).with_clock(copy.clock.clone()))
            .time_of_day(move || wall.now_ms())
            .webhook_secret(SECRET)
            .open(copy.address())
            .await
            .unwrap();
        // By a listing.
        let listed = mirror.run_until_idle().await.unwrap_err();
        assert_eq!(listed.kind(), ErrorKind::Configuration);
        assert!(listed.to_string().contains(ids[0].as_str()), "{listed}");
        assert!(listed.to_string().contains("the other mode"), "{listed}");
        // By an event, before the next listing.
        let later = copy.clock.now_ms() + 3_600_000;
        copy.damage(&[format!(
            "UPDATE fc_tenant SET listing_done_ms = 1, listing_due_ms = {later}, failures = 0 WHERE id = 'self/live'"
        )]);
        let event = bank.new_events().remove(0).replace("\"livemode\":false", "\"livemode\":true");
        let receipt = mirror.webhook(&headers(&signature(&event)), &event).await.unwrap();
        assert_eq!(receipt, Receipt::Scheduled);
        assert_eq!(mirror.run_until_idle().await.unwrap().failing, 1);
        let health = copy.value("SELECT state, error FROM fc_health");
        assert!(health.contains("the other mode"), "{health}");
        assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "0");
    })
    .await;
}

#[tokio::test]
async fn another_api_version_makes_the_next_run_list_everything() {
    everywhere(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.calls();
        copy.damage(&["UPDATE fc_tenant SET api_version = '2020-08-27'".to_owned()]);
        let mirror = copy.reopened(bank).await;
        mirror.run_until_idle().await.unwrap();
        assert_eq!(bank.calls(), ["GET accounts?limit=100"]);
    })
    .await;
}

#[cfg(all(unix, feature = "sqlite"))]
const FILE: &str = "FC_MIRROR_READ_ONLY_FILE";

/// The other process of the next test: opens a file, and prints the error.
#[cfg(all(unix, feature = "sqlite"))]
#[tokio::test]
#[ignore = "it is the other process of the test below"]
async fn opens_a_file() {
    use std::io::Write;
    let Ok(path) = std::env::var(FILE) else { return };
    let opened = Mirror::builder().config(Config::new(ApiKey::new(KEY).unwrap()));
    let error = opened.open(&format!("sqlite:{path}")).await.unwrap_err();
    writeln!(std::io::stdout(), "refused: {:?}: {error}", error.kind()).unwrap();
}

#[cfg(all(unix, feature = "sqlite"))]
#[tokio::test]
async fn a_file_that_cannot_be_written_is_named_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let address = format!("sqlite:{}", path.display());
    let config = Config::new(ApiKey::new(KEY).unwrap());
    drop(Mirror::builder().config(config).open(&address).await.unwrap());
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(&path, 0o444);
    allow(folder.path(), 0o555);
    // Permissions do not bind root, so another user opens the file there.
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        std::os::unix::process::CommandExt::uid(&mut process, 65_534);
    }
    let arguments = ["--exact", "failures::opens_a_file", "--ignored", "--nocapture"];
    let output = process.args(arguments).env(FILE, &path).output().unwrap();
    allow(folder.path(), 0o755);
    let text = String::from_utf8_lossy(&output.stdout);
    let refused = text.lines().find_map(|line| line.split_once("refused: ")).map(|(_, refused)| refused);
    let refused = refused.unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
    assert!(refused.starts_with("ReadOnly: "), "{refused}");
    assert!(refused.contains("must exist and be writable"), "{refused}");
}
