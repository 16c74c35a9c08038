//! A column has no room for what a variant holds.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
enum Shape {
    Circle(f64),
    Square { side: f64 },
    Point,
}

fn main() {}
