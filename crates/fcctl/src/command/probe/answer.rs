//! Answers of a server, as aspects that can be compared.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use fc_ext::client::{HeaderMap, Method};
use fc_ext::{CallError, Client, Config};
use serde_json::Value;

use super::script::Step;
use crate::failure::Failure;

/// What an answer says, by the name of the aspect. Ids, times and texts of the user are replaced by their kind.
pub(super) type Aspects = BTreeMap<String, String>;

/// Headers that are compared.
const HEADERS: [&str; 5] = [
    "content-type",
    "idempotent-replayed",
    "stripe-should-retry",
    "stripe-version",
    "access-control-allow-origin",
];

/// A server under probe.
pub(super) struct Server {
    config: Config,
    ids: BTreeMap<&'static str, String>,
    /// Part of the idempotency keys of this run.
    run: u64,
}

impl Server {
    pub(super) fn new(config: Config) -> Self {
        // The keys of std's hashers are random numbers of the system.
        let run = RandomState::new().build_hasher().finish();
        Self { config: config.with_max_retries(0), ids: BTreeMap::new(), run }
    }

    /// Makes the call. A server that does not answer at all is an error.
    pub(super) async fn answer(&mut self, step: &Step) -> Result<Aspects, Failure> {
        let mut config = self.config.clone();
        if let Some(version) = step.version {
            config = config.with_api_version(version);
        }
        let client = Client::new(config)?;
        let mut call = client.raw_call(clone(&step.method), &self.filled(step.path));
        let params: Vec<(&str, String)> =
            step.params.iter().map(|(name, value)| (*name, self.filled(value))).collect();
        if matches!(step.method, Method::Get) {
            for (name, value) in &params {
                call = call.query(name, value);
            }
        } else {
            call = call.form(&params.into_iter().collect::<BTreeMap<_, _>>());
        }
        if let Some(key) = step.idempotency_key {
            call = call.idempotency_key(format!("fcctl-probe-{key}-{:016x}", self.run));
        }
        match call.send_response_as::<Value>().await {
            Ok(response) => {
                if let (Some(name), Some(id)) = (step.keeps, response.get("id").and_then(Value::as_str)) {
                    self.ids.insert(name, id.to_owned());
                }
                let mut aspects = self.of_body(&response);
                aspects.insert("status".to_owned(), response.status().as_u16().to_string());
                add_headers(response.headers(), &mut aspects);
                Ok(aspects)
            }
            Err(error) if error.status().is_some() => Ok(self.of_error(&error)),
            Err(error) => Err(error.into()),
        }
    }

    fn filled(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("${name}"), id))
    }

    fn of_error(&self, error: &CallError) -> Aspects {
        let mut aspects = Aspects::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                aspects.insert(name.to_owned(), value);
            }
        };
        add("status", error.status().map(|status| status.as_u16().to_string()));
        add("error.code", error.code().map(ToString::to_string));
        add("error.param", error.param().map(str::to_owned));
        add("error.message", Some(self.without_ids(error.message())));
        add("error.kind", Some(format!("{:?}", error.kind())));
        add("request id", error.request_id().map(|_| "present".to_owned()));
        aspects
    }

    /// A text in which the ids of this run, and so of this server, are names.
    fn without_ids(&self, text: &str) -> String {
        let text = text.replace(&format!("{:016x}", self.run), "$run");
        self.ids.iter().fold(text, |text, (name, id)| text.replace(id.as_str(), &format!("${name}")))
    }

    fn of_body(&self, body: &Value) -> Aspects {
        let mut aspects = Aspects::new();
        describe("body", body, &mut aspects);
        aspects
    }
}

fn clone(method: &Method) -> Method {
    match method {
        Method::Get => Method::Get,
        Method::Post => Method::Post,
        Method::Delete => Method::Delete,
    }
}

fn add_headers(headers: &HeaderMap, aspects: &mut Aspects) {
    for name in HEADERS {
        if let Some(value) = headers.get(name) {
            aspects.insert(format!("header {name}"), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
    if headers.contains_key("request-id") {
        aspects.insert("request id".to_owned(), "present".to_owned());
    }
}

/// Adds the shape of a value: its type, and what it says where that is the API's own word.
fn describe(path: &str, value: &Value, aspects: &mut Aspects) {
    let said = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if is_word(text) => text.clone(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(items) => {
            // What a list of the user holds says nothing of the server.
            if path != "body.data" {
                for (at, item) in items.iter().enumerate() {
                    describe(&format!("{path}[{at}]"), item, aspects);
                }
            }
            "a list".to_owned()
        }
        Value::Object(members) => {
            for (name, member) in members {
                describe(&format!("{path}.{name}"), member, aspects);
            }
            "an object".to_owned()
        }
    };
    aspects.insert(path.to_owned(), said);
}

/// Whether a text is a word of the API, such as `financial_connections.session`.
fn is_word(text: &str) -> bool {
    text.len() <= 60
        && text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
        && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_flags_and_shape_are_compared_and_ids_are_not() {
        let aspects = |value: Value| {
            let mut aspects = Aspects::new();
            describe("body", &value, &mut aspects);
            aspects
        };
        let one =
            json!({"id": "cus_A1", "object": "customer", "livemode": false, "created": 1, "list": ["a"]});
        let same =
            json!({"id": "cus_B2", "object": "customer", "livemode": false, "created": 2, "list": ["a"]});
        assert_eq!(aspects(one.clone()), aspects(same));
        for other in [
            json!({"id": "cus_A1", "object": "account", "livemode": false, "created": 1, "list": ["a"]}),
            json!({"id": "cus_A1", "object": "customer", "livemode": true, "created": 1, "list": ["a"]}),
            json!({"id": "cus_A1", "object": "customer", "livemode": false, "created": "1", "list": ["a"]}),
            json!({"id": "cus_A1", "object": "customer", "livemode": false, "created": 1, "list": ["b"]}),
            json!({"id": "cus_A1", "object": "customer", "livemode": false, "list": ["a"]}),
            json!({"id": null, "object": "customer", "livemode": false, "created": 1, "list": ["a"]}),
        ] {
            assert_ne!(aspects(one.clone()), aspects(other));
        }
    }
}
