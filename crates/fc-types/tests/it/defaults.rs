//! `Default` of models, for tests of programs.

use std::fmt::Debug;

use fc_types::{
    Account, AccountOwner, AccountOwnership, AccountStatus, Authorization, Balance, Event, EventObject, List,
    Money, Session, Timestamp, Transaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round_trips<T: Default + PartialEq + Debug + Serialize + DeserializeOwned>() {
    let default = T::default();
    let json = serde_json::to_string(&default).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), default, "{json}");
}

#[test]
fn a_default_model_is_what_its_json_decodes_to() {
    round_trips::<Account>();
    round_trips::<AccountOwner>();
    round_trips::<AccountOwnership>();
    round_trips::<Authorization>();
    round_trips::<Balance>();
    round_trips::<Event>();
    round_trips::<List<Account>>();
    round_trips::<Session>();
    round_trips::<Transaction>();
}

/// The code under test takes what a program would: models, not JSON.
#[test]
fn a_test_sets_the_fields_that_it_is_about() {
    let mut transaction = Transaction::default();
    transaction.amount = -1_050;
    transaction.currency = "usd".into();
    transaction.transacted_at = Timestamp::from_secs(1_681_412_208);
    assert_eq!(transaction.money(), Money::new(-1_050, "usd"));

    let mut account = Account::default();
    assert!(!account.is_active() && !account.is_inactive() && !account.is_disconnected());
    assert!(!AccountStatus::KNOWN.contains(&account.status), "no status is assumed");
    account.status = AccountStatus::Active;
    assert!(account.is_active());

    let mut event = Event::default();
    event.data.object = EventObject::Account(Box::new(account));
    assert_eq!(event.linked_account_id().map(|id| id.to_string()).as_deref(), Some(""));
}

#[test]
fn debug_says_of_a_hidden_text_only_whether_it_is_there() {
    let mut owner = AccountOwner::default();
    owner.name = "Jane Diaz".to_owned();
    owner.phone = Some("+15555550123".to_owned());
    let shown = format!("{owner:?}");
    assert!(
        shown.contains("name: …") && shown.contains("phone: …") && shown.contains("email: None"),
        "{shown}"
    );
    assert!(!shown.contains("Jane") && !shown.contains("0123"), "{shown}");
}
