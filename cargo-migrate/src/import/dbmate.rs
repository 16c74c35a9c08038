//! Reads migrations of dbmate: `VERSION_NAME.sql` with `-- migrate:up` and `-- migrate:down`.

use std::path::Path;

use crate::report::Report;

use super::markers::{self, Section};
use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// Reads the directory.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    for file in files::files(path)? {
        let name = files::name(&file);
        let Some((digits, rest)) = version::digits(name).filter(|_| files::is(&file, "sql")) else {
            continue;
        };
        let text = files::text(&file)?;
        let sections = markers::sections(&text, marker);
        let part = |direction| sections.iter().find(|part| part.direction == direction);
        let Some(up) = part(Direction::Up) else {
            return Err(Migration::invalid(
                &file,
                format!("{} has no line `-- migrate:up`", file.display()),
            )
            .help("add the line, or check `--from`"));
        };
        let down = part(Direction::Down);
        let is_outside = [Some(up), down]
            .into_iter()
            .flatten()
            .any(|part| part.options.contains("transaction:false"));
        let description = rest.trim_start_matches(['_', '-']);
        found.migrations.push(Migration {
            version: digits.to_owned(),
            name: description[..description.len() - ".sql".len()].to_owned(),
            date: date::of_version(digits),
            up: Script::Sql(up.text.clone()),
            down: down.map_or_else(
                || Script::Missing("its dbmate migration has no `-- migrate:down`".to_owned()),
                |down| Script::Sql(down.text.clone()),
            ),
            transaction: match is_outside {
                true => Transaction::Outside,
                false => Transaction::Inside,
            },
            links: Links::Linear,
            file,
        });
    }
    found.migrations.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(found)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// Returns the section that a line starts.
fn marker(line: &str) -> Option<Section<Direction>> {
    let rest = line.strip_prefix("--")?.trim_start();
    let rest = rest.strip_prefix("migrate:")?;
    let (word, options) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match word {
        "up" => Some(Section::new(Direction::Up, options)),
        "down" => Some(Section::new(Direction::Down, options)),
        _ => None,
    }
}
