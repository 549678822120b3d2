//! Wire paths: places of the spec as a person who knows the API writes them.
//!
//! | place | wire path |
//! |---|---|
//! | component | `financial_connections.account` |
//! | its property, an item, a value of a map | `financial_connections.account.balance`, `….permissions[]`, `….current{}` |
//! | operation | `POST /v1/financial_connections/sessions` |
//! | parameter | `GET /v1/financial_connections/accounts ?account_holder[customer]` |
//! | body | `POST /v1/financial_connections/sessions filters[countries][]` |
//! | value of an enum | `financial_connections.account.status = active` |
//! | event type | `event financial_connections.account.created` |
//!
//! Slice, normalised document and model all speak of places in this form, so that what one sees can be found in another.

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

/// The wire path of the enum of event types, which is in no schema of the spec.
pub const EVENT_TYPE: &str = "event_type";

/// A value of an enum. An event type is a place of its own.
#[must_use]
pub fn value(parent: &str, value: &str) -> String {
    match parent {
        EVENT_TYPE => format!("event {value}"),
        parent => format!("{parent} = {value}"),
    }
}

/// Whether the path is in a request: what is sent, not what is received.
#[must_use]
pub fn is_request(path: &str) -> bool {
    request_part(path).is_some()
}

/// The path itself and every place that it lies in, the outermost first. A name with dots has more of them than there are
/// places; none of those is a place.
pub fn holders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, ' ' | '.' | '[' | '{')).map(|(end, _)| end);
    ends.chain([path.len()]).map(|end| &path[..end])
}

/// Whether `path` is `place` or lies in it.
#[must_use]
pub fn is_within(path: &str, place: &str) -> bool {
    let Some(rest) = path.strip_prefix(place) else { return false };
    // A route may end with the same letters: `/accounts` is no part of `/acc`.
    rest.is_empty() || rest.starts_with([' ', '.', '[', '{'])
}

/// What follows the route in a request: nothing, a parameter or a part of the body.
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
    fn a_place_holds_what_lies_in_it_and_not_what_begins_alike() {
        assert!(is_within("account.balance.type", "account.balance"));
        assert!(is_within("GET /v1/x ?limit", "GET /v1/x"));
        assert!(is_within("account", "account"));
        assert!(!is_within("account.balance_refresh", "account.balance"));
        assert!(!is_within("GET /v1/x/{y}", "GET /v1/x"));
    }
}
