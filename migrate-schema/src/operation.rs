//! Operations: values that describe what a revision does to a schema.
//!
//! An [`Operation`] is made of names and definitions. [`ddl`](crate::ddl) turns it into SQL, a backend can refuse it
//! before anything runs, and it can build the operation that undoes it. This module contains no SQL and nothing about
//! one database.

mod add_column;
mod alter_column;
mod cast;
mod constraint;
mod create_index;
mod create_table;
mod drop_column;
mod drop_index;
mod drop_table;
mod enum_type;
mod implied_drops;
mod insert;
mod native;
mod rename;
mod rename_column;
mod rename_table;
mod schema;
mod set_table;
mod title;
mod trigger;
mod validate;
mod view;

pub use add_column::{AddColumn, ExistingRows, Position};
pub use alter_column::AlterColumn;
pub use cast::{Cast, Casts};
pub use constraint::{
    AddConstraint, Constraint, ConstraintRef, DropConstraint, ValidateConstraint,
};
pub use create_index::CreateIndex;
pub use create_table::CreateTable;
pub use drop_column::DropColumn;
pub use drop_index::DropIndex;
pub use drop_table::DropTable;
pub use enum_type::{AddEnumValue, CreateEnum, DropEnum, EnumValuePosition, RenameEnumValue};
pub use implied_drops::without_implied_index_drops;
pub use insert::{DeleteRows, Insert};
pub use native::{Native, NativeChange};
pub use rename::{RenameConstraint, RenameIndex};
pub use rename_column::RenameColumn;
pub use rename_table::RenameTable;
pub use schema::{CreateSchema, DropSchema, InSchema};
pub use set_table::{SetTableComment, SetTableOptions};
pub use trigger::{CreateTrigger, DropTrigger};
pub use validate::{InvalidOperation, LetterCase};
pub use view::{CreateView, DropView};

/// One operation on a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Creates a table.
    CreateTable(CreateTable),
    /// Drops a table and its rows.
    DropTable(DropTable),
    /// Renames a table.
    RenameTable(RenameTable),
    /// Adds a column.
    AddColumn(AddColumn),
    /// Drops a column and its values.
    DropColumn(DropColumn),
    /// Renames a column.
    RenameColumn(RenameColumn),
    /// Changes the properties of a column.
    AlterColumn(AlterColumn),
    /// Creates an index.
    CreateIndex(CreateIndex),
    /// Drops an index.
    DropIndex(DropIndex),
    /// Adds a constraint to an existing table.
    AddConstraint(AddConstraint),
    /// Drops a constraint.
    DropConstraint(DropConstraint),
    /// Validates the rows that existed before the constraint.
    ValidateConstraint(ValidateConstraint),
    /// Renames an index.
    RenameIndex(RenameIndex),
    /// Renames a constraint.
    RenameConstraint(RenameConstraint),
    /// Sets the comment of a table.
    SetTableComment(SetTableComment),
    /// Sets the options of a table: the SQL after its column list.
    SetTableOptions(SetTableOptions),
    /// Creates a view.
    CreateView(CreateView),
    /// Drops a view.
    DropView(DropView),
    /// Creates a trigger.
    CreateTrigger(CreateTrigger),
    /// Drops a trigger.
    DropTrigger(DropTrigger),
    /// Creates an enum type.
    CreateEnum(CreateEnum),
    /// Drops an enum type.
    DropEnum(DropEnum),
    /// Adds a value to an enum type.
    AddEnumValue(AddEnumValue),
    /// Renames a value of an enum type.
    RenameEnumValue(RenameEnumValue),
    /// Inserts rows.
    Insert(Insert),
    /// Deletes rows by their key.
    DeleteRows(DeleteRows),
    /// Runs the database's own statements, for changes that no other operation describes.
    Native(Native),
    /// Creates a schema.
    CreateSchema(CreateSchema),
    /// Drops a schema.
    DropSchema(DropSchema),
    /// Runs an operation in a schema that is not the connection's own.
    InSchema(InSchema),
}

/// The condition under which an operation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistenceCheck {
    /// Runs always, and fails if the database refuses the statement.
    None,
    /// Runs if the object to create is missing, else does nothing.
    IfNotExists,
    /// Runs if the object to drop exists, else does nothing.
    IfExists,
}

impl ExistenceCheck {
    /// Returns the condition of the reverse: an object that was created if missing is dropped if it exists.
    #[must_use]
    pub fn reverse(self) -> ExistenceCheck {
        match self {
            ExistenceCheck::None => ExistenceCheck::None,
            ExistenceCheck::IfNotExists => ExistenceCheck::IfExists,
            ExistenceCheck::IfExists => ExistenceCheck::IfNotExists,
        }
    }
}

/// The effect on writers of a table while an index is created or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locking {
    /// Writers wait.
    #[default]
    Blocking,
    /// Writers continue. Only possible outside a transaction, and on databases that support it.
    Concurrent,
}

/// The compatibility of a revision with applications that do not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compatibility {
    /// Only adds objects that older applications need not know.
    Additive,
    /// May remove or change objects that older applications use.
    Breaking,
}

impl Compatibility {
    /// Returns the value that the version table stores.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Compatibility::Additive => "additive",
            Compatibility::Breaking => "breaking",
        }
    }
}

impl Operation {
    /// Returns the table that the operation changes, if it changes one.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        Some(match self {
            Operation::CreateTable(op) => &op.table.name,
            Operation::DropTable(op) => &op.name,
            Operation::RenameTable(op) => &op.from,
            Operation::AddColumn(op) => &op.table,
            Operation::DropColumn(op) => &op.table,
            Operation::RenameColumn(op) => &op.table,
            Operation::AlterColumn(op) => &op.table,
            Operation::CreateIndex(op) => &op.index.table,
            Operation::DropIndex(op) => &op.table,
            Operation::AddConstraint(op) => &op.table,
            Operation::DropConstraint(op) => &op.table,
            Operation::ValidateConstraint(op) => &op.table,
            Operation::RenameIndex(op) => &op.table,
            Operation::RenameConstraint(op) => &op.table,
            Operation::SetTableComment(op) => &op.table,
            Operation::SetTableOptions(op) => &op.table,
            Operation::CreateTrigger(op) => &op.trigger.table,
            Operation::DropTrigger(op) => &op.table,
            Operation::Insert(op) => &op.table,
            Operation::DeleteRows(op) => &op.table,
            Operation::Native(op) => return op.object.relation(),
            Operation::InSchema(op) => return op.operation.table(),
            Operation::CreateView(_)
            | Operation::DropView(_)
            | Operation::CreateEnum(_)
            | Operation::DropEnum(_)
            | Operation::AddEnumValue(_)
            | Operation::RenameEnumValue(_)
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_) => return None,
        })
    }

    /// Returns the operation that undoes this one, or `None` if the definition it needs is not known. Rows are not
    /// restored.
    #[must_use]
    pub fn reverse(self) -> Option<Operation> {
        match self {
            Operation::CreateTable(op) => Some(Operation::DropTable(op.reverse())),
            Operation::DropTable(op) => op.reverse().map(Operation::CreateTable),
            Operation::RenameTable(op) => Some(Operation::RenameTable(op.reverse())),
            Operation::AddColumn(op) => Some(Operation::DropColumn(op.reverse())),
            Operation::DropColumn(op) => op.reverse().map(Operation::AddColumn),
            Operation::RenameColumn(op) => Some(Operation::RenameColumn(op.reverse())),
            Operation::AlterColumn(op) => op.reverse().map(Operation::AlterColumn),
            Operation::CreateIndex(op) => Some(Operation::DropIndex(op.reverse())),
            Operation::DropIndex(op) => op.reverse().map(Operation::CreateIndex),
            Operation::AddConstraint(op) => Some(Operation::DropConstraint(op.reverse())),
            Operation::DropConstraint(op) => op.reverse().map(Operation::AddConstraint),
            // Validation can't be undone, and no database removes an enum value.
            Operation::ValidateConstraint(_) | Operation::AddEnumValue(_) => None,
            Operation::RenameIndex(op) => Some(Operation::RenameIndex(op.reverse())),
            Operation::RenameConstraint(op) => Some(Operation::RenameConstraint(op.reverse())),
            Operation::SetTableComment(op) => op.reverse().map(Operation::SetTableComment),
            Operation::SetTableOptions(op) => op.reverse().map(Operation::SetTableOptions),
            Operation::CreateView(op) => Some(Operation::DropView(op.reverse())),
            Operation::DropView(op) => op.reverse().map(Operation::CreateView),
            Operation::CreateTrigger(op) => Some(Operation::DropTrigger(op.reverse())),
            Operation::DropTrigger(op) => op.reverse().map(Operation::CreateTrigger),
            Operation::CreateEnum(op) => Some(Operation::DropEnum(op.reverse())),
            Operation::DropEnum(op) => op.reverse().map(Operation::CreateEnum),
            Operation::RenameEnumValue(op) => Some(Operation::RenameEnumValue(op.reverse())),
            Operation::Insert(op) => op.reverse().map(Operation::DeleteRows),
            Operation::DeleteRows(op) => op.reverse().map(Operation::Insert),
            Operation::Native(op) => op.reverse().map(Operation::Native),
            Operation::CreateSchema(op) => Some(Operation::DropSchema(op.reverse())),
            Operation::DropSchema(op) => Some(Operation::CreateSchema(op.reverse())),
            Operation::InSchema(op) => op.reverse().map(Operation::InSchema),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{
        Check, Column, DefaultValue, EnumType, Index, Object, Table, Trigger, Type, Unique, View,
    };

    fn reversible() -> Vec<Operation> {
        let mut table = Table::new("users");
        table.column(Column::new("id", Type::Integer));
        let column = Column::new("email", Type::Text);
        vec![
            Operation::CreateTable(CreateTable::new(table.clone())),
            Operation::CreateTable(CreateTable {
                existence: ExistenceCheck::IfNotExists,
                ..CreateTable::new(table.clone())
            }),
            Operation::DropTable(DropTable {
                table: Some(table.clone()),
                native: vec!["CREATE TABLE users (id UUID)".into()],
                ..DropTable::new("users")
            }),
            Operation::Native(Native {
                object: Object::new("function", "f()"),
                change: NativeChange::Replace {
                    from: "1".into(),
                    to: "2".into(),
                },
                up: vec!["CREATE OR REPLACE …".into()],
                down: Some(vec!["CREATE OR REPLACE …".into()]),
            }),
            Operation::RenameTable(RenameTable::new("a", "b")),
            Operation::AddColumn(AddColumn::new("users", column.clone())),
            Operation::DropColumn(DropColumn {
                column: Some(column),
                existence: ExistenceCheck::IfExists,
                ..DropColumn::new("users", "email")
            }),
            Operation::RenameColumn(RenameColumn::new("users", "a", "b")),
            Operation::CreateIndex(CreateIndex::new(Index::new("ix", "users", "email"))),
            Operation::AddConstraint(AddConstraint::new(
                "users",
                Constraint::Unique(Unique::new("email").named("uq")),
            )),
            Operation::AddConstraint(AddConstraint::new("users", Check::new("a > 0").into())),
            Operation::RenameIndex(RenameIndex::new("users", "a", "b")),
            Operation::RenameConstraint(RenameConstraint::new("users", "a", "b")),
            Operation::RenameEnumValue(RenameEnumValue::new("mood", "a", "b")),
            Operation::CreateView(CreateView::new(View::new("v", "SELECT 1").materialized())),
            Operation::CreateTrigger(CreateTrigger::new(Trigger::new("t", "users", "…"))),
            Operation::CreateSchema(CreateSchema::new("billing")),
            Operation::CreateIndex(CreateIndex::new(Index::new("ix", "users", "email")))
                .done_in(Some("billing")),
            Operation::CreateEnum(CreateEnum {
                enum_type: EnumType::new("mood", ["sad"]),
                existence: ExistenceCheck::IfNotExists,
            }),
            Operation::SetTableComment(SetTableComment {
                from: Some(None),
                ..SetTableComment::new("users", Some("people".into()))
            }),
            Operation::SetTableOptions(SetTableOptions {
                from: Some(Some("STRICT".into())),
                ..SetTableOptions::new("users", None)
            }),
            Operation::Insert(
                Insert::new("t", ["a", "b"])
                    .row(crate::params![1, 2])
                    .key("b"),
            ),
            Operation::AddColumn(AddColumn {
                position: Position::First,
                fill: Some("1".into()),
                ..AddColumn::new("users", Column::new("n", Type::Integer).not_null())
            }),
        ]
    }

    #[test]
    fn reversing_twice_gives_the_operation_back() {
        for operation in reversible() {
            let twice = operation.clone().reverse().and_then(Operation::reverse);
            assert_eq!(twice, Some(operation));
        }
    }

    #[test]
    fn an_altered_column_gets_back_what_it_was_and_nothing_else() {
        let was = Column::new("a", Type::Integer).default(1).collate("C");
        let mut change = AlterColumn::new("t", "a");
        change.set_type(Type::Text);
        change.using("a::text");
        change.not_null_with_fill("''");
        change.drop_default();
        assert_eq!(change.clone().reverse(), None, "what it was is not known");
        change.from(was.clone());
        let back = change.clone().reverse().expect("a reverse");
        assert_eq!(back.data_type, Some(Type::Integer));
        assert_eq!(back.not_null, Some(false));
        assert_eq!(back.default, Some(Some(DefaultValue::Integer(1))));
        assert_eq!(
            (&back.using, &back.fill, &back.collation),
            (&None, &None, &None)
        );
        assert_eq!(back.applied_to(&change.applied_to(&was)), was);
        let again = back.reverse().expect("a reverse");
        assert_eq!((again.using, again.fill), (None, None));
        assert_eq!(
            (again.data_type, again.default),
            (change.data_type, change.default)
        );
    }

    #[test]
    fn rows_without_a_known_key_stay() {
        let rows = Insert::new("t", ["a", "b"]).row(crate::params![1, 2]);
        assert_eq!(Operation::Insert(rows.clone()).reverse(), None);
        let delete = rows.key("b").reverse().expect("a reverse");
        assert_eq!(delete.rows, [vec![crate::value::Value::Integer(2)]]);
    }

    #[test]
    fn a_drop_that_does_not_know_what_it_drops_has_no_reverse() {
        assert_eq!(
            Operation::DropTable(DropTable::new("users")).reverse(),
            None
        );
        assert_eq!(
            Operation::DropColumn(DropColumn::new("users", "email")).reverse(),
            None
        );
        assert_eq!(
            Operation::DropIndex(DropIndex::new("users", "ix")).reverse(),
            None
        );
    }

    #[test]
    fn only_what_older_programs_need_not_know_is_additive() {
        let additive = |operation: &Operation| operation.compatibility() == Compatibility::Additive;
        let index = Index::new("ix", "users", "email");
        assert!(additive(&Operation::CreateIndex(CreateIndex::new(
            index.clone()
        ))));
        assert!(!additive(&Operation::CreateIndex(CreateIndex::new(
            index.unique()
        ))));
        assert!(!additive(&Operation::DropTable(DropTable::new("users"))));
        assert!(!additive(&Operation::RenameColumn(RenameColumn::new(
            "users", "a", "b"
        ))));
    }
}
