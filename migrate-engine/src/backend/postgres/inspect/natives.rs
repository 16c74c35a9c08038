//! Reads what no operation creates or sets: objects, properties, comments, and dependencies.
//!
//! One query reads each catalog for all objects, and each row contains the statement that creates its object.
//! `catalogs.rs` describes how each column of the catalogs is used.

use postgres::{Row, Transaction};

use super::{Result, bodies, cycles, definitions};
use crate::backend::postgres::{PostgresDialect, expression};
use migrate_schema::ddl::Dialect as _;
use migrate_schema::schema::{Index, NativeObject, Need, Object, Property, Schema, Stage};

/// Reads the schema itself, with its comment.
const HERE: &str = "SELECT oid, nspname::text, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = current_schema()";
/// The comment of `public` in a new database.
const OF_PUBLIC: &str = "standard public schema";
/// The common table expressions for the schema's own objects, which precede each of the other queries.
const OWN: &str = include_str!("sql/own.sql");
/// Returns which of the other queries have rows: most schemas contain only tables.
const PROBE: &str = include_str!("sql/probe.sql");
const NATIVES: &str = include_str!("sql/natives.sql");
const PROPERTIES: &str = include_str!("sql/properties.sql");
const GRANTS: &str = include_str!("sql/grants.sql");
const COMMENTS: &str = include_str!("sql/comments.sql");
/// Reads the objects of the schema, with the name of the object whose statement creates each one.
const MADE: &str = include_str!("sql/made.sql");
const NEEDS: &str = include_str!("sql/needs.sql");

/// Reads the sequences of identity and serial columns.
const SEQUENCES: &str = "SELECT r.owner_name, a.attname::text, r.name, r.q FROM rel AS r \
     JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refobjid = r.owner AND d.deptype IN ('a', 'i') \
     JOIN pg_attribute AS a ON a.attrelid = r.owner AND a.attnum = d.refobjsubid WHERE r.numbers \
     AND NOT (SELECT relispartition FROM pg_class WHERE oid = r.owner)";

/// Reads what `CREATE OR REPLACE` can't change of a function: it can add a default, but can't remove one.
const FIXED: &str = "SELECT o.kind, o.tbl, o.name, concat_ws(' ', '(' || pg_get_function_identity_arguments(p.oid) || ')', \
     p.pronargdefaults, pg_get_function_result(p.oid)) \
     FROM own AS o JOIN pg_proc AS p ON p.oid = o.objid WHERE o.classid = 'pg_proc'::regclass AND o.kind <> 'aggregate'";

/// Reads all of this into a schema that already has its tables.
pub(super) fn read(transaction: &mut Transaction<'_>, schema: &mut Schema) -> Result<()> {
    let Some(row) = transaction.query_opt(HERE, &[])? else {
        return Ok(());
    };
    let current: u32 = row.try_get(0)?;
    schema.properties.extend(comment(&row)?);
    let probe = transaction.query_one(PROBE, &[&current])?;
    let present: [bool; 3] = [probe.try_get(0)?, probe.try_get(1)?, probe.try_get(2)?];
    let [natives, needs, comments] = present;
    let mut rows = |query: &str| transaction.query(&format!("{OWN}{query}"), &[&current]);
    if natives {
        for row in rows(NATIVES)? {
            schema.natives.push(native(&row)?);
        }
        if schema.natives.iter().any(|it| !it.replace.is_empty()) {
            for row in rows(FIXED)? {
                let object = object(&row, 0)?;
                let mut found = schema.natives.iter_mut();
                if let Some(native) = found.find(|it| it.object == object) {
                    native.fixed = row.try_get(3)?;
                }
            }
        }
        // An object that a separate statement creates is not part of another operation.
        let natives = &schema.natives;
        let own = |index: &Index| Object::of_table("index", &index.table, &index.name);
        schema
            .indexes
            .retain(|index| !natives.iter().any(|it| it.object == own(index)));
    }
    for row in rows(SEQUENCES)? {
        schema.properties.extend(sequence_name(&row)?);
    }
    for (query, included) in [(PROPERTIES, true), (COMMENTS, comments)] {
        if included {
            for row in rows(query)? {
                schema.properties.push(property(&row)?);
            }
        }
    }
    definitions::read(schema, &mut rows)?;
    if natives || needs {
        for row in rows(GRANTS)? {
            schema.grants.push(property(&row)?);
        }
        for row in rows(&format!("{MADE}{NEEDS}"))? {
            schema
                .needs
                .push(Need::new(object(&row, 0)?, object(&row, 3)?));
        }
    }
    cycles::break_cycles(transaction, schema)?;
    bodies::read(schema);
    // The sort is stable: the properties of one object keep the order in which they are set.
    schema.properties.sort_by(|a, b| a.object.cmp(&b.object));
    schema.natives.sort_by(|a, b| a.object.cmp(&b.object));
    schema.needs.sort();
    Ok(())
}

/// Reads the catalog OIDs of the objects of a schema.
pub(super) fn numbers(
    transaction: &mut Transaction<'_>,
    schema: u32,
) -> Result<Vec<((u32, u32), Object)>> {
    let sql = format!("{OWN}{MADE}SELECT classid, objid, kind, tbl, name FROM made");
    let rows = transaction.query(&sql, &[&schema])?;
    rows.iter()
        .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), object(row, 2)?)))
        .collect()
}

fn object(row: &Row, at: usize) -> Result<Object> {
    let (kind, name): (String, String) = (row.try_get(at)?, row.try_get(at + 2)?);
    let table: Option<String> = row.try_get(at + 1)?;
    Ok(match table {
        Some(table) => Object::of_table(kind, table, name),
        None => Object::new(kind, name),
    })
}

fn native(row: &Row) -> Result<NativeObject> {
    let object = object(row, 0)?;
    let create: Vec<String> = row.try_get(3)?;
    let stage: i32 = row.try_get(6)?;
    // The server prints some expressions differently after it has parsed its own output.
    let whole = create.join(";\n");
    let definition = match object.kind.as_str() {
        "domain" | "policy" | "rule" | "statistics" | "partition" | "index" | "constraint"
        | "trigger" => expression::normalize(&whole),
        _ => whole,
    };
    Ok(NativeObject {
        definition,
        drop: row.try_get(4)?,
        replace: row.try_get(5)?,
        create,
        fixed: String::new(),
        stage: match stage {
            0 => Stage::BeforeTables,
            1 => Stage::AfterTables,
            _ => Stage::Last,
        },
        object,
    })
}

fn property(row: &Row) -> Result<Property> {
    let (name, value): (String, String) = (row.try_get(3)?, row.try_get(4)?);
    let property = Property::new(object(row, 0)?, name, value);
    let ways: (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    Ok(match ways {
        (Some(set), Some(reset)) => property.set_by(set, reset),
        _ => property,
    })
}

/// Returns the comment of the schema.
fn comment(row: &Row) -> Result<Option<Property>> {
    let (name, comment): (String, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
    let comment = comment.filter(|comment| comment != OF_PUBLIC);
    Ok(comment.map(|comment| {
        let head = format!("COMMENT ON SCHEMA {} IS", PostgresDialect.identifier(&name));
        let set = format!("{head} {}", PostgresDialect.string_literal(&comment));
        Property::new(Object::new("schema", name), "comment", comment)
            .set_by(set, format!("{head} NULL"))
    }))
}

/// Returns the name of a column's sequence, if it is not the name that a new column would get.
fn sequence_name(row: &Row) -> Result<Option<Property>> {
    let (table, column): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let (name, quoted): (String, String) = (row.try_get(2)?, row.try_get(3)?);
    let usual =
        crate::backend::postgres::normalize::chosen(&table, std::slice::from_ref(&column), "seq");
    if name == usual {
        return Ok(None);
    }
    let rename = |from: &str, to: &str| format!("ALTER SEQUENCE {from} RENAME TO {to}");
    let usual = PostgresDialect.identifier(&usual);
    let property = Property::new(Object::of_table("column", table, column), "sequence", name);
    Ok(Some(
        property.set_by(rename(&usual, &quoted), rename(&quoted, &usual)),
    ))
}
