//! The promises of fc-ext, on real HTTP.

#[cfg(feature = "blocking")]
mod blocking;
mod pages;
mod settle;
mod support;
mod sync;
mod until;
mod webhook_python;
