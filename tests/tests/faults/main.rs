//! Faults: what is left of a database when a revision, a process or a file fails.

mod files;
mod kill;
mod patient;
mod races;
mod revisions;
