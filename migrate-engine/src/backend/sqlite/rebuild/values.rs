//! Checks in one scan, before anything is written, whether existing values keep their meaning.
//!
//! SQLite silently converts a value by the affinity of its column (<https://www.sqlite.org/datatype3.html>): `'007'`
//! becomes 7. A value counts as kept if its text is the same afterwards, except for zeros at the end of a fraction.

use rusqlite::Connection;

use super::edit::{Edited, From};
use super::error::{AlterError, WithStatement};
use super::table_state::{TableState, is_strict};
use super::{FIRST, quoted};

/// Checks the rows for NULLs that would be refused, and for values that would change or would not fit.
pub(super) fn check(
    connection: &Connection,
    state: &TableState,
    edited: &Edited,
    was_strict: bool,
) -> Result<(), AlterError> {
    let table = format!("main.{0} AS {0}", quoted(&state.name));
    value_for_new(connection, edited, &table)?;
    let checks = row_checks(state, edited, was_strict);
    if checks.is_empty() {
        return Ok(());
    }
    let sums: Vec<String> = checks
        .iter()
        .map(|row_check| format!("coalesce(sum({}), 0)", row_check.bad))
        .collect();
    let sql = format!("SELECT {} FROM {table}", sums.join(", "));
    let counts: Vec<i64> = connection
        .query_row(&sql, [], |row| {
            (0..checks.len()).map(|at| row.get(at)).collect()
        })
        .with_statement(&sql)?;
    for (row_check, rows) in checks.iter().zip(counts) {
        if rows > 0 {
            return Err(row_check.refuse(connection, state, &table, rows)?);
        }
    }
    Ok(())
}

/// Refuses a new NOT NULL column without a value for existing rows.
fn value_for_new(connection: &Connection, edited: &Edited, table: &str) -> Result<(), AlterError> {
    for (column, mapped) in edited.table.columns.iter().zip(&edited.columns) {
        let value = column.has_default() && !column.clauses.iter().any(|clause| {
            matches!(&clause.kind, super::table::ClauseKind::Default(span) if edited.sql[span.clone()].eq_ignore_ascii_case("NULL"))
        });
        if mapped.from == From::Default && column.is_not_null() && !value {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table})");
            if connection
                .query_row(&sql, [], |row| row.get(0))
                .with_statement(&sql)?
            {
                return Err(AlterError::NoValue {
                    column: mapped.name.clone(),
                });
            }
        }
    }
    Ok(())
}

/// A condition that is checked for each row.
struct RowCheck {
    column: String,
    value: String,
    /// 1 if the row violates the condition, else 0 or NULL.
    bad: String,
    about: About,
}

enum About {
    Null,
    Fit(String),
}

impl RowCheck {
    fn refuse(
        &self,
        connection: &Connection,
        state: &TableState,
        table: &str,
        rows: i64,
    ) -> Result<AlterError, AlterError> {
        let shown = match self.about {
            About::Null => String::new(),
            About::Fit(_) => format!(" || ': ' || substr(quote({}), 1, 40)", self.value),
        };
        let sql = format!(
            "SELECT {}{shown} FROM {table} WHERE {} LIMIT {FIRST}",
            state.row_label(),
            self.bad
        );
        let first = connection
            .prepare(&sql)
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .with_statement(&sql)?;
        let column = self.column.clone();
        Ok(match &self.about {
            About::Null => AlterError::Nulls {
                column,
                rows,
                first,
            },
            About::Fit(data_type) => AlterError::Values {
                column,
                data_type: data_type.clone(),
                rows,
                first,
            },
        })
    }
}

fn row_checks(state: &TableState, edited: &Edited, was_strict: bool) -> Vec<RowCheck> {
    let strict = is_strict(&edited.table);
    let mut checks = Vec::new();
    for (column, mapped) in edited.table.columns.iter().zip(&edited.columns) {
        let From::Column(old) = &mapped.from else {
            continue;
        };
        let Some(live) = state.columns.iter().find(|live| live.name == *old) else {
            continue;
        };
        let value = format!("{}.{}", quoted(&state.name), quoted(old));
        if mapped.newly_not_null {
            checks.push(RowCheck {
                column: mapped.name.clone(),
                bad: format!("{value} IS NULL"),
                value: value.clone(),
                about: About::Null,
            });
        }
        let data_type = column
            .type_span
            .clone()
            .map_or("", |span| &edited.sql[span]);
        let (before, after) = (
            Affinity::of(&live.data_type, was_strict),
            Affinity::of(data_type, strict),
        );
        if (before != after || (strict && !was_strict))
            && let Some(bad) = after.changes(&value)
        {
            checks.push(RowCheck {
                column: mapped.name.clone(),
                bad,
                value,
                about: About::Fit(data_type.to_owned()),
            });
        }
    }
    checks
}

/// The conversion of values by a column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Real,
    /// A type that is named as a number.
    Number,
    /// Any other type with numeric affinity, such as DATE; text that is not a number intentionally remains text.
    Numeric,
    Text,
    Blob,
    None,
}

impl Affinity {
    fn of(data_type: &str, strict: bool) -> Affinity {
        let data_type = data_type.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| data_type.contains(word));
        if data_type.is_empty() || (strict && data_type == "ANY") {
            Affinity::None
        } else if has(&["INT"]) {
            Affinity::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Affinity::Text
        } else if has(&["BLOB"]) {
            Affinity::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Affinity::Real
        } else if has(&["NUM", "DEC"]) {
            Affinity::Number
        } else {
            Affinity::Numeric
        }
    }

    /// Returns the condition for a value that would change or would not fit.
    fn changes(self, value: &str) -> Option<String> {
        let text = format!("CAST({value} AS TEXT)");
        let back = |data_type: &str| format!("CAST(CAST({value} AS {data_type}) AS TEXT)");
        let number = |data_type: &str| format!("{} <> {}", plain(&back(data_type)), plain(&text));
        let by_kind = |when_text: &str, when_real: &str, when_integer: &str, when_blob: &str| {
            Some(format!(
                "CASE typeof({value}) WHEN 'text' THEN {when_text} WHEN 'real' THEN {when_real} \
                 WHEN 'integer' THEN {when_integer} WHEN 'blob' THEN {when_blob} ELSE 0 END"
            ))
        };
        match self {
            Affinity::Integer => {
                let same = format!("{} <> {text}", back("INTEGER"));
                by_kind(
                    &same,
                    &format!("CAST({value} AS INTEGER) <> {value}"),
                    "0",
                    "1",
                )
            }
            Affinity::Real => by_kind(
                &number("REAL"),
                "0",
                &format!("CAST(CAST({value} AS REAL) AS INTEGER) <> {value}"),
                "1",
            ),
            Affinity::Number => by_kind(&number("NUMERIC"), "0", "0", "1"),
            Affinity::Numeric => {
                let converts = format!("{text} = CAST({value} AS NUMERIC)");
                by_kind(
                    &format!("({converts} AND {})", number("NUMERIC")),
                    "0",
                    "0",
                    "0",
                )
            }
            Affinity::Text => by_kind("0", &format!("CAST({text} AS REAL) <> {value}"), "0", "1"),
            Affinity::Blob => Some(format!("typeof({value}) NOT IN ('blob', 'null')")),
            Affinity::None => None,
        }
    }
}

/// Returns the text of a number without zeros at the end of its fraction.
fn plain(text: &str) -> String {
    format!("(CASE WHEN instr({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(to: Affinity, literal: &str) -> bool {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE t (v); INSERT INTO t VALUES ({literal})"
            ))
            .unwrap();
        let Some(bad) = to.changes("t.v") else {
            return false;
        };
        connection
            .query_row(&format!("SELECT {bad} FROM t"), [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn values_that_keep_their_text_are_kept() {
        for (to, literal) in [
            (Affinity::Integer, "'12'"),
            (Affinity::Integer, "'-5'"),
            (Affinity::Integer, "7.0"),
            (Affinity::Integer, "NULL"),
            (Affinity::Real, "'1.50'"),
            (Affinity::Real, "'120'"),
            (Affinity::Real, "5"),
            (Affinity::Number, "'12.50'"),
            (Affinity::Numeric, "'2024-01-02'"),
            (Affinity::Numeric, "'abc'"),
            (Affinity::Numeric, "'12'"),
            (Affinity::Text, "5"),
            (Affinity::Text, "1.5"),
            (Affinity::Blob, "x'00'"),
            (Affinity::None, "'x'"),
        ] {
            assert!(!changed(to, literal), "{to:?} {literal}");
        }
    }

    #[test]
    fn values_that_would_change_or_not_fit_are_found() {
        for (to, literal) in [
            (Affinity::Integer, "'12abc'"),
            (Affinity::Integer, "'007'"),
            (Affinity::Integer, "' 12'"),
            (Affinity::Integer, "'1e3'"),
            (Affinity::Integer, "''"),
            (Affinity::Integer, "7.5"),
            (Affinity::Integer, "'99999999999999999999'"),
            (Affinity::Integer, "x'31'"),
            (Affinity::Real, "'abc'"),
            (Affinity::Real, "9007199254740993"),
            (Affinity::Real, "'0.12345678901234567890'"),
            (Affinity::Number, "'12abc'"),
            (Affinity::Numeric, "'0123'"),
            (Affinity::Text, "x'00'"),
            (Affinity::Blob, "'x'"),
        ] {
            assert!(changed(to, literal), "{to:?} {literal}");
        }
    }
}
