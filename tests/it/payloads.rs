//! Sample accounts of Stripe's API reference. They lack fields that the spec calls always present.

use fc_types::{Account, AccountStatus};
use serde_json::Value;

use crate::{snapshot, workspace};

fn sample(name: &str) -> (Value, Account) {
    let text = workspace::read(format!("tests/data/payloads/{name}.json"));
    (serde_json::from_str(&text).unwrap(), serde_json::from_str(&text).unwrap())
}

fn keeps(name: &str) {
    let (json, account) = sample(name);
    // Equal trees also have the same nulls and the same missing keys.
    assert_eq!(serde_json::to_value(&account).unwrap(), json, "{name}");
    snapshot::settings().bind(|| insta::assert_debug_snapshot!(name, account));
}

#[test]
fn the_sample_of_refresh_survives_a_round_trip() {
    keeps("account_refresh");
}

#[test]
fn the_sample_of_subscribe_survives_a_round_trip() {
    keeps("account_subscribe");
}

#[test]
fn the_sample_of_unsubscribe_survives_a_round_trip() {
    keeps("account_unsubscribe");
}

#[test]
fn a_status_that_no_enum_lists_is_kept_as_it_was_sent() {
    let (_, account) = sample("account_refresh");
    assert_eq!(account.status, AccountStatus::Unknown("pending".into()));
    assert_eq!(serde_json::to_value(&account).unwrap()["status"], "pending");
}
