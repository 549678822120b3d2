//! `/v1/financial_connections/sessions`

use serde_json::Value;

use crate::auth::is_account_id;
use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::model::{Feature, Filters, Holder, Session};
use crate::params::{Kind, Params, missing, optional, required};

const PREFETCH: &[&str] = &["balances", "ownership", "transactions"];

pub(super) static CREATE: Operation = Operation {
    name: "create_session",
    params: &[
        required(
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
                optional("country", Kind::Country),
                optional("require_payment_method_support", Kind::OneOf(&["all", "at_least_one", "none"])),
            ]),
        ),
        optional("limits", Kind::Object(&[required("accounts", Kind::IntegerOrUnset)])),
        optional("manual_entry", Kind::Object(&[optional("mode", Kind::OneOf(&["automatic", "disabled"]))])),
        optional("prefetch", Kind::List(&Kind::OneOf(PREFETCH))),
        optional("return_url", Kind::Text),
    ],
    check,
    answer: Shape::Session,
    run: create,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_session",
    params: &[],
    check: nothing_more,
    answer: Shape::Session,
    run: |call| {
        let session = call.world.sessions.find(call.id);
        let session = session
            .ok_or_else(|| ApiError::not_found("financial connections session", call.id, "session"))?;
        Ok(call.world.render_session(session))
    },
};

/// What one parameter asks of another.
fn check(params: &Params) -> Result<(), ApiError> {
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
    let permissions = params.texts("/permissions");
    for feature in params.texts("/prefetch").into_iter().filter_map(Feature::from_name) {
        if !permissions.contains(&feature.permission()) {
            let message = format!("prefetch needs the same name in permissions: {}.", feature.permission());
            return Err(ApiError::invalid(message).param("prefetch"));
        }
    }
    if params.integer("/limits/accounts").is_some_and(|limit| limit < 1) {
        return Err(ApiError::invalid("limits[accounts] must be at least 1.").param("limits[accounts]"));
    }
    if params.text("/return_url").is_some_and(|url| !is_url(url)) {
        return Err(ApiError::invalid("Not a valid URL.").code("url_invalid").param("return_url"));
    }
    Ok(())
}

/// Of the web, or of an app (`shop://back`): a scheme and something after it.
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
    let holder = holder(call)?;
    let text = |place: &str| params.text(place).map(str::to_owned);
    let texts = |place: &str| {
        // In the order of the request.
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
        country: text("/filters/country"),
        payment_method_support: text("/filters/require_payment_method_support"),
    });
    let session = Session {
        id: call.world.random.id("fcsess_"),
        client_secret: call.world.random.id("fcsess_client_secret_"),
        holder,
        permissions: texts("/permissions"),
        prefetch: texts("/prefetch"),
        filters,
        account_limit: params.integer("/limits/accounts"),
        manual_entry: text("/manual_entry/mode"),
        return_url: text("/return_url"),
        accounts: Vec::new(),
        finished: false,
    };
    let session = call.world.add_session(session);
    Ok(call.world.render_session(session))
}

fn holder(call: &Call<'_>) -> Result<Holder, ApiError> {
    let text = |name: &str| call.params.text(&format!("/account_holder/{name}")).map(str::to_owned);
    if let Some(id) = text("customer") {
        if call.world.customers.find(&id).is_none() {
            return Err(ApiError::missing_reference("customer", &id, "account_holder[customer]"));
        }
        return Ok(Holder::Customer(id));
    }
    // The sandbox has no endpoint for Stripe accounts, so any that is written as one is taken to exist.
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
