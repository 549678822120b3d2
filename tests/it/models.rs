//! Every type of the models by the name that the spec has for it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Decodes a JSON text and encodes what came of it.
pub(crate) type Decode = fn(&str) -> Result<Value, serde_json::Error>;

/// By both roads that callers take: from text and from a tree. They must agree.
fn decode<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, serde_json::Error> {
    let from_text = serde_json::from_str::<T>(json).and_then(|value| serde_json::to_string(&value));
    let tree: Value = serde_json::from_str(json)?;
    let from_tree = serde_json::from_value::<T>(tree).and_then(serde_json::to_value);
    match (from_text, from_tree) {
        (Ok(text), Ok(tree)) => {
            assert_eq!(serde_json::from_str::<Value>(&text)?, tree, "text and tree decode differently");
            Ok(tree)
        }
        (Err(error), Err(_)) => Err(error),
        (text, tree) => panic!("text and tree decode differently: {text:?} {tree:?}"),
    }
}

/// An event has a third road, which is the one that webhooks take.
fn decode_event(json: &str) -> Result<Value, serde_json::Error> {
    match (fc_types::Event::from_json(json), serde_json::from_str::<fc_types::Event>(json)) {
        (Ok(one_pass), Ok(serde)) => {
            assert_eq!(one_pass, serde);
            assert_eq!(serde_json::to_string(&one_pass)?, serde_json::to_string(&serde)?);
        }
        (one_pass, serde) => {
            assert_eq!(one_pass.map_err(|e| e.to_string()), serde.map_err(|e| e.to_string()));
        }
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
    Transaction,
    TransactionRefresh,
    TransactionStatus,
    TransactionStatusTransitions,
    UnsubscribeAccountParams,
];

/// What every operation answers with.
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
