//! Checks operations before they run, and finds what every database would reject.

use super::{
    AddColumn, AlterColumn, Constraint, ConstraintRef, CreateTable, ExistingRows, Insert, Operation,
};
use crate::schema::{Column, EnumType, Table, Validity};
use crate::value::Value;

/// The reason why an operation is invalid, and how to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOperation {
    /// The reason why the operation is wrong.
    pub reason: String,
    /// The text to write instead.
    pub help: String,
}

/// Whether the case of letters distinguishes names. If it does, a table may also have no columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// `userId` and `userid` are different names.
    Counts,
    /// They are the same name.
    Ignored,
}

impl InvalidOperation {
    fn new(reason: impl Into<String>, help: impl Into<String>) -> Option<InvalidOperation> {
        Some(InvalidOperation {
            reason: reason.into(),
            help: help.into(),
        })
    }
}

impl Operation {
    /// Checks what every database would reject.
    ///
    /// # Errors
    ///
    /// The first mistake, and what to write instead.
    pub fn validate(&self) -> Result<(), InvalidOperation> {
        self.validate_on(LetterCase::Counts)
    }

    /// Like [`validate`](Operation::validate), on a database with this rule for the case of names.
    pub fn validate_on(&self, case: LetterCase) -> Result<(), InvalidOperation> {
        self.problem(case).map_or(Ok(()), Err)
    }

    fn problem(&self, case: LetterCase) -> Option<InvalidOperation> {
        if let Some(name) = self
            .names()
            .into_iter()
            .find(|name| name.is_empty() || name.contains('\0'))
        {
            let reason = if name.is_empty() {
                "a name is empty"
            } else {
                "a name contains a NUL character"
            };
            return InvalidOperation::new(reason, "give it a name");
        }
        match self {
            Operation::CreateTable(CreateTable { table, .. }) => in_table(table, case),
            Operation::AddColumn(op) => in_added_column(op),
            Operation::CreateIndex(op) if op.index.parts.is_empty() => {
                InvalidOperation::new("the index has no columns", "name at least one column")
            }
            Operation::AlterColumn(op) => in_change(op),
            Operation::CreateEnum(op) => in_enum(&op.enum_type),
            Operation::Insert(op) => in_rows(op),
            Operation::DeleteRows(op) if op.key.is_empty() => InvalidOperation::new(
                "it has no key columns",
                "name the columns that identify a row",
            ),
            Operation::DeleteRows(op) if op.rows.iter().any(|row| row.len() != op.key.len()) => {
                InvalidOperation::new(
                    "a row does not have one value for each key column",
                    "give each key column a value",
                )
            }
            Operation::CreateTrigger(op) if op.trigger.definition.trim().is_empty() => {
                InvalidOperation::new(
                    "it has no statement",
                    "write the whole CREATE TRIGGER statement",
                )
            }
            Operation::CreateView(op) if op.view.query.trim().is_empty() => {
                InvalidOperation::new("it has no query", "write the query that follows AS")
            }
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Operation::CreateTable(op) => {
                let columns = op.table.columns.iter().map(|column| column.name.as_str());
                std::iter::once(op.table.name.as_str())
                    .chain(columns)
                    .collect()
            }
            Operation::DropTable(op) => vec![&op.name],
            Operation::RenameTable(op) => vec![&op.from, &op.to],
            Operation::AddColumn(op) => vec![&op.table, &op.column.name],
            Operation::DropColumn(op) => vec![&op.table, &op.name],
            Operation::RenameColumn(op) => vec![&op.table, &op.from, &op.to],
            Operation::AlterColumn(op) => vec![&op.table, &op.name],
            Operation::CreateIndex(op) => vec![&op.index.name, &op.index.table],
            Operation::DropIndex(op) => vec![&op.table, &op.name],
            Operation::AddConstraint(op) => vec![&op.table],
            Operation::DropConstraint(op) => match &op.reference {
                ConstraintRef::Named(name) => vec![&op.table, name],
                _ => vec![&op.table],
            },
            other => other.names_of_object(),
        }
    }

    fn names_of_object(&self) -> Vec<&str> {
        match self {
            Operation::ValidateConstraint(op) => vec![&op.table, &op.name],
            Operation::RenameIndex(op) => vec![&op.table, &op.from, &op.to],
            Operation::RenameConstraint(op) => vec![&op.table, &op.from, &op.to],
            Operation::SetTableComment(op) => vec![&op.table],
            Operation::SetTableOptions(op) => vec![&op.table],
            Operation::CreateView(op) => vec![&op.view.name],
            Operation::DropView(op) => vec![&op.name],
            Operation::CreateTrigger(op) => vec![&op.trigger.table, &op.trigger.name],
            Operation::DropTrigger(op) => vec![&op.table, &op.name],
            Operation::CreateEnum(op) => vec![&op.enum_type.name],
            Operation::DropEnum(op) => vec![&op.name],
            Operation::AddEnumValue(op) => vec![&op.name],
            Operation::RenameEnumValue(op) => vec![&op.name],
            Operation::Insert(op) => std::iter::once(&op.table)
                .chain(&op.columns)
                .map(String::as_str)
                .collect(),
            Operation::DeleteRows(op) => vec![&op.table],
            Operation::CreateSchema(op) => vec![&op.name],
            Operation::DropSchema(op) => vec![&op.name],
            _ => Vec::new(),
        }
    }
}

fn in_table(table: &Table, case: LetterCase) -> Option<InvalidOperation> {
    if table.columns.is_empty() && case == LetterCase::Ignored {
        return InvalidOperation::new("it has no columns", "add one: `t.column(Column::new(…))`");
    }
    for (at, column) in table.columns.iter().enumerate() {
        let is_same = |other: &Column| match case {
            LetterCase::Counts => other.name == column.name,
            LetterCase::Ignored => other.name.eq_ignore_ascii_case(&column.name),
        };
        if table.columns[..at].iter().any(is_same) {
            return InvalidOperation::new(
                format!("column `{}` is listed twice", column.name),
                "remove one of them",
            );
        }
    }
    let keys = table
        .columns
        .iter()
        .filter(|column| column.primary_key)
        .count()
        + usize::from(table.primary_key.is_some());
    if keys > 1 {
        return InvalidOperation::new(
            "it has more than one primary key",
            "for a key of several columns, use `t.primary_key([…])`, and no `primary_key()` on a column",
        );
    }
    let key = table.primary_key.as_ref().map(|key| key.columns.as_slice());
    table
        .columns
        .iter()
        .find_map(|column| in_column(column, key.unwrap_or_default()))
        .or_else(|| unknown_column(table))
}

fn unknown_column(table: &Table) -> Option<InvalidOperation> {
    let constraints = table
        .primary_key
        .iter()
        .map(|key| (Constraint::PrimaryKey(key.clone()), &key.columns))
        .chain(
            table
                .uniques
                .iter()
                .map(|unique| (Constraint::Unique(unique.clone()), &unique.columns)),
        )
        .chain(
            table
                .foreign_keys
                .iter()
                .map(|key| (Constraint::ForeignKey(key.clone()), &key.columns)),
        );
    for (constraint, columns) in constraints {
        if columns.is_empty() {
            return InvalidOperation::new(
                format!("the {} has no columns", constraint.title()),
                "name its columns",
            );
        }
        let known = |name: &String| {
            table
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        };
        if let Some(name) = columns.iter().find(|name| !known(name)) {
            let reason = format!(
                "the {} names column `{name}`, which the table does not have",
                constraint.title()
            );
            return InvalidOperation::new(reason, "check the spelling, or add the column");
        }
    }
    None
}

/// Checks a column. `key` is the primary key that the table defines separately from its columns.
fn in_column(column: &Column, key: &[String]) -> Option<InvalidOperation> {
    let name = &column.name;
    let is_key = column.primary_key || matches!(key, [only] if only == name);
    if column.autoincrement && !is_key {
        return InvalidOperation::new(
            format!("column `{name}` auto-increments but is not the primary key"),
            "use `primary_key()` together with `autoincrement()`",
        );
    }
    if column.identity.is_some() && (column.default.is_some() || column.autoincrement) {
        return InvalidOperation::new(
            format!(
                "column `{name}` is an identity column, so it can't have a default or `autoincrement()`"
            ),
            "remove one of them",
        );
    }
    if column.generated.is_some() && column.identity.is_some() {
        return InvalidOperation::new(
            format!("column `{name}` is both a generated column and an identity column"),
            "remove one of them",
        );
    }
    if column.generated.is_some() && (column.default.is_some() || column.primary_key) {
        return InvalidOperation::new(
            format!(
                "column `{name}` is a generated column, so it can't have a default or be a primary key"
            ),
            "remove one of them",
        );
    }
    if let Some(key) = &column.references
        && key.validity == Validity::NotValid
    {
        return InvalidOperation::new(
            format!(
                "column `{name}` has a foreign key to `{}` that is not validated",
                key.target()
            ),
            "use `t.foreign_key(…)` or `t.add_foreign_key(…)` instead",
        );
    }
    if let Some(key) = &column.references
        && key.references.len() > 1
    {
        return InvalidOperation::new(
            format!(
                "column `{name}` references several columns of `{}`",
                key.target()
            ),
            "use `t.foreign_key([…], …)` instead",
        );
    }
    None
}

fn in_added_column(op: &AddColumn) -> Option<InvalidOperation> {
    let column = &op.column;
    if op.fill.is_some() && column.generated.is_some() {
        return InvalidOperation::new("a generated column can't be filled", "remove `fill(…)`");
    }
    if column.not_null
        && !column.has_value()
        && op.fill.is_none()
        && op.existing_rows == ExistingRows::Allowed
    {
        return InvalidOperation::new(
            "a NOT NULL column without a default can't be added to a table that has rows",
            "add a default or `fill(…)`, or call `assume_empty_table()`",
        );
    }
    in_column(column, &[])
}

fn in_change(op: &AlterColumn) -> Option<InvalidOperation> {
    if op.using.is_some() && op.data_type.is_none() {
        return InvalidOperation::new(
            "`using` converts values to a new type, and the type does not change",
            "set the type too: `c.set_type(…)`",
        );
    }
    if op.fill.is_some() && op.not_null != Some(true) {
        return InvalidOperation::new(
            "it fills rows that contain NULL, but the column still allows NULL",
            "use `c.not_null_with_fill(…)`, or run an UPDATE",
        );
    }
    if op.is_empty() {
        return InvalidOperation::new(
            "it changes nothing",
            "change something: `|c| c.set_type(…)`, `c.not_null()`, `c.default(…)`",
        );
    }
    None
}

fn in_enum(enum_type: &EnumType) -> Option<InvalidOperation> {
    let twice = enum_type
        .values
        .iter()
        .enumerate()
        .find(|(at, word)| enum_type.values[..*at].contains(word));
    let (_, word) = twice?;
    InvalidOperation::new(format!("`{word}` is listed twice"), "remove one of them")
}

fn in_rows(op: &Insert) -> Option<InvalidOperation> {
    let (columns, help) = (op.columns.len(), "give each column a value");
    if columns == 0 {
        return InvalidOperation::new("it names no columns", "name the columns of the rows");
    }
    let odd = op.rows.iter().position(|row| row.len() != columns);
    if let Some(at) = odd {
        let reason = format!(
            "row {} has {} values for {columns} columns",
            at + 1,
            op.rows[at].len()
        );
        return InvalidOperation::new(reason, help);
    }
    if let Some(name) = op.key.iter().find(|name| !op.columns.contains(name)) {
        return InvalidOperation::new(
            format!("the key names column `{name}`, which the rows do not have"),
            "name one of the columns",
        );
    }
    let nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
    if op.rows.iter().flatten().any(nul) {
        return InvalidOperation::new(
            "a string contains a NUL character, which no SQL statement can contain",
            "store it as bytes, or insert it with `execute_with`",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::CreateIndex;
    use crate::schema::{Index, Type};

    fn reason(build: impl FnOnce(&mut Table)) -> String {
        let mut table = Table::new("t");
        build(&mut table);
        let create = Operation::CreateTable(CreateTable::new(table));
        let valid = create.validate_on(LetterCase::Ignored);
        valid.map_or_else(|invalid| invalid.reason, |()| String::new())
    }

    #[test]
    fn a_table_that_makes_no_sense_is_told_before_it_runs() {
        let id = || Column::new("id", Type::Integer);
        assert!(reason(|_| {}).contains("no columns"));
        assert!(
            reason(|t| {
                t.column(id());
                t.column(Column::new("ID", Type::Text));
            })
            .contains("twice")
        );
        assert!(
            reason(|t| {
                t.column(id().primary_key());
                t.primary_key("id");
            })
            .contains("more than one")
        );
        assert!(
            reason(|t| {
                t.column(id());
                t.unique(["id", "nme"]);
            })
            .contains("`nme`")
        );
        assert!(reason(|t| t.column(id().autoincrement())).contains("auto-increments"));
        assert!(reason(|t| t.column(Column::new("", Type::Text))).contains("empty"));
        assert_eq!(
            reason(|t| {
                t.column(id().primary_key().autoincrement());
            }),
            ""
        );
    }

    #[test]
    fn names_that_differ_in_case_are_two_where_the_database_says_so() {
        let mut table = Table::new("t");
        table.column(Column::new("userId", Type::Integer));
        table.column(Column::new("userid", Type::Integer));
        let create = Operation::CreateTable(CreateTable::new(table));
        assert_eq!(create.validate(), Ok(()));
        assert!(create.validate_on(LetterCase::Ignored).is_err());
        let empty = Operation::CreateTable(CreateTable::new(Table::new("t")));
        assert_eq!(empty.validate(), Ok(()));
    }

    #[test]
    fn a_new_column_that_refuses_null_needs_a_default() {
        let validate = |column| Operation::AddColumn(AddColumn::new("t", column)).validate();
        assert!(validate(Column::new("a", Type::Text).not_null()).is_err());
        assert!(validate(Column::new("a", Type::Text).not_null().default("")).is_ok());
        assert!(validate(Column::new("a", Type::Text)).is_ok());
    }

    #[test]
    fn an_index_is_over_something() {
        let none: [&str; 0] = [];
        assert!(
            Operation::CreateIndex(CreateIndex::new(Index::new("i", "t", none)))
                .validate()
                .is_err()
        );
    }
}
