//! Reads migrations of Flyway: `V1__name.sql`, undo files `U1__name.sql`, and repeatable files `R__name.sql`.

use std::path::{Path, PathBuf};

use crate::report::Report;

use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// The extensions of migrations that are code.
const CODE: [&str; 4] = ["java", "kt", "scala", "class"];

/// A file with the name of a migration.
struct Named {
    kind: Kind,
    /// The version with `.` between its numbers, which a repeatable file does not have.
    version: String,
    description: String,
    file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
}

/// Reads the directory and those below it.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    let mut named = Vec::new();
    for file in files::files_below(path)? {
        match parse(&file) {
            Some(one) => named.push(one),
            None if files::is(&file, "sql") => found.notes.push(format!(
                "{} is not a migration: callbacks and scripts are not imported",
                file.display()
            )),
            None => {}
        }
    }
    named.sort_by_key(|one| key(&one.version));
    let of = |kind| named.iter().filter(move |one| one.kind == kind);
    // A baseline migration replaces the versioned ones up to its version, if these were removed.
    let replaces = |one: &&Named| {
        let mut versioned = of(Kind::Versioned).map(|versioned| key(&versioned.version));
        versioned.all(|versioned| versioned > key(&one.version))
    };
    let baseline = of(Kind::Baseline).rfind(replaces);
    for one in baseline.into_iter().chain(of(Kind::Versioned)) {
        let undo = of(Kind::Undo).find(|undo| key(&undo.version) == key(&one.version));
        found.migrations.push(migration(one, undo)?);
    }
    for one in of(Kind::Baseline) {
        if baseline.is_none_or(|baseline| baseline.file != one.file) {
            found.notes.push(format!(
                "{} is not imported: other migrations build the same",
                one.file.display()
            ));
        }
    }
    let mut repeatable: Vec<&Named> = of(Kind::Repeatable).collect();
    repeatable.sort_by(|a, b| a.description.cmp(&b.description));
    for one in repeatable {
        found.migrations.push(migration(one, None)?);
        found.notes.push(format!(
            "{} was repeatable: to change it from now on, write a new revision",
            one.file.display()
        ));
    }
    if !found.migrations.is_empty() {
        return Ok(found);
    }
    found.notes.clear();
    Ok(found)
}

fn parse(file: &Path) -> Option<Named> {
    let is_code = CODE.iter().any(|extension| files::is(file, extension));
    if !is_code && !files::is(file, "sql") {
        return None;
    }
    let (stem, _) = files::name(file).rsplit_once('.')?;
    let (kind, rest) = [
        ('V', Kind::Versioned),
        ('U', Kind::Undo),
        ('R', Kind::Repeatable),
        ('B', Kind::Baseline),
    ]
    .into_iter()
    .find_map(|(letter, kind)| Some((kind, stem.strip_prefix(letter)?)))?;
    let (version, description) = rest.split_once("__")?;
    let version = version.replace('_', ".");
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_valid = match kind {
        Kind::Repeatable => version.is_empty(),
        _ => version.split('.').all(is_number),
    };
    is_valid.then(|| Named {
        kind,
        version,
        description: description.to_owned(),
        file: file.to_owned(),
    })
}

/// Returns the sort key of a version; trailing zeros do not count.
fn key(version: &str) -> Vec<(usize, String)> {
    let parts = version.split('.').filter(|part| !part.is_empty());
    let mut key: Vec<(usize, String)> = parts.map(version::key).collect();
    let zero = version::key("0");
    while key.last() == Some(&zero) {
        key.pop();
    }
    key
}

fn migration(one: &Named, undo: Option<&Named>) -> Result<Migration, Report> {
    let down = match undo {
        Some(undo) => script(&undo.file)?,
        None if one.kind == Kind::Repeatable => {
            Script::Missing("it was a repeatable migration of Flyway".to_owned())
        }
        None => Script::Missing("its Flyway migration has no undo file".to_owned()),
    };
    Ok(Migration {
        version: match one.kind {
            Kind::Repeatable => one.description.clone(),
            _ => one.version.clone(),
        },
        name: one.description.clone(),
        file: one.file.clone(),
        date: date::of_version(&one.version),
        up: script(&one.file)?,
        down,
        transaction: transaction(&one.file)?,
        links: Links::Linear,
    })
}

fn script(file: &Path) -> Result<Script, Report> {
    if !files::is(file, "sql") {
        return Ok(Script::ToWrite(format!(
            "write what `migrate` of {} does",
            file.display()
        )));
    }
    let sql = files::text(file)?;
    Ok(match placeholder(&sql) {
        Some(placeholder) => Script::ToWrite(format!(
            "write the SQL of {}: it contains `{placeholder}`, which Flyway replaces",
            file.display()
        )),
        None => Script::Sql(sql),
    })
}

/// Returns the first placeholder, such as `${schema}`.
fn placeholder(sql: &str) -> Option<&str> {
    sql.match_indices("${").find_map(|(at, _)| {
        let rest = &sql[at..];
        let end = rest.find('}')?;
        let name = &rest[2..end];
        let allowed = |c: char| c.is_alphanumeric() || "_.:-".contains(c);
        (!name.is_empty() && name.chars().all(allowed)).then(|| &rest[..=end])
    })
}

/// Reads the settings file of a migration.
fn transaction(file: &Path) -> Result<Transaction, Report> {
    let mut path = file.as_os_str().to_owned();
    path.push(".conf");
    let text = files::text_if_exists(Path::new(&path))?.unwrap_or_default();
    let setting = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "executeInTransaction").then(|| value.trim())
    });
    Ok(match setting {
        Some("false") => Transaction::Outside,
        Some(_) => Transaction::Inside,
        None => Transaction::ByStatement,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_migration_replaces_only_removed_ones() {
        let imported = |names: &[&str]| {
            let directory = tempfile::tempdir().unwrap();
            for name in names {
                std::fs::write(directory.path().join(name), "SELECT 1;").unwrap();
            }
            let found = read(directory.path()).unwrap();
            let versions = found.migrations.into_iter().map(|one| one.version);
            (versions.collect::<Vec<_>>().join(" "), found.notes.len())
        };
        let kept = imported(&["V1__a.sql", "B2__b.sql", "V3__c.sql"]);
        assert_eq!(kept, ("1 3".to_owned(), 1));
        let removed = imported(&["B1__a.sql", "B2__b.sql", "V3__c.sql", "R__d.sql"]);
        assert_eq!(removed, ("2 3 d".to_owned(), 2));
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        assert_eq!(key("1.0"), key("1"));
        assert_eq!(key("01.2"), key("1.2"));
        assert!(key("1.10") > key("1.9"));
    }

    #[test]
    fn a_placeholder_is_a_name_in_braces() {
        assert_eq!(placeholder("a ${b.c} d"), Some("${b.c}"));
        assert_eq!(placeholder("'$${' || '}'"), None);
        assert_eq!(placeholder("$1 {x}"), None);
    }
}
