//! An object of which the first members were read already, to find out what it is.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess};
use serde_json::Value;

/// The members that were read, then the others.
pub(crate) struct Resumed<A> {
    head: std::vec::IntoIter<(String, Value)>,
    /// Value of the key of the head that was handed out last.
    value: Option<Value>,
    rest: A,
}

impl<A> Resumed<A> {
    pub(crate) fn new(head: Vec<(String, Value)>, rest: A) -> Self {
        Self { head: head.into_iter(), value: None, rest }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Resumed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((name, value)) = self.head.next() else { return self.rest.next_key_seed(seed) };
        self.value = Some(value);
        seed.deserialize(StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Event, EventObject};

    fn event(object: &serde_json::Value) -> String {
        json!({
            "id": "evt_1", "object": "event", "api_version": null, "created": 1, "data": { "object": object },
            "livemode": false, "pending_webhooks": 1, "request": null,
            "type": "financial_connections.authorization.upcoming_deactivation",
        })
        .to_string()
    }

    fn authorization() -> serde_json::Value {
        json!({
            "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
            "livemode": false, "status": "active", "status_details": {}, "x": [1],
        })
    }

    #[test]
    fn one_pass_gives_what_serde_gives_for_every_object() {
        let mut undecodable = authorization();
        undecodable["livemode"] = "yes".into();
        let mut other = authorization();
        other["object"] = "financial_connections.session".into();
        let untagged = json!({ "id": "x", "object": null });
        for (object, typed) in [
            (authorization(), true),
            (undecodable, false),
            (other, false),
            (untagged, false),
            (json!({}), false),
        ] {
            let text = event(&object);
            let event = Event::from_json(&text).unwrap();
            assert_eq!(event, serde_json::from_str(&text).unwrap());
            assert_eq!(matches!(event.data.object, EventObject::Authorization(_)), typed, "{object}");
            assert_eq!(serde_json::to_value(&event).unwrap()["data"]["object"], object);
        }
    }

    #[test]
    fn one_pass_refuses_what_serde_refuses() {
        let whole = event(&authorization());
        for text in ["", "[]", "{}", &format!("{whole} x"), &whole[..whole.len() - 1]] {
            assert_eq!(
                Event::from_json(text).unwrap_err().to_string(),
                serde_json::from_str::<Event>(text).unwrap_err().to_string()
            );
        }
    }
}
