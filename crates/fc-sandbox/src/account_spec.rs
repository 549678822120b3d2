//! What a user has at an institution: accounts to be linked, and their owners.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::institution::{Institution, NumberPlan};
use crate::model::Feature;
use crate::random::Random;

/// An account that a user has at an institution, to be linked.
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

impl AccountSpec {
    /// The most transactions that an account can have had: whoever reads one of them has all of them worked out, in memory.
    pub const MAX_TRANSACTIONS: u32 = 1_000_000;

    fn new(category: &'static str, subcategory: &'static str, display_name: &str) -> Self {
        Self {
            category,
            subcategory,
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
        Self::new("cash", "checking", "Checking")
    }

    /// A savings account.
    #[must_use]
    pub fn savings() -> Self {
        Self::new("cash", "savings", "Savings")
    }

    /// A credit card.
    #[must_use]
    pub fn credit_card() -> Self {
        Self::new("credit", "credit_card", "Credit Card")
    }

    /// A line of credit.
    #[must_use]
    pub fn line_of_credit() -> Self {
        Self::new("credit", "line_of_credit", "Line of Credit")
    }

    /// A mortgage.
    #[must_use]
    pub fn mortgage() -> Self {
        Self::new("credit", "mortgage", "Mortgage")
    }

    /// An investment account.
    #[must_use]
    pub fn investment() -> Self {
        Self::new("investment", "other", "Brokerage")
    }

    /// The account of a kind's name, as the control endpoint has them: `checking`, `savings`, `credit_card`,
    /// `line_of_credit`, `mortgage` or `investment`.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "checking" => Self::checking(),
            "savings" => Self::savings(),
            "credit_card" => Self::credit_card(),
            "line_of_credit" => Self::line_of_credit(),
            "mortgage" => Self::mortgage(),
            "investment" => Self::investment(),
            _ => return None,
        })
    }

    /// The name of the bank. A test institution ([`Institution`]) does with the account what it does with its own.
    #[must_use]
    pub fn institution(mut self, name: impl Into<String>) -> Self {
        self.institution = name.into();
        self
    }

    /// What the bank or the holder calls the account.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The last four digits of the number; random if not given.
    #[must_use]
    pub fn last4(mut self, digits: impl Into<String>) -> Self {
        self.last4 = Some(digits.into());
        self
    }

    /// The currency, in lower case; `usd` if not given.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = currency.into();
        self
    }

    /// The country of the institution; `US` if not given.
    #[must_use]
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = country.into();
        self
    }

    /// Who owns it; one person with an invented name if not given. If there is nobody, a refresh of the owners succeeds and
    /// brings none.
    #[must_use]
    pub fn owners(mut self, owners: impl IntoIterator<Item = AccountOwner>) -> Self {
        self.owners = Some(owners.into_iter().collect());
        self
    }

    /// How many transactions the account has had, in the last 180 days at most; 40 if not given, and
    /// [`AccountSpec::MAX_TRANSACTIONS`] at most. It goes on at that pace.
    #[must_use]
    pub fn transactions(mut self, count: u32) -> Self {
        self.transactions = count;
        self
    }

    /// Makes it an account that no payment can be made with.
    #[must_use]
    pub fn not_payable(mut self) -> Self {
        self.payable = false;
        self
    }

    /// Lets every refresh of `feature` fail.
    #[must_use]
    pub fn failing(mut self, feature: Feature) -> Self {
        self.failing.push(feature);
        self
    }

    /// Gives it a tokenized account number, which expires this long after linking.
    #[must_use]
    pub fn number_expiring_in(mut self, lasts: Duration) -> Self {
        self.number = NumberPlan::Expiring { lasts: i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX) };
        self
    }

    pub(crate) fn number(mut self, plan: NumberPlan) -> Self {
        self.number = plan;
        self
    }

    /// Makes it what the test institution offers under this name: its number is as that account's, and it cannot be paid
    /// with if that cannot.
    pub(crate) fn follow_institution(&mut self) -> Result<(), String> {
        let Some(institution) = Institution::named(&self.institution) else { return Ok(()) };
        let offered = institution.accounts();
        let like = offered.iter().find(|account| account.display_name == self.display_name);
        match like {
            Some(account) => {
                self.number = account.number;
                self.payable &= account.payable;
                self.failing.extend(&account.failing);
                if self.owners.is_none() {
                    self.owners.clone_from(&account.owners);
                }
            }
            // Whatever it is called, nothing at this institution can be paid with.
            None if offered.iter().all(|account| !account.payable) => self.payable = false,
            None if self.number == NumberPlan::Plain
                && offered.iter().all(|account| account.number != NumberPlan::Plain) =>
            {
                let names: Vec<&str> =
                    offered.iter().filter_map(|account| account.display_name.as_deref()).collect();
                return Err(format!(
                    "its institution tells accounts apart by their names: set display_name to one of {}",
                    names.join(", ")
                ));
            }
            None => {}
        }
        Ok(())
    }

    /// Why there can be no such account, if that is so.
    pub(crate) fn impossible(&self) -> Option<String> {
        let four_digits = |text: &String| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !self.last4.as_ref().is_none_or(four_digits) {
            return Some("last4 must be four digits".to_owned());
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some("the currency must be three lower-case letters, such as usd".to_owned());
        }
        if self.institution.is_empty() {
            return Some("the institution needs a name".to_owned());
        }
        if self.transactions > Self::MAX_TRANSACTIONS {
            let (most, asked) = (Self::MAX_TRANSACTIONS, self.transactions);
            return Some(format!("transactions must be at most {most}, not {asked}"));
        }
        None
    }
}

/// An owner of an account, as the bank knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOwner {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) phone: Option<String>,
    #[serde(default)]
    pub(crate) raw_address: Option<String>,
}

impl AccountOwner {
    /// An owner of whom only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), email: None, phone: None, raw_address: None }
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// The address, in one line.
    #[must_use]
    pub fn raw_address(mut self, address: impl Into<String>) -> Self {
        self.raw_address = Some(address.into());
        self
    }

    /// Somebody, for an account that was given no owner.
    pub(crate) fn invented(random: &mut Random) -> Self {
        let first = *random
            .pick(&["Amara", "Ben", "Chiara", "Diego", "Elif", "Farid", "Grace", "Hana", "Ines", "Jonas"]);
        let last = *random.pick(&[
            "Abara", "Brandt", "Cole", "Dufour", "Endo", "Ferris", "Gupta", "Hughes", "Ito", "Jensen",
        ]);
        let street = *random.pick(&["Maple Court", "Harbor Road", "Hill Street", "Oak Avenue", "River Lane"]);
        Self::new(format!("{first} {last}"))
            .email(format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()))
            // 555-0100 to 555-0199 are kept for fiction.
            .phone(format!("+1 {}-555-01{:02}", random.between(201, 989), random.below(100)))
            .raw_address(format!(
                "{} {street}, Springfield, OR {}",
                random.between(1, 999),
                random.between(97_475, 97_478)
            ))
    }
}
