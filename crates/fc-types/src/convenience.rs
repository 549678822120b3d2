//! Methods of generated models that answer common questions.
//!
//! Values of enums are compared as text, because a crate from another version of the spec may lack a variant and must compile.

use std::time::Duration;

use crate::generated::{Account, Balance, Event, EventObject};
use crate::id::AccountId;
use crate::money::{Amounts, Money};
use crate::timestamp::Timestamp;

impl Account {
    /// Whether Stripe can refresh the account: its status is `active`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status.as_str() == "active"
    }

    /// Whether Stripe has lost access to the account: its status is `inactive`. The account holder has to link it again.
    #[must_use]
    pub fn is_inactive(&self) -> bool {
        self.status.as_str() == "inactive"
    }

    /// Whether the account was disconnected: its status is `disconnected`, which is final.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.status.as_str() == "disconnected"
    }

    /// Age of the balance at `now`: the time since the institution computed it (`as_of`). `None` without a balance.
    ///
    /// A balance that a refresh just fetched can be up to a day old.
    #[must_use]
    pub fn balance_age(&self, now: Timestamp) -> Option<Duration> {
        Some(now.saturating_since(self.balance.as_ref()?.as_of))
    }
}

impl Balance {
    /// What the account holder can spend in one currency; `None` if the balance does not say.
    ///
    /// The rule, for a deposit account (`cash`): `cash.available` in that currency, else `current`. `available` includes
    /// pending transactions, `current` does not. So `current` may be more than the holder can spend, and a caller that must
    /// know which figure it gets reads the fields.
    ///
    /// A credit account (`credit`) has no spendable amount. Its balance is what the holder owes, and its limit is not known.
    /// The same holds for types that this version does not know.
    ///
    /// The amount can be negative: the account is overdrawn.
    ///
    /// ```
    /// use fc_types::{Balance, Money};
    ///
    /// let balance: Balance = serde_json::from_str(
    ///     r#"{"as_of": 1, "type": "cash", "current": {"usd": 5000}, "cash": {"available": {"usd": 4200}}}"#,
    /// )?;
    /// assert_eq!(balance.spendable("usd"), Some(Money::new(4200, "usd")));
    /// assert_eq!(balance.spendable("eur"), None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn spendable(&self, currency: &str) -> Option<Money> {
        if self.type_.as_str() != "cash" {
            return None;
        }
        let currency = currency.to_ascii_lowercase();
        let available = self.cash.as_ref().and_then(|cash| cash.available.as_ref());
        let amount = available
            .and_then(|available| Amounts::get(available, &currency))
            .or_else(|| self.current.get(&currency))?;
        Some(Money::new(amount, currency.as_str()))
    }
}

impl Event {
    /// Id of the linked account that the event is about; `None` if it is about another object.
    ///
    /// It also works for an event of unknown type, and for an account that does not decode.
    #[must_use]
    pub fn linked_account_id(&self) -> Option<AccountId> {
        let object = &self.data.object;
        if let Some(account) = object.downcast::<Account>() {
            return Some(account.id.clone());
        }
        match object {
            EventObject::Unknown(fields) if object.object_type() == Some(Account::OBJECT) => {
                fields.get("id")?.as_str().map(AccountId::unchecked)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn balance(json: Value) -> Balance {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_spendable_amount_is_available_else_current() {
        let cash = |available: Value| {
            balance(
                json!({"as_of": 1, "type": "cash", "current": {"usd": 50, "eur": 7}, "cash": {"available": available}}),
            )
        };
        let usd = |balance: Balance| balance.spendable("usd").map(|money| money.amount);
        assert_eq!(usd(cash(json!({"usd": 40}))), Some(40));
        assert_eq!(usd(cash(json!({"usd": -40}))), Some(-40));
        assert_eq!(usd(cash(Value::Null)), Some(50));
        assert_eq!(usd(cash(json!({"eur": 3}))), Some(50));
        assert_eq!(cash(Value::Null).spendable("EUR"), Some(Money::new(7, "eur")));
        assert_eq!(cash(Value::Null).spendable("gbp"), None);
        assert_eq!(usd(balance(json!({"as_of": 1, "type": "cash", "current": {"usd": 5}}))), Some(5));
    }

    #[test]
    fn credit_and_unknown_balances_have_no_spendable_amount() {
        for type_ in ["credit", "investment"] {
            let balance = balance(json!({"as_of": 1, "type": type_, "current": {"usd": 50},
                "credit": {"used": {"usd": 50}}, "cash": {"available": {"usd": 50}}}));
            assert_eq!(balance.spendable("usd"), None, "{type_}");
        }
    }

    fn account(status: &str, balance: &Value) -> Value {
        json!({"id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1,
            "institution_name": "StripeBank", "livemode": false, "status": status, "subcategory": "checking",
            "supported_payment_method_types": [], "balance": balance})
    }

    #[test]
    fn each_status_has_its_predicate() {
        let is = |status: &str| {
            let account: Account = serde_json::from_value(account(status, &Value::Null)).unwrap();
            (account.is_active(), account.is_inactive(), account.is_disconnected())
        };
        assert_eq!(is("active"), (true, false, false));
        assert_eq!(is("inactive"), (false, true, false));
        assert_eq!(is("disconnected"), (false, false, true));
        assert_eq!(is("pending"), (false, false, false));
    }

    #[test]
    fn the_age_of_a_balance_counts_from_the_time_of_the_institution() {
        let age = |balance: Value| {
            let account: Account = serde_json::from_value(account("active", &balance)).unwrap();
            account.balance_age(Timestamp::from_secs(100))
        };
        let at = |as_of: i64| json!({"as_of": as_of, "type": "cash", "current": {"usd": 5}});
        assert_eq!(age(at(40)), Some(Duration::from_secs(60)));
        assert_eq!(age(at(200)), Some(Duration::ZERO));
        assert_eq!(age(Value::Null), None);
    }

    #[test]
    fn the_account_of_an_event_has_an_id_even_if_it_does_not_decode() {
        let id = |object: Value| {
            let event: Event = serde_json::from_value(json!({
                "id": "evt_1", "object": "event", "api_version": null, "created": 1, "data": {"object": object},
                "livemode": false, "pending_webhooks": 1, "request": null, "type": "x",
            }))
            .unwrap();
            event.linked_account_id()
        };
        let fca_1 = Some(AccountId::unchecked("fca_1"));
        assert_eq!(id(account("active", &Value::Null)), fca_1);
        assert_eq!(id(json!({"id": "fca_1", "object": "financial_connections.account"})), fca_1);
        assert_eq!(id(json!({"id": "fca_1", "object": "linked_account"})), fca_1);
        assert_eq!(id(json!({"id": "cus_1", "object": "customer"})), None);
        assert_eq!(id(json!({"object": "financial_connections.account"})), None);
    }
}
