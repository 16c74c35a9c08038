//! Restores characters that the server stores but does not print.
//!
//! `information_schema` prints four `?` for each four-byte character. SHOW CREATE TABLE prints one `?` for it in the
//! values of an ENUM or SET and in the literals of defaults. The server itself keeps these characters: a query result
//! with the type of the column, and the value of the default, return them. A `?` that a user wrote is returned
//! unchanged. MySQL also prints four `?` in expressions.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use super::definition::{self, Definition, Property};
use super::inspect::{is_text, text, unescaped};
use super::server::Server;
use super::sql::{around_brackets, between_commas};
use super::{identifier, literal};

type Result<T> = std::result::Result<T, Error>;

/// Returns whether a string from the server may have lost characters.
pub(super) fn is_doubtful(text: &str) -> bool {
    text.contains('?')
}

/// Returns whether a part of SHOW CREATE may differ from what the server stores. MySQL prints the bytes of a default
/// that has such a character.
fn is_other(shown: &str) -> bool {
    is_doubtful(shown) || shown.contains("0x")
}

/// Returns the SHOW CREATE statement of a table, with the characters that the server stores. The table's name is
/// quoted.
pub(super) fn restored(
    conn: &mut Conn,
    server: Server,
    table: &str,
    shown: String,
) -> Result<String> {
    let Some((head, inside, tail)) = around_brackets(&shown).filter(|_| is_other(&shown)) else {
        return Ok(shown);
    };
    let mut items = Vec::new();
    for item in between_commas(inside) {
        items.push(match definition::item_name(item) {
            _ if !is_other(item) => item.to_owned(),
            Some((name, text)) => {
                let id = identifier(&name);
                let mut definition = column(conn, server, table, &id, Definition::parse(text))?;
                if !server.is_mariadb() {
                    expressions(conn, server, table, &name, &mut definition)?;
                }
                format!("{id} {}", definition.text())
            }
            None if !server.is_mariadb() => check(conn, server, item)?,
            None => item.to_owned(),
        });
    }
    Ok(format!("{head}(\n  {}\n){tail}", items.join(",\n  ")))
}

/// Restores the expressions of a MySQL column, in which four `?` replace each such character. `information_schema`
/// has the complete expressions.
fn expressions(
    conn: &mut Conn,
    server: Server,
    table: &str,
    name: &str,
    column: &mut Definition,
) -> Result<()> {
    let metadata: Option<Row> = conn.exec_first(
        "SELECT GENERATION_EXPRESSION, COLUMN_DEFAULT FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?",
        (quoted_name(table), name),
    )?;
    for (at, property) in [Property::Generated, Property::Default]
        .into_iter()
        .enumerate()
    {
        let shown = column.get(property).filter(|shown| shown.contains(FOUR));
        let Some((row, (head, _, tail))) = metadata.as_ref().zip(shown.and_then(around_brackets))
        else {
            continue;
        };
        let text = format!("{head}({}){tail}", unescaped(&text(row, at)?, server));
        column.set(property, Some(text));
    }
    Ok(())
}

/// Returns a check of MySQL with the condition from `information_schema`.
fn check(conn: &mut Conn, server: Server, item: &str) -> Result<String> {
    let name = item
        .strip_prefix("CONSTRAINT ")
        .and_then(definition::item_name);
    let Some((name, rest)) =
        name.filter(|(_, rest)| rest.starts_with("CHECK") && rest.contains(FOUR))
    else {
        return Ok(item.to_owned());
    };
    let reported: Option<Row> = conn.exec_first(
        "SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
         WHERE CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME = ?",
        (&name,),
    )?;
    Ok(match reported.zip(around_brackets(rest)) {
        Some((row, (_, _, tail))) => format!(
            "CONSTRAINT {} CHECK ({}){tail}",
            identifier(&name),
            unescaped(&text(&row, 0)?, server)
        ),
        None => item.to_owned(),
    })
}

/// The text that MySQL prints for a four-byte character in an expression.
const FOUR: &str = "????";

fn quoted_name(table: &str) -> String {
    definition::quoted_name(table).unwrap_or_else(|| table.to_owned())
}

fn column(
    conn: &mut Conn,
    server: Server,
    table: &str,
    id: &str,
    mut column: Definition,
) -> Result<Definition> {
    let data_type = column.get(Property::Type).unwrap_or_default().to_owned();
    if is_doubtful(&data_type)
        && server.recurses()
        && let Some(data_type) = enum_values(conn, table, id, &data_type)?
    {
        column.set(Property::Type, Some(data_type));
    }
    let is_lossy = |sql: &str| match server.is_mariadb() {
        true => is_doubtful(sql) && sql.starts_with('\''),
        false => sql.starts_with("0x"),
    };
    let default = column.default_sql();
    let default = default.filter(|(sql, _)| is_lossy(sql) && is_text(&column.data_type()));
    if let Some((_, rest)) = default
        && let Some(value) = default_of(conn, table, id)?
    {
        let text = format!("DEFAULT {} {rest}", literal(&value));
        column.set(Property::Default, Some(text.trim().to_owned()));
    }
    Ok(column)
}

/// Returns the ENUM or SET type with the values that the server stores.
fn enum_values(conn: &mut Conn, table: &str, id: &str, data_type: &str) -> Result<Option<String>> {
    let Some((head, inside, tail)) = around_brackets(data_type) else {
        return Ok(None);
    };
    let is_set = match head.trim().to_ascii_lowercase().as_str() {
        "enum" => false,
        "set" => true,
        _ => return Ok(None),
    };
    let mut values: Vec<String> = Vec::new();
    for (at, value) in between_commas(inside).into_iter().enumerate() {
        let number = if is_set { 1_u64 << at } else { at as u64 + 1 };
        let held = match is_doubtful(value) {
            true => stored_value(conn, table, id, number)?,
            false => None,
        };
        values.push(held.map_or_else(|| value.to_owned(), |held| literal(&held)));
    }
    Ok(Some(format!("{head}({}){tail}", values.join(","))))
}

/// Returns the value with a given number. The first row of the recursion gives the result's column the type of `id`,
/// and the server converts the number in the next row to the value. The query also works in a read-only transaction.
fn stored_value(conn: &mut Conn, table: &str, id: &str, number: u64) -> Result<Option<String>> {
    expression_of(
        conn,
        &format!(
            "WITH RECURSIVE held(word) AS (\
                 SELECT t.{id} FROM (SELECT 1 AS one) AS o LEFT JOIN {table} AS t ON FALSE \
                 UNION DISTINCT SELECT {number} FROM held) \
             SELECT word FROM held WHERE word IS NOT NULL"
        ),
    )
}

/// Reads the value of a default. It also works for an empty table, because the subquery always returns one row.
fn default_of(conn: &mut Conn, table: &str, id: &str) -> Result<Option<String>> {
    expression_of(
        conn,
        &format!(
            "SELECT DEFAULT(d.{id}) FROM \
             (SELECT t.{id} FROM (SELECT 1 AS one) AS o LEFT JOIN {table} AS t ON FALSE LIMIT 1) AS d"
        ),
    )
}

/// Returns a string, or `None` for bytes that are not UTF-8, so that the caller keeps the printed text.
fn expression_of(conn: &mut Conn, sql: &str) -> Result<Option<String>> {
    let bytes: Option<Option<Vec<u8>>> = conn.query_first(sql)?;
    Ok(bytes
        .flatten()
        .and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// Returns the condition of a check from SHOW CREATE, given the `reported` condition from another source.
pub(super) fn condition(shown: &str, name: &str, reported: &str) -> Option<String> {
    let items = definition::parts_of(shown).0.into_iter();
    let conditions = items.filter_map(|item| {
        let check = match definition::item_name(item) {
            Some((column, text)) if column == name => Definition::parse(text)
                .get(Property::Check)
                .map(str::to_owned),
            Some(_) => None,
            None => {
                let rest = item.strip_prefix("CONSTRAINT ")?;
                let (constraint, rest) = definition::item_name(rest)?;
                (constraint == name && rest.starts_with("CHECK")).then(|| rest.to_owned())
            }
        }?;
        around_brackets(&check).map(|(_, inside, _)| inside.to_owned())
    });
    // A check of a column and a check of a table may have the same name.
    let conditions: Vec<String> = conditions.collect();
    let exact = conditions
        .iter()
        .find(|it| with_replaced_characters(it) == reported);
    exact.or(conditions.first()).cloned()
}

/// Returns a string as `information_schema` prints it.
fn with_replaced_characters(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    for character in sql.chars() {
        match character.len_utf8() {
            4 => text.push_str("????"),
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_of_a_check_is_found_by_its_name_and_reported_text() {
        let shown = "CREATE TABLE `t` (\n  `a` varchar(9) DEFAULT NULL CHECK (`a` <> '😀'),\n  \
                     CONSTRAINT `a` CHECK (`a` <> '?😀'),\n  CONSTRAINT `c` CHECK (`a` <> '😁')\n) ENGINE=InnoDB";
        for (name, reported, expected) in [
            ("a", "`a` <> '????'", Some("`a` <> '😀'")),
            ("a", "`a` <> '?????'", Some("`a` <> '?😀'")),
            ("c", "`a` <> '????'", Some("`a` <> '😁'")),
            ("d", "`a` <> '????'", None),
        ] {
            assert_eq!(
                condition(shown, name, reported).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
