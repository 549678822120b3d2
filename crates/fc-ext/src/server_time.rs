//! Time at the server, from the header `Date` of a response.

use fc_client::Response;
use fc_types::Timestamp;

/// Time at the server when it sent the response, in whole seconds. `None` without a valid `Date`.
///
/// Ages of data are measured by it, because `last_attempted_at` is of the same clock. The clock of this machine may be
/// wrong, and a wrong clock must not make an old balance fresh.
pub(crate) fn server_time<T>(response: &Response<T>) -> Option<Timestamp> {
    let date = response.headers().get("date")?.to_str().ok()?;
    Some(httpdate::parse_http_date(date).ok()?.into())
}
