//! Converts a schema into the form that an inspection returns after it is created.

use migrate_schema::schema::{
    Check, Column, DefaultValue, Generated, Identity, Index, IndexKey, Nulls, Order, PrimaryKey,
    ReferentialAction, Schema, Table, Unique,
};

use super::expression::normalize;
use super::inspect::{default_value, serial};
use super::{PostgresDialect, types};
use migrate_schema::ddl;

/// Returns the schema as [`inspect`](super::inspect) returns it after it is created.
pub(super) fn schema(schema: Schema) -> Schema {
    let mut schema = schema;
    schema.tables.iter_mut().for_each(table);
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.indexes.iter_mut().for_each(index);
    schema.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    for view in &mut schema.views {
        view.query = view.query.trim().trim_end_matches(';').to_owned();
    }
    schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
    schema.others = std::mem::take(&mut schema.others)
        .into_iter()
        .map(|(name, other)| (name, self::schema(other)))
        .collect();
    schema
}

fn table(table: &mut Table) {
    let name = table.name.clone();
    let columns = std::mem::take(&mut table.columns);
    for column in columns {
        let column = hoist_constraints(table, column);
        table.columns.push(column);
    }
    if let Some(key) = &mut table.primary_key {
        key.name.get_or_insert_with(|| chosen(&name, &[], "pkey"));
        for column in &mut table.columns {
            column.not_null |= key.columns.contains(&column.name);
        }
    }
    let mut used_names: Vec<String> = Vec::new();
    for unique in &mut table.uniques {
        fill(
            &mut unique.name,
            &name,
            &unique.columns,
            "key",
            &mut used_names,
        );
    }
    for check in &mut table.checks {
        check.condition = normalize(&check.condition);
        let named: Vec<String> = table
            .columns
            .iter()
            .map(|column| &column.name)
            .filter(|column| mentions(&check.condition, column))
            .cloned()
            .collect();
        // The server uses a column in the name only if the check reads exactly one.
        let columns = if named.len() == 1 { named } else { Vec::new() };
        fill(&mut check.name, &name, &columns, "check", &mut used_names);
    }
    for key in &mut table.foreign_keys {
        fill(&mut key.name, &name, &key.columns, "fkey", &mut used_names);
        key.on_delete = key
            .on_delete
            .filter(|action| *action != ReferentialAction::NoAction);
        key.on_update = key
            .on_update
            .filter(|action| *action != ReferentialAction::NoAction);
    }
    for exclude in &mut table.excludes {
        let words: Vec<&str> = exclude.definition.split_whitespace().collect();
        exclude.definition = words.join(" ");
        fill(&mut exclude.name, &name, &[], "excl", &mut used_names);
    }
    table.options = table.options.as_deref().map(options);
    table.comment = table.comment.take().filter(|comment| !comment.is_empty());
    table.excludes.sort_by(|a, b| a.name.cmp(&b.name));
    table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Moves the constraints of a column to the table.
fn hoist_constraints(table: &mut Table, mut column: Column) -> Column {
    if types::is_serial(&column.data_type) {
        column.default = Some(serial(&table.name, &column.name));
        column.not_null = true;
    }
    column.data_type = types::canonical(&column.data_type);
    // To the server, an empty comment is no comment.
    column.comment = column.comment.filter(|comment| !comment.is_empty());
    if std::mem::take(&mut column.autoincrement) {
        column.identity.get_or_insert(Identity::ByDefault);
    }
    column.not_null |= column.primary_key || column.identity.is_some();
    // A default of NULL is no default.
    column.default = column
        .default
        .filter(|value| *value != DefaultValue::Null)
        .map(|value| {
            default_value(
                &ddl::default_value(&PostgresDialect, &value),
                &column.data_type,
            )
        });
    column.generated = column.generated.map(|generated| match generated {
        Generated::Virtual(sql) => Generated::Virtual(normalize(&sql)),
        Generated::Stored(sql) => Generated::Stored(normalize(&sql)),
    });
    if std::mem::take(&mut column.primary_key) {
        table.primary_key = Some(PrimaryKey::new(column.name.as_str()));
    }
    if std::mem::take(&mut column.unique) {
        table.uniques.push(Unique::new(column.name.as_str()));
    }
    if let Some(condition) = column.check.take() {
        table.checks.push(Check::new(condition));
    }
    if let Some(mut key) = column.references.take() {
        key.columns = vec![column.name.clone()];
        table.foreign_keys.push(key);
    }
    column
}

fn fill(
    name: &mut Option<String>,
    table: &str,
    columns: &[String],
    label: &str,
    used_names: &mut Vec<String>,
) {
    let mut number = 0;
    while name.is_none() {
        let label = match number {
            0 => label.to_owned(),
            _ => format!("{label}{number}"),
        };
        let free = Some(chosen(table, columns, &label)).filter(|name| !used_names.contains(name));
        *name = free;
        number += 1;
    }
    used_names.extend(name.clone());
}

/// Returns the name that the server chooses: the table, the columns and a label, truncated to 63 bytes like
/// `makeObjectName`.
pub(super) fn chosen(table: &str, columns: &[String], label: &str) -> String {
    let mut first = table.to_owned();
    let mut second = columns.join("_");
    let fixed = label.len() + 1 + usize::from(!second.is_empty());
    while first.len() + second.len() + fixed > 63 {
        let longer = if first.len() > second.len() {
            &mut first
        } else {
            &mut second
        };
        longer.pop();
    }
    match second.is_empty() {
        true => format!("{first}_{label}"),
        false => format!("{first}_{second}_{label}"),
    }
}

fn mentions(condition: &str, column: &str) -> bool {
    super::sql::Tokens::new(condition).any(|(start, end, _)| {
        let token = &condition[start..end];
        token == column || token.trim_matches('"') == column && token.starts_with('"')
    })
}

fn index(index: &mut Index) {
    for part in &mut index.parts {
        if let IndexKey::Expression(sql) = &mut part.key {
            *sql = normalize(sql);
        }
    }
    for part in &mut index.parts {
        // NULLs come last in ascending order and first in descending order.
        let usual = match part.order {
            Order::Ascending => Nulls::Last,
            Order::Descending => Nulls::First,
        };
        part.nulls = part.nulls.filter(|nulls| *nulls != usual);
    }
    let method = index.method.take().map(|method| method.to_lowercase());
    index.method = method.filter(|method| method != "btree");
    index.predicate = index.predicate.as_deref().map(normalize);
    index.options = index.options.as_deref().map(options);
}

/// Returns options with the white space that the server prints.
fn options(written: &str) -> String {
    let words: Vec<&str> = written.split_whitespace().collect();
    let mut text = words.join(" ");
    for (from, to) in [
        (" =", "="),
        ("= ", "="),
        (" ,", ","),
        (", ", ","),
        ("( ", "("),
        (" )", ")"),
    ] {
        text = text.replace(from, to);
    }
    text.replace(',', ", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_where_the_server_cuts_it() {
        let long = "t".repeat(60);
        let name = chosen(&long, &["a_column_of_some_length".to_owned()], "fkey");
        assert_eq!(name.len(), 63);
        assert!(name.ends_with("_a_column_of_some_length_fkey"));
        assert_eq!(
            chosen("users", &["email".to_owned()], "key"),
            "users_email_key"
        );
        assert_eq!(chosen("users", &[], "pkey"), "users_pkey");
    }
}
