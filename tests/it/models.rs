//! Table of the models by their names in the spec.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::formats;

/// Decodes a JSON text and encodes the value.
pub(crate) type Decode = fn(&str) -> Result<Value, serde_json::Error>;

/// Decodes from text, from a tree, and in all other ways of reading, which must agree.
fn decode<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, serde_json::Error> {
    let from_text = serde_json::from_str::<T>(json).and_then(|value| serde_json::to_string(&value));
    let tree: Value = serde_json::from_str(json)?;
    let from_tree = serde_json::from_value::<T>(tree.clone()).and_then(serde_json::to_value);
    match (from_text, from_tree) {
        (Ok(text), Ok(back)) => {
            assert_eq!(serde_json::from_str::<Value>(&text)?, back, "text and tree decode differently");
            formats::read_everywhere::<T>(&tree, &back);
            Ok(back)
        }
        (Err(error), Err(_)) => Err(error),
        (text, tree) => panic!("text and tree decode differently: {text:?} {tree:?}"),
    }
}

/// Decodes an event in the third way, that of webhooks.
fn decode_event(json: &str) -> Result<Value, serde_json::Error> {
    match (fc_types::Event::from_json(json), fc_types::json::from_str::<fc_types::Event>(json)) {
        (Ok(one_pass), Ok(serde)) => {
            assert_eq!(one_pass, serde);
            assert_eq!(serde_json::to_string(&one_pass)?, serde_json::to_string(&serde)?);
        }
        (one_pass, serde) => assert_eq!(one_pass, serde),
    }
    decode::<fc_types::Event>(json)
}

macro_rules! models {
    ($($name:ident $(by $decode:ident)?),+ $(,)?) => {
        &[$((stringify!($name), models!(@decode $name $($decode)?))),+]
    };
    (@decode $name:ident) => { decode::<fc_types::$name> };
    (@decode $name:ident $decode:ident) => { $decode };
}

macro_rules! answers {
    ($($operation:ident => $answer:ty),+ $(,)?) => {
        &[$((stringify!($operation), decode::<$answer>)),+]
    };
}

/// Every component schema of `openapi/normalized.json`.
pub(crate) const MODELS: &[(&str, Decode)] = models![
    Account,
    AccountActiveStatusDetails,
    AccountCategory,
    AccountHolder,
    AccountHolderParams,
    AccountHolderType,
    AccountNumber,
    AccountNumberNetwork,
    AccountNumberStatus,
    AccountNumberType,
    AccountOwner,
    AccountOwnership,
    AccountPermission,
    AccountRefreshFeature,
    AccountStatus,
    AccountStatusDetails,
    AccountSubcategory,
    AccountSubscribeFeature,
    AccountSubscription,
    ApiError,
    Authorization,
    AuthorizationActiveStatusDetails,
    AuthorizationInactiveStatusDetails,
    AuthorizationStatus,
    AuthorizationStatusDetails,
    Balance,
    BalanceRefresh,
    BalanceType,
    CashBalance,
    CreateSessionParams,
    CreditBalance,
    DeactivationAction,
    DeactivationCause,
    DisconnectAccountParams,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    Event by decode_event,
    EventData,
    EventRequest,
    EventType,
    ManualEntryMode,
    OwnershipRefresh,
    PaymentMethodSupport,
    PaymentMethodType,
    RefreshAccountParams,
    RefreshStatus,
    Session,
    SessionFilters,
    SessionFiltersParams,
    SessionLimits,
    SessionLimitsParams,
    SessionManualEntry,
    SessionManualEntryParams,
    SessionPrefetch,
    SessionSubcategory,
    SubscribeAccountParams,
    ThinEventType,
    Transaction,
    TransactionRefresh,
    TransactionStatus,
    TransactionStatusTransitions,
    UnsubscribeAccountParams,
];

/// Response of every operation.
pub(crate) const ANSWERS: &[(&str, Decode)] = answers![
    create_session => fc_types::Session,
    disconnect_account => fc_types::Account,
    list_account_owners => fc_types::List<fc_types::AccountOwner>,
    list_accounts => fc_types::List<fc_types::Account>,
    list_transactions => fc_types::List<fc_types::Transaction>,
    refresh_account => fc_types::Account,
    retrieve_account => fc_types::Account,
    retrieve_session => fc_types::Session,
    retrieve_transaction => fc_types::Transaction,
    subscribe_account => fc_types::Account,
    unsubscribe_account => fc_types::Account,
];
