//! Clients of several libraries in one session.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod fixture;
mod logins;
mod malformed;
mod mysql_guests;
mod postgres_guests;
mod speed;
