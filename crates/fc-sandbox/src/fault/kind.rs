//! The kinds of faults, with their names in JSON.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::model::feature::{Feature, RefreshOutcome};
use crate::names;

/// Which of Stripe's limiters refuses a call; the value of `Stripe-Rate-Limited-Reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RateLimit {
    /// Too many requests of the account.
    GlobalRate,
    /// Too many requests of the account to one endpoint.
    EndpointRate,
    /// Too many requests of the account at the same time.
    GlobalConcurrency,
    /// Too many requests of the account to one endpoint at the same time.
    EndpointConcurrency,
    /// A limit of the resource.
    ResourceSpecific,
}

impl RateLimit {
    /// The value of the header.
    // By hand, because a `const fn` cannot ask serde; a test compares the two.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GlobalRate => "global-rate",
            Self::EndpointRate => "endpoint-rate",
            Self::GlobalConcurrency => "global-concurrency",
            Self::EndpointConcurrency => "endpoint-concurrency",
            Self::ResourceSpecific => "resource-specific",
        }
    }
}

/// What goes wrong. In JSON, the member `fault` has the name of the variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Kind {
    Call(CallFault),
    Bank(BankFault),
    Webhook(WebhookFault),
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CallFault {
    // The call is not carried out.
    RateLimited {
        reason: RateLimit,
    },
    LockTimeout,
    ApiKeyExpired,
    PermissionDenied,
    InternalError,
    Unavailable,
    BadGateway,
    ConnectionClosed,
    /// Execution has started, so an idempotency key saves the response.
    InternalErrorKept,
    // The call is carried out, and its response is damaged.
    ReplyLost,
    SlowHead {
        #[serde(rename = "milliseconds", with = "milliseconds")]
        delay: Duration,
    },
    SlowBody {
        #[serde(rename = "milliseconds", with = "milliseconds")]
        delay: Duration,
    },
    TruncatedJson,
    BrokenBody,
}

/// What goes wrong at a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum BankFault {
    RefreshFails {
        feature: Feature,
        #[serde(default = "failed")]
        outcome: RefreshOutcome,
    },
    InstitutionDown {
        institution: String,
    },
}

/// What goes wrong with deliveries to webhook endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", deny_unknown_fields)]
pub(crate) enum WebhookFault {
    #[serde(rename = "webhook_duplicated")]
    Duplicated,
    #[serde(rename = "webhook_delayed")]
    Delayed {
        #[serde(rename = "seconds", with = "seconds")]
        by: Duration,
    },
    #[serde(rename = "webhooks_reversed")]
    Reversed { count: u32 },
    #[serde(rename = "webhook_lost")]
    Lost,
}

fn failed() -> RefreshOutcome {
    RefreshOutcome::Failed
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u128(duration.as_millis())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// The member of the JSON with the name of the fault.
const TAG: &str = "fault";

impl Kind {
    /// The name in JSON.
    pub(crate) fn name(&self) -> String {
        let json = serde_json::to_value(self).expect("a fault has text for keys and no failing parts");
        json[TAG].as_str().unwrap_or_default().to_owned()
    }

    /// How the JSON of each fault looks, such as `slow_head {milliseconds}`: the faults of calls, and the others.
    pub(crate) fn forms() -> [Vec<String>; 2] {
        let others = names::of_tags::<BankFault>(TAG).iter().chain(names::of_tags::<WebhookFault>(TAG));
        [names::of_tags::<CallFault>(TAG).iter().map(form).collect(), others.map(form).collect()]
    }
}

fn form(name: &&'static str) -> String {
    let members: Vec<String> = members(name).map(member).collect();
    if members.is_empty() { (*name).to_owned() } else { format!("{name} {{{}}}", members.join(", ")) }
}

/// The members of a fault, besides its name.
fn members(name: &'static str) -> impl Iterator<Item = &'static str> {
    let of_groups =
        [names::of_fields::<CallFault>, names::of_fields::<BankFault>, names::of_fields::<WebhookFault>];
    of_groups.into_iter().flat_map(move |of_group| of_group(TAG, name).iter().copied())
}

/// A member, and its values if they are names.
fn member(name: &str) -> String {
    let values = match name {
        "reason" => names::of_variants::<RateLimit>(),
        "feature" => names::of_variants::<Feature>(),
        "outcome" => names::of_variants::<RefreshOutcome>(),
        _ => return name.to_owned(),
    };
    format!("{name}: {}", values.join(" or "))
}

/// By hand, because the name decides the group. A derived `untagged` would not say what is wrong.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Map::deserialize(deserializer)?;
        let given = json.get(TAG).ok_or_else(|| D::Error::missing_field(TAG))?;
        let [calls, bank, webhook] = [
            names::of_tags::<CallFault>(TAG),
            names::of_tags::<BankFault>(TAG),
            names::of_tags::<WebhookFault>(TAG),
        ];
        let Some(name) = [calls, bank, webhook].concat().into_iter().find(|name| given == *name) else {
            let all = [calls, bank, webhook].concat().join(", ");
            return Err(D::Error::custom(format!("no fault is called {given}: choose one of {all}")));
        };
        // `deny_unknown_fields` has no effect on a variant without fields.
        if let Some(other) = json.keys().find(|key| *key != TAG && members(name).all(|member| member != *key))
        {
            return Err(D::Error::custom(format!("the fault `{}` takes no `{other}`", form(&name))));
        }
        let json = Value::Object(json);
        let kind = if calls.contains(&name) {
            CallFault::deserialize(json).map(Self::Call)
        } else if bank.contains(&name) {
            BankFault::deserialize(json).map(Self::Bank)
        } else {
            WebhookFault::deserialize(json).map(Self::Webhook)
        };
        kind.map_err(|error| D::Error::custom(format!("{error}, for the fault `{}`", form(&name))))
    }
}

/// The name and the arguments, such as `slow_head 20ms`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        match self {
            Self::Call(CallFault::RateLimited { reason }) => write!(f, " {}", reason.as_str()),
            Self::Call(CallFault::SlowHead { delay } | CallFault::SlowBody { delay }) => {
                write!(f, " {delay:?}")
            }
            Self::Bank(BankFault::RefreshFails { feature, outcome }) => {
                write!(f, " {feature} {outcome}")
            }
            Self::Bank(BankFault::InstitutionDown { institution }) => write!(f, " {institution}"),
            Self::Webhook(WebhookFault::Delayed { by }) => write!(f, " {by:?}"),
            Self::Webhook(WebhookFault::Reversed { count }) => write!(f, " {count}"),
            Self::Call(_) | Self::Webhook(WebhookFault::Duplicated | WebhookFault::Lost) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rate_limit_has_one_name_in_json_and_in_the_header() {
        for name in names::of_variants::<RateLimit>() {
            let reason: RateLimit = serde_json::from_value(json!(name)).expect(name);
            assert_eq!(reason.as_str(), *name);
        }
    }

    #[test]
    fn the_help_lists_every_fault_with_its_members() {
        let [calls, others] = Kind::forms();
        assert_eq!((calls.len(), others.len()), (14, 6));
        let has = |forms: &[String], form: &str| forms.iter().any(|other| other == form);
        assert!(has(&calls, "lock_timeout") && has(&calls, "slow_head {milliseconds}"), "{calls:?}");
        assert!(calls[0].starts_with("rate_limited {reason: global-rate or endpoint-rate"), "{calls:?}");
        assert!(others[0].starts_with("refresh_fails {feature: balance or ownership"), "{others:?}");
        assert!(has(&others, "webhooks_reversed {count}"), "{others:?}");
    }
}
