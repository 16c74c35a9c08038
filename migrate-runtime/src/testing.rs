//! Tests that an application gets for free; `migrations!` writes them.
//!
//! Each panics with a message that names the revision, so that a failing test says what to look at.

use std::path::PathBuf;

use migrate_graph::allow::allowances;

use crate::autogenerate::{Request, autogenerate};
use crate::backend::Backend;
use crate::error::Error;
use crate::executor::Settings;
use crate::migrations::Migrations;
use crate::model;
use crate::verify::{Outcome, Trial, Verified};
use crate::words;

/// Checks that the revisions end in one head.
///
/// # Panics
///
/// If there are several, with their ids and the way to join them.
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

/// Runs each revision up, down and up again on an empty database of its own, and checks that `down` brings back the
/// schema before it and that the second `up` makes what the first one made.
///
/// A `down` that says [`irreversible`](crate::v1::Op::irreversible) is left out, and so is what the revision's file allows
/// with a reason: `// verify: allow(values): why`. Every branch is walked: revisions come in the graph's order. A server is
/// the one that a scratch database is made on: named in the environment or in `.env`.
///
/// # Panics
///
/// If a revision fails or leaves another schema, with all differences; if there is no database to try it on.
pub fn assert_up_down_up<B: Backend>(migrations: &Migrations<B>) {
    let mut problems = Vec::new();
    let mut each = |verified: Verified| {
        if let Outcome::Fails { findings } = verified.outcome {
            problems.push(format!(
                "revision `{}` ({}):\n  {}",
                verified.revision,
                verified.file,
                findings.join("\n  ")
            ));
        }
    };
    let trial = allowed_in_files(migrations, Trial::new().rows(0));
    match migrations.verify_with(&trial, &Settings::default(), &mut each) {
        Err(error) => panic!("{}", tell(&error)),
        Ok(_) => assert!(problems.is_empty(), "{}", problems.join("\n")),
    }
}

/// Allows what the comments of the revision files do, where the files are to be had: tests run in the package's directory,
/// and the compiler names a file from there or from the workspace.
fn allowed_in_files<B: Backend>(migrations: &Migrations<B>, mut trial: Trial) -> Trial {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let Some(package) = package.or_else(|| std::env::current_dir().ok()) else {
        return trial;
    };
    for revision in migrations.iter() {
        let (id, file) = (revision.header.id, revision.header.file);
        let texts = package
            .ancestors()
            .filter_map(|directory| std::fs::read_to_string(directory.join(file)).ok());
        // Another file may have this name further up.
        let Some(text) = texts.into_iter().find(|text| text.contains(id)) else {
            continue;
        };
        for one in allowances(&text, "verify") {
            trial = trial.allow(id, one.name, one.reason);
        }
    }
    trial
}

/// Checks that the revisions build what the models want, on an empty database. Without models there is nothing to check;
/// a table without a model is nobody's mistake.
///
/// # Panics
///
/// If something is different, with all differences and the way out; if there is no database to try it on.
pub fn assert_models_match<B: Backend>(migrations: &Migrations<B>) {
    if model::registered().is_empty() {
        return;
    }
    match autogenerate(migrations, &Request::new()) {
        Err(error) => panic!("{}", tell(&error)),
        Ok(difference) => assert!(
            difference.operations.is_empty(),
            "the models differ from the schema that the revisions build:\n  {}\nwrite it with `cargo migrate revision --autogenerate -m \"…\"`",
            words::lines(&difference, words::MODELS).join("\n  ")
        ),
    }
}

fn tell(error: &Error) -> String {
    let mut text = match error {
        Error::NoScratch { .. } => format!("nothing was run: {error}"),
        error => error.to_string(),
    };
    for line in error.why().iter().chain(error.help().iter()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}
