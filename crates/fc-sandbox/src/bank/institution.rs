//! The test institutions: banks that exist in test mode only, each with its own behaviour.

use std::time::Duration;

use serde::Serialize;

use crate::bank::account_spec::AccountSpec;
use crate::clock::DAY;
use crate::model::account_number::NumberPlan;
use crate::model::feature::Feature;
use crate::model::owner::AccountOwner;
use crate::random::Random;

const THIRTY_DAYS: Duration = Duration::from_secs(30 * 24 * 3600);

/// A test institution of Stripe's testing guide.
///
/// An account whose [`AccountSpec::institution`] is one of these names, or its older name, behaves as that institution's
/// accounts do. Every other name is an ordinary bank.
///
/// ```
/// use fc_sandbox::Institution;
///
/// let institution = Institution::named("Tokenized Account Number").ok_or("not a test institution")?;
/// let offered = institution.accounts();
/// assert_eq!(offered.len(), 3);
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Debug)]
pub struct Institution {
    name: &'static str,
    older_name: Option<&'static str>,
    featured: bool,
    log_in: LogIn,
    outage: Option<Outage>,
    connection: Connection,
    accounts: fn() -> Vec<AccountSpec>,
}

/// How a user logs in at an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogIn {
    /// With a click, without credentials.
    Simple,
    /// With a user name and a password on the linking page. Some passwords select the next step.
    Credentials,
    /// On a page of the institution.
    OAuth,
}

/// Why log-ins at an institution fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outage {
    /// An announced maintenance.
    Scheduled,
    /// An outage without notice.
    Unscheduled,
    /// An error when the user chooses the institution.
    Error,
}

/// How long a log-in at an institution lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    Lasting,
    /// It breaks soon after linking. After a reactivation it lasts for `renewal`, or without end if there is none.
    BreaksSoon {
        renewal: Option<Duration>,
    },
    /// It lasts this long, after linking and after each reactivation.
    Limited {
        lasts: Duration,
    },
}

static ALL: &[Institution] = &[
    Institution { older_name: Some("Test Institution"), ..ordinary("Test (Non-OAuth)", LogIn::Simple) },
    Institution { older_name: Some("Test OAuth Institution"), ..ordinary("Test (OAuth)", LogIn::OAuth) },
    Institution {
        older_name: Some("Sandbox Bank (Non-OAuth)"),
        ..ordinary("Bank (Non-OAuth)", LogIn::Credentials)
    },
    Institution { older_name: Some("Sandbox Bank (OAuth)"), ..ordinary("Bank (OAuth)", LogIn::OAuth) },
    Institution { accounts: ownership_accounts, ..ordinary("Ownership Accounts", LogIn::Simple) },
    Institution { accounts: invalid_payment_accounts, ..ordinary("Invalid Payment Accounts", LogIn::Simple) },
    down("Down (Scheduled)", "Down Bank (Scheduled)", Outage::Scheduled),
    down("Down (Unscheduled)", "Down Bank (Unscheduled)", Outage::Unscheduled),
    down("Down (Error)", "Down Bank (Error)", Outage::Error),
    Institution {
        featured: false,
        accounts: token_accounts,
        ..ordinary("Tokenized Account Number", LogIn::Simple)
    },
    Institution {
        connection: Connection::BreaksSoon { renewal: None },
        ..ordinary("Inactive Accounts", LogIn::Simple)
    },
    Institution {
        connection: Connection::BreaksSoon { renewal: Some(DAY) },
        ..ordinary("Immediately Requires Reauthentication", LogIn::Simple)
    },
    Institution {
        connection: Connection::Limited { lasts: THIRTY_DAYS },
        ..ordinary("Eventually Requires Reauthentication", LogIn::Simple)
    },
];

const fn ordinary(name: &'static str, log_in: LogIn) -> Institution {
    Institution {
        name,
        older_name: None,
        featured: true,
        log_in,
        outage: None,
        connection: Connection::Lasting,
        accounts: ordinary_accounts,
    }
}

const fn down(name: &'static str, older_name: &'static str, outage: Outage) -> Institution {
    Institution {
        older_name: Some(older_name),
        outage: Some(outage),
        accounts: Vec::new,
        ..ordinary(name, LogIn::Simple)
    }
}

/// The id of the bank with this name: the same in every sandbox. A test institution has one id for both of its names.
pub(crate) fn institution_id(name: &str) -> String {
    let name = Institution::named(name).map_or(name, |known| known.name);
    Random::new(0, &["institution", name]).id("fcinst_")
}

impl Institution {
    /// All test institutions.
    #[must_use]
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// The test institution with this name or older name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|institution| institution.name == name || institution.older_name == Some(name))
    }

    /// One whose log-in and accounts are as at most banks.
    pub(crate) fn ordinary() -> &'static Self {
        &ALL[0]
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name in older testing guides.
    #[must_use]
    pub fn older_name(&self) -> Option<&'static str> {
        self.older_name
    }

    /// How a user logs in.
    #[must_use]
    pub fn log_in(&self) -> LogIn {
        self.log_in
    }

    /// Why log-ins fail, if they do.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// The accounts that a user finds after a log-in.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountSpec> {
        (self.accounts)().into_iter().map(|spec| spec.institution(self.name)).collect()
    }

    /// Whether the linking page shows it without a search. Stripe's testing guide says to search for one of them.
    pub(crate) fn is_featured(&self) -> bool {
        self.featured
    }

    /// Its routing number: 110000000 for the first one, as in Stripe's testing guide.
    pub(crate) fn routing_number(&self) -> String {
        let place = ALL.iter().position(|institution| std::ptr::eq(institution, self)).unwrap_or_default();
        let mut number = format!("110000{place:02}");
        let weights = [3, 7, 1].into_iter().cycle();
        let sum: u32 =
            number.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        number.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
        number
    }

    /// Whether its accounts support payments.
    pub(crate) fn supports_payments(&self) -> bool {
        self.outage.is_some() || self.accounts().iter().any(|account| account.payable)
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connection
    }
}

fn ordinary_accounts() -> Vec<AccountSpec> {
    vec![
        AccountSpec::checking().display_name("Success").last4("6789"),
        AccountSpec::checking().display_name("Insufficient Funds").last4("2227"),
        AccountSpec::savings().display_name("Savings").last4("4321"),
        AccountSpec::credit_card().display_name("Credit Card").last4("1881"),
    ]
}

/// The testing guide mentions several states of ownership data without names; the names here are ours.
fn ownership_accounts() -> Vec<AccountSpec> {
    let jane = || {
        AccountOwner::new("Jane Diaz")
            .email("jane.diaz@example.com")
            .phone("+1 202-555-0143")
            .raw_address("12 Maple Court, Springfield, OR 97477")
    };
    vec![
        AccountSpec::checking().display_name("One Owner").last4("1001").owners([jane()]),
        AccountSpec::checking()
            .display_name("Two Owners")
            .last4("1002")
            .owners([jane(), AccountOwner::new("Sam Diaz").email("sam.diaz@example.com")]),
        AccountSpec::checking()
            .display_name("Name Only")
            .last4("1003")
            .owners([AccountOwner::new("Jane Diaz")]),
        AccountSpec::checking().display_name("No Owners").last4("1004").owners([]),
        AccountSpec::checking()
            .display_name("Ownership Unavailable")
            .last4("1005")
            .owners([jane()])
            .failing(Feature::Ownership),
    ]
}

fn invalid_payment_accounts() -> Vec<AccountSpec> {
    vec![
        AccountSpec::checking().display_name("Checking Without ACH").last4("2001").not_payable(),
        AccountSpec::savings().display_name("Savings Without ACH").last4("2002").not_payable(),
    ]
}

fn token_accounts() -> Vec<AccountSpec> {
    let token = |name: &str, last4: &str| AccountSpec::checking().display_name(name).last4(last4);
    vec![
        token("Expired TAN", "3001").number(NumberPlan::Deactivated),
        token("Eventually Expiring TAN", "3002").number(NumberPlan::Expiring { lasts: THIRTY_DAYS }),
        token("Immediately Expiring TAN", "3003").number(NumberPlan::ExpiresSoon),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institution_is_found_by_either_name_and_by_no_other() {
        for institution in Institution::all() {
            let found = |name| Institution::named(name).map(Institution::name);
            assert_eq!(found(institution.name()), Some(institution.name()));
            if let Some(older) = institution.older_name() {
                assert_eq!(found(older), Some(institution.name()));
            }
        }
        assert!(Institution::named("Harbor Bank").is_none());
    }

    #[test]
    fn each_institution_has_its_id_and_a_valid_routing_number() {
        assert_eq!(ALL[0].routing_number(), "110000000");
        let numbers: std::collections::HashSet<String> =
            ALL.iter().map(Institution::routing_number).collect();
        assert_eq!(numbers.len(), ALL.len());
        for number in numbers {
            let digits: Vec<u32> = number.bytes().map(|digit| u32::from(digit - b'0')).collect();
            let sum = |start: usize| digits.iter().skip(start).step_by(3).sum::<u32>();
            assert_eq!((digits.len(), (3 * sum(0) + 7 * sum(1) + sum(2)) % 10), (9, 0), "{number}");
        }
        assert_eq!(institution_id("Test Institution"), institution_id("Test (Non-OAuth)"));
        assert_ne!(institution_id("Harbor Bank"), institution_id("Test (Non-OAuth)"));
    }

    #[test]
    fn only_an_institution_that_is_down_offers_nothing() {
        for institution in Institution::all() {
            assert_eq!(
                institution.accounts().is_empty(),
                institution.outage().is_some(),
                "{}",
                institution.name()
            );
        }
    }
}
