//! Writes a schema as structs with `#[derive(Model)]`, in one Rust module.
//!
//! The schema comes from an inspection. The file contains only structs and enums, and together they describe the same
//! tables. A table that a model can't describe completely is omitted, with the reason: an incomplete model would
//! request that the rest of the table is dropped.

mod attribute;
mod limits;
mod names;
mod plan;
mod types;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use migrate_engine::backend::Backend;
use migrate_schema::schema::{EnumType, Schema};

use migrate_schema::render::code::{in_comment, literal};
use plan::{Named, Plan};

/// The models of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Models {
    /// The text of the file.
    pub text: String,
    /// The objects without a model and the reasons, one per line.
    pub left_out: Vec<String>,
}

/// Returns the models that describe the tables of `schema`.
///
/// Database names become identifiers, and are written as strings if they differ; nothing in a database becomes code. A
/// column whose type has no Rust type is a `String` with the type written out.
#[must_use]
pub fn models<B: Backend>(schema: &Schema) -> Models {
    let all: Vec<(Option<&str>, Schema)> = schema
        .all()
        .map(|(name, schema)| (name, names::without_conventional(schema)))
        .collect();
    // All types of the file have different names.
    let mut taken = BTreeSet::new();
    let plans: Vec<Plan<'_>> = all
        .iter()
        .map(|(name, schema)| Plan::new(*name, schema, &mut taken))
        .collect();
    let mut text = head(&plans);
    for plan in &plans {
        for (kind, name) in &plan.enums {
            text.push_str(&enumeration(kind, name));
        }
        for named in &plan.tables {
            text.push_str(&structure::<B>(named, plan));
        }
    }
    let left_out: Vec<String> = plans.iter().flat_map(Plan::left_out_reasons).collect();
    if !left_out.is_empty() {
        text.push('\n');
    }
    for reason in &left_out {
        let _ = writeln!(text, "// {}.", in_comment(reason));
    }
    Models { text, left_out }
}

fn head(plans: &[Plan<'_>]) -> String {
    let tables = plans.iter().all(|plan| plan.tables.is_empty());
    let enums = plans.iter().all(|plan| plan.enums.is_empty());
    let derives = match (tables, enums) {
        (true, true) => return "//! Models: there are none.\n".to_owned(),
        (false, true) => "Model",
        (true, false) => "ColumnType",
        (false, false) => "{ColumnType, Model}",
    };
    format!(
        "//! Models: a struct for each table, a field for each column.\n\nuse migrate_runtime::{derives};\n"
    )
}

fn enumeration(enum_type: &EnumType, name: &str) -> String {
    let mut text = format!(
        "\n#[derive(Debug, Clone, Copy, PartialEq, Eq, ColumnType)]\n#[column_type(enum = {})]\npub enum {name} {{\n",
        literal(&enum_type.name)
    );
    for (word, variant) in enum_type.values.iter().zip(names::variants(enum_type)) {
        let word = literal(word);
        let _ = writeln!(text, "    #[column_type(rename = {word})]\n    {variant},");
    }
    text.push_str("}\n");
    text
}

fn structure<B: Backend>(named: &Named<'_>, plan: &Plan<'_>) -> String {
    let written = attribute::of::<B>(named, plan);
    let mut text = String::from("\n#[derive(Debug, Clone, PartialEq, Model)]\n");
    if let Some(schema) = plan.name {
        let _ = writeln!(text, "#[model(schema = {})]", literal(schema));
    }
    for item in &written.table {
        let _ = writeln!(text, "#[model({item})]");
    }
    let _ = writeln!(text, "pub struct {} {{", named.name);
    for field in &written.fields {
        if !field.items.is_empty() {
            let _ = writeln!(text, "    #[model({})]", field.items.join(", "));
        }
        let _ = writeln!(text, "    pub {}: {},", field.name, field.rust_type);
    }
    text.push_str("}\n");
    text
}
