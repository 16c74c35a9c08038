//! Writes the parts of statements whose syntax differs from other databases.
//!
//! Without a server, the statements are for a file, which both MariaDB and MySQL must accept.

use std::fmt::Write as _;

use migrate_schema::ddl;
use migrate_schema::operation::{Constraint, CreateIndex, DropIndex, Locking, Position};
use migrate_schema::schema::{
    Column, DefaultValue, Generated, IndexKey, IndexPart, Order, Table, Type,
};

use super::inspect::is_now_expression;
use super::server::Server;
use super::{MysqlDialect, identifier, literal, normalize, types};

/// Returns the CREATE TABLE statement, in which all constraints have names.
///
/// If the database's character set can't store every character, the table has an explicit one, so that no text is
/// lost.
pub(super) fn create_table(
    server: Option<Server>,
    table: &Table,
    database_is_unicode: bool,
) -> String {
    let table = normalize::named(table.clone());
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|item| column(server, item))
        .collect();
    lines.extend(ddl::constraints(&table).iter().map(constraint));
    let own = table.options.clone().unwrap_or_default();
    let mut options = String::new();
    let upper = own.to_ascii_uppercase();
    if !upper.contains("ENGINE") {
        options.push_str(" ENGINE=InnoDB");
    }
    if !database_is_unicode && !upper.contains("CHAR") && !upper.contains("COLLATE") {
        options.push_str(" DEFAULT CHARACTER SET utf8mb4");
    }
    if let Some(comment) = &table.comment {
        let _ = write!(options, " COMMENT={}", literal(comment));
    }
    if !own.is_empty() {
        let _ = write!(options, " {own}");
    }
    format!(
        "CREATE TABLE {} (\n    {}\n){options}",
        identifier(&table.name),
        lines.join(",\n    ")
    )
}

/// Returns a constraint as in CREATE TABLE and after ADD. A primary key has no name of its own.
pub(super) fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => format!("PRIMARY KEY ({})", identifiers(&key.columns)),
        other => ddl::constraint(&MysqlDialect, other),
    }
}

fn identifiers(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| identifier(name)).collect();
    names.join(", ")
}

/// Returns a column as in CREATE TABLE and after ADD COLUMN, without the constraints of the table.
pub(super) fn column(server: Option<Server>, column: &Column) -> String {
    let mut sql = format!(
        "{} {}",
        identifier(&column.name),
        types::to_sql(&column.data_type)
    );
    if let Some(collation) = &column.collation {
        let _ = write!(sql, " COLLATE {}", identifier(collation));
    }
    match &column.generated {
        Some(Generated::Virtual(expression)) => {
            let _ = write!(sql, " GENERATED ALWAYS AS ({expression}) VIRTUAL");
        }
        Some(Generated::Stored(expression)) => {
            let _ = write!(sql, " GENERATED ALWAYS AS ({expression}) STORED");
        }
        None => {}
    }
    let numbers = column.autoincrement || column.identity.is_some();
    // NULL is explicit too, because a `TIMESTAMP` without it may be NOT NULL. MariaDB accepts neither for a generated
    // column.
    match (column.not_null || numbers, &column.generated) {
        (true, None) => sql.push_str(" NOT NULL"),
        (false, None) => sql.push_str(" NULL"),
        (true, Some(_)) => match server {
            // MariaDB reads this as a comment.
            None => sql.push_str(" /*!80000 NOT NULL */"),
            Some(server) if server.is_mariadb() => {}
            Some(_) => sql.push_str(" NOT NULL"),
        },
        (false, Some(_)) => {}
    }
    if let Some(value) = &column.default {
        let _ = write!(
            sql,
            " DEFAULT {}",
            default(server, &column.data_type, value)
        );
    }
    if numbers {
        sql.push_str(" AUTO_INCREMENT");
    }
    if let Some(comment) = &column.comment {
        let _ = write!(sql, " COMMENT {}", literal(comment));
    }
    sql
}

/// Returns the position of a new column.
pub(super) fn position(position: &Position) -> String {
    match position {
        Position::Last => String::new(),
        Position::First => " FIRST".to_owned(),
        Position::After(name) => format!(" AFTER {}", identifier(name)),
    }
}

/// Returns a default as SQL. The current time has as many digits as the column stores.
pub(super) fn default(server: Option<Server>, data_type: &Type, value: &DefaultValue) -> String {
    let sql = ddl::default_value(&MysqlDialect, value);
    if matches!(value, DefaultValue::Expression(_)) && is_now_expression(&sql) {
        return now(server, data_type);
    }
    // MySQL accepts a function, and a literal for a long string, only in parentheses. MariaDB accepts the parentheses
    // too.
    let bracketed = is_long(data_type) && *value != DefaultValue::Null || is_function(&sql);
    if bracketed && !is_mariadb(server) && !sql.starts_with('(') {
        return format!("({sql})");
    }
    sql
}

/// Returns the current time with as many digits as a column of this type stores.
pub(super) fn now(server: Option<Server>, data_type: &Type) -> String {
    match digits(data_type) {
        Some(digits) => format!("CURRENT_TIMESTAMP({digits})"),
        // MySQL accepts the keyword without parentheses only for `DATETIME` and `TIMESTAMP` columns.
        None if !is_mariadb(server) && !keeps_time(data_type) => "(CURRENT_TIMESTAMP)".to_owned(),
        None => "CURRENT_TIMESTAMP".to_owned(),
    }
}

/// Returns whether the values of a type are stored outside of the row.
fn is_long(data_type: &Type) -> bool {
    let spelling = types::to_sql(data_type).to_ascii_lowercase();
    let word = spelling.split(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| word.ends_with("text") || word.ends_with("blob") || word == "json")
}

fn is_mariadb(server: Option<Server>) -> bool {
    server.is_some_and(Server::is_mariadb)
}

/// Returns whether the text begins with a function call, not with a literal or its prefix.
fn is_function(sql: &str) -> bool {
    let end = sql.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (word, rest) = sql.split_at(end.unwrap_or(sql.len()));
    let literal = ["NULL", "TRUE", "FALSE"]
        .iter()
        .any(|it| word.eq_ignore_ascii_case(it));
    word.starts_with(char::is_alphabetic) && !literal && !rest.starts_with(['\'', '"'])
}

/// Returns whether the values of a type are dates with a time.
fn keeps_time(data_type: &Type) -> bool {
    let spelling = types::to_sql(data_type).to_ascii_lowercase();
    spelling.starts_with("datetime") || spelling.starts_with("timestamp")
}

pub(super) fn digits(data_type: &Type) -> Option<String> {
    let spelling = types::to_sql(data_type);
    if !keeps_time(data_type) {
        return None;
    }
    let inside = spelling.split_once('(')?.1.trim_end_matches(')').trim();
    Some(inside.to_owned()).filter(|digits| !digits.is_empty())
}

/// The index methods that are keywords before INDEX, and all index methods.
const KINDS: [&str; 2] = ["FULLTEXT", "SPATIAL"];
pub(super) const METHODS: [&str; 4] = ["FULLTEXT", "SPATIAL", "BTREE", "HASH"];

/// Returns the CREATE INDEX statement.
pub(super) fn create_index(op: &CreateIndex) -> String {
    let index = &op.index;
    let parts: Vec<String> = index.parts.iter().map(index_part).collect();
    let method = index
        .method
        .as_ref()
        .map(|method| method.to_ascii_uppercase());
    let (kind, using) = match method {
        Some(method) if KINDS.contains(&method.as_str()) => (format!("{method} "), String::new()),
        // The server prints RTREE for a SPATIAL index.
        Some(method) if method == "RTREE" => ("SPATIAL ".to_owned(), String::new()),
        Some(method) => (String::new(), format!(" USING {method}")),
        None => (String::new(), String::new()),
    };
    let unique = if index.unique { "UNIQUE " } else { "" };
    let options = index.options.as_ref().map(|options| format!(" {options}"));
    format!(
        "CREATE {unique}{kind}INDEX {}{using} ON {} ({}){}{}",
        identifier(&index.name),
        identifier(&index.table),
        parts.join(", "),
        options.unwrap_or_default(),
        lock(op.locking)
    )
}

/// Returns the part of an ALTER TABLE that adds an index over whole columns.
pub(super) fn index(name: &str, columns: &[String]) -> String {
    format!("ADD INDEX {} ({})", identifier(name), identifiers(columns))
}

/// Returns the statement that drops an index and adds the clauses in `instead`.
pub(super) fn drop_index(op: &DropIndex, instead: &[String]) -> String {
    let (name, table) = (identifier(&op.name), identifier(&op.table));
    let mut clauses = vec![format!("DROP INDEX {name}")];
    clauses.extend_from_slice(instead);
    match op.locking {
        Locking::Blocking if instead.is_empty() => format!("DROP INDEX {name} ON {table}"),
        Locking::Blocking => format!("ALTER TABLE {table} {}", clauses.join(", ")),
        // MariaDB accepts LOCK only in ALTER TABLE here.
        Locking::Concurrent => format!("ALTER TABLE {table} {}, LOCK=NONE", clauses.join(", ")),
    }
}

/// Returns the LOCK clause. With it, the server reports an error before it changes anything if it would block writes.
fn lock(locking: Locking) -> &'static str {
    match locking {
        Locking::Blocking => "",
        Locking::Concurrent => " LOCK=NONE",
    }
}

fn index_part(part: &IndexPart) -> String {
    let mut sql = match &part.key {
        IndexKey::Column(name) => identifier(name),
        IndexKey::Expression(expression) => format!("({expression})"),
    };
    if let Some(length) = part.prefix_length {
        let _ = write!(sql, "({length})");
    }
    if part.order == Order::Descending {
        sql.push_str(" DESC");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::is_function;

    #[test]
    fn a_function_is_no_literal() {
        for sql in ["CURRENT_DATE", "uuid()", "nextval(s)", "länge(a)"] {
            assert!(is_function(sql), "{sql}");
        }
        for sql in [
            "1",
            "-1.5",
            "'a'",
            "b'01'",
            "x'00'",
            "_utf8mb4'a'",
            "NULL",
            "true",
            "(a)",
            "",
        ] {
            assert!(!is_function(sql), "{sql}");
        }
    }
}
