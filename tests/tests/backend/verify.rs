//! Up, down and up again, on each database.

use migrate_engine::backend::Backend;
use migrate_graph::RevisionId;
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Column, Integer, Op, Result, Varchar};
use migrate_runtime::verify::{RoundTrip, VerifyOptions};
use migrate_tests::revisions::{Code, migrations, revision};

fn create<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Varchar(20)).not_null());
    })
}

fn add<B: Backend>(op: &mut Op<'_, B>, name: &str) -> Result<()> {
    op.add_column("users", Column::new(name, Integer))
}

/// Two branches and their merge; after it one of each kind of fault, and one whose second `up` does something else.
fn branched_history<B: Backend>() -> &'static Migrations<B> {
    let nothing: Code<B> = |_| Ok(());
    let drop: Code<B> = |op| op.drop_table("users");
    // A number is used only once, so the second `up` can detect that it is not the first.
    let logged: Code<B> = |op| {
        op.execute("INSERT INTO log (word) VALUES ('x')")?;
        op.execute("UPDATE users SET name = 'again' WHERE (SELECT max(id) FROM log) > 4")
    };
    let unlogged: Code<B> = |op| op.execute("DELETE FROM log WHERE word = 'x'");
    migrations(vec![
        revision("root", &[], create, drop),
        revision(
            "one",
            &["root"],
            |op| add(op, "a"),
            |op| op.drop_column("users", "a"),
        ),
        revision(
            "other",
            &["root"],
            |op| add(op, "b"),
            |op| op.drop_column("users", "b"),
        ),
        revision("merge", &["one", "other"], nothing, nothing),
        revision("final", &["merge"], nothing, |op| {
            op.irreversible("it is gone")
        }),
        revision("forgets", &["final"], |op| add(op, "c"), nothing),
        revision(
            "loses",
            &["forgets"],
            |op| op.execute("DELETE FROM users"),
            nothing,
        ),
        revision(
            "log",
            &["loses"],
            |op| {
                op.create_table("log", |t| {
                    t.column(Column::new("id", Integer).primary_key().autoincrement());
                    t.column(Column::new("word", Varchar(20)));
                })
            },
            |op| op.drop_table("log"),
        ),
        revision("differs", &["log"], logged, unlogged),
    ])
}

fn failures<B: Backend>(verify_options: &VerifyOptions) -> Vec<String> {
    let all = branched_history::<B>().verify(verify_options).unwrap();
    // Each database has its own message for what failed.
    let finding = |line: &String| line.split(" fails: ").next().unwrap().to_owned();
    let line = |outcome: &RoundTrip| match outcome {
        RoundTrip::Failed { findings } => {
            findings.iter().map(finding).collect::<Vec<_>>().join("; ")
        }
        RoundTrip::Irreversible { reason } => format!("irreversible: {reason}"),
        other => other.as_str().to_owned(),
    };
    all.iter()
        .map(|one| format!("{}: {}", one.revision, line(&one.round_trip)))
        .collect()
}

/// The same findings on each database.
pub(super) fn each_fault_is_found<B: Backend>(scratch_server: Option<&str>) {
    let verify_options = || VerifyOptions::new().scratch_server(scratch_server.map(Into::into));
    let all = failures::<B>(&verify_options());
    assert_eq!(
        all,
        [
            "root: passed",
            "one: passed",
            "other: passed",
            "merge: passed",
            "final: irreversible: it is gone",
            "forgets: `down` does not restore the previous schema: column `users.c` INTEGER is in the schema after `down` only; \
             the second `up`",
            "loses: `down` does not restore the rows of table `users`: 3 became 0: gone where id = 1001; gone where id = 1002; \
             gone where id = 1003",
            "log: passed",
            "differs: values of column `users.name` differ after the second `up`: 'text 1001' became 'again' where id = 1001; \
             'text 1002' became 'again' where id = 1002; 'text 1003' became 'again' where id = 1003",
        ]
    );
    let id = |name: &str| Some(RevisionId::new(name).unwrap());
    let some = failures::<B>(&verify_options().from(id("merge")).to(id("final")));
    assert_eq!(some, ["merge: passed", "final: irreversible: it is gone"]);
}
