//! The test institutions: banks that exist in test mode only, each with a behaviour of its own.

use crate::account_spec::{AccountOwner, AccountSpec};
use crate::model::Feature;

const DAY: i64 = 24 * 60 * 60;
/// How long after linking a connection or a number breaks that is said to break "soon" or "immediately", in seconds.
pub(crate) const SOON: i64 = 5;

/// A test institution, by the name that Stripe's testing guide gives it.
///
/// An account whose [`AccountSpec::institution`] is one of these names, or its older name, behaves as that institution's
/// accounts do. Any other name is an ordinary bank.
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
    log_in: LogIn,
    outage: Option<Outage>,
    connection: Connection,
    accounts: fn() -> Vec<AccountSpec>,
}

/// How a user logs in at an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogIn {
    /// With a click: no credentials are asked for.
    Simple,
    /// With a user name and a password, in the modal. Some passwords choose what comes next.
    Credentials,
    /// On the institution's own page.
    OAuth,
}

/// Why nobody can log in at an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// It said so beforehand.
    Scheduled,
    /// It did not.
    Unscheduled,
    /// Choosing it fails.
    Error,
}

/// What becomes of a log-in at an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    Lasting,
    /// Breaks soon after linking. After a reactivation it lasts for `renewal` seconds, for ever without.
    BreaksSoon {
        renewal: Option<i64>,
    },
    /// Lasts this many seconds, after linking and after each reactivation.
    Limited {
        lasts: i64,
    },
}

/// What becomes of an account's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NumberPlan {
    #[default]
    Plain,
    /// A token, which expires this many seconds after linking.
    Expiring { lasts: i64 },
    /// A token that expires soon after linking, without notice.
    ExpiresSoon,
    /// A token that was revoked before.
    Deactivated,
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
    Institution { accounts: token_accounts, ..ordinary("Tokenized Account Number", LogIn::Simple) },
    Institution {
        connection: Connection::BreaksSoon { renewal: None },
        ..ordinary("Inactive Accounts", LogIn::Simple)
    },
    Institution {
        connection: Connection::BreaksSoon { renewal: Some(DAY) },
        ..ordinary("Immediately Requires Reauthentication", LogIn::Simple)
    },
    Institution {
        connection: Connection::Limited { lasts: 30 * DAY },
        ..ordinary("Eventually Requires Reauthentication", LogIn::Simple)
    },
];

const fn ordinary(name: &'static str, log_in: LogIn) -> Institution {
    Institution {
        name,
        older_name: None,
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

impl Institution {
    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// The one of this name, or of this older name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|institution| institution.name == name || institution.older_name == Some(name))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name that older guides have for it.
    #[must_use]
    pub fn older_name(&self) -> Option<&'static str> {
        self.older_name
    }

    /// How a user logs in.
    #[must_use]
    pub fn log_in(&self) -> LogIn {
        self.log_in
    }

    /// Why nobody can, if nobody can.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// The accounts that it offers to a user who has logged in.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountSpec> {
        (self.accounts)().into_iter().map(|spec| spec.institution(self.name)).collect()
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

/// The states are Stripe's idea, their names are ours: the guide does not list them.
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
        token("Eventually Expiring TAN", "3002").number(NumberPlan::Expiring { lasts: 30 * DAY }),
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
