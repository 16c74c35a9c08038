//! Reads columns.

use postgres::{Row, Transaction};

use super::{HERE, Result};
use crate::backend::postgres::expression::{Literal, normalize, read_literal};
use crate::backend::postgres::normalize::chosen;
use crate::backend::postgres::{PostgresDialect, literal, types};
use migrate_schema::ddl::Dialect as _;
use migrate_schema::ddl::reserved::is_plain;
use migrate_schema::schema::{Column, DefaultValue, EnumType, Generated, Identity, Type};

/// Reads the columns, in order, of the tables with these names or of all tables. Each column has the name of its
/// table.
pub(in crate::backend::postgres) fn columns(
    transaction: &mut Transaction<'_>,
    only: Option<&[String]>,
) -> Result<Vec<(String, Column)>> {
    let sql = format!(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                pg_get_expr(v.adbin, v.adrelid), a.attgenerated::text, a.attidentity::text, \
                CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, \
                CASE WHEN t.typtype = 'e' AND t.typnamespace = c.relnamespace THEN t.typname::text END, \
                col_description(c.oid, a.attnum), \
                CASE WHEN v.oid IS NOT NULL AND a.attnotnull AND a.atttypid IN (20, 21, 23) THEN EXISTS \
                     (SELECT FROM pg_depend AS o WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass \
                      AND o.refobjid = c.oid AND o.refobjsubid = a.attnum AND o.deptype = 'a' AND pg_get_expr(v.adbin, v.adrelid) \
                      = 'nextval(' || quote_literal(o.objid::regclass::text) || '::regclass)') ELSE false END \
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_type AS t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef AS v ON v.adrelid = c.oid AND v.adnum = a.attnum \
         LEFT JOIN pg_collation AS l ON l.oid = a.attcollation \
         WHERE c.relkind IN ('r', 'p') AND {HERE} AND ($1::text[] IS NULL OR c.relname = ANY ($1)) \
         ORDER BY c.relname, a.attnum"
    );
    transaction
        .query(&sql, &[&only])?
        .iter()
        .map(column)
        .collect()
}

fn column(row: &Row) -> Result<(String, Column)> {
    let table: String = row.try_get(0)?;
    let own: Option<String> = row.try_get(8)?;
    let data_type = match own {
        // The schema has the enum's values.
        Some(name) => Type::Enum(EnumType::new(name, Vec::<String>::new())),
        None => types::read(&row.try_get::<_, String>(2)?),
    };
    let mut column = Column::new(row.try_get::<_, String>(1)?, data_type);
    column.not_null = row.try_get(3)?;
    let expression: Option<String> = row.try_get(4)?;
    let generated: String = row.try_get(5)?;
    match (generated.as_str(), expression) {
        ("s", Some(sql)) => column.generated = Some(Generated::Stored(normalize(&sql))),
        ("v", Some(sql)) => column.generated = Some(Generated::Virtual(normalize(&sql))),
        // The sequence belongs to the column, whatever its name is. The schema has its name.
        (_, Some(_)) if row.try_get(10)? => {
            column.default = Some(serial(&table, &column.name));
        }
        (_, sql) => column.default = sql.map(|sql| default_value(&sql, &column.data_type)),
    }
    column.identity = match row.try_get::<_, String>(6)?.as_str() {
        "a" => Some(Identity::Always),
        "d" => Some(Identity::ByDefault),
        _ => None,
    };
    column.collation = row.try_get(7)?;
    column.comment = row.try_get(9)?;
    Ok((table, column))
}

/// Returns the default of a column with its own sequence.
pub(in crate::backend::postgres) fn serial(table: &str, column: &str) -> DefaultValue {
    DefaultValue::Expression(nextval(table, column))
}

/// Returns the expression for the next value of the sequence whose name `serial` chooses.
pub(in crate::backend::postgres) fn nextval(table: &str, column: &str) -> String {
    let name = chosen(table, &[column.to_owned()], "seq");
    let name = match is_plain(&name) {
        true => name,
        false => PostgresDialect.identifier(&name),
    };
    format!("nextval({}::regclass)", literal(&name))
}

/// Reads a default of a column of this type: a literal without the type that the server printed, or an expression.
pub(in crate::backend::postgres) fn default_value(sql: &str, data_type: &Type) -> DefaultValue {
    let expression = || DefaultValue::Expression(normalize(sql));
    match normalize(sql).as_str() {
        "NULL" => return DefaultValue::Null,
        "TRUE" => return DefaultValue::Boolean(true),
        "FALSE" => return DefaultValue::Boolean(false),
        _ => {}
    }
    let Some(literal) = read_literal(sql) else {
        return expression();
    };
    match literal.number() {
        Some(digits) if keeps_number(&literal, digits, data_type) => number(digits),
        None if keeps_text(&literal, data_type) => DefaultValue::Text(unquoted(&literal.text)),
        _ => expression(),
    }
}

/// Returns a number as it is written. It stays an expression if a floating-point number would have other digits.
fn number(digits: &str) -> DefaultValue {
    if let Ok(number) = digits.parse::<i64>() {
        return DefaultValue::Integer(number);
    }
    let is_same = |number: &f64| {
        format!("{number:?}") == digits || format!("{number:e}") == digits.replace("e+", "e")
    };
    match digits.parse::<f64>().ok().filter(is_same) {
        Some(number) => DefaultValue::Real(number),
        None => DefaultValue::Expression(digits.to_owned()),
    }
}

/// Returns whether a string in a column of this type is the same without its casts. `TIMESTAMP 'epoch'` in a
/// `timestamptz` is not, and `('now'::text)::date` is the current day at each evaluation.
fn keeps_text(literal: &Literal, data_type: &Type) -> bool {
    let is_text = |cast: &str| matches!(cast, "text" | "character varying" | "unknown");
    match &literal.types[..] {
        [only] => is_text(only) || is_type(only, data_type),
        all => all.iter().all(|cast| is_text(cast)),
    }
}

/// Returns whether a number in a column of this type is the same without its casts: the `real` nearest to 0.1 is a
/// different number as `double precision`.
fn keeps_number(literal: &Literal, digits: &str, data_type: &Type) -> bool {
    let is_whole = digits.parse::<i64>().is_ok();
    let keeps = |cast: &str| match cast {
        "smallint" | "integer" | "bigint" => is_whole,
        "numeric" => true,
        "real" | "double precision" => is_type(cast, data_type),
        other => other.starts_with("numeric(") && is_type(other, data_type),
    };
    literal.types.iter().all(|cast| keeps(cast))
}

/// Returns whether a cast is to the type of the column. A literal's type without a length has the length of the
/// column.
fn is_type(cast: &str, data_type: &Type) -> bool {
    let cast = Type::Custom(cast.to_owned().into());
    // A type name that is also a keyword is printed in quotes: `"bit"`.
    let [bare, own] = [&cast, data_type]
        .map(|data_type| types::bare_name(data_type).trim_matches('"').to_owned());
    let is_char = bare == "bpchar" && own == "character";
    let is_array = |data_type: &Type| types::to_sql(data_type).ends_with("[]");
    (bare == own || is_char)
        && is_array(&cast) == is_array(data_type)
        && (!has_length(&cast) || types::canonical(&cast) == types::canonical(data_type))
}

fn has_length(data_type: &Type) -> bool {
    matches!(data_type, Type::Custom(spelling) if spelling.contains('('))
}

fn unquoted(text: &str) -> String {
    let inside = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    inside.unwrap_or(text).replace("''", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(sql: &str) -> DefaultValue {
        DefaultValue::Expression(sql.to_owned())
    }

    #[test]
    fn a_default_is_a_literal_where_its_types_change_nothing() {
        for (printed, data_type, value) in [
            ("'x'::text", "text", DefaultValue::from("x")),
            ("'it''s'::character varying", "varchar(9)", "it's".into()),
            ("'x'::bpchar", "char(3)", "x".into()),
            ("'101'::\"bit\"", "bit(3)", "101".into()),
            ("'a'::\"char\"", "\"char\"", "a".into()),
            ("'{}'::character varying[]", "varchar(3)[]", "{}".into()),
            ("'2020-01-01'::date", "date", "2020-01-01".into()),
            ("'-1'::integer", "bigint", (-1).into()),
            ("(-1)", "integer", (-1).into()),
            (
                "('-1.5'::numeric)::double precision",
                "float8",
                (-1.5).into(),
            ),
            ("0.0", "numeric(8,2)", 0.0.into()),
            ("true", "boolean", true.into()),
        ] {
            assert_eq!(
                default_value(printed, &Type::custom(data_type)),
                value,
                "{printed}"
            );
        }
    }

    #[test]
    fn a_default_is_an_expression_where_its_type_matters() {
        for (printed, data_type) in [
            ("('now'::text)::date", "date"),
            ("('today'::text)::timestamp without time zone", "timestamp"),
            ("('x'::text)::mood", "mood"),
            ("('{}'::text)::json", "json"),
            ("'epoch'::timestamp without time zone", "timestamptz"),
            ("'abcdef'::character varying(3)", "text"),
            ("'x '::bpchar", "text"),
            ("'101'::\"bit\"", "bit varying(12)"),
            ("'a'::\"char\"", "char(1)"),
            ("'{ a }'::text[]", "text"),
            ("('0.1'::real)::double precision", "float8"),
            ("'0.1'::real", "float8"),
            ("(5)::bit(4)", "bit(4)"),
            ("'1.5'::numeric(5, 0)", "numeric"),
            ("1.50", "numeric"),
            ("0.12345678901234567890", "numeric"),
            ("now()", "timestamptz"),
        ] {
            let found = default_value(printed, &Type::custom(data_type));
            assert_eq!(found, expression(printed), "{data_type}");
        }
    }
}
