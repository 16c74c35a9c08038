//! Faults: what is left of a database when a revision, a process or a file fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod concurrent;
mod crash;
mod deploy;
mod disk;
mod servers;
mod files;
mod history;
mod kill;
mod lock;
mod random_journals;
mod subject_process;
mod pipes;
mod races;
mod restore;
mod revisions;
mod secrets;
mod signals;
mod journal;
