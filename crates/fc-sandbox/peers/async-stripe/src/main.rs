//! Drives a whole Financial Connections flow on the sandbox with async-stripe.
//!
//! This peer proves that each response fits its typed structs; otherwise the call fails. Values are asserted as Stripe
//! documents them. The sandbox's controls simulate users, banks and time.

use std::collections::BTreeSet;
use std::error::Error;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stripe::{Client, ClientBuilder, RequestStrategy, StripeError, StripeRequest};
use stripe_client_core::IdempotencyKey;
use stripe_core::customer::{CreateCustomer, ListCustomer, RetrieveCustomer};
use stripe_core::event::ListEvent;
use stripe_misc::financial_connections_account::*;
use stripe_misc::financial_connections_session::*;
use stripe_misc::financial_connections_transaction::*;
use stripe_misc::{
    FinancialConnectionsAccountCategory, FinancialConnectionsAccountStatus,
    FinancialConnectionsAccountSubcategory, FinancialConnectionsSessionPermissions,
    FinancialConnectionsSessionPrefetch,
};
use stripe_shared::{ApiErrorsCode, ApiErrorsType};
use stripe_types::{Expandable, RangeBoundsTs, RangeQueryTs};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const DAY: i64 = 24 * 60 * 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let base = std::env::args().nth(1).ok_or("usage: fc-sandbox-peer-async-stripe URL")?;
    let mut sandbox = Sandbox::new(&base)?;
    let client = sandbox.client(&sandbox.key)?;
    let customer = customers(&client).await?;
    let linked = link(&sandbox, &client, &customer).await?;
    let first_refresh = refresh(&mut sandbox, &client, &linked[0]).await?;
    owners(&client, &linked[0]).await?;
    transactions(&mut sandbox, &client, &linked[0], &first_refresh).await?;
    errors(&sandbox, &client, &linked).await?;
    disconnect(&client, &linked[0]).await?;
    events(&mut sandbox, &client, &linked[1]).await?;
    println!("all steps passed with async-stripe 1.0.0-rc.10 at API {}", stripe_shared::version::VERSION);
    Ok(())
}

/// The sandbox's controls, and a new world for this run.
struct Sandbox {
    base: String,
    key: String,
    now: i64,
}

impl Sandbox {
    fn new(base: &str) -> Outcome<Self> {
        let mut sandbox = Self { base: base.to_owned(), key: String::new(), now: 0 };
        sandbox.now = integer(&sandbox.control("clock", json!({ "frozen": true }))?["now"]);
        sandbox.advance(1)?;
        // A new key has a new world, so the program can run twice on one sandbox.
        sandbox.key = format!("sk_test_asyncstripe{}", sandbox.now);
        Ok(sandbox)
    }

    fn client(&self, key: &str) -> Outcome<Client> {
        Ok(ClientBuilder::new(key).url(format!("{}/", self.base)).build()?)
    }

    fn control(&self, path: &str, body: Value) -> Outcome<Value> {
        let url = format!("{}/_sandbox/{path}", self.base);
        Ok(ureq::post(url).send_json(body)?.body_mut().read_json()?)
    }

    fn advance(&mut self, seconds: i64) -> Outcome {
        self.now = integer(&self.control("clock", json!({ "advance": seconds }))?["now"]);
        Ok(())
    }
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("the sandbox answers with a whole number")
}

fn step(name: &str) {
    println!("ok  {name}");
}

async fn customers(client: &Client) -> Outcome<String> {
    let key = RequestStrategy::Idempotent(IdempotencyKey::new("async-stripe")?);
    let create = || CreateCustomer::new().name("Jane Diaz").email("jane@example.com").customize();
    let customer = create().request_strategy(key.clone()).send(client).await?;
    assert_eq!(customer.name.as_deref(), Some("Jane Diaz"));
    assert!(!customer.livemode);
    let again = create().request_strategy(key).send(client).await?;
    assert_eq!(again.id, customer.id, "a repeated key has its first answer");
    RetrieveCustomer::new(customer.id.clone()).send(client).await?;
    let listed: Vec<_> = ListCustomer::new().paginate().stream(client).try_collect().await?;
    assert_eq!(listed.len(), 1);
    step("create, retrieve and list customers; repeat an idempotency key");
    Ok(customer.id.to_string())
}

async fn link(sandbox: &Sandbox, client: &Client, customer: &str) -> Outcome<Vec<String>> {
    use FinancialConnectionsSessionPermissions as Permission;
    let mut holder = CreateFinancialConnectionsSessionAccountHolder::new(
        CreateFinancialConnectionsSessionAccountHolderType::Customer,
    );
    holder.customer = Some(customer.to_owned());
    let mut filters = CreateFinancialConnectionsSessionFilters::new();
    filters.country = Some("US".to_owned());
    let permissions =
        [Permission::Balances, Permission::Ownership, Permission::PaymentMethod, Permission::Transactions];
    let session = CreateFinancialConnectionsSession::new(holder, permissions)
        .prefetch([FinancialConnectionsSessionPrefetch::Balances])
        .filters(filters)
        .limits(CreateFinancialConnectionsSessionLimits::new(3))
        .send(client)
        .await?;
    assert!(session.accounts.data.is_empty());
    assert_eq!(session.permissions.len(), 4);
    let accounts = json!([
        { "kind": "checking", "last4": "6789", "transactions": 120, "owners": [{ "name": "Jane Diaz" }, { "name": "Ben Diaz" }] },
        { "kind": "savings" },
        { "kind": "credit_card" },
    ]);
    let linked =
        sandbox.control("link", json!({ "session": session.client_secret, "accounts": accounts }))?;
    let linked: Vec<String> = serde_json::from_value(linked["accounts"].clone())?;
    let session = RetrieveFinancialConnectionsSession::new(session.id)
        .expand(["account_holder.customer".to_owned()])
        .send(client)
        .await?;
    assert_eq!(session.accounts.data.len(), 3);
    let holder = session.account_holder.and_then(|holder| holder.customer).expect("the holder is a customer");
    assert_eq!(holder.as_object().and_then(|customer| customer.email.as_deref()), Some("jane@example.com"));
    step("create a session, link three accounts, expand its customer");

    let newest_first: Vec<_> = linked.iter().rev().cloned().collect();
    let all = ListFinancialConnectionsAccount::new().limit(1);
    let listed: Vec<_> = all.paginate().stream(client).try_collect().await?;
    assert_eq!(listed.iter().map(|account| account.id.to_string()).collect::<Vec<_>>(), newest_first);
    let checking = account(client, &linked[0]).await?;
    assert_eq!(checking.status, FinancialConnectionsAccountStatus::Active);
    assert_eq!(checking.category, FinancialConnectionsAccountCategory::Cash);
    assert_eq!(checking.subcategory, FinancialConnectionsAccountSubcategory::Checking);
    assert_eq!(checking.last4.as_deref(), Some("6789"));
    assert!(checking.balance.is_none() && checking.ownership.is_none() && checking.status_details.is_none());
    assert_eq!(
        checking.balance_refresh.map(|refresh| refresh.status.to_string()).as_deref(),
        Some("pending")
    );
    step("list accounts page by page, retrieve one with the prefetched refresh pending");
    Ok(linked)
}

async fn account(client: &Client, id: &str) -> Result<stripe_misc::FinancialConnectionsAccount, StripeError> {
    RetrieveFinancialConnectionsAccount::new(id).expand(["ownership".to_owned()]).send(client).await
}

async fn refresh(sandbox: &mut Sandbox, client: &Client, id: &str) -> Outcome<String> {
    use RefreshFinancialConnectionsAccountFeatures as Feature;
    sandbox.advance(61)?;
    let features = [Feature::Balance, Feature::Ownership, Feature::Transactions];
    let refreshed = RefreshFinancialConnectionsAccount::new(id, features).send(client).await?;
    let pending = refreshed.transaction_refresh.expect("a refresh of transactions was asked for");
    assert_eq!(pending.status.to_string(), "pending");
    assert_eq!(pending.next_refresh_available_at, None);
    refused(
        ListFinancialConnectionsTransaction::new(id).send(client).await,
        400,
        Some(ApiErrorsCode::FinancialConnectionsNoSuccessfulTransactionRefresh),
        None,
    );
    sandbox.advance(1)?;
    let settled = account(client, id).await?;
    for status in [
        settled.balance_refresh.map(|refresh| refresh.status.to_string()),
        settled.ownership_refresh.map(|refresh| refresh.status.to_string()),
        settled.transaction_refresh.map(|refresh| refresh.status.to_string()),
    ] {
        assert_eq!(status.as_deref(), Some("succeeded"));
    }
    let balance = settled.balance.expect("a refresh that succeeded brings a balance");
    assert!(balance.as_of <= sandbox.now);
    assert!(balance.current.contains_key("usd"));
    assert!(balance.cash.is_some_and(|cash| cash.available.is_some()) && balance.credit.is_none());
    step("refresh balance, owners and transactions: pending, then succeeded");
    Ok(pending.id.to_string())
}

async fn owners(client: &Client, id: &str) -> Outcome {
    let ownership = account(client, id).await?.ownership.expect("the refresh brought owners");
    let Expandable::Object(ownership) = ownership else {
        return Err("the ownership was not expanded".into());
    };
    assert_eq!(ownership.owners.data.len(), 2);
    let list = ListOwnersFinancialConnectionsAccount::new(id, ownership.id.to_string()).limit(1);
    let owners: Vec<_> = list.paginate().stream(client).try_collect().await?;
    let names: BTreeSet<_> = owners.iter().map(|owner| owner.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["Ben Diaz", "Jane Diaz"]));
    step("expand the ownership, list owners page by page");
    Ok(())
}

async fn transactions(sandbox: &mut Sandbox, client: &Client, id: &str, first_refresh: &str) -> Outcome {
    let list = || ListFinancialConnectionsTransaction::new(id).limit(50);
    let known: Vec<_> = list().paginate().stream(client).try_collect().await?;
    let ids: BTreeSet<_> = known.iter().map(|one| one.id.to_string()).collect();
    assert_eq!((known.len(), ids.len()), (120, 120));
    assert!(known.iter().all(|one| one.transaction_refresh == first_refresh && one.account == id));
    assert!(known.is_sorted_by(|newer, older| newer.transacted_at >= older.transacted_at));
    let middle = known[60].transacted_at;
    let before = RangeQueryTs::Bounds(RangeBoundsTs { lt: Some(middle), ..RangeBoundsTs::default() });
    let earlier: Vec<_> = list().transacted_at(before).paginate().stream(client).try_collect().await?;
    assert_eq!(earlier.len(), known.iter().filter(|one| one.transacted_at < middle).count());
    let one = RetrieveFinancialConnectionsTransaction::new(known[7].id.clone()).send(client).await?;
    assert_eq!((one.amount, one.description), (known[7].amount, known[7].description.clone()));
    step("list 120 transactions in pages, filter by time, retrieve one");

    let subscribed = SubscribeFinancialConnectionsAccount::new(
        id,
        [SubscribeFinancialConnectionsAccountFeatures::Transactions],
    );
    assert_eq!(subscribed.send(client).await?.subscriptions.map(|all| all.len()), Some(1));
    sandbox.advance(5 * DAY + 60)?;
    let after = ListFinancialConnectionsTransactionTransactionRefresh::new(first_refresh);
    let changes: Vec<_> = list().transaction_refresh(after).paginate().stream(client).try_collect().await?;
    assert!(!changes.is_empty() && changes.iter().all(|one| one.transaction_refresh != first_refresh));
    let now: Vec<_> = list().paginate().stream(client).try_collect().await?;
    let now: BTreeSet<_> = now.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(&ids | &changes.iter().map(|one| one.id.to_string()).collect(), now);
    let unsubscribed = UnsubscribeFinancialConnectionsAccount::new(
        id,
        [UnsubscribeFinancialConnectionsAccountFeatures::Transactions],
    );
    assert_eq!(unsubscribed.send(client).await?.subscriptions.map(|all| all.len()), Some(0));
    step("subscribe, let five days pass, read the changes since the first refresh, unsubscribe");
    Ok(())
}

/// Asserts that the call fails with these values, in the error body that async-stripe parses.
fn refused<T>(
    outcome: Result<T, StripeError>,
    status: u16,
    code: Option<ApiErrorsCode>,
    param: Option<&str>,
) {
    match outcome {
        Err(StripeError::Stripe(error, seen)) => {
            assert_eq!((seen, &error.code, error.param.as_deref()), (status, &code, param), "{error:?}");
            assert!(matches!(error.type_, ApiErrorsType::InvalidRequestError), "{error:?}");
            assert!(error.message.is_some_and(|message| !message.is_empty()));
        }
        Err(other) => panic!("not one of Stripe's errors: {other}"),
        Ok(_) => panic!("expected a refusal with {status}"),
    }
}

async fn errors(sandbox: &Sandbox, client: &Client, linked: &[String]) -> Outcome {
    use RefreshFinancialConnectionsAccountFeatures as Feature;
    refused(account(client, "fca_nope").await, 404, Some(ApiErrorsCode::ResourceMissing), Some("account"));
    let unknown_cursor = ListFinancialConnectionsAccount::new().starting_after("fca_nope").send(client).await;
    refused(unknown_cursor, 400, Some(ApiErrorsCode::ResourceMissing), Some("starting_after"));
    let invented = [Feature::Unknown("balances".to_owned())];
    let invented = RefreshFinancialConnectionsAccount::new(linked[0].as_str(), invented).send(client).await;
    refused(invented, 400, None, Some("features[0]"));
    let no_customer = CreateFinancialConnectionsSession::new(
        CreateFinancialConnectionsSessionAccountHolder::new(
            CreateFinancialConnectionsSessionAccountHolderType::Customer,
        ),
        [FinancialConnectionsSessionPermissions::Balances],
    );
    let missing = Some(ApiErrorsCode::ParameterMissing);
    refused(no_customer.send(client).await, 400, missing, Some("account_holder[customer]"));
    // A code that is not in the specification.
    let too_deep_code = ApiErrorsCode::Unknown("property_expansion_max_depth".to_owned());
    let too_deep =
        RetrieveFinancialConnectionsAccount::new(linked[0].as_str()).expand(["a.b.c.d.e".to_owned()]);
    refused(too_deep.send(client).await, 400, Some(too_deep_code), None);
    let stranger = sandbox.client("not_a_key")?;
    refused(ListFinancialConnectionsAccount::new().send(&stranger).await, 401, None, None);
    let browser = sandbox.client("pk_test_123")?;
    let refusal = ListFinancialConnectionsAccount::new().send(&browser).await;
    refused(refusal, 403, Some(ApiErrorsCode::SecretKeyRequired), None);
    sandbox.control(&format!("accounts/{}/status", linked[1]), json!({ "status": "inactive" }))?;
    let refresh = RefreshFinancialConnectionsAccount::new(linked[1].as_str(), [Feature::Balance]);
    refused(refresh.send(client).await, 400, Some(ApiErrorsCode::FinancialConnectionsAccountInactive), None);
    sandbox.control(&format!("accounts/{}/status", linked[1]), json!({ "status": "active" }))?;
    let fault = json!({ "fault": "lock_timeout", "on": "retrieve_account" });
    sandbox.control("faults", fault)?;
    refused(account(client, &linked[0]).await, 429, Some(ApiErrorsCode::LockTimeout), None);
    step("errors have the body that the SDK parses, with its codes");
    Ok(())
}

async fn disconnect(client: &Client, id: &str) -> Outcome {
    let gone = DisconnectFinancialConnectionsAccount::new(id).send(client).await?;
    assert_eq!(gone.status, FinancialConnectionsAccountStatus::Disconnected);
    assert!(gone.balance.is_none() && gone.ownership.is_none());
    refused(ListFinancialConnectionsTransaction::new(id).send(client).await, 400, None, None);
    step("disconnect removes the data permanently");
    Ok(())
}

/// Causes every type of event, and parses each to the type of its object.
async fn events(sandbox: &mut Sandbox, client: &Client, id: &str) -> Outcome {
    let soon = sandbox.now + 31 * DAY;
    let controls = [
        ("expected_deactivation", json!({ "at": soon })),
        ("account_number", json!({ "status": "transactable", "expires_at": soon })),
        ("payment_methods", json!({ "types": ["us_bank_account", "link"] })),
    ];
    for (control, body) in controls {
        sandbox.control(&format!("accounts/{id}/{control}"), body)?;
    }
    sandbox.advance(2 * DAY)?;
    let listed: Vec<_> = ListEvent::new().limit(100).paginate().stream(client).try_collect().await?;
    let url = format!("{}/v1/events?limit=100", sandbox.base);
    let bearer = format!("Bearer {}", sandbox.key);
    let raw: Value = ureq::get(url).header("authorization", &bearer).call()?.body_mut().read_json()?;
    let raw = raw["data"].as_array().ok_or("a list has data")?;
    assert_eq!(raw.len(), listed.len());
    let mut types = BTreeSet::new();
    for event in raw {
        // It returns what it could not parse instead of failing.
        let parsed = stripe_webhook::Webhook::insecure(&event.to_string())?;
        let name = event["type"].as_str().ok_or("an event has a type")?;
        let object = format!("{:?}", parsed.data.object);
        assert!(object.starts_with("FinancialConnections"), "{name} was parsed to {object}");
        types.insert(name);
    }
    let account = |name: &str| format!("financial_connections.account.{name}");
    let authorization = |name: &str| format!("financial_connections.authorization.{name}");
    let wanted: BTreeSet<String> = [
        "created",
        "deactivated",
        "reactivated",
        "disconnected",
        "refreshed_balance",
        "refreshed_ownership",
        "refreshed_transactions",
        "account_numbers_updated",
        "upcoming_account_number_expiry",
        "expected_deactivation_date_updated",
        "upcoming_deactivation",
        "supported_payment_method_types_updated",
    ]
    .map(account)
    .into_iter()
    .chain(["expected_deactivation_date_updated", "upcoming_deactivation"].map(authorization))
    .collect();
    assert_eq!(types, wanted.iter().map(String::as_str).collect());
    step(&format!("{} events of all 14 types, each parsed to the type of its object", raw.len()));
    Ok(())
}
