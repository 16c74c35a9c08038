//! A live database to a [`Schema`]: the first schema of the search path, without what extensions brought.

use postgres::{Error, Row, Transaction};

use crate::backend::Description;
use crate::schema::{
    Action, Check, Column, DefaultValue, ForeignKey, Generated, Index, IndexKey, IndexPart,
    PrimaryKey, Schema, Table, Trigger, Unique, View,
};

use super::expression::normal;
use super::types;

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
    for (table, column) in columns(transaction, None)? {
        if let Some(table) = find(&mut schema, &table) {
            table.columns.push(column);
        }
    }
    constraints(transaction, &mut schema)?;
    options(transaction, &mut schema)?;
    schema.indexes = indexes(transaction)?;
    schema.indexes.retain(|index| index.table != except);
    schema.views = views(transaction)?;
    schema.triggers = triggers(transaction, except)?;
    Ok(schema)
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

/// Reads the columns of one table or of all, in order, each with its table's name.
pub(super) fn columns(
    transaction: &mut Transaction<'_>,
    table: Option<&str>,
) -> Result<Vec<(String, Column)>> {
    let sql = format!(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                pg_get_expr(v.adbin, v.adrelid), a.attgenerated::text, a.attidentity::text, \
                CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END \
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_type AS t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef AS v ON v.adrelid = c.oid AND v.adnum = a.attnum \
         LEFT JOIN pg_collation AS l ON l.oid = a.attcollation \
         WHERE c.relkind IN ('r', 'p') AND {HERE} AND ($1::text IS NULL OR c.relname = $1) \
         ORDER BY c.relname, a.attnum"
    );
    transaction
        .query(&sql, &[&table])?
        .iter()
        .map(column)
        .collect()
}

fn column(row: &Row) -> Result<(String, Column)> {
    let kind: String = row.try_get(2)?;
    let mut column = Column::new(row.try_get::<_, String>(1)?, types::read(&kind));
    column.not_null = row.try_get(3)?;
    let expression: Option<String> = row.try_get(4)?;
    let generated: String = row.try_get(5)?;
    match (generated.as_str(), expression) {
        ("s", Some(sql)) => column.generated = Some(Generated::Stored(normal(&sql))),
        ("v", Some(sql)) => column.generated = Some(Generated::Virtual(normal(&sql))),
        (_, sql) => column.default = sql.map(|sql| default_value(&sql)),
    }
    column.autoincrement = !row.try_get::<_, String>(6)?.is_empty();
    column.collation = row.try_get(7)?;
    Ok((row.try_get(0)?, column))
}

/// Reads a default: a literal without the type that the server wrote beside it, or an expression.
pub(super) fn default_value(sql: &str) -> DefaultValue {
    let sql = normal(sql);
    if let Some(text) = whole_text(&sql) {
        return DefaultValue::Text(text);
    }
    match sql.as_str() {
        "NULL" => return DefaultValue::Null,
        "TRUE" => return DefaultValue::Boolean(true),
        "FALSE" => return DefaultValue::Boolean(false),
        _ => {}
    }
    let number = sql.replace(' ', "");
    if let Ok(number) = number.parse::<i64>() {
        return DefaultValue::Integer(number);
    }
    let digits = number.trim_start_matches('-');
    match number.parse::<f64>() {
        Ok(number) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            DefaultValue::Real(number)
        }
        _ => DefaultValue::Expression(sql),
    }
}

fn whole_text(sql: &str) -> Option<String> {
    let inside = sql.strip_prefix('\'')?.strip_suffix('\'')?;
    let single = !inside.replace("''", "").contains('\'');
    single.then(|| inside.replace("''", "'"))
}

fn constraints(transaction: &mut Transaction<'_>, schema: &mut Schema) -> Result<()> {
    let sql = format!(
        "SELECT c.relname::text, k.conname::text, k.contype::text, \
                ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(n, o) \
                      JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o), \
                CASE WHEN f.relnamespace = c.relnamespace THEN f.relname::text \
                     ELSE n.nspname::text || '.' || f.relname::text END, \
                ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(n, o) \
                      JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o), \
                k.confdeltype::text, k.confupdtype::text, k.condeferred, pg_get_expr(k.conbin, k.conrelid) \
         FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid \
         LEFT JOIN pg_class AS f ON f.oid = k.confrelid LEFT JOIN pg_namespace AS n ON n.oid = f.relnamespace \
         WHERE k.contype IN ('p', 'u', 'f', 'c') AND {HERE} ORDER BY c.relname, k.conname::text COLLATE \"C\""
    );
    for row in transaction.query(&sql, &[])? {
        let table: String = row.try_get(0)?;
        let Some(table) = find(schema, &table) else {
            continue;
        };
        let name: Option<String> = Some(row.try_get(1)?);
        let columns: Vec<String> = row.try_get(3)?;
        match row.try_get::<_, String>(2)?.as_str() {
            "p" => table.primary_key = Some(PrimaryKey { name, columns }),
            "u" => table.uniques.push(Unique {
                name,
                ..Unique::new(columns)
            }),
            "c" => {
                let condition: Option<String> = row.try_get(9)?;
                table.checks.push(Check {
                    name,
                    ..Check::new(normal(&condition.unwrap_or_default()))
                });
            }
            _ => {
                let mut key = ForeignKey::to(
                    row.try_get::<_, String>(4)?,
                    row.try_get::<_, Vec<String>>(5)?,
                );
                key.name = name;
                key.columns = columns;
                key.on_delete = action(&row.try_get::<_, String>(6)?);
                key.on_update = action(&row.try_get::<_, String>(7)?);
                if row.try_get(8)? {
                    key = key.deferred();
                }
                table.foreign_keys.push(key);
            }
        }
    }
    Ok(())
}

/// What is not said is NO ACTION.
fn action(letter: &str) -> Option<Action> {
    match letter {
        "c" => Some(Action::Cascade),
        "n" => Some(Action::SetNull),
        "d" => Some(Action::SetDefault),
        "r" => Some(Action::Restrict),
        _ => None,
    }
}

fn options(transaction: &mut Transaction<'_>, schema: &mut Schema) -> Result<()> {
    let sql = format!(
        "SELECT c.relname::text, array_to_string(c.reloptions, ', '), pg_get_partkeydef(c.oid) FROM pg_class AS c \
         WHERE c.relkind IN ('r', 'p') AND {HERE} AND (c.reloptions IS NOT NULL OR c.relkind = 'p')"
    );
    for row in transaction.query(&sql, &[])? {
        let table: String = row.try_get(0)?;
        let Some(table) = find(schema, &table) else {
            continue;
        };
        let settings: Option<String> = row.try_get(1)?;
        let key: Option<String> = row.try_get(2)?;
        let words = [
            key.map(|key| format!("PARTITION BY {key}")),
            settings.map(|settings| format!("WITH ({settings})")),
        ];
        table.options = Some(words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    Ok(())
}

fn indexes(transaction: &mut Transaction<'_>) -> Result<Vec<Index>> {
    let sql = format!(
        "SELECT c.relname::text, t.relname::text, i.indisunique, pg_get_expr(i.indpred, i.indrelid), \
                ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n), \
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS u(n, o) \
                      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0 ORDER BY u.o), \
                ARRAY(SELECT (o & 1) = 1 FROM unnest(i.indoption) WITH ORDINALITY AS u(o, p) ORDER BY p), \
                ARRAY(SELECT l.collname::text FROM unnest(i.indcollation) WITH ORDINALITY AS u(o, p) \
                      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[u.p - 1] \
                      LEFT JOIN pg_collation AS l ON l.oid = u.o AND l.collname <> 'default' \
                           AND u.o <> coalesce(a.attcollation, 0) ORDER BY p) \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid \
         WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
         AND {HERE} AND {OWN} AND t.relkind IN ('r', 'p', 'm') ORDER BY c.relname::text COLLATE \"C\""
    );
    transaction.query(&sql, &[])?.iter().map(index).collect()
}

/// Reads the names of the indexes that a statement cut short left behind, sorted.
pub(super) fn invalid_indexes(transaction: &mut Transaction<'_>) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
         WHERE NOT i.indisvalid AND {HERE} ORDER BY c.relname::text COLLATE \"C\""
    );
    transaction
        .query(&sql, &[])?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

fn index(row: &Row) -> Result<Index> {
    let definitions: Vec<String> = row.try_get(4)?;
    let names: Vec<Option<String>> = row.try_get(5)?;
    let descending: Vec<bool> = row.try_get(6)?;
    let collations: Vec<Option<String>> = row.try_get(7)?;
    let mut parts = Vec::new();
    for (at, definition) in definitions.iter().enumerate() {
        let mut part = match names.get(at).cloned().flatten() {
            Some(name) => IndexPart::column(name),
            None => IndexPart::expression(normal(definition)),
        };
        if descending.get(at) == Some(&true) {
            part = part.desc();
        }
        // An expression's own collation is that of what it reads.
        if matches!(part.key, IndexKey::Column(_)) {
            part.collation = collations.get(at).cloned().flatten();
        }
        parts.push(part);
    }
    let filter: Option<String> = row.try_get(3)?;
    Ok(Index {
        unique: row.try_get(2)?,
        filter: filter.map(|filter| normal(&filter)),
        ..Index::new(
            row.try_get::<_, String>(0)?,
            row.try_get::<_, String>(1)?,
            parts,
        )
    })
}

fn views(transaction: &mut Transaction<'_>) -> Result<Vec<View>> {
    let sql = format!(
        "SELECT c.relname::text, c.relkind::text, pg_get_viewdef(c.oid, true) FROM pg_class AS c \
         WHERE c.relkind IN ('v', 'm') AND {HERE} AND {OWN} ORDER BY c.relname::text COLLATE \"C\""
    );
    let mut views = Vec::new();
    for row in transaction.query(&sql, &[])? {
        let (name, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let body: String = row.try_get(2)?;
        let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
        let view = View::new(name, body.trim_end_matches(';'));
        views.push(match kind.as_str() {
            "m" => view.materialized(),
            _ => view,
        });
    }
    Ok(views)
}

fn triggers(transaction: &mut Transaction<'_>, except: &str) -> Result<Vec<Trigger>> {
    let sql = format!(
        "SELECT g.tgname::text, c.relname::text, pg_get_triggerdef(g.oid) FROM pg_trigger AS g \
         JOIN pg_class AS c ON c.oid = g.tgrelid \
         WHERE NOT g.tgisinternal AND {HERE} AND c.relname <> $1 ORDER BY g.tgname::text COLLATE \"C\", c.relname"
    );
    transaction
        .query(&sql, &[&except])?
        .iter()
        .map(|row| {
            Ok(Trigger::new(
                row.try_get::<_, String>(0)?,
                row.try_get::<_, String>(1)?,
                row.try_get::<_, String>(2)?,
            ))
        })
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
