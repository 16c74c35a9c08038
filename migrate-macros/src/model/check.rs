//! What is written in a model -> every mistake that its tokens show; what is wrong is taken out.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::attribute::{Text, is_name, name_of, nearest, quoted, tell};
use crate::report::{Errors, Extent};

use super::constraint::{Constraints, PartKey};
use super::field::Field;
use super::parse::Parsed;

/// Checks a model, and leaves of it what is right.
pub(crate) fn model(parsed: Parsed, errors: &mut Errors) -> Parsed {
    let mut model = parsed;
    let at = Extent::one(model.name.span());
    if model.fields.is_empty() {
        let help = "write a field for each column: `id: i64`";
        tell(errors, at, "a model has a column at least", help);
    }
    is_name(&model.table, errors);
    columns(&model.fields, errors);
    renames(&model, errors);
    model.fields.iter().for_each(|field| one(field, errors));
    let says_a_key = !model.constraints.primary_keys.is_empty();
    known_fields(&mut model, errors);
    if model.constraints.primary_keys.is_empty() && says_a_key {
        // Its fields are told already.
        model.keyless = None;
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
            let what = format!("column `{value}` stands there twice");
            let note = format!("field `{}` has it already", name_of(&first.name));
            errors.add(
                *at,
                &what,
                &[note],
                Some("give one another name: `column = \"…\"`"),
            );
        }
        seen.entry(value.to_lowercase()).or_insert(field);
    }
}

fn renames(model: &Parsed, errors: &mut Errors) {
    if let Some(was) = &model.was
        && was.value == model.table.value
    {
        let what = format!("table `{}` was never called otherwise", was.value);
        tell(
            errors,
            was.at,
            &what,
            "write its name before, or leave `was` out",
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    for field in &model.fields {
        let Some(was) = &field.was else { continue };
        let name = was.value.as_str();
        let owner = model.fields.iter().find(|other| other.column.value == name);
        let is_moving = |other: &Field| other.was.is_some();
        let what = match owner {
            _ if name == field.column.value => {
                format!("column `{name}` was never called otherwise")
            }
            Some(other) if !is_moving(other) => {
                format!("column `{name}` is there beside the one that it is to become")
            }
            _ if seen.contains(&name) => format!("column `{name}` is to become two"),
            _ => {
                seen.push(name);
                continue;
            }
        };
        tell(
            errors,
            was.at,
            &what,
            "write its name before, or leave `was` out",
        );
    }
}

/// Checks what one field says of itself.
fn one(field: &Field, errors: &mut Errors) {
    let name = &field.column.value;
    if let (Some(_), Some((_, at))) = (&field.written, field.length) {
        let what = format!("column `{name}` has a `type` and a `length`");
        let help = "write the length into the type: `type = \"VARCHAR(120)\"`";
        tell(errors, at, &what, help);
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
    let given: Vec<(&str, Extent)> = given
        .into_iter()
        .filter_map(|(key, at)| Some((key, at?)))
        .collect();
    if let [(first, _), (second, at), ..] = given[..] {
        let what = format!("column `{name}` gets its value twice: by `{first}` and by `{second}`");
        tell(errors, at, &what, "leave one out");
    }
}

/// Takes out what is over fields that there are not.
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
                let what = format!("field `{text}` is skipped, so it is no column");
                (what, "leave `skip` out, or take another field".to_owned())
            } else if !fields.contains(&text) {
                (format!("there is no field `{text}`"), near(&text, &fields))
            } else if seen.contains(&text) {
                let what = format!("field `{text}` is named twice");
                (what, "leave one out".to_owned())
            } else {
                seen.push(text);
                continue;
            };
            tell(errors, Extent::one(name.span()), &what, &help);
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
            let what = format!("{here} columns can't name {there}");
            let help = "name as many columns of the other table, in the same order";
            tell(errors, key.reference.at, &what, help);
        }
        fits
    });
}

fn near(name: &str, fields: &[String]) -> String {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    match nearest(name, &fields) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the fields are {}", quoted(&fields)),
    }
}

fn keys(model: &mut Parsed, errors: &mut Errors) {
    let keys = &mut model.constraints.primary_keys;
    match (&keys[..], model.keyless) {
        ([], None) if model.fields.is_empty() => {}
        ([], None) => {
            let at = Extent::one(model.name.span());
            let what = format!(
                "`{}` does not say which field is the primary key",
                model.name.unraw()
            );
            let help = "write `#[model(primary_key)]` on it, `#[model(primary_key(a, b))]` above the struct for several, or \
                        `#[model(no_primary_key)]`";
            tell(errors, at, &what, help);
        }
        ([key, ..], Some(at)) => {
            let fields: Vec<String> = key.fields.iter().map(name_of).collect();
            let what = format!(
                "there is a primary key all the same: `{}`",
                fields.join("`, `")
            );
            tell(errors, at, &what, "leave one of them out");
        }
        ([_, second, ..], None) => {
            let what = "a table has one primary key";
            let help = "for a key of several columns write `#[model(primary_key(a, b))]` above the struct, and nothing on the \
                        fields";
            tell(errors, second.at, what, help);
        }
        _ => {}
    }
    keys.truncate(1);
    for key in keys {
        if key.deferrable.is_some() || key.joins_nulls {
            let what = "a primary key has a name and nothing else";
            tell(errors, key.at, what, "write `primary_key(name = \"…\")`");
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
            let what = "a table numbers its rows by one column";
            tell(errors, at, what, "leave one out");
        } else if field.autoincrement.is_some() && key != [name_of(&field.name)] {
            let what = format!("column `{}` is not the primary key", field.column.value);
            let help = "only a primary key of one column counts by itself; `identity` may stand elsewhere on PostgreSQL";
            tell(errors, at, &what, help);
        }
    }
}

/// Tells of a name that two things have.
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
    let mut seen: Vec<String> = Vec::new();
    for name in named {
        let plain = name.value.to_lowercase();
        if seen.contains(&plain) {
            let what = format!("the name `{}` is taken", name.value);
            tell(errors, name.at, &what, "give it another one");
        }
        seen.push(plain);
    }
}
