//! A column holds one value.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
struct Pair(i64, i64);

#[derive(ColumnType)]
struct Unit;

#[derive(ColumnType)]
enum Never {}

#[derive(ColumnType)]
struct Of<T>(T);

fn main() {}
