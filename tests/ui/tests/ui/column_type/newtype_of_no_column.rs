//! The type inside has to be one of a column.

use migrate_runtime::ColumnType;

struct Picture;

#[derive(ColumnType)]
struct Avatar(Picture);

#[derive(ColumnType)]
#[column_type(length = 3)]
struct Age(i64);

fn main() {}
