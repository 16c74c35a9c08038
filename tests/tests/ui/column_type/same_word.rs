//! Two variants could not be told apart.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
#[column_type(length = 3)]
enum Kind {
    Expense,
    #[column_type(rename = "expense")]
    Other,
}

fn main() {}
