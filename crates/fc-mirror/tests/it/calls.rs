//! Numbers of calls.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_sandbox::{AccountSpec, SandboxBuilder};

use crate::copy::{everywhere_in_virtual_time, in_virtual_time};

#[tokio::test]
async fn a_webhook_costs_one_call_for_the_account_and_one_per_page_of_changes() {
    everywhere_in_virtual_time(async |bank, copy| {
        // The first listing comes before the account, so that it reads nothing beside the webhook.
        copy.run().await;
        bank.calls();
        let ids = bank.link([AccountSpec::checking().transactions(450)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        let calls = bank.calls();
        let of = |name: &str| calls.iter().filter(|call| call.starts_with(&format!("GET {name}"))).count();
        // The account, 5 pages of 450 changes, and one more reading of the account that guards them.
        assert_eq!(of("transactions"), 5, "{calls:?}");
        assert_eq!(of(&format!("accounts/{}/owners", ids[0])), 1, "{calls:?}");
        assert_eq!(of(&format!("accounts/{}", ids[0])), 2 + 1, "{calls:?}");
        assert_eq!(calls.len(), 1 + 5 + 1 + 1, "{calls:?}");

        bank.advance(Duration::from_secs(2 * 86_400));
        bank.refresh(&ids[0], [RefreshFeature::Transactions]).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        let calls = bank.calls();
        assert_eq!(calls.len(), 2, "the account, and one page of changes: {calls:?}");
        copy.assert_equal(bank).await;

        bank.advance(Duration::from_secs(120));
        bank.refresh(&ids[0], [RefreshFeature::Balance]).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        assert_eq!(bank.calls(), [format!("GET accounts/{}", ids[0])], "a balance comes with its account");
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn a_first_load_reads_no_account_that_its_listing_has_read() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link((0..5).map(|_| AccountSpec::checking().transactions(10))).await;
        for id in &ids {
            bank.refresh(id, [RefreshFeature::Transactions]).await;
        }
        copy.run().await;
        let calls = bank.calls();
        assert_eq!(calls.len(), 1 + 5, "a page of accounts, and a page of transactions each: {calls:?}");
    })
    .await;
}

/// 300 accounts, or as many as `FC_MIRROR_ACCOUNTS` says.
#[tokio::test]
async fn a_reconciliation_of_quiet_accounts_takes_a_call_per_hundred_and_no_write() {
    let accounts = std::env::var("FC_MIRROR_ACCOUNTS").map_or(300, |accounts| accounts.parse().unwrap());
    let sandbox = |sandbox: SandboxBuilder| sandbox.population(accounts, 0);
    in_virtual_time(
        sandbox,
        |mirror| mirror,
        async |bank, copy| {
            copy.run().await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), accounts.to_string());
            bank.calls();
            let changes = copy.value("SELECT count(*) FROM fc_change");
            copy.clock.step(2 * 3_600_000);
            copy.run().await;
            let calls = bank.calls();
            assert_eq!(calls.len(), accounts.div_ceil(100) as usize, "{:?}", calls.first());
            assert!(calls.iter().all(|call| call.starts_with("GET accounts?")), "{calls:?}");
            assert_eq!(copy.value("SELECT count(*) FROM fc_change"), changes);
        },
    )
    .await;
}
