//! Two branches in both orders, on each database.

use migrate_graph::RevisionId;
use migrate_runtime::backend::Backend;
use migrate_runtime::orders::{Tried, try_both};
use migrate_runtime::v1::{Column, Integer, Op, Result, Text, Varchar};
use migrate_tests::chain::{Code, branches};

fn root<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("name", Varchar(20)));
    })
}

fn tried<B: Backend>(scratch_server: Option<&str>, one: Code<B>, other: Code<B>) -> Tried {
    let heads = ["one", "other"].map(|id| RevisionId::new(id).unwrap());
    let scratch_server = scratch_server.map(std::ffi::OsStr::new);
    try_both(branches::<B>(root, one, other), scratch_server, &heads).unwrap()
}

/// The same outcome on each database, whatever its words for it.
pub(super) fn branches_clash_where_their_order_matters<B: Backend>(scratch_server: Option<&str>) {
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
        let tried = tried(scratch_server, one, other);
        let found = tried.clashes.first();
        let count = found.map_or(0, |clash| clash.problems.len());
        assert_eq!(count, problems, "pair {number}: {tried:?}");
        if let Some(clash) = found {
            let sides: Vec<&str> = clash.sides.iter().map(|side| &*side.revision).collect();
            assert_eq!(sides, ["one", "other"], "pair {number}: {tried:?}");
        }
    }
}
