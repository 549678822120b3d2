//! Waits for a condition on an account.

use std::time::Duration;

use fc_ext::types::Account;
use fc_ext::{Condition, RefreshFeature, Until, WaitError, active, settled};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome};

use crate::support::Linked;

const MINUTE: Duration = Duration::from_secs(60);

fn always(answer: bool) -> impl Condition {
    move |_: &Account| answer
}

#[tokio::test]
async fn conditions_compose_as_boolean_logic() {
    let account = Linked::new(AccountSpec::checking()).await.account().await;
    for a in [false, true] {
        assert_eq!(always(a).not().is_met(&account), !a);
        for b in [false, true] {
            assert_eq!(always(a).and(always(b)).is_met(&account), a && b);
            assert_eq!(always(a).or(always(b)).is_met(&account), a || b);
        }
    }
}

#[tokio::test]
async fn settled_is_false_before_the_first_refresh_and_while_one_is_pending() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let condition = settled(RefreshFeature::Balance);
    assert!(!condition.is_met(&linked.account().await));
    linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap();
    assert!(!condition.is_met(&linked.account().await));
    linked.advance(Duration::from_secs(5));
    assert!(condition.is_met(&linked.account().await));
    assert!(!settled(RefreshFeature::Ownership).is_met(&linked.account().await));
}

#[tokio::test]
async fn a_failed_refresh_is_settled_too() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.sandbox.plan_refresh(&linked.id, Feature::Balance, RefreshOutcome::Failed).unwrap();
    linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap();
    linked.advance(Duration::from_secs(5));
    assert!(settled(RefreshFeature::Balance).is_met(&linked.account().await));
}

#[tokio::test]
async fn until_polls_at_once_and_until_the_condition_is_met() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let features = [RefreshFeature::Balance, RefreshFeature::Ownership];
    linked.fc.accounts().refresh(&linked.id, features).send().await.unwrap();
    linked.requests();
    let both = settled(RefreshFeature::Balance).and(settled(RefreshFeature::Ownership));
    let account = linked.fc.accounts().retrieve(&linked.id).until(both, MINUTE).await.unwrap();
    assert!(account.balance.is_some() && account.ownership.is_some());
    // Polls at 0, 1, 3 and 7 seconds.
    assert_eq!(linked.requests(), ["GET accounts/ID"; 4]);
    assert_eq!(linked.clock.elapsed(), Duration::from_secs(7));

    // A condition that is met already takes one poll and no time.
    let retrieve = linked.fc.accounts().retrieve(&linked.id).expand(["ownership"]);
    let account = retrieve.until(active(), Duration::ZERO).await.unwrap();
    assert!(account.ownership.unwrap().object().is_some());
    assert_eq!(linked.requests().len(), 1);
    assert_eq!(linked.clock.elapsed(), Duration::from_secs(7));
}

#[tokio::test]
async fn a_condition_that_is_not_met_in_time_gives_the_account_as_last_seen() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.requests();
    let retrieve = linked.fc.accounts().retrieve(&linked.id);
    let error = retrieve.until(active().not(), Duration::from_secs(10)).await.unwrap_err();
    let WaitError::Elapsed(elapsed) = &error else { panic!("{error:?}") };
    assert_eq!(elapsed.account(), Some(&linked.account().await));
    // At 0, 1, 3, 7 and 10 seconds.
    assert_eq!(elapsed.polls(), 5);
    assert!(elapsed.pending().is_empty());
    assert_eq!(error.to_string(), "not settled within 10s (account seen 5 times)");
}

#[tokio::test]
async fn active_is_true_for_active_accounts_only() {
    let linked = Linked::new(AccountSpec::checking()).await;
    assert!(active().is_met(&linked.account().await));
    linked.sandbox.deactivate(&linked.id).unwrap();
    assert!(!active().is_met(&linked.account().await));
}
