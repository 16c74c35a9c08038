//! Operations: what a revision does to a schema, as values.
//!
//! Comes in: names and definitions. Goes out: a value that [`ddl`](crate::ddl) turns into SQL, that a backend can refuse
//! before anything runs, and that knows the operation which undoes it. Knows no database and no SQL.

mod add_column;
mod alter_column;
mod constraint;
mod create_index;
mod create_table;
mod drop_column;
mod drop_index;
mod drop_table;
mod mistake;
mod rename_column;
mod rename_table;

pub use add_column::AddColumn;
pub use alter_column::AlterColumn;
pub use constraint::{AddConstraint, Constraint, DropConstraint};
pub use create_index::CreateIndex;
pub use create_table::CreateTable;
pub use drop_column::DropColumn;
pub use drop_index::DropIndex;
pub use drop_table::DropTable;
pub use mistake::Mistake;
pub use rename_column::RenameColumn;
pub use rename_table::RenameTable;

/// One operation on a schema.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// Creates a table.
    CreateTable(CreateTable),
    /// Drops a table and its rows.
    DropTable(DropTable),
    /// Gives a table another name.
    RenameTable(RenameTable),
    /// Adds a column.
    AddColumn(AddColumn),
    /// Drops a column and its values.
    DropColumn(DropColumn),
    /// Gives a column another name.
    RenameColumn(RenameColumn),
    /// Changes a column's type, default or whether it takes NULL.
    AlterColumn(AlterColumn),
    /// Creates an index.
    CreateIndex(CreateIndex),
    /// Drops an index.
    DropIndex(DropIndex),
    /// Adds a constraint to a table that is there.
    AddConstraint(AddConstraint),
    /// Drops a constraint by its name.
    DropConstraint(DropConstraint),
}

/// Whether an operation looks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Runs, and fails where the database refuses.
    Always,
    /// Runs where the thing it makes is missing, else does nothing.
    IfMissing,
    /// Runs where the thing it takes is there, else does nothing.
    IfExists,
}

impl When {
    /// Returns what the undoing operation asks: what was made if missing is taken if it exists.
    #[must_use]
    pub fn reverse(self) -> When {
        match self {
            When::Always => When::Always,
            When::IfMissing => When::IfExists,
            When::IfExists => When::IfMissing,
        }
    }
}

/// Whether writers of a table go on while an index is made or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locking {
    /// They wait.
    #[default]
    Blocking,
    /// They go on; outside a transaction only, and only where the database can.
    Concurrent,
}

/// Whether a program that does not know a revision can go on beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It only adds what older programs need not know.
    Additive,
    /// It may take away or change what older programs rely on.
    Breaking,
}

impl Effect {
    /// Returns the word that the version table stores.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Additive => "additive",
            Effect::Breaking => "breaking",
        }
    }
}

impl Operation {
    /// Returns the operation that undoes this one, or `None` where what it needs is not known. Rows are not restored.
    #[must_use]
    pub fn reverse(self) -> Option<Operation> {
        match self {
            Operation::CreateTable(op) => Some(Operation::DropTable(op.reverse())),
            Operation::DropTable(op) => op.reverse().map(Operation::CreateTable),
            Operation::RenameTable(op) => Some(Operation::RenameTable(op.reverse())),
            Operation::AddColumn(op) => Some(Operation::DropColumn(op.reverse())),
            Operation::DropColumn(op) => op.reverse().map(Operation::AddColumn),
            Operation::RenameColumn(op) => Some(Operation::RenameColumn(op.reverse())),
            Operation::AlterColumn(_) => None,
            Operation::CreateIndex(op) => Some(Operation::DropIndex(op.reverse())),
            Operation::DropIndex(op) => op.reverse().map(Operation::CreateIndex),
            Operation::AddConstraint(op) => op.reverse().map(Operation::DropConstraint),
            Operation::DropConstraint(op) => op.reverse().map(Operation::AddConstraint),
        }
    }

    /// Returns whether a program that does not know this operation can go on beside it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Operation::CreateTable(_) | Operation::AddColumn(_) => Effect::Additive,
            // A unique index refuses rows that an older program may write.
            Operation::CreateIndex(op) if !op.index.unique => Effect::Additive,
            _ => Effect::Breaking,
        }
    }

    /// Returns the operation in a few words, for messages: "drop column `users.email`".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Operation::CreateTable(op) => format!("create table `{}`", op.table.name),
            Operation::DropTable(op) => format!("drop table `{}`", op.name),
            Operation::RenameTable(op) => format!("rename table `{}` to `{}`", op.from, op.to),
            Operation::AddColumn(op) => format!("add column `{}.{}`", op.table, op.column.name),
            Operation::DropColumn(op) => format!("drop column `{}.{}`", op.table, op.name),
            Operation::RenameColumn(op) => {
                format!("rename column `{}.{}` to `{}`", op.table, op.from, op.to)
            }
            Operation::AlterColumn(op) => format!("alter column `{}.{}`", op.table, op.name),
            Operation::CreateIndex(op) => format!("create index `{}`", op.index.name),
            Operation::DropIndex(op) => format!("drop index `{}`", op.name),
            Operation::AddConstraint(op) => {
                format!("add {} to `{}`", op.constraint.title(), op.table)
            }
            Operation::DropConstraint(op) => {
                format!("drop constraint `{}` of `{}`", op.name, op.table)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Index, Table, Type, Unique};

    fn reversible() -> Vec<Operation> {
        let mut table = Table::new("users");
        table.column(Column::new("id", Type::Integer));
        let column = Column::new("email", Type::Text);
        vec![
            Operation::CreateTable(CreateTable::new(table.clone())),
            Operation::CreateTable(CreateTable {
                table: table.clone(),
                when: When::IfMissing,
            }),
            Operation::DropTable(DropTable {
                name: "users".into(),
                table: Some(table),
                when: When::Always,
            }),
            Operation::RenameTable(RenameTable::new("a", "b")),
            Operation::AddColumn(AddColumn::new("users", column.clone())),
            Operation::DropColumn(DropColumn {
                table: "users".into(),
                name: "email".into(),
                column: Some(column),
                when: When::IfExists,
            }),
            Operation::RenameColumn(RenameColumn::new("users", "a", "b")),
            Operation::CreateIndex(CreateIndex::new(Index::new("ix", "users", "email"))),
            Operation::AddConstraint(AddConstraint::new(
                "users",
                Constraint::Unique(Unique {
                    name: Some("uq".into()),
                    columns: vec!["email".into()],
                }),
            )),
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
        let additive = |operation: &Operation| operation.effect() == Effect::Additive;
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
