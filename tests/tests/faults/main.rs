//! Faults: what is left of a database when a revision, a process or a file fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod concurrent;
mod crash;
mod deploy;
mod disk;
mod files;
mod history;
mod journal;
mod kill;
mod lock;
mod own_connection;
mod pipes;
mod races;
mod random_journals;
mod restore;
mod revisions;
mod secrets;
mod servers;
mod signals;
mod subject_process;
