//! Steps of the tour. Each is one task of an integration.

use std::error::Error;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::{Account, AccountId, Session, SessionId, Timestamp};

use crate::print;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Creates a session: the front end opens it with the client secret.
pub(crate) async fn create_session(
    fc: &FinancialConnections,
    holder: NewAccountHolder,
    permissions: [Permission; 4],
) -> Outcome<Session> {
    print::step("Create a session");
    print::request("POST /v1/financial_connections/sessions");
    let response = fc.sessions().create(holder, permissions).send_response().await?;
    print::got(&response, &format!("session {}", response.id));
    print::note(&format!(
        "client secret for the front end: {:?}, hidden when printed",
        response.client_secret
    ));
    Ok(response.into_inner())
}

/// Lists the linked accounts.
pub(crate) async fn list_accounts(
    fc: &FinancialConnections,
    session: Option<&SessionId>,
) -> Outcome<Vec<Account>> {
    print::step("List the linked accounts");
    print::request("GET /v1/financial_connections/accounts");
    let mut request = fc.accounts().list();
    if let Some(session) = session {
        request = request.session(session);
    }
    let response = request.send_response().await?;
    print::got(&response, &format!("{} accounts", response.data.len()));
    let rows: Vec<[String; 5]> = response
        .data
        .iter()
        .map(|account| {
            [
                account.id.to_string(),
                account.institution_name.to_string(),
                account.display_name.clone().unwrap_or_default().into(),
                account.subcategory.to_string(),
                format!("…{}", account.last4.as_deref().unwrap_or("????")),
            ]
        })
        .collect();
    print::table(["id", "institution", "name", "kind", "number"], &rows);
    Ok(response.into_inner().data)
}

/// Refreshes balance, ownership and transactions, and waits until each has succeeded or failed.
pub(crate) async fn refresh(fc: &FinancialConnections, account: &AccountId) -> Outcome<Account> {
    print::step("Refresh balance, ownership and transactions");
    print::request("POST /v1/financial_connections/accounts/{account}/refresh");
    let response = fc.accounts().refresh(account, RefreshFeature::ALL).send_response().await?;
    print::got(&response, &states(&response));
    let all = settled(RefreshFeature::Balance)
        .and(settled(RefreshFeature::Ownership))
        .and(settled(RefreshFeature::Transactions));
    let polling = Polling::within(Duration::from_secs(60)).first(Duration::from_millis(250));
    let account = fc.accounts().retrieve(account).until(all, polling).await?;
    print::note(&format!("then   {}", states(&account)));
    if let Some(balance) = &account.balance {
        for amount in balance.current.iter() {
            print::note(&format!("balance {amount}"));
        }
    }
    Ok(account)
}

fn states(account: &Account) -> String {
    let states = RefreshFeature::ALL.map(|feature| match feature.state(account) {
        Some(state) => format!("{feature} {}", state.status),
        None => format!("{feature} never refreshed"),
    });
    states.join(", ")
}

/// Lists the owners in the newest ownership snapshot.
pub(crate) async fn owners(fc: &FinancialConnections, account: &Account) -> Outcome<()> {
    print::step("Read the owners");
    let Some(ownership) = &account.ownership else {
        print::note("The institution gave no owners.");
        return Ok(());
    };
    print::request("GET /v1/financial_connections/accounts/{account}/owners");
    let response = fc.accounts().owners(&account.id, ownership.id()).send_response().await?;
    print::got(&response, &format!("{} owners", response.data.len()));
    for owner in &response.data {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        print::note(&format!("{}, {}, {}", owner.name, text(&owner.email), text(&owner.raw_address)));
    }
    Ok(())
}

/// Reads all transactions page by page and prints the newest.
pub(crate) async fn transactions(fc: &FinancialConnections, account: &AccountId) -> Outcome<()> {
    print::step("Read the transactions, page by page");
    let mut pages = fc.transactions().list(account).page_size(25).pages();
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await.transpose()? {
        print::request("GET /v1/financial_connections/transactions?limit=25");
        print::note(&format!("got    {} transactions, more: {}", page.data.len(), page.has_more));
        rows.extend(page.data.iter().map(|transaction| {
            [
                date(transaction.transacted_at),
                transaction.status.to_string(),
                transaction.money().to_string(),
                transaction.description.clone(),
            ]
        }));
    }
    print::note(&format!("{} transactions; the newest:", rows.len()));
    rows.truncate(8);
    print::table(["date", "status", "amount", "description"], &rows);
    Ok(())
}

fn date(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_secs())
        .map_or_else(|_| time.to_string(), |time| time.strftime("%F").to_string())
}

/// Subscribes to the daily refresh of transactions, and unsubscribes.
pub(crate) async fn subscribe(fc: &FinancialConnections, account: &AccountId) -> Outcome<()> {
    print::step("Subscribe to daily transactions, and unsubscribe");
    print::request("POST /v1/financial_connections/accounts/{account}/subscribe");
    let response = fc.accounts().subscribe(account, [SubscribeFeature::Transactions]).send_response().await?;
    print::got(&response, &format!("subscribed: {}", SubscribeFeature::Transactions.is_active(&response)));
    print::request("POST /v1/financial_connections/accounts/{account}/unsubscribe");
    let response =
        fc.accounts().unsubscribe(account, [SubscribeFeature::Transactions]).send_response().await?;
    print::got(&response, &format!("subscribed: {}", SubscribeFeature::Transactions.is_active(&response)));
    Ok(())
}

/// Disconnects the account, which is final.
pub(crate) async fn disconnect(fc: &FinancialConnections, account: &AccountId) -> Outcome<()> {
    print::step("Disconnect the account");
    print::request("POST /v1/financial_connections/accounts/{account}/disconnect");
    let response = fc.accounts().disconnect(account).send_response().await?;
    print::got(&response, &format!("status {}, balance {:?}", response.status, response.balance));
    Ok(())
}
