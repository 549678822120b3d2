//! Accounts that a user has at an institution, ready to be linked.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{self, StrDeserializer};

use crate::model::account_number::NumberPlan;
use crate::model::feature::Feature;
use crate::model::owner::AccountOwner;

/// An account that a user has at an institution and can link.
///
/// ```
/// use fc_sandbox::{AccountOwner, AccountSpec};
///
/// let spec = AccountSpec::checking()
///     .institution("Harbor Bank")
///     .display_name("Household")
///     .last4("6789")
///     .owners([AccountOwner::new("Jane Diaz").email("jane@example.com")])
///     .transactions(250);
/// # let _ = spec;
/// ```
#[derive(Clone, Debug)]
pub struct AccountSpec {
    pub(crate) category: &'static str,
    pub(crate) subcategory: &'static str,
    /// What the linking page calls the kind.
    pub(crate) label: &'static str,
    pub(crate) institution: String,
    pub(crate) display_name: Option<String>,
    pub(crate) last4: Option<String>,
    pub(crate) currency: String,
    pub(crate) country: String,
    pub(crate) owners: Option<Vec<AccountOwner>>,
    pub(crate) transactions: u32,
    pub(crate) payable: bool,
    pub(crate) number: NumberPlan,
    pub(crate) failing: Vec<Feature>,
}

/// A kind of account, by its name in the controls.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountKind {
    Checking,
    Savings,
    CreditCard,
    LineOfCredit,
    Mortgage,
    Investment,
}

impl From<AccountKind> for AccountSpec {
    fn from(kind: AccountKind) -> Self {
        match kind {
            AccountKind::Checking => Self::checking(),
            AccountKind::Savings => Self::savings(),
            AccountKind::CreditCard => Self::credit_card(),
            AccountKind::LineOfCredit => Self::line_of_credit(),
            AccountKind::Mortgage => Self::mortgage(),
            AccountKind::Investment => Self::investment(),
        }
    }
}

impl AccountSpec {
    /// The maximum number of transactions: a read of one of them computes all of them, in memory.
    pub const MAX_TRANSACTIONS: u32 = 1_000_000;

    fn new(
        category: &'static str,
        subcategory: &'static str,
        label: &'static str,
        display_name: &str,
    ) -> Self {
        Self {
            category,
            subcategory,
            label,
            institution: "Test Institution".to_owned(),
            display_name: Some(display_name.to_owned()),
            last4: None,
            currency: "usd".to_owned(),
            country: "US".to_owned(),
            owners: None,
            transactions: 40,
            payable: category == "cash",
            number: NumberPlan::Plain,
            failing: Vec::new(),
        }
    }

    /// A checking account.
    #[must_use]
    pub fn checking() -> Self {
        Self::new("cash", "checking", "Checking", "Checking")
    }

    /// A savings account.
    #[must_use]
    pub fn savings() -> Self {
        Self::new("cash", "savings", "Savings", "Savings")
    }

    /// A credit card.
    #[must_use]
    pub fn credit_card() -> Self {
        Self::new("credit", "credit_card", "Credit card", "Credit Card")
    }

    /// A line of credit.
    #[must_use]
    pub fn line_of_credit() -> Self {
        Self::new("credit", "line_of_credit", "Line of credit", "Line of Credit")
    }

    /// A mortgage.
    #[must_use]
    pub fn mortgage() -> Self {
        Self::new("credit", "mortgage", "Mortgage", "Mortgage")
    }

    /// An investment account.
    #[must_use]
    pub fn investment() -> Self {
        Self::new("investment", "other", "Investment", "Brokerage")
    }

    /// An account of the kind with this name, as the controls use it: `checking`, `savings`, `credit_card`,
    /// `line_of_credit`, `mortgage` or `investment`.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<Self> {
        let name: StrDeserializer<'_, value::Error> = kind.into_deserializer();
        AccountKind::deserialize(name).ok().map(Self::from)
    }

    /// The name of the bank. An account at a test institution ([`Institution`](crate::Institution)) behaves like that
    /// institution's accounts.
    #[must_use]
    pub fn institution(mut self, name: impl Into<String>) -> Self {
        self.institution = name.into();
        self
    }

    /// The name that the bank or the holder gives the account.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The last four digits of the number; random by default.
    #[must_use]
    pub fn last4(mut self, digits: impl Into<String>) -> Self {
        self.last4 = Some(digits.into());
        self
    }

    /// The currency, in lower case; `usd` by default.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = currency.into();
        self
    }

    /// The country of the institution; `US` by default.
    #[must_use]
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = country.into();
        self
    }

    /// The owners; one person with an invented name by default. For an empty list, a refresh of the owners succeeds with none.
    #[must_use]
    pub fn owners(mut self, owners: impl IntoIterator<Item = AccountOwner>) -> Self {
        self.owners = Some(owners.into_iter().collect());
        self
    }

    /// The number of transactions before linking, within the last 180 days; 40 by default, at most
    /// [`AccountSpec::MAX_TRANSACTIONS`]. New ones follow at the same pace.
    #[must_use]
    pub fn transactions(mut self, count: u32) -> Self {
        self.transactions = count;
        self
    }

    /// Makes the account unusable for payments.
    #[must_use]
    pub fn not_payable(mut self) -> Self {
        self.payable = false;
        self
    }

    /// Makes every refresh of `feature` fail.
    #[must_use]
    pub fn failing(mut self, feature: Feature) -> Self {
        self.failing.push(feature);
        self
    }

    /// Gives the account a tokenized account number, which expires this long after linking.
    #[must_use]
    pub fn number_expiring_in(mut self, lasts: Duration) -> Self {
        self.number = NumberPlan::Expiring { lasts };
        self
    }

    pub(crate) fn number(mut self, plan: NumberPlan) -> Self {
        self.number = plan;
        self
    }

    /// The reason why no such account can exist, if there is one.
    pub(crate) fn problem(&self) -> Option<String> {
        let four_digits = |text: &String| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !self.last4.as_ref().is_none_or(four_digits) {
            return Some("last4 must be four digits, such as 6789".to_owned());
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some("currency must be three lower-case letters, such as usd".to_owned());
        }
        if self.institution.is_empty() {
            return Some("institution must not be empty".to_owned());
        }
        if self.transactions > Self::MAX_TRANSACTIONS {
            let (most, asked) = (Self::MAX_TRANSACTIONS, self.transactions);
            return Some(format!("transactions must be at most {most}, not {asked}"));
        }
        None
    }
}
