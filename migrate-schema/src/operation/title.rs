//! The title of an operation, and its compatibility with applications that do not know it.

use super::{Compatibility, Operation};

impl Operation {
    /// Returns the compatibility of the operation with applications that do not know it.
    #[must_use]
    pub fn compatibility(&self) -> Compatibility {
        match self {
            Operation::CreateTable(_)
            | Operation::AddColumn(_)
            | Operation::CreateView(_)
            | Operation::CreateEnum(_)
            | Operation::AddEnumValue(_)
            | Operation::SetTableComment(_)
            | Operation::ValidateConstraint(_)
            | Operation::CreateSchema(_)
            | Operation::Insert(_) => Compatibility::Additive,
            // A unique index refuses rows that an older program may write.
            Operation::CreateIndex(op) if !op.index.unique => Compatibility::Additive,
            // No application depends on a comment.
            Operation::AlterColumn(op) if op.only_comments() => Compatibility::Additive,
            Operation::InSchema(op) => op.operation.compatibility(),
            _ => Compatibility::Breaking,
        }
    }

    /// Returns a short title of the operation for messages: "drop column `users.email`".
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
            Operation::RenameIndex(op) => format!("rename index `{}` to `{}`", op.from, op.to),
            Operation::AddConstraint(op) => {
                format!("add {} to `{}`", op.constraint.title(), op.table)
            }
            Operation::DropConstraint(op) => {
                format!("drop {} of `{}`", op.reference.title(), op.table)
            }
            Operation::ValidateConstraint(op) => {
                format!("validate constraint `{}` of `{}`", op.name, op.table)
            }
            Operation::RenameConstraint(op) => {
                format!(
                    "rename constraint `{}` of `{}` to `{}`",
                    op.from, op.table, op.to
                )
            }
            Operation::SetTableComment(op) => format!("set the comment of table `{}`", op.table),
            Operation::SetTableOptions(op) => format!("set the options of table `{}`", op.table),
            other => other.title_of_object(),
        }
    }

    /// Returns the drift that a conditional operation found when it had nothing to do: "column `users.email` already
    /// exists".
    #[must_use]
    pub fn skip_message(&self) -> String {
        match self {
            Operation::CreateTable(op) => there("table", &op.table.name),
            Operation::DropTable(op) => missing("table", &op.name),
            Operation::RenameTable(op) => missing("table", &op.from),
            Operation::AddColumn(op) => {
                there("column", &format!("{}.{}", op.table, op.column.name))
            }
            Operation::DropColumn(op) => missing("column", &format!("{}.{}", op.table, op.name)),
            Operation::CreateIndex(op) => there("index", &op.index.name),
            Operation::DropIndex(op) => missing("index", &op.name),
            Operation::AddConstraint(op) => {
                format!("{} of `{}` already exists", op.constraint.title(), op.table)
            }
            Operation::DropConstraint(op) => {
                format!("{} of `{}` does not exist", op.reference.title(), op.table)
            }
            Operation::CreateView(op) => there("view", &op.view.name),
            Operation::DropView(op) => missing("view", &op.name),
            Operation::CreateTrigger(op) => there("trigger", &op.trigger.name),
            Operation::DropTrigger(op) => missing("trigger", &op.name),
            Operation::CreateEnum(op) => there("type", &op.enum_type.name),
            Operation::DropEnum(op) => missing("type", &op.name),
            Operation::CreateSchema(op) => there("schema", &op.name),
            Operation::DropSchema(op) => missing("schema", &op.name),
            Operation::AddEnumValue(op) => {
                format!("type `{}` already has the value `{}`", op.name, op.value)
            }
            other => format!("nothing to do: {}", other.title()),
        }
    }

    fn title_of_object(&self) -> String {
        match self {
            Operation::CreateView(op) => format!("create view `{}`", op.view.name),
            Operation::DropView(op) => format!("drop view `{}`", op.name),
            Operation::CreateTrigger(op) => format!("create trigger `{}`", op.trigger.name),
            Operation::DropTrigger(op) => format!("drop trigger `{}`", op.name),
            Operation::CreateEnum(op) => format!("create type `{}`", op.enum_type.name),
            Operation::DropEnum(op) => format!("drop type `{}`", op.name),
            Operation::AddEnumValue(op) => format!("add `{}` to type `{}`", op.value, op.name),
            Operation::RenameEnumValue(op) => {
                format!("rename `{}` of type `{}` to `{}`", op.from, op.name, op.to)
            }
            Operation::Insert(op) => format!("insert into `{}`", op.table),
            Operation::DeleteRows(op) => format!("delete from `{}`", op.table),
            Operation::Native(op) => op.title(),
            Operation::CreateSchema(op) => format!("create schema `{}`", op.name),
            Operation::DropSchema(op) => format!("drop schema `{}`", op.name),
            Operation::InSchema(op) => {
                format!("{} in schema `{}`", op.operation.title(), op.schema)
            }
            _ => String::new(),
        }
    }
}

fn there(kind: &str, name: &str) -> String {
    format!("{kind} `{name}` already exists")
}

fn missing(kind: &str, name: &str) -> String {
    format!("{kind} `{name}` does not exist")
}
