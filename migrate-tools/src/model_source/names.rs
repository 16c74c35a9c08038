//! Converts database names to Rust names, and finds the constraint names that a model can omit.

use std::collections::BTreeSet;

use migrate_schema::schema::{EnumType, NamingConvention, Schema, Table};

/// The longest name that a model accepts.
const LONGEST: usize = 63;

/// The names that a struct can't have, because the file uses them for something else.
const TAKEN: [&str; 12] = [
    "Self",
    "Option",
    "String",
    "Vec",
    "Box",
    "Some",
    "None",
    "Ok",
    "Err",
    "Result",
    "Model",
    "ColumnType",
];

/// The keywords of Rust, which are identifiers with `r#`.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while",
];

/// The keywords of Rust that are never identifiers.
const NEVER: [&str; 4] = ["crate", "self", "super", "yield"];

/// Returns whether a model accepts a name of the database.
pub(super) fn is_identifier(name: &str) -> bool {
    let is_plain = !name.chars().any(char::is_control) && name.trim() == name;
    !name.is_empty() && name.len() <= LONGEST && is_plain
}

/// Returns a unique name of a struct or an enum. In a further schema it may begin with the schema's name.
pub(super) fn of_type(schema: Option<&str>, name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut words = in_capitals(name, "Table");
    if TAKEN.contains(&words.as_str()) {
        words.push_str("Row");
    }
    match schema {
        Some(schema) if taken.contains(&words) => {
            free(in_capitals(schema, "Schema") + &words, "", taken)
        }
        _ => free(words, "", taken),
    }
}

/// Returns the words of a name, capitalized; `before` precedes a character that can't begin an identifier.
fn in_capitals(name: &str, before: &str) -> String {
    let mut words = String::new();
    for word in words_of(name) {
        let mut letters = word.chars();
        words.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        words.extend(letters);
    }
    if !words.starts_with(char::is_alphabetic) {
        words.insert_str(0, before);
    }
    words
}

/// Returns the names of a table's fields, in order.
pub(super) fn fields(table: &Table) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let columns = table.columns.iter();
    columns
        .map(|column| {
            let mut name = words_of(&column.name).join("_");
            if !name.starts_with(char::is_alphabetic) {
                name.insert_str(0, "column_");
            }
            let name = free(name.trim_end_matches('_').to_owned(), "_", &mut taken);
            match name.as_str() {
                word if KEYWORDS.contains(&word) => format!("r#{name}"),
                word if NEVER.contains(&word) => format!("{name}_"),
                _ => name,
            }
        })
        .collect()
}

/// Returns the names of an enum's variants, in order.
pub(super) fn variants(enum_type: &EnumType) -> Vec<String> {
    let mut taken = BTreeSet::from(["Self".to_owned()]);
    let values = enum_type.values.iter();
    values
        .map(|value| free(in_capitals(value, "Value"), "", &mut taken))
        .collect()
}

/// Returns the words of a name in lower case. Characters that identifiers can't contain separate words.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_inside = false;
    let mut before = None;
    for c in name.chars() {
        let is_letter =
            c.is_ascii_alphanumeric() || (matches!(c, '\u{c0}'..='\u{ff}') && c.is_alphabetic());
        let begins = c.is_uppercase() && before.is_some_and(char::is_lowercase);
        if is_letter && is_inside && !begins {
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        } else if is_letter {
            words.push(c.to_lowercase().collect());
        }
        is_inside = is_letter;
        before = Some(c);
    }
    words
}

/// Returns the name, with a number appended if it is taken.
fn free(name: String, between: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u64| format!("{name}{between}{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let found = names.find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(found.clone());
    found
}

/// Returns the schema without the names of primary keys, names that equal those of the convention, and names that a
/// model does not accept. A constraint with the same definition and another name is not a difference.
pub(super) fn without_conventional(schema: &Schema) -> Schema {
    let mut given = schema.clone();
    let mut bare = schema.clone();
    let keys = given
        .tables
        .iter_mut()
        .filter_map(|table| table.primary_key.as_mut());
    keys.for_each(|key| key.name = None);
    for name in constraints(&mut given) {
        *name = name.take().filter(|name| is_identifier(name));
    }
    constraints(&mut bare)
        .into_iter()
        .for_each(|name| *name = None);
    bare.indexes.iter_mut().for_each(|index| index.name.clear());
    // Keeping a name may change the names that the convention gives to other objects, so this repeats until nothing
    // changes.
    loop {
        let mut told = bare.clone();
        NamingConvention::default().name_all(&mut told);
        let mut is_settled = true;
        let told_names = constraints(&mut told).into_iter();
        let names = constraints(&mut bare)
            .into_iter()
            .zip(constraints(&mut given));
        for ((name, given), told) in names.zip(told_names) {
            if name.is_none() && given.is_some() && given != told {
                name.clone_from(given);
                is_settled = false;
            }
        }
        let indexes = bare.indexes.iter_mut().zip(&given.indexes);
        for ((index, given), told) in indexes.zip(&told.indexes) {
            if index.name.is_empty() && given.name != told.name {
                index.name.clone_from(&given.name);
                is_settled = false;
            }
        }
        if is_settled {
            return bare;
        }
    }
}

/// Returns mutable access to the names of all constraints, always in the same order.
fn constraints(schema: &mut Schema) -> Vec<&mut Option<String>> {
    let mut names = Vec::new();
    for table in &mut schema.tables {
        names.extend(table.primary_key.iter_mut().map(|key| &mut key.name));
        names.extend(table.uniques.iter_mut().map(|unique| &mut unique.name));
        names.extend(table.foreign_keys.iter_mut().map(|key| &mut key.name));
        names.extend(table.checks.iter_mut().map(|check| &mut check.name));
    }
    names
}
