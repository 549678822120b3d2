//! Tests of the app over HTTP: the program is started with its sandbox, and the tests act as a browser and as the bank.
#![allow(clippy::unwrap_used, reason = "a test panics")]

mod flow;
mod program;
mod safety;
