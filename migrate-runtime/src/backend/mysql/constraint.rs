//! Constraints of a table that is there: which one is meant, and what goes with it.

use crate::error::OpError;
use crate::op::{Constraint, DropConstraint, Operation, RenameConstraint, Which};
use crate::schema::{ForeignKey, Table};

use super::alter::{inspection, table};
use super::expression::normal;
use super::inspect::{self, made_for_key};
use super::session::MysqlSession;
use super::{identifier, write};

type Result<T> = std::result::Result<T, OpError>;

/// Returns the parts of an ALTER TABLE that drop a constraint.
pub(super) fn dropped(session: &mut MysqlSession<'_>, op: &DropConstraint) -> Result<Vec<String>> {
    let table = table(session, &op.table)?;
    let Some(found) = find(&table, op) else {
        return Err(OpError::Invalid {
            operation: Operation::DropConstraint(op.clone()).title(),
            reason: format!("table `{}` has no such constraint", op.table),
            help: "look at its constraints with SHOW CREATE TABLE; a primary key is `PRIMARY`, whatever it was called"
                .to_owned(),
        });
    };
    let name = identifier(found.name().unwrap_or_default());
    Ok(match &found {
        Constraint::PrimaryKey(_) => vec!["DROP PRIMARY KEY".to_owned()],
        Constraint::Unique(_) => vec![format!("DROP INDEX {name}")],
        Constraint::ForeignKey(key) => {
            let mut clauses = vec![format!("DROP FOREIGN KEY {name}")];
            clauses.extend(index_of(session, &table, key)?);
            clauses
        }
        _ => vec![format!("DROP CONSTRAINT {name}")],
    })
}

/// Returns whether the constraint is there.
pub(super) fn is_there(session: &mut MysqlSession<'_>, op: &DropConstraint) -> Result<bool> {
    let table = table(session, &op.table)?;
    Ok(find(&table, op).is_some())
}

/// Returns the constraint that is meant, with the name it has.
fn find(table: &Table, op: &DropConstraint) -> Option<Constraint> {
    let same = |columns: &[String], wanted: &[String]| {
        columns.len() == wanted.len()
            && columns
                .iter()
                .zip(wanted)
                .all(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    let mut all = crate::ddl::constraints(table).into_iter();
    // A key keeps no name of its own: it is meant where the name was given to one.
    let key = matches!(op.constraint, Some(Constraint::PrimaryKey(_)));
    all.find(|constraint| match (&op.which, constraint) {
        (Which::Named(_), Constraint::PrimaryKey(_)) if key => true,
        (Which::Named(name), found) => found
            .name()
            .is_some_and(|found| found.eq_ignore_ascii_case(name)),
        (Which::PrimaryKey, Constraint::PrimaryKey(_)) => true,
        (Which::Unique(columns), Constraint::Unique(unique)) => same(&unique.columns, columns),
        (Which::ForeignKey(columns), Constraint::ForeignKey(key)) => same(&key.columns, columns),
        (Which::Check(condition), Constraint::Check(check)) => normal(condition) == check.condition,
        _ => false,
    })
}

/// The server made an index for a foreign key, and would leave it there.
fn index_of(
    session: &mut MysqlSession<'_>,
    table: &Table,
    key: &ForeignKey,
) -> Result<Option<String>> {
    let keys = inspect::all_keys(session.conn, session.server, Some(&table.name));
    let others = table
        .foreign_keys
        .iter()
        .filter(|other| other.name != key.name);
    let needed = others
        .into_iter()
        .any(|other| other.columns.first() == key.columns.first());
    let made = keys.map_err(inspection)?.into_iter().find(|index| {
        let columns = index.columns().unwrap_or_default();
        !index.unique && columns == key.columns && made_for_key(table, &index.name, &columns)
    });
    Ok(made
        .filter(|_| !needed)
        .map(|index| format!("DROP INDEX {}", identifier(&index.name))))
}

/// Returns the parts of an ALTER TABLE that give a constraint another name. The server renames indexes only, so others are
/// dropped and made again, in one statement.
pub(super) fn renamed(
    session: &mut MysqlSession<'_>,
    op: &RenameConstraint,
) -> Result<Vec<String>> {
    let table = table(session, &op.table)?;
    let by_name = DropConstraint::new(op.table.as_str(), op.from.as_str());
    let to = op.to.clone();
    let again = match find(&table, &by_name) {
        Some(Constraint::Unique(_)) => {
            let (from, to) = (identifier(&op.from), identifier(&op.to));
            return Ok(vec![format!("RENAME INDEX {from} TO {to}")]);
        }
        Some(Constraint::ForeignKey(key)) => Constraint::ForeignKey(key.named(to)),
        Some(Constraint::Check(check)) => Constraint::Check(check.named(to)),
        Some(Constraint::PrimaryKey(_)) => {
            return Err(OpError::Unsupported {
                operation: Operation::RenameConstraint(op.clone()).title(),
                reason: "every primary key of the server is called PRIMARY".to_owned(),
                help: "leave it out".to_owned(),
            });
        }
        _ => return dropped(session, &by_name),
    };
    let mut clauses = dropped(session, &by_name)?;
    clauses.push(format!("ADD {}", write::constraint(&again)));
    Ok(clauses)
}
