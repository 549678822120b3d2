//! Arguments that several commands share, and how their text is read.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCandidates;
use fc_ext::types::{AccountId, ConnectedAccountId, CustomerId, Timestamp};
use fc_ext::{NewAccountHolder, RefreshFeature};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use crate::ids;

/// The account that a command acts on.
#[derive(Debug, Args)]
pub(crate) struct AccountArgument {
    /// Id of the account (`fca_…`)
    #[arg(value_name = "ACCOUNT", add = ArgValueCandidates::new(ids::accounts))]
    pub(crate) account: AccountId,
}

/// A span of time, such as `90s`, `15m`, `12h` or `1d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let unreadable = || format!("`{text}` is no time span such as 90s, 15m, 12h or 1d");
    // A day is 24 hours: what is measured is time that passed.
    let span: Span = text.parse().map_err(|_| unreadable())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let duration: SignedDuration = span.to_duration(days).map_err(|_| unreadable())?;
    Duration::try_from(duration).map_err(|_| format!("`{text}` is negative"))
}

/// A point in time: a date, a date with time, a time span before now, or Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When(pub(crate) Timestamp);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::at(text, jiff::Timestamp::now())
    }
}

impl When {
    fn at(text: &str, now: jiff::Timestamp) -> Result<Self, String> {
        let seconds = if let Ok(seconds) = text.parse::<i64>() {
            seconds
        } else if let Ok(time) = text.parse::<jiff::Timestamp>() {
            time.as_second()
        } else if let Ok(date) = text.parse::<Date>() {
            let midnight = date.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
            midnight.timestamp().as_second()
        } else if let Ok(before) = duration(text) {
            now.as_second().saturating_sub(i64::try_from(before.as_secs()).unwrap_or(i64::MAX))
        } else {
            return Err(format!(
                "`{text}` is no time: write a date such as 2026-11-27 (UTC), a time such as 2026-11-27T08:00:00Z, \
                 Unix seconds, or a span before now such as 7d"
            ));
        };
        Ok(Self(Timestamp::from_secs(seconds)))
    }
}

/// The owner of linked accounts: a customer or a Stripe account.
#[derive(Clone, Debug)]
pub(crate) struct Holder(pub(crate) NewAccountHolder);

impl FromStr for Holder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(customer) = text.parse::<CustomerId>() {
            return Ok(Self(NewAccountHolder::Customer(customer)));
        }
        if let Ok(account) = text.parse::<ConnectedAccountId>() {
            return Ok(Self(NewAccountHolder::Account(account)));
        }
        Err(format!("`{text}` is neither a customer (cus_…) nor a Stripe account (acct_…)"))
    }
}

/// A feature to refresh, as an argument with its possible values.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Feature {
    Balance,
    Ownership,
    Transactions,
}

impl From<Feature> for RefreshFeature {
    fn from(feature: Feature) -> Self {
        match feature {
            Feature::Balance => Self::Balance,
            Feature::Ownership => Self::Ownership,
            Feature::Transactions => Self::Transactions,
        }
    }
}

/// A permission that a session asks for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Permission {
    Balances,
    Ownership,
    PaymentMethod,
    Transactions,
}

impl From<Permission> for fc_ext::Permission {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Balances => Self::Balances,
            Permission::Ownership => Self::Ownership,
            Permission::PaymentMethod => Self::PaymentMethod,
            Permission::Transactions => Self::Transactions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_a_time_a_span_or_seconds() {
        let now = jiff::Timestamp::from_second(1_790_000_000).expect("in range");
        for (text, seconds) in [
            ("1790000000", 1_790_000_000),
            ("2026-09-21", 1_789_948_800),
            ("2026-09-21T14:13:20Z", 1_790_000_000),
            ("2026-09-21T16:13:20+02:00", 1_790_000_000),
            ("1d", 1_790_000_000 - 86_400),
            ("90m", 1_790_000_000 - 5_400),
        ] {
            assert_eq!(When::at(text, now), Ok(When(Timestamp::from_secs(seconds))), "{text}");
        }
        assert!(When::at("yesterday", now).is_err());
    }

    #[test]
    fn a_span_is_positive() {
        assert_eq!(duration("1d"), Ok(Duration::from_secs(86_400)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert!(duration("-1s").is_err());
        assert!(duration("1").is_err());
    }
}
