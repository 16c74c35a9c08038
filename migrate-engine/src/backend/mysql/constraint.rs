//! Constraints of existing tables: finds the constraint of an operation, and the other objects that change with it.

use crate::error::OpError;
use migrate_schema::operation::{
    Constraint, ConstraintRef, DropConstraint, Operation, RenameConstraint,
};
use migrate_schema::schema::{ForeignKey, Table};

use super::alter::{inspection, table};
use super::definition::{Definition, Property};
use super::expression::normalize;
use super::inspect::{self, Key, made_for_key};
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
            help: "list its constraints with SHOW CREATE TABLE; the name of a primary key is always `PRIMARY`"
                .to_owned(),
        });
    };
    let name = found.name().unwrap_or_default();
    Ok(match &found {
        Constraint::PrimaryKey(_) => vec![DROP_PRIMARY_KEY.to_owned()],
        Constraint::Unique(_) => vec![drop_key(name)],
        Constraint::ForeignKey(key) => {
            let mut clauses = vec![drop_foreign_key(name)];
            clauses.extend(index_of(session, &table, key)?);
            clauses
        }
        _ => vec![drop_check(session, &table.name, name)?],
    })
}

/// Returns the part of an ALTER TABLE that drops a check. The name of a check inside a column definition is the name
/// of the column, and redefining the column without the check drops it.
fn drop_check(session: &mut MysqlSession<'_>, table: &str, name: &str) -> Result<String> {
    let shown = inspect::shown_table(session.conn, session.server, &identifier(table));
    let column = Definition::find(&shown.map_err(inspection)?, name);
    let column = column.filter(|column| column.get(Property::Check).is_some());
    Ok(match column {
        Some(mut column) => {
            column.set(Property::Check, None);
            format!("MODIFY COLUMN {} {}", identifier(name), column.text())
        }
        None => format!("DROP CONSTRAINT {}", identifier(name)),
    })
}

const DROP_PRIMARY_KEY: &str = "DROP PRIMARY KEY";

/// Returns the part of an ALTER TABLE that drops an index or a unique constraint.
pub(super) fn drop_key(name: &str) -> String {
    match name {
        "PRIMARY" => DROP_PRIMARY_KEY.to_owned(),
        name => format!("DROP INDEX {}", identifier(name)),
    }
}

/// Returns the part of an ALTER TABLE that drops a foreign key.
pub(super) fn drop_foreign_key(name: &str) -> String {
    format!("DROP FOREIGN KEY {}", identifier(name))
}

/// Returns the indexes to add with `clauses` of an ALTER TABLE, so that each remaining foreign key has an index. The
/// server does not drop an index that a foreign key needs. The new index has the name that the server would choose.
pub(super) fn indexes_instead(
    session: &mut MysqlSession<'_>,
    name: &str,
    clauses: &[String],
) -> Result<Vec<String>> {
    if !clauses.iter().any(|clause| clause.starts_with("DROP ")) {
        return Ok(Vec::new());
    }
    let table = table(session, name)?;
    let indexes = inspect::all_keys(session.conn, session.server, Some(&table.name));
    let indexes = indexes.map_err(inspection)?;
    let is_dropped = |clause: String| {
        let mut clauses = clauses.iter();
        clauses.any(|other| other.eq_ignore_ascii_case(&clause))
    };
    let keys = table.foreign_keys.iter().filter_map(|key| {
        let own = key.name.as_deref()?;
        let mut serving = indexes.iter().filter(|index| serves(index, key)).peekable();
        let loses =
            serving.peek().is_some() && serving.all(|index| is_dropped(drop_key(&index.name)));
        (loses && !is_dropped(drop_foreign_key(own))).then(|| write::index(own, &key.columns))
    });
    Ok(keys.collect())
}

/// Returns whether the server can use this index for a foreign key: its first columns are the key's columns, in
/// order.
fn serves(index: &Key, key: &ForeignKey) -> bool {
    let first = index.parts.get(..key.columns.len()).unwrap_or_default();
    inspect::plain_columns(first).is_some_and(|columns| columns == key.columns)
}

/// Returns whether the constraint exists.
pub(super) fn is_there(session: &mut MysqlSession<'_>, op: &DropConstraint) -> Result<bool> {
    let table = table(session, &op.table)?;
    Ok(find(&table, op).is_some())
}

/// Returns the constraint of an operation, with its current name.
fn find(table: &Table, op: &DropConstraint) -> Option<Constraint> {
    let same = |columns: &[String], expected: &[String]| {
        columns.len() == expected.len()
            && columns
                .iter()
                .zip(expected)
                .all(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    let mut all = migrate_schema::ddl::constraints(table).into_iter();
    // A primary key has no name of its own, so any name refers to it if the operation drops a primary key.
    let key = matches!(op.constraint, Some(Constraint::PrimaryKey(_)));
    all.find(|constraint| match (&op.reference, constraint) {
        (ConstraintRef::Named(_), Constraint::PrimaryKey(_)) if key => true,
        (ConstraintRef::Named(name), found) => found
            .name()
            .is_some_and(|found| found.eq_ignore_ascii_case(name)),
        (ConstraintRef::PrimaryKey, Constraint::PrimaryKey(_)) => true,
        (ConstraintRef::Unique(columns), Constraint::Unique(unique)) => {
            same(&unique.columns, columns)
        }
        (ConstraintRef::ForeignKey(columns), Constraint::ForeignKey(key)) => {
            same(&key.columns, columns)
        }
        (ConstraintRef::Check(condition), Constraint::Check(check)) => {
            normalize(condition) == check.condition
        }
        _ => false,
    })
}

/// Returns the clause that drops the index that the server created for a foreign key. Otherwise the index would
/// remain.
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
    let created = keys.map_err(inspection)?.into_iter().find(|index| {
        let columns = index.columns().unwrap_or_default();
        !index.unique && columns == key.columns && made_for_key(table, &index.name, &columns)
    });
    Ok(created
        .filter(|_| !needed)
        .map(|index| drop_key(&index.name)))
}

/// Returns the parts of an ALTER TABLE that rename a constraint. The server can rename only indexes, so other
/// constraints are dropped and recreated in one statement.
pub(super) fn renamed(
    session: &mut MysqlSession<'_>,
    op: &RenameConstraint,
) -> Result<Vec<String>> {
    let table = table(session, &op.table)?;
    let by_name = DropConstraint::new(op.table.as_str(), op.from.as_str());
    let to = op.to.clone();
    let recreated = match find(&table, &by_name) {
        Some(Constraint::Unique(_)) => {
            let (from, to) = (identifier(&op.from), identifier(&op.to));
            return Ok(vec![format!("RENAME INDEX {from} TO {to}")]);
        }
        Some(Constraint::ForeignKey(key)) => Constraint::ForeignKey(key.named(to)),
        Some(Constraint::Check(check)) => Constraint::Check(check.named(to)),
        Some(Constraint::PrimaryKey(_)) => {
            return Err(OpError::Unsupported {
                operation: Operation::RenameConstraint(op.clone()).title(),
                reason: "the name of every primary key is PRIMARY on this server".to_owned(),
                help: "leave it out".to_owned(),
            });
        }
        _ => return dropped(session, &by_name),
    };
    let mut clauses = dropped(session, &by_name)?;
    clauses.push(format!("ADD {}", write::constraint(&recreated)));
    Ok(clauses)
}
