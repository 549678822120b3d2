//! `/v1/financial_connections/sessions`

use serde_json::{Value, json};

use super::{accounts, authorizations, institutions};
use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::params::{Kind, Params, missing, optional, preview, required, required_in_ga, unknown};
use crate::api::version::Version;
use crate::caller::is_account_id;
use crate::lifecycle::refusal::Disconnected;
use crate::lifecycle::session::{self, NewSession};
use crate::model::account::AccountStatus;
use crate::model::feature::Feature;
use crate::model::holder::Holder;
use crate::model::operation::OperationName;
use crate::model::session::{DeliveryMethod, Filters, Relink};
use crate::render::institution::institution_name;
use crate::render::session::render_session;

const PREFETCH: &[&str] = &["balances", "ownership", "transactions"];

pub(super) static CREATE: Operation = Operation {
    name: OperationName::CreateSession,
    params: &[
        required_in_ga(
            "account_holder",
            Kind::Object(&[
                required("type", Kind::OneOf(&["account", "customer"])),
                optional("account", Kind::Text),
                optional("customer", Kind::Text),
                optional("customer_account", Kind::Text),
            ]),
        ),
        required(
            "permissions",
            Kind::List(&Kind::OneOf(&["balances", "ownership", "payment_method", "transactions"])),
        ),
        optional(
            "filters",
            Kind::Object(&[
                optional(
                    "account_subcategories",
                    Kind::List(&Kind::OneOf(&[
                        "checking",
                        "credit_card",
                        "line_of_credit",
                        "mortgage",
                        "savings",
                    ])),
                ),
                optional("countries", Kind::List(&Kind::Country)),
                optional("country", Kind::Country),
                preview("institution", Kind::Text),
                optional("require_payment_method_support", Kind::OneOf(&["all", "at_least_one", "none"])),
            ]),
        ),
        optional("limits", Kind::Object(&[required("accounts", Kind::IntegerOrUnset)])),
        preview("hosted", Kind::Object(&[optional("delivery_method", Kind::OneOf(&["email", "url"]))])),
        optional(
            "manual_entry",
            Kind::Object(&[optional("mode", Kind::OneOfMore(&["automatic", "disabled"], &["custom"]))]),
        ),
        optional("prefetch", Kind::List(&Kind::OneOfMore(PREFETCH, &["inferred_balances"]))),
        preview(
            "relink_options",
            Kind::Object(&[optional("account", Kind::Text), required("authorization", Kind::Text)]),
        ),
        optional("return_url", Kind::Text),
        preview("ui_mode", Kind::OneOf(&["hosted", "modal"])),
    ],
    check,
    response: Shape::Session,
    run: create,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveSession,
    params: &[],
    check: nothing_more,
    response: Shape::Session,
    run: |call| {
        let session = call.world.sessions.find(call.id);
        let session = session
            .ok_or_else(|| ApiError::not_found("financial connections session", call.id, "session"))?;
        Ok(render(call, session))
    },
};

/// Checks the parameters that depend on each other and on the version.
fn check(params: &Params, version: Version) -> Result<(), ApiError> {
    let foreign = if version.has_one_country() { "countries" } else { "country" };
    if params.has(&format!("/filters/{foreign}")) {
        return Err(unknown(&[format!("filters[{foreign}]")]));
    }
    check_holder(params)?;
    let permissions = params.texts("/permissions");
    for feature in params.texts("/prefetch").into_iter().filter_map(Feature::of_prefetch) {
        if !permissions.contains(&feature.permission()) {
            let message = format!("prefetch needs the permission for it: {}.", feature.permission());
            return Err(ApiError::invalid(message).param("prefetch"));
        }
    }
    if params.integer("/limits/accounts").is_some_and(|limit| limit < 1) {
        return Err(ApiError::invalid("limits[accounts] must be at least 1.").param("limits[accounts]"));
    }
    if params.text("/return_url").is_some_and(|url| !is_url(url)) {
        return Err(ApiError::invalid("Not a valid URL.").code("url_invalid").param("return_url"));
    }
    if params.has("/hosted") && params.text("/ui_mode") != Some("hosted") {
        return Err(ApiError::invalid("hosted can only be used with ui_mode=hosted.").param("hosted"));
    }
    Ok(())
}

/// Checks the account holder. A session that relinks may leave it out.
fn check_holder(params: &Params) -> Result<(), ApiError> {
    if !params.has("/account_holder") {
        let is_relink = params.has("/relink_options");
        return if is_relink { Ok(()) } else { Err(missing("account_holder")) };
    }
    let given = |name: &str| params.has(&format!("/account_holder/{name}"));
    let (wanted, foreign): (&[&str], &[&str]) = match params.text("/account_holder/type") {
        Some("account") => (&["account"], &["customer", "customer_account"]),
        _ => (&["customer", "customer_account"], &["account"]),
    };
    if let Some(name) = foreign.iter().find(|name| given(name)) {
        let name = format!("account_holder[{name}]");
        let message = format!("{name} cannot be used with this account_holder[type].");
        return Err(ApiError::invalid(message).param(name));
    }
    match wanted.iter().filter(|name| given(name)).count() {
        0 => return Err(missing(&format!("account_holder[{}]", wanted[0]))),
        1 => {}
        _ => {
            let names = "account_holder[customer], account_holder[customer_account]";
            let message = format!("You may only specify one of these parameters: {names}.");
            return Err(ApiError::invalid(message).code("parameters_exclusive"));
        }
    }
    Ok(())
}

/// Whether a text is a URL of the web or of an app (`shop://back`): a scheme, and something after it.
fn is_url(text: &str) -> bool {
    let word = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    text.split_once("://")
        .is_some_and(|(scheme, rest)| word(scheme) && !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let params = call.params;
    let relink = relink(call)?;
    let holder = match relink {
        Some(relink) => holder_of_relink(call, relink)?,
        None => holder(call)?,
    };
    if let Some(id) = params.text("/filters/institution")
        && institution_name(call.world, id).is_none()
    {
        return Err(ApiError::missing_reference(institutions::KIND, id, "filters[institution]"));
    }
    let text = |place: &str| params.text(place).map(str::to_owned);
    let texts = |place: &str| {
        // Without duplicates, in the order of the request.
        let mut texts: Vec<String> = Vec::new();
        for text in params.texts(place) {
            if !texts.iter().any(|known| known == text) {
                texts.push(text.to_owned());
            }
        }
        texts
    };
    let filters = params.has("/filters").then(|| Filters {
        account_subcategories: params
            .has("/filters/account_subcategories")
            .then(|| texts("/filters/account_subcategories")),
        // Of several countries, Stripe used the first one.
        country: text("/filters/country").or_else(|| text("/filters/countries/0")),
        payment_method_support: text("/filters/require_payment_method_support"),
        institution: text("/filters/institution"),
    });
    let is_hosted = params.text("/ui_mode") == Some("hosted");
    let hosted = is_hosted.then(|| match params.text("/hosted/delivery_method") {
        Some("email") => DeliveryMethod::Email,
        _ => DeliveryMethod::Url,
    });
    let new = NewSession {
        holder,
        permissions: texts("/permissions"),
        prefetch: texts("/prefetch"),
        filters,
        account_limit: params.integer("/limits/accounts"),
        manual_entry: text("/manual_entry/mode"),
        return_url: text("/return_url"),
        relink,
        hosted,
    };
    let session = session::create(call.world, new);
    Ok(render(call, session))
}

/// A session as the version of the call shows it.
fn render(call: &Call<'_>, session: u32) -> Value {
    let origin = call.origin.as_deref();
    let mut rendered = render_session(call.world, session, call.version.surface, origin);
    if !call.version.has_one_country()
        && let Some(Value::Object(filters)) = rendered.get_mut("filters")
    {
        let country = filters.remove("country").unwrap_or_default();
        let countries = if country.is_null() { Value::Null } else { json!([country]) };
        filters.insert("countries".to_owned(), countries);
    }
    rendered
}

/// What the session links again: a log-in, and an account of it.
fn relink(call: &Call<'_>) -> Result<Option<Relink>, ApiError> {
    let world = &*call.world;
    let Some(id) = call.params.text("/relink_options/authorization") else { return Ok(None) };
    let authorization = world.authorizations.find(id).ok_or_else(|| {
        ApiError::missing_reference(authorizations::KIND, id, "relink_options[authorization]")
    })?;
    let Some(id) = call.params.text("/relink_options/account") else {
        return Ok(Some(Relink { authorization, account: None }));
    };
    let param = "relink_options[account]";
    let account = world.accounts.find(id);
    let account = account.ok_or_else(|| ApiError::missing_reference(accounts::KIND, id, param))?;
    if world.accounts[account].authorization != authorization {
        let message = "The account was not linked with this authorization.";
        return Err(ApiError::invalid(message).param(param));
    }
    if world.accounts[account].status == AccountStatus::Disconnected {
        return Err(ApiError::from(Disconnected).param(param));
    }
    Ok(Some(Relink { authorization, account: Some(account) }))
}

/// The holder of the accounts that are linked again. A caller may name the same one.
fn holder_of_relink(call: &Call<'_>, relink: Relink) -> Result<Holder, ApiError> {
    let known = session::holder_of(call.world, relink.authorization)
        .ok_or_else(|| ApiError::from(Disconnected).param("relink_options[authorization]"))?;
    if call.params.has("/account_holder") && holder(call)? != known {
        let message = "The accounts of the authorization have another account_holder.";
        return Err(ApiError::invalid(message).param("account_holder"));
    }
    Ok(known)
}

fn holder(call: &Call<'_>) -> Result<Holder, ApiError> {
    let text = |name: &str| call.params.text(&format!("/account_holder/{name}")).map(str::to_owned);
    if let Some(id) = text("customer") {
        if call.world.customer(&id).is_none() {
            return Err(ApiError::missing_reference("customer", &id, "account_holder[customer]"));
        }
        return Ok(Holder::Customer(id));
    }
    // The sandbox has no endpoint for Stripe accounts: every well-formed id is taken to exist.
    let account = |id: String, name: &str| {
        if is_account_id(&id) {
            Ok(id)
        } else {
            Err(ApiError::missing_reference("account", &id, &format!("account_holder[{name}]")))
        }
    };
    match (text("account"), text("customer_account")) {
        (Some(id), _) => Ok(Holder::Account(account(id, "account")?)),
        (_, Some(id)) => Ok(Holder::CustomerAccount(account(id, "customer_account")?)),
        _ => Err(missing("account_holder[customer]")),
    }
}
