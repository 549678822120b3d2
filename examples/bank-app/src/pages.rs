//! The pages: what each template needs. Askama escapes every value that a template shows.

use askama::Template;
use axum::response::Html;

use crate::chart::Chart;
use crate::format::{day, minute, money};
use crate::queries::{Account, Balance, Found, Place, Search, Stored, Transaction};

/// The page of a template.
pub(crate) fn html(page: &impl Template) -> Html<String> {
    // The templates were checked when they were compiled, and writing into a text does not fail.
    Html(page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be written");
        String::new()
    }))
}

/// What every page of a signed-in user shows.
pub(crate) struct Frame {
    pub(crate) user: &'static str,
    /// The part of the app that the page belongs to.
    pub(crate) part: &'static str,
    /// What the last action did.
    pub(crate) notice: Option<&'static str>,
    pub(crate) relinks: Vec<Relink>,
    /// The console of the sandbox, if there is one.
    pub(crate) console: Option<String>,
}

/// A bank to whose accounts the user has to log in again.
pub(crate) struct Relink {
    pub(crate) bank: String,
    pub(crate) accounts: String,
    /// Whether the connection has ended already.
    pub(crate) has_ended: bool,
    /// The day on which it will end.
    pub(crate) ends_on: Option<String>,
}

impl Relink {
    /// The banks of accounts that have to be relinked.
    pub(crate) fn all(accounts: &[Account]) -> Vec<Self> {
        let mut relinks: Vec<Self> = Vec::new();
        for account in accounts.iter().filter(|account| account.state == "relink") {
            let ends_on = account.ends_at.map(day);
            let same = relinks.iter_mut().find(|relink| {
                (&relink.bank, relink.has_ended, &relink.ends_on)
                    == (&account.bank, account.is_inactive, &ends_on)
            });
            match same {
                Some(relink) => relink.accounts += &format!(", {}", account.label()),
                None => relinks.push(Self {
                    bank: account.bank.clone(),
                    accounts: account.label(),
                    has_ended: account.is_inactive,
                    ends_on,
                }),
            }
        }
        relinks
    }
}

/// The text for the code of an action, which the address of the page has. Other codes have none, so that a link shows no text of
/// its author.
pub(crate) fn notice(code: &str) -> Option<&'static str> {
    Some(match code {
        "linked" => "Your accounts are linked.",
        "linked-only" => {
            "Your accounts are linked. Your bank is still sending their data: load this page again in a moment."
        }
        "replaced" => "Your accounts are linked again. The ended connection was removed.",
        "nothing" => "No account was linked.",
        "fresh" => "The balance is up to date.",
        "fresh-later" => {
            "Your bank sent a newer balance, which is not on this page yet. Load this page again in a moment."
        }
        "early" => "The balance was refreshed a moment ago. Try again in a minute.",
        "stale" => "Your bank did not send a newer balance. Try again later.",
        "no-balance" => "Your bank gives no balance of this account.",
        "ended" => "The connection to this account has ended, so its balance cannot be refreshed.",
        "disconnected" => "The account is disconnected.",
        "erasing" => {
            "Your accounts are disconnected, but data of one of them may still arrive. Erase it again in a moment."
        }
        "erased" => "Your accounts are disconnected, and their data is erased.",
        _ => return None,
    })
}

/// What templates show of an account.
impl Account {
    pub(crate) fn label(&self) -> String {
        self.last4.as_ref().map_or_else(|| self.name.clone(), |last4| format!("{} ••{last4}", self.name))
    }

    fn kind_text(&self) -> String {
        self.kind.replace('_', " ")
    }

    /// A word about the connection, unless all is well.
    fn state_text(&self) -> Option<&'static str> {
        match self.state.as_str() {
            "relink" if self.is_inactive => Some("Connection ended"),
            "relink" => Some("Connection ends soon"),
            "disconnected" => Some("Disconnected"),
            "loading" => Some("Loading"),
            _ if self.is_refreshing => Some("Refreshing"),
            _ => None,
        }
    }

    fn is_disconnected(&self) -> bool {
        self.state == "disconnected"
    }

    fn can_refresh(&self) -> bool {
        !self.is_inactive && !self.is_disconnected()
    }
}

impl Balance {
    fn current_text(&self) -> String {
        self.current.map_or_else(|| "not given".to_owned(), |amount| money(amount, &self.currency))
    }

    fn available_text(&self) -> Option<String> {
        self.available.map(|amount| money(amount, &self.currency))
    }

    /// The credit that is used. Stripe gives it as what the bank owes, so it is negative.
    fn used_text(&self) -> Option<String> {
        self.used.map(|amount| match money(amount, &self.currency).strip_prefix('−') {
            Some(used) => format!("{used} of the credit is used"),
            None => "no credit is used".to_owned(),
        })
    }

    fn as_of_text(&self) -> String {
        minute(self.as_of)
    }
}

impl Transaction {
    fn amount_text(&self) -> String {
        money(self.amount, &self.currency)
    }

    fn day_text(&self) -> String {
        day(self.at)
    }

    fn is_income(&self) -> bool {
        self.amount > 0
    }

    fn is_void(&self) -> bool {
        self.status == "void"
    }

    fn is_posted(&self) -> bool {
        self.status == "posted"
    }
}

impl Place {
    fn id(&self) -> &str {
        &self.1
    }

    fn at(&self) -> i64 {
        self.0
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    /// Names of the test users, and how each is called.
    pub(crate) users: Vec<(&'static str, &'static str)>,
    pub(crate) is_sandbox: bool,
}

#[derive(Template)]
#[template(path = "accounts.html")]
pub(crate) struct AccountsPage {
    pub(crate) frame: Frame,
    /// Accounts by bank.
    pub(crate) banks: Vec<(String, Vec<Account>)>,
    pub(crate) disconnected: Vec<Account>,
}

#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage {
    pub(crate) frame: Frame,
    pub(crate) account: Account,
    /// A chart for each currency of the balance.
    pub(crate) charts: Vec<(String, Option<Chart>)>,
    pub(crate) found: Found,
}

#[derive(Template)]
#[template(path = "transactions.html")]
pub(crate) struct TransactionsPage {
    pub(crate) frame: Frame,
    pub(crate) accounts: Vec<Account>,
    pub(crate) search: Search,
    pub(crate) found: Found,
}

impl TransactionsPage {
    fn is_chosen(&self, account: &Account) -> bool {
        self.search.account.as_deref() == Some(account.id.as_str())
    }

    fn total_text(&self) -> String {
        match self.found.total {
            1 => "1 transaction".to_owned(),
            total => format!("{total} transactions"),
        }
    }
}

#[derive(Template)]
#[template(path = "link.html")]
pub(crate) struct LinkPage {
    pub(crate) frame: Frame,
    /// The script that opens the linking window, and the key for it.
    pub(crate) script: String,
    pub(crate) key: String,
}

#[derive(Template)]
#[template(path = "data.html")]
pub(crate) struct DataPage {
    pub(crate) frame: Frame,
    pub(crate) stored: Stored,
}

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}
