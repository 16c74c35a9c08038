//! Finds the objects that function bodies name. The server stores most bodies as text without dependencies, but it
//! reads the body of a function that an index, a check, a default or a generated column calls.

use std::collections::{BTreeSet, HashMap};

use crate::schema::{Need, Object, Schema};

/// The kinds of objects whose text is read.
const READ: [&str; 2] = ["function", "procedure"];

/// Adds the dependencies of functions to a schema that already has all its objects.
pub(super) fn read(schema: &mut Schema) {
    let natives = schema.natives.iter();
    let readers: Vec<_> = natives
        .filter(|native| READ.contains(&native.object.kind.as_str()))
        .collect();
    if readers.is_empty() {
        return;
    }
    let mut named: HashMap<String, Vec<Object>> = HashMap::new();
    for object in objects(schema) {
        // A function is called by its name, without the types of its arguments.
        let bare = object.bare_name().to_owned();
        named.entry(bare).or_default().push(object);
    }
    let mut mentions = BTreeSet::new();
    for native in readers {
        let text = native.create.iter().flat_map(|statement| words(statement));
        for object in text.filter_map(|word| named.get(&word)).flatten() {
            if *object != native.object {
                mentions.insert(Need::new(native.object.clone(), object.clone()));
            }
        }
    }
    schema.mentions = mentions.into_iter().collect();
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
    let enums = enums.map(|kind| Object::new("type", &kind.name));
    natives.chain(tables).chain(views).chain(enums)
}

/// Returns all words in a text, both as they are written and as the server reads them.
fn words(text: &str) -> BTreeSet<String> {
    let is_apart = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    let words = text.split(is_apart).filter(|word| !word.is_empty());
    words
        .flat_map(|word| [word.to_owned(), word.to_lowercase()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{NativeObject, Table};

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
        let told = schema.mentions.iter();
        let told: Vec<String> = told
            .map(|it| format!("{} names {}", it.object, it.needs))
            .collect();
        assert_eq!(
            told,
            [
                "function `aa(text)` names function `zz(text)`",
                "function `aa(text)` names table `note`",
                "function `zz(text)` names function `aa(text)`",
            ]
        );
    }
}
