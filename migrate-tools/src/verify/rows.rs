//! Generates synthetic rows for the tables of a schema, with valid foreign keys.

use std::collections::HashMap;

use migrate_engine::backend::{Backend, MigrationRun, TypeShape, UnitError, UnitScope};
use migrate_engine::error::{DatabaseError, Error};
use migrate_engine::executor::RunOptions;
use migrate_engine::op::{self, Op};
use migrate_schema::ddl;
use migrate_schema::schema::{Column, DefaultValue, Deferrable, ForeignKey, Schema, Table, Type};
use migrate_schema::value::Value;

use super::row_digest::key_columns;
use super::sample_values::{candidates, mentioned_values};

/// The first synthetic number. It is high, so that it seldom equals a number that a revision wrote.
const FIRST: u32 = 1001;

/// The maximum number of attempts for one row.
const TRIES: usize = 200;

/// The scope of a commit, which is when deferred constraints are checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    /// One commit for all rows, which may reference each other in a cycle.
    Together,
    /// One commit for each row, so that an invalid row does not affect others. Rows of tables that reference each other
    /// share a commit.
    Each,
}

/// A table without rows, and the reason.
pub(super) struct EmptyTables {
    pub(super) table: String,
    pub(super) reason: String,
}

/// Fills each table up to `wanted` rows, and returns the tables that have none. Virtual tables and their storage are
/// not filled.
///
/// # Errors
///
/// [`Error::Database`] if reading fails; a row that the database rejects is skipped.
pub(super) fn fill<B: Backend>(
    client: &mut B::Client,
    schema: &Schema,
    row_count: u32,
) -> Result<Vec<EmptyTables>, Error> {
    match fill_with::<B>(client, schema, row_count, Commit::Together)? {
        Ok(unfilled) => Ok(unfilled),
        Err(_) => fill_with::<B>(client, schema, row_count, Commit::Each)?
            .map_err(|error| Error::database("can't keep synthetic rows", error)),
    }
}

/// The inner error is the database's error at the commit.
fn fill_with<B: Backend>(
    client: &mut B::Client,
    schema: &Schema,
    row_count: u32,
    commit: Commit,
) -> Result<Result<Vec<EmptyTables>, DatabaseError>, Error> {
    let mut run = B::begin_run(client, RunOptions::default().wait, "")?;
    run.begin()?;
    let modules = read_only::<B, _>(&mut run, |op| B::virtual_tables(op::session(op)))?;
    let mut unfilled = Vec::new();
    let mut shapes = HashMap::new();
    let groups = match commit {
        Commit::Together => vec![groups(schema).concat()],
        Commit::Each => groups(schema),
    };
    for group in groups {
        let together: Vec<&str> = group.iter().map(|table| table.name.as_str()).collect();
        let each = commit == Commit::Each && group.len() == 1;
        let mut left: Vec<(&Table, Option<String>)> = Vec::new();
        for table in &group {
            if modules.contains(&table.name) {
                continue;
            }
            let have = count::<B>(&mut run, table)?;
            if have >= row_count {
                continue;
            }
            let kinds = table.columns.iter().map(|column| &column.data_type);
            read_only::<B, _>(&mut run, |op| {
                for kind in kinds {
                    if !shapes.contains_key(kind) {
                        let shape = B::type_shape(op::session(op), kind)?;
                        shapes.insert(kind.clone(), shape);
                    }
                }
                Ok(())
            })?;
            let mut refused = None;
            for number in have..row_count {
                let row = SyntheticRow {
                    schema,
                    table,
                    shapes: &shapes,
                    number,
                    with_nulls: number + 1 == row_count,
                    together: if each { &[] } else { &together },
                };
                refused = row.insert::<B>(&mut run)?;
                if each {
                    refused = commit_run::<B>(&mut run)?.or(refused);
                }
            }
            left.push((table, refused));
        }
        if commit == Commit::Each
            && !each
            && let Some(error) = commit_run::<B>(&mut run)?
        {
            for (_, refused) in &mut left {
                refused.get_or_insert_with(|| error.clone());
            }
        }
        for (table, refused) in left {
            if let Some(reason) = refused
                && count::<B>(&mut run, table)? == 0
            {
                let table = table.name.clone();
                unfilled.push(EmptyTables { table, reason });
            }
        }
    }
    Ok(match run.commit() {
        Ok(()) => Ok(unfilled),
        Err(error) => {
            run.rollback();
            Err(error)
        }
    })
}

/// Commits and begins the next transaction. Returns the database's error if it rolls the rows back instead.
fn commit_run<B: Backend>(run: &mut B::Run<'_>) -> Result<Option<String>, Error> {
    let refused = run.commit().err().map(|error| error.message);
    if refused.is_some() {
        run.rollback();
    }
    run.begin()?;
    Ok(refused)
}

type Shapes = HashMap<Type, TypeShape>;

/// A row to create.
struct SyntheticRow<'a> {
    schema: &'a Schema,
    table: &'a Table,
    shapes: &'a Shapes,
    number: u32,
    with_nulls: bool,
    /// The tables whose rows share its commit.
    together: &'a [&'a str],
}

impl SyntheticRow<'_> {
    /// Tries to insert the row; returns the error of the last attempt if all failed.
    fn insert<B: Backend>(&self, run: &mut B::Run<'_>) -> Result<Option<String>, Error> {
        let parents = parents::<B>(run, self.schema, self.table)?;
        let columns: Vec<(&str, Vec<Value>)> = self
            .table
            .columns
            .iter()
            .filter(|column| {
                let numbered = is_auto_increment(column) && !self.may_be_referenced(column);
                column.generated.is_none() && !numbered
            })
            .map(|column| (column.name.as_str(), self.values::<B>(column, &parents)))
            .collect();
        let id = |name: &str| B::dialect().identifier(name);
        let names: Vec<String> = columns.iter().map(|(name, _)| id(name)).collect();
        let places: Vec<String> = (1..=columns.len())
            .map(|at| B::dialect().placeholder(at))
            .collect();
        let table = id(&self.table.name);
        let sql = match columns.is_empty() {
            true => format!("INSERT INTO {table} {}", B::dialect().insert_defaults()),
            false => format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                names.join(", "),
                places.join(", ")
            ),
        };
        let mut refused = None;
        for values in choices(&columns) {
            match run.unit(UnitScope::Savepoint, |op| {
                B::execute(op::session(op), &sql, &values).map(|_| ())
            }) {
                Ok(()) => return Ok(None),
                Err(UnitError::Work(error)) => refused = Some(error.message),
                Err(error) => return Err(to_error(error)),
            }
        }
        Ok(refused)
    }

    /// Returns whether a row of another table may already reference this column's value, because its foreign key is
    /// checked at the commit. Then the database must not choose the value.
    fn may_be_referenced(&self, column: &Column) -> bool {
        self.schema.tables.iter().any(|table| {
            table.name != self.table.name
                && self.together.contains(&table.name.as_str())
                && keys(table).iter().any(|key| {
                    key.deferrable == Deferrable::Deferred
                        && key.leads_to(&self.table.name)
                        && referenced_columns(key, self.schema).contains(&&column.name)
                })
        })
    }

    /// Returns the candidates for a column, the most likely first.
    fn values<B: Backend>(&self, column: &Column, parents: &[Parent]) -> Vec<Value> {
        let is_key = key_columns(self.table).contains(&&column.name);
        if self.with_nulls && !column.not_null && !is_key {
            return vec![Value::Null];
        }
        if let Some(value) = self.referenced(column, parents) {
            return vec![value];
        }
        let number = FIRST + self.number;
        let plain = TypeShape::Plain(column.data_type.clone());
        let shape = self.shapes.get(&column.data_type).unwrap_or(&plain);
        let mut values = candidates::<B>(shape, number);
        values.extend(mentioned_values(
            &conditions_on(self.table, &column.name),
            number,
        ));
        if values.is_empty() {
            values.push(Value::Null);
        }
        values
    }

    fn referenced(&self, column: &Column, parents: &[Parent]) -> Option<Value> {
        parents.iter().find_map(|parent| {
            let mut names = parent.key.columns.iter();
            let at = names.position(|name| name.eq_ignore_ascii_case(&column.name))?;
            if !parent.rows.is_empty() {
                let row = &parent.rows[self.number as usize % parent.rows.len()];
                return row.get(at).cloned();
            }
            // There is no row to reference: the row references itself, or has NULL. A deferred key may reference the
            // later row with the same number.
            let waits = parent.key.deferrable == Deferrable::Deferred;
            let comes = !parent.key.leads_to(&self.table.name)
                && self
                    .schema
                    .target(&parent.key)
                    .is_some_and(|table| self.together.contains(&table.name.as_str()));
            let may_wait = waits && comes;
            (!column.not_null && !may_wait).then_some(Value::Null)
        })
    }
}

/// Returns the rows to try: first each column's most likely value, then the other candidates in parallel, then all
/// combinations.
fn choices(columns: &[(&str, Vec<Value>)]) -> impl Iterator<Item = Vec<Value>> {
    let most = columns.iter().map(|(_, values)| values.len()).max();
    let most = most.unwrap_or(0).max(1);
    let several = columns.iter().filter(|(_, values)| values.len() > 1);
    let ways = several.clone().fold(1_usize, |ways, (_, values)| {
        ways.saturating_mul(values.len())
    });
    let all = match several.count() {
        0 | 1 => most,
        _ => most.saturating_add(ways),
    };
    (0..all.min(TRIES)).map(move |try_at| {
        let mut rest = try_at.checked_sub(most);
        let row = columns.iter().map(|(_, values)| {
            let at = match &mut rest {
                None => try_at % values.len(),
                Some(rest) => {
                    let at = *rest % values.len();
                    *rest /= values.len();
                    at
                }
            };
            values[at].clone()
        });
        row.collect()
    })
}

/// Returns whether the column is auto-increment.
fn is_auto_increment(column: &Column) -> bool {
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

/// Returns the tables in groups, each after those that it references. Tables of a group reference each other in a
/// cycle.
fn groups(schema: &Schema) -> Vec<Vec<&Table>> {
    let tables: Vec<&Table> = schema.tables.iter().collect();
    let mut numbers: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, table) in tables.iter().enumerate() {
        let name = table.name.to_ascii_lowercase();
        numbers.entry(name).or_default().push(number);
    }
    let targets = tables.iter().map(|table| {
        let keys = keys(table).into_iter().filter(|key| key.schema.is_none());
        let targets = keys.filter_map(|key| numbers.get(&key.table.to_ascii_lowercase()));
        targets.flatten().copied().collect()
    });
    let mut cycles = Cycles::new(targets.collect());
    for number in 0..tables.len() {
        cycles.visit(number);
    }
    let groups = cycles.groups.into_iter();
    groups
        .map(|group| parents_first(group.into_iter().map(|it| tables[it]).collect()))
        .collect()
}

/// Tables that reach each other, after Tarjan, "Depth-first search and linear graph algorithms" (1972).
struct Cycles {
    targets: Vec<Vec<usize>>,
    /// The step at which a table was visited.
    visited: Vec<Option<usize>>,
    /// The earliest step of a table on the path that each table reaches.
    earliest: Vec<usize>,
    path: Vec<usize>,
    steps: usize,
    groups: Vec<Vec<usize>>,
}

impl Cycles {
    fn new(targets: Vec<Vec<usize>>) -> Cycles {
        Cycles {
            visited: vec![None; targets.len()],
            earliest: vec![0; targets.len()],
            path: Vec::new(),
            steps: 0,
            groups: Vec::new(),
            targets,
        }
    }

    fn visit(&mut self, table: usize) {
        if self.visited[table].is_some() {
            return;
        }
        self.visited[table] = Some(self.steps);
        self.earliest[table] = self.steps;
        self.steps += 1;
        let start = self.path.len();
        self.path.push(table);
        for target in self.targets[table].clone() {
            self.visit(target);
            if self.path.contains(&target) {
                self.earliest[table] = self.earliest[table].min(self.earliest[target]);
            }
        }
        if Some(self.earliest[table]) == self.visited[table] {
            let mut group = self.path.split_off(start);
            group.sort_unstable();
            self.groups.push(group);
        }
    }
}

/// Returns the tables that a table references. SQLite ignores the case of names; for other databases this hardly
/// changes the order.
fn references<'s>(table: &Table, among: &[&'s Table]) -> Vec<&'s Table> {
    let keys = keys(table);
    let is_target = |other: &&&Table| {
        let mut keys = keys.iter();
        keys.any(|key| key.schema.is_none() && key.table.eq_ignore_ascii_case(&other.name))
    };
    among.iter().filter(is_target).copied().collect()
}

/// Returns the tables in an order in which each follows those it references, as far as cycles allow it.
fn parents_first(mut rest: Vec<&Table>) -> Vec<&Table> {
    let mut sorted: Vec<&Table> = Vec::new();
    while !rest.is_empty() {
        let waits = |table: &Table| {
            let parents = references(table, &rest);
            parents.iter().any(|other| other.name != table.name)
        };
        let at = rest.iter().position(|table| !waits(table)).unwrap_or(0);
        sorted.push(rest.remove(at));
    }
    sorted
}

/// Returns all foreign keys of a table, of columns and of the table.
fn keys(table: &Table) -> Vec<ForeignKey> {
    let own = table.columns.iter().filter_map(|column| {
        let mut key = column.references.clone()?;
        key.columns = vec![column.name.clone()];
        Some(key)
    });
    table.foreign_keys.iter().cloned().chain(own).collect()
}

/// Returns the columns that a key references: by default the primary key of its table.
fn referenced_columns<'a>(key: &'a ForeignKey, schema: &'a Schema) -> Vec<&'a String> {
    if !key.references.is_empty() {
        return key.references.iter().collect();
    }
    schema.target(key).map(key_columns).unwrap_or_default()
}

/// A foreign key, and its possible values.
struct Parent {
    key: ForeignKey,
    rows: Vec<Vec<Value>>,
}

/// Reads the values that the foreign keys of a table can reference. A table that does not exist, or can't be read, has
/// none: the database itself decides whether a row may be without.
fn parents<B: Backend>(
    run: &mut B::Run<'_>,
    schema: &Schema,
    table: &Table,
) -> Result<Vec<Parent>, Error> {
    let mut found = Vec::new();
    for key in keys(table) {
        let columns = referenced_columns(&key, schema);
        let rows = match columns.is_empty() {
            true => Vec::new(),
            false => rows_of_parent::<B>(run, schema, &key, &columns)?,
        };
        found.push(Parent { key, rows });
    }
    Ok(found)
}

fn rows_of_parent<B: Backend>(
    run: &mut B::Run<'_>,
    schema: &Schema,
    key: &ForeignKey,
    columns: &[&String],
) -> Result<Vec<Vec<Value>>, Error> {
    let id = |name: &str| B::dialect().identifier(name);
    let known = schema.target(key);
    let read = columns.iter().map(|name| {
        let column = known.and_then(|table| table.find_column(name));
        column.map_or_else(|| id(name), B::comparable)
    });
    let read: Vec<String> = read.collect();
    let not_null = columns
        .iter()
        .map(|name| format!("{} IS NOT NULL", id(name)));
    let not_null: Vec<String> = not_null.collect();
    let table = ddl::target(B::dialect(), key);
    let sql = format!(
        "SELECT {} FROM {table} WHERE {} LIMIT 100",
        read.join(", "),
        not_null.join(" AND ")
    );
    let result = run.unit(UnitScope::Savepoint, |op: &mut Op<'_, B>| {
        let mut rows = Vec::new();
        B::query(op::session(op), &sql, &[], &mut |row| rows.push(row))?;
        Ok::<_, DatabaseError>(rows)
    });
    match result {
        Ok(rows) => Ok(rows),
        Err(UnitError::Work(_)) => Ok(Vec::new()),
        Err(error) => Err(to_error(error)),
    }
}

fn count<B: Backend>(run: &mut B::Run<'_>, table: &Table) -> Result<u32, Error> {
    let sql = format!(
        "SELECT count(*) FROM {}",
        B::dialect().identifier(&table.name)
    );
    let rows = read_rows::<B>(run, &sql)?;
    let number = rows
        .first()
        .and_then(|row| row.first())
        .and_then(Value::as_i64);
    Ok(number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(u32::MAX))
}

fn read_rows<B: Backend>(run: &mut B::Run<'_>, sql: &str) -> Result<Vec<Vec<Value>>, Error> {
    read_only::<B, _>(run, |op| {
        let mut rows = Vec::new();
        B::query(op::session(op), sql, &[], &mut |row| rows.push(row))?;
        Ok(rows)
    })
}

/// Runs statements of this file that only read.
fn read_only<B: Backend, R>(
    run: &mut B::Run<'_>,
    work: impl FnOnce(&mut Op<'_, B>) -> Result<R, DatabaseError>,
) -> Result<R, Error> {
    run.unit(UnitScope::Transaction, work).map_err(to_error)
}

fn to_error(error: UnitError<DatabaseError>) -> Error {
    match error {
        UnitError::Work(error) | UnitError::Database(error) => {
            Error::database("can't create synthetic rows", error)
        }
        UnitError::TransactionEscaped { what, .. } => {
            Error::Bug(format!("creating synthetic rows ran {what}"))
        }
    }
}
