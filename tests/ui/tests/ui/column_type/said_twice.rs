//! The type of a column is set once.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
#[column_type(enum = "kind", type = "TEXT")]
enum Kind {
    One,
}

#[derive(ColumnType)]
#[column_type(integer, text, length = 3, rename_all = "lowercase")]
enum Level {
    One = 1,
}

#[derive(ColumnType)]
#[column_type(integer)]
struct Email(String);

fn main() {}
