//! Writes operations as SQL, for every dialect.
//!
//! [`statements`] returns the SQL of an [`Operation`], in order. The [`Dialect`] supplies the differences between
//! databases. The backend has already checked that the database supports the operation.

mod column;
mod constraint;
mod dialect;
mod enum_type;
mod index;
mod literal;
pub mod reserved;
mod rows;
mod table;
mod view;

pub use column::{column, default_value, needs_no_parentheses};
pub use constraint::{constraint, constraints};
pub use constraint::{qualified, target};
pub use dialect::{CommentSyntax, Dialect, RowComparison};
pub use literal::filled_in;
pub use rows::{hex, value};

use crate::operation::{CreateTable, Operation};

/// Returns the statements of `operation`, in order.
#[must_use]
pub fn statements(dialect: &dyn Dialect, operation: &Operation) -> Vec<String> {
    if let Operation::CreateTable(CreateTable { native, .. }) = operation
        && !native.is_empty()
    {
        return native.clone();
    }
    let own = dialect.statements(operation);
    own.unwrap_or_else(|| standard(dialect, operation))
}

/// Returns the statements of `operation` in standard SQL, for a dialect that adds its own.
#[must_use]
pub fn standard(dialect: &dyn Dialect, operation: &Operation) -> Vec<String> {
    let id = |name: &str| dialect.identifier(name);
    let alter = |table: &str, change: String| vec![format!("ALTER TABLE {} {change}", id(table))];
    match operation {
        Operation::CreateTable(op) => table::create(dialect, op),
        Operation::DropTable(op) => vec![format!("DROP TABLE {}", id(&op.name))],
        Operation::RenameTable(op) => alter(&op.from, format!("RENAME TO {}", id(&op.to))),
        Operation::AddColumn(op) => column::add(dialect, op),
        Operation::DropColumn(op) => alter(&op.table, format!("DROP COLUMN {}", id(&op.name))),
        Operation::RenameColumn(op) => alter(
            &op.table,
            format!("RENAME COLUMN {} TO {}", id(&op.from), id(&op.to)),
        ),
        Operation::AlterColumn(op) => column::alter(dialect, op),
        Operation::CreateIndex(op) => vec![index::create(dialect, op)],
        Operation::DropIndex(op) => vec![index::drop(dialect, op)],
        Operation::RenameIndex(op) => vec![format!(
            "ALTER INDEX {} RENAME TO {}",
            id(&op.from),
            id(&op.to)
        )],
        Operation::AddConstraint(op) => alter(
            &op.table,
            format!("ADD {}", constraint(dialect, &op.constraint)),
        ),
        Operation::DropConstraint(op) => {
            vec![constraint::drop(dialect, op)]
        }
        Operation::ValidateConstraint(op) => {
            alter(&op.table, format!("VALIDATE CONSTRAINT {}", id(&op.name)))
        }
        Operation::RenameConstraint(op) => alter(
            &op.table,
            format!("RENAME CONSTRAINT {} TO {}", id(&op.from), id(&op.to)),
        ),
        Operation::SetTableComment(op) => {
            vec![table::comment(dialect, &op.table, op.comment.as_deref())]
        }
        Operation::SetTableOptions(op) => table::set_options(dialect, op),
        Operation::CreateView(op) => vec![view::create(dialect, &op.view)],
        Operation::DropView(op) => vec![format!("DROP {} {}", view::words(op.kind), id(&op.name))],
        Operation::CreateTrigger(op) => vec![op.trigger.definition.clone()],
        Operation::DropTrigger(op) => vec![format!(
            "DROP TRIGGER {} ON {}",
            id(&op.name),
            id(&op.table)
        )],
        Operation::CreateEnum(op) => vec![enum_type::create(dialect, &op.enum_type)],
        Operation::DropEnum(op) => vec![format!("DROP TYPE {}", id(&op.name))],
        Operation::AddEnumValue(op) => vec![enum_type::add_value(dialect, op)],
        Operation::RenameEnumValue(op) => vec![format!(
            "ALTER TYPE {} RENAME VALUE {} TO {}",
            id(&op.name),
            dialect.string_literal(&op.from),
            dialect.string_literal(&op.to)
        )],
        Operation::Insert(op) => rows::insert(dialect, op),
        Operation::DeleteRows(op) => rows::delete(dialect, op),
        Operation::Native(op) => op.up.clone(),
        Operation::CreateSchema(op) => vec![format!("CREATE SCHEMA {}", id(&op.name))],
        Operation::DropSchema(op) => vec![format!("DROP SCHEMA {}", id(&op.name))],
        // The caller sets the schema before and after these statements.
        Operation::InSchema(op) => statements(dialect, &op.operation),
    }
}

/// Returns names as identifiers, separated by commas.
#[must_use]
pub fn names(dialect: &dyn Dialect, names: &[String]) -> String {
    names
        .iter()
        .map(|name| dialect.identifier(name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns strings as literals, separated by commas.
#[must_use]
pub fn string_literals(dialect: &dyn Dialect, values: &[String]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| dialect.string_literal(value))
        .collect();
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::AddColumn;
    use crate::schema::{Column, Expr, ForeignKey, ReferentialAction, Table, Type, Unique};

    struct Standard;
    impl Dialect for Standard {}

    fn sql(operation: Operation) -> String {
        statements(&Standard, &operation).join("; ")
    }

    #[test]
    fn a_table_is_written_column_by_column() {
        let mut table = Table::new("items");
        table.column(Column::new("id", Type::Integer).not_null());
        table.column(Column::new("price", Type::Numeric(10, 2)).default(1));
        table.primary_key("id");
        table.foreign_key(
            "id",
            ForeignKey::to("things", "id").on_delete(ReferentialAction::SetNull),
        );
        table.unique(Unique::new(["id", "price"]).named("uq"));
        table.check("price > 0");
        assert_eq!(
            sql(Operation::CreateTable(CreateTable::new(table))),
            "CREATE TABLE \"items\" (\n    \"id\" INTEGER NOT NULL,\n    \"price\" NUMERIC(10, 2) DEFAULT 1,\n    \
             PRIMARY KEY (\"id\"),\n    FOREIGN KEY (\"id\") REFERENCES \"things\" (\"id\") ON DELETE SET NULL,\n    \
             CONSTRAINT \"uq\" UNIQUE (\"id\", \"price\"),\n    CHECK (price > 0)\n)"
        );
    }

    #[test]
    fn names_and_strings_cannot_escape_their_quotes() {
        let column = Column::new("a\"b", Type::Text).default("it's");
        assert_eq!(
            sql(Operation::AddColumn(AddColumn::new("t", column))),
            "ALTER TABLE \"t\" ADD COLUMN \"a\"\"b\" TEXT DEFAULT 'it''s'"
        );
    }

    #[test]
    fn an_expression_is_in_parentheses_unless_it_is_one_word() {
        let default = |sql: &str| default_value(&Standard, &Expr::new(sql).into());
        assert_eq!(default("CURRENT_TIMESTAMP"), "CURRENT_TIMESTAMP");
        assert_eq!(default("-1.5"), "-1.5");
        assert_eq!(default("'a''b'"), "'a''b'");
        assert_eq!(default("'a' || 'b'"), "('a' || 'b')");
        assert_eq!(default("datetime('now')"), "(datetime('now'))");
    }
}
