//! Reads a live database into a [`Schema`].

use rusqlite::{Connection, OptionalExtension, Result};

use crate::backend::ObjectInfo;
use migrate_schema::schema::{
    Column, DefaultValue, Definition, ForeignKey, Index, IndexPart, PrimaryKey, ReferentialAction,
    Schema, Table, Trigger, Unique, View,
};

use super::definition::{ConstraintName, IndexDefinition, Named, TableDefinition, ViewDefinition};
use super::normalize::type_of;
use super::rebuild::residue;
use super::rebuild::token::{Kind, tokens};
use super::virtual_table;

/// Reads the whole schema, without SQLite's internal names and the table `except`.
///
/// AUTOINCREMENT and ANALYZE create `sqlite_sequence` and `sqlite_stat1`, which are not part of a schema.
pub(super) fn schema(connection: &Connection, except: Option<&str>) -> Result<Schema> {
    let mut schema = Schema::default();
    let shadows = virtual_table::shadows(connection)?;
    let mut indexes = Vec::new();
    for (kind, name, table, sql) in objects(connection)? {
        let is = |other: &str| other.eq_ignore_ascii_case(&table);
        if except.is_some_and(is) || shadows.iter().any(|shadow| is(shadow)) {
            continue;
        }
        match kind.as_str() {
            "table" => match virtual_table::read(&name, &sql) {
                Some(native) => schema.natives.push(native),
                None => {
                    let table = self::table(connection, &name, &sql)?;
                    let more = residue::of_table(&sql, &table);
                    if !more.is_empty() {
                        schema.definitions.push(Definition::new(&name, sql));
                    }
                    schema.properties.extend(more);
                    schema.tables.push(table);
                }
            },
            "index" => indexes.push((index(connection, &name, &table, &sql)?, sql)),
            "view" => {
                let read = ViewDefinition::read(&sql);
                let view = View::new(name, read.query).columns(read.columns);
                schema.views.push(view);
            }
            _ => schema.triggers.push(Trigger::new(name, table, sql)),
        }
    }
    for (index, sql) in indexes {
        if let Some(table) = schema.table(&index.table) {
            let more = residue::of_index(&sql, &index, table);
            schema.properties.extend(more);
        }
        schema.indexes.push(index);
    }
    name_alike(&mut schema);
    schema
        .properties
        .sort_by(|a, b| (&a.object, &a.name).cmp(&(&b.object, &b.name)));
    Ok(schema)
}

/// Gives references to a table or column the spelling of its declaration, because names are case-insensitive here.
fn name_alike(schema: &mut Schema) {
    let tables: Vec<(String, Vec<String>)> = schema
        .tables
        .iter()
        .map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone());
            (table.name.clone(), columns.collect())
        })
        .collect();
    let find = |name: &str| {
        tables
            .iter()
            .find(|(table, _)| table.eq_ignore_ascii_case(name))
    };
    for key in schema
        .tables
        .iter_mut()
        .flat_map(|table| &mut table.foreign_keys)
    {
        let Some((table, columns)) = find(&key.table) else {
            continue;
        };
        key.table.clone_from(table);
        for reference in &mut key.references {
            let declared = columns
                .iter()
                .find(|name| name.eq_ignore_ascii_case(reference));
            if let Some(declared) = declared {
                reference.clone_from(declared);
            }
        }
    }
    for index in &mut schema.indexes {
        if let Some((table, _)) = find(&index.table) {
            index.table.clone_from(table);
        }
    }
    let views: Vec<String> = schema.views.iter().map(|view| view.name.clone()).collect();
    for trigger in &mut schema.triggers {
        let view = views
            .iter()
            .find(|view| view.eq_ignore_ascii_case(&trigger.table));
        if let Some(name) = find(&trigger.table).map(|(table, _)| table).or(view) {
            trigger.table.clone_from(name);
        }
    }
}

/// Reads the names of the tables, sorted, without the storage of virtual tables.
pub(super) fn tables(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let mut names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let shadows = virtual_table::shadows(connection)?;
    names.retain(|name| !shadows.contains(name));
    Ok(names)
}

/// Reads the application's numbers in the file header, if they were ever set.
pub(super) fn application_settings(connection: &Connection) -> Result<Vec<String>> {
    let mut settings = Vec::new();
    for name in ["user_version", "application_id"] {
        let number: i64 = connection.pragma_query_value(None, name, |row| row.get(0))?;
        if number != 0 {
            settings.push(format!("PRAGMA {name} = {number}"));
        }
    }
    Ok(settings)
}

/// Reads the columns of a table.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>> {
    let sql = definition(connection, "table", table)?.unwrap_or_default();
    Ok(columns_and_key(connection, table, &TableDefinition::read(&sql))?.0)
}

/// Reads the CREATE statement of an object.
pub(super) fn definition(
    connection: &Connection,
    kind: &str,
    name: &str,
) -> Result<Option<String>> {
    connection
        .prepare_cached(
            "SELECT sql FROM sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE",
        )?
        .query_row([kind, name], |row| row.get(0))
        .optional()
}

/// Describes the object with this name.
pub(super) fn describe_object(connection: &Connection, name: &str) -> Result<Option<ObjectInfo>> {
    let kind: Option<String> = connection
        .prepare_cached("SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let Some(kind) = kind else { return Ok(None) };
    let mut statement =
        connection.prepare_cached("SELECT name, pk > 0 FROM pragma_table_info(?1)")?;
    let columns = statement
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE",
    )?;
    let triggers = statement
        .query_map([name], |row| row.get(0))?
        .collect::<Result<_>>()?;
    Ok(Some(ObjectInfo {
        kind,
        columns,
        triggers,
    }))
}

fn objects(connection: &Connection) -> Result<Vec<(String, String, String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema \
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// Reads a table from its statement and the pragmas.
pub(super) fn table(connection: &Connection, name: &str, sql: &str) -> Result<Table> {
    let definition = TableDefinition::read(sql);
    let (columns, key) = columns_and_key(connection, name, &definition)?;
    let mut table = Table::new(name);
    table.columns = columns;
    table.primary_key = (!key.is_empty()).then(|| PrimaryKey {
        name: name_of(&definition, Named::PrimaryKey, &key).and_then(|found| found.name.clone()),
        columns: key,
    });
    // A pragma is only queried if the statement mentions the kind of constraint.
    if definition.says(Named::Unique) {
        table.uniques = uniques(connection, name, &definition)?;
    }
    if definition.says(Named::ForeignKey) {
        table.foreign_keys = foreign_keys(connection, name, &definition)?;
    }
    table.options = definition.options;
    table.checks = definition
        .checks
        .into_iter()
        .map(|(_, check)| check)
        .collect();
    Ok(table)
}

fn columns_and_key(
    connection: &Connection,
    table: &str,
    definition: &TableDefinition,
) -> Result<(Vec<Column>, Vec<String>)> {
    let mut statement = connection.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
    )?;
    let mut rows = statement.query([table])?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let spelling: String = row.get(1)?;
        let more = definition
            .columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&name));
        let generated = more.and_then(|more| more.generated.clone());
        let spelling = match &generated {
            Some(_) => spelling.trim_end_matches("GENERATED ALWAYS").trim_end(),
            None => &spelling,
        };
        let position: i64 = row.get(4)?;
        if position > 0 {
            key.push((position, name.clone()));
        }
        columns.push(Column {
            not_null: row.get(2)?,
            default: row
                .get::<_, Option<String>>(3)?
                .map(|sql| written_default(&sql)),
            collation: more.and_then(|more| more.collation.clone()),
            autoincrement: more.is_some_and(|more| more.autoincrement),
            generated,
            ..Column::new(name, type_of(spelling))
        });
    }
    key.sort();
    Ok((columns, key.into_iter().map(|(_, name)| name).collect()))
}

/// Parses a default: a literal or an expression.
pub(super) fn default_value(sql: &str) -> DefaultValue {
    if sql.eq_ignore_ascii_case("NULL") {
        return DefaultValue::Null;
    }
    if let Some(text) = sql
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        && !text.replace("''", "").contains('\'')
    {
        return DefaultValue::Text(text.replace("''", "'"));
    }
    if let Ok(number) = sql.parse::<i64>() {
        return DefaultValue::Integer(number);
    }
    match sql.parse::<f64>() {
        Ok(number)
            if sql.starts_with(['-', '.']) || sql.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            DefaultValue::Real(number)
        }
        _ => bare_word(sql).unwrap_or_else(|| DefaultValue::Expression(sql.to_owned())),
    }
}

/// Parses a default and keeps the original spelling of a number.
fn written_default(sql: &str) -> DefaultValue {
    match default_value(sql) {
        DefaultValue::Real(number) if format!("{number:?}") != sql => {
            DefaultValue::Expression(sql.to_owned())
        }
        value => value,
    }
}

/// Parses a default of one word, in double quotes or not: a string, unless the word is a keyword for a value.
fn bare_word(sql: &str) -> Option<DefaultValue> {
    let [only] = &tokens(sql).ok()?[..] else {
        return None;
    };
    let constants = [
        "TRUE",
        "FALSE",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
    ];
    let constant = constants.iter().any(|word| only.is_word(sql, word));
    let is_text = matches!(only.kind, Kind::Word | Kind::Quoted) && !constant;
    is_text.then(|| DefaultValue::Text(only.name(sql)))
}

fn uniques(
    connection: &Connection,
    table: &str,
    definition: &TableDefinition,
) -> Result<Vec<Unique>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM pragma_index_list(?1) WHERE origin = 'u' ORDER BY seq DESC",
    )?;
    let indexes = statement
        .query_map([table], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>>>()?;
    let mut uniques = Vec::new();
    for index in indexes {
        let mut statement =
            connection.prepare_cached("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
        let columns: Vec<String> = statement
            .query_map([index], |row| row.get(0))?
            .collect::<Result<_>>()?;
        let name =
            name_of(definition, Named::Unique, &columns).and_then(|found| found.name.clone());
        uniques.push(Unique {
            name,
            ..Unique::new(columns)
        });
    }
    Ok(uniques)
}

fn foreign_keys(
    connection: &Connection,
    table: &str,
    definition: &TableDefinition,
) -> Result<Vec<ForeignKey>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1) \
         ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let action = |at: usize| -> Result<Option<ReferentialAction>> {
                let words: String = row.get(at)?;
                Ok(ReferentialAction::parse(&words)
                    .filter(|action| *action != ReferentialAction::NoAction))
            };
            let mut key = ForeignKey::to(row.get::<_, String>(1)?, Vec::<String>::new());
            (key.on_delete, key.on_update) = (action(4)?, action(5)?);
            keys.push((id, key));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(row.get(2)?);
            key.references.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    let mut keys: Vec<ForeignKey> = keys.into_iter().map(|(_, key)| key).collect();
    for key in &mut keys {
        if let Some(found) = name_of(definition, Named::ForeignKey, &key.columns) {
            key.name.clone_from(&found.name);
            key.deferrable = found.deferrable;
        }
    }
    Ok(keys)
}

fn name_of<'d>(
    definition: &'d TableDefinition,
    kind: Named,
    columns: &[String],
) -> Option<&'d ConstraintName> {
    definition.names.iter().find(|found| {
        found.kind == kind
            && found.columns.len() == columns.len()
            && found
                .columns
                .iter()
                .zip(columns)
                .all(|(one, other)| one.eq_ignore_ascii_case(other))
    })
}

fn index(connection: &Connection, name: &str, table: &str, sql: &str) -> Result<Index> {
    let unique = connection
        .prepare_cached("SELECT \"unique\" FROM pragma_index_list(?1) WHERE name = ?2")?
        .query_row([table, name], |row| row.get(0))?;
    let definition = IndexDefinition::read(sql);
    let mut statement = connection.prepare_cached(
        "SELECT name, \"desc\" FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno",
    )?;
    let mut rows = statement.query([name])?;
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let written = definition.parts.get(parts.len());
        let mut part = match row.get::<_, Option<String>>(0)? {
            Some(column) => IndexPart::column(column),
            None => IndexPart::expression(
                written
                    .map(|part| part.expression.clone())
                    .unwrap_or_default(),
            ),
        };
        if row.get(1)? {
            part = part.desc();
        }
        part.collation = written.and_then(|part| part.collation.clone());
        parts.push(part);
    }
    Ok(Index {
        unique,
        predicate: definition.predicate,
        ..Index::new(name, table, parts)
    })
}
