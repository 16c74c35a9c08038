//! The columns that an SQL expression or a whole table definition uses.

use std::ops::Range;

use super::table::{ClauseKind, Column, ConstraintKind, Definition};
use super::token::{Kind, Token, tokens};

/// Returns which of `columns` an expression uses.
///
/// A word counts unless it is a function, a collation, a type after AS, or a qualifier. A string in `"` counts, because
/// SQLite reads it as a column if one has this name.
pub(super) fn in_expression<'c>(sql: &str, columns: &'c [String]) -> Vec<&'c str> {
    let Ok(tokens) = tokens(sql) else {
        return columns.iter().map(String::as_str).collect();
    };
    let named: Vec<String> = (0..tokens.len())
        .filter(|&at| is_column(sql, &tokens, at))
        .map(|at| tokens[at].name(sql))
        .collect();
    let used = columns
        .iter()
        .filter(|column| named.iter().any(|name| name.eq_ignore_ascii_case(column)));
    used.map(String::as_str).collect()
}

fn is_column(sql: &str, tokens: &[Token], at: usize) -> bool {
    let mark = |at: usize, mark: &str| tokens.get(at).is_some_and(|token| token.is_mark(sql, mark));
    let after_word = at.checked_sub(1).is_some_and(|before| {
        tokens[before].is_word(sql, "AS") || tokens[before].is_word(sql, "COLLATE")
    });
    let token = &tokens[at];
    match token.kind {
        Kind::Word => !after_word && !mark(at + 1, ".") && !mark(at + 1, "("),
        Kind::Quoted => !after_word && !mark(at + 1, "."),
        Kind::Text | Kind::Literal | Kind::Mark => false,
    }
}

/// Returns the text of the table's constraints and columns that still use `dropped`, except in the definition of that
/// column.
pub(super) fn left_over(sql: &str, table: &Definition, dropped: &str) -> Vec<String> {
    let names = [dropped.to_owned()];
    let uses = |span: &Range<usize>| !in_expression(&sql[span.clone()], &names).is_empty();
    let lists = |columns: &[String]| {
        columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(dropped))
    };
    let mut found = Vec::new();
    for column in &table.columns {
        in_column(sql, table, column, &uses, &lists, &mut found);
    }
    for constraint in &table.constraints {
        let used = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique(columns) => {
                lists(columns)
            }
            ConstraintKind::Check(condition) => uses(condition),
            ConstraintKind::ForeignKey { columns, reference } => {
                lists(columns)
                    || (reference.table.eq_ignore_ascii_case(&table.name)
                        && lists(&reference.columns))
            }
            ConstraintKind::Nothing => false,
        };
        if used {
            found.push(format!("`{}`", &sql[constraint.span.clone()]));
        }
    }
    found
}

fn in_column(
    sql: &str,
    table: &Definition,
    column: &Column,
    uses: &dyn Fn(&Range<usize>) -> bool,
    lists: &dyn Fn(&[String]) -> bool,
    found: &mut Vec<String>,
) {
    for clause in &column.clauses {
        let used = match &clause.kind {
            ClauseKind::Check(expression) | ClauseKind::Generated { expression, .. } => {
                uses(expression)
            }
            ClauseKind::References(key) => {
                key.table.eq_ignore_ascii_case(&table.name) && lists(&key.columns)
            }
            _ => false,
        };
        if used {
            found.push(format!(
                "`{}` of column `{}`",
                &sql[clause.span.clone()],
                column.name
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_types_collations_strings_and_tables_are_not_columns() {
        let columns = ["a", "date", "nocase", "t", "b"].map(str::to_owned);
        let used = |sql: &str| in_expression(sql, &columns);
        assert_eq!(
            used("date(A) COLLATE nocase = CAST(b AS date) AND 't' < 1"),
            ["a", "b"]
        );
        assert_eq!(used("t.a + \"date\""), ["a", "date"]);
    }
}
