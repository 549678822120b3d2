//! The accounts that a new world begins with.

use crate::account_spec::AccountSpec;
use crate::clock::Instant;
use crate::model::{Customer, Holder, Population, Session};
use crate::world::World;

const PERMISSIONS: [&str; 4] = ["balances", "ownership", "payment_method", "transactions"];

impl World {
    /// Links the accounts of the settings, just so long ago that their transactions are there at `now`.
    ///
    /// They go the way of all accounts: each has its customer, its session and its events.
    pub(crate) fn populate(&mut self, now: Instant) {
        let Population { accounts, transactions } = self.settings.population;
        let then = now.before(self.settings.refresh_delay);
        for number in 0..accounts {
            // The remainder goes to the first accounts, one each.
            let share = transactions / accounts + u32::from(number < transactions % accounts);
            let share = share.min(AccountSpec::MAX_TRANSACTIONS);
            let spec = match number % 3 {
                0 => AccountSpec::checking(),
                1 => AccountSpec::savings(),
                _ => AccountSpec::credit_card(),
            };
            let session = self.session_of_new_customer(number, then);
            let linked = self.link(session, vec![spec.transactions(share)], then);
            debug_assert!(linked.is_ok(), "a session without limits and filters lets every account through");
        }
        self.catch_up(now);
    }

    fn session_of_new_customer(&mut self, number: u32, now: Instant) -> u32 {
        let customer = Customer {
            id: self.random.id_of::<14>("cus_"),
            created: now.unix(),
            invoice_prefix: self.random.id_of::<8>("").to_uppercase(),
            name: Some(format!("Customer {}", number + 1)),
            email: None,
            phone: None,
            description: None,
            metadata: serde_json::Map::new(),
        };
        let holder = Holder::Customer(customer.id.clone());
        self.customers.add(customer);
        let session = Session {
            id: self.random.id("fcsess_"),
            client_secret: self.random.id("fcsess_client_secret_"),
            holder,
            permissions: PERMISSIONS.map(str::to_owned).to_vec(),
            prefetch: vec!["transactions".to_owned()],
            filters: None,
            account_limit: None,
            manual_entry: None,
            return_url: None,
            accounts: Vec::new(),
            finished: false,
        };
        self.add_session(session)
    }
}
