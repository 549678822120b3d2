//! `/v1/webhook_endpoints`

use serde_json::{Map, Value, json};

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::api::params::{Kind, Params, optional, required};
use crate::api::version::{self, Version};
use crate::api_version::{API_VERSION, PREVIEW_VERSION, Surface};
use crate::lifecycle::endpoint::{self, MAX_ENDPOINTS, NewEndpoint};
use crate::model::event::EventType;
use crate::model::operation::OperationName;
use crate::paging::Filtered;
use crate::render::list::render_list;
use crate::render::webhook::render_webhook_endpoint;
use crate::webhook::address::allowed_uri;
use crate::world::World;

const KIND: &str = "webhook endpoint";

pub(super) static CREATE: Operation = Operation {
    name: OperationName::CreateWebhookEndpoint,
    params: &[
        optional("api_version", Kind::Text),
        optional("connect", Kind::OneOf(&["true", "false"])),
        optional("description", Kind::TextOrUnset),
        required("enabled_events", Kind::List(&Kind::Text)),
        optional("metadata", Kind::Metadata),
        required("url", Kind::Text),
    ],
    check,
    response: Shape::WebhookEndpoint,
    run: create,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveWebhookEndpoint,
    params: &[],
    check: nothing_more,
    response: Shape::WebhookEndpoint,
    run: |call| {
        let endpoint = find(call)?;
        Ok(render_webhook_endpoint(call.world, endpoint))
    },
};

pub(super) static UPDATE: Operation = Operation {
    name: OperationName::UpdateWebhookEndpoint,
    params: &[
        optional("description", Kind::TextOrUnset),
        optional("disabled", Kind::OneOf(&["true", "false"])),
        optional("enabled_events", Kind::List(&Kind::Text)),
        optional("metadata", Kind::Metadata),
        optional("url", Kind::Text),
    ],
    check: nothing_more,
    response: Shape::WebhookEndpoint,
    run: update,
};

pub(super) static DELETE: Operation = Operation {
    name: OperationName::DeleteWebhookEndpoint,
    params: &[],
    check: nothing_more,
    response: Shape::WebhookEndpoint,
    run: |call| {
        let endpoint = find(call)?;
        endpoint::delete(call.world, endpoint);
        Ok(json!({ "id": call.id, "object": "webhook_endpoint", "deleted": true }))
    },
};

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListWebhookEndpoints,
    params: &[LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    response: Shape::List(&Shape::WebhookEndpoint),
    run: |call| {
        let world = &*call.world;
        let page = page::read(call.params, KIND, |id| snapshot_endpoint(world, id))?;
        let page = page.cut(&Filtered(&world.webhook_endpoints, |row| {
            let endpoint = &world.webhook_endpoints[row];
            !endpoint.deleted && !endpoint.thin
        }));
        Ok(render_list(page, "/v1/webhook_endpoints", |row| render_webhook_endpoint(world, row)))
    },
};

fn find(call: &Call<'_>) -> Result<u32, ApiError> {
    let endpoint = snapshot_endpoint(call.world, call.id);
    endpoint.ok_or_else(|| ApiError::not_found(KIND, call.id, "webhook_endpoint"))
}

/// The endpoint with this id. An event destination for thin events is no webhook endpoint here.
fn snapshot_endpoint(world: &World, id: &str) -> Option<u32> {
    world.webhook_endpoint(id).filter(|endpoint| !world.webhook_endpoints[*endpoint].thin)
}

fn check(params: &Params, _: Version) -> Result<(), ApiError> {
    if params.text("/connect") == Some("true") {
        let message = "The sandbox has no endpoints for the events of all connected accounts. Create one for each \
                       account with its Stripe-Account header.";
        return Err(ApiError::invalid(message).param("connect"));
    }
    let version = params.text("/api_version").unwrap_or(API_VERSION);
    let events_in = version::read(version).map_err(|error| error.param("api_version"))?;
    check_events(params, events_in.surface)
}

/// Checks the types of events of an endpoint whose version shows `surface`.
fn check_events(params: &Params, surface: Surface) -> Result<(), ApiError> {
    for (place, name) in params.texts("/enabled_events").into_iter().enumerate() {
        // An application enables all of its types at once, also those of Stripe's other products.
        let is_other = is_event_type(name) && !name.starts_with("financial_connections.");
        if name != "*" && !is_other && !EventType::shown_in(surface).any(|kind| kind.as_str() == name) {
            let types: Vec<&str> = EventType::shown_in(surface).map(EventType::as_str).collect();
            let message = format!(
                "Invalid enabled_events[{place}]: must be *, a type of another product, or one of {}",
                types.join(", ")
            );
            let error = ApiError::invalid(message).param(format!("enabled_events[{place}]"));
            let is_of_preview = EventType::shown_in(Surface::Preview).any(|kind| kind.as_str() == name);
            return Err(if is_of_preview {
                error.with_hint(&format!(". Endpoints whose api_version is {PREVIEW_VERSION} get {name}."))
            } else {
                error
            });
        }
    }
    Ok(())
}

/// Whether a text is written as an event type: words with dots between them.
fn is_event_type(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.contains('.') && name.split('.').all(is_word)
}

fn check_url(world: &World, url: &str) -> Result<(), ApiError> {
    allowed_uri(url, &world.settings).map(|_| ()).map_err(|problem| {
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
    if endpoint::is_full(call.world) {
        let message =
            format!("You have reached the maximum of {MAX_ENDPOINTS} webhook endpoints. Delete one first.");
        return Err(ApiError::invalid(message));
    }
    let mut description = None;
    params.replace("/description", &mut description);
    let metadata = params.updated("/metadata", Map::new())?;
    let new = NewEndpoint {
        url,
        enabled_events: texts(params, "/enabled_events"),
        api_version: text("/api_version"),
        thin: false,
        description,
        metadata,
    };
    let (endpoint, secret) = endpoint::create(call.world, new, call.now);
    let mut rendered = render_webhook_endpoint(call.world, endpoint);
    // Only this response shows the secret.
    rendered["secret"] = secret.into();
    Ok(rendered)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let endpoint = find(call)?;
    let params = call.params;
    let version = call.world.webhook_endpoints[endpoint].api_version.as_deref().unwrap_or(API_VERSION);
    check_events(params, Surface::of(version))?;
    if let Some(url) = params.text("/url") {
        check_url(call.world, url)?;
    }
    let metadata = params.updated("/metadata", call.world.webhook_endpoints[endpoint].metadata.clone())?;
    let row = &mut call.world.webhook_endpoints[endpoint];
    row.metadata = metadata;
    if let Some(url) = params.text("/url") {
        url.clone_into(&mut row.url);
    }
    if params.has("/enabled_events") {
        row.enabled_events = texts(params, "/enabled_events");
    }
    params.replace("/description", &mut row.description);
    if let Some(disabled) = params.text("/disabled") {
        row.disabled = disabled == "true";
    }
    Ok(render_webhook_endpoint(call.world, endpoint))
}
