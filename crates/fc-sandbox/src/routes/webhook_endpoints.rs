//! `/v1/webhook_endpoints`

use serde_json::{Map, Value, json};

use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::event;
use crate::expand::Shape;
use crate::page::{ENDING_BEFORE, Filtered, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, Params, optional, required};
use crate::render::list;
use crate::version;
use crate::webhook::{SigningSecret, WebhookEndpoint, target};
use crate::world::World;

const KIND: &str = "webhook endpoint";

pub(super) static CREATE: Operation = Operation {
    name: "create_webhook_endpoint",
    params: &[
        optional("api_version", Kind::Text),
        optional("connect", Kind::OneOf(&["true", "false"])),
        optional("description", Kind::TextOrUnset),
        required("enabled_events", Kind::List(&Kind::Text)),
        optional("metadata", Kind::Metadata),
        required("url", Kind::Text),
    ],
    check,
    answer: Shape::WebhookEndpoint,
    run: create,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_webhook_endpoint",
    params: &[],
    check: nothing_more,
    answer: Shape::WebhookEndpoint,
    run: |call| {
        let endpoint = find(call)?;
        Ok(call.world.render_webhook_endpoint(endpoint))
    },
};

pub(super) static UPDATE: Operation = Operation {
    name: "update_webhook_endpoint",
    params: &[
        optional("description", Kind::TextOrUnset),
        optional("disabled", Kind::OneOf(&["true", "false"])),
        optional("enabled_events", Kind::List(&Kind::Text)),
        optional("metadata", Kind::Metadata),
        optional("url", Kind::Text),
    ],
    check,
    answer: Shape::WebhookEndpoint,
    run: update,
};

pub(super) static DELETE: Operation = Operation {
    name: "delete_webhook_endpoint",
    params: &[],
    check: nothing_more,
    answer: Shape::WebhookEndpoint,
    run: |call| {
        let endpoint = find(call)?;
        call.world.delete_webhook_endpoint(endpoint);
        Ok(json!({ "id": call.id, "object": "webhook_endpoint", "deleted": true }))
    },
};

pub(super) static LIST: Operation = Operation {
    name: "list_webhook_endpoints",
    params: &[LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    answer: Shape::List(&Shape::WebhookEndpoint),
    run: |call| {
        let world = &*call.world;
        let page = PageRequest::read(call.params, KIND, |id| world.webhook_endpoint(id))?;
        let rows = world.webhook_endpoints.numbers();
        let page = page.cut(&Filtered(rows, |row| !world.webhook_endpoints[row].deleted));
        Ok(list(page, "/v1/webhook_endpoints", |row| world.render_webhook_endpoint(row)))
    },
};

fn find(call: &Call<'_>) -> Result<u32, ApiError> {
    let endpoint = call.world.webhook_endpoint(call.id);
    endpoint.ok_or_else(|| ApiError::not_found(KIND, call.id, "webhook_endpoint"))
}

fn check(params: &Params) -> Result<(), ApiError> {
    for (place, name) in params.texts("/enabled_events").into_iter().enumerate() {
        // Types of Stripe's other products never happen here, but an application asks for all of its types at once.
        let is_other = is_event_type(name) && !name.starts_with("financial_connections.");
        if name != "*" && !is_other && !event::TYPES.contains(&name) {
            let message = format!(
                "Invalid enabled_events[{place}]: must be *, a type of another product, or one of {}",
                event::TYPES.join(", ")
            );
            return Err(ApiError::invalid(message).param(format!("enabled_events[{place}]")));
        }
    }
    if params.text("/connect") == Some("true") {
        let message = "The sandbox has no endpoints for the events of all connected accounts. Create one for each \
                       account with its Stripe-Account header.";
        return Err(ApiError::invalid(message).param("connect"));
    }
    match params.text("/api_version") {
        Some(version) if !version::is_well_formed(version) => {
            let message =
                format!("Invalid api_version: {version}. Send a date and a name, such as 2026-09-30.endive.");
            Err(ApiError::invalid(message).param("api_version"))
        }
        _ => Ok(()),
    }
}

/// Whether this is written as the type of an event: words with dots between them.
fn is_event_type(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.contains('.') && name.split('.').all(is_word)
}

fn check_url(world: &World, url: &str) -> Result<(), ApiError> {
    target(url, &world.settings).map(|_| ()).map_err(|problem| {
        ApiError::invalid(format!("Invalid URL: {problem}.")).code("url_invalid").param("url")
    })
}

fn texts(params: &Params, place: &str) -> Vec<String> {
    params.texts(place).into_iter().map(str::to_owned).collect()
}

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let params = call.params;
    let text = |place: &str| params.text(place).map(str::to_owned);
    let url = text("/url").unwrap_or_default();
    check_url(call.world, &url)?;
    let (mut description, mut metadata) = (None, Map::new());
    params.replace("/description", &mut description);
    params.update("/metadata", &mut metadata);
    let random = &mut call.world.random;
    let secret = random.id_of::<32>("whsec_");
    let endpoint = WebhookEndpoint {
        id: random.id("we_"),
        created: call.now.unix(),
        url,
        enabled_events: texts(params, "/enabled_events"),
        api_version: text("/api_version"),
        description,
        metadata,
        secrets: vec![SigningSecret { text: secret.clone(), expires_at: None }],
        disabled: false,
        deleted: false,
    };
    let endpoint = call.world.webhook_endpoints.add(endpoint);
    let mut rendered = call.world.render_webhook_endpoint(endpoint);
    // Shown this once.
    rendered["secret"] = secret.into();
    Ok(rendered)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let endpoint = find(call)?;
    let params = call.params;
    if let Some(url) = params.text("/url") {
        check_url(call.world, url)?;
    }
    let row = &mut call.world.webhook_endpoints[endpoint];
    if let Some(url) = params.text("/url") {
        url.clone_into(&mut row.url);
    }
    if params.has("/enabled_events") {
        row.enabled_events = texts(params, "/enabled_events");
    }
    params.replace("/description", &mut row.description);
    params.update("/metadata", &mut row.metadata);
    if let Some(disabled) = params.text("/disabled") {
        row.disabled = disabled == "true";
    }
    Ok(call.world.render_webhook_endpoint(endpoint))
}
