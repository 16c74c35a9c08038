//! As much SQL as the version table needs, each statement in the one form it is written in.

use migrate_runtime::v1::Value;
use migrate_schema::schema::{Column, Table, Type};

use crate::backend::{Page, Pages};

/// Runs a statement and returns how many rows it changed.
pub fn execute(pages: &mut Pages, sql: &str, params: &[Value]) -> Result<u64, String> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    match words[..] {
        ["CREATE", "TABLE", name, ..] => {
            let table = table(name, sql);
            let rows = Vec::new();
            pages.insert(table.name.clone(), Page { table, rows });
            Ok(0)
        }
        ["INSERT", "INTO", name, ..] => {
            let page = page(pages, name)?;
            let named: Vec<&str> = inside(sql).split(", ").collect();
            let values = page.table.columns.iter().map(|column| {
                let at = named.iter().position(|name| bare(name) == column.name);
                at.map_or(Value::Null, |at| params[at].clone())
            });
            let row = values.collect();
            page.rows.push(row);
            Ok(1)
        }
        ["DELETE", "FROM", name, "WHERE", column, "=", "?"] => {
            let page = page(pages, name)?;
            let (at, before) = (position_of(page, column)?, page.rows.len());
            page.rows.retain(|row| row[at] != params[0]);
            Ok((before - page.rows.len()) as u64)
        }
        [
            "UPDATE",
            name,
            "SET",
            set,
            "=",
            "?",
            "WHERE",
            column,
            "=",
            "?",
        ] => {
            let page = page(pages, name)?;
            let (to, at) = (position_of(page, set)?, position_of(page, column)?);
            let rows = page.rows.iter_mut().filter(|row| row[at] == params[1]);
            Ok(rows.map(|row| row[to] = params[0].clone()).count() as u64)
        }
        _ => Err(format!("a notebook can't read `{sql}`")),
    }
}

/// Returns the rows of a query.
pub fn select(pages: &mut Pages, sql: &str) -> Result<Vec<Vec<Value>>, String> {
    let query = sql
        .strip_prefix("SELECT ")
        .and_then(|rest| rest.split_once(" FROM "));
    let (columns, rest) = query.ok_or_else(|| format!("a notebook can't read `{sql}`"))?;
    let mut words = rest.split_whitespace();
    let page = page(pages, words.next().unwrap_or_default())?;
    if columns == "count(*)" {
        // Asked about rows of its own pages only, which have none.
        return Ok(vec![vec![Value::from(page.rows.len() as u32)]]);
    }
    let mut rows = page.rows.clone();
    if let Some((_, order)) = rest.split_once("ORDER BY ") {
        let by: Vec<usize> = order
            .split(", ")
            .map(|column| position_of(page, column))
            .collect::<Result<_, _>>()?;
        let key = |value: &Value| (value.as_i64(), value.as_str().map(str::to_owned));
        rows.sort_by_key(|row| by.iter().map(|at| key(&row[*at])).collect::<Vec<_>>());
    }
    let positions: Vec<usize> = columns
        .split(", ")
        .map(|column| position_of(page, column))
        .collect::<Result<_, _>>()?;
    let pick = |row: &Vec<Value>| positions.iter().map(|at| row[*at].clone()).collect();
    Ok(rows.iter().map(pick).collect())
}

/// Reads a table of text columns whose key is the first of them.
fn table(name: &str, sql: &str) -> Table {
    let mut table = Table::new(bare(name));
    for line in sql
        .lines()
        .filter(|line| line.trim_start().starts_with('"'))
    {
        let name = line.split_whitespace().next().unwrap_or_default();
        table.column(Column::new(bare(name), Type::Text));
    }
    let key = table.columns[0].name.clone();
    table.primary_key(key);
    table
}

fn page<'p>(pages: &'p mut Pages, name: &str) -> Result<&'p mut Page, String> {
    pages
        .get_mut(&bare(name))
        .ok_or_else(|| format!("there is no page {name}"))
}

fn position_of(page: &Page, column: &str) -> Result<usize, String> {
    let columns = &page.table.columns;
    let at = columns.iter().position(|found| found.name == bare(column));
    at.ok_or_else(|| format!("there is no column {column}"))
}

fn inside(sql: &str) -> &str {
    let start = sql.find('(').map_or(0, |at| at + 1);
    &sql[start..sql.find(')').unwrap_or(sql.len())]
}

fn bare(name: &str) -> String {
    name.trim_matches('"').to_owned()
}
