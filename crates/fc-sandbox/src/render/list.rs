//! Lists.

use serde_json::{Value, json};

use crate::paging::Page;

/// Renders one page of a list.
pub(crate) fn render_list<K>(page: Page<K>, url: &str, render: impl FnMut(K) -> Value) -> Value {
    json!({
        "object": "list",
        "data": page.keys.into_iter().map(render).collect::<Value>(),
        "has_more": page.has_more,
        "url": url,
    })
}
