//! Money: whole numbers of a currency's minor unit, never floating-point numbers.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::ser::{SerializeMap as _, SerializeStruct as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::read::Read;
use crate::small_str::SmallStr;

/// A currency by its three-letter ISO 4217 code in lower case, such as `usd`.
///
/// Codes are not checked: the API may know more of them than this crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(Code);

/// ISO 4217 codes have three letters.
type Code = SmallStr<3>;

transparent!(Currency(Code));

impl Currency {
    /// The code, as sent and received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Number of decimals between the minor unit and the major unit: 2 for `usd`, 0 for `jpy`.
    ///
    /// Stripe lists the exceptions to 2 under "zero-decimal currencies" and "three-decimal currencies"
    /// (<https://docs.stripe.com/currencies>).
    #[must_use]
    pub fn decimals(&self) -> u32 {
        match self.as_str() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv"
            | "xaf" | "xof" | "xpf" => 0,
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }
}

impl From<&str> for Currency {
    /// Converts the code to lower case, the form that the API uses.
    fn from(code: &str) -> Self {
        Self(code.to_ascii_lowercase().as_str().into())
    }
}

impl FromStr for Currency {
    type Err = Infallible;

    fn from_str(code: &str) -> Result<Self, Infallible> {
        Ok(code.into())
    }
}

impl std::borrow::Borrow<str> for Currency {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<&str> for Currency {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An amount of one currency, counted in its minor unit: 1050 `usd` is ten dollars and fifty cents.
///
/// ```
/// use fc_types::Money;
///
/// assert_eq!(Money::new(-1050, "usd").to_string(), "-10.50 usd");
/// assert_eq!(Money::new(500, "jpy").to_string(), "500 jpy");
/// ```
///
/// In a configuration file or a document it is an object of two members, both required:
///
/// ```
/// use fc_types::Money;
///
/// let minimum: Money = serde_json::from_str(r#"{"amount": 5000, "currency": "usd"}"#)?;
/// assert_eq!(minimum, Money::new(5_000, "usd"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Money {
    /// Number of minor units. A positive balance is owed to the holder; a negative transaction is money out.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of `amount` minor units of the currency.
    pub fn new(amount: i64, currency: impl Into<Currency>) -> Self {
        Self { amount, currency: currency.into() }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let unit = 10_u64.pow(decimals);
        let sign = if self.amount < 0 { "-" } else { "" };
        let (whole, rest) = (self.amount.unsigned_abs() / unit, self.amount.unsigned_abs() % unit);
        let text = match decimals {
            0 => format!("{sign}{whole} {}", self.currency),
            width => format!("{sign}{whole}.{rest:0width$} {}", self.currency, width = width as usize),
        };
        f.pad(&text)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut money = serializer.serialize_struct("Money", 2)?;
        money.serialize_field("amount", &self.amount)?;
        money.serialize_field("currency", &self.currency)?;
        money.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FIELDS: [&str; 2] = ["amount", "currency"];

        struct MoneyVisitor;

        impl<'de> Visitor<'de> for MoneyVisitor {
            type Value = Money;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `amount` and `currency`")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Money, A::Error> {
                let amount = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
                let currency: Currency =
                    seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
                Ok(Money::new(amount, currency.as_str()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Money, A::Error> {
                let (mut amount, mut currency) = (None, None);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        // Two amounts, or an unknown member that may change their meaning, are refused.
                        "amount" if amount.is_some() => return Err(de::Error::duplicate_field("amount")),
                        "currency" if currency.is_some() => {
                            return Err(de::Error::duplicate_field("currency"));
                        }
                        "amount" => amount = Some(map.next_value()?),
                        "currency" => currency = Some(map.next_value::<Currency>()?),
                        other => return Err(de::Error::unknown_field(other, &FIELDS)),
                    }
                }
                let amount = amount.ok_or_else(|| de::Error::missing_field("amount"))?;
                let currency = currency.ok_or_else(|| de::Error::missing_field("currency"))?;
                Ok(Money::new(amount, currency.as_str()))
            }
        }

        deserializer.deserialize_struct("Money", &FIELDS, MoneyVisitor)
    }
}

/// Amounts per currency, each in the currency's minor unit.
///
/// ```
/// use fc_types::{Amounts, Money};
///
/// let current: Amounts = serde_json::from_str(r#"{"usd": 46500}"#)?;
/// assert_eq!(current.get("usd"), Some(46_500));
/// assert_eq!(current.iter().next(), Some(Money::new(46_500, "usd")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// Ordered by currency, each currency once. A vector, because an account has one currency, rarely two.
pub struct Amounts(Vec<Money>);

impl Amounts {
    /// The amount in one currency, in minor units.
    #[must_use]
    pub fn get(&self, currency: &str) -> Option<i64> {
        self.position(currency).ok().map(|index| self.0[index].amount)
    }

    /// Every amount, ordered by currency.
    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0.iter().cloned()
    }

    /// Whether there is no amount.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The index of the amount in a currency, or the index at which to insert it.
    fn position(&self, currency: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|money| money.currency.as_str().cmp(currency))
    }

    fn insert(&mut self, money: Money) {
        match self.position(money.currency.as_str()) {
            Ok(index) => self.0[index] = money,
            Err(index) => {
                self.0.reserve_exact(1);
                self.0.insert(index, money);
            }
        }
    }
}

impl FromIterator<Money> for Amounts {
    /// Keeps the later of two amounts in one currency.
    fn from_iter<I: IntoIterator<Item = Money>>(amounts: I) -> Self {
        let mut all = Self::default();
        amounts.into_iter().for_each(|money| all.insert(money));
        all
    }
}

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for Money { amount, currency } in &self.0 {
            map.serialize_entry(currency, amount)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountsVisitor;

        impl<'de> Visitor<'de> for AmountsVisitor {
            type Value = Amounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("amounts by currency")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Amounts, A::Error> {
                let mut all = Amounts::default();
                while let Some((currency, amount)) = map.next_entry()? {
                    all.insert(Money { amount, currency });
                }
                Ok(all)
            }
        }

        deserializer.deserialize_map(AmountsVisitor)
    }
}

impl<'de> Read<'de> for Amounts {
    fn blank() -> Self {
        Self::default()
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_currency() {
        assert_eq!(Money::new(-5, "usd").to_string(), "-0.05 usd");
        assert_eq!(Money::new(1234, "KWD").to_string(), "1.234 kwd");
        assert_eq!(Money::new(7, "jpy").to_string(), "7 jpy");
        assert_eq!(Money::new(i64::MIN, "usd").to_string(), "-92233720368547758.08 usd");
    }

    #[test]
    fn money_is_an_object_of_two_members() {
        let money = Money::new(-1_050, "usd");
        assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"amount":-1050,"currency":"usd"}"#);
        let read = |json: &str| serde_json::from_str::<Money>(json).map_err(|error| error.to_string());
        assert_eq!(read(r#"{"currency": "USD", "amount": -1050}"#), Ok(money));
        for wrong in [
            r#"{"amount": 10.5, "currency": "usd"}"#,
            r#"{"amount": "1050", "currency": "usd"}"#,
            r#"{"amount": 1050}"#,
            r#"{"currency": "usd"}"#,
            r#"{"amount": 1, "amount": 2, "currency": "usd"}"#,
            r#"{"amount": 1050, "currency": "usd", "scale": 3}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_code_keeps_its_case_when_decoded() {
        let currency: Currency = serde_json::from_str(r#""USD""#).unwrap();
        assert_eq!(serde_json::to_string(&currency).unwrap(), r#""USD""#);
    }

    #[test]
    fn amounts_are_ordered_by_currency_and_the_later_one_stays() {
        let amounts: Amounts = serde_json::from_str(r#"{"usd": 1, "eur": 2, "usd": 3, "jpy": 4}"#).unwrap();
        let expected = [Money::new(2, "eur"), Money::new(4, "jpy"), Money::new(3, "usd")];
        assert_eq!(amounts.iter().collect::<Vec<_>>(), expected);
        assert_eq!((amounts.get("jpy"), amounts.get("gbp")), (Some(4), None));
        assert_eq!(serde_json::to_string(&amounts).unwrap(), r#"{"eur":2,"jpy":4,"usd":3}"#);
    }
}
