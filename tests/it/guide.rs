//! The guide: its samples run against a sandbox, and its chapters show nothing else.

mod book;
mod commands;
mod programs;
