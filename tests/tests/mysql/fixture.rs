//! A MariaDB or MySQL database of its own.

use migrate_runtime::v1::Mysql;

pub(crate) type ServerFixture = migrate_tests::server_fixture::ServerFixture<Mysql>;
