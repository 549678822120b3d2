//! Rows of the balance history.

use fc_ext::types::{Amounts, Balance};

/// Balance of an account in one currency. What the institution did not give is `None`, never 0.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BalanceRow {
    pub(crate) as_of: i64,
    pub(crate) currency: String,
    pub(crate) kind: String,
    pub(crate) current: Option<i64>,
    pub(crate) available: Option<i64>,
    pub(crate) used: Option<i64>,
}

impl BalanceRow {
    /// One row per currency, ordered by currency.
    pub(crate) fn all(balance: &Balance) -> Vec<Self> {
        let available = balance.cash.as_ref().and_then(|cash| cash.available.as_ref());
        let used = balance.credit.as_ref().and_then(|credit| credit.used.as_ref());
        let maps = [Some(&balance.current), available, used];
        let mut currencies: Vec<String> = maps
            .into_iter()
            .flatten()
            .flat_map(|amounts| amounts.iter().map(|money| money.currency.as_str().to_owned()))
            .collect();
        currencies.sort_unstable();
        currencies.dedup();
        let amount = |amounts: Option<&Amounts>, currency: &str| amounts?.get(currency);
        currencies
            .into_iter()
            .map(|currency| Self {
                as_of: balance.as_of.as_secs(),
                kind: balance.type_.as_str().to_owned(),
                current: balance.current.get(&currency),
                available: amount(available, &currency),
                used: amount(used, &currency),
                currency,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Currency, current, available and used of each row.
    fn rows(json: &str) -> Vec<(String, [Option<i64>; 3])> {
        let balance: Balance = serde_json::from_str(json).unwrap();
        BalanceRow::all(&balance)
            .into_iter()
            .map(|b| (b.currency, [b.current, b.available, b.used]))
            .collect()
    }

    #[test]
    fn a_missing_amount_is_none_and_not_zero() {
        let cash = r#"{"as_of": 1, "current": {"usd": 100}, "type": "cash", "cash": {"available": null}}"#;
        assert_eq!(rows(cash), [("usd".to_owned(), [Some(100), None, None])]);
    }

    #[test]
    fn each_currency_of_any_map_has_a_row() {
        let credit = r#"{"as_of": 1, "current": {"usd": -5, "eur": 2}, "type": "credit", "credit": {"used": {"gbp": 7}}}"#;
        assert_eq!(
            rows(credit),
            [
                ("eur".to_owned(), [Some(2), None, None]),
                ("gbp".to_owned(), [None, None, Some(7)]),
                ("usd".to_owned(), [Some(-5), None, None]),
            ]
        );
    }
}
