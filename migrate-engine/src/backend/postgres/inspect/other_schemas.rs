//! Reads further schemas of the database. Each one is read like the connection's own schema, with its name first in
//! the search path, followed by the previous search path, as in [`in_schema`](crate::op::Op::in_schema).

use std::collections::HashMap;

use postgres::Transaction;

use super::{Result, bodies, natives};
use crate::backend::postgres::PostgresDialect;
use migrate_schema::ddl::Dialect as _;
use migrate_schema::schema::{Need, Object, Property, Schema};

/// Kinds of objects that belong to the whole database. They are read once, with the connection's own schema.
const WIDE: [&str; 6] = [
    "extension",
    "foreign data wrapper",
    "server",
    "publication",
    "event trigger",
    "cast",
];

/// Reads dependencies as catalog OIDs. A foreign key is created after all tables.
const EDGES: &str = "SELECT d.classid, d.objid, d.refclassid, d.refobjid FROM pg_depend AS d \
     WHERE d.deptype IN ('n', 'a', 'i', 'P') AND d.objid >= 16384 AND d.refobjid >= 16384 \
     AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint AS k WHERE k.oid = d.objid AND k.contype = 'f'))";

/// Reads the existing schemas with these names, and the dependencies across all schemas.
pub(in crate::backend::postgres) fn others(
    transaction: &mut Transaction<'_>,
    schema: &mut Schema,
    home: &str,
    names: &[&str],
    except: &str,
) -> Result<()> {
    let mut known: HashMap<(u32, u32), Object> = HashMap::new();
    if let Some(number) = find(transaction, home)? {
        known.extend(natives::numbers(transaction, number)?);
    }
    for name in names {
        let Some(number) = find(transaction, name)? else {
            continue;
        };
        let (mut other, objects) = within(transaction, name, |transaction| {
            // The name of an object may contain types, which the server prints relative to the search path.
            let objects = natives::numbers(transaction, number)?;
            Ok((other(transaction, name, except)?, objects))
        })?;
        let objects = objects.into_iter();
        known.extend(objects.map(|(number, object)| (number, placed(object, name))));
        // The properties of the schema itself are set where the schema is created.
        let of_it = |property: &mut Property| property.object.kind == "schema";
        let of_it = other.properties.extract_if(.., of_it);
        schema.properties.extend(of_it);
        schema.others.insert((*name).to_owned(), other);
    }
    bodies::across(schema, home);
    schema.needs.extend(across(transaction, &known)?);
    schema.needs.sort();
    schema.needs.dedup();
    schema.properties.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(())
}

/// Returns the OID of an existing schema.
fn find(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<u32>> {
    let sql = "SELECT oid FROM pg_namespace WHERE nspname = $1";
    let row = transaction.query_opt(sql, &[&name])?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Reads the dependencies on objects of another schema.
fn across(
    transaction: &mut Transaction<'_>,
    known: &HashMap<(u32, u32), Object>,
) -> Result<Vec<Need>> {
    let mut needs = Vec::new();
    for row in transaction.query(EDGES, &[])? {
        let end = |at: usize| -> Result<Option<&Object>> {
            Ok(known.get(&(row.try_get(at)?, row.try_get(at + 1)?)))
        };
        if let (Some(object), Some(needed)) = (end(0)?, end(2)?)
            && object.schema != needed.schema
        {
            needs.push(Need::new(object.clone(), needed.clone()));
        }
    }
    Ok(needs)
}

/// Returns an object with the name of its schema, unless it belongs to the whole database.
pub(super) fn placed(object: Object, schema: &str) -> Object {
    match WIDE.contains(&object.kind.as_str()) {
        true => object,
        false => object.in_schema(schema),
    }
}

/// Runs `work` with a schema first in the search path.
fn within<R>(
    transaction: &mut Transaction<'_>,
    name: &str,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
) -> Result<R> {
    let row = transaction.query_one("SELECT current_setting('search_path')", &[])?;
    let before: String = row.try_get(0)?;
    let own = PostgresDialect.identifier(name);
    let (inside, back) = match before.as_str() {
        "" => (own, "''"),
        before => (format!("{own}, {before}"), before),
    };
    transaction.batch_execute(&format!("SET LOCAL search_path TO {inside}"))?;
    // After an error the transaction is rolled back, which resets the setting.
    let found = work(transaction)?;
    transaction.batch_execute(&format!("SET LOCAL search_path TO {back}"))?;
    Ok(found)
}

/// Reads the schema that is first in the search path.
fn other(transaction: &mut Transaction<'_>, name: &str, except: &str) -> Result<Schema> {
    let except = except.split_once('.').filter(|(schema, _)| *schema == name);
    let mut found = super::schema(transaction, except.map(|(_, table)| table))?;
    let is_own = |object: &Object| !WIDE.contains(&object.kind.as_str());
    found.natives.retain(|native| is_own(&native.object));
    found.properties.retain(|property| is_own(&property.object));
    for Need { object, needs } in found.needs.iter_mut().chain(&mut found.mentions) {
        for end in [object, needs] {
            *end = placed(end.clone(), name);
        }
    }
    Ok(found)
}
