//! Tests on the real program, against a real sandbox.
#![cfg(unix)]

mod balance;
mod bank;
mod doctor;
mod errors;
mod forms;
mod key;
mod link;
mod listen;
mod lists;
mod live;
mod login;
mod mirror;
mod probe;
mod program;
mod readme;
mod sandbox;
mod schema;
#[cfg(target_os = "linux")]
mod secure;
mod terminal;
mod transactions;
mod webhook;
