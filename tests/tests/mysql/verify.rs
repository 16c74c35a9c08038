//! Trials on tables of types that only MariaDB and MySQL have.

use migrate_runtime::Migrations;
use migrate_runtime::v1::Mysql;
use migrate_runtime::verify::{RoundTrip, VerifyOptions};
use migrate_tests::revisions::{Code, linear_history};
use migrate_tests::servers;

/// Types that both have; each may not be NULL.
const TYPES: [&str; 42] = [
    "tinyint",
    "tinyint(1)",
    "smallint unsigned",
    "mediumint",
    "int",
    "bigint unsigned",
    "decimal(30,0)",
    "decimal(10,3)",
    "float",
    "double",
    "bit(1)",
    "bit(3)",
    "bit(40)",
    "date",
    "datetime(3)",
    "timestamp",
    "time(2)",
    "year",
    "char(2)",
    "varchar(3)",
    "varchar(50)",
    "binary(2)",
    "binary(8)",
    "varbinary(3)",
    "tinyblob",
    "blob",
    "mediumblob",
    "longblob",
    "tinytext",
    "text",
    "mediumtext",
    "longtext",
    "enum('a','b')",
    "set('x','y')",
    "json",
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multipolygon",
    "geometrycollection",
];

#[test]
fn synthetic_rows_of_every_type_are_generated_and_compared() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let create: Code<Mysql> = |op| {
        for (at, kind) in TYPES.iter().enumerate() {
            op.execute(&format!(
                "CREATE TABLE t{at} (id int PRIMARY KEY, v {kind} NOT NULL)"
            ))?;
        }
        Ok(())
    };
    let drop: Code<Mysql> = |op| {
        for at in 0..TYPES.len() {
            op.execute(&format!("DROP TABLE t{at}"))?;
        }
        Ok(())
    };
    let nothing: Code<Mysql> = |_| Ok(());
    let migrations: &'static Migrations<Mysql> = linear_history(&[
        (create, drop),
        (nothing, nothing),
        (
            |op| op.execute("UPDATE t12 SET v = 9 WHERE id = 1002"),
            nothing,
        ),
    ]);
    let scratch_server = server.database();
    let verify_options =
        VerifyOptions::new().scratch_server(Some(scratch_server.url.clone().into()));
    let all = migrations.verify(&verify_options).unwrap();
    assert_eq!(all[1].round_trip, RoundTrip::Passed);
    assert_eq!(all[1].empty_tables, [] as [&str; 0], "{:?}", all[1].notes);
    let RoundTrip::Failed { findings } = &all[2].round_trip else {
        panic!("{all:?}");
    };
    assert_eq!(
        *findings,
        ["values of column `t12.v` differ after `up` and `down`: 1002 became 9 where id = 1002"]
    );
}
