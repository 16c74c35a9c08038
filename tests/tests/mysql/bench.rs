//! A MariaDB or MySQL database of its own.

use migrate_runtime::v1::Mysql;

pub(crate) type Bench = migrate_tests::bench::Bench<Mysql>;
