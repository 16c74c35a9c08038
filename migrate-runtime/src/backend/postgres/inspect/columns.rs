//! Columns.

use postgres::{Row, Transaction};

use super::{HERE, Result};
use crate::backend::postgres::expression::{form, normal};
use crate::backend::postgres::types;
use crate::schema::{Column, DefaultValue, EnumType, Generated, Identity, Type};

/// Reads the columns of one table or of all, in order, each with its table's name.
pub(in crate::backend::postgres) fn columns(
    transaction: &mut Transaction<'_>,
    table: Option<&str>,
) -> Result<Vec<(String, Column)>> {
    let sql = format!(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                pg_get_expr(v.adbin, v.adrelid), a.attgenerated::text, a.attidentity::text, \
                CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, \
                CASE WHEN t.typtype = 'e' AND t.typnamespace = c.relnamespace THEN t.typname::text END, \
                col_description(c.oid, a.attnum) \
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
    let own: Option<String> = row.try_get(8)?;
    let kind = match own {
        // The words stand beside the tables.
        Some(name) => Type::Enum(EnumType::new(name, Vec::<String>::new())),
        None => types::read(&row.try_get::<_, String>(2)?),
    };
    let mut column = Column::new(row.try_get::<_, String>(1)?, kind);
    column.not_null = row.try_get(3)?;
    let expression: Option<String> = row.try_get(4)?;
    let generated: String = row.try_get(5)?;
    match (generated.as_str(), expression) {
        ("s", Some(sql)) => column.generated = Some(Generated::Stored(normal(&sql))),
        ("v", Some(sql)) => column.generated = Some(Generated::Virtual(normal(&sql))),
        (_, sql) => column.default = sql.map(|sql| default_value(&sql)),
    }
    column.identity = match row.try_get::<_, String>(6)?.as_str() {
        "a" => Some(Identity::Always),
        "d" => Some(Identity::ByDefault),
        _ => None,
    };
    column.collation = row.try_get(7)?;
    column.comment = row.try_get(9)?;
    Ok((row.try_get(0)?, column))
}

/// Reads a default: a literal without the type that the server wrote beside it, or an expression.
pub(in crate::backend::postgres) fn default_value(sql: &str) -> DefaultValue {
    let plain = form(sql);
    if let Some(text) = whole_text(&plain) {
        return DefaultValue::Text(text);
    }
    match plain.as_str() {
        "NULL" => return DefaultValue::Null,
        "TRUE" => return DefaultValue::Boolean(true),
        "FALSE" => return DefaultValue::Boolean(false),
        _ => {}
    }
    let number = plain.replace(' ', "");
    if let Ok(number) = number.parse::<i64>() {
        return DefaultValue::Integer(number);
    }
    let digits = number.trim_start_matches('-');
    match number.parse::<f64>() {
        Ok(number) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            DefaultValue::Real(number)
        }
        _ => DefaultValue::Expression(normal(sql)),
    }
}

fn whole_text(sql: &str) -> Option<String> {
    let inside = sql.strip_prefix('\'')?.strip_suffix('\'')?;
    let single = !inside.replace("''", "").contains('\'');
    single.then(|| inside.replace("''", "'"))
}
