//! Documents of the workspace: their Rust blocks are compiled and run as documentation tests.
#![cfg(doctest)]

#[doc = include_str!("../README.md")]
pub struct Readme;
