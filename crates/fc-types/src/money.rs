//! Money: whole numbers of a currency's minor unit, never floating point.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

    /// How many decimals separate the minor unit from the unit that people name: 2 for `usd`, 0 for `jpy`.
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
    /// Upper case becomes lower case, the form that the API uses.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Money {
    /// How many minor units. For a balance positive is owed to the holder; for a transaction negative is money out.
    pub amount: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// This many minor units of the currency.
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
// Ordered by currency, each of them once. An account has one currency, two at most: a tree would be mostly air.
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

    /// Whether there is no amount at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the amount in a currency is, or would be.
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
    /// Of two amounts in one currency the later one stays.
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
