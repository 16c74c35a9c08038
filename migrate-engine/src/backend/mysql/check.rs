//! Checks whether the server can run an operation, before anything runs.

use mysql::prelude::Queryable as _;

use crate::backend::CheckOutcome;
use crate::error::OpError;
use migrate_schema::operation::{
    Constraint, CreateIndex, DropColumn, DropConstraint, ExistenceCheck, Operation,
};
use migrate_schema::schema::{
    Column, DefaultValue, Deferrable, ForeignKey, Identity, Index, IndexKey, NullsDistinct, Order,
    ReferentialAction, Table, Type, Unique, Validity, ViewKind,
};

use super::alter::{self, inspection};
use super::inspect::{self, Key};
use super::normalize::LONGEST;
use super::session::MysqlSession;
use super::{constraint as found, key_names, types, write};

type Result<T> = std::result::Result<T, OpError>;

/// Checks whether `operation` can run, in one statement with those `before` it.
pub(super) fn check(
    session: &mut MysqlSession<'_>,
    before: &[Operation],
    operation: &Operation,
) -> Result<CheckOutcome> {
    let long = names(operation)
        .into_iter()
        .find(|name| name.chars().count() > LONGEST);
    if let Some(name) = long {
        return invalid(
            operation,
            format!(
                "`{name}` is {} characters long, and the server accepts names of up to {LONGEST} characters",
                name.chars().count()
            ),
            "give it a shorter name",
        );
    }
    if !has_work(session, operation)? {
        return Ok(CheckOutcome::Skip);
    }
    key_names::check(session, operation)?;
    match operation {
        // The server's own statement is more complete than the operation.
        Operation::CreateTable(op) if !op.native.is_empty() => {}
        Operation::CreateTable(op) => create_table(session, operation, &op.table)?,
        Operation::AddColumn(op) => {
            let mut table = Table::new(op.table.as_str());
            table.columns.push(op.column.clone());
            parts(session, operation, &table)?;
        }
        Operation::DropColumn(op) => drop_column(session, before, operation, op)?,
        Operation::AlterColumn(op) if op.using.is_some() => {
            return unsupported(
                operation,
                "the server converts existing values itself and does not accept an expression for it".to_owned(),
                "add a column of the new type, fill it with `op.execute(\"UPDATE …\")`, drop the old column, and \
                 rename the new one",
            );
        }
        Operation::AlterColumn(op) => {
            always_numbered(operation, op.identity.flatten())?;
            if let Some(Some(value)) = &op.default {
                let data_type = op.data_type.clone().unwrap_or(Type::Integer);
                let column = Column::new(op.name.as_str(), data_type).default(value.clone());
                computed_default(session, operation, &column)?;
            }
        }
        Operation::CreateIndex(op) => create_index(session, operation, op)?,
        Operation::AddConstraint(op) => {
            constraint(session, operation, &op.constraint)?;
            if let Constraint::Unique(unique) = &op.constraint
                && !session.server.hashes_long_keys()
            {
                let columns = live_columns(session, &op.table)?;
                whole_columns(operation, &columns, &unique.columns)?;
            }
        }
        Operation::RenameIndex(_) if !session.server.renames_indexes() => {
            return unsupported(
                operation,
                format!("{} can't rename an index", session.server.title()),
                "drop it and create it with the new name",
            );
        }
        other => reject_unsupported(other)?,
    }
    Ok(CheckOutcome::Run)
}

/// Rejects operations that only other databases support.
fn reject_unsupported(operation: &Operation) -> Result<()> {
    let (reason, help) = match operation {
        Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::AddEnumValue(_)
        | Operation::RenameEnumValue(_) => (
            "the server has no named enum types",
            "leave it out: a column of `Type::enumeration(…)` has its own list of values, and `alter_column` changes it",
        ),
        Operation::CreateSchema(_) | Operation::DropSchema(_) => (
            "on this server a schema is a database, and a run stays in its own database",
            "leave it out, or write the revision for PostgreSQL only: `op: &mut Op<Postgres>`",
        ),
        Operation::ValidateConstraint(_) => (
            "the server validates a constraint when it is added, and never again",
            "leave it out, and leave out `not_valid()` too",
        ),
        Operation::CreateView(op) if op.view.kind == ViewKind::Materialized => (
            "the server does not store the rows of a view",
            "create a plain view, or a table that you fill with a query",
        ),
        _ => return Ok(()),
    };
    unsupported(operation, reason.to_owned(), help)
}

pub(super) fn unsupported<R>(operation: &Operation, reason: String, help: &str) -> Result<R> {
    Err(OpError::Unsupported {
        operation: operation.title(),
        reason,
        help: help.to_owned(),
    })
}

fn invalid<R>(operation: &Operation, reason: String, help: &str) -> Result<R> {
    Err(OpError::Invalid {
        operation: operation.title(),
        reason,
        help: help.to_owned(),
    })
}

/// Returns the names that an operation gives.
fn names(operation: &Operation) -> Vec<&str> {
    match operation {
        Operation::CreateTable(op) => {
            let table = &op.table;
            let mut names = vec![table.name.as_str()];
            names.extend(table.columns.iter().map(|column| column.name.as_str()));
            let uniques = table.uniques.iter().map(|unique| &unique.name);
            let keys = table.foreign_keys.iter().map(|key| &key.name);
            let checks = table.checks.iter().map(|check| &check.name);
            let constraints = uniques.chain(keys).chain(checks);
            names.extend(constraints.flatten().map(String::as_str));
            names
        }
        Operation::RenameTable(op) => vec![&op.to],
        Operation::AddColumn(op) => vec![&op.column.name],
        Operation::RenameColumn(op) => vec![&op.to],
        Operation::RenameIndex(op) => vec![&op.to],
        Operation::RenameConstraint(op) => vec![&op.to],
        Operation::CreateView(op) => vec![&op.view.name],
        Operation::CreateTrigger(op) => vec![&op.trigger.name],
        Operation::CreateIndex(op) => vec![&op.index.name],
        Operation::AddConstraint(op) => op.constraint.name().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Returns whether a conditional operation (`if_not_exists`, `if_exists`) has anything to do. Other operations always
/// have.
fn has_work(session: &mut MysqlSession<'_>, operation: &Operation) -> Result<bool> {
    let (existence, exists) = match operation {
        Operation::CreateTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_table(session, &op.table.name)?)
        }
        Operation::DropTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_table(session, &op.name)?)
        }
        Operation::RenameTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_table(session, &op.from)?)
        }
        Operation::AddColumn(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            has_column(session, &op.table, &op.column.name)?,
        ),
        Operation::DropColumn(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_column(session, &op.table, &op.name)?)
        }
        Operation::CreateIndex(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            has_key(session, &op.index.table, &op.index.name)?,
        ),
        Operation::DropIndex(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_key(session, &op.table, &op.name)?)
        }
        Operation::AddConstraint(op) if op.existence != ExistenceCheck::None => {
            let constraint = DropConstraint::of(op.table.as_str(), op.constraint.reference());
            (op.existence, found::is_there(session, &constraint)?)
        }
        Operation::DropConstraint(op) if op.existence != ExistenceCheck::None => {
            (op.existence, found::is_there(session, op)?)
        }
        Operation::CreateView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_object(session, VIEW, &op.view.name)?)
        }
        Operation::DropView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_object(session, VIEW, &op.name)?)
        }
        Operation::CreateTrigger(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            has_object(session, TRIGGER, &op.trigger.name)?,
        ),
        Operation::DropTrigger(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_object(session, TRIGGER, &op.name)?)
        }
        _ => return Ok(true),
    };
    Ok(exists == (existence == ExistenceCheck::IfExists))
}

fn has_table(session: &mut MysqlSession<'_>, name: &str) -> Result<bool> {
    let names = inspect::tables(session.conn).map_err(inspection)?;
    if names.iter().any(|found| found == name) {
        return Ok(true);
    }
    // If names are not case-sensitive, the server stores some of them in lower case.
    let ignores_case: Option<u8> = session
        .conn
        .query_first("SELECT @@lower_case_table_names")
        .map_err(inspection)?;
    let same = |found: &String| found.to_lowercase() == name.to_lowercase();
    Ok(ignores_case.unwrap_or_default() > 0 && names.iter().any(same))
}

const VIEW: &str = "SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
const TRIGGER: &str = "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME = ?";

fn has_object(session: &mut MysqlSession<'_>, sql: &str, name: &str) -> Result<bool> {
    let count: Option<u64> = session.conn.exec_first(sql, (name,)).map_err(inspection)?;
    Ok(count.is_some_and(|count| count > 0))
}

fn live_columns(session: &mut MysqlSession<'_>, table: &str) -> Result<Vec<Column>> {
    let columns = inspect::columns(session.conn, session.server, Some(table));
    let columns = columns.map_err(inspection)?;
    Ok(columns.into_iter().map(|(_, column)| column).collect())
}

fn has_column(session: &mut MysqlSession<'_>, table: &str, name: &str) -> Result<bool> {
    let columns = live_columns(session, table)?;
    Ok(columns
        .iter()
        .any(|found| found.name.eq_ignore_ascii_case(name)))
}

fn live_keys(session: &mut MysqlSession<'_>, table: &str) -> Result<Vec<Key>> {
    inspect::all_keys(session.conn, session.server, Some(table)).map_err(inspection)
}

fn has_key(session: &mut MysqlSession<'_>, table: &str, name: &str) -> Result<bool> {
    let keys = live_keys(session, table)?;
    Ok(keys.iter().any(|key| key.name.eq_ignore_ascii_case(name)))
}

fn create_table(session: &MysqlSession<'_>, operation: &Operation, table: &Table) -> Result<()> {
    let options = table.options.as_deref().unwrap_or_default();
    let upper = options.to_ascii_uppercase();
    let unsupported_options = [
        "STRICT",
        "WITHOUT ROWID",
        "INHERITS",
        "TABLESPACE PG_",
        "WITH (",
    ];
    if let Some(option) = unsupported_options
        .iter()
        .find(|option| upper.contains(**option))
    {
        return unsupported(
            operation,
            format!("`{option}` is an option of another database"),
            "leave it out, or write a revision for each database",
        );
    }
    parts(session, operation, table)
}

/// Checks the columns and constraints of a table, or of the column that is added to a table.
fn parts(session: &MysqlSession<'_>, operation: &Operation, table: &Table) -> Result<()> {
    for column in &table.columns {
        computed_default(session, operation, column)?;
        always_numbered(operation, column.identity)?;
    }
    let named = super::normalize::named(table.clone());
    for item in &migrate_schema::ddl::constraints(&named) {
        constraint(session, operation, item)?;
        if let Constraint::Unique(unique) = item
            && !session.server.hashes_long_keys()
        {
            whole_columns(operation, &table.columns, &unique.columns)?;
        }
        if let Constraint::PrimaryKey(key) = item {
            whole_columns(operation, &table.columns, &key.columns)?;
        }
    }
    Ok(())
}

/// Rejects `GENERATED ALWAYS`: the server also accepts explicit values for an auto-increment column.
fn always_numbered(operation: &Operation, identity: Option<Identity>) -> Result<()> {
    match identity {
        Some(Identity::Always) => unsupported(
            operation,
            "the server can't reject a value that an INSERT gives for an identity column"
                .to_owned(),
            "use `identity()`, or `autoincrement()` on the primary key",
        ),
        _ => Ok(()),
    }
}

fn constraint(
    session: &MysqlSession<'_>,
    operation: &Operation,
    constraint: &Constraint,
) -> Result<()> {
    match constraint {
        Constraint::ForeignKey(key) => foreign_key(operation, key),
        Constraint::Unique(unique) => unique_constraint(operation, unique),
        Constraint::Exclude(_) => unsupported(
            operation,
            "the server has no exclusion constraints".to_owned(),
            "enforce the rule with a trigger, or with a unique constraint if that is enough",
        ),
        Constraint::Check(check) if check.validity == Validity::NotValid => not_valid(operation),
        Constraint::Check(_) if !session.server.keeps_checks() => unsupported(
            operation,
            format!("{} parses a check and ignores it", session.server.title()),
            "use MySQL 8.0.16 or later, or enforce the condition with triggers",
        ),
        _ => Ok(()),
    }
}

fn not_valid(operation: &Operation) -> Result<()> {
    unsupported(
        operation,
        "the server validates all rows when a constraint is added".to_owned(),
        "leave out `not_valid()`, and correct the rows first",
    )
}

fn deferrable(operation: &Operation, deferrable: Deferrable) -> Result<()> {
    if deferrable == Deferrable::No {
        return Ok(());
    }
    unsupported(
        operation,
        "the server checks a constraint for each row, never at the commit".to_owned(),
        "leave out `deferrable()` and `deferred()`, and write referenced rows first",
    )
}

fn unique_constraint(operation: &Operation, unique: &Unique) -> Result<()> {
    deferrable(operation, unique.deferrable)?;
    nulls(operation, unique.nulls)
}

fn nulls(operation: &Operation, nulls: NullsDistinct) -> Result<()> {
    if nulls == NullsDistinct::Distinct {
        return Ok(());
    }
    unsupported(
        operation,
        "the server's unique indexes treat two NULLs as different".to_owned(),
        "leave out `nulls_not_distinct()`, or make the column NOT NULL",
    )
}

fn foreign_key(operation: &Operation, key: &ForeignKey) -> Result<()> {
    deferrable(operation, key.deferrable)?;
    if key.validity == Validity::NotValid {
        return not_valid(operation);
    }
    let sets_default =
        [key.on_delete, key.on_update].contains(&Some(ReferentialAction::SetDefault));
    if sets_default {
        return unsupported(
            operation,
            "the server's tables do not support SET DEFAULT for a foreign key".to_owned(),
            "use `SetNull`, or a trigger",
        );
    }
    Ok(())
}

/// All versions support literals and the current time as defaults; other expressions need a newer version.
fn computed_default(
    session: &MysqlSession<'_>,
    operation: &Operation,
    column: &Column,
) -> Result<()> {
    let long = matches!(column.data_type, Type::Text | Type::Blob | Type::Json);
    let computed = match &column.default {
        None | Some(DefaultValue::Null) => false,
        Some(DefaultValue::Expression(sql)) => {
            !inspect::is_now_expression(sql) && !migrate_schema::ddl::needs_no_parentheses(sql)
        }
        Some(_) => long,
    };
    if !computed || session.server.computes_defaults() {
        return Ok(());
    }
    unsupported(
        operation,
        format!(
            "{} does not accept such a default for `{}`",
            session.server.title(),
            column.name
        ),
        "use MySQL 8.0.13 or later, or set the value in each INSERT",
    )
}

/// A key covers whole values, and values of some types can be longer than the limit of a key.
fn whole_columns(operation: &Operation, columns: &[Column], names: &[String]) -> Result<()> {
    let long = names.iter().find_map(|name| {
        let column = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))?;
        let data_type = types::canonical(&column.data_type);
        let long = match &data_type {
            Type::Text | Type::Blob | Type::Json => true,
            Type::Custom(spelling) => [
                "tinytext",
                "text",
                "mediumtext",
                "tinyblob",
                "blob",
                "mediumblob",
            ]
            .contains(&spelling.as_ref()),
            _ => false,
        };
        long.then(|| (name.clone(), data_type))
    });
    match long {
        None => Ok(()),
        Some((name, data_type)) => unsupported(
            operation,
            format!(
                "column `{name}` is {data_type}, and the server can't index values of unlimited length"
            ),
            "make the column a `Varchar(n)`; a plain index can cover the first characters: \
             `IndexPart::column(…).prefix_length(100)`",
        ),
    }
}

fn create_index(
    session: &mut MysqlSession<'_>,
    operation: &Operation,
    op: &CreateIndex,
) -> Result<()> {
    let server = session.server;
    let index = &op.index;
    whole_index(operation, index)?;
    hash_index(session, operation, index)?;
    for part in &index.parts {
        if part.opclass.is_some() || part.nulls.is_some() {
            return unsupported(
                operation,
                "the server does not support operator classes, NULLS FIRST and NULLS LAST"
                    .to_owned(),
                "leave them out: NULLs come first in an index of the server",
            );
        }
        if part.collation.is_some() {
            return unsupported(
                operation,
                "the server's indexes use the collation of their column".to_owned(),
                "set the collation on the column, or index a generated column that has it",
            );
        }
        if part.order == Order::Descending && !server.indexes_descending() {
            return unsupported(
                operation,
                format!("{} parses DESC in an index and ignores it", server.title()),
                "leave out `desc()`: the server reads an index in both directions",
            );
        }
        if matches!(part.key, IndexKey::Expression(_)) && !server.indexes_expressions() {
            return unsupported(
                operation,
                format!("{} can't index an expression", server.title()),
                "add a column with `generated_virtual(…)` and index that column",
            );
        }
    }
    if index.unique && server.hashes_long_keys() {
        return Ok(());
    }
    let by_words = index.method.as_deref().unwrap_or_default();
    let names: Vec<String> = index
        .parts
        .iter()
        .filter(|part| part.prefix_length.is_none() && !by_words.eq_ignore_ascii_case("FULLTEXT"))
        .filter_map(|part| match &part.key {
            IndexKey::Column(name) => Some(name.clone()),
            IndexKey::Expression(_) => None,
        })
        .collect();
    let columns = live_columns(session, &index.table)?;
    whole_columns(operation, &columns, &names)
}

fn whole_index(operation: &Operation, index: &Index) -> Result<()> {
    nulls(operation, index.nulls)?;
    if index.predicate.is_some() {
        return unsupported(
            operation,
            "the server can't index only some of the rows".to_owned(),
            "leave out `predicate(…)`; for a unique index over some rows, index a generated column that is NULL in the \
             other rows",
        );
    }
    if !index.include.is_empty() {
        return unsupported(
            operation,
            "the server's indexes can't include further columns".to_owned(),
            "leave out `include(…)`, or add the columns at the end of the index",
        );
    }
    let unknown = index
        .method
        .as_ref()
        .filter(|method| !write::METHODS.contains(&method.to_ascii_uppercase().as_str()));
    match unknown {
        Some(method) => unsupported(
            operation,
            format!("the server does not support the index method `{method}` in its usual tables"),
            "leave out `using(…)`, or use FULLTEXT or SPATIAL",
        ),
        None => Ok(()),
    }
}

/// InnoDB accepts HASH but creates a B-tree, except for a unique key over long values.
fn hash_index(session: &mut MysqlSession<'_>, operation: &Operation, index: &Index) -> Result<()> {
    let method = index.method.as_deref().unwrap_or_default();
    if !method.eq_ignore_ascii_case("HASH") || index.unique {
        return Ok(());
    }
    let engine: Option<String> = session
        .conn
        .exec_first(
            "SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
            (&index.table,),
        )
        .map_err(inspection)?;
    match engine.as_deref() {
        Some("InnoDB" | "MyISAM" | "Aria") => unsupported(
            operation,
            format!("the server does not support the index method `{method}` in its usual tables"),
            "leave out `using(…)`, or use FULLTEXT or SPATIAL",
        ),
        _ => Ok(()),
    }
}

/// Rejects the drop of a column that an index or key shares with other columns, because the server would narrow it to
/// those.
fn drop_column(
    session: &mut MysqlSession<'_>,
    before: &[Operation],
    operation: &Operation,
    op: &DropColumn,
) -> Result<()> {
    let is_dropped = |name: &str| {
        before.iter().any(|operation| match operation {
            Operation::DropConstraint(op) => op.reference.name() == Some(name),
            Operation::DropIndex(op) => op.name == name,
            _ => false,
        })
    };
    let over = |columns: &[String]| {
        columns.len() > 1
            && columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(&op.name))
    };
    let keys = live_keys(session, &op.table)?;
    let key = keys
        .iter()
        .find(|key| over(&key.touched()) && !is_dropped(&key.name));
    let table = alter::table(session, &op.table)?;
    let foreign = table
        .foreign_keys
        .iter()
        .find(|key| over(&key.columns) && !is_dropped(key.name.as_deref().unwrap_or_default()));
    let (kind, name, call) = match (foreign, key) {
        (Some(key), _) => {
            let name = key.name.clone().unwrap_or_default();
            let call = format!("t.drop_constraint(\"{name}\")");
            ("foreign key", name, call)
        }
        (None, Some(key)) if key.unique => {
            let call = format!("t.drop_constraint(\"{}\")", key.name);
            ("constraint", key.name.clone(), call)
        }
        (None, Some(key)) => {
            let call = format!("op.drop_index(\"{}\", \"{}\")", op.table, key.name);
            ("index", key.name.clone(), call)
        }
        (None, None) => return Ok(()),
    };
    unsupported(
        operation,
        format!(
            "{kind} `{name}` also covers other columns; dropping this column would silently narrow it"
        ),
        &format!("drop it explicitly first: `{call}`"),
    )
}
