//! A PostgreSQL database of its own.

use migrate_runtime::v1::Postgres;

pub(crate) type ServerFixture = migrate_tests::server_fixture::ServerFixture<Postgres>;
