//! A PostgreSQL database of its own.

use migrate_runtime::v1::Postgres;

pub(crate) type Bench = migrate_tests::bench::Bench<Postgres>;
