//! Checks a parsed model, reports every error that its tokens show, and removes the invalid parts.
//!
//! It must not report errors that need type information; the compiler reports them.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::attribute::{Text, emit, is_name, name_of, nearest, quoted};
use crate::report::{Errors, SpanRange};

use super::constraint::{Constraints, PartKey};
use super::field::Field;
use super::parse::Parsed;

/// Checks a model, and keeps only its valid parts.
pub(crate) fn model(parsed: Parsed, errors: &mut Errors) -> Parsed {
    let mut model = parsed;
    let at = SpanRange::one(model.name.span());
    if model.fields.is_empty() {
        let help = "write a field for each column: `id: i64`";
        emit(errors, at, "a model needs at least one column", help);
    }
    is_name(&model.table, errors);
    columns(&model.fields, errors);
    renames(&model, errors);
    model
        .fields
        .iter()
        .for_each(|field| check_field(field, errors));
    let says_a_key = !model.constraints.primary_keys.is_empty();
    known_fields(&mut model, errors);
    if model.constraints.primary_keys.is_empty() && says_a_key {
        // Errors in its fields are already reported.
        model.no_primary_key = None;
    } else {
        keys(&mut model, errors);
    }
    numbering(&model, errors);
    names(&model.constraints, errors);
    model
}

fn columns(fields: &[Field], errors: &mut Errors) {
    let mut seen: BTreeMap<String, &Field> = BTreeMap::new();
    for field in fields {
        is_name(&field.column, errors);
        let Text { value, at } = &field.column;
        if let Some(first) = seen.get(&value.to_lowercase()) {
            let what = format!("duplicate column `{value}`");
            let note = format!(
                "it is already the column of field `{}`",
                name_of(&first.name)
            );
            errors.add(
                *at,
                &what,
                &[note],
                Some("rename one of them: `column = \"…\"`"),
            );
        }
        seen.entry(value.to_lowercase()).or_insert(field);
    }
}

fn renames(model: &Parsed, errors: &mut Errors) {
    if let Some(old_name) = &model.renamed_from
        && old_name.value == model.table.value
    {
        let what = format!(
            "`renamed_from` is the current name of table `{}`",
            old_name.value
        );
        emit(
            errors,
            old_name.at,
            &what,
            "write the old name, or remove `renamed_from`",
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    for field in &model.fields {
        let Some(old_name) = &field.renamed_from else {
            continue;
        };
        let name = old_name.value.as_str();
        let owner = model.fields.iter().find(|other| other.column.value == name);
        let is_moving = |other: &Field| other.renamed_from.is_some();
        let what = match owner {
            _ if name == field.column.value => {
                format!("`renamed_from` is the current name of column `{name}`")
            }
            Some(other) if !is_moving(other) => {
                format!("`renamed_from` names column `{name}`, but the model still has that column")
            }
            _ if seen.contains(&name) => format!("two columns have `renamed_from = \"{name}\"`"),
            _ => {
                seen.push(name);
                continue;
            }
        };
        emit(
            errors,
            old_name.at,
            &what,
            "write the old name, or remove `renamed_from`",
        );
    }
}

/// Checks the options of a field.
fn check_field(field: &Field, errors: &mut Errors) {
    let name = &field.column.value;
    if let (Some(_), Some((_, at))) = (&field.written, field.length) {
        let what = format!("column `{name}` has a `type` and a `length`");
        let help = "write the length into the type: `type = \"VARCHAR(120)\"`";
        emit(errors, at, &what, help);
    }
    let given = [
        ("default", field.default.as_ref().map(|default| default.at)),
        (
            "generated",
            field
                .generated
                .as_ref()
                .map(|generated| generated.expression.at),
        ),
        ("identity", field.identity.map(|(_, at)| at)),
        ("autoincrement", field.autoincrement),
    ];
    let given: Vec<(&str, SpanRange)> = given
        .into_iter()
        .filter_map(|(key, at)| Some((key, at?)))
        .collect();
    if let [(first, _), (second, at), ..] = given[..] {
        let what = format!("column `{name}` gets its value twice: by `{first}` and by `{second}`");
        emit(errors, at, &what, "remove one of them");
    }
}

/// Removes constraints and indexes over unknown fields.
fn known_fields(model: &mut Parsed, errors: &mut Errors) {
    let fields: Vec<String> = model
        .fields
        .iter()
        .map(|field| name_of(&field.name))
        .collect();
    let skipped: Vec<String> = model.skipped.iter().map(name_of).collect();
    let mut all = |names: &[Ident]| {
        let mut seen: Vec<String> = Vec::new();
        let mut is_known = true;
        for name in names {
            let text = name_of(name);
            let (what, help) = if skipped.contains(&text) {
                let what = format!("field `{text}` is skipped, so it is not a column");
                (what, "remove `skip`, or use another field".to_owned())
            } else if !fields.contains(&text) {
                (
                    format!("unknown field `{text}`"),
                    suggestion(&text, &fields),
                )
            } else if seen.contains(&text) {
                let what = format!("duplicate field `{text}`");
                (what, "remove one of them".to_owned())
            } else {
                seen.push(text);
                continue;
            };
            emit(errors, SpanRange::one(name.span()), &what, &help);
            is_known = false;
        }
        is_known
    };
    let constraints = &mut model.constraints;
    constraints.primary_keys.retain(|key| all(&key.fields));
    constraints.uniques.retain(|key| all(&key.fields));
    constraints.foreign_keys.retain(|key| all(&key.fields));
    constraints.indexes.retain(|index| {
        let parts = index.parts.iter().filter_map(|part| match &part.key {
            PartKey::Field(field) => Some(field.clone()),
            PartKey::Expression(_) => None,
        });
        let parts: Vec<Ident> = parts.collect();
        all(&parts) & all(&index.include)
    });
    constraints.foreign_keys.retain(|key| {
        let (here, there) = (key.fields.len(), key.reference.columns.len());
        let fits = there == 0 || here == there;
        if !fits {
            let what = format!("{here} columns can't reference {there} columns");
            let help = "list the same number of columns of the other table, in the same order";
            emit(errors, key.reference.at, &what, help);
        }
        fits
    });
}

fn suggestion(name: &str, fields: &[String]) -> String {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    match nearest(name, &fields) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => format!("the fields are {}", quoted(&fields)),
    }
}

fn keys(model: &mut Parsed, errors: &mut Errors) {
    let keys = &mut model.constraints.primary_keys;
    match (&keys[..], model.no_primary_key) {
        ([], None) if model.fields.is_empty() => {}
        ([], None) => {
            let at = SpanRange::one(model.name.span());
            let what = format!("`{}` has no primary key", model.name.unraw());
            let help = "write `#[model(primary_key)]` on a field, `#[model(primary_key(a, b))]` above the struct for several fields, or \
                        `#[model(no_primary_key)]`";
            emit(errors, at, &what, help);
        }
        ([key, ..], Some(at)) => {
            let fields: Vec<String> = key.fields.iter().map(name_of).collect();
            let what = format!(
                "`no_primary_key` conflicts with the primary key `{}`",
                fields.join("`, `")
            );
            emit(errors, at, &what, "remove one of them");
        }
        ([_, second, ..], None) => {
            let what = "a table can have only one primary key";
            let help = "for a key of several columns write `#[model(primary_key(a, b))]` above the struct and nothing on the \
                        fields";
            emit(errors, second.at, what, help);
        }
        _ => {}
    }
    keys.truncate(1);
    for key in keys {
        if key.deferrable.is_some() || key.nulls_not_distinct {
            let what = "`name` is the only option of a primary key";
            emit(errors, key.at, what, "write `primary_key(name = \"…\")`");
        }
    }
}

fn numbering(model: &Parsed, errors: &mut Errors) {
    let key: Vec<String> = model
        .constraints
        .primary_keys
        .iter()
        .flat_map(|key| key.fields.iter().map(name_of))
        .collect();
    let numbered = model.fields.iter().filter_map(|field| {
        let at = field.autoincrement.or(field.identity.map(|(_, at)| at))?;
        Some((field, at))
    });
    for (count, (field, at)) in numbered.enumerate() {
        if count > 0 {
            let what = "a table can have only one auto-increment column";
            emit(errors, at, what, "remove one of them");
        } else if field.autoincrement.is_some() && key != [name_of(&field.name)] {
            let what = format!("column `{}` is not the primary key", field.column.value);
            let help = "`autoincrement` needs a primary key of one column; on PostgreSQL you can use `identity` on any column";
            emit(errors, at, &what, help);
        }
    }
}

/// Reports a name that two objects have. Names that differ in case only are reported at run time, if the database
/// ignores case.
fn names(constraints: &Constraints, errors: &mut Errors) {
    let keys = constraints.primary_keys.iter().chain(&constraints.uniques);
    let named = keys
        .map(|key| &key.name)
        .chain(constraints.indexes.iter().map(|index| &index.name))
        .chain(constraints.checks.iter().map(|check| &check.name))
        .chain(
            constraints
                .foreign_keys
                .iter()
                .map(|key| &key.reference.name),
        )
        .flatten();
    let mut seen: Vec<&str> = Vec::new();
    for name in named {
        if seen.contains(&name.value.as_str()) {
            let what = format!("duplicate name `{}`", name.value);
            emit(errors, name.at, &what, "choose another name");
        }
        seen.push(&name.value);
    }
}
