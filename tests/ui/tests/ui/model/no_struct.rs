//! Only a struct with named fields has columns.

use migrate_runtime::Model;

#[derive(Model)]
enum Kind {
    One,
}

#[derive(Model)]
union Bits {
    one: u32,
}

#[derive(Model)]
struct Pair(i64, i64);

#[derive(Model)]
struct Unit;

#[derive(Model)]
struct Empty {}

fn main() {}
