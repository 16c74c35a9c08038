//! The operations that SQLite does not support, with the reason and a workaround. They are refused before anything
//! runs.

use migrate_schema::operation::{AlterColumn, Constraint, CreateIndex, Locking, Operation};
use migrate_schema::schema::{
    Column, Deferrable, Index, NullsDistinct, Table, Unique, Validity, ViewKind,
};

use super::alter::option;

/// The reason for refusing an operation, with a workaround.
pub(super) struct UnsupportedReason {
    pub(super) reason: String,
    pub(super) help: &'static str,
}

fn unsupported(reason: impl Into<String>, help: &'static str) -> Option<UnsupportedReason> {
    Some(UnsupportedReason {
        reason: reason.into(),
        help,
    })
}

/// Returns why SQLite does not support `operation`, or `None` if it does.
pub(super) fn unsupported_reason(operation: &Operation) -> Option<UnsupportedReason> {
    match operation {
        Operation::CreateTable(op) => in_table(&op.table),
        Operation::AddColumn(op) => in_column(&op.column),
        Operation::AlterColumn(op) => in_change(op),
        Operation::AddConstraint(op) => in_constraint(&op.constraint),
        Operation::CreateIndex(op) => in_index(op),
        Operation::DropIndex(op) if op.locking == Locking::Concurrent => one_writer(),
        Operation::CreateView(op) if op.view.kind == ViewKind::Materialized => stored_view(),
        Operation::DropView(op) if op.kind == ViewKind::Materialized => stored_view(),
        Operation::SetTableComment(_) => no_comments(),
        Operation::SetTableOptions(op) => in_options(op.options.as_deref()),
        Operation::ValidateConstraint(_) => not_valid(),
        Operation::RenameIndex(_) => unsupported(
            "SQLite can't rename an index",
            "drop it and create it with the new name",
        ),
        Operation::RenameConstraint(_) => unsupported(
            "SQLite can't rename a constraint",
            "drop it and add it with the new name, in one `alter_table`",
        ),
        Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::AddEnumValue(_)
        | Operation::RenameEnumValue(_) => unsupported(
            "SQLite has no user-defined types",
            "use a text column with a check that lists the values",
        ),
        Operation::CreateSchema(_) | Operation::DropSchema(_) => unsupported(
            "SQLite has no schemas",
            "leave it out, or write the revision for PostgreSQL only: `op: &mut Op<Postgres>`",
        ),
        _ => None,
    }
}

fn no_comments() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite has no comments on tables and columns",
        "leave the comment out, or write a revision for each database",
    )
}

fn one_writer() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite allows only one writer at a time, so an index can't be created or dropped concurrently",
        "use `create_index` or `drop_index`",
    )
}

fn stored_view() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite has no materialized views",
        "use a plain view, or a table that triggers fill",
    )
}

fn not_valid() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite checks the existing rows when a constraint is added",
        "leave `not_valid()` and `validate_constraint` out",
    )
}

fn in_table(table: &Table) -> Option<UnsupportedReason> {
    if table.comment.is_some() {
        return no_comments();
    }
    let table_constraints = migrate_schema::ddl::constraints(table);
    in_options(table.options.as_deref())
        .or_else(|| table.columns.iter().find_map(in_column))
        .or_else(|| table_constraints.iter().find_map(in_constraint))
}

fn in_options(options: Option<&str>) -> Option<UnsupportedReason> {
    let unknown = options?
        .split(',')
        .map(str::trim)
        .find(|words| option(words).is_none())?;
    unsupported(
        format!(
            "`{unknown}` is not a table option of SQLite; the options are STRICT and WITHOUT ROWID"
        ),
        "leave it out, or write a revision for each database",
    )
}

fn in_column(column: &Column) -> Option<UnsupportedReason> {
    if column.comment.is_some() {
        return no_comments();
    }
    if column.identity.is_some() {
        return no_identity();
    }
    let key = column.references.clone().map(Constraint::ForeignKey);
    key.as_ref().and_then(in_constraint)
}

fn no_identity() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite can only auto-increment an integer primary key",
        "use `primary_key().autoincrement()`",
    )
}

fn in_change(op: &AlterColumn) -> Option<UnsupportedReason> {
    if op.comment.is_some() {
        return no_comments();
    }
    if op.identity.is_some() {
        return no_identity();
    }
    if op.autoincrement.is_some() {
        return unsupported(
            "SQLite sets AUTOINCREMENT only when a table is created",
            "create a new table, copy the rows and rename the table",
        );
    }
    None
}

fn in_constraint(constraint: &Constraint) -> Option<UnsupportedReason> {
    match constraint {
        Constraint::Exclude(_) => unsupported(
            "SQLite has no exclusion constraints",
            "use a unique constraint, or a trigger",
        ),
        Constraint::Unique(unique) => in_unique(unique),
        Constraint::ForeignKey(key) if key.schema.is_some() => unsupported(
            "a foreign key of SQLite can only reference a table in the same file",
            "leave `in_schema` out, or write a revision for each database",
        ),
        other if other.validity() == Validity::NotValid => not_valid(),
        _ => None,
    }
}

fn in_unique(unique: &Unique) -> Option<UnsupportedReason> {
    if unique.deferrable != Deferrable::No {
        return unsupported(
            "SQLite always checks a unique constraint after each row",
            "leave `deferrable()` or `deferred()` out",
        );
    }
    if unique.nulls == NullsDistinct::NotDistinct {
        return distinct_nulls();
    }
    None
}

fn distinct_nulls() -> Option<UnsupportedReason> {
    unsupported(
        "SQLite always treats two NULLs as distinct",
        "leave `nulls_not_distinct()` out, and index an expression such as `coalesce(column, '')`",
    )
}

fn in_index(op: &CreateIndex) -> Option<UnsupportedReason> {
    if op.locking == Locking::Concurrent {
        return one_writer();
    }
    let Index {
        method,
        include,
        nulls,
        options,
        parts,
        ..
    } = &op.index;
    if let Some(method) = method {
        return unsupported(
            format!("SQLite has only one index type and does not support `{method}`"),
            "leave `using(…)` out",
        );
    }
    if !include.is_empty() {
        return unsupported(
            "SQLite indexes can't include columns that are not part of the key",
            "add the columns of `include(…)` to the columns of the index",
        );
    }
    if *nulls == NullsDistinct::NotDistinct {
        return distinct_nulls();
    }
    if let Some(options) = options {
        return unsupported(
            format!("`{options}` is an option of another database"),
            "leave `options(…)` out",
        );
    }
    parts.iter().find_map(|part| {
        if part.nulls.is_some() {
            return unsupported(
                "SQLite indexes sort NULL before all other values",
                "leave `nulls_first()` and `nulls_last()` out, and write NULLS FIRST or NULLS LAST in the query",
            );
        }
        if part.opclass.is_some() {
            return unsupported("SQLite has no operator classes", "leave `opclass(…)` out");
        }
        let length = part.prefix_length?;
        unsupported(
            format!("SQLite indexes whole values, not only their first {length} characters"),
            "leave `prefix_length(…)` out, or index `substr(…)`",
        )
    })
}
