//! A difference in words: what each operation says about the two schemas that it lies between.
//!
//! Comes in: an operation that turns one schema into another, and what people call the two. Goes out: a line.

use crate::autogenerate::whole;
use crate::backend::Backend;
use crate::diff::Hints;
use crate::error::printable;
use crate::op::{AlterColumn, Operation};
use crate::schema::{Column, DefaultValue, Index, Schema, Table};

/// What people call the two schemas: `the revisions` and `the database`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sides<'s> {
    /// The schema that the operations start from.
    pub(crate) from: &'s str,
    /// The schema that they lead to.
    pub(crate) to: &'s str,
}

/// What the two sides are called where models are compared.
pub(crate) const MODELS: Sides<'static> = Sides {
    from: "the revisions",
    to: "the models",
};

/// Returns a line for each operation.
pub(crate) fn lines(operations: &[Operation], sides: Sides<'_>) -> Vec<String> {
    operations
        .iter()
        .map(|operation| sides.line(operation))
        .collect()
}

/// Returns a line for all that turns one schema into the other, dropped tables included.
pub(crate) fn difference<B: Backend>(from: &Schema, to: &Schema, sides: Sides<'_>) -> Vec<String> {
    let [from, to] = [from, to].map(|schema| B::normalise(schema.clone()));
    let difference = whole::<B>(&from, &to, &Hints::default());
    let mut found = lines(&difference.operations, sides);
    found.extend(difference.notes.iter().map(|note| note.message()));
    found
}

impl Sides<'_> {
    fn line(self, operation: &Operation) -> String {
        let only = |side: &str, what: String| format!("{what} is in {side} only");
        match operation {
            Operation::CreateTable(op) => only(self.to, table(&op.table)),
            Operation::DropTable(op) => only(self.from, format!("table {}", quoted(&[&op.name]))),
            Operation::AddColumn(op) => only(self.to, column(&op.table, &op.column)),
            Operation::DropColumn(op) => only(
                self.from,
                match &op.column {
                    Some(dropped) => column(&op.table, dropped),
                    None => format!("column {}", quoted(&[&op.table, &op.name])),
                },
            ),
            Operation::AlterColumn(op) => self.altered(op),
            Operation::CreateIndex(op) => only(self.to, index(&op.index)),
            Operation::DropIndex(op) => only(
                self.from,
                match &op.index {
                    Some(dropped) => index(dropped),
                    None => format!("index {} of {}", quoted(&[&op.name]), quoted(&[&op.table])),
                },
            ),
            Operation::AddConstraint(op) => only(
                self.to,
                format!("{} of {}", op.constraint.title(), quoted(&[&op.table])),
            ),
            Operation::DropConstraint(op) => only(
                self.from,
                match &op.constraint {
                    Some(dropped) => format!("{} of {}", dropped.title(), quoted(&[&op.table])),
                    None => format!("a constraint of {}", quoted(&[&op.table])),
                },
            ),
            other => format!("{} is missing: {}", self.from, other.title()),
        }
    }
}

impl Sides<'_> {
    fn altered(self, op: &AlterColumn) -> String {
        let before = op.from.as_deref();
        let mut facts = Vec::new();
        let mut fact = |what: &str, to: String, from: Option<String>| {
            facts.push(match from {
                Some(from) => format!("{what} {from} in {}, {to} in {}", self.from, self.to),
                None => format!("{what} {to} in {}", self.to),
            });
        };
        if let Some(kind) = &op.kind {
            let from = before.map(|column| shown(&column.kind.to_string()));
            fact("type", shown(&kind.to_string()), from);
        }
        if let Some(not_null) = op.not_null {
            let word = |not_null| if not_null { "NOT NULL" } else { "NULL" };
            let from = before.map(|column| word(column.not_null).to_owned());
            fact("takes", word(not_null).to_owned(), from);
        }
        if let Some(default) = &op.default {
            let from = before.map(|column| default_words(column.default.as_ref()));
            fact("default", default_words(default.as_ref()), from);
        }
        format!(
            "column {}: {}",
            quoted(&[&op.table, &op.name]),
            facts.join("; ")
        )
    }
}

fn table(table: &Table) -> String {
    let columns = match table.columns.len() {
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    };
    format!("table {} with {columns}", quoted(&[&table.name]))
}

fn column(table: &str, column: &Column) -> String {
    let null = if column.not_null { " NOT NULL" } else { "" };
    let kind = printable(&column.kind.to_string());
    format!("column {} {kind}{null}", quoted(&[table, &column.name]))
}

fn index(index: &Index) -> String {
    let unique = if index.unique {
        "unique index"
    } else {
        "index"
    };
    format!(
        "{unique} {} of {}",
        quoted(&[&index.name]),
        quoted(&[&index.table])
    )
}

fn default_words(default: Option<&DefaultValue>) -> String {
    match default {
        None => "none".to_owned(),
        Some(DefaultValue::Null) => "NULL".to_owned(),
        Some(DefaultValue::Boolean(value)) => value.to_string(),
        Some(DefaultValue::Integer(number)) => number.to_string(),
        Some(DefaultValue::Real(number)) => number.to_string(),
        Some(DefaultValue::Text(text)) => format!("'{}'", printable(text)),
        Some(DefaultValue::Expression(sql)) => shown(sql),
    }
}

fn shown(sql: &str) -> String {
    format!("`{}`", printable(sql))
}

/// Returns names that may be anything, joined by dots.
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| printable(name)).collect();
    format!("`{}`", names.join("."))
}

/// Returns a statement on one line, cut to a length that people read beside other words.
pub(crate) fn shortened(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
