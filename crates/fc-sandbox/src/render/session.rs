//! Sessions.

use serde_json::{Map, Value, json};

use crate::api_version::Surface;
use crate::model::session::{DeliveryMethod, Session, SessionEnd, SessionStatus};
use crate::paging::Page;
use crate::render::account::{ACCOUNTS_URL, render_account};
use crate::render::holder::render_holder;
use crate::render::list::render_list;
use crate::world::World;

/// Renders a session as a version of `surface` shows it. `origin` is the address at which the caller reaches the sandbox, for
/// the URL of a hosted page.
pub(crate) fn render_session(world: &World, row: u32, surface: Surface, origin: Option<&str>) -> Value {
    let session = &world.sessions[row];
    let page = Page { keys: session.accounts.iter().rev().copied().collect(), has_more: false };
    // A hosted page needs no secret from the application.
    let client_secret = session.hosted.is_none().then_some(session.client_secret.as_str());
    let is_shown = |name: &&String| surface == Surface::Preview || *name != "inferred_balances";
    let mut rendered = json!({
        "id": session.id,
        "object": "financial_connections.session",
        "account_holder": render_holder(&session.holder),
        "accounts": render_list(page, ACCOUNTS_URL, |account| render_account(world, account, surface)),
        "client_secret": client_secret,
        "livemode": world.livemode,
        "permissions": session.permissions,
        "prefetch": session.prefetch.iter().filter(is_shown).collect::<Vec<_>>(),
    });
    if let Value::Object(members) = &mut rendered {
        members.extend(optional_members(session));
    }
    if surface == Surface::Preview {
        add_preview(&mut rendered, world, session, origin);
    }
    rendered
}

/// Adds the members of the preview.
fn add_preview(rendered: &mut Value, world: &World, session: &Session, origin: Option<&str>) {
    rendered["status"] = json!(session.status());
    if session.status() == SessionStatus::Cancelled {
        let reason = match session.end {
            Some(SessionEnd::CustomManualEntry) => "custom_manual_entry",
            _ => "other",
        };
        rendered["status_details"] = json!({ "cancelled": { "reason": reason } });
    }
    rendered["ui_mode"] = if session.hosted.is_some() { "hosted" } else { "modal" }.into();
    rendered["hosted"] = session.hosted.map_or(
        Value::Null,
        |delivery_method| json!({ "delivery_method": delivery_method, "return_url": session.return_url }),
    );
    // The fragment keeps the secret out of logs. A finished session has no page, and an e-mail is not for the application.
    let is_open = !session.finished && session.hosted == Some(DeliveryMethod::Url);
    let url = origin.filter(|_| is_open).map(|origin| format!("{origin}{}", page_path(session)));
    rendered["url"] = json!(url);
    if let Some(filters) = rendered.get_mut("filters")
        && let Some(only) = session.filters.as_ref().and_then(|filters| filters.institution.as_deref())
    {
        filters["institution"] = only.into();
    }
    if let Some(relink) = session.relink {
        let account = |row: u32| world.accounts[row].id.as_str();
        let authorization = world.authorizations[relink.authorization].id.as_str();
        rendered["relink_options"] =
            json!({ "account": relink.account.map(account), "authorization": authorization });
        rendered["relink_result"] = match (session.status(), session.end) {
            (SessionStatus::Succeeded, _) => {
                let linked = session.accounts.first().map(|row| world.accounts[*row].authorization);
                json!({
                    "account": session.relinked().map(account),
                    "authorization": linked.map(|row| world.authorizations[row].id.as_str()),
                    "failure_reason": null,
                })
            }
            (SessionStatus::Failed, Some(SessionEnd::NoAccount)) => {
                json!({ "account": null, "authorization": authorization, "failure_reason": "no_account" })
            }
            (SessionStatus::Failed, end) => {
                let is_log_in = end == Some(SessionEnd::NoAuthorization);
                let reason = if is_log_in { "no_authorization" } else { "other" };
                json!({ "account": null, "authorization": null, "failure_reason": reason })
            }
            (SessionStatus::Pending | SessionStatus::Cancelled, _) => return,
        };
    }
}

/// The path of the linking page of a session, with its client secret in the fragment.
pub(crate) fn page_path(session: &Session) -> String {
    format!("/_sandbox/link#{}", session.client_secret)
}

/// The optional members that the session was created with.
fn optional_members(session: &Session) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(filters) = &session.filters {
        let mut rendered =
            json!({ "account_subcategories": filters.account_subcategories, "country": filters.country });
        if let Some(support) = &filters.payment_method_support {
            rendered["require_payment_method_support"] = support.as_str().into();
        }
        members.insert("filters".to_owned(), rendered);
    }
    if let Some(limit) = session.account_limit {
        members.insert("limits".to_owned(), json!({ "accounts": limit }));
    }
    if let Some(mode) = &session.manual_entry {
        members.insert("manual_entry".to_owned(), json!({ "mode": mode }));
    }
    if let Some(url) = &session.return_url {
        members.insert("return_url".to_owned(), json!(url));
    }
    members
}
