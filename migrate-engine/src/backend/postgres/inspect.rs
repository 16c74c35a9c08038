//! Reads the [`Schema`] of a live database: the first schema of the search path, without objects of extensions.

mod bodies;
mod branches;
mod columns;
mod constraints;
mod cycles;
mod definitions;
mod indexes;
mod natives;
mod objects;
mod other_schemas;

use postgres::{Error, Transaction};

use crate::backend::ObjectInfo;
use migrate_schema::schema::{Schema, Table};

pub(super) use columns::{columns, default_value, nextval, serial};
pub(super) use definitions::numbered;
pub(super) use indexes::invalid_indexes;
pub(super) use objects::has_enum_value;
pub(super) use other_schemas::others;

type Result<T> = std::result::Result<T, Error>;

/// The condition that `c.oid` does not belong to an extension.
const OWN: &str = "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')";

const HERE: &str =
    "c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

/// Reads the whole schema without the table `except`. Partitions do not count as tables.
pub(super) fn schema(transaction: &mut Transaction<'_>, except: Option<&str>) -> Result<Schema> {
    let mut schema = modelled(transaction, None)?;
    schema.enums = objects::enums(transaction)?;
    natives::read(transaction, &mut schema)?;
    schema.retain_tables(|table| Some(table) != except);
    Ok(schema)
}

/// Reads the tables and views that operations create, with their parts: all of them, or those with these names, and
/// the indexes and triggers with these names.
pub(super) fn modelled(
    transaction: &mut Transaction<'_>,
    only: Option<&[String]>,
) -> Result<Schema> {
    let mut schema = Schema::default();
    let sql = format!(
        "{TABLES} AND NOT c.relispartition AND ($1::text[] IS NULL OR c.relname = ANY ($1)) {BY_NAME}"
    );
    for row in transaction.query(&sql, &[&only])? {
        schema.tables.push(Table::new(row.try_get::<_, String>(0)?));
    }
    fill(transaction, &mut schema, only)?;
    schema.indexes = indexes::all(transaction, only)?;
    schema.views = objects::views(transaction, only)?;
    schema.triggers = objects::triggers(transaction, only)?;
    Ok(schema)
}

/// Reads one table, if it exists.
pub(super) fn table(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<Table>> {
    if !tables(transaction)?.iter().any(|found| found == name) {
        return Ok(None);
    }
    let mut schema = Schema::default();
    schema.tables.push(Table::new(name));
    fill(transaction, &mut schema, Some(&[name.to_owned()]))?;
    Ok(schema.tables.pop())
}

/// Reads the parts of the tables in `schema`: of all tables, or of those with these names.
fn fill(
    transaction: &mut Transaction<'_>,
    schema: &mut Schema,
    only: Option<&[String]>,
) -> Result<()> {
    for (table, column) in columns(transaction, only)? {
        if let Some(table) = find(schema, &table) {
            table.columns.push(column);
        }
    }
    constraints::read(transaction, schema, only)?;
    objects::about_tables(transaction, schema, only)
}

fn find<'s>(schema: &'s mut Schema, name: &str) -> Option<&'s mut Table> {
    schema.tables.iter_mut().find(|table| table.name == name)
}

const TABLES: &str = "SELECT c.relname::text FROM pg_class AS c WHERE c.relkind IN ('r', 'p') \
     AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
     AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')";

const BY_NAME: &str = "ORDER BY c.relname::text COLLATE \"C\"";

/// Reads the names of the tables, sorted.
pub(super) fn tables(transaction: &mut Transaction<'_>) -> Result<Vec<String>> {
    transaction
        .query(&format!("{TABLES} {BY_NAME}"), &[])?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// Describes the object of a schema that has this name.
pub(super) fn describe_object(
    transaction: &mut Transaction<'_>,
    schema: &str,
    name: &str,
) -> Result<Option<ObjectInfo>> {
    let found = transaction.query_opt(
        "SELECT c.oid, c.relkind::text, \
                ARRAY(SELECT a.attname::text FROM pg_attribute AS a \
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
                ARRAY(SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a \
                      ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), \
                ARRAY(SELECT g.tgname::text FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal) \
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
        &[&schema, &name],
    )?;
    let Some(row) = found else { return Ok(None) };
    let kind = match row.try_get::<_, String>(1)?.as_str() {
        "r" => "table",
        "v" => "view",
        "m" => "materialized view",
        "i" | "I" => "index",
        "S" => "sequence",
        "p" => "partitioned table",
        "f" => "foreign table",
        _ => "composite type",
    };
    let columns: Vec<String> = row.try_get(2)?;
    let key: Vec<String> = row.try_get(3)?;
    Ok(Some(ObjectInfo {
        kind: kind.to_owned(),
        columns: columns
            .into_iter()
            .map(|name| {
                let in_key = key.contains(&name);
                (name, in_key)
            })
            .collect(),
        triggers: row.try_get(4)?,
    }))
}
