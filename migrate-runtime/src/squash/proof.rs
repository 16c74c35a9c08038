//! Both ways through a range, each on an empty database: the revisions, and the one that stands for them.

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::private::Header;
use crate::schema::Schema;
use crate::shadow::Shadow;
use crate::words::{self, Sides};

use super::on_scratch;

/// Returns how a revision that stands for others differs from them, a line each; none if both ways lead to the same.
///
/// Compared are the schema that each way ends in, and the schema before the range with the one after the revision is taken
/// back, on a database that took it and on one that has them all.
///
/// # Errors
///
/// [`Error::NoScratch`] where no empty database is to be had, [`Error::Shadow`] if a revision fails on one.
pub fn prove<B: Backend>(
    migrations: &Migrations<B>,
    near: Option<&OsStr>,
    by: &RevisionId,
) -> Result<Vec<String>, Error> {
    let header = migrations.known(by.as_str())?.header;
    let mut long = Shadow::new(migrations, near)?;
    let mut short = Shadow::new(migrations, near)?;
    let begin = [
        begin(migrations, &mut long, &header)?,
        begin(migrations, &mut short, &header)?,
    ];
    for member in header.replaces {
        long.upgrade(migrations, member)?;
    }
    short.upgrade(migrations, header.id)?;
    let extent = migrations.extent().without_history();
    let [theirs, its] = [long.inspect(extent)?, short.inspect(extent)?];
    let end = Sides {
        from: "the revisions",
        to: "the one revision",
    };
    let mut problems = words::difference::<B>(&theirs, &its, end);
    problems.extend(has_it(migrations, &mut long, by)?);
    let ways = [
        (&mut long, "downgraded from the revisions"),
        (&mut short, "downgraded"),
    ];
    for ((shadow, taken_back), before) in ways.into_iter().zip(begin) {
        if let Some(after) = back(migrations, shadow, by)? {
            let sides = Sides {
                from: "the schema before",
                to: taken_back,
            };
            problems.extend(words::difference::<B>(&before, &after, sides));
        }
    }
    Ok(problems)
}

/// Brings a database to where the range begins, and returns its schema.
fn begin<B: Backend>(
    migrations: &Migrations<B>,
    shadow: &mut Shadow<B>,
    header: &Header,
) -> Result<Schema, Error> {
    for needed in header.down_revisions.iter().chain(header.depends_on) {
        shadow.upgrade(migrations, needed)?;
    }
    shadow.inspect(migrations.extent().without_history())
}

/// Whether a database that has all of the range counts as having the one revision.
fn has_it<B: Backend>(
    migrations: &Migrations<B>,
    long: &mut Shadow<B>,
    by: &RevisionId,
) -> Result<Option<String>, Error> {
    let settings = Settings::default();
    let executor = Executor::new(migrations, &settings);
    let known = executor.known_of(&executor.look(B::reader(long.client()))?)?;
    let has_it = known.applied.contains(&known.graph, by.as_str());
    Ok((!has_it).then(|| format!("a database that has all of the revisions does not have `{by}`")))
}

/// Takes the one revision back, and returns the schema then; nothing if it says that it can't be.
fn back<B: Backend>(
    migrations: &Migrations<B>,
    shadow: &mut Shadow<B>,
    by: &RevisionId,
) -> Result<Option<Schema>, Error> {
    let taken_back = on_scratch(migrations, shadow, |executor, client| {
        executor.take_back(client, by, &mut ())
    });
    match taken_back {
        Ok(()) => shadow
            .inspect(migrations.extent().without_history())
            .map(Some),
        Err(Error::Shadow(error)) if matches!(*error, Error::Irreversible { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
