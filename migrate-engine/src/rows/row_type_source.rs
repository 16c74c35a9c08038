//! The row type that matches a table, as text for a revision file. It replaces the application's type if that has
//! changed.

use migrate_schema::schema::{Column, Type};

use super::Row;

/// Returns the type `name` for those columns of `R` that the table has.
///
/// Its fields have the names of the columns, or `field_1` and so on if a name is not an identifier.
pub(super) fn row_type<R: Row>(name: &str, columns: &[Column]) -> String {
    let find = |name: &&str| {
        columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    };
    let quoted: Vec<String> = R::KEY.iter().map(|key| format!("{key:?}")).collect();
    let key = match &quoted[..] {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let schema = R::SCHEMA.map(|schema| format!("schema = {schema:?}, "));
    let mut text = format!(
        "#[derive(Row)]\n#[row(table = {:?}, {}key = {key})]\nstruct {name} {{\n",
        R::TABLE,
        schema.unwrap_or_default()
    );
    for (at, column) in R::COLUMNS.iter().filter_map(find).enumerate() {
        let kind = rust_type(&column.data_type);
        let is_key = R::KEY
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&column.name));
        let kind = match column.not_null || column.primary_key || is_key || kind == "Value" {
            true => kind.to_owned(),
            false => format!("Option<{kind}>"),
        };
        let field = field(&column.name).unwrap_or_else(|| {
            text.push_str(&format!("    #[row(column = {:?})]\n", column.name));
            format!("field_{}", at + 1)
        });
        text.push_str(&format!("    {field}: {kind},\n"));
    }
    text.push('}');
    text
}

/// Returns the Rust type that holds every value of a column; `Value` if none does on every database.
fn rust_type(data_type: &Type) -> &'static str {
    match data_type {
        Type::TinyInt | Type::SmallInt | Type::Integer | Type::BigInt => "i64",
        Type::UnsignedTinyInt | Type::UnsignedSmallInt | Type::UnsignedInteger => "i64",
        Type::UnsignedBigInt => "u64",
        Type::Real | Type::Float | Type::Double => "f64",
        Type::Boolean => "bool",
        Type::Char(_) | Type::Varchar(_) | Type::Text | Type::Uuid | Type::Enum(_) => "String",
        Type::Date | Type::Time | Type::DateTime | Type::Timestamp | Type::TimestampTz => "String",
        Type::Blob => "Vec<u8>",
        // Some databases return decimals and JSON as numbers, others as text.
        _ => "Value",
    }
}

/// Returns the field of a column, if its name is an identifier.
fn field(column: &str) -> Option<String> {
    /// The keywords of Rust that can't be fields, not even with `r#`.
    const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];
    let mut chars = column.chars();
    let is_word = chars
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word || NEVER.contains(&column) {
        return None;
    }
    Some(match KEYWORDS.contains(&column) {
        true => format!("r#{column}"),
        false => column.to_owned(),
    })
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_after_its_column_if_possible() {
        assert_eq!(field("email").as_deref(), Some("email"));
        assert_eq!(field("type").as_deref(), Some("r#type"));
        assert_eq!(field("self"), None);
        assert_eq!(field("e mail"), None);
        assert_eq!(field("1st"), None);
        assert_eq!(field(""), None);
    }
}
