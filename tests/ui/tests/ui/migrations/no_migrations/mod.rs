//! Schema revisions, oldest first.

mod m1;
mod m2;

