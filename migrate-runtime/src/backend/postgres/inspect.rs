//! A live database to a [`Schema`]: the first schema of the search path, without what extensions brought.

mod columns;
mod constraints;
mod indexes;
mod objects;

use postgres::{Error, Transaction};

use crate::backend::Description;
use crate::schema::{Schema, Table};

pub(super) use columns::{columns, default_value};
pub(super) use indexes::invalid_indexes;
pub(super) use objects::has_enum_value;

type Result<T> = std::result::Result<T, Error>;

/// What of a row's `oid` belongs to no extension.
const OWN: &str = "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')";

const HERE: &str =
    "c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

/// Reads the whole schema; the table `except` is left out.
pub(super) fn schema(transaction: &mut Transaction<'_>, except: Option<&str>) -> Result<Schema> {
    let except = except.unwrap_or_default();
    let mut schema = Schema::default();
    for name in tables(transaction)? {
        if name != except {
            schema.tables.push(Table::new(name));
        }
    }
    fill(transaction, &mut schema, None)?;
    schema.indexes = indexes::all(transaction)?;
    schema.indexes.retain(|index| index.table != except);
    schema.views = objects::views(transaction)?;
    schema.triggers = objects::triggers(transaction, except)?;
    schema.enums = objects::enums(transaction)?;
    Ok(schema)
}

/// Reads one table, if it is there.
pub(super) fn table(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<Table>> {
    if !tables(transaction)?.iter().any(|found| found == name) {
        return Ok(None);
    }
    let mut schema = Schema::default();
    schema.tables.push(Table::new(name));
    fill(transaction, &mut schema, Some(name))?;
    Ok(schema.tables.pop())
}

/// Reads what belongs to the tables that `schema` names: all of them, or the one of this name.
fn fill(transaction: &mut Transaction<'_>, schema: &mut Schema, only: Option<&str>) -> Result<()> {
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

/// Reads the names of the tables, sorted.
pub(super) fn tables(transaction: &mut Transaction<'_>) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND {HERE} AND {OWN} \
         ORDER BY c.relname::text COLLATE \"C\""
    );
    transaction
        .query(&sql, &[])?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// Describes whatever a statement finds under this name.
pub(super) fn describe(
    transaction: &mut Transaction<'_>,
    name: &str,
) -> Result<Option<Description>> {
    let found = transaction.query_opt(
        "SELECT c.oid, c.relkind::text, \
                ARRAY(SELECT a.attname::text FROM pg_attribute AS a \
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
                ARRAY(SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a \
                      ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), \
                ARRAY(SELECT g.tgname::text FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal) \
         FROM pg_class AS c WHERE c.oid = to_regclass(quote_ident($1))",
        &[&name],
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
    Ok(Some(Description {
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
