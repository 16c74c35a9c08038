//! Reads migrations of Refinery: `V1__name.sql`, `U1__name.sql`, and `.rs` files with code.

use std::path::Path;

use crate::report::Report;

use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// Reads the directory and those below it.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    for file in files::files_below(path)? {
        let is_code = files::is(&file, "rs");
        let Some((digits, description)) =
            named(files::name(&file)).filter(|_| is_code || files::is(&file, "sql"))
        else {
            continue;
        };
        let up = match is_code {
            true => Script::ToWrite(format!(
                "write what the function `migration` of {} returns",
                file.display()
            )),
            false => Script::Sql(files::text(&file)?),
        };
        found.migrations.push(Migration {
            version: version::number(digits),
            name: description.to_owned(),
            date: date::of_version(digits),
            up,
            down: Script::Missing("Refinery has no down migrations".to_owned()),
            transaction: Transaction::Inside,
            links: Links::Linear,
            file,
        });
    }
    found
        .migrations
        .sort_by_key(|migration| version::key(&migration.version));
    Ok(found)
}

/// Returns the version and the description in the name of a file. `U` is not an undo: Refinery runs it forward, and
/// out of order.
fn named(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(['V', 'U'])?;
    let (stem, _) = rest.rsplit_once('.')?;
    let (digits, rest) = version::digits(stem)?;
    Some((digits, rest.strip_prefix("__")?))
}
