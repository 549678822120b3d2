//! The place in the events up to which they were forwarded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fc_ext::types::{Event, Timestamp};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::settings::{Target, places, short_hash};

/// How long after its time an event may still appear in the list, in seconds.
///
/// The list is not consistent at once; tools that mirror it look back a minute to five.
const OVERLAP: i64 = 300;

/// Events that were forwarded, as far as they can come again, in a file.
pub(super) struct Place {
    path: PathBuf,
    /// Time of the newest event; `None` before the first run.
    newest: Option<i64>,
    /// Ids with their times, from [`OVERLAP`] before the newest one on.
    seen: BTreeMap<String, i64>,
}

/// The file for a server, a key, an account and an endpoint.
pub(super) fn file(target: &Target, endpoint: &str) -> Result<PathBuf, Failure> {
    Ok(places::state_folder()?.join(name(target, endpoint)))
}

/// A name of fixed length. It holds a hash, because a URL may be long and may hold a password or a token.
fn name(target: &Target, endpoint: &str) -> String {
    let mode = if target.is_live() { "live" } else { "test" };
    let account = target.config.stripe_account().map_or("", AsRef::as_ref);
    let parts = [&target.base_url, &target.key_identity, account, endpoint];
    format!("listen-{mode}-{}.json", short_hash(&parts.join("\0")))
}

impl Place {
    pub(super) fn read(path: PathBuf) -> Result<Self, Failure> {
        let Some(text) = places::read_if_there(&path)? else {
            return Ok(Self { path, newest: None, seen: BTreeMap::new() });
        };
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let newest = json.get("newest").and_then(Value::as_i64);
        let seen = json.get("seen").and_then(Value::as_object).map(|seen| {
            seen.iter().filter_map(|(id, created)| Some((id.clone(), created.as_i64()?))).collect()
        });
        match (newest, seen) {
            (Some(newest), Some(seen)) => Ok(Self { path, newest: Some(newest), seen }),
            _ => Err(Failure::usage(format!("{} is no position of fcctl listen", path.display()))
                .next("remove it to begin anew, or name another file with --position")),
        }
    }

    pub(super) fn is_first_run(&self) -> bool {
        self.newest.is_none()
    }

    /// The time before which every event was forwarded.
    pub(super) fn floor(&self) -> i64 {
        self.newest.map_or(i64::MIN, |newest| newest.saturating_sub(OVERLAP))
    }

    /// Whether the newest event of the list shows that this is another history: a sandbox that began anew, at an earlier
    /// time.
    pub(super) fn is_another_history(&self, newest: &Event) -> bool {
        seconds(newest) < self.floor()
    }

    /// Forgets the time and the ids, so that no event counts as older or as forwarded.
    pub(super) fn begin_anew(&mut self) {
        self.newest = Some(i64::MIN);
        self.seen.clear();
    }

    /// Whether the event was forwarded. The id alone does not say so: a sandbox that is started again draws the same ids.
    pub(super) fn has(&self, event: &Event) -> bool {
        self.seen.get(event.id.as_str()) == Some(&seconds(event))
    }

    /// Notes an event, without storing the place.
    pub(super) fn note(&mut self, event: &Event) {
        let newest = self.newest.unwrap_or(i64::MIN).max(seconds(event));
        self.newest = Some(newest);
        self.seen.insert(event.id.to_string(), seconds(event));
        let floor = self.floor();
        self.seen.retain(|_, created| *created >= floor);
    }

    pub(super) fn store(&mut self) -> Result<(), Failure> {
        let newest = *self.newest.get_or_insert(i64::MIN);
        places::replace(&self.path, &format!("{}\n", json!({ "newest": newest, "seen": self.seen })))
    }
}

/// The time of an event; one without a time counts as the oldest.
pub(super) fn seconds(event: &Event) -> i64 {
    event.created.map_or(i64::MIN, Timestamp::as_secs)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fc_ext::types::ConnectedAccountId;
    use fc_ext::{ApiKey, Config};

    use super::*;
    use crate::settings::Origin;

    fn event(id: &str, created: i64) -> Event {
        let object = json!({ "id": "fcsess_1", "object": "financial_connections.session" });
        let event = json!({ "id": id, "object": "event", "type": "a.new.type", "created": created,
            "livemode": false, "pending_webhooks": 0, "data": { "object": object } });
        serde_json::from_value(event).expect("an event")
    }

    fn target(base_url: &str, key: &str, key_identity: &str, account: Option<&str>) -> Target {
        let mut config = Config::new(ApiKey::new(key).expect("a key"));
        if let Some(account) = account {
            let account: ConnectedAccountId = account.parse().expect("an id");
            config = config.with_stripe_account(account);
        }
        let (base_url, key_identity) = (base_url.to_owned(), key_identity.to_owned());
        Target { config, base_url, origin: Origin::Environment, key_identity, publishable_key: None }
    }

    #[test]
    fn each_server_mode_key_account_and_endpoint_has_its_own_file() {
        let (stripe, test, live) = (Config::BASE_URL, "rk_test_1", "rk_live_1");
        let names: BTreeSet<String> = [
            name(&target(stripe, test, "1", None), "http://localhost/a/b"),
            name(&target("http://127.0.0.1:1", test, "1", None), "http://localhost/a/b"),
            name(&target(stripe, live, "1", None), "http://localhost/a/b"),
            name(&target(stripe, test, "2", None), "http://localhost/a/b"),
            name(&target(stripe, test, "1", Some("acct_1")), "http://localhost/a/b"),
            name(&target(stripe, test, "1", None), "http://localhost/a-b"),
        ]
        .into();
        assert_eq!(names.len(), 6, "{names:?}");
    }

    #[test]
    fn the_name_of_the_file_is_short_and_holds_no_secret_of_a_url() {
        let endpoint = format!("http://user:SECRET@localhost/{}?token=SECRET", "a".repeat(300));
        let name = name(&target(Config::BASE_URL, "rk_test_1", "profile default", None), &endpoint);
        assert!(name.len() < 40 && !name.contains("SECRET"), "{name}");
    }

    #[test]
    fn an_id_that_a_restarted_sandbox_draws_again_is_another_event() {
        let mut place = Place { path: PathBuf::new(), newest: None, seen: BTreeMap::new() };
        place.note(&event("evt_1", 1_000));
        assert!(place.has(&event("evt_1", 1_000)));
        assert!(!place.has(&event("evt_1", 1_060)));
    }
}
