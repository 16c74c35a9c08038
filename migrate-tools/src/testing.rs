//! Tests that every application gets; `migrations!` generates them.
//!
//! Each panics with a message that names the revision.

use std::path::PathBuf;

use migrate_graph::allow::allowances;

use crate::autogenerate::{Request, Source, compare};
use crate::describe;
use crate::verify::{RevisionResult, RoundTrip, VerifyOptions, verify_with};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::RunOptions;
use migrate_engine::migrations::Migrations;

/// Checks that the revisions end in one head.
///
/// # Panics
///
/// If there are several, with their ids and the command that merges them.
pub fn assert_one_head<B: Backend>(migrations: &Migrations<B>) {
    let graph = migrations.graph().unwrap_or_else(|error| panic!("{error}"));
    let heads: Vec<&str> = graph.heads().map(|revision| revision.id.as_str()).collect();
    assert!(
        heads.len() <= 1,
        "the revisions have {} heads: {}; join them with `cargo migrate merge {}`",
        heads.len(),
        heads.join(", "),
        heads.join(" ")
    );
}

/// Runs each revision up, down and up again on a scratch database, and checks that `down` restores the previous schema
/// and that the second `up` has the same result as the first one.
///
/// A `down` that calls [`irreversible`](migrate_engine::v1::Op::irreversible) is skipped, and so are the findings that the
/// revision's file allows with a reason: `// verify: allow(values): why`. Revisions of all branches run, in the order
/// of the graph. The server is the one of the scratch database: named in the environment or in `.env`.
///
/// # Panics
///
/// If a revision fails or leaves a different schema, with all differences; if no scratch database is available.
pub fn assert_up_down_up<B: Backend>(migrations: &Migrations<B>) {
    let mut problems = Vec::new();
    let mut each = |verified: RevisionResult| {
        if let RoundTrip::Failed { findings } = verified.round_trip {
            problems.push(format!(
                "revision `{}` ({}):\n  {}",
                verified.revision,
                verified.file,
                findings.join("\n  ")
            ));
        }
    };
    let verify_options = allowed_in_files(migrations, VerifyOptions::new().rows(0));
    match verify_with(
        migrations,
        &verify_options,
        &RunOptions::default(),
        &mut each,
    ) {
        Err(error) => panic!("{}", describe_error(&error)),
        Ok(_) => assert!(problems.is_empty(), "{}", problems.join("\n")),
    }
}

/// Allows what the comments of the revision files allow, if the files exist: tests run in the package's directory, and
/// the compiler names a file relative to it or to the workspace.
fn allowed_in_files<B: Backend>(
    migrations: &Migrations<B>,
    mut verify_options: VerifyOptions,
) -> VerifyOptions {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let Some(package) = package.or_else(|| std::env::current_dir().ok()) else {
        return verify_options;
    };
    for revision in migrations.iter() {
        let (id, file) = (revision.header.id, revision.header.file);
        let texts = package
            .ancestors()
            .filter_map(|directory| std::fs::read_to_string(directory.join(file)).ok());
        // Another file with this name may be higher up.
        let Some(text) = texts.into_iter().find(|text| text.contains(id)) else {
            continue;
        };
        for one in allowances(&text, "verify") {
            verify_options = verify_options.allow(id, one.name, one.reason);
        }
    }
    verify_options
}

/// Checks on a scratch database that the revisions build the schema of the models, or the one that the function of
/// `schema` in `migrations!` builds. Without models there is nothing to
/// check. A table without a model is not an error.
///
/// # Panics
///
/// If there are differences, with all of them and the command that resolves them; if no scratch database is available.
pub fn assert_models_match<B: Backend>(migrations: &Migrations<B>) {
    let (source, labels) = match (migrations.schema_builder(), migrations.models()) {
        (Some(builder), _) => (Source::Built(builder), describe::BUILT),
        (None, Err(error)) => panic!("{}", describe_error(&error)),
        (None, Ok(models)) if models.is_empty() => return,
        (None, Ok(_)) => (Source::Models, describe::MODELS),
    };
    match compare(migrations, &Request::new().source(source)) {
        Err(error) => panic!("{}", describe_error(&error)),
        Ok(difference) => assert!(
            difference.operations.is_empty(),
            "the schema that the revisions build differs from that of {}:\n  {}\nwrite it with `cargo migrate revision --autogenerate -m \"…\"`",
            labels.to,
            describe::describe_operations::<B>(&difference, labels).join("\n  ")
        ),
    }
}

fn describe_error(error: &Error) -> String {
    let mut text = match error {
        Error::ScratchUnavailable { .. } => format!("nothing was run: {error}"),
        error => error.to_string(),
    };
    for line in error.notes().iter().chain(error.help().iter()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use migrate_engine::test_revisions::{migrations_of, revision};
    use migrate_engine::v1::*;

    fn create_a(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.execute("CREATE TABLE a (id INTEGER, x TEXT)")
    }

    fn drop_a(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.drop_table("a")
    }

    fn nothing(_: &mut Op<'_, Sqlite>) -> Result<()> {
        Ok(())
    }

    #[test]
    fn revisions_that_restore_their_schema_pass_the_generated_test_and_others_fail() {
        assert_up_down_up(migrations_of([
            revision("r1", &[], create_a, drop_a),
            revision("r2", &["r1"], nothing, nothing),
        ]));
        let forgetful = migrations_of([revision("r1", &[], create_a, nothing)]);
        let result = std::panic::catch_unwind(|| assert_up_down_up(forgetful));
        let message = *result.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.contains("revision `r1`") && message.contains("table `a` with 2 columns"),
            "{message}"
        );
    }
}
