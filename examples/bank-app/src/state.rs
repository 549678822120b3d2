//! What all handlers share.

use crate::bank::Bank;
use crate::store::Store;

/// The test users: a name, and what the page calls them. Your own users are in a table.
pub(crate) const USERS: [(&str, &str); 2] = [("jane", "Jane Diaz"), ("omar", "Omar Haddad")];

/// The app. Clones share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) bank: Bank,
    pub(crate) store: Store,
    /// Address of this app in browsers, without a path.
    pub(crate) url: String,
    pub(crate) publishable_key: String,
    /// The script that opens the linking window.
    pub(crate) script: String,
    /// The console of the sandbox, if there is one.
    pub(crate) console: Option<String>,
}

impl App {
    pub(crate) fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }
}
