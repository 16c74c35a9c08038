//! Scratch databases that other programs open: one for each test, and one for a command. On every database.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod copies;
mod engine;
mod processes;
mod runtimes;
mod with_scratch;
