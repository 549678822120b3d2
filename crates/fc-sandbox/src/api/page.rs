//! Parameters of pagination: the limit and the cursors.

use crate::api::error::ApiError;
use crate::api::params::{Field, Kind, Params, optional};
use crate::paging::{Cursor, DEFAULT_LIMIT, PageRequest};

/// A parameter of every list.
pub(crate) const LIMIT: Field = optional("limit", Kind::Integer);
/// See [`LIMIT`].
pub(crate) const STARTING_AFTER: Field = optional("starting_after", Kind::Text);
/// See [`LIMIT`].
pub(crate) const ENDING_BEFORE: Field = optional("ending_before", Kind::Text);

/// Reads which page a caller asks for. `find` gives the key of an id among all objects of the type.
///
/// Like Stripe, it clamps the limit without an error, and reports an unknown cursor before two cursors.
pub(crate) fn read<K: Copy>(
    params: &Params,
    kind: &str,
    mut find: impl FnMut(&str) -> Option<K>,
) -> Result<PageRequest<K>, ApiError> {
    let limit = params.integer("/limit").unwrap_or(DEFAULT_LIMIT);
    let mut place = |param: &str| match params.text(&format!("/{param}")) {
        None => Ok(None),
        Some(id) => find(id).map(Some).ok_or_else(|| ApiError::missing_reference(kind, id, param)),
    };
    let cursor = match (place("starting_after")?, place("ending_before")?) {
        (None, None) => Cursor::Newest,
        (Some(key), None) => Cursor::OlderThan(key),
        (None, Some(key)) => Cursor::NewerThan(key),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: ending_before, starting_after.",
            ));
        }
    };
    Ok(PageRequest::new(limit, cursor))
}
