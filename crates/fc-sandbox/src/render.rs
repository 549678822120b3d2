//! Objects as the API shows them.
//!
//! Members that are "always present, may be null" are written as null; optional ones are left out.

use serde_json::{Map, Value, json};

use crate::bank::{Balance, Standing};
use crate::expand::Shape;
use crate::model::{AccountStatus, Attempt, Customer, Holder, RefreshStatus, Session};
use crate::page::{Page, PageRequest};
use crate::transaction_id::TransactionKey;
use crate::world::World;

/// The version whose shapes these are.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

pub(crate) const ACCOUNTS_URL: &str = "/v1/financial_connections/accounts";

/// A page as the API shows it.
pub(crate) fn list<K>(page: Page<K>, url: &str, render: impl FnMut(K) -> Value) -> Value {
    json!({
        "object": "list",
        "data": page.keys.into_iter().map(render).collect::<Value>(),
        "has_more": page.has_more,
        "url": url,
    })
}

impl World {
    pub(crate) fn render_account(&self, row: u32) -> Value {
        let account = &self.accounts[row];
        let active = account.status == AccountStatus::Active;
        let usable = account.status != AccountStatus::Disconnected;
        let attempt = |attempt: &Option<Attempt>| {
            attempt.as_ref().map_or(Value::Null, |attempt| render_attempt(attempt, active))
        };
        let mut transaction_refresh = attempt(&account.transactions_attempt);
        if let Some(refresh) = account.transaction_refresh {
            transaction_refresh["id"] = self.refreshes[refresh].id.as_str().into();
        }
        let payment_methods: Value =
            account.payment_methods.iter().filter(|_| usable).map(|method| method.as_str()).collect();
        let mut rendered = json!({
            "id": account.id,
            "object": "financial_connections.account",
            "account_holder": render_holder(&account.holder),
            "account_numbers": account.render_numbers(),
            "balance": account.balance.map(|balance| render_balance(balance, &account.category, &account.currency)),
            "balance_refresh": attempt(&account.balance_attempt),
            "category": account.category,
            "created": account.created,
            "display_name": account.display_name,
            "institution_name": account.institution_name,
            "last4": account.last4,
            "livemode": self.livemode,
            "ownership": account.ownership.map(|ownership| self.ownerships[ownership].id.as_str()),
            "ownership_refresh": attempt(&account.ownership_attempt),
            "permissions": account.permissions,
            "status": match account.status {
                AccountStatus::Active => "active",
                AccountStatus::Inactive => "inactive",
                AccountStatus::Disconnected => "disconnected",
            },
            "subcategory": account.subcategory,
            "subscriptions": if account.subscription.active { json!(["transactions"]) } else { json!([]) },
            "supported_payment_method_types": payment_methods,
            "transaction_refresh": transaction_refresh,
        });
        // There only when an end is expected.
        if let Some(ends_at) = self.authorizations[account.authorization].ends_at.filter(|_| active) {
            let expected = json!({
                "action": "relink_required",
                "cause": "access_expired",
                "expected_deactivation_date": ends_at,
            });
            rendered["status_details"] = json!({ "active": expected });
        }
        rendered
    }

    pub(crate) fn render_session(&self, row: u32) -> Value {
        let session = &self.sessions[row];
        let page = Page { keys: session.accounts.iter().rev().copied().collect(), has_more: false };
        let mut rendered = json!({
            "id": session.id,
            "object": "financial_connections.session",
            "account_holder": render_holder(&session.holder),
            "accounts": list(page, ACCOUNTS_URL, |account| self.render_account(account)),
            "client_secret": session.client_secret,
            "livemode": self.livemode,
            "permissions": session.permissions,
            "prefetch": session.prefetch,
        });
        if let Value::Object(members) = &mut rendered {
            members.extend(session_options(session));
        }
        rendered
    }

    /// Null if the account's book was not written up so far.
    pub(crate) fn render_transaction(&self, key: TransactionKey) -> Value {
        let account = &self.accounts[key.account];
        let Some(transaction) = self.ledger.book(key.account).row(key.row) else { return Value::Null };
        let (status, posted_at, void_at) = match transaction.standing {
            Standing::Pending => ("pending", None, None),
            Standing::Posted { at } => ("posted", Some(at), None),
            Standing::Void { at } => ("void", None, Some(at)),
        };
        json!({
            "id": self.ledger.ids.id(key),
            "object": "financial_connections.transaction",
            "account": account.id,
            "amount": transaction.amount,
            "currency": account.currency,
            "description": transaction.description,
            "livemode": self.livemode,
            "status": status,
            "status_transitions": { "posted_at": posted_at, "void_at": void_at },
            "transacted_at": transaction.transacted_at,
            "transaction_refresh": self.refreshes[transaction.refresh].id,
            "updated": transaction.updated,
        })
    }

    pub(crate) fn render_ownership(&self, row: u32) -> Value {
        let ownership = &self.ownerships[row];
        // The one list whose address carries a query: its pages need the snapshot's id.
        let account = &self.accounts[ownership.account].id;
        let url = format!("{ACCOUNTS_URL}/{account}/owners?ownership={}", ownership.id);
        let page = PageRequest::first().cut(&ownership.owners.as_slice());
        json!({
            "id": ownership.id,
            "object": "financial_connections.account_ownership",
            "created": ownership.created,
            "owners": list(page, &url, |owner| self.render_owner(owner)),
        })
    }

    pub(crate) fn render_owner(&self, row: u32) -> Value {
        let owner = &self.owners[row];
        json!({
            "id": owner.id,
            "object": "financial_connections.account_owner",
            "email": owner.owner.email,
            "name": owner.owner.name,
            "ownership": self.ownerships[owner.ownership].id,
            "phone": owner.owner.phone,
            "raw_address": owner.owner.raw_address,
            "refreshed_at": owner.refreshed_at,
        })
    }

    pub(crate) fn render_customer(&self, row: u32) -> Value {
        let Customer { id, created, invoice_prefix, name, email, phone, description, metadata } =
            &self.customers[row];
        json!({
            "id": id,
            "object": "customer",
            "address": null,
            "balance": 0,
            "created": created,
            "currency": null,
            "default_source": null,
            "delinquent": false,
            "description": description,
            "discount": null,
            "email": email,
            "invoice_prefix": invoice_prefix,
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": null,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": self.livemode,
            "metadata": metadata,
            "name": name,
            "next_invoice_sequence": 1,
            "phone": phone,
            "preferred_locales": [],
            "shipping": null,
            "tax_exempt": "none",
            "test_clock": null,
        })
    }

    pub(crate) fn render_event(&self, row: u32) -> Value {
        self.render_event_in(row, API_VERSION)
    }

    /// The object that an id of this shape names, for expanding.
    pub(crate) fn render_by_id(&self, shape: Shape, id: &str) -> Option<Value> {
        match shape {
            Shape::ConnectedAccount => Some(render_connected_account(id)),
            Shape::Customer => self.customers.find(id).map(|row| self.render_customer(row)),
            Shape::Ownership => self.ownerships.find(id).map(|row| self.render_ownership(row)),
            _ => None,
        }
    }
}

fn render_holder(holder: &Holder) -> Value {
    match holder {
        Holder::Account(id) => json!({ "type": "account", "account": id }),
        Holder::Customer(id) => json!({ "type": "customer", "customer": id }),
        Holder::CustomerAccount(id) => json!({ "type": "customer", "customer_account": id }),
    }
}

fn render_attempt(attempt: &Attempt, active: bool) -> Value {
    let status = match attempt.status {
        RefreshStatus::Pending => "pending",
        RefreshStatus::Succeeded => "succeeded",
        RefreshStatus::Failed => "failed",
    };
    json!({
        "last_attempted_at": attempt.at,
        "next_refresh_available_at": attempt.next_at.filter(|_| active),
        "status": status,
    })
}

fn render_balance(balance: Balance, category: &str, currency: &str) -> Value {
    let amount = |amount: i64| Value::Object(Map::from_iter([(currency.to_owned(), amount.into())]));
    let mut rendered = json!({ "as_of": balance.as_of, "current": amount(balance.current) });
    if category == "credit" {
        rendered["type"] = "credit".into();
        rendered["credit"] = json!({ "used": amount(balance.projected) });
    } else {
        rendered["type"] = "cash".into();
        rendered["cash"] = json!({ "available": amount(balance.projected) });
    }
    rendered
}

/// What the caller asked for; what was left out is absent.
fn session_options(session: &Session) -> Map<String, Value> {
    let mut options = Map::new();
    if let Some(filters) = &session.filters {
        let mut rendered =
            json!({ "account_subcategories": filters.account_subcategories, "country": filters.country });
        if let Some(support) = &filters.payment_method_support {
            rendered["require_payment_method_support"] = support.as_str().into();
        }
        options.insert("filters".to_owned(), rendered);
    }
    if let Some(limit) = session.account_limit {
        options.insert("limits".to_owned(), json!({ "accounts": limit }));
    }
    if let Some(mode) = &session.manual_entry {
        options.insert("manual_entry".to_owned(), json!({ "mode": mode }));
    }
    if let Some(url) = &session.return_url {
        options.insert("return_url".to_owned(), json!(url));
    }
    options
}

/// A Stripe account; the sandbox has no endpoint for them and knows only the id.
fn render_connected_account(id: &str) -> Value {
    json!({
        "id": id,
        "object": "account",
        "business_profile": null,
        "business_type": null,
        "charges_enabled": true,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": true,
        "email": null,
        "metadata": {},
        "payouts_enabled": true,
        "type": "standard",
    })
}
