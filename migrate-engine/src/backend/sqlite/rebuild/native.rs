//! Edits that the linked SQLite makes itself and exactly. Its ALTER TABLE does not rewrite rows for NOT NULL and CHECK,
//! and keeps everything else unchanged (<https://www.sqlite.org/lang_altertable.html>).
//!
//! An exact edit loses no comment: SQLite removes text from a clause to the next word, including comments in between.

use super::alteration::{Change, ConstraintSelector, Edit, Position};
use super::quoted;
use super::table::{ClauseKind, Column, ConstraintKind, Definition, TableConstraint};
use super::token::has_comment;

/// The first version that can alter NOT NULL and CHECK.
pub(super) const CONSTRAINTS: i32 = 3_053_000;

/// The first version that can drop columns.
const DROP_COLUMN: i32 = 3_035_000;

/// Returns statements for all of `edits`, or `None` if one needs a rebuild. SQLite may still refuse them because of
/// indexes, views or triggers; then nothing has changed.
pub(super) fn statements(
    sql: &str,
    table: &Definition,
    edits: &[Edit],
    version: i32,
) -> Option<Vec<String>> {
    let head = format!("ALTER TABLE main.{}", quoted(&table.name));
    let mut statements = Vec::new();
    for edit in edits {
        let clause = clause(sql, table, edit, version)?;
        statements.push(format!("{head} {clause}"));
    }
    // Each edit was checked against the current table.
    let independent = edits.len() == 1
        || edits
            .iter()
            .all(|edit| !matches!(edit, Edit::DropColumn { .. } | Edit::DropConstraint(_)));
    independent.then_some(statements)
}

fn clause(sql: &str, table: &Definition, edit: &Edit, version: i32) -> Option<String> {
    let constraints = version >= CONSTRAINTS;
    match edit {
        Edit::AlterColumn { column, change } if constraints => {
            alter_column(sql, table, column, change)
        }
        Edit::AddConstraint { definition } if constraints => {
            let check = TableConstraint::read(definition).ok()?;
            let text = &definition[check.span.clone()];
            matches!(check.kind, ConstraintKind::Check(_)).then(|| format!("ADD {text}"))
        }
        Edit::DropConstraint(ConstraintSelector::Named(name)) if constraints => {
            drop_check(sql, table, name)
        }
        Edit::DropColumn { column } if version >= DROP_COLUMN => drop_column(sql, table, column),
        Edit::AddColumn {
            definition,
            position: Position::Last,
            fill: None,
        } => {
            let column = Column::read(definition).ok()?;
            let text = &definition[column.span.clone()];
            can_add(definition, &column).then(|| format!("ADD COLUMN {text}"))
        }
        _ => None,
    }
}

fn alter_column(sql: &str, table: &Definition, name: &str, change: &Change) -> Option<String> {
    let column = &table.columns[table.find(name)?];
    let words = match change {
        Change::SetNotNull { fill: None } => {
            let plain =
                !column.is_not_null() && !column.has(|kind| matches!(kind, ClauseKind::Null));
            plain.then_some("SET NOT NULL")
        }
        Change::DropNotNull => {
            let mut own = column
                .clauses
                .iter()
                .filter(|clause| matches!(clause.kind, ClauseKind::NotNull));
            let only = own.next().filter(|_| own.next().is_none())?;
            ends_cleanly(sql, only.span.end).then_some("DROP NOT NULL")
        }
        _ => None,
    };
    words.map(|words| format!("ALTER COLUMN {} {words}", quoted(name)))
}

fn drop_check(sql: &str, table: &Definition, name: &str) -> Option<String> {
    let is = |own: Option<&String>| own.is_some_and(|own| own.eq_ignore_ascii_case(name));
    let clauses = table.columns.iter().flat_map(|column| &column.clauses);
    if clauses.into_iter().any(|clause| is(clause.name.as_ref())) {
        return None;
    }
    let mut found = table
        .constraints
        .iter()
        .filter(|constraint| is(constraint.name.as_ref()));
    let only = found.next().filter(|_| found.next().is_none())?;
    let check = matches!(only.kind, ConstraintKind::Check(_));
    let before = sql[..only.span.start].trim_end().ends_with(',');
    (check && before && ends_cleanly(sql, only.span.end))
        .then(|| format!("DROP CONSTRAINT {}", quoted(name)))
}

fn drop_column(sql: &str, table: &Definition, name: &str) -> Option<String> {
    let at = table.find(name)?;
    let elements = table.elements();
    let before = at
        .checked_sub(1)
        .map_or(table.open, |previous| elements[previous].end);
    let after = elements.get(at + 1).map_or(table.close, |next| next.start);
    let bare = table.columns[at].clauses.iter().all(|clause| {
        matches!(
            clause.kind,
            ClauseKind::NotNull
                | ClauseKind::Null
                | ClauseKind::Default(_)
                | ClauseKind::Collate(_)
        )
    });
    let plain = !has_comment(&sql[before..after]) && bare;
    // A constraint on this column alone would have to be removed too, which SQLite does not do.
    let left = super::uses::left_over(sql, table, name);
    (plain && left.is_empty()).then(|| format!("DROP COLUMN {}", quoted(name)))
}

/// Returns whether ADD COLUMN accepts such a column regardless of the rows.
fn can_add(definition: &str, column: &Column) -> bool {
    let constant = column.clauses.iter().all(|clause| match &clause.kind {
        ClauseKind::Default(value) => {
            let value = &definition[value.clone()];
            !value.starts_with('(') && !value.to_ascii_uppercase().starts_with("CURRENT_")
        }
        ClauseKind::PrimaryKey { .. } | ClauseKind::Unique => false,
        ClauseKind::Generated { stored, .. } => !stored,
        ClauseKind::References(_) => !column.has_default(),
        _ => true,
    });
    constant && (!column.is_not_null() || column.has_default())
}

/// Returns whether no comment precedes the next word.
fn ends_cleanly(sql: &str, end: usize) -> bool {
    let rest = sql[end..].trim_start();
    !rest.starts_with("--") && !rest.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(sql: &str, edit: Edit, version: i32) -> Option<String> {
        let table = Definition::read(sql).unwrap();
        statements(sql, &table, &[edit], version).map(|statements| statements.join("; "))
    }

    fn drop_not_null() -> Edit {
        Edit::AlterColumn {
            column: "a".into(),
            change: Change::DropNotNull,
        }
    }

    #[test]
    fn not_null_and_checks_are_native_from_3_53_on() {
        let sql = "CREATE TABLE t(a INT NOT NULL, CONSTRAINT c CHECK (a > 0))";
        assert_eq!(
            native(sql, drop_not_null(), CONSTRAINTS).as_deref(),
            Some("ALTER TABLE main.\"t\" ALTER COLUMN \"a\" DROP NOT NULL")
        );
        assert_eq!(native(sql, drop_not_null(), CONSTRAINTS - 1), None);
        let drop = Edit::DropConstraint(ConstraintSelector::Named("C".into()));
        assert!(native(sql, drop, CONSTRAINTS).is_some());
        let add = Edit::AddConstraint {
            definition: "CHECK (a < 9) -- why".into(),
        };
        assert_eq!(
            native(sql, add, CONSTRAINTS).as_deref(),
            Some("ALTER TABLE main.\"t\" ADD CHECK (a < 9)")
        );
    }

    #[test]
    fn a_comment_that_would_be_lost_requires_a_rebuild() {
        assert_eq!(
            native(
                "CREATE TABLE t(a INT NOT NULL -- why\n, b)",
                drop_not_null(),
                CONSTRAINTS
            ),
            None
        );
        let drop = Edit::DropColumn { column: "a".into() };
        assert_eq!(
            native(
                "CREATE TABLE t(a INT, -- a\n -- b\n b)",
                drop.clone(),
                CONSTRAINTS
            ),
            None
        );
        assert!(native("CREATE TABLE t(a INT, b)", drop, CONSTRAINTS).is_some());
    }

    #[test]
    fn changes_without_a_statement_require_a_rebuild() {
        let sql = "CREATE TABLE t(a INT NOT NULL, b)";
        for edit in [
            Edit::AlterColumn {
                column: "a".into(),
                change: Change::SetDefault("1".into()),
            },
            Edit::AddConstraint {
                definition: "UNIQUE (a)".into(),
            },
            Edit::AddColumn {
                definition: "c INT DEFAULT (1 + 1)".into(),
                position: Position::Last,
                fill: None,
            },
            Edit::AddColumn {
                definition: "c INT".into(),
                position: Position::First,
                fill: None,
            },
            Edit::AddColumn {
                definition: "c INT AS (a) STORED".into(),
                position: Position::Last,
                fill: None,
            },
        ] {
            assert_eq!(native(sql, edit, CONSTRAINTS), None);
        }
    }
}
