//! A difference as text: the objects that differ, how they differ, and in which of the two schemas.
//!
//! The input is a difference and the names of both sides. The output is one line for each object.

mod alter_column;
mod pair;
mod text;

use crate::autogenerate::whole;
use migrate_engine::backend::Backend;
use migrate_engine::error::{DatabaseError, printable};
use migrate_engine::op::{self, Op};
use migrate_schema::ddl::Dialect;
use migrate_schema::diff::{Hints, SchemaDiff, UnresolvedDifference};
use migrate_schema::operation::{Native, NativeChange, Operation};
use migrate_schema::schema::{Column, Index, Schema, Table};

use pair::Pairs;
use text::both;

pub(crate) use text::shortened;

/// The names of the two schemas: `the revisions` and `the database`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SchemaLabels<'s> {
    /// The schema that the operations start from.
    pub(crate) from: &'s str,
    /// The schema that the operations produce.
    pub(crate) to: &'s str,
}

/// The names of the two sides in a comparison with models.
pub(crate) const MODELS: SchemaLabels<'static> = SchemaLabels {
    from: "the revisions",
    to: "the models",
};

/// The names of the sides, if a function of the application builds the desired schema.
pub(crate) const BUILT: SchemaLabels<'static> = SchemaLabels {
    from: "the revisions",
    to: "the function of `schema`",
};

/// Returns a revision with its message, if it has one.
#[cfg(feature = "cli")]
pub(crate) fn titled(revision: &str, message: &str) -> String {
    match message {
        "" => revision.to_owned(),
        message => format!("{revision}, {message}"),
    }
}

/// Returns one line for each different object and property, with the types of the database `B`.
pub(crate) fn describe_operations<B: Backend>(
    difference: &SchemaDiff,
    sides: SchemaLabels<'_>,
) -> Vec<String> {
    let dialect = B::dialect();
    let pairs = Pairs::of(&difference.operations);
    let operations = difference.operations.iter().enumerate();
    operations
        .filter_map(|(at, operation)| match pairs.partner(at) {
            Some(pair::Half::Dropped) => None,
            Some(pair::Half::Recreated(dropped)) => Some(sides.recreated(dropped, operation)),
            None => Some(sides.line(operation, dialect)),
        })
        .chain(difference.unresolved.iter().map(|note| sides.note(note)))
        .collect()
}

/// Returns one line for each difference between two schemas, including dropped tables.
pub(crate) fn describe_schemas<B: Backend>(
    from: &Schema,
    to: &Schema,
    sides: SchemaLabels<'_>,
) -> Vec<String> {
    let [from, to] = [from, to].map(|schema| B::exact(schema.clone()));
    describe_operations::<B>(&whole::<B>(&from, &to, &Hints::default()), sides)
}

impl SchemaLabels<'_> {
    fn line(self, operation: &Operation, dialect: &dyn Dialect) -> String {
        let only = |side: &str, what: String| format!("{what} is in {side} only");
        match operation {
            Operation::InSchema(op) => in_schema(&op.schema, self.line(&op.operation, dialect)),
            Operation::CreateTable(op) => only(self.to, table(&op.table)),
            Operation::DropTable(op) => only(self.from, format!("table {}", quoted(&[&op.name]))),
            Operation::RenameTable(op) => self.renamed("table", &op.from, &op.to),
            Operation::AddColumn(op) => only(self.to, column(&op.table, &op.column)),
            Operation::DropColumn(op) => only(
                self.from,
                match &op.column {
                    Some(dropped) => column(&op.table, dropped),
                    None => format!("column {}", quoted(&[&op.table, &op.name])),
                },
            ),
            Operation::RenameColumn(op) => {
                let from = format!("{}.{}", op.table, op.from);
                self.renamed("column", &from, &format!("{}.{}", op.table, op.to))
            }
            Operation::AlterColumn(op) => self.altered(op, dialect),
            Operation::CreateIndex(op) => only(self.to, index(&op.index)),
            Operation::DropIndex(op) => only(
                self.from,
                match &op.index {
                    Some(dropped) => index(dropped),
                    None => of("index", &op.name, &op.table),
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
            other => self.line_of_object(other),
        }
    }

    fn line_of_object(self, operation: &Operation) -> String {
        let only = |side: &str, what: String| format!("{what} is in {side} only");
        let named = |kind: &str, name: &str| format!("{kind} {}", quoted(&[name]));
        match operation {
            Operation::CreateView(op) => only(self.to, named("view", &op.view.name)),
            Operation::DropView(op) => only(self.from, named("view", &op.name)),
            Operation::CreateTrigger(op) => {
                only(self.to, of("trigger", &op.trigger.name, &op.trigger.table))
            }
            Operation::DropTrigger(op) => only(self.from, of("trigger", &op.name, &op.table)),
            Operation::CreateEnum(op) => only(self.to, named("type", &op.enum_type.name)),
            Operation::DropEnum(op) => only(self.from, named("type", &op.name)),
            Operation::CreateSchema(op) => only(self.to, named("schema", &op.name)),
            Operation::DropSchema(op) => only(self.from, named("schema", &op.name)),
            Operation::AddEnumValue(op) => only(self.to, of("value", &op.value, &op.name)),
            Operation::RenameEnumValue(op) => self.renamed(
                &format!("value of {}", quoted(&[&op.name])),
                &op.from,
                &op.to,
            ),
            Operation::RenameIndex(op) => self.renamed(
                &format!("index of {}", quoted(&[&op.table])),
                &op.from,
                &op.to,
            ),
            Operation::RenameConstraint(op) => self.renamed(
                &format!("constraint of {}", quoted(&[&op.table])),
                &op.from,
                &op.to,
            ),
            Operation::ValidateConstraint(op) => format!(
                "{}: not validated in {}, validated in {}",
                of("constraint", &op.name, &op.table),
                self.from,
                self.to
            ),
            Operation::SetTableComment(op) => {
                let from = op.from.as_ref().map(Option::as_deref);
                let what = format!("comment of table {}", quoted(&[&op.table]));
                self.value(&what, from, op.comment.as_deref())
            }
            Operation::SetTableOptions(op) => {
                let from = op.from.as_ref().map(Option::as_deref);
                let what = format!("options of table {}", quoted(&[&op.table]));
                self.value(&what, from, op.options.as_deref())
            }
            Operation::Native(op) => self.native(op),
            other => format!("{} would have to {}", self.from, other.title()),
        }
    }

    fn native(self, op: &Native) -> String {
        match &op.change {
            NativeChange::Create => format!("{} is in {} only", op.object, self.to),
            NativeChange::Drop => format!("{} is in {} only", op.object, self.from),
            NativeChange::Replace { from, to } => {
                self.value(&op.object.to_string(), Some(Some(from)), Some(to))
            }
            NativeChange::Set { property, from, to } => self.value(
                &format!("{property} of {}", op.object),
                Some(from.as_deref()),
                to.as_deref(),
            ),
        }
    }

    fn note(self, note: &UnresolvedDifference) -> String {
        match note {
            UnresolvedDifference::InSchema { schema, note } => in_schema(schema, self.note(note)),
            UnresolvedDifference::Property {
                object,
                property,
                from,
                to,
            } => self.value(
                &format!("{property} of {object}"),
                Some(from.as_deref()),
                to.as_deref(),
            ),
            other => other.message(),
        }
    }

    /// Returns the line for a recreated object, with its difference.
    fn recreated(self, dropped: &Operation, created: &Operation) -> String {
        if let (Some(schema), inside) = created.place() {
            return in_schema(schema, self.recreated(dropped.place().1, inside));
        }
        let what = pair::title(created);
        match [dropped, created].map(pair::definition) {
            [Some(from), Some(to)] if from != to => self.value(&what, Some(Some(&from)), Some(&to)),
            // An object below it changes.
            _ => format!("{what} must be recreated"),
        }
    }

    fn renamed(self, kind: &str, from: &str, to: &str) -> String {
        format!(
            "{kind} {} in {} is {} in {}",
            quoted(&[from]),
            self.from,
            quoted(&[to]),
            self.to
        )
    }

    /// Returns the line for a value on both sides. Of long values it shows the part that differs.
    fn value(self, what: &str, from: Option<Option<&str>>, to: Option<&str>) -> String {
        match from {
            None => format!("{what}: {} in {}", text::value(to), self.to),
            Some(from) => {
                let [from, to] = both(from, to);
                format!("{what}: {from} in {}, {to} in {}", self.from, self.to)
            }
        }
    }
}

/// Returns a line about an object of a further schema.
fn in_schema(schema: &str, line: String) -> String {
    format!("in schema {}: {line}", quoted(&[schema]))
}

/// Returns an object that belongs to a table.
fn of(kind: &str, name: &str, table: &str) -> String {
    format!("{kind} {} of {}", quoted(&[name]), quoted(&[table]))
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
    let kind = printable(&column.data_type.to_string());
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

/// Returns escaped names, joined by dots.
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| printable(name)).collect();
    format!("`{}`", names.join("."))
}

/// Returns a line for each difference between two schemas, in the format of all commands. For tests of backends.
#[must_use]
pub fn differences<B: Backend>(from: &Schema, to: &Schema) -> Vec<String> {
    let labels = SchemaLabels {
        from: "the first",
        to: "the second",
    };
    describe_schemas::<B>(from, to, labels)
}

/// Returns the schema inside an open transaction. For tests of backends.
///
/// # Errors
///
/// The error of the database.
pub fn inspected<B: Backend>(op: &mut Op<'_, B>) -> Result<Schema, DatabaseError> {
    B::inspect(op::session(op), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_without_a_message_is_its_id() {
        assert_eq!(titled("a1", "adds users"), "a1, adds users");
        assert_eq!(titled("a1", ""), "a1");
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn a_type_is_shown_so_that_its_difference_is_visible() {
        use migrate_engine::backend::names::Mysql;
        use migrate_schema::operation::AlterColumn;
        use migrate_schema::schema::Type;

        let line = |from: Type, to: Type| {
            let mut change = AlterColumn::new("t", "at");
            change.from(Column::new("at", from));
            change.set_type(to);
            DRIFT.line(&Operation::AlterColumn(change), <Mysql>::dialect())
        };
        assert_eq!(
            line(Type::DateTime, Type::custom("datetime")),
            "column `t.at`: type `DATETIME(6)` in the revisions, `datetime` in the database"
        );
        assert_eq!(
            line(Type::custom("text"), Type::Text),
            "column `t.at`: type `text` in the revisions, `LONGTEXT` in the database"
        );
        assert_eq!(
            line(Type::Integer, Type::BigInt),
            "column `t.at`: type `INTEGER` in the revisions, `BIGINT` in the database"
        );
    }

    const DRIFT: SchemaLabels<'static> = SchemaLabels {
        from: "the revisions",
        to: "the database",
    };
}
