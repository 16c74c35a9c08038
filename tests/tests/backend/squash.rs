//! A range that becomes one revision, on each database.

use migrate_engine::backend::Backend;
use migrate_graph::RevisionId;
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Column, ForeignKey, Index, Integer, Op, Result, Text, Varchar};
use migrate_tests::revisions::{Code, linear_history, non_transactional_history, squashed};
use migrate_tools::squash::{FoldMode, SquashPlan, check_equivalence, plan};

fn users<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Varchar(20)));
    })
}

fn posts<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("posts", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("user_id", Integer).references(ForeignKey::to("users", "id")));
    })?;
    op.add_column("users", Column::new("email", Text))?;
    op.create_index(Index::new("ix_users_name", "users", "name"))
}

fn no_posts<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.drop_index("users", "ix_users_name")?;
    op.drop_column("users", "email")?;
    op.drop_table("posts")
}

fn named<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.rename_column("users", "name", "full_name")?;
    op.alter_column("users", "full_name", |c| c.not_null())
}

fn unnamed<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.alter_column("users", "full_name", |c| c.null())?;
    op.rename_column("users", "full_name", "name")
}

fn range<B: Backend>() -> [(Code<B>, Code<B>); 3] {
    [
        (users, |op| op.drop_table("users")),
        (posts, no_posts),
        (named, unnamed),
    ]
}

fn planned<B: Backend>(
    migrations: &'static Migrations<B>,
    scratch_server: Option<&str>,
    members: &[&str],
) -> SquashPlan {
    let members: Vec<_> = members
        .iter()
        .map(|id| RevisionId::new(id).unwrap())
        .collect();
    plan(
        migrations,
        scratch_server.map(std::ffi::OsStr::new),
        &members,
        FoldMode::Tables,
    )
    .unwrap()
}

fn problems<B: Backend>(
    migrations: &'static Migrations<B>,
    scratch_server: Option<&str>,
) -> Vec<String> {
    let by = RevisionId::new("squash").unwrap();
    check_equivalence(migrations, scratch_server.map(std::ffi::OsStr::new), &by).unwrap()
}

/// The same on each database: what a range becomes, and whether one revision does the same.
pub(super) fn a_range_becomes_one_revision<B: Backend>(scratch_server: Option<&str>) {
    let whole = planned(
        linear_history::<B>(&range()),
        scratch_server,
        &["r1", "r2", "r3"],
    );
    let titles = |squashed: &SquashPlan| -> Vec<String> {
        squashed.operations.iter().map(|one| one.title()).collect()
    };
    assert_eq!(
        titles(&whole),
        [
            "create table `users`",
            "create table `posts`",
            "create index `ix_users_name`"
        ]
    );
    assert_eq!((&whole.unsupported[..], whole.transaction), (&[][..], true));

    let (up, down): (Code<B>, Code<B>) = (
        |op| users(op).and_then(|()| posts(op)).and_then(|()| named(op)),
        |op| {
            op.drop_table("posts")?;
            op.drop_table("users")
        },
    );
    assert_eq!(
        problems(squashed(&range(), 1, (up, down)), scratch_server),
        [""; 0]
    );
    let forgets: Code<B> = |op| users(op).and_then(|()| posts(op));
    let found = problems(squashed(&range(), 1, (forgets, down)), scratch_server);
    assert!(
        found.iter().any(|line| line.contains("full_name")),
        "{found:?}"
    );

    // After the first revision rows may exist: the operations are kept as they are.
    let later = planned(linear_history::<B>(&range()), scratch_server, &["r2", "r3"]);
    assert_eq!(
        titles(&later),
        [
            "create table `posts`",
            "add column `users.email`",
            "create index `ix_users_name`",
            "rename column `users.name` to `full_name`",
            "alter column `users.full_name`",
        ]
    );
    let both: (Code<B>, Code<B>) = (
        |op| posts(op).and_then(|()| named(op)),
        |op| unnamed(op).and_then(|()| no_posts(op)),
    );
    assert_eq!(
        problems(squashed(&range(), 2, both), scratch_server),
        [""; 0]
    );

    let outside = non_transactional_history::<B>(&range());
    assert!(planned(outside, scratch_server, &["r1", "r2", "r3"]).transaction);
    assert!(!planned(outside, scratch_server, &["r2", "r3"]).transaction);
}
