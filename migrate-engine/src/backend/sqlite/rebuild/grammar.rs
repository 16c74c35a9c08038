//! Parses a `CREATE TABLE` statement a second time, with SQLite's own grammar from the crate `sqlite3-parser`.
//!
//! That crate has no positions in the text, so it can't be used for edits. But if it finds other columns or constraints
//! than [`parse`](super::parse), the statement is refused. SQLite itself is the third parser, when the statement runs.

use sqlite3_parser::ast::{
    Cmd, ColumnConstraint, CreateTableBody, Stmt, TabFlags, TableConstraint,
};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::error::AlterError;
use super::table::{ClauseKind, ConstraintKind, Definition, OptionKind};
use super::token::tokens;

/// Checks that both parsers find the same.
pub(super) fn agrees(sql: &str, table: &Definition) -> Result<(), AlterError> {
    let unreadable = |reason: String| AlterError::Unreadable {
        table: table.name.clone(),
        reason,
    };
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, sql.as_bytes());
    let command = parser
        .next()
        .map_err(|error| unreadable(error.to_string()))?;
    let Some(Cmd::Stmt(Stmt::CreateTable { body, .. })) = command else {
        return Err(unreadable("it is not a CREATE TABLE statement".to_owned()));
    };
    let seen = outline(&body).ok_or_else(|| unreadable("it lists no columns".to_owned()))?;
    let own = Outline::of(table);
    if seen != own {
        return Err(unreadable(format!(
            "two parsers read it differently: {seen:?} and {own:?}"
        )));
    }
    Ok(())
}

/// Returns the table name of a statement that may be invalid after it.
pub(super) fn name_of(sql: &str) -> String {
    let found = tokens(sql).ok().and_then(|tokens| {
        let table = tokens
            .iter()
            .position(|token| token.is_word(sql, "TABLE"))?;
        tokens.get(table + 1).map(|token| token.name(sql))
    });
    found.unwrap_or_else(|| "?".to_owned())
}

/// Returns whether two tables have the same columns, and the same kinds and numbers of constraints.
pub(super) fn same(one: &Definition, other: &Definition) -> bool {
    Outline::of(one) == Outline::of(other)
}

/// The parts that both parsers must agree on.
#[derive(Debug, PartialEq, Eq)]
struct Outline {
    columns: Vec<(String, Counts)>,
    constraints: Counts,
    strict: bool,
    without_rowid: bool,
}

/// The number of clauses of each kind.
#[derive(Debug, PartialEq, Eq, Default)]
struct Counts {
    keys: usize,
    uniques: usize,
    checks: usize,
    references: usize,
    defaults: usize,
    not_nulls: usize,
    collations: usize,
    generated: usize,
}

impl Outline {
    fn of(table: &Definition) -> Outline {
        let columns = table.columns.iter().map(|column| {
            let mut counts = Counts::default();
            for clause in &column.clauses {
                match clause.kind {
                    ClauseKind::PrimaryKey { .. } => counts.keys += 1,
                    ClauseKind::Unique => counts.uniques += 1,
                    ClauseKind::Check(_) => counts.checks += 1,
                    ClauseKind::References(_) => counts.references += 1,
                    ClauseKind::Default(_) => counts.defaults += 1,
                    ClauseKind::NotNull => counts.not_nulls += 1,
                    ClauseKind::Collate(_) => counts.collations += 1,
                    ClauseKind::Generated { .. } => counts.generated += 1,
                    ClauseKind::Null | ClauseKind::Nothing => {}
                }
            }
            (column.name.clone(), counts)
        });
        let columns = columns.collect();
        let mut constraints = Counts::default();
        for constraint in &table.constraints {
            match constraint.kind {
                ConstraintKind::PrimaryKey { .. } => constraints.keys += 1,
                ConstraintKind::Unique(_) => constraints.uniques += 1,
                ConstraintKind::Check(_) => constraints.checks += 1,
                ConstraintKind::ForeignKey { .. } => constraints.references += 1,
                ConstraintKind::Nothing => {}
            }
        }
        Outline {
            columns,
            constraints,
            strict: table.has_option(OptionKind::Strict),
            without_rowid: table.has_option(OptionKind::WithoutRowid),
        }
    }
}

fn outline(body: &CreateTableBody<'_>) -> Option<Outline> {
    let CreateTableBody::ColumnsAndConstraints {
        columns,
        constraints,
        flags,
    } = body
    else {
        return None;
    };
    let columns = columns.iter().map(|column| {
        let mut counts = Counts::default();
        for constraint in column.constraints {
            match &constraint.constraint {
                ColumnConstraint::PrimaryKey { .. } => counts.keys += 1,
                ColumnConstraint::Unique(_) => counts.uniques += 1,
                ColumnConstraint::Check(_) => counts.checks += 1,
                ColumnConstraint::ForeignKey { .. } => counts.references += 1,
                ColumnConstraint::Default(_) => counts.defaults += 1,
                ColumnConstraint::NotNull {
                    nullable: false, ..
                } => counts.not_nulls += 1,
                ColumnConstraint::Collate { .. } => counts.collations += 1,
                ColumnConstraint::Generated { .. } => counts.generated += 1,
                _ => {}
            }
        }
        // The names in it keep their quotes.
        let name_sql = column.col_name.to_string();
        let name = tokens(&name_sql)
            .ok()
            .and_then(|tokens| tokens.first().map(|token| token.name(&name_sql)));
        (name.unwrap_or(name_sql), counts)
    });
    let columns = columns.collect();
    let mut table_counts = Counts::default();
    for constraint in constraints.iter().flat_map(|list| list.iter()) {
        match &constraint.constraint {
            TableConstraint::PrimaryKey { .. } => table_counts.keys += 1,
            TableConstraint::Unique { .. } => table_counts.uniques += 1,
            TableConstraint::Check(..) => table_counts.checks += 1,
            TableConstraint::ForeignKey { .. } => table_counts.references += 1,
        }
    }
    Some(Outline {
        columns,
        constraints: table_counts,
        strict: flags.contains(TabFlags::Strict),
        without_rowid: flags.contains(TabFlags::WithoutRowid),
    })
}
