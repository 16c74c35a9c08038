//! Tests that an application gets for free; `migrations!` writes them.
//!
//! Each panics with a message that names the revision, so that a failing test says what to look at.

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
/// A `down` that says [`irreversible`](crate::v1::Op::irreversible) is left out. Every branch is walked: revisions come
/// in the graph's order. Where the database needs a server and none is named, the reason is printed and nothing is tried.
///
/// # Panics
///
/// If a revision fails or leaves another schema, with all differences.
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
    match migrations.verify_with(&Trial::new().rows(0), &Settings::default(), &mut each) {
        Err(missing @ Error::NoScratch { .. }) => eprintln!("skipped: {}", tell(&missing)),
        Err(error) => panic!("{}", tell(&error)),
        Ok(_) => assert!(problems.is_empty(), "{}", problems.join("\n")),
    }
}

/// Checks that the revisions build what the models want, on an empty database. Without models there is nothing to check;
/// a table without a model is nobody's mistake. Where the database needs a server and none is named, the reason is printed
/// and nothing is tried.
///
/// # Panics
///
/// If something is different, with all differences and the way out.
pub fn assert_models_match<B: Backend>(migrations: &Migrations<B>) {
    if model::registered().is_empty() {
        return;
    }
    match autogenerate(migrations, &Request::new()) {
        Err(missing @ Error::NoScratch { .. }) => eprintln!("skipped: {}", tell(&missing)),
        Err(error) => panic!("{}", tell(&error)),
        Ok(difference) => assert!(
            difference.operations.is_empty(),
            "the models are not what the revisions build:\n  {}\nwrite it with `cargo migrate revision --autogenerate -m \"…\"`",
            words::lines(&difference.operations, words::MODELS).join("\n  ")
        ),
    }
}

fn tell(error: &Error) -> String {
    let mut text = error.to_string();
    for line in error.why().iter().chain(error.help().iter()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}
