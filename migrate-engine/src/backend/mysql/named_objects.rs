//! Returns the server's definitions of the objects that a non-transactional statement names: tables, views, routines,
//! events, databases, users and plugins.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use crate::backend::Shown;

use super::{identifier, sql};

/// The queries for names and definitions. They are separate, because MariaDB 10.11.19 once crashed (signal 11, in
/// `free_tmp_table`) at the end of a `UNION` of all of them.
const OTHERS: [&str; 6] = [
    "SELECT ROUTINE_NAME, CONCAT_WS('|', ROUTINE_TYPE, CREATED, LAST_ALTERED, ROUTINE_DEFINITION) \
     FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()",
    "SELECT EVENT_NAME, CONCAT_WS('|', CREATED, LAST_ALTERED, STATUS, EVENT_DEFINITION) \
     FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()",
    "SELECT TRIGGER_NAME, CONCAT_WS('|', EVENT_OBJECT_TABLE, CREATED, ACTION_STATEMENT) \
     FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()",
    "SELECT SCHEMA_NAME, CONCAT_WS('|', DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME) \
     FROM information_schema.SCHEMATA",
    "SELECT PLUGIN_NAME, PLUGIN_STATUS FROM information_schema.PLUGINS",
    "SELECT DISTINCT GRANTEE, 'user' FROM information_schema.USER_PRIVILEGES",
];

pub(super) fn by(conn: &mut Conn, statement: &str) -> Result<Vec<Shown>, Error> {
    let names = sql::names(statement);
    let existing: Vec<Row> = conn.query("SHOW FULL TABLES")?;
    let existing: Vec<String> = existing.iter().filter_map(|row| row.get(0)).collect();
    let mut shown = Vec::new();
    for (front, name) in &names {
        // Most words of a statement are not names of tables.
        let table = match front {
            Some(front) => format!("{}.{}", identifier(front), identifier(name)),
            None if existing
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name)) =>
            {
                identifier(name)
            }
            None => continue,
        };
        if let Ok(Some(row)) = conn.query_first::<Row, _>(format!("SHOW CREATE TABLE {table}")) {
            let text: Option<Result<String, _>> = row.get_opt(1);
            let definition = text.and_then(Result::ok).unwrap_or_default();
            shown.push(of(&table.replace('`', ""), &without_counter(&definition)));
        }
    }
    let mut others: Vec<(String, Option<String>)> = Vec::new();
    for query in OTHERS {
        others.extend(conn.query(query)?);
    }
    for (name, definition) in others {
        // A user is `'name'@'host'`.
        let first = name.trim_start_matches('\'').split('\'').next();
        let is_named = |known: &str| name.eq_ignore_ascii_case(known) || first == Some(known);
        if names.iter().any(|(_, known)| is_named(known)) {
            shown.push(of(&name, &definition.unwrap_or_default()));
        }
    }
    Ok(shown)
}

fn of(name: &str, definition: &str) -> Shown {
    Shown {
        name: name.to_owned(),
        definition: definition.to_owned(),
        undo: None,
    }
}

/// Returns a table's definition without its next AUTO_INCREMENT value, which other connections change.
fn without_counter(definition: &str) -> String {
    const WORD: &str = " AUTO_INCREMENT=";
    match definition.rsplit_once(WORD) {
        Some((front, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{front}{rest}")
        }
        None => definition.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_number_of_a_table_is_left_out() {
        let text = "CREATE TABLE `a` (…) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4";
        assert_eq!(
            without_counter(text),
            "CREATE TABLE `a` (…) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        );
    }
}
