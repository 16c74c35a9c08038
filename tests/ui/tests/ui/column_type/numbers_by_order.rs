//! A number that depends on the order of variants changes when they are sorted.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
#[column_type(integer)]
enum Level {
    Low,
    #[column_type(rename = "x")]
    High = 2,
}

fn main() {}
