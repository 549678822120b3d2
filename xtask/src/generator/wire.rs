//! Wire paths: a notation for places of the spec that users of the API can read.
//!
//! | place | wire path |
//! |---|---|
//! | component | `financial_connections.account` |
//! | its property, an item, a value of a map | `financial_connections.account.balance`, `….permissions[]`, `….current{}` |
//! | operation | `POST /v1/financial_connections/sessions` |
//! | parameter | `GET /v1/financial_connections/accounts ?account_holder[customer]` |
//! | body | `POST /v1/financial_connections/sessions filters[countries][]` |
//! | value of an enum | `financial_connections.account.status = active` |
//! | event type, type of a thin event | `event financial_connections.account.created`, `event v1.financial_connections…` |
//!
//! Slice, normalised document, model and report share this notation.

/// The operation with this method (in lower case) and route.
#[must_use]
pub fn operation(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// A parameter of an operation.
#[must_use]
pub fn parameter(operation: &str, name: &str) -> String {
    format!("{operation} ?{name}")
}

/// A member of an object: of a component with a dot, of a parameter or body in brackets.
#[must_use]
pub fn member(parent: &str, name: &str) -> String {
    match request_part(parent) {
        None => format!("{parent}.{name}"),
        Some("") => format!("{parent} {name}"),
        Some(_) => format!("{parent}[{name}]"),
    }
}

/// The items of an array.
#[must_use]
pub fn item(parent: &str) -> String {
    format!("{parent}[]")
}

/// The values of a map.
#[must_use]
pub fn entry(parent: &str) -> String {
    format!("{parent}{{}}")
}

/// Wire path of the enum of event types, which is not a schema of the spec.
pub const EVENT_TYPE: &str = "event_type";

/// Wire path of the enum of types of thin events, which is not a schema of the spec either.
pub const THIN_EVENT_TYPE: &str = "thin_event_type";

/// A value of an enum. Event types have a notation of their own.
#[must_use]
pub fn value(parent: &str, value: &str) -> String {
    match parent {
        EVENT_TYPE | THIN_EVENT_TYPE => format!("event {value}"),
        parent => format!("{parent} = {value}"),
    }
}

/// Whether the path is in a request: what is sent, not what is received.
#[must_use]
pub fn is_request(path: &str) -> bool {
    request_part(path).is_some()
}

/// Every prefix of the path that can be a place, the outermost first, and the path itself. A name with dots also gives prefixes
/// that are no place.
pub fn holders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, ' ' | '.' | '[' | '{')).map(|(end, _)| end);
    ends.chain([path.len()]).map(|end| &path[..end])
}

/// Whether `path` is `place` or a part of it.
#[must_use]
pub fn is_within(path: &str, place: &str) -> bool {
    let Some(rest) = path.strip_prefix(place) else { return false };
    // `/accounts` is not a part of `/acc`.
    rest.is_empty() || rest.starts_with([' ', '.', '[', '{'])
}

/// The part after the route of a request: empty, a parameter or a part of the body.
fn request_part(path: &str) -> Option<&str> {
    let (method, rest) = path.split_once(' ')?;
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) || !rest.starts_with('/') {
        return None;
    }
    Some(rest.split_once(' ').map_or("", |(_, part)| part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_dotted_in_objects_and_bracketed_in_requests() {
        let create = operation("post", "/v1/x/{y}");
        assert_eq!(create, "POST /v1/x/{y}");
        assert_eq!(
            item(&member(&member(&create, "filters"), "countries")),
            "POST /v1/x/{y} filters[countries][]"
        );
        assert_eq!(member(&parameter("GET /v1/x", "holder"), "customer"), "GET /v1/x ?holder[customer]");
        assert_eq!(entry(&member("balance", "current")), "balance.current{}");
        assert!(is_request(&create) && !is_request("financial_connections.account.permissions[]"));
    }

    #[test]
    fn a_place_contains_its_parts_and_not_places_with_a_common_prefix() {
        assert!(is_within("account.balance.type", "account.balance"));
        assert!(is_within("GET /v1/x ?limit", "GET /v1/x"));
        assert!(is_within("account", "account"));
        assert!(!is_within("account.balance_refresh", "account.balance"));
        assert!(!is_within("GET /v1/x/{y}", "GET /v1/x"));
    }
}
