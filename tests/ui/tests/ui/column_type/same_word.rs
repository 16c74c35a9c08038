//! Two variants could not be distinguished.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
#[column_type(length = 3)]
enum Kind {
    Expense,
    #[column_type(rename = "expense")]
    Other,
}

fn main() {}
