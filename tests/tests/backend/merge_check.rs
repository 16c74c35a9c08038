//! Two branches in both orders, on each database.

use migrate_engine::backend::Backend;
use migrate_graph::RevisionId;
use migrate_runtime::v1::{Column, Integer, Op, Result, Text, Varchar};
use migrate_tests::revisions::{Code, branches};
use migrate_tools::merge_check::{MergeCheck, check_both_orders};

fn root<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("name", Varchar(20)));
    })
}

fn checked<B: Backend>(scratch_server: Option<&str>, one: Code<B>, other: Code<B>) -> MergeCheck {
    let heads = ["one", "other"].map(|id| RevisionId::new(id).unwrap());
    let scratch_server = scratch_server.map(std::ffi::OsStr::new);
    check_both_orders(branches::<B>(root, one, other), scratch_server, &heads).unwrap()
}

/// The same outcome on each database, whatever its message.
pub(super) fn branches_conflict_where_their_order_matters<B: Backend>(
    scratch_server: Option<&str>,
) {
    let create: Code<B> = |op| op.create_table("posts", |t| t.column(Column::new("id", Integer)));
    let pairs: [(Code<B>, Code<B>, usize); 5] = [
        (
            |op| op.add_column("users", Column::new("email", Text)),
            |op| {
                op.add_column("users", Column::new("age", Integer))?;
                op.execute("UPDATE users SET age = 1 WHERE id = 2")
            },
            0,
        ),
        (create, create, 2),
        (
            |op| op.drop_column("users", "name"),
            |op| op.alter_column("users", "name", |c| c.default("x")),
            1,
        ),
        (
            |op| op.add_column("users", Column::new("age", Integer)),
            |op| op.add_column("users", Column::new("age", Integer)),
            2,
        ),
        (
            |op| op.alter_column("users", "name", |c| c.default("x")),
            |op| op.alter_column("users", "name", |c| c.default("y")),
            1,
        ),
    ];
    for (number, (one, other, problems)) in pairs.into_iter().enumerate() {
        let check = checked(scratch_server, one, other);
        let found = check.conflicts.first();
        let count = found.map_or(0, |conflict| conflict.problems.len());
        assert_eq!(count, problems, "pair {number}: {check:?}");
        if let Some(conflict) = found {
            let sides: Vec<&str> = conflict.sides.iter().map(|side| &*side.revision).collect();
            assert_eq!(sides, ["one", "other"], "pair {number}: {check:?}");
        }
    }
}
