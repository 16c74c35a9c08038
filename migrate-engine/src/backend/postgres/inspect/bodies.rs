//! Finds the objects that function bodies name. The server stores most bodies as text without dependencies, but it
//! reads the body of a function that an index, a check, a default or a generated column calls.

use std::collections::{BTreeSet, HashMap};

use migrate_schema::schema::{NativeObject, Need, Object, Schema};

/// The kinds of objects whose text is read.
const READ: [&str; 2] = ["function", "procedure"];

/// Adds the dependencies of functions to a schema that already has all its objects.
pub(super) fn read(schema: &mut Schema) {
    let mut named: HashMap<String, Vec<Object>> = HashMap::new();
    let mut mentions = BTreeSet::new();
    for native in readers(schema) {
        if named.is_empty() {
            for object in objects(schema) {
                // A function is called by its name without the types of its arguments.
                let bare = object.bare_name().to_owned();
                named.entry(bare).or_default().push(object);
            }
        }
        for word in words(native) {
            for object in named.get(&word).into_iter().flatten() {
                if *object != native.object {
                    mentions.insert(Need::new(native.object.clone(), object.clone()));
                }
            }
        }
    }
    schema.mentions = mentions.into_iter().collect();
}

/// Adds the objects of other schemas that a function names with their schema. `home` is the name of `schema` itself.
pub(super) fn across(schema: &mut Schema, home: &str) {
    let mut named: HashMap<String, Vec<(&str, Object)>> = HashMap::new();
    for (schema_name, one) in schema.all() {
        for object in objects(one) {
            let bare = object.bare_name().to_owned();
            let object = placed(object, schema_name);
            let schema_name = schema_name.unwrap_or(home);
            named.entry(bare).or_default().push((schema_name, object));
        }
    }
    let mut mentions = BTreeSet::new();
    for (own, one) in schema.all() {
        for native in readers(one) {
            let words = words(native);
            let found = words.iter().filter_map(|word| named.get(word)).flatten();
            for (schema_name, object) in found {
                if *schema_name != own.unwrap_or(home) && words.contains(*schema_name) {
                    let reader = placed(native.object.clone(), own);
                    mentions.insert(Need::new(reader, object.clone()));
                }
            }
        }
    }
    schema.mentions.extend(mentions);
}

fn placed(object: Object, schema: Option<&str>) -> Object {
    match schema {
        Some(schema) => super::other_schemas::placed(object, schema),
        None => object,
    }
}

/// Returns the objects whose text is read.
fn readers(schema: &Schema) -> impl Iterator<Item = &NativeObject> {
    let natives = schema.natives.iter();
    natives.filter(|native| READ.contains(&native.object.kind.as_str()))
}

/// Returns the objects that a body can name.
fn objects(schema: &Schema) -> impl Iterator<Item = Object> {
    let natives = schema.natives.iter().map(|native| native.object.clone());
    let natives = natives.filter(|object| object.table.is_none());
    let tables = schema.tables.iter();
    let tables = tables.map(|table| Object::new("table", &table.name));
    let views = schema.views.iter();
    let views = views.map(|view| Object::new("view", &view.name));
    let enums = schema.enums.iter();
    let enums = enums.map(|enum_type| Object::new("type", &enum_type.name));
    natives.chain(tables).chain(views).chain(enums)
}

/// Returns all words of an object's statements, both as they are written and as the server reads them, and each quoted
/// name as a whole.
fn words(native: &NativeObject) -> BTreeSet<String> {
    let is_apart = |character: char| !(character.is_alphanumeric() || character == '_');
    let mut found = BTreeSet::new();
    for text in &native.create {
        let words = text.split(is_apart).filter(|word| !word.is_empty());
        found.extend(words.flat_map(|word| [word.to_owned(), word.to_lowercase()]));
        found.extend(text.split('"').map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::schema::Table;

    fn function(name: &str, body: &str) -> NativeObject {
        let create = format!("CREATE FUNCTION {name} AS $function${body}$function$");
        NativeObject::new(Object::new("function", name), &create, &create, "")
    }

    #[test]
    fn a_body_names_functions_and_tables() {
        let mut schema = Schema::default();
        schema.tables.push(Table::new("note"));
        schema.natives = vec![
            function("aa(text)", "-- don't\nSELECT ZZ($1) FROM note, unknown"),
            function("zz(text)", "SELECT aa($1)"),
            function("alone()", "SELECT 1"),
        ];
        read(&mut schema);
        let lines = schema.mentions.iter();
        let lines: Vec<String> = lines
            .map(|it| format!("{} names {}", it.object, it.needs))
            .collect();
        assert_eq!(
            lines,
            [
                "function `aa(text)` names function `zz(text)`",
                "function `aa(text)` names table `note`",
                "function `zz(text)` names function `aa(text)`",
            ]
        );
    }
    fn mention_lines(schema: &Schema) -> Vec<String> {
        let mentions = schema.mentions.iter();
        mentions
            .map(|it| format!("{} names {}", it.object, it.needs))
            .collect()
    }

    #[test]
    fn a_name_in_quotes_and_one_of_another_schema_are_read() {
        let calls = "SELECT * FROM \"My Notes\", app.zz()";
        let mut schema = Schema {
            natives: vec![function("aa()", calls)],
            ..Schema::default()
        };
        schema.tables.push(Table::new("My Notes"));
        let mut other = Schema {
            natives: vec![
                function("here()", "SELECT zz()"),
                function("zz()", "SELECT public.aa()"),
            ],
            ..Schema::default()
        };
        read(&mut other);
        assert_eq!(
            mention_lines(&other),
            ["function `here()` names function `zz()`"]
        );
        other.mentions.clear();
        schema.others.insert("app".to_owned(), other);
        read(&mut schema);
        schema.mentions.retain(|it| it.needs.kind == "table");
        across(&mut schema, "public");
        assert_eq!(
            mention_lines(&schema),
            [
                "function `aa()` names table `My Notes`",
                "function `aa()` names function `zz()` in schema `app`",
                "function `zz()` in schema `app` names function `aa()`",
            ]
        );
    }
}
