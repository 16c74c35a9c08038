//! Row types of a revision, and the application's own.

use migrate_runtime::rows::{TypeMismatch, ValueRef};
use migrate_runtime::v1::*;

struct Cents(i64);

impl ColumnValue for Cents {
    fn from_value_ref(value: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        i64::from_value_ref(value).map(Cents)
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        self.0.to_value_ref()
    }
}

#[derive(Row)]
#[row(table = "order", key = ["tenant", "number"])]
struct Order {
    tenant: String,
    number: u32,
    #[row(column = "total_cents")]
    total: Cents,
    r#type: Option<Box<String>>,
    other: Value,
}

/// An invalid field type is reported where the type is used as a row, and not before.
struct Opaque;

#[derive(Row)]
#[row(table = "t")]
struct NeverUsed {
    id: i64,
    opaque: Opaque,
}

fn up(op: &mut Op<impl Backend>) -> Result<()> {
    let done = op.rows::<Order>().batch_size(100).filter("number > ?1", &params![7]).update(|order| {
        order.total.0 *= 2;
        order.r#type = None;
        Ok(())
    })?;
    assert!(done.rows_updated <= done.rows_read);
    op.rows::<Order>().update_with(|op, order| {
        op.execute_with("DELETE FROM notes WHERE number = ?1", &params![order.number])?;
        Ok(())
    })?;
    op.insert_rows(std::iter::empty::<Order>())?;
    Ok(())
}

fn main() {
    let _: fn(&mut Op<Sqlite>) -> Result<()> = up;
    assert_eq!(Order::COLUMNS, ["tenant", "number", "total_cents", "type", "other"]);
    let never_used = NeverUsed { id: 1, opaque: Opaque };
    let (1, Opaque) = (never_used.id, never_used.opaque) else {
        return;
    };
}
