//! Rows for random tables, and what an author would add to a generated revision if rows require it.

use migrate_engine::backend::Backend;
use migrate_schema::operation::{Constraint, Operation};
use migrate_schema::schema::{Column, IndexKey, Schema, Table, Type};

use crate::fixture::DatabaseFixture;
use crate::plan::{Flavour, is_link, is_numbered};

/// Fills each table with rows whose columns hold the number of the row.
pub(crate) fn insert<B: Backend>(
    fixture: &mut DatabaseFixture<B>,
    schema: &Schema,
    rows: usize,
    flavour: &Flavour,
) -> Result<(), String> {
    let (mut filled, mut steps): (Vec<&str>, Vec<Step>) = (Vec::new(), Vec::new());
    for table in &schema.tables {
        filled.push(&table.name);
        let columns: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .collect();
        for number in 1..=rows {
            let names: Vec<String> = columns
                .iter()
                .map(|column| DatabaseFixture::<B>::quoted(&column.name))
                .collect();
            let values: Vec<String> = columns
                .iter()
                .map(|column| value::<B>(table, column, number, &filled, flavour))
                .collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                DatabaseFixture::<B>::quoted(&table.name),
                names.join(", "),
                values.join(", ")
            );
            steps.push(Step::Sql(sql));
        }
    }
    fixture.apply(steps)
}

fn value<B: Backend>(
    table: &Table,
    column: &Column,
    number: usize,
    filled: &[&str],
    flavour: &Flavour,
) -> String {
    let link = table
        .foreign_keys
        .iter()
        .find(|key| key.columns == [column.name.as_str()]);
    let nothing_there = match link {
        Some(link) => !filled.contains(&link.table.as_str()),
        None => is_link(&column.name),
    };
    let left_out = !column.not_null && number == 1 + column.name.len() % 2;
    if nothing_there || (left_out && column.name != "id") {
        return "NULL".to_owned();
    }
    match &column.data_type {
        Type::Text | Type::Varchar(_) => format!("'{number}'"),
        Type::Boolean => B::dialect().boolean(number % 2 == 1).to_owned(),
        Type::Date => format!("'2024-01-0{number}'"),
        Type::Timestamp | Type::DateTime => format!("'2024-01-0{number} 10:00:00'"),
        Type::Blob => (flavour.bytes)(number),
        _ => number.to_string(),
    }
}

/// Does what an author does before such operations run: defines what new columns hold in existing rows, and how a value
/// becomes one of another type; empties links that reference missing rows. `to` is the schema afterwards.
pub(crate) fn as_author<B: Backend>(
    operations: Vec<Operation>,
    to: &Schema,
    flavour: &Flavour,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for mut operation in operations {
        match &mut operation {
            Operation::AddColumn(op) => {
                // A link takes NULL, and NULLs differ.
                let distinct = !is_link(&op.column.name) && is_distinct(to, &op.column.name);
                if op.column.generated.is_none()
                    && (distinct || (op.column.not_null && op.column.default.is_none()))
                {
                    op.fill = Some(filling::<B>(&op.column.name, &op.column.data_type, flavour));
                }
            }
            Operation::AlterColumn(op) => {
                let previous = op.from.as_deref();
                let data_type = op
                    .data_type
                    .clone()
                    .or_else(|| previous.map(|previous| previous.data_type.clone()));
                if op.not_null == Some(true)
                    && let Some(data_type) = data_type
                {
                    op.fill = Some(filling::<B>(&op.name, &data_type, flavour));
                }
                if let Some(data_type) = &op.data_type {
                    op.using = (flavour.using)(&DatabaseFixture::<B>::quoted(&op.name), data_type);
                }
            }
            Operation::AddConstraint(op) => {
                if let Constraint::ForeignKey(key) = &op.constraint
                    && !steps.iter().any(|step| step.drops(&op.constraint))
                {
                    let columns = key
                        .columns
                        .iter()
                        .map(|name| format!("{} = NULL", DatabaseFixture::<B>::quoted(name)));
                    steps.push(Step::Sql(format!(
                        "UPDATE {} SET {}",
                        DatabaseFixture::<B>::quoted(&op.table),
                        columns.collect::<Vec<_>>().join(", ")
                    )));
                }
            }
            _ => {}
        }
        steps.push(Step::Operation(operation));
    }
    steps
}

/// What a revision does.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "most are the large one")]
pub(crate) enum Step {
    Operation(Operation),
    Sql(String),
}

impl Step {
    fn drops(&self, constraint: &Constraint) -> bool {
        matches!(self, Step::Operation(Operation::DropConstraint(op))
            if op.constraint.as_ref() == Some(constraint))
    }
}

fn filling<B: Backend>(name: &str, data_type: &Type, flavour: &Flavour) -> String {
    match data_type {
        Type::Boolean => B::dialect().boolean(true).to_owned(),
        Type::Text | Type::Varchar(_) if is_numbered(name) => {
            format!("CAST(90 + {} AS {})", flavour.row_number, flavour.text)
        }
        Type::Text | Type::Varchar(_) => "'90'".to_owned(),
        _ if is_numbered(name) => format!("90 + {}", flavour.row_number),
        _ => "90".to_owned(),
    }
}

/// Returns whether something makes the values of columns of this name differ, in whatever table: it may yet be renamed.
fn is_distinct(schema: &Schema, column: &str) -> bool {
    let among = |columns: &[String]| columns.iter().any(|name| name == column);
    let in_key = |table: &Table| {
        table.primary_key.iter().any(|key| among(&key.columns))
            || table.uniques.iter().any(|unique| among(&unique.columns))
    };
    let mut unique = schema.indexes.iter().filter(|index| index.unique);
    schema.tables.iter().any(in_key)
        || unique.any(|index| {
            index.parts.iter().any(|part| match &part.key {
                IndexKey::Column(name) => name == column,
                IndexKey::Expression(sql) => sql.contains(&column.replace('"', "\"\"")),
            })
        })
}

/// A column whose values are kept, under its name before and after.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    before: (String, Vec<String>),
    after: (String, Vec<String>),
}

/// Returns the tables and columns whose values no operation touches.
pub(crate) fn kept(from: &Schema, operations: &[Operation]) -> Vec<Kept> {
    let mut kept = Vec::new();
    'tables: for table in &from.tables {
        let mut name = table.name.clone();
        let mut columns: Vec<(String, String)> = table
            .columns
            .iter()
            .filter(|column| !is_link(&column.name) && column.generated.is_none())
            .map(|column| (column.name.clone(), column.name.clone()))
            .collect();
        for operation in operations {
            match operation {
                Operation::RenameTable(op) if op.from == name => name.clone_from(&op.to),
                Operation::DropTable(op) if op.name == name => continue 'tables,
                Operation::RenameColumn(op) if op.table == name => {
                    for (_, now) in columns.iter_mut().filter(|(_, now)| *now == op.from) {
                        now.clone_from(&op.to);
                    }
                }
                Operation::DropColumn(op) if op.table == name => {
                    columns.retain(|(_, now)| *now != op.name);
                }
                Operation::AlterColumn(op)
                    if op.table == name
                        && (op.data_type.is_some() || op.not_null == Some(true)) =>
                {
                    columns.retain(|(_, now)| *now != op.name);
                }
                _ => {}
            }
        }
        // A link that was renamed may be emptied too.
        columns.retain(|(_, now)| !is_link(now));
        let (before, after) = columns.into_iter().unzip();
        kept.push(Kept {
            before: (table.name.clone(), before),
            after: (name, after),
        });
    }
    kept
}

/// Which of its names a kept column has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Names {
    Before,
    After,
}

/// Reads what is kept, sorted.
pub(crate) fn read<B: Backend>(
    fixture: &mut DatabaseFixture<B>,
    kept: &[Kept],
    names: Names,
) -> Vec<Vec<Vec<Option<String>>>> {
    let mut all = Vec::new();
    for one in kept {
        let (table, columns) = match names {
            Names::Before => &one.before,
            Names::After => &one.after,
        };
        let texts: Vec<String> = columns
            .iter()
            .map(|name| format!("CAST({} AS CHAR(100))", DatabaseFixture::<B>::quoted(name)))
            .collect();
        let texts = match texts.is_empty() {
            true => "'row'".to_owned(),
            false => texts.join(", "),
        };
        let mut rows = fixture.texts(&format!(
            "SELECT {texts} FROM {}",
            DatabaseFixture::<B>::quoted(table)
        ));
        rows.sort();
        all.push(rows);
    }
    all
}
