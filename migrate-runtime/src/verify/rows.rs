//! Made-up rows for the tables of a schema, foreign keys kept.

use crate::backend::{Backend, Run, Scope, UnitError};
use crate::error::{DatabaseError, Error};
use crate::executor::Settings;
use crate::handle::Op;
use crate::schema::{Column, DefaultValue, ForeignKey, Schema, Table};
use crate::value::Value;

use super::digest::key_columns;
use super::made::{literals, value};

/// Made-up numbers start here, so that they seldom meet what revisions wrote themselves.
const FIRST: u32 = 1001;

/// Fills each table up to `wanted` rows and says which of them stayed without any.
///
/// # Errors
///
/// [`Error::Database`] if reading fails; a row that the database refuses is left out.
pub(super) fn fill<B: Backend>(
    client: &mut B::Client,
    schema: &Schema,
    wanted: u32,
) -> Result<Vec<String>, Error> {
    let mut run = B::start(client, Settings::default().wait, "")?;
    run.begin()?;
    let mut notes = Vec::new();
    for table in parents_first(schema) {
        let have = count::<B>(&mut run, table)?;
        let mut refused = None;
        for number in have..wanted {
            refused = insert::<B>(&mut run, schema, table, number, number + 1 == wanted)?;
        }
        if let Some(reason) = refused
            && count::<B>(&mut run, table)? == 0
        {
            notes.push(format!(
                "no row could be made up for table `{}`: {reason}",
                table.name
            ));
        }
    }
    run.commit()
        .map_err(|error| Error::database("can't keep made-up rows", error))?;
    Ok(notes)
}

/// Tries to insert a row; returns why the last try was refused, if all were.
fn insert<B: Backend>(
    run: &mut B::Run<'_>,
    schema: &Schema,
    table: &Table,
    number: u32,
    with_nulls: bool,
) -> Result<Option<String>, Error> {
    let parents = match parents::<B>(run, schema, table)? {
        Ok(parents) => parents,
        Err(reason) => return Ok(Some(reason)),
    };
    let mut refused = None;
    for variant in 0..=most_variants(table) {
        let row = Row {
            schema,
            table,
            parents: &parents,
            number,
            with_nulls,
            variant,
        };
        let cells = row.cells();
        let id = |name: &str| B::dialect().identifier(name);
        let names: Vec<String> = cells.iter().map(|(name, _)| id(name)).collect();
        let places: Vec<String> = (1..=cells.len())
            .map(|at| B::dialect().placeholder(at))
            .collect();
        let sql = if cells.is_empty() {
            format!(
                "INSERT INTO {} {}",
                id(&table.name),
                B::dialect().defaults_only()
            )
        } else {
            format!(
                "INSERT INTO {} ({}) VALUES ({})",
                id(&table.name),
                names.join(", "),
                places.join(", ")
            )
        };
        let values: Vec<Value> = cells.into_iter().map(|(_, value)| value).collect();
        match run.unit(Scope::Revision, |op| {
            B::execute(&mut op.session, &sql, &values).map(|_| ())
        }) {
            Ok(()) => return Ok(None),
            Err(UnitError::Work(error)) => refused = Some(error.message),
            Err(error) => return Err(broken(error)),
        }
    }
    Ok(refused)
}

/// One row that is made up.
struct Row<'a> {
    schema: &'a Schema,
    table: &'a Table,
    /// For each foreign key the values that it may have.
    parents: &'a [(ForeignKey, Vec<Vec<Value>>)],
    number: u32,
    with_nulls: bool,
    /// 0: values from the types; n: the n-th literal of the checks on a column.
    variant: usize,
}

impl Row<'_> {
    fn cells(&self) -> Vec<(&str, Value)> {
        let columns = self.table.columns.iter();
        columns
            .filter(|column| column.generated.is_none() && !numbers_itself(column))
            .map(|column| (column.name.as_str(), self.cell(column)))
            .collect()
    }

    fn cell(&self, column: &Column) -> Value {
        let is_key = key_columns(self.table).contains(&&column.name);
        if self.with_nulls && !column.not_null && !is_key {
            return Value::Null;
        }
        if let Some(value) = self.referenced(column) {
            return value;
        }
        let conditions = conditions_on(self.table, &column.name);
        let words: Vec<String> = conditions.iter().flat_map(|sql| literals(sql)).collect();
        match self.variant.checked_sub(1) {
            Some(at) if !words.is_empty() => words[at % words.len()].as_str().into(),
            _ => value(column, self.schema, FIRST + self.number),
        }
    }

    fn referenced(&self, column: &Column) -> Option<Value> {
        self.parents.iter().find_map(|(key, rows)| {
            let at = key.columns.iter().position(|name| *name == column.name)?;
            if rows.is_empty() {
                // Nothing to name: itself, or nothing.
                return (!column.not_null).then_some(Value::Null);
            }
            rows[self.number as usize % rows.len()].get(at).cloned()
        })
    }
}

/// Returns whether the database numbers the column.
fn numbers_itself(column: &Column) -> bool {
    column.autoincrement
        || column.identity.is_some()
        || matches!(&column.default, Some(DefaultValue::Expression(sql)) if sql.contains("nextval"))
}

/// Returns the conditions that name a column.
fn conditions_on<'a>(table: &'a Table, column: &str) -> Vec<&'a str> {
    let beside = table.checks.iter().map(|check| check.condition.as_str());
    let own = table
        .columns
        .iter()
        .filter(|other| other.name == column)
        .filter_map(|column| column.check.as_deref());
    beside
        .filter(|condition| condition.contains(column))
        .chain(own)
        .collect()
}

fn most_variants(table: &Table) -> usize {
    let columns = table.columns.iter();
    let counts = columns.map(|column| {
        let conditions = conditions_on(table, &column.name);
        conditions.iter().map(|sql| literals(sql).len()).sum()
    });
    counts.max().unwrap_or(0).min(20)
}

/// Returns the tables so that each comes after those it references, as far as circles let it.
fn parents_first(schema: &Schema) -> Vec<&Table> {
    let mut rest: Vec<&Table> = schema.tables.iter().collect();
    let mut sorted: Vec<&Table> = Vec::new();
    while !rest.is_empty() {
        let waits = |table: &Table, rest: &[&Table]| {
            keys(table).iter().any(|key| {
                key.table != table.name && rest.iter().any(|other| other.name == key.table)
            })
        };
        let at = rest
            .iter()
            .position(|table| !waits(table, &rest))
            .unwrap_or(0);
        sorted.push(rest.remove(at));
    }
    sorted
}

/// Returns all foreign keys of a table, wherever they stand.
fn keys(table: &Table) -> Vec<ForeignKey> {
    let own = table.columns.iter().filter_map(|column| {
        let mut key = column.references.clone()?;
        key.columns = vec![column.name.clone()];
        Some(key)
    });
    table.foreign_keys.iter().cloned().chain(own).collect()
}

/// Returns the columns that a key references: where it says none, the primary key of its table.
fn referenced_columns<'a>(key: &'a ForeignKey, schema: &'a Schema) -> Vec<&'a String> {
    if !key.references.is_empty() {
        return key.references.iter().collect();
    }
    schema
        .table(&key.table)
        .map(key_columns)
        .unwrap_or_default()
}

type Parents = Vec<(ForeignKey, Vec<Vec<Value>>)>;

/// Reads what the foreign keys of a table can name; the inner error says why no row can be made.
fn parents<B: Backend>(
    run: &mut B::Run<'_>,
    schema: &Schema,
    table: &Table,
) -> Result<Result<Parents, String>, Error> {
    let mut found = Vec::new();
    for key in keys(table) {
        let names: Vec<String> = referenced_columns(&key, schema)
            .into_iter()
            .map(|name| B::dialect().identifier(name))
            .collect();
        if names.is_empty() {
            return Ok(Err(format!(
                "it references `{}`, which has no primary key or is not there",
                key.table
            )));
        }
        let not_null: Vec<String> = names
            .iter()
            .map(|name| format!("{name} IS NOT NULL"))
            .collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} LIMIT 100",
            names.join(", "),
            B::dialect().identifier(&key.table),
            not_null.join(" AND ")
        );
        let rows = ask::<B>(run, &sql)?;
        found.push((key, rows));
    }
    Ok(Ok(found))
}

fn count<B: Backend>(run: &mut B::Run<'_>, table: &Table) -> Result<u32, Error> {
    let sql = format!(
        "SELECT count(*) FROM {}",
        B::dialect().identifier(&table.name)
    );
    let rows = ask::<B>(run, &sql)?;
    let number = rows
        .first()
        .and_then(|row| row.first())
        .and_then(Value::as_i64);
    Ok(number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(u32::MAX))
}

fn ask<B: Backend>(run: &mut B::Run<'_>, sql: &str) -> Result<Vec<Vec<Value>>, Error> {
    run.unit(Scope::Own, |op: &mut Op<'_, B>| {
        let mut rows = Vec::new();
        B::query(&mut op.session, sql, &[], &mut |row| rows.push(row))?;
        Ok::<_, DatabaseError>(rows)
    })
    .map_err(broken)
}

fn broken(error: UnitError<DatabaseError>) -> Error {
    match error {
        UnitError::Work(error) | UnitError::Database(error) => {
            Error::database("can't make up rows", error)
        }
        UnitError::Escaped { what, .. } => Error::Bug(format!("making up rows ran {what}")),
    }
}
