//! Single facts that a comparison must see. For each: a schema, the same schema with one fact changed, and what the
//! comparison must name. And spellings of one schema that must compare equal.
//!
//! Each database has its table in a file of its own. A fact that nothing here changes is a fact that may be lost.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod mysql;
mod postgres;
mod sqlite;

use std::collections::HashMap;

use migrate_engine::backend::Backend;
use migrate_schema::schema::Schema;
use migrate_tools::describe::differences;

/// A fact that is changed on one side.
pub struct Mutation {
    /// The fact, in a few words.
    pub fact: &'static str,
    /// The statements that build the schema in an empty database.
    pub base: &'static str,
    /// Those that build it with the fact changed.
    pub changed: &'static str,
    /// What a line of the comparison must contain: the object, as it is reported.
    pub named: &'static str,
}

/// Two ways to write one schema.
pub struct Rewrite {
    /// What is written differently, in a few words.
    pub spelling: &'static str,
    /// The statements of one.
    pub one: &'static str,
    /// The statements of the other.
    pub other: &'static str,
}

/// Tries all facts in both directions and all spellings, and reports all that fail. `build` runs statements in an empty
/// database and inspects it.
pub fn run<B: Backend>(
    mutations: &[Mutation],
    rewrites: &[Rewrite],
    mut build: impl FnMut(&'static str) -> Schema,
) {
    let mut built: HashMap<&'static str, Schema> = HashMap::new();
    let mut schema = |sql| built.entry(sql).or_insert_with(|| build(sql)).clone();
    let mut problems = Vec::new();
    for Mutation {
        fact,
        base,
        changed,
        named,
    } in mutations
    {
        let [from, to] = [base, changed].map(|sql| schema(sql));
        for (direction, lines) in [
            ("", differences::<B>(&from, &to)),
            (" taken away", differences::<B>(&to, &from)),
        ] {
            if lines.is_empty() {
                problems.push(format!("{fact}{direction}: not seen"));
            } else if !lines.iter().any(|line| line.contains(named)) {
                problems.push(format!(
                    "{fact}{direction}: `{named}` is not named in {lines:#?}"
                ));
            }
        }
    }
    for Rewrite {
        spelling,
        one,
        other,
    } in rewrites
    {
        let [one, other] = [one, other].map(|sql| schema(sql));
        let lines = differences::<B>(&one, &other);
        if !lines.is_empty() {
            problems.push(format!("{spelling}: {lines:#?}"));
        }
    }
    let count = problems.len();
    assert!(
        problems.is_empty(),
        "{count} problems:\n{}",
        problems.join("\n")
    );
}
