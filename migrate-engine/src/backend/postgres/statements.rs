//! Statements whose syntax in PostgreSQL differs from the standard.

use super::PostgresDialect;
use super::inspect::serial;
use super::normalize::chosen;
use migrate_schema::ddl::{self, Dialect as _};
use migrate_schema::operation::{
    AddConstraint, AlterColumn, Constraint, CreateTable, Operation, SetTableOptions,
};
use migrate_schema::schema::{Column, DefaultValue, Identity, Type, Unique};

/// Returns the statements of `operation` if they differ from the standard.
pub(super) fn own(operation: &Operation) -> Option<Vec<String>> {
    match operation {
        Operation::SetTableOptions(op) => Some(set_options(op)),
        Operation::AlterColumn(op) => numbered(op),
        Operation::CreateTable(op) => with_duplicate_uniques(op),
        _ => None,
    }
}

/// Returns the statements for a table with a unique constraint that duplicates its primary key or another constraint.
/// From one statement with both, the server creates only one of them.
fn with_duplicate_uniques(op: &CreateTable) -> Option<Vec<String>> {
    let mut op = op.clone();
    let key = op.table.primary_key.as_ref();
    let mut seen: Vec<Unique> = key
        .map(|key| Unique::new(key.columns.clone()))
        .into_iter()
        .collect();
    let is_duplicate = |unique: &mut Unique| {
        let unique = Unique {
            name: None,
            ..unique.clone()
        };
        let is_duplicate = seen.contains(&unique);
        seen.push(unique);
        is_duplicate
    };
    let duplicates: Vec<Unique> = op.table.uniques.extract_if(.., is_duplicate).collect();
    if duplicates.is_empty() || !op.native.is_empty() {
        return None;
    }
    let table = op.table.name.clone();
    let added = duplicates.into_iter().map(|duplicate| {
        let duplicate = AddConstraint::new(&table, Constraint::Unique(duplicate));
        Operation::AddConstraint(duplicate)
    });
    let all = std::iter::once(Operation::CreateTable(op)).chain(added);
    let statements = all.flat_map(|operation| ddl::standard(&PostgresDialect, &operation));
    Some(statements.collect())
}

/// Returns the settings in `WITH (…)`, or `None` if the text is anything else.
pub(super) fn settings(options: &str) -> Option<Vec<(String, String)>> {
    let text = options.trim();
    let (keyword, rest) = text.split_at_checked(4)?;
    let inside = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
    if !keyword.eq_ignore_ascii_case("WITH") {
        return None;
    }
    let pairs = inside.split(',').map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_lowercase(), value.trim().to_owned()))
    });
    pairs.collect()
}

fn set_options(op: &SetTableOptions) -> Vec<String> {
    let read = |options: &Option<String>| {
        let options = options.as_deref().and_then(settings);
        options.unwrap_or_default()
    };
    let (desired, before) = (read(&op.options), read(&op.from.clone().flatten()));
    let head = format!("ALTER TABLE {}", PostgresDialect.identifier(&op.table));
    let removed: Vec<&str> = before
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !desired.iter().any(|(desired, _)| desired == name))
        .collect();
    let set: Vec<String> = desired
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let reset = (!removed.is_empty()).then(|| format!("{head} RESET ({})", removed.join(", ")));
    let set = (!set.is_empty()).then(|| format!("{head} SET ({})", set.join(", ")));
    reset.into_iter().chain(set).collect()
}

/// Returns the statements for a column that becomes an identity column. Its sequence starts after the existing
/// values.
fn numbered(op: &AlterColumn) -> Option<Vec<String>> {
    let mut op = op.clone();
    match op.autoincrement.take() {
        Some(true) => op.identity = Some(Some(Identity::ByDefault)),
        Some(false) => op.identity = Some(None),
        None => {}
    }
    let old = op.from.as_deref();
    let is_new =
        matches!(op.identity, Some(Some(_))) && old.is_none_or(|old| old.identity.is_none());
    let own = PostgresDialect;
    let mut statements = ddl::standard(&own, &Operation::AlterColumn(op.clone()));
    if !is_new {
        with_own_sequence(&op, &mut statements);
        return Some(statements);
    }
    // The previous sequence is no longer used. If it stayed, `pg_get_serial_sequence` would return it instead of the
    // new one.
    if op.default == Some(None)
        && let Some(sequence) = old.and_then(|old| sequence(old.default.as_ref()))
    {
        let at = statements
            .iter()
            .position(|sql| sql.ends_with("DROP DEFAULT"));
        let at = at.map_or(0, |at| at + 1);
        statements.insert(at, format!("DROP SEQUENCE IF EXISTS {sequence}"));
    }
    let (table, column) = (own.identifier(&op.table), own.identifier(&op.name));
    let (of, name) = (own.string_literal(&table), own.string_literal(&op.name));
    statements.push(format!(
        "SELECT setval(pg_get_serial_sequence({of}, {name}), greatest(coalesce(max({column}), 0) + 1, 1), false) FROM {table}"
    ));
    Some(statements)
}

/// Adds the statements that create the column's own sequence, as `serial` does, if it does not exist yet. The
/// sequence starts after the existing values.
fn with_own_sequence(op: &AlterColumn, statements: &mut Vec<String>) {
    let serial = Some(serial(&op.table, &op.name));
    let had_sequence = op.from.as_deref().is_some_and(|old| old.default == serial);
    let at = statements
        .iter()
        .position(|sql| sql.contains(" SET DEFAULT "));
    let (Some(at), true, false) = (at, op.default == Some(serial), had_sequence) else {
        return;
    };
    let own = PostgresDialect;
    let sequence = own.identifier(&chosen(&op.table, std::slice::from_ref(&op.name), "seq"));
    let (table, column, of) = (
        own.identifier(&op.table),
        own.identifier(&op.name),
        own.string_literal(&sequence),
    );
    let data_type = op
        .data_type
        .as_ref()
        .or(op.from.as_deref().map(|old| &old.data_type));
    let data_type = match data_type {
        Some(Type::SmallInt) => "smallint",
        Some(Type::Integer) => "integer",
        _ => "bigint",
    };
    let create = [
        format!(
            "CREATE SEQUENCE IF NOT EXISTS {sequence} AS {data_type} OWNED BY {table}.{column}"
        ),
        format!(
            "SELECT setval({of}, greatest(coalesce(max({column}), 0) + 1, nextval({of})), false) FROM {table}"
        ),
    ];
    statements.splice(at..at, create);
}

/// Returns the statement that turns an existing sequence into the own one of a column, as `serial` makes it, and the
/// statement that frees it. Both keep its current value.
pub(super) fn ownership(table: &str, column: &Column) -> [String; 2] {
    let own = PostgresDialect;
    let sequence = own.identifier(&chosen(table, std::slice::from_ref(&column.name), "seq"));
    let data_type = match column.data_type {
        Type::SmallInt => "smallint",
        Type::Integer => "integer",
        _ => "bigint",
    };
    let (table, column) = (own.identifier(table), own.identifier(&column.name));
    [
        format!(
            "ALTER SEQUENCE {sequence} AS {data_type} INCREMENT BY 1 NO MINVALUE NO MAXVALUE START WITH 1 CACHE 1 NO CYCLE \
             OWNED BY {table}.{column}"
        ),
        format!("ALTER SEQUENCE {sequence} OWNED BY NONE"),
    ]
}

/// Returns the name of the sequence in a default, as it is written there.
pub(super) fn sequence(default: Option<&DefaultValue>) -> Option<&str> {
    let Some(DefaultValue::Expression(sql)) = default else {
        return None;
    };
    let inside = sql.strip_prefix("nextval('")?;
    inside
        .strip_suffix("'::regclass)")
        .or_else(|| inside.strip_suffix("')"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::schema::Table;

    fn set(options: &str, from: Option<&str>) -> String {
        let options = Some(options.to_owned()).filter(|options| !options.is_empty());
        let mut op = SetTableOptions::new("t", options);
        op.from = Some(from.map(str::to_owned));
        set_options(&op).join("; ")
    }

    #[test]
    fn a_unique_constraint_equal_to_the_key_is_added_separately() {
        let mut table = Table::new("t");
        table.column(Column::new("id", Type::Integer).not_null());
        table.primary_key("id");
        for name in ["one", "other"] {
            table.uniques.push(Unique::new("id").named(name));
        }
        table
            .uniques
            .push(Unique::new("id").named("waits").deferrable());
        let statements = own(&Operation::CreateTable(CreateTable::new(table))).unwrap();
        let [create, added @ ..] = &statements[..] else {
            panic!("no statement");
        };
        assert!(create.contains("\"waits\""), "{create}");
        let expected = ["one", "other"]
            .map(|name| format!("ALTER TABLE \"t\" ADD CONSTRAINT \"{name}\" UNIQUE (\"id\")"));
        assert_eq!(added, expected);
    }

    #[test]
    fn options_are_set_and_removed_ones_are_reset() {
        assert_eq!(
            set("WITH (fillfactor=70)", None),
            "ALTER TABLE \"t\" SET (fillfactor = 70)"
        );
        assert_eq!(
            set("with (a = 1, b=x)", Some("WITH (b=y, c=2)")),
            "ALTER TABLE \"t\" RESET (c); ALTER TABLE \"t\" SET (a = 1, b = x)"
        );
        assert_eq!(set("", Some("WITH (c=2)")), "ALTER TABLE \"t\" RESET (c)");
        assert_eq!(settings("PARTITION BY RANGE (a)"), None);
        assert_eq!(settings("W"), None);
    }
}
