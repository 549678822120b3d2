//! The command line for Stripe Financial Connections.
//!
//! The crate is the program `fcctl`; [`main`] is all that it offers to other code.

mod argument;
mod cli;
mod command;
mod context;
mod exit;
mod failure;
mod hardening;
mod http;
mod ids;
mod output;
mod rows;
mod settings;
mod signals;
mod terminal;

pub use crate::cli::main;
