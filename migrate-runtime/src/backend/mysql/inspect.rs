//! A live database to a [`Schema`].
//!
//! A unique index is a unique constraint here. The index that the server makes for a foreign key, and the check that says
//! that a column holds JSON, belong to what they were made for and are not told.

use std::collections::HashMap;

use mysql::prelude::FromValue;
use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row, from_value_opt};

use crate::backend::Description;
use crate::schema::{
    Action, Check, Column, DefaultValue, ForeignKey, Generated, Index, IndexKey, IndexPart,
    PrimaryKey, Schema, Table, Trigger, Type, Unique, View,
};

use super::expression::{normal, unquoted};
use super::server::Server;
use super::types;

type Result<T> = std::result::Result<T, Error>;

/// What stands between the name of a table and the number in the name of a foreign key that nobody gave one.
pub(super) const KEY_LABEL: &str = "_ibfk_";

/// Reads the whole schema; the table `except` is left out.
pub(super) fn schema(conn: &mut Conn, server: Server, except: Option<&str>) -> Result<Schema> {
    let except = except.unwrap_or_default();
    let mut schema = tables_of(conn, server, None, except)?;
    schema.views = views(conn, None)?;
    schema.triggers = triggers(conn, "EVENT_OBJECT_TABLE <> ?", except)?;
    Ok(schema)
}

/// Reads the tables and views of these names, with what belongs to them, as the whole schema tells them. For the whole the
/// server opens every table.
pub(super) fn named(conn: &mut Conn, server: Server, names: &[String]) -> Result<Schema> {
    let mut schema = Schema::default();
    for name in names {
        match kind(conn, name)?.as_deref() {
            None => {}
            Some("VIEW") => schema.views.extend(views(conn, Some(name))?),
            Some(_) => {
                let found = tables_of(conn, server, Some(name), "")?;
                schema.tables.extend(found.tables);
                schema.indexes.extend(found.indexes);
                let triggers = triggers(conn, "EVENT_OBJECT_TABLE = ?", name)?;
                schema.triggers.extend(triggers);
            }
        }
    }
    Ok(schema)
}

/// Returns what the table or view of this name is.
fn kind(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    conn.exec_first(
        "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
        (name,),
    )
}

/// Reads one table or all but `except`, with all that belongs to it but triggers.
fn tables_of(conn: &mut Conn, server: Server, only: Option<&str>, except: &str) -> Result<Schema> {
    let mut schema = Schema::default();
    let sql = format!(
        "SELECT TABLE_NAME, ENGINE, TABLE_COLLATION, TABLE_COMMENT, @@collation_database FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() {} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
        which("TABLE_NAME", only)
    );
    let mut collations = Vec::new();
    for row in conn.exec::<Row, _, _>(sql, (only,))? {
        let name: String = cell(&row, 0)?;
        if name == except {
            continue;
        }
        let mut table = Table::new(name);
        let collation: String = text(&row, 2)?;
        table.comment = said(text(&row, 3)?);
        table.options = options(&text(&row, 1)?, &collation, &text(&row, 4)?);
        collations.push((table.name.clone(), collation));
        schema.tables.push(table);
    }
    if schema.tables.is_empty() {
        return Ok(schema);
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (table, mut column) in columns(conn, server, only)? {
        // What is said for the whole table is not said again for each column.
        let whole = collations.iter().find(|(name, _)| *name == table);
        if column.collation.as_ref() == whole.map(|(_, collation)| collation) {
            column.collation = None;
        }
        if let Some(table) = find(&mut schema, &table) {
            table.columns.push(column);
        }
    }
    checks(conn, server, &mut schema, only)?;
    foreign_keys(conn, &mut schema, only)?;
    keys(conn, server, &mut schema, only, except)?;
    Ok(schema)
}

/// Returns the condition for one table or for all, with one place for its name.
fn which(column: &str, only: Option<&str>) -> String {
    match only {
        Some(_) => format!("AND {column} = ?"),
        None => "AND ? IS NULL".to_owned(),
    }
}

fn find<'s>(schema: &'s mut Schema, name: &str) -> Option<&'s mut Table> {
    let found = schema
        .tables
        .binary_search_by(|table| table.name.as_str().cmp(name));
    found.ok().map(|at| &mut schema.tables[at])
}

fn cell<T: FromValue>(row: &Row, at: usize) -> Result<T> {
    let value = row.as_ref(at).cloned().unwrap_or(mysql::Value::NULL);
    Ok(from_value_opt(value)?)
}

/// Returns a text; NULL is empty.
fn text(row: &Row, at: usize) -> Result<String> {
    Ok(cell::<Option<String>>(row, at)?.unwrap_or_default())
}

/// An empty comment is none.
fn said(comment: String) -> Option<String> {
    Some(comment).filter(|comment| !comment.is_empty())
}

/// What a table does not have from the server and the database.
fn options(engine: &str, collation: &str, own: &str) -> Option<String> {
    let mut words = Vec::new();
    if !engine.eq_ignore_ascii_case("InnoDB") && !engine.is_empty() {
        words.push(format!("ENGINE={engine}"));
    }
    if collation != own && !collation.is_empty() {
        words.push(format!("COLLATE={collation}"));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Reads the names of the tables, sorted.
pub(super) fn tables(conn: &mut Conn) -> Result<Vec<String>> {
    let mut names: Vec<String> = conn.query(
        "SELECT TABLE_NAME FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
    )?;
    names.sort();
    Ok(names)
}

/// Reads the columns of one table or of all, in order, each with its table's name.
pub(super) fn columns(
    conn: &mut Conn,
    server: Server,
    table: Option<&str>,
) -> Result<Vec<(String, Column)>> {
    let which = which("TABLE_NAME", table);
    let sql = format!(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME, \
                GENERATION_EXPRESSION, COLUMN_COMMENT \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() {which} ORDER BY TABLE_NAME, ORDINAL_POSITION"
    );
    let rows: Vec<Row> = conn.exec(sql, (table,))?;
    rows.iter().map(|row| column(row, server)).collect()
}

fn column(row: &Row, server: Server) -> Result<(String, Column)> {
    let kind = types::read(&text(row, 2)?);
    let mut column = Column::new(text(row, 1)?, kind);
    column.not_null = text(row, 3)? == "NO";
    let default: Option<String> = cell(row, 4)?;
    let extra = text(row, 5)?.to_ascii_uppercase();
    column.collation = cell(row, 6)?;
    if matches!(column.kind, Type::Json) {
        column.collation = None;
    }
    column.comment = said(text(row, 8)?);
    let computed = unescaped(&text(row, 7)?, server);
    column.autoincrement = extra.contains("AUTO_INCREMENT");
    if computed.is_empty() {
        column.default = default.and_then(|sql| default_of(&column.kind, &sql, &extra, server));
    } else if extra.contains("STORED") || extra.contains("PERSISTENT") {
        column.generated = Some(Generated::Stored(normal(&computed)));
    } else {
        column.generated = Some(Generated::Virtual(normal(&computed)));
    }
    Ok((text(row, 0)?, column))
}

/// MySQL tells expressions with their quotes escaped.
fn unescaped(sql: &str, server: Server) -> String {
    match server.is_mariadb() {
        true => sql.to_owned(),
        false => sql.replace("\\'", "'"),
    }
}

/// Reads a default: MariaDB tells it as SQL, MySQL tells a literal without its quotes.
fn default_of(kind: &Type, sql: &str, extra: &str, server: Server) -> Option<DefaultValue> {
    if server.is_mariadb() || extra.contains("DEFAULT_GENERATED") || is_now(sql) {
        return default_value(kind, &unescaped(sql, server));
    }
    if sql.starts_with("b'") {
        return default_value(kind, sql);
    }
    default_value(kind, &format!("'{}'", sql.replace('\'', "''")))
}

fn is_now(sql: &str) -> bool {
    sql.to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP")
}

/// Reads the SQL of a default in the form that is compared; `None` for NULL.
pub(super) fn default_value(kind: &Type, sql: &str) -> Option<DefaultValue> {
    let sql = sql.trim();
    if sql.eq_ignore_ascii_case("NULL") {
        return None;
    }
    let literal = whole_literal(sql);
    if let Some(text) = &literal
        && !is_number(kind)
    {
        return Some(DefaultValue::Text(text.clone()));
    }
    let word = literal.as_deref().unwrap_or(sql).replace(' ', "");
    let number = match word.to_ascii_uppercase().as_str() {
        "TRUE" => Some(1.0),
        "FALSE" => Some(0.0),
        _ => word
            .parse::<f64>()
            .ok()
            .filter(|_| word.ends_with(|c: char| c.is_ascii_digit())),
    };
    if number.is_some() && is_text(kind) {
        return Some(DefaultValue::Text(word));
    }
    Some(match (number, word.parse::<i64>()) {
        (Some(number), _) if *kind == Type::Boolean && (number == 0.0 || number == 1.0) => {
            DefaultValue::Boolean(number == 1.0)
        }
        (Some(_), Ok(number)) => DefaultValue::Integer(number),
        // `2.00` is how a `DECIMAL(10, 2)` tells 2.
        (Some(number), _) if number.fract() == 0.0 && number.abs() < 9e15 => {
            DefaultValue::Integer(number as i64)
        }
        (Some(number), _) => DefaultValue::Real(number),
        (None, _) if is_now_expression(sql) => {
            DefaultValue::Expression("CURRENT_TIMESTAMP".to_owned())
        }
        (None, _) => DefaultValue::Expression(normal(sql)),
    })
}

/// Returns whether this is the time, with however many digits.
pub(super) fn is_now_expression(sql: &str) -> bool {
    normal(sql).starts_with("current_timestamp(")
}

/// Returns what one text literal stands for, if `sql` is one.
fn whole_literal(sql: &str) -> Option<String> {
    let mut tokens = super::sql::Tokens::new(sql);
    let (_, end, token) = tokens.next()?;
    let quote = sql.starts_with(['\'', '"']);
    (quote && token == super::sql::Token::Quoted && end == sql.len()).then(|| unquoted(sql))
}

fn is_number(kind: &Type) -> bool {
    match kind {
        Type::TinyInt
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::UnsignedTinyInt
        | Type::UnsignedSmallInt
        | Type::UnsignedInteger
        | Type::UnsignedBigInt
        | Type::Double
        | Type::Numeric(..)
        | Type::Boolean => true,
        Type::Other(spelling) => ["mediumint", "int", "float", "double", "decimal", "year"]
            .iter()
            .any(|word| {
                spelling
                    .strip_prefix(word)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            }),
        _ => false,
    }
}

/// Returns whether a column of this type holds text, which has a collation.
pub(super) fn is_text(kind: &Type) -> bool {
    match kind {
        Type::Char(_) | Type::Varchar(_) | Type::Text => true,
        Type::Other(spelling) => ["text", "tinytext", "mediumtext", "enum", "set"]
            .iter()
            .any(|word| spelling.starts_with(word)),
        _ => false,
    }
}

fn checks(conn: &mut Conn, server: Server, schema: &mut Schema, only: Option<&str>) -> Result<()> {
    if !server.keeps_checks() {
        return Ok(());
    }
    let sql = match server.is_mariadb() {
        true => {
            "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
             WHERE CONSTRAINT_SCHEMA = DATABASE() "
        }
        false => {
            "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS AS c \
             JOIN information_schema.TABLE_CONSTRAINTS AS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA \
                  AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK' \
             WHERE c.CONSTRAINT_SCHEMA = DATABASE() "
        }
    };
    let sql = format!("{sql}{}", which("TABLE_NAME", only));
    for row in conn.exec::<Row, _, _>(sql, (only,))? {
        let Some(table) = find(schema, &text(&row, 0)?) else {
            continue;
        };
        let condition = normal(&unescaped(&text(&row, 2)?, server));
        if let Some(column) = json_column(table, &condition) {
            column.kind = Type::Json;
            column.collation = None;
            continue;
        }
        table
            .checks
            .push(Check::new(condition).named(text(&row, 1)?));
    }
    for table in &mut schema.tables {
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(())
}

/// MariaDB's JSON is a long text with a check.
fn json_column<'t>(table: &'t mut Table, condition: &str) -> Option<&'t mut Column> {
    let columns = table.columns.iter_mut();
    columns
        .filter(|column| column.kind == Type::Text)
        .find(|column| {
            condition == normal(&format!("json_valid({})", super::identifier(&column.name)))
        })
}

fn foreign_keys(conn: &mut Conn, schema: &mut Schema, only: Option<&str>) -> Result<()> {
    let columns = format!(
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, \
                IF(REFERENCED_TABLE_SCHEMA = DATABASE(), REFERENCED_TABLE_NAME, \
                   CONCAT(REFERENCED_TABLE_SCHEMA, '.', REFERENCED_TABLE_NAME)), REFERENCED_COLUMN_NAME \
         FROM information_schema.KEY_COLUMN_USAGE \
         WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL {} \
         ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
        which("TABLE_NAME", only)
    );
    let columns: Vec<Row> = conn.exec(columns, (only,))?;
    if columns.is_empty() {
        return Ok(());
    }
    // Put together here: the server joins the two by opening every table once for each.
    let rules = rules(conn, only)?;
    for row in columns {
        let (of, own) = (text(&row, 0)?, text(&row, 1)?);
        let Some(table) = find(schema, &of) else {
            continue;
        };
        let (column, references) = (text(&row, 2)?, text(&row, 4)?);
        let last = table.foreign_keys.last_mut();
        match last.filter(|key| key.name.as_ref() == Some(&own)) {
            Some(key) => {
                key.columns.push(column);
                key.references.push(references);
            }
            None => {
                let mut key = ForeignKey::to(text(&row, 3)?, references);
                key.columns = vec![column];
                key.name = Some(own.clone());
                if let Some((update, delete)) = rules.get(&(of, own)) {
                    key.on_update = action(update);
                    key.on_delete = action(delete);
                }
                table.foreign_keys.push(key);
            }
        }
    }
    for table in &mut schema.tables {
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(())
}

/// Reads what the foreign keys do on update and on delete, by their tables and names.
fn rules(
    conn: &mut Conn,
    only: Option<&str>,
) -> Result<HashMap<(String, String), (String, String)>> {
    let sql = format!(
        "SELECT TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE \
         FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() {}",
        which("TABLE_NAME", only)
    );
    let rows: Vec<(String, String, String, String)> = conn.exec(sql, (only,))?;
    let keyed = rows.into_iter();
    Ok(keyed
        .map(|(table, name, update, delete)| ((table, name), (update, delete)))
        .collect())
}

/// Refusing at once and refusing at the end of the statement are one here, and what is done where nothing is said.
pub(super) fn action(words: &str) -> Option<Action> {
    Action::parse(words).filter(|action| !matches!(action, Action::NoAction | Action::Restrict))
}

/// A key of a table, which is how the server holds an index, a unique constraint and the primary key.
pub(super) struct Key {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) kind: String,
    pub(super) parts: Vec<IndexPart>,
}

impl Key {
    /// Returns the columns, if it is over whole columns in their order and nothing else.
    pub(super) fn columns(&self) -> Option<Vec<String>> {
        plain_columns(&self.parts)
    }

    /// Returns the columns that it is over in some way.
    pub(super) fn touched(&self) -> Vec<String> {
        self.parts.iter().filter_map(column_of).collect()
    }
}

/// Returns the columns of an index over nothing but whole columns in their order.
pub(super) fn plain_columns(parts: &[IndexPart]) -> Option<Vec<String>> {
    let name = |part: &IndexPart| {
        let name = column_of(part)?;
        (*part == IndexPart::column(name.as_str())).then_some(name)
    };
    parts.iter().map(name).collect()
}

fn column_of(part: &IndexPart) -> Option<String> {
    match &part.key {
        IndexKey::Column(name) => Some(name.clone()),
        IndexKey::Expression(_) => None,
    }
}

fn is_constraint(key: &Key) -> bool {
    key.unique && key.kind == "BTREE"
}

/// Reads the keys of one table or of all.
pub(super) fn all_keys(conn: &mut Conn, server: Server, table: Option<&str>) -> Result<Vec<Key>> {
    let which = which("TABLE_NAME", table);
    let expression = if server.indexes_expressions() {
        "EXPRESSION"
    } else {
        "NULL"
    };
    let sql = format!(
        "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE, COLUMN_NAME, COLLATION, SUB_PART, {expression} \
         FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() {which} \
         ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
    );
    let mut keys: Vec<Key> = Vec::new();
    for row in conn.exec::<Row, _, _>(sql, (table,))? {
        let (table, name) = (text(&row, 0)?, text(&row, 1)?);
        let mut part = match cell::<Option<String>>(&row, 4)? {
            Some(column) => IndexPart::column(column),
            None => IndexPart::expression(normal(&unescaped(&text(&row, 7)?, server))),
        };
        if text(&row, 5)? == "D" {
            part = part.desc();
        }
        part.length = cell(&row, 6)?;
        match keys
            .last_mut()
            .filter(|key| key.table == table && key.name == name)
        {
            Some(key) => key.parts.push(part),
            None => keys.push(Key {
                table,
                name,
                unique: cell::<i64>(&row, 2)? == 0,
                kind: text(&row, 3)?,
                parts: vec![part],
            }),
        }
    }
    Ok(keys)
}

fn keys(
    conn: &mut Conn,
    server: Server,
    schema: &mut Schema,
    only: Option<&str>,
    except: &str,
) -> Result<()> {
    for key in all_keys(conn, server, only)? {
        if key.table == except {
            continue;
        }
        let Some(table) = find(schema, &key.table) else {
            continue;
        };
        let columns = key.columns();
        match columns {
            Some(columns) if key.name == "PRIMARY" => {
                let name = Some(key.name);
                table.primary_key = Some(PrimaryKey { name, columns });
            }
            Some(columns) if is_constraint(&key) => {
                table.uniques.push(Unique::new(columns).named(key.name));
            }
            Some(columns) if made_for_key(table, &key.name, &columns) => {}
            _ => schema.indexes.push(index(key)),
        }
    }
    for table in &mut schema.tables {
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    }
    schema
        .indexes
        .sort_by(|a, b| (&a.name, &a.table).cmp(&(&b.name, &b.table)));
    Ok(())
}

/// Returns whether the server made the index for a foreign key. Where a table was renamed the name of such a key followed it,
/// and that of its index did not.
pub(super) fn made_for_key(table: &Table, name: &str, columns: &[String]) -> bool {
    table.foreign_keys.iter().any(|key| {
        let own = key.name.as_deref().unwrap_or_default();
        key.columns == columns
            && (own == name
                || key.columns.first().is_some_and(|first| first == name)
                || key_number(own).is_some_and(|number| key_number(name) == Some(number)))
    })
}

/// Returns what tells the foreign keys of a table apart that nobody gave a name.
fn key_number(name: &str) -> Option<&str> {
    name.rsplit_once(KEY_LABEL).map(|(_, number)| number)
}

fn index(key: Key) -> Index {
    let kind = key.kind.to_ascii_lowercase();
    Index {
        unique: key.unique,
        method: Some(kind).filter(|kind| kind != "btree"),
        ..Index::new(key.name, key.table, key.parts)
    }
}

fn views(conn: &mut Conn, only: Option<&str>) -> Result<Vec<View>> {
    let sql = format!(
        "SELECT TABLE_NAME, COALESCE(VIEW_DEFINITION, ''), TABLE_SCHEMA FROM information_schema.VIEWS \
         WHERE TABLE_SCHEMA = DATABASE() {}",
        which("TABLE_NAME", only)
    );
    let rows: Vec<(String, String, String)> = conn.exec(sql, (only,))?;
    let mut views: Vec<View> = rows
        .into_iter()
        .map(|(name, query, database)| {
            // The name of the database says where it is, not what it is.
            let query = query.replace(&format!("`{database}`."), "");
            View::new(name, query.trim())
        })
        .collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(views)
}

/// Reads the triggers that keep a condition about `name`.
fn triggers(conn: &mut Conn, condition: &str, name: &str) -> Result<Vec<Trigger>> {
    let sql = format!(
        "SELECT TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, EVENT_OBJECT_TABLE, ACTION_STATEMENT \
         FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND {condition}"
    );
    let rows: Vec<(String, String, String, String, String)> = conn.exec(sql, (name,))?;
    let mut triggers: Vec<Trigger> = rows
        .into_iter()
        .map(|(name, timing, event, table, body)| {
            let (id, on) = (super::identifier(&name), super::identifier(&table));
            let definition =
                format!("CREATE TRIGGER {id} {timing} {event} ON {on} FOR EACH ROW {body}");
            Trigger::new(name, table, super::sql::uniform(&definition))
        })
        .collect();
    triggers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(triggers)
}

/// Describes the table or view of this name.
pub(super) fn describe(conn: &mut Conn, name: &str) -> Result<Option<Description>> {
    let Some(kind) = kind(conn, name)? else {
        return Ok(None);
    };
    let columns: Vec<(String, String)> = conn.exec(
        "SELECT COLUMN_NAME, COLUMN_KEY FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
        (name,),
    )?;
    let triggers: Vec<String> = conn.exec(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS \
         WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? ORDER BY TRIGGER_NAME",
        (name,),
    )?;
    Ok(Some(Description {
        kind: match kind.as_str() {
            "BASE TABLE" => "table".to_owned(),
            other => other.to_lowercase(),
        },
        columns: columns
            .into_iter()
            .map(|(column, key)| (column, key == "PRI"))
            .collect(),
        triggers,
    }))
}
