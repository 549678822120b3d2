//! The accounts that a new world begins with, and those that a control adds.

use crate::bank::account_spec::AccountSpec;
use crate::clock::Instant;
use crate::lifecycle::customer::{self, CustomerValues};
use crate::lifecycle::link::link;
use crate::lifecycle::run::catch_up;
use crate::lifecycle::session::{self, NewSession};
use crate::model::holder::Holder;
use crate::model::settings::Population;
use crate::world::World;

const PERMISSIONS: [&str; 4] = ["balances", "ownership", "payment_method", "transactions"];

/// Links the accounts that the settings ask for, early enough that their transactions can be read at `now`.
///
/// The accounts are linked like all others: each has a customer, a session and events.
pub(crate) fn populate(world: &mut World, now: Instant) {
    let population = world.settings.population;
    add(world, population, now);
}

/// Links accounts, each with its own customer, early enough that their transactions can be read at `now`.
pub(crate) fn add(world: &mut World, population: Population, now: Instant) {
    let Population { accounts, transactions } = population;
    let before = world.customers.numbers().count() as u32;
    let then = now.before(world.settings.refresh_delay);
    for number in 0..accounts {
        // The first accounts get one transaction more each, until the remainder is used up.
        let share = transactions / accounts + u32::from(number < transactions % accounts);
        let share = share.min(AccountSpec::MAX_TRANSACTIONS);
        let spec = match number % 3 {
            0 => AccountSpec::checking(),
            1 => AccountSpec::savings(),
            _ => AccountSpec::credit_card(),
        };
        let session = new_customers_session(world, before + number, then);
        let linked = link(world, session, vec![spec.transactions(share)], then);
        debug_assert!(linked.is_ok(), "a session without limits and filters accepts every account");
    }
    catch_up(world, now);
}

fn new_customers_session(world: &mut World, number: u32, now: Instant) -> u32 {
    let customer =
        CustomerValues { name: Some(format!("Customer {}", number + 1)), ..CustomerValues::default() };
    let customer = customer::create(world, customer, now);
    let holder = Holder::Customer(world.customers[customer].id.clone());
    let session = NewSession {
        prefetch: vec!["transactions".to_owned()],
        ..NewSession::of(holder, PERMISSIONS.map(str::to_owned).to_vec())
    };
    session::create(world, session)
}
