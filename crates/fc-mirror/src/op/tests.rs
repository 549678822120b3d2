//! Promises of the operations, on every kind of database.

mod claims;
mod events;
mod history;
mod listings;
mod numbers;
mod objects;
mod tenants;
mod vanished;
