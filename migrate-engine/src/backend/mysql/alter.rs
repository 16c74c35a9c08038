//! Runs operations as statements of this database. It combines several changes of one table in one ALTER TABLE, which
//! succeeds or fails as a whole.

use mysql::prelude::Queryable as _;

use crate::error::{DatabaseError, DatabaseErrorKind, OpError};
use migrate_schema::ddl;
use migrate_schema::operation::{
    AddColumn, AlterColumn, Constraint, ConstraintRef, DropColumn, DropIndex, Operation,
    SetTableOptions,
};
use migrate_schema::schema::{Column, ForeignKey, Table, Type};

use super::constraint;
use super::definition::{self, Definition, Property, is_json_check};
use super::error::from_driver;
use super::inspect::{self, is_text};
use super::server::Server;
use super::session::MysqlSession;
use super::{MysqlDialect, identifier, literal, types, write};

type Result<T> = std::result::Result<T, OpError>;

/// Returns whether these operations can be one statement. They must change one table, and none may use what another
/// one creates or renames, because every part of an ALTER TABLE refers to the original table.
pub(super) fn is_one(operations: &[Operation]) -> bool {
    if operations.len() > 1 && !keys_agree(operations) {
        return false;
    }
    let mut touched: Vec<&str> = Vec::new();
    for operation in operations {
        let names: Vec<&str> = match operation {
            // A separate statement fills in the values.
            Operation::AddColumn(op) if op.fill.is_some() => return operations.len() == 1,
            Operation::AlterColumn(op) if op.fill.is_some() => return operations.len() == 1,
            Operation::AddColumn(op) => vec![&op.column.name],
            Operation::DropColumn(op) => vec![&op.name],
            Operation::RenameColumn(op) => vec![&op.from, &op.to],
            Operation::AlterColumn(op) => vec![&op.name],
            // It refers to the columns as they are after the statement.
            Operation::AddConstraint(_) | Operation::SetTableComment(_) => vec![],
            // Changes of rows are not changes of the schema.
            Operation::Insert(_) | Operation::DeleteRows(_) => return false,
            Operation::DropConstraint(op) => op.reference.name().into_iter().collect(),
            _ => return operations.len() == 1,
        };
        let is_touched = |name: &str| touched.iter().any(|known| known.eq_ignore_ascii_case(name));
        if names.iter().any(|name| is_touched(name)) {
            return false;
        }
        touched.extend(names);
    }
    true
}

/// Returns whether the server can check the foreign keys in one statement of these operations.
///
/// Columns are renamed in a separate statement. A statement that copies the table can't rename a column of a foreign
/// key, and one that does not copy it looks for the key's index by the old name. Foreign keys are dropped before
/// others with the same names are added (<https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html>). A
/// foreign key to its own table is checked against the original table.
fn keys_agree(operations: &[Operation]) -> bool {
    let renames = |operation: &Operation| matches!(operation, Operation::RenameColumn(_));
    let references_own_table = |operation: &Operation| {
        let new = new_key(operation).zip(operation.table());
        new.is_some_and(|(key, table)| key.table.eq_ignore_ascii_case(table))
    };
    let any = |is: &dyn Fn(&Operation) -> bool| operations.iter().any(is);
    let only_renames = !any(&renames) || operations.iter().all(renames);
    let recreates_key = any(&|one| new_key(one).is_some()) && any(&may_drop_key);
    only_renames && !recreates_key && !any(&references_own_table)
}

/// Returns the foreign key that an operation adds.
fn new_key(operation: &Operation) -> Option<&ForeignKey> {
    match operation {
        Operation::AddColumn(op) => op.column.references.as_ref(),
        Operation::AddConstraint(op) => match &op.constraint {
            Constraint::ForeignKey(key) => Some(key),
            _ => None,
        },
        _ => None,
    }
}

fn may_drop_key(operation: &Operation) -> bool {
    match operation {
        Operation::DropColumn(_) => true,
        Operation::DropConstraint(op) => match (&op.reference, &op.constraint) {
            (_, Some(constraint)) => matches!(constraint, Constraint::ForeignKey(_)),
            (reference, None) => matches!(
                reference,
                ConstraintRef::ForeignKey(_) | ConstraintRef::Named(_)
            ),
        },
        _ => false,
    }
}

/// Runs the operations, in one statement unless values are filled in. Returns the number of statements.
pub(super) fn run(session: &mut MysqlSession<'_>, operations: &[Operation]) -> Result<u32> {
    let mut number = 0;
    for sql in preview_sql(session, operations)? {
        number += 1;
        session
            .statement(&sql)
            .map_err(|source| OpError::Statement {
                number,
                sql,
                source,
            })?;
    }
    Ok(number)
}

/// Returns the statements for the operations, given the current tables.
pub(super) fn preview_sql(
    session: &mut MysqlSession<'_>,
    operations: &[Operation],
) -> Result<Vec<String>> {
    let separate = match operations {
        [operation] => statements(session, operation)?,
        _ => None,
    };
    match separate {
        Some(statements) => Ok(statements),
        None => altered(session, operations),
    }
}

/// Returns the statements of an operation that can't be part of an ALTER TABLE.
fn statements(
    session: &mut MysqlSession<'_>,
    operation: &Operation,
) -> Result<Option<Vec<String>>> {
    let statement = match operation {
        Operation::CreateTable(op) if !op.native.is_empty() => return Ok(Some(op.native.clone())),
        Operation::CreateTable(op) => {
            let unicode = is_unicode(session)?;
            write::create_table(Some(session.server), &op.table, unicode)
        }
        Operation::CreateIndex(op) => write::create_index(op),
        Operation::DropIndex(op) => return drop_index(session, op).map(Some),
        Operation::SetTableOptions(op) => return set_options(session, op).map(Some),
        Operation::DropTrigger(op) => format!("DROP TRIGGER {}", identifier(&op.name)),
        Operation::AddColumn(op) => match &op.fill {
            Some(fill) => return filled_column(session, op, fill).map(Some),
            None => return Ok(None),
        },
        Operation::AlterColumn(op) => match &op.fill {
            Some(fill) => return filled(session, op, fill).map(Some),
            None => return Ok(None),
        },
        Operation::DropColumn(_)
        | Operation::RenameColumn(_)
        | Operation::AddConstraint(_)
        | Operation::DropConstraint(_)
        | Operation::RenameIndex(_)
        | Operation::RenameConstraint(_)
        | Operation::SetTableComment(_) => return Ok(None),
        other => return Ok(Some(ddl::statements(&MysqlDialect, other))),
    };
    Ok(Some(vec![statement]))
}

/// Sets options. If the collation of the table changes, columns with the previous collation of the table get the new
/// one.
fn set_options(session: &mut MysqlSession<'_>, op: &SetTableOptions) -> Result<Vec<String>> {
    let now = table(session, &op.table)?.options.unwrap_or_default();
    let mut options = op.options.clone().unwrap_or_default();
    let contains_word = |text: &str, word: &str| text.to_ascii_uppercase().contains(word);
    // All options of a table are set: options that it no longer has are reset to their defaults.
    if contains_word(&now, "ENGINE") && !contains_word(&options, "ENGINE") {
        options = format!("ENGINE=InnoDB {options}").trim().to_owned();
    }
    let collates = |text: &str| {
        contains_word(text, "COLLATE")
            || contains_word(text, "CHARSET")
            || contains_word(text, "CHARACTER SET")
    };
    if collates(&now) && !collates(&options) {
        let own: Option<String> = session
            .conn
            .query_first(format!("SELECT {}", inspect::OWN_COLLATION))
            .map_err(inspection)?;
        options = format!("{options} COLLATE={}", own.unwrap_or_default())
            .trim()
            .to_owned();
    }
    if options.is_empty() {
        return Ok(Vec::new());
    }
    let mut clauses = vec![options.clone()];
    if collates(&options) {
        clauses.extend(columns_with_table_collation(session, &op.table)?);
    }
    let table = identifier(&op.table);
    Ok(vec![format!("ALTER TABLE {table} {}", clauses.join(", "))])
}

/// Returns the clauses that redefine the text columns with the table's collation.
fn columns_with_table_collation(
    session: &mut MysqlSession<'_>,
    table: &str,
) -> Result<Vec<String>> {
    let shown = inspect::shown_table(session.conn, session.server, &identifier(table));
    let shown = shown.map_err(inspection)?;
    let own: Option<String> = session
        .conn
        .exec_first(
            "SELECT TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
            (table,),
        )
        .map_err(inspection)?;
    // MySQL also prints the table's collation at the columns if it is not the default of the character set.
    let own = format!("COLLATE {}", own.unwrap_or_default());
    let (items, _) = definition::parts_of(&shown);
    let columns = items.iter().filter_map(|item| {
        let (name, text) = definition::item_name(item)?;
        let mut column = Definition::parse(text);
        let data_type = types::read(column.get(Property::Type).unwrap_or_default());
        if column.get(Property::Collate) == Some(own.as_str()) {
            column.set(Property::Collate, None);
            column.set(Property::CharacterSet, None);
        }
        let explicit = column
            .get(Property::Collate)
            .or(column.get(Property::CharacterSet));
        (is_text(&data_type) && explicit.is_none())
            .then(|| format!("MODIFY COLUMN {} {}", identifier(&name), column.text()))
    });
    Ok(columns.collect())
}

/// Drops an index. If a foreign key needs it, the same statement adds an index for that key.
fn drop_index(session: &mut MysqlSession<'_>, op: &DropIndex) -> Result<Vec<String>> {
    let clause = constraint::drop_key(&op.name);
    let instead = constraint::indexes_instead(session, &op.table, &[clause])?;
    Ok(vec![write::drop_index(op, &instead)])
}

/// Adds a nullable column, fills it, and then makes it NOT NULL.
fn filled_column(
    session: &mut MysqlSession<'_>,
    op: &AddColumn,
    fill: &str,
) -> Result<Vec<String>> {
    let (table, name) = (identifier(&op.table), identifier(&op.column.name));
    let late = op.column.not_null && !op.column.has_value();
    let added = AddColumn {
        column: Column {
            not_null: op.column.not_null && !late,
            ..op.column.clone()
        },
        ..op.clone()
    };
    let clauses = add_column(session, &added);
    let mut statements = vec![
        format!("ALTER TABLE {table} {}", clauses.join(", ")),
        format!("UPDATE {table} SET {name} = ({fill})"),
    ];
    if late {
        let text = write::column(Some(session.server), &op.column);
        statements.push(format!("ALTER TABLE {table} MODIFY COLUMN {text}"));
    }
    Ok(statements)
}

fn filled(session: &mut MysqlSession<'_>, op: &AlterColumn, fill: &str) -> Result<Vec<String>> {
    let (table, name) = (identifier(&op.table), identifier(&op.name));
    let change = alter_column(session, op)?;
    Ok(vec![
        format!("UPDATE {table} SET {name} = ({fill}) WHERE {name} IS NULL"),
        format!("ALTER TABLE {table} {change}"),
    ])
}

/// Returns one ALTER TABLE for operations that can be part of it.
fn altered(session: &mut MysqlSession<'_>, operations: &[Operation]) -> Result<Vec<String>> {
    let mut table = None;
    let mut clauses = Vec::new();
    for operation in operations {
        let (name, more) = clauses_of(session, operation)?;
        table.get_or_insert(name);
        // Two operations may drop the same object, but the statement can drop it only once.
        for clause in more {
            if !clauses.contains(&clause) {
                clauses.push(clause);
            }
        }
    }
    let Some(table) = table else {
        return Ok(Vec::new());
    };
    let instead = constraint::indexes_instead(session, table, &clauses)?;
    clauses.extend(instead);
    let clauses = clauses.join(", ");
    Ok(vec![format!("ALTER TABLE {} {clauses}", identifier(table))])
}

fn clauses_of<'o>(
    session: &mut MysqlSession<'_>,
    operation: &'o Operation,
) -> Result<(&'o str, Vec<String>)> {
    Ok(match operation {
        Operation::AddColumn(op) => (&op.table, add_column(session, op)),
        Operation::DropColumn(op) => (&op.table, drop_column(session, op)?),
        Operation::RenameColumn(op) => {
            let clause = rename_column(session, &op.table, &op.from, &op.to)?;
            (&op.table, vec![clause])
        }
        Operation::AlterColumn(op) => (&op.table, vec![alter_column(session, op)?]),
        Operation::AddConstraint(op) => {
            let clause = format!("ADD {}", write::constraint(&op.constraint));
            (&op.table, vec![clause])
        }
        Operation::DropConstraint(op) => (&op.table, constraint::dropped(session, op)?),
        Operation::RenameConstraint(op) => (&op.table, constraint::renamed(session, op)?),
        Operation::RenameIndex(op) => {
            let (from, to) = (identifier(&op.from), identifier(&op.to));
            (&op.table, vec![format!("RENAME INDEX {from} TO {to}")])
        }
        Operation::SetTableComment(op) => {
            let text = literal(op.comment.as_deref().unwrap_or_default());
            (&op.table, vec![format!("COMMENT = {text}")])
        }
        other => {
            return Err(OpError::Invalid {
                operation: other.title(),
                reason: "it does not alter a table".to_owned(),
                help: "run it separately".to_owned(),
            });
        }
    })
}

/// Returns whether the default character set of a table can store every character.
fn is_unicode(session: &mut MysqlSession<'_>) -> Result<bool> {
    let set: Option<String> = session
        .conn
        .query_first("SELECT @@character_set_database")
        .map_err(inspection)?;
    Ok(set.as_deref() == Some("utf8mb4"))
}

pub(super) fn inspection(error: mysql::Error) -> OpError {
    OpError::Inspection(from_driver(&error))
}

fn add_column(session: &MysqlSession<'_>, op: &AddColumn) -> Vec<String> {
    // A table with only this column gives the constraints of the column.
    let mut table = Table::new(op.table.as_str());
    table.column(op.column.clone());
    table.hoist_column_constraints();
    let position = write::position(&op.position);
    let mut clauses: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            format!(
                "ADD COLUMN {}{position}",
                write::column(Some(session.server), column)
            )
        })
        .collect();
    let table_constraints = ddl::constraints(&table);
    clauses.extend(
        table_constraints
            .iter()
            .map(|constraint| format!("ADD {}", write::constraint(constraint))),
    );
    clauses
}

/// Drops a column. The server also drops an index over only this column, but a foreign key over only this column must
/// be dropped explicitly.
fn drop_column(session: &mut MysqlSession<'_>, op: &DropColumn) -> Result<Vec<String>> {
    let table = table(session, &op.table)?;
    let is_only_column =
        |columns: &[String]| matches!(columns, [only] if only.eq_ignore_ascii_case(&op.name));
    let mut clauses: Vec<String> = table
        .foreign_keys
        .iter()
        .filter(|key| is_only_column(&key.columns))
        .filter_map(|key| key.name.as_ref())
        .map(|name| constraint::drop_foreign_key(name))
        .collect();
    clauses.push(format!("DROP COLUMN {}", identifier(&op.name)));
    Ok(clauses)
}

fn rename_column(
    session: &mut MysqlSession<'_>,
    table: &str,
    from: &str,
    to: &str,
) -> Result<String> {
    let (old, new) = (identifier(from), identifier(to));
    if session.server.renames_columns() {
        return Ok(format!("RENAME COLUMN {old} TO {new}"));
    }
    let definition = definition(session, table, from)?;
    Ok(format!("CHANGE COLUMN {old} {new} {}", definition.text()))
}

/// Reads one table.
pub(super) fn table(session: &mut MysqlSession<'_>, name: &str) -> Result<Table> {
    let names = [name.to_owned()];
    let schema = inspect::named(session.conn, session.server, &names).map_err(inspection)?;
    let found = schema
        .tables
        .into_iter()
        .find(|table| table.name.eq_ignore_ascii_case(name));
    Ok(found.unwrap_or_else(|| Table::new(name)))
}

fn definition(session: &mut MysqlSession<'_>, table: &str, column: &str) -> Result<Definition> {
    let shown = inspect::shown_table(session.conn, session.server, &identifier(table));
    let shown = shown.map_err(inspection)?;
    let found = Definition::find(&shown, column);
    found.ok_or_else(|| {
        OpError::Inspection(DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("table `{table}` has no column `{column}`"),
        ))
    })
}

/// Redefines the whole column, with only the requested changes.
fn alter_column(session: &mut MysqlSession<'_>, op: &AlterColumn) -> Result<String> {
    let server = session.server;
    let mut column = definition(session, &op.table, &op.name)?;
    let data_type = op.data_type.clone().unwrap_or_else(|| column.data_type());
    if op.data_type.is_some() {
        retype(server, &mut column, &data_type);
    }
    if let Some(not_null) = op.not_null {
        let clause = if not_null { "NOT NULL" } else { "NULL" };
        column.set(Property::Null, Some(clause.to_owned()));
        // The server prints DEFAULT NULL for a nullable column without a default.
        if not_null && column.get(Property::Default) == Some("DEFAULT NULL") {
            column.set(Property::Default, None);
        }
    }
    if let Some(default) = &op.default {
        let sql = default
            .as_ref()
            .map(|value| write::default(Some(server), &data_type, value));
        column.set(Property::Default, sql.map(|sql| format!("DEFAULT {sql}")));
    }
    if let Some(collation) = &op.collation {
        column.set(Property::CharacterSet, None);
        let clause = collation
            .as_ref()
            .map(|name| format!("COLLATE {}", identifier(name)));
        column.set(Property::Collate, clause);
    }
    if let Some(comment) = &op.comment {
        let clause = comment
            .as_ref()
            .map(|text| format!("COMMENT {}", literal(text)));
        column.set(Property::Comment, clause);
    }
    let auto_increment = op.identity.map(|identity| identity.is_some());
    // An operation can declare this in two ways. If the column is no longer the only one of its key, one way is
    // replaced by the other, and the column stays auto-increment.
    let auto_increment = match (op.autoincrement, auto_increment) {
        (None, auto_increment) | (auto_increment, None) => auto_increment,
        (Some(one), Some(other)) => Some(one || other),
    };
    if let Some(auto_increment) = auto_increment {
        let clause = auto_increment.then(|| "AUTO_INCREMENT".to_owned());
        column.set(Property::AutoIncrement, clause);
        if auto_increment {
            column.set(Property::Null, Some("NOT NULL".to_owned()));
            column.set(Property::Default, None);
        }
    }
    Ok(format!(
        "MODIFY COLUMN {} {}",
        identifier(&op.name),
        column.text()
    ))
}

/// Sets the type, and removes the attributes that only the old type had.
fn retype(server: Server, column: &mut Definition, data_type: &Type) {
    column.set_data_type(server, data_type);
    if !is_text(&types::canonical(data_type)) || *data_type == Type::Json {
        column.set(Property::CharacterSet, None);
        column.set(Property::Collate, None);
    }
    // The check that makes a `LONGTEXT` column JSON.
    let json = column.get(Property::Check).is_some_and(is_json_check);
    if json {
        column.set(Property::Check, None);
        column.set(Property::CharacterSet, None);
        column.set(Property::Collate, None);
    }
}
