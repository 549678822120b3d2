//! `/_sandbox`: the list of the controls.

use serde_json::{Value, json};

use crate::bank::account_spec::AccountKind;
use crate::control::faults;
use crate::control::reply::Reply;
use crate::model::account::InactiveCause;
use crate::model::account_number::{AccountNumberStatus, PaymentMethodType};
use crate::model::feature::{Feature, RefreshOutcome};
use crate::model::session::SessionEnd;
use crate::names::of_variants;

pub(crate) async fn list() -> Reply {
    let causes = of_variants::<InactiveCause>().join(", ");
    let ends = of_variants::<SessionEnd>().join(", ");
    let kinds = of_variants::<AccountKind>().join(", ");
    let features = of_variants::<Feature>().join(", ");
    let outcomes = of_variants::<RefreshOutcome>().join(", ");
    let statuses = of_variants::<AccountNumberStatus>().join(", ");
    let payment_methods = of_variants::<PaymentMethodType>().join(", ");
    let mut list = json!({
        "GET /_sandbox": "this list",
        "GET /_sandbox/link": "the page where a user links accounts: open it through fc.js, paste the client secret there, or add \
            #CLIENT_SECRET to its URL, which the browser's history keeps",
        "GET /_sandbox/fc.js": "Stripe(key).collectFinancialConnectionsAccounts({clientSecret}) for front ends",
        "GET /_sandbox/example": "an example front end that uses fc.js",
        "POST /_sandbox/link": format!("a user links accounts: {{session, accounts: [{{kind, institution?, display_name?, \
            last4?, currency?, country?, owners?: [{{name, email?, phone?, raw_address?}}], transactions?, payable?}}]}}; \
            session is an id or a client secret, kind is one of {kinds}"),
        "POST /_sandbox/relink": "a user logs in again in a session with relink_options: {session} returns {accounts}; session is an id \
            or a client secret",
        "POST /_sandbox/sessions/{id}/end": format!("a session ends without accounts: {{outcome}}; outcome is one of {ends}"),
        "GET /_sandbox/console": "the console: a page that shows all of this and does it, for browsers on this machine",
        "GET /_sandbox/clock": "{now, frozen}",
        "POST /_sandbox/clock": "{advance?: seconds, to_next_due?: true, frozen?: true or false}; to_next_due moves the clock to \
            the next time at which something is due",
        "GET /_sandbox/state": "the whole state, for a later PUT",
        "DELETE /_sandbox/state": "removes all worlds, faults and logged requests; the clock stays",
        "PUT /_sandbox/state": "replaces the state with one that GET returned; the clock continues from its time",
        "POST /_sandbox/accounts/{id}/status": format!("{{status: active or inactive, cause?}}; the preview shows the cause, \
            which is one of {causes}"),
        "POST /_sandbox/accounts/{id}/refresh": format!("{{features: a list of {features}}} refreshes as an API call does, and \
            returns {{started, too_early}}"),
        "POST /_sandbox/accounts/{id}/refresh_outcomes": format!("how the next refresh ends: {{feature, outcome}}; feature \
            is one of {features}, outcome one of {outcomes}"),
        "POST /_sandbox/accounts/{id}/expected_deactivation": "{at: seconds since the Unix epoch, or null}",
        "POST /_sandbox/accounts/{id}/account_number": format!("{{status, expires_at?: seconds since the Unix epoch}}; \
            status is one of {statuses}"),
        "POST /_sandbox/accounts/{id}/payment_methods": format!("{{types: a list of {payment_methods}}}"),
        "GET /_sandbox/faults": "{faults}: the faults that have not happened yet",
        "POST /_sandbox/faults": faults::help(),
        "DELETE /_sandbox/faults": "removes all faults",
        "GET /_sandbox/banks": "{banks}: the test institutions and their accounts",
        "POST /_sandbox/banks": "{name, down: true or false}: makes a bank unavailable, or available again; name is any bank",
        "GET /_sandbox/requests": "{requests, has_more, total, on}: the request log, newest first; ?world, method, status (such as 404, \
            4xx or none), search, limit and before (a number) select. Keys and secrets are masked",
        "GET /_sandbox/requests/{number}": "a request with its body and its response; number may be a Request-Id",
        "DELETE /_sandbox/requests": "empties the request log",
        "GET /_sandbox/find/{id}": "{world, kind, id, account?}: the object with this id, in any world",
        "GET /_sandbox/changes": "server-sent events: one at the start and one after each change, with counters of worlds, requests, \
            faults and clock",
        "GET /_sandbox/deliveries": "{deliveries}: of events to webhook endpoints, oldest first in each world",
        "POST /_sandbox/deliveries": "sends every delivery that is due, and then lists all of them",
        "POST /_sandbox/event_destinations": "sends thin events: {key, url, enabled_events: a list of types, or [*]} returns {secret}",
        "POST /_sandbox/webhook_endpoints/{id}/secret": "a new signing secret: {overlap?: seconds during which the old one \
            also signs, 86400 at most} returns {secret}",
    });
    if let (Value::Object(list), Value::Object(worlds)) = (&mut list, worlds()) {
        list.extend(worlds);
    }
    list.into()
}

/// The controls of worlds.
fn worlds() -> Value {
    json!({
        "GET /_sandbox/worlds": "{worlds, seed, request_log, next_due_at}: each key, and each connected account of it, has a world; next_due_at is \
            the next time at which something is due in any of them",
        "POST /_sandbox/worlds": "{key, account?, accounts?, transactions?} makes the world of a key, with this many accounts and \
            transactions of all of them, and returns {world}",
        "GET /_sandbox/worlds/{world}": "its accounts, banks, webhook endpoints, deliveries, events and sessions in numbers",
        "GET /_sandbox/worlds/{world}/accounts": "{accounts, has_more, matching, total}; ?search, status (such as active, failed or \
            pending), limit and starting_after select",
        "GET /_sandbox/worlds/{world}/accounts/{id}": "{account, owners, planned_outcomes, sessions, bank_down}",
        "GET /_sandbox/worlds/{world}/accounts/{id}/balances": "{at_bank, last_read}: the balance at the bank on each of ninety days, \
            and the one that was last read",
        "GET /_sandbox/worlds/{world}/accounts/{id}/timeline": "{groups}: what was asked and what came of it, newest first",
        "GET /_sandbox/worlds/{world}/accounts/{id}/transactions": "{transactions, has_more, matching, total}; ?search, status, limit \
            and starting_after select",
        "GET /_sandbox/worlds/{world}/events": "{events, has_more, total, types}; ?type, search, limit and starting_after select",
        "GET /_sandbox/worlds/{world}/events/{id}": "{event, deliveries}",
        "GET /_sandbox/worlds/{world}/deliveries": "{deliveries, has_more, total}, newest first; ?state, search, limit and \
            starting_after select",
        "GET /_sandbox/worlds/{world}/deliveries/{id}": "a delivery with the body that is sent next, and its requests in the log with \
            their bodies and answers",
        "POST /_sandbox/worlds/{world}/deliveries/{id}/attempts": "sends it now: {body?, times?: 1 to 100} returns {attempts}; with \
            another body the delivery stays as it is",
        "GET /_sandbox/worlds/{world}/sessions": "{sessions, has_more, total}; ?state (open or finished), search, limit and \
            starting_after select",
        "POST /_sandbox/worlds/{world}/sessions": "{customer?: id, name?: of a new customer, permissions?, prefetch?, account_limit?} \
            creates a session",
        "GET /_sandbox/worlds/{world}/sessions/{id}/link_page": "{url}: the linking page of an open session, with its client secret",
        "POST /_sandbox/worlds/{world}/link": "{session?: as for a new one, accounts: as for POST /_sandbox/link}: a user links \
            accounts in a new session",
        "POST /_sandbox/worlds/{world}/population": "{accounts, transactions?} links this many accounts, each of its own customer",
    })
}
