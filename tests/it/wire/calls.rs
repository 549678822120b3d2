//! Calls of fc-client that send each vector of `data/wire.json`.

use fc_client::{Client, Error};
use fc_types::{
    AccountHolderParams, AccountHolderType, AccountId, AccountLimit, AccountOwnerId, AccountOwnershipId,
    AccountPermission, AccountRefreshFeature, AccountSubscribeFeature, ConnectedAccountId, CustomerId,
    ManualEntryMode, PaymentMethodSupport, SessionFiltersParams, SessionId, SessionLimitsParams,
    SessionManualEntryParams, SessionPrefetch, SessionSubcategory, Timestamp, TransactionId,
    TransactionRefreshId,
};
use serde_json::json;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(id: &str) -> T {
    id.parse().unwrap()
}

fn account() -> AccountId {
    id("fca_1MwVK82eZvKYlo2Cjw8FMxXf")
}

fn subscribed() -> AccountId {
    id("fca_1NQay62eZvKYlo2C8dflHjWB")
}

fn unsubscribed() -> AccountId {
    id("fca_1NQayH2eZvKYlo2CMBkU6Y9s")
}

fn acct() -> ConnectedAccountId {
    id("acct_1032D82eZvKYlo2C")
}

fn ownership() -> AccountOwnershipId {
    id("fcaowns_1MwVK92eZvKYlo2C8gJxDnrM")
}

fn owner() -> AccountOwnerId {
    id("fcaown_1MwVK92eZvKYlo2C")
}

fn session() -> SessionId {
    id("fcsess_1NQay62eZvKYlo2C8dflHjWB")
}

fn transaction() -> TransactionId {
    id("fctxn_1NQay62eZvKYlo2C8dflHjWB")
}

fn cursor() -> TransactionId {
    id("fctxn_1NQay62eZvKYlo2C")
}

fn customer() -> AccountHolderParams {
    AccountHolderParams::new(AccountHolderType::Customer)
        .with_customer(id::<CustomerId>("cus_9s6XI9OFIdpjIg"))
}

/// Sends the vector of that name.
pub(super) async fn send(name: &str, client: &Client) -> Result<(), Error> {
    let (operation, _) = name.split_once(", ").unwrap();
    match operation {
        "create_session" => create_session(name, client).await,
        "retrieve_session" | "retrieve_account" | "retrieve_transaction" => retrieve(name, client).await,
        "list_accounts" => list_accounts(name, client).await,
        "list_account_owners" => list_account_owners(name, client).await,
        "list_transactions" => list_transactions(name, client).await,
        _ => act_on_account(name, client).await,
    }
}

async fn create_session(name: &str, client: &Client) -> Result<(), Error> {
    let request = match name {
        "create_session, only what is required" => {
            client.create_session(customer(), [AccountPermission::Balances])
        }
        "create_session, everything" => client
            .create_session(
                AccountHolderParams::new(AccountHolderType::Account).with_account(acct()),
                AccountPermission::KNOWN,
            )
            .expand(["accounts.data.ownership", "account_holder.account"])
            .filters(
                SessionFiltersParams::default()
                    .with_account_subcategories([SessionSubcategory::Checking, SessionSubcategory::Savings])
                    .with_country("US")
                    .with_require_payment_method_support(PaymentMethodSupport::AtLeastOne),
            )
            .limits(SessionLimitsParams::new(5))
            .manual_entry(SessionManualEntryParams::default().with_mode(ManualEntryMode::Disabled))
            .prefetch([SessionPrefetch::Balances, SessionPrefetch::Ownership, SessionPrefetch::Transactions])
            .return_url("https://shop.example/zurück?step=2&bank=100% mine+yours#🏦")
            .idempotency_key("order 7 / retry 1")
            .stripe_account(acct()),
        "create_session, as many accounts as the user likes" => client
            .create_session(
                AccountHolderParams::new(AccountHolderType::Customer).with_customer_account(acct()),
                [AccountPermission::Transactions],
            )
            .limits(SessionLimitsParams::new(AccountLimit::Unlimited)),
        "create_session, what only a preview knows" => {
            let mut filters = SessionFiltersParams::default();
            filters.extra.insert("institution", "fcinst_1");
            filters.extra.insert("labels", json!([{ "name": "a&b=c", "weight": 2 }, { "name": "" }]));
            client
                .create_session(customer(), ["payment_method"])
                .filters(filters)
                .manual_entry(SessionManualEntryParams::default().with_mode("custom"))
                .prefetch(["inferred_balances"])
        }
        "create_session, eleven permissions keep their order" => {
            client.create_session(customer(), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
        }
        _ => panic!("nothing sends the vector {name:?}"),
    };
    request.send().await.map(drop)
}

async fn retrieve(name: &str, client: &Client) -> Result<(), Error> {
    match name {
        "retrieve_session, only what is required" => {
            client.retrieve_session(session()).send().await.map(drop)
        }
        "retrieve_session, everything" => client
            .retrieve_session(session())
            .expand(["account_holder.customer", "accounts.data.ownership"])
            .stripe_account(acct())
            .send()
            .await
            .map(drop),
        "retrieve_account, only what is required" => {
            client.retrieve_account(account()).send().await.map(drop)
        }
        "retrieve_account, everything" => client
            .retrieve_account(account())
            .expand(["ownership.owners"])
            .stripe_account(acct())
            .send()
            .await
            .map(drop),
        "retrieve_account, an id that would change the route" => {
            client.retrieve_account(AccountId::unchecked("fca_é /../?limit=1#%")).send().await.map(drop)
        }
        "retrieve_transaction, only what is required" => {
            client.retrieve_transaction(transaction()).send().await.map(drop)
        }
        "retrieve_transaction, everything" => client
            .retrieve_transaction(transaction())
            .expand(["account", "a.b"])
            .stripe_account(acct())
            .send()
            .await
            .map(drop),
        _ => panic!("nothing sends the vector {name:?}"),
    }
}

async fn list_accounts(name: &str, client: &Client) -> Result<(), Error> {
    let request = client.list_accounts();
    let request = match name {
        "list_accounts, only what is required" => request,
        "list_accounts, of a customer" => request
            .account_holder_customer(id::<CustomerId>("cus_9s6XI9OFIdpjIg"))
            .expand(["data.ownership"])
            .limit(3)
            .starting_after(account())
            .stripe_account(acct()),
        "list_accounts, of an Account that acts as a customer" => {
            request.account_holder_customer_account(acct())
        }
        "list_accounts, of a Stripe account, backward" => {
            request.account_holder_account(acct()).ending_before(account()).limit(100)
        }
        "list_accounts, of a session, with characters that mean something in a query" => {
            request.session(SessionId::unchecked("fcsess_é&limit=9 [0]#+%"))
        }
        _ => panic!("nothing sends the vector {name:?}"),
    };
    request.send().await.map(drop)
}

async fn list_account_owners(name: &str, client: &Client) -> Result<(), Error> {
    let request = client.list_account_owners(account(), ownership());
    let request = match name {
        "list_account_owners, only what is required" => request,
        "list_account_owners, everything, forward" => {
            request.expand(["data"]).limit(2).starting_after(owner()).stripe_account(acct())
        }
        "list_account_owners, backward" => request.ending_before(owner()),
        _ => panic!("nothing sends the vector {name:?}"),
    };
    request.send().await.map(drop)
}

async fn list_transactions(name: &str, client: &Client) -> Result<(), Error> {
    let at = Timestamp::from_secs;
    let request = client.list_transactions(subscribed());
    let request = match name {
        "list_transactions, only what is required" => request,
        "list_transactions, of one second" => request.transacted_at(at(1_688_583_746)),
        "list_transactions, of a range without its ends" => {
            request.transacted_at_gt(at(1_688_583_746)).transacted_at_lt(at(1_688_670_146))
        }
        "list_transactions, of a range with its ends, one of them before 1970" => {
            request.transacted_at_gte(at(-1)).transacted_at_lte(at(1_688_670_146))
        }
        "list_transactions, since a refresh, forward" => request
            .expand(["data"])
            .limit(100)
            .starting_after(cursor())
            .transaction_refresh_after(id::<TransactionRefreshId>("fctxnref_OD10iHSd7eaheDkeabbQfnJ7"))
            .stripe_account(acct()),
        "list_transactions, backward" => request.ending_before(cursor()),
        _ => panic!("nothing sends the vector {name:?}"),
    };
    request.send().await.map(drop)
}

async fn act_on_account(name: &str, client: &Client) -> Result<(), Error> {
    let transactions = AccountSubscribeFeature::Transactions;
    match name {
        "disconnect_account, only what is required" => client.disconnect_account(account()).send().await,
        "disconnect_account, everything" => {
            client
                .disconnect_account(account())
                .expand(["account_holder.customer"])
                .idempotency_key("disconnect-1")
                .stripe_account(acct())
                .send()
                .await
        }
        "refresh_account, only what is required" => {
            client.refresh_account(account(), [AccountRefreshFeature::Balance]).send().await
        }
        "refresh_account, everything" => {
            client
                .refresh_account(account(), AccountRefreshFeature::KNOWN)
                .expand(["ownership"])
                .idempotency_key("refresh-1")
                .stripe_account(acct())
                .send()
                .await
        }
        "subscribe_account, only what is required" => {
            client.subscribe_account(subscribed(), [transactions]).send().await
        }
        "subscribe_account, everything" => {
            client
                .subscribe_account(subscribed(), ["transactions", "inferred_balances"])
                .expand(["ownership"])
                .idempotency_key("subscribe-1")
                .stripe_account(acct())
                .send()
                .await
        }
        "unsubscribe_account, only what is required" => {
            client.unsubscribe_account(unsubscribed(), [transactions]).send().await
        }
        "unsubscribe_account, everything" => {
            client
                .unsubscribe_account(unsubscribed(), [transactions])
                .expand(["ownership"])
                .idempotency_key("unsubscribe-1")
                .stripe_account(acct())
                .send()
                .await
        }
        _ => panic!("nothing sends the vector {name:?}"),
    }
    .map(drop)
}
