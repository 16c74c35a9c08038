//! One pair of schemas: there with rows, and back.

use migrate_engine::backend::Backend;
use migrate_schema::diff::{Hints, Options, RenameCandidate, SchemaDiff, compute, create};
use migrate_schema::operation::{Operation, without_implied_index_drops};
use migrate_schema::schema::Schema;

use crate::fixture::DatabaseFixture;
use crate::plan::{Pair, is_link, is_numbered};
use crate::rows::{self, Names, as_author};

/// Builds the first schema in `fixture`, makes the second out of it and the first out of that again. `fresh` is an
/// empty database, where the second is built to compare with.
pub(crate) fn there_and_back<B: Backend>(
    fixture: &mut DatabaseFixture<B>,
    fresh: &mut DatabaseFixture<B>,
    pair: &Pair,
) -> Result<(), String> {
    let from = built(fixture, &B::normalize(pair.from.build(pair.flavour)))?;
    let to = built(fresh, &B::normalize(pair.to.build(pair.flavour)))?;
    rows::insert(fixture, &from, pair.rows, pair.flavour)?;

    let (difference, hints) = with_renames::<B>(&from, &to, pair);
    let operations = difference.operations.clone();
    let kept = rows::kept(&from, &operations);
    let before = rows::read(fixture, &kept, Names::Before);
    let steps = as_author::<B>(without_implied_index_drops(&operations), &to, pair.flavour);
    let titles = || operations.iter().map(Operation::title).collect::<Vec<_>>();

    fixture
        .apply(steps)
        .map_err(|error| format!("there: {error}\n{:#?}", titles()))?;
    let after = fixture.schema();
    nothing_left::<B>("there", &after, &to, &hints)
        .map_err(|left| format!("{left}\nafter {:#?}", titles()))?;
    if difference.unmanaged_tables.is_empty() {
        nothing_left::<B>("fresh", &to, &after, &hints)?;
    }
    same_rows(
        "there",
        &before,
        &rows::read(fixture, &kept, Names::After),
        &titles(),
    )?;

    let reverses: Option<Vec<Operation>> = operations
        .iter()
        .rev()
        .cloned()
        .map(Operation::reverse)
        .collect();
    let reverses = reverses.ok_or("an operation has no reverse")?;
    let titles = || reverses.iter().map(Operation::title).collect::<Vec<_>>();
    let steps = as_author::<B>(without_implied_index_drops(&reverses), &from, pair.flavour);
    fixture
        .apply(steps)
        .map_err(|error| format!("back: {error}\n{:#?}", titles()))?;
    let back = fixture.schema();
    let nothing = Hints::default();
    nothing_left::<B>("back", &back, &from, &nothing)?;
    nothing_left::<B>("first", &from, &back, &nothing)?;
    same_rows(
        "back",
        &before,
        &rows::read(fixture, &kept, Names::Before),
        &titles(),
    )
}

/// Builds a schema and returns it as it is inspected; the desired and the inspected schema are the same.
fn built<B: Backend>(fixture: &mut DatabaseFixture<B>, desired: &Schema) -> Result<Schema, String> {
    let options = Options::of(B::RULES);
    let operations = create(desired, &options);
    fixture
        .apply(operations.into_iter().map(rows::Step::Operation).collect())
        .map_err(|error| format!("building: {error}"))?;
    let found = fixture.schema();
    let difference = compute(&found, desired, &Hints::default(), &options);
    // Only the server knows how it prints a query.
    let is_view = |operation: &&Operation| {
        matches!(operation, Operation::CreateView(_) | Operation::DropView(_))
    };
    match difference.operations.iter().find(|one| !is_view(one)) {
        None => Ok(found),
        Some(left) => Err(format!("built, but {}: {left:#?}", left.title())),
    }
}

/// Compares until no rename candidate remains, and accepts or refuses each as the pair defines.
fn with_renames<B: Backend>(from: &Schema, to: &Schema, pair: &Pair) -> (SchemaDiff, Hints) {
    let mut hints = Hints {
        drop_tables: from
            .tables
            .iter()
            .map(|table| table.name.clone())
            .filter(|name| pair.may_drop(name))
            .collect(),
        ..Hints::default()
    };
    let mut answers = pair.answers.iter().cycle();
    loop {
        let difference = compute(from, to, &hints, &Options::of(B::RULES));
        let Some(candidate) = difference.rename_candidates.first() else {
            return (difference, hints);
        };
        match answers.next() {
            Some(true) if holds_the_same(candidate) => hints.accept(candidate),
            _ => hints.refuse(candidate),
        }
    }
}

/// Returns whether rows hold the same sort of values in both: a name never becomes a link.
fn holds_the_same(candidate: &RenameCandidate) -> bool {
    match candidate {
        RenameCandidate::RenameColumn { from, to, .. } => {
            is_link(from) == is_link(to) && is_numbered(from) == is_numbered(to)
        }
        _ => true,
    }
}

fn nothing_left<B: Backend>(
    when: &str,
    from: &Schema,
    to: &Schema,
    hints: &Hints,
) -> Result<(), String> {
    let difference = compute(from, to, hints, &Options::of(B::RULES));
    match difference.operations.first() {
        None => Ok(()),
        Some(left) => Err(format!("{when}: still {}: {left:#?}", left.title())),
    }
}

fn same_rows(
    when: &str,
    before: &[Vec<Vec<Option<String>>>],
    after: &[Vec<Vec<Option<String>>>],
    titles: &[String],
) -> Result<(), String> {
    match before == after {
        true => Ok(()),
        false => Err(format!(
            "{when}: {before:?} became {after:?} after {titles:#?}"
        )),
    }
}
