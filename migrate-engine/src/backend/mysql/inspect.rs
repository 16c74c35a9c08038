//! Reads the [`Schema`] of a live database.
//!
//! A unique index is a unique constraint here. Two kinds of objects are not listed separately: the index that the
//! server creates for a foreign key, and the check that makes a column JSON.

use std::collections::HashMap;

use mysql::prelude::FromValue;
use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row, from_value_opt};

use crate::backend::ObjectInfo;
use migrate_schema::schema::{
    Check, Column, DefaultValue, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart,
    PrimaryKey, ReferentialAction, Schema, Table, Type, Unique,
};

use super::definition::Definition;
use super::expression::{normalize, unquoted};
use super::natives::natives;
use super::qualifier::without_database;
use super::server::Server;
use super::triggers::triggers;
use super::views::views;
use super::{definition, lossy_metadata, show_create, types};

type Result<T> = std::result::Result<T, Error>;

/// The text between the table's name and the number, in the name that the server gives a foreign key.
pub(super) const KEY_LABEL: &str = "_ibfk_";

/// Reads the whole schema without the table `except`.
pub(super) fn schema(conn: &mut Conn, server: Server, except: Option<&str>) -> Result<Schema> {
    let except = except.unwrap_or_default();
    let mut schema = tables_of(conn, server, None, except)?;
    residue(conn, server, &mut schema)?;
    let (views, properties) = views(conn, None)?;
    schema.views = views;
    schema.properties.extend(properties);
    let found = triggers(conn, "EVENT_OBJECT_TABLE <> ?", except)?;
    schema.triggers = found.triggers;
    schema.needs = found.needs;
    schema.natives.extend(found.natives);
    schema.natives.extend(natives(conn, server)?);
    schema.natives.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(schema)
}

/// Returns the server's CREATE TABLE statement for a table, whose name is quoted.
pub(super) fn shown_table(conn: &mut Conn, server: Server, id: &str) -> Result<String> {
    let shown: Option<Row> = conn.query_first(format!("SHOW CREATE TABLE {id}"))?;
    let bytes: Option<Vec<u8>> = shown.map(|row| value_at(&row, 1)).transpose()?;
    let shown = super::sql::read(&bytes.unwrap_or_default());
    lossy_metadata::restored(conn, server, id, shown)
}

/// Adds the parts of a table that only the server's own statement contains, with one query for each table.
fn residue(conn: &mut Conn, server: Server, schema: &mut Schema) -> Result<()> {
    let database: Option<String> = conn.query_first("SELECT DATABASE()")?;
    let database = database.unwrap_or_default();
    let Schema {
        tables,
        indexes,
        properties,
        natives,
        definitions,
        ..
    } = schema;
    for table in tables {
        let id = super::identifier(&table.name);
        let shown = without_database(&shown_table(conn, server, &id)?, &database);
        let found = show_create::residue(table, indexes, &shown);
        let is_elsewhere = |name: &Option<String>| {
            let mut keys = found.natives.iter();
            keys.any(|key| Some(&key.object.name) == name.as_ref())
        };
        table.foreign_keys.retain(|key| !is_elsewhere(&key.name));
        // A period has a check that belongs to it.
        let mut periods = found.properties.iter();
        let is_period = |check: &Check| {
            let name = check.name.as_deref().unwrap_or_default();
            periods.any(|property| property.name == format!("period `{name}`"))
        };
        let mut is_period = is_period;
        table.checks.retain(|check| !is_period(check));
        for at in 0..table.columns.len() {
            let column = &table.columns[at];
            if show_create::is_auto_increment(column)
                && show_create::numbers_after_index(table, &column.name)
            {
                table.columns[at].autoincrement = false;
                table.columns[at].identity = None;
            }
        }
        properties.extend(found.properties);
        natives.extend(found.natives);
        definitions.extend(found.statement);
    }
    Ok(())
}

/// Reads the tables and views with these names and their parts, without properties that no operation sets. Reading
/// the whole schema would make the server open every table.
pub(super) fn named(conn: &mut Conn, server: Server, names: &[String]) -> Result<Schema> {
    let mut schema = Schema::default();
    for name in names {
        match table_type(conn, name)?.as_deref() {
            None => {}
            Some("VIEW") => schema.views.extend(views(conn, Some(name))?.0),
            Some(_) => {
                let found = tables_of(conn, server, Some(name), "")?;
                schema.tables.extend(found.tables);
                schema.indexes.extend(found.indexes);
                let found = triggers(conn, "EVENT_OBJECT_TABLE = ?", name)?;
                schema.triggers.extend(found.triggers);
                schema.natives.extend(found.natives);
            }
        }
    }
    Ok(schema)
}

/// Returns the type of the table or view with this name.
fn table_type(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    conn.exec_first(
        "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
        (name,),
    )
}

/// The collation of a table without an explicit one: the database's, or the default of `utf8mb4` if the database's
/// character set can't store every character.
pub(super) const OWN_COLLATION: &str = "IF(@@character_set_database = 'utf8mb4', @@collation_database, \
     (SELECT DEFAULT_COLLATE_NAME FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = 'utf8mb4'))";

/// Reads one table, or all tables but `except`, with all their parts except triggers.
fn tables_of(conn: &mut Conn, server: Server, only: Option<&str>, except: &str) -> Result<Schema> {
    let mut schema = Schema::default();
    let sql = format!(
        "SELECT TABLE_NAME, ENGINE, TABLE_COLLATION, TABLE_COMMENT, {OWN_COLLATION} FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() {} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
        which("TABLE_NAME", only)
    );
    let mut collations = Vec::new();
    for row in conn.exec::<Row, _, _>(sql, (only,))? {
        let name: String = value_at(&row, 0)?;
        if name == except {
            continue;
        }
        let mut table = Table::new(name);
        let collation: String = text(&row, 2)?;
        table.comment = non_empty(text(&row, 3)?);
        table.options = options(&text(&row, 1)?, &collation, &text(&row, 4)?);
        collations.push((table.name.clone(), collation));
        schema.tables.push(table);
    }
    if schema.tables.is_empty() {
        return Ok(schema);
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (table, column) in columns(conn, server, only)? {
        if let Some(table) = find(&mut schema, &table) {
            table.columns.push(column);
        }
    }
    checks(conn, server, &mut schema, only)?;
    // A property of the whole table is not repeated for each column.
    for (table, whole) in &collations {
        let table = find(&mut schema, table);
        for column in table.into_iter().flat_map(|table| &mut table.columns) {
            column.collation = column.collation.take().filter(|own| own != whole);
        }
    }
    foreign_keys(conn, &mut schema, only)?;
    keys(conn, server, &mut schema, only, except)?;
    schema.tables.iter_mut().for_each(number);
    Ok(schema)
}

/// Marks an auto-increment column in the form of operations: on its key, or as an identity column if it is not the
/// only column of the key.
pub(super) fn number(table: &mut Table) {
    let key = table.primary_key.as_ref().map(|key| key.columns.clone());
    for column in &mut table.columns {
        if column.autoincrement || column.identity.is_some() {
            let is_only_column = matches!(key.as_deref(), Some([only]) if *only == column.name);
            column.autoincrement = is_only_column;
            column.identity = (!is_only_column).then_some(Identity::ByDefault);
        }
    }
}

/// Returns the condition for one table or for all tables, with one placeholder for the name.
pub(super) fn which(column: &str, only: Option<&str>) -> String {
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

fn value_at<T: FromValue>(row: &Row, at: usize) -> Result<T> {
    let value = row.as_ref(at).cloned().unwrap_or(mysql::Value::NULL);
    Ok(from_value_opt(value)?)
}

/// Returns a string; NULL is an empty string.
pub(super) fn text(row: &Row, at: usize) -> Result<String> {
    Ok(value_at::<Option<String>>(row, at)?.unwrap_or_default())
}

/// Returns the comment, or `None` if it is empty.
fn non_empty(comment: String) -> Option<String> {
    Some(comment).filter(|comment| !comment.is_empty())
}

/// Returns the table options that differ from the defaults of the server and the database.
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

/// Reads the columns of one table or of all tables, in order, each with the name of its table.
pub(super) fn columns(
    conn: &mut Conn,
    server: Server,
    table: Option<&str>,
) -> Result<Vec<(String, Column)>> {
    let which = which("TABLE_NAME", table);
    let sql = format!(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME, \
                GENERATION_EXPRESSION, COLUMN_COMMENT, TABLE_SCHEMA \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() {which} ORDER BY TABLE_NAME, ORDINAL_POSITION"
    );
    let rows: Vec<Row> = conn.exec(sql, (table,))?;
    let mut statements = TableStatements::new(server);
    let column_rows = rows.into_iter().map(|row| {
        let metadata = ColumnSql::of(conn, &mut statements, &row)?;
        column(&row, metadata, server)
    });
    column_rows.collect()
}

/// The statements of the tables whose other metadata contains a `?`.
struct TableStatements {
    server: Server,
    shown: HashMap<String, String>,
}

impl TableStatements {
    fn new(server: Server) -> TableStatements {
        let shown = HashMap::new();
        TableStatements { server, shown }
    }

    fn shown(&mut self, conn: &mut Conn, table: &str) -> Result<&str> {
        if !self.shown.contains_key(table) {
            let shown = match table_type(conn, table)?.as_deref() {
                // The columns of a view have the properties of their tables.
                None | Some("VIEW") => String::new(),
                Some(_) => shown_table(conn, self.server, &super::identifier(table))?,
            };
            self.shown.insert(table.to_owned(), shown);
        }
        Ok(self.shown.get(table).map_or("", String::as_str))
    }
}

/// The SQL in metadata, with all characters restored.
struct ColumnSql {
    data_type: String,
    default: Option<String>,
    /// Whether the default is SQL, not the text of `information_schema`.
    is_sql: bool,
    computed: String,
}

impl ColumnSql {
    fn of(conn: &mut Conn, statements: &mut TableStatements, row: &Row) -> Result<ColumnSql> {
        let mut metadata = ColumnSql {
            data_type: text(row, 2)?,
            default: value_at(row, 4)?,
            is_sql: false,
            computed: text(row, 7)?,
        };
        let default = metadata.default.as_deref().unwrap_or_default();
        let mut doubtful =
            [&metadata.data_type, default, &metadata.computed].map(lossy_metadata::is_doubtful);
        if !statements.server.is_mariadb() {
            // MySQL prints all characters of an expression. It prints bytes as digits, up to the first zero byte.
            let is_expression = text(row, 5)?.contains("DEFAULT_GENERATED");
            doubtful[1] = !is_expression && (doubtful[1] || default.starts_with("0x"));
            doubtful[2] = false;
        }
        if doubtful == [false; 3] {
            return Ok(metadata);
        }
        let shown = statements.shown(conn, &text(row, 0)?)?;
        let Some(definition) = Definition::find(shown, &text(row, 1)?) else {
            return Ok(metadata);
        };
        let [data_type_is_lossy, default, computed] = doubtful;
        if let Some(sql) = definition
            .get(definition::Property::Type)
            .filter(|_| data_type_is_lossy)
        {
            metadata.data_type = sql.to_owned();
        }
        if let Some((sql, _)) = definition.default_sql().filter(|_| default) {
            metadata.default = Some(sql);
            metadata.is_sql = true;
        }
        if let Some(sql) = definition.computed().filter(|_| computed) {
            metadata.computed = sql.to_owned();
        }
        Ok(metadata)
    }
}

fn column(row: &Row, metadata: ColumnSql, server: Server) -> Result<(String, Column)> {
    let mut column = Column::new(text(row, 1)?, types::read(&metadata.data_type));
    column.not_null = text(row, 3)? == "NO";
    let database = text(row, 9)?;
    let default = metadata.default;
    let default = default.map(|sql| match sql.contains('`') {
        true => without_database(&sql, &database),
        false => sql,
    });
    let extra = text(row, 5)?.to_ascii_uppercase();
    column.collation = value_at(row, 6)?;
    if matches!(column.data_type, Type::Json) {
        column.collation = None;
    }
    column.comment = non_empty(text(row, 8)?);
    let computed = unescaped(&metadata.computed, server);
    column.autoincrement = extra.contains("AUTO_INCREMENT");
    if computed.is_empty() {
        column.default = default.and_then(|sql| match metadata.is_sql {
            true => default_value(&column.data_type, &sql),
            false => default_of(&column.data_type, &sql, &extra, server),
        });
    } else if extra.contains("STORED") || extra.contains("PERSISTENT") {
        column.generated = Some(Generated::Stored(normalize(&computed)));
    } else {
        column.generated = Some(Generated::Virtual(normalize(&computed)));
    }
    Ok((text(row, 0)?, column))
}

/// Decodes an expression of MySQL, which prints it as the inside of a literal, and each byte of a non-ASCII character
/// as a Latin-1 character.
pub(super) fn unescaped(sql: &str, server: Server) -> String {
    if server.is_mariadb() {
        return sql.to_owned();
    }
    let bytes: Option<Vec<u8>> = sql
        .chars()
        .map(|character| character.try_into().ok())
        .collect();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let sql = decoded.as_deref().unwrap_or(sql);
    let mut plain = String::with_capacity(sql.len());
    let mut characters = sql.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                Some(escaped) => escaped,
                None => '\\',
            },
            plain => plain,
        });
    }
    plain
}

/// Reads a default. MariaDB prints it as SQL, and MySQL prints a literal without its quotes.
fn default_of(data_type: &Type, sql: &str, extra: &str, server: Server) -> Option<DefaultValue> {
    if server.is_mariadb() || extra.contains("DEFAULT_GENERATED") || is_current_timestamp(sql) {
        let plain = unescaped(sql, server);
        return default_value(data_type, without_character_set(&plain));
    }
    if sql.starts_with("b'") {
        return default_value(data_type, sql);
    }
    let text = sql.replace('\\', "\\\\").replace('\'', "''");
    default_value(data_type, &format!("'{text}'"))
}

/// Removes the character set that MySQL prints before a literal.
fn without_character_set(sql: &str) -> &str {
    let literal = sql.find('\'').map(|at| sql.split_at(at));
    match literal {
        Some((set, literal)) if set.starts_with('_') && whole_literal(literal).is_some() => literal,
        _ => sql,
    }
}

fn is_current_timestamp(sql: &str) -> bool {
    sql.to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP")
}

/// The number of decimal digits that every floating-point number stores exactly.
const EXACT: usize = 15;

/// Returns the number of significant digits.
fn significant(number: &str) -> usize {
    let digits = number.replace(|c: char| !c.is_ascii_digit(), "");
    digits.trim_matches('0').len()
}

/// Returns a number without the zeros at the end of its fraction.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') && !number.contains(['e', 'E']) {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// Returns the SQL of a default in the form for comparison, or `None` for NULL.
pub(super) fn default_value(data_type: &Type, sql: &str) -> Option<DefaultValue> {
    let sql = sql.trim();
    if sql.eq_ignore_ascii_case("NULL") {
        return None;
    }
    let literal = whole_literal(sql);
    if let Some(text) = &literal
        && !is_number(data_type)
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
    if number.is_some() && is_text(data_type) {
        return Some(DefaultValue::Text(word));
    }
    // A `DECIMAL(10, 2)` prints 2 as `2.00`.
    let digits = without_zeros(&word);
    Some(match (number, digits.parse::<i64>()) {
        (Some(number), _) if *data_type == Type::Boolean && (number == 0.0 || number == 1.0) => {
            DefaultValue::Boolean(number == 1.0)
        }
        (Some(_), Ok(number)) => DefaultValue::Integer(number),
        (Some(_), _) if significant(digits) > EXACT => DefaultValue::Expression(digits.to_owned()),
        (Some(number), _) if number.fract() == 0.0 && number.abs() < 9e15 => {
            DefaultValue::Integer(number as i64)
        }
        (Some(number), _) => DefaultValue::Real(number),
        (None, _) if is_now_expression(sql) => {
            DefaultValue::Expression("CURRENT_TIMESTAMP".to_owned())
        }
        (None, _) => DefaultValue::Expression(normalize(sql)),
    })
}

/// Returns whether this is the current time, with any number of digits.
pub(super) fn is_now_expression(sql: &str) -> bool {
    normalize(sql).starts_with("current_timestamp(")
}

/// Returns the value of a string literal, if `sql` is one.
fn whole_literal(sql: &str) -> Option<String> {
    let mut tokens = super::sql::Tokens::new(sql);
    let (_, end, token) = tokens.next()?;
    let quote = sql.starts_with(['\'', '"']);
    (quote && token == super::sql::Token::Quoted && end == sql.len()).then(|| unquoted(sql))
}

fn is_number(data_type: &Type) -> bool {
    match data_type {
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
        Type::Custom(spelling) => ["mediumint", "int", "float", "double", "decimal", "year"]
            .iter()
            .any(|word| {
                spelling
                    .strip_prefix(word)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            }),
        _ => false,
    }
}

/// Returns whether a column of this type stores text, which has a collation.
pub(super) fn is_text(data_type: &Type) -> bool {
    match data_type {
        Type::Char(_) | Type::Varchar(_) | Type::Text => true,
        Type::Custom(spelling) => ["text", "tinytext", "mediumtext", "enum", "set"]
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
    let mut statements = TableStatements::new(server);
    for row in conn.exec::<Row, _, _>(sql, (only,))? {
        let Some(table) = find(schema, &text(&row, 0)?) else {
            continue;
        };
        let mut condition = text(&row, 2)?;
        if server.is_mariadb() && lossy_metadata::is_doubtful(&condition) {
            let shown = statements.shown(conn, &table.name)?;
            condition =
                lossy_metadata::condition(shown, &text(&row, 1)?, &condition).unwrap_or(condition);
        }
        let condition = normalize(&unescaped(&condition, server));
        if let Some(column) = json_column(table, &text(&row, 1)?, &condition) {
            column.data_type = Type::Json;
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

/// Returns the JSON column of a check. MariaDB's JSON is a `LONGTEXT` column with a check of the same name and a
/// binary collation.
fn json_column<'t>(table: &'t mut Table, name: &str, condition: &str) -> Option<&'t mut Column> {
    let is_valid = normalize(&format!("json_valid({})", super::identifier(name)));
    let mut columns = table.columns.iter_mut();
    columns.find(|column| {
        column.data_type == Type::Text
            && column.name.eq_ignore_ascii_case(name)
            && column.collation.as_deref() == Some("utf8mb4_bin")
            && condition == is_valid
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
    // Joined here: in SQL, the server would open every table once for each row of the join.
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

/// Reads the ON UPDATE and ON DELETE actions of foreign keys, by table and name.
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

/// Returns the action. RESTRICT and NO ACTION are the same here, and are the default.
pub(super) fn action(words: &str) -> Option<ReferentialAction> {
    ReferentialAction::parse(words).filter(|action| {
        !matches!(
            action,
            ReferentialAction::NoAction | ReferentialAction::Restrict
        )
    })
}

/// A key of a table: an index, a unique constraint or the primary key.
pub(super) struct Key {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) kind: String,
    pub(super) parts: Vec<IndexPart>,
}

impl Key {
    /// Returns the columns if the key consists only of whole columns in ascending order.
    pub(super) fn columns(&self) -> Option<Vec<String>> {
        plain_columns(&self.parts)
    }

    /// Returns all columns that the key uses.
    pub(super) fn touched(&self) -> Vec<String> {
        self.parts.iter().filter_map(column_of).collect()
    }
}

/// Returns the columns of an index that consists only of whole columns in ascending order.
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

/// Returns whether a key is a unique constraint. MariaDB stores a unique key over long values as hashes.
fn is_constraint(key: &Key) -> bool {
    key.unique && matches!(key.kind.as_str(), "BTREE" | "HASH")
}

/// Reads the keys of one table or of all tables.
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
        let mut part = match value_at::<Option<String>>(&row, 4)? {
            Some(column) => IndexPart::column(column),
            None => IndexPart::expression(normalize(&unescaped(&text(&row, 7)?, server))),
        };
        if text(&row, 5)? == "D" {
            part = part.desc();
        }
        // The prefix length of a spatial index is the size of a bounding box, not a length.
        part.prefix_length = value_at::<Option<u32>>(&row, 6)?.filter(|_| !is_spatial(&row));
        match keys
            .last_mut()
            .filter(|key| key.table == table && key.name == name)
        {
            Some(key) => key.parts.push(part),
            None => keys.push(Key {
                table,
                name,
                unique: value_at::<i64>(&row, 2)? == 0,
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
            // Only the server's own statement contains the prefix lengths of a primary key.
            _ if key.name == "PRIMARY" => {
                let columns = columns.unwrap_or_else(|| key.touched());
                let name = Some(key.name);
                table.primary_key = Some(PrimaryKey { name, columns });
            }
            Some(columns) if is_constraint(&key) => {
                table.uniques.push(Unique::new(columns).named(key.name));
            }
            Some(columns) if made_for_key(table, &key.name, &columns) => {}
            _ => {
                let hashes = in_memory(table);
                schema.indexes.push(index(key, hashes));
            }
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

/// Returns whether the server created the index for a foreign key: it has the name of the key, or of the column if
/// the key has no explicit name. If the table was renamed, the server renamed such a key but not its index.
pub(super) fn made_for_key(table: &Table, name: &str, columns: &[String]) -> bool {
    table.foreign_keys.iter().any(|key| {
        let own = key.name.as_deref().unwrap_or_default();
        let unnamed = key_number(own).is_some_and(|number| {
            key_number(name) == Some(number) || key.columns.first().is_some_and(|it| it == name)
        });
        key.columns == columns && (own == name || unnamed)
    })
}

/// Returns the number that distinguishes the foreign keys of a table without explicit names.
fn key_number(name: &str) -> Option<&str> {
    name.rsplit_once(KEY_LABEL).map(|(_, number)| number)
}

fn index(key: Key, hashes: bool) -> Index {
    let usual = usual_method(hashes);
    let kind = key.kind.to_ascii_lowercase();
    Index {
        unique: key.unique,
        method: Some(kind).filter(|kind| kind != usual),
        ..Index::new(key.name, key.table, key.parts)
    }
}

/// Returns whether a table is in memory, where the default index method is HASH.
pub(super) fn in_memory(table: &Table) -> bool {
    let options = table.options.as_deref().unwrap_or_default();
    options
        .to_ascii_uppercase()
        .replace(' ', "")
        .contains("ENGINE=MEMORY")
}

/// Returns the default index method.
pub(super) fn usual_method(hashes: bool) -> &'static str {
    if hashes { "hash" } else { "btree" }
}

fn is_spatial(row: &Row) -> bool {
    text(row, 3).is_ok_and(|kind| kind == "SPATIAL" || kind == "RTREE")
}

/// Describes the table or view with this name.
pub(super) fn describe_object(conn: &mut Conn, name: &str) -> Result<Option<ObjectInfo>> {
    let Some(kind) = table_type(conn, name)? else {
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
    Ok(Some(ObjectInfo {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::mysql::server::Family;

    #[test]
    fn a_default_is_read_as_each_server_reports_it() {
        let mysql = Server {
            family: Family::MySql,
            version: (9, 0, 0),
        };
        let text = |text: &str| Some(DefaultValue::Text(text.to_owned()));
        let generated = "DEFAULT_GENERATED";
        for (server, data_type, sql, extra, expected) in [
            (Server::USUAL, Type::Text, r"'it\'s'", "", text("it's")),
            (mysql, Type::Text, r"_utf8mb4\'a\'", generated, text("a")),
            (
                mysql,
                Type::Text,
                r"_utf8mb4\'\\\'; --\'",
                generated,
                text("'; --"),
            ),
            (
                mysql,
                Type::Text,
                r"_utf8mb4\'a \\\\ b\'",
                generated,
                text(r"a \ b"),
            ),
            (mysql, Type::Text, r"_utf8mb4\'Ã¤\'", generated, text("ä")),
            (
                mysql,
                Type::Text,
                r"_utf8mb4\'ä €\'",
                generated,
                text("ä €"),
            ),
            (mysql, Type::Varchar(9), r"a \ b", "", text(r"a \ b")),
            (mysql, Type::Varchar(9), "it's", "", text("it's")),
            (
                mysql,
                Type::Date,
                "curdate()",
                generated,
                Some(DefaultValue::Expression("curdate()".to_owned())),
            ),
        ] {
            assert_eq!(
                default_of(&data_type, sql, extra, server),
                expected,
                "{sql}"
            );
        }
    }

    #[test]
    fn a_number_keeps_all_its_digits() {
        let read = |sql: &str| default_value(&Type::Numeric(40, 20), sql).unwrap();
        let digits = |sql: &str| DefaultValue::Expression(sql.to_owned());
        assert_eq!(read("18446744073709551615"), digits("18446744073709551615"));
        assert_eq!(
            read("9007199254740993.0000"),
            DefaultValue::Integer(9_007_199_254_740_993)
        );
        assert_eq!(
            read("-1.2345678901234567890"),
            digits("-1.234567890123456789")
        );
        assert_eq!(read("1.50"), DefaultValue::Real(1.5));
        assert_eq!(read("0.00000000010"), DefaultValue::Real(1e-10));
        assert_eq!(read("1e10"), DefaultValue::Integer(10_000_000_000));
        // The result does not change if it is parsed again.
        assert_eq!(
            read("-1.234567890123456789"),
            digits("-1.234567890123456789")
        );
    }

    #[test]
    fn an_index_is_a_foreign_key_s_own_by_its_name() {
        let mut table = Table::new("t");
        let key = |name: &str| ForeignKey::to("p", "id").named(name);
        table.foreign_key("a", key("fk_a"));
        table.foreign_key("b", key("t_ibfk_2"));
        for (name, column, own) in [
            ("fk_a", "a", true),
            ("a", "a", false),
            ("b", "b", true),
            ("t_ibfk_2", "b", true),
            ("before_ibfk_2", "b", true),
            ("a", "b", false),
        ] {
            let columns = [column.to_owned()];
            assert_eq!(made_for_key(&table, name, &columns), own, "{name}");
        }
    }
}
