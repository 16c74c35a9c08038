//! Applies renames to the previous schema, in a valid order, so that everything else is compared by name.

use std::borrow::Cow;

use crate::ddl::reserved::is_plain;
use crate::operation::{Constraint, Operation, RenameColumn, RenameTable};
use crate::schema::{DefaultValue, ForeignKey, IndexKey, Object, Schema, Table};

use super::order::{Phase, Steps};
use super::{
    DiffRules, ForeignKeyNaming, Hints, IdentifierQuote, Options, Renamed, SequenceDefault,
    constraint,
};

/// Returns the previous schema with all renames applied.
pub(super) fn apply<'f>(
    from: &'f Schema,
    to: &Schema,
    hints: &Hints,
    options: &Options,
    steps: &mut Steps,
) -> Cow<'f, Schema> {
    let mut from = Cow::Borrowed(from);
    if hints.tables.is_empty() && hints.columns.is_empty() {
        return from;
    }
    let done = sequence(
        hints.tables.iter(),
        &names(&from.tables, |table| &table.name),
        &names(&to.tables, |table| &table.name),
    );
    for renamed in &done {
        drop_unnamed_foreign_keys(
            from.to_mut(),
            renamed,
            options.rules.foreign_key_naming,
            steps,
        );
    }
    for Renamed { from: old, to: new } in &done {
        rename_table(from.to_mut(), old, new, options.rules);
        let operation = Operation::RenameTable(RenameTable::new(old, new));
        steps.push(Phase::RenameTable, new, operation);
    }
    for table in &to.tables {
        let Some(before) = from.table(&table.name) else {
            continue;
        };
        // A hint may also use the previous name of the table.
        let old = done.iter().find(|renamed| renamed.to == table.name);
        let here = hints.columns.iter().filter(|(name, _)| {
            *name == table.name || old.is_some_and(|renamed| renamed.from == *name)
        });
        let columns = sequence(
            here.map(|(_, renamed)| renamed),
            &names(&before.columns, |column| &column.name),
            &names(&table.columns, |column| &column.name),
        );
        for Renamed { from: old, to: new } in columns {
            let sequence_default = options.rules.sequence_default;
            rename_sequence_default(
                from.to_mut(),
                (&table.name, &old),
                (&table.name, &new),
                sequence_default,
            );
            rename_column(
                from.to_mut(),
                &table.name,
                (&old, &new),
                options.rules.identifier_quote,
            );
            let operation = Operation::RenameColumn(RenameColumn::new(&table.name, &old, &new));
            steps.push(Phase::RenameColumn, &table.name, operation);
        }
    }
    from
}

fn names<T>(list: &[T], name: impl Fn(&T) -> &String) -> Vec<&str> {
    list.iter().map(|item| name(item).as_str()).collect()
}

/// Returns the renames that still have to be done, each once its new name is free.
///
/// A rename whose new name stays taken is skipped: it was done before, or it is part of a cycle and the next run would
/// undo it.
fn sequence<'h>(
    hints: impl Iterator<Item = &'h Renamed>,
    from: &[&str],
    to: &[&str],
) -> Vec<Renamed> {
    let mut open: Vec<&Renamed> = hints
        .filter(|renamed| {
            renamed.from != renamed.to
                && from.contains(&renamed.from.as_str())
                && to.contains(&renamed.to.as_str())
        })
        .collect();
    let mut done: Vec<Renamed> = Vec::new();
    let free = |renamed: &Renamed, done: &[Renamed]| {
        let freed = done.iter().any(|other| other.from == renamed.to);
        let taken = done.iter().any(|other| other.to == renamed.to);
        (freed || !from.contains(&renamed.to.as_str())) && !taken
    };
    while let Some(at) = open.iter().position(|renamed| free(renamed, &done)) {
        let next = open.remove(at);
        open.retain(|other| other.from != next.from);
        done.push(next.clone());
    }
    done
}

/// Drops the foreign keys that would have no valid name after their table is renamed.
fn drop_unnamed_foreign_keys(
    from: &mut Schema,
    renamed: &Renamed,
    names: ForeignKeyNaming,
    steps: &mut Steps,
) {
    let Some(table) = from
        .tables
        .iter_mut()
        .find(|table| table.name == renamed.from)
    else {
        return;
    };
    let loses_name = |key: &mut ForeignKey| {
        let name = key.name.as_deref().unwrap_or_default();
        names
            .after_rename(name, (&renamed.from, &renamed.to))
            .is_none()
    };
    for key in table.foreign_keys.extract_if(.., loses_name) {
        let key = Constraint::ForeignKey(key);
        constraint::drop(Phase::DropUnnamedForeignKey, &renamed.from, key, steps);
    }
}

pub(super) fn rename_table(schema: &mut Schema, old: &str, new: &str, rules: DiffRules) {
    let names = rules.foreign_key_naming;
    let columns = schema.table(old).map(|table| table.columns.clone());
    for column in columns.unwrap_or_default() {
        rename_sequence_default(
            schema,
            (old, &column.name),
            (new, &column.name),
            rules.sequence_default,
        );
    }
    let change = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    for table in &mut schema.tables {
        if table.name == old {
            for name in table
                .foreign_keys
                .iter_mut()
                .filter_map(|key| key.name.as_mut())
            {
                if let Some(after) = names.after_rename(name, (old, new)) {
                    *name = after;
                }
            }
        }
        change(&mut table.name);
        table
            .foreign_keys
            .iter_mut()
            .filter(|key| key.schema.is_none())
            .for_each(|key| change(&mut key.table));
    }
    for index in &mut schema.indexes {
        change(&mut index.table);
    }
    for trigger in &mut schema.triggers {
        change(&mut trigger.table);
    }
    for object in objects(schema) {
        object.rename_table(old, new);
    }
}

/// Updates the default of a column with its own sequence for its new name, or its table's.
fn rename_sequence_default(
    schema: &mut Schema,
    from: (&str, &str),
    to: (&str, &str),
    sequence_default: SequenceDefault,
) {
    let (Some(old), Some(new)) = (
        sequence_default.default_of(from.0, from.1),
        sequence_default.default_of(to.0, to.1),
    ) else {
        return;
    };
    let tables = schema
        .tables
        .iter_mut()
        .filter(|table| table.name == from.0);
    let columns = tables.flat_map(|table| &mut table.columns);
    for column in columns.filter(|column| column.name == from.1) {
        if let Some(DefaultValue::Expression(sql)) = &mut column.default
            && *sql == old
        {
            new.clone_into(sql);
        }
    }
}

/// Returns the identities of all objects and properties that no operation knows.
fn objects(schema: &mut Schema) -> impl Iterator<Item = &mut Object> {
    let natives = schema.natives.iter_mut().map(|native| &mut native.object);
    let properties = schema.properties.iter_mut();
    natives.chain(properties.map(|property| &mut property.object))
}

pub(super) fn rename_column(
    schema: &mut Schema,
    table: &str,
    (old, new): (&str, &str),
    quotes: IdentifierQuote,
) {
    let change = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    for other in &mut schema.tables {
        for key in &mut other.foreign_keys {
            if key.leads_to(table) {
                key.references.iter_mut().for_each(change);
            }
        }
        if other.name == table {
            rename_own(other, (old, new), quotes);
        }
    }
    for index in &mut schema.indexes {
        if index.table != table {
            continue;
        }
        for part in &mut index.parts {
            match &mut part.key {
                IndexKey::Column(name) => change(name),
                IndexKey::Expression(sql) => *sql = reread(sql, (old, new), quotes),
            }
        }
        index.include.iter_mut().for_each(change);
        index.predicate = index
            .predicate
            .as_deref()
            .map(|sql| reread(sql, (old, new), quotes));
    }
    for object in objects(schema) {
        object.rename_column(table, old, new);
    }
}

fn rename_own(table: &mut Table, (old, new): (&str, &str), quotes: IdentifierQuote) {
    let change = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    for column in &mut table.columns {
        change(&mut column.name);
        if let Some(generated) = &mut column.generated {
            let sql = generated.sql_mut();
            *sql = reread(sql, (old, new), quotes);
        }
    }
    let keys = table.primary_key.iter_mut().map(|key| &mut key.columns);
    let uniques = table.uniques.iter_mut().map(|unique| &mut unique.columns);
    let foreign_keys = table.foreign_keys.iter_mut().map(|key| &mut key.columns);
    keys.chain(uniques)
        .chain(foreign_keys)
        .flatten()
        .for_each(change);
    for check in &mut table.checks {
        check.condition = reread(&check.condition, (old, new), quotes);
    }
    for exclude in &mut table.excludes {
        exclude.definition = reread(&exclude.definition, (old, new), quotes);
    }
}

/// Returns an expression with one name changed, as the database changes it. The contents of strings are not names.
pub(super) fn reread(sql: &str, (old, new): (&str, &str), quotes: IdentifierQuote) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let token = &rest[..token(rest, first)];
        rest = &rest[token.len()..];
        match first {
            '"' | '`' if unquoted(token, first) == old => {
                let inside = new.replace(first, &format!("{first}{first}"));
                out.push(first);
                out.push_str(&inside);
                out.push(first);
            }
            _ if starts_name(first) && token.eq_ignore_ascii_case(old) => {
                if is_plain(new) {
                    out.push_str(new);
                } else {
                    out.push_str(&quotes.around(new));
                }
            }
            _ => out.push_str(token),
        }
    }
    out
}

/// Returns the names in an expression or a query, both unchanged and in lower case.
pub(super) fn words(sql: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), sql);
    while let Some(first) = rest.chars().next() {
        let token = &rest[..token(rest, first)];
        rest = &rest[token.len()..];
        match first {
            '"' | '`' => found.push(unquoted(token, first)),
            _ if starts_name(first) => found.extend([token.to_owned(), token.to_lowercase()]),
            _ => {}
        }
    }
    found
}

/// Returns the length of the first token: a quoted string or name, a word, or a single character.
fn token(rest: &str, first: char) -> usize {
    if matches!(first, '\'' | '"' | '`') {
        // A doubled quote inside quotes is one character. Both are skipped together, so that they are not read as two
        // tokens.
        let mut chars = rest.char_indices().skip(1).peekable();
        while let Some((at, found)) = chars.next() {
            if found != first {
                continue;
            }
            match chars.peek() {
                Some((_, next)) if *next == first => {
                    chars.next();
                }
                _ => return at + first.len_utf8(),
            }
        }
        return rest.len();
    }
    if starts_name(first) || first.is_ascii_digit() {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        return end.unwrap_or(rest.len());
    }
    first.len_utf8()
}

fn unquoted(token: &str, quote: char) -> String {
    let inside = token
        .get(1..token.len().saturating_sub(1))
        .unwrap_or_default();
    inside.replace(&format!("{quote}{quote}"), &quote.to_string())
}

fn starts_name(first: char) -> bool {
    first.is_alphabetic() || first == '_'
}
