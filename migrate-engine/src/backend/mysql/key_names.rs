//! Names of foreign keys. A name is unique in the whole database, and generated names contain the name of the table.

use mysql::prelude::Queryable as _;

use crate::backend::Backend as _;
use crate::error::OpError;
use migrate_schema::operation::{Constraint, Operation, RenameTable};

use super::Mysql;
use super::alter::{self, inspection};
use super::check::unsupported;
use super::normalize::LONGEST;
use super::session::MysqlSession;

type Result<T> = std::result::Result<T, OpError>;

/// The help if a name is already used.
pub(super) const TAKEN: &str =
    "give each foreign key a name that no other table's foreign key has, or no name";

/// Checks whether the names of the foreign keys that an operation creates or renames are available.
pub(super) fn check(session: &mut MysqlSession<'_>, operation: &Operation) -> Result<()> {
    let (table, names): (&str, Vec<String>) = match operation {
        Operation::CreateTable(op) => {
            let names = op.table.foreign_keys.iter();
            let names = names.filter_map(|key| key.name.clone());
            (&op.table.name, names.collect())
        }
        Operation::AddConstraint(op) => match &op.constraint {
            Constraint::ForeignKey(key) => (&op.table, key.name.iter().cloned().collect()),
            _ => return Ok(()),
        },
        Operation::RenameTable(op) => (&op.from, names_after_rename(session, operation, op)?),
        _ => return Ok(()),
    };
    if !session.server.shares_key_names() {
        return Ok(());
    }
    for name in names {
        if let Some(other) = other_table_with_key(session, table, &name)? {
            let server = session.server.title();
            return unsupported(
                operation,
                format!(
                    "table `{other}` has a foreign key `{name}`, and {server} requires unique foreign key names in a \
                     database"
                ),
                TAKEN,
            );
        }
    }
    Ok(())
}

/// Returns the names that the foreign keys of a table get if the table is renamed.
fn names_after_rename(
    session: &mut MysqlSession<'_>,
    operation: &Operation,
    op: &RenameTable,
) -> Result<Vec<String>> {
    let table = alter::table(session, &op.from)?;
    let mut names = Vec::new();
    let rule = <Mysql>::RULES.foreign_key_naming;
    for before in table
        .foreign_keys
        .iter()
        .filter_map(|key| key.name.as_ref())
    {
        match rule.after_rename(before, (&op.from, &op.to)) {
            None => {
                return unsupported(
                    operation,
                    format!(
                        "renaming the table would rename its foreign key `{before}` to a name of more than {LONGEST} \
                         characters, and no statement could drop it then"
                    ),
                    "drop the foreign key first, and afterwards add it with an explicit name",
                );
            }
            Some(after) if after != *before => names.push(after),
            Some(_) => {}
        }
    }
    Ok(names)
}

/// Returns another table that has a foreign key with this name.
fn other_table_with_key(
    session: &mut MysqlSession<'_>,
    table: &str,
    name: &str,
) -> Result<Option<String>> {
    // For the exact query, MariaDB opens every table of the database. InnoDB's own list shows faster that no such
    // name exists, if the user may read it.
    if session.server.is_mariadb() {
        let anywhere = session.conn.exec_first(ANYWHERE, (name, name));
        if matches!(anywhere, Ok(Some(0_u64))) {
            return Ok(None);
        }
    }
    let other = session.conn.exec_first(ELSEWHERE, (name, table));
    other.map_err(inspection)
}

/// An ID consists of the database and the name.
const ANYWHERE: &str = "SELECT COUNT(*) FROM information_schema.INNODB_SYS_FOREIGN \
     WHERE RIGHT(ID, CHAR_LENGTH(?) + 1) = CONCAT('/', ?)";

/// The server searches only this database if the condition is on the schema of the table, not on the schema of the
/// constraint.
const ELSEWHERE: &str = "SELECT TABLE_NAME FROM information_schema.TABLE_CONSTRAINTS \
     WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_TYPE = 'FOREIGN KEY' AND CONSTRAINT_NAME = ? AND TABLE_NAME <> ?";
