//! The number that an account is paid by, and what it can be paid with.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agenda::Task;
use crate::authorization::{NOTICE, later};
use crate::clock::Instant;
use crate::institution::{NumberPlan, SOON};
use crate::model::{Account, AccountStatus};
use crate::world::World;

/// Whether an account number can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountNumberStatus {
    /// It was issued, but cannot be used yet.
    Pending,
    /// It can be used.
    Transactable,
    /// It cannot be used, perhaps because the holder revoked it at the bank.
    Deactivated,
    /// It ran out.
    Expired,
}

impl AccountNumberStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Transactable => "transactable",
            Self::Deactivated => "deactivated",
            Self::Expired => "expired",
        }
    }
}

/// What an account can be paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentMethodType {
    /// ACH.
    UsBankAccount,
    /// Link.
    Link,
}

impl PaymentMethodType {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::UsBankAccount => "us_bank_account",
            Self::Link => "link",
        }
    }
}

/// The number of an account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct AccountNumber {
    tokenized: bool,
    status: AccountNumberStatus,
    expires_at: Option<i64>,
    /// Counts the changes, so that tasks for an earlier state are known for stale.
    plan: u32,
}

impl AccountNumber {
    pub(crate) fn new(plan: NumberPlan, now: Instant) -> Self {
        let status = match plan {
            NumberPlan::Deactivated => AccountNumberStatus::Deactivated,
            NumberPlan::Plain | NumberPlan::Expiring { .. } | NumberPlan::ExpiresSoon => {
                AccountNumberStatus::Transactable
            }
        };
        let expires_at = match plan {
            NumberPlan::Expiring { lasts } => Some(now.unix().saturating_add(lasts)),
            NumberPlan::Plain | NumberPlan::ExpiresSoon | NumberPlan::Deactivated => None,
        };
        Self { tokenized: plan != NumberPlan::Plain, status, expires_at, plan: 0 }
    }

    fn render(self) -> Value {
        json!([{
            "expected_expiry_date": self.expires_at,
            "identifier_type": if self.tokenized { "tokenized_account_number" } else { "account_number" },
            "status": self.status.as_str(),
            "supported_networks": ["ach"],
        }])
    }
}

impl Account {
    /// The numbers, if the holder lets them be used.
    pub(crate) fn render_numbers(&self) -> Option<Value> {
        let number = self.number?;
        (self.status != AccountStatus::Disconnected && self.permits("payment_method"))
            .then(|| number.render())
    }
}

impl World {
    /// What happens to the number of an account that was just linked.
    pub(crate) fn begin_number(&mut self, account: u32, plan: NumberPlan, now: Instant) {
        if plan == NumberPlan::ExpiresSoon {
            self.schedule(later(now, SOON), Task::ExpireNumber { account, plan: 0 });
        }
        self.plan_expiry(account, now);
    }

    /// The bank changes the number's status and the time at which it expires. None if there is no number.
    pub(crate) fn change_number(
        &mut self,
        account: u32,
        status: AccountNumberStatus,
        expires_at: Option<i64>,
        now: Instant,
    ) -> Option<()> {
        let number = self.accounts[account].number?;
        if (number.status, number.expires_at) == (status, expires_at) {
            return Some(());
        }
        // Only tokens expire.
        let tokenized = number.tokenized || expires_at.is_some();
        let plan = number.plan + 1;
        self.accounts[account].number = Some(AccountNumber { tokenized, status, expires_at, plan });
        self.emit_about_number("financial_connections.account.account_numbers_updated", account, now);
        self.plan_expiry(account, now);
        Some(())
    }

    fn plan_expiry(&mut self, account: u32, now: Instant) {
        let Some(AccountNumber {
            status: AccountNumberStatus::Transactable, expires_at: Some(at), plan, ..
        }) = self.accounts[account].number
        else {
            return;
        };
        let warn_at = Instant::from_unix(at.saturating_sub(NOTICE));
        if warn_at > now {
            self.schedule(warn_at, Task::WarnOfExpiry { account, plan });
        } else {
            self.warn_of_expiry(account, plan, now);
        }
        self.schedule(Instant::from_unix(at), Task::ExpireNumber { account, plan });
    }

    pub(crate) fn warn_of_expiry(&mut self, account: u32, plan: u32, at: Instant) {
        if self.accounts[account].number.is_some_and(|number| number.plan == plan) {
            let kind = "financial_connections.account.upcoming_account_number_expiry";
            self.emit_about_number(kind, account, at);
        }
    }

    pub(crate) fn expire_number(&mut self, account: u32, plan: u32, at: Instant) {
        if self.accounts[account].number.is_some_and(|number| number.plan == plan) {
            self.change_number(account, AccountNumberStatus::Expired, Some(at.unix()), at);
        }
    }

    /// Who may not see the number hears nothing of it.
    fn emit_about_number(&mut self, kind: &'static str, account: u32, at: Instant) {
        if self.accounts[account].render_numbers().is_some() {
            self.emit(kind, account, None, at);
        }
    }

    /// What the account can be paid with changes. The same again changes nothing.
    pub(crate) fn change_payment_methods(
        &mut self,
        account: u32,
        methods: Vec<PaymentMethodType>,
        now: Instant,
    ) {
        if self.accounts[account].payment_methods != methods {
            self.accounts[account].payment_methods = methods;
            let kind = "financial_connections.account.supported_payment_method_types_updated";
            self.emit(kind, account, None, now);
        }
    }
}
