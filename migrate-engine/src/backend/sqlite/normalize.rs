//! Converts a schema to the normalized form for comparison, whether it was built or inspected.
//!
//! SQLite stores statements as they were written, so different spellings remain different. They are compared by
//! meaning: a type by its usual name, a default by the value that the column stores, an expression without redundant
//! quotes and brackets.

use migrate_schema::ddl::{self, Dialect as _};
use migrate_schema::schema::{
    Column, DefaultValue, Deferrable, Generated, Index, IndexKey, IndexPart, ReferentialAction,
    Schema, Table, Type, Validity,
};

use super::SqliteDialect;
use super::expression::{self, Names};
use super::inspect::default_value;

/// Returns the schema in the form for comparing models: integers have no size, and types have their usual names.
pub(super) fn schema(schema: Schema) -> Schema {
    form(schema, Types::Usual)
}

/// Returns the schema in the exact form, including the spelling of types. Statements are written from it as they were.
pub(super) fn exact(schema: Schema) -> Schema {
    let written = schema.clone();
    let mut exact = form(schema, Types::AsSpelled);
    exact.written = Some(Box::new(written));
    exact
}

/// The comparison of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Types {
    /// By their usual names.
    Usual,
    /// By their spelling.
    AsSpelled,
}

fn form(mut schema: Schema, types: Types) -> Schema {
    // An enum type is text here.
    schema.enums.clear();
    schema.tables.iter_mut().for_each(|it| table(it, types));
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    let Schema {
        tables, indexes, ..
    } = &mut schema;
    indexes.iter_mut().for_each(|it| index(it, tables));
    schema.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    let names = schema.clone();
    for view in &mut schema.views {
        view.query = expression::query(&view.query, &names);
    }
    schema.views.sort_by(|a, b| a.name.cmp(&b.name));
    for trigger in &mut schema.triggers {
        trigger.definition = expression::trigger(&trigger.name, &trigger.definition, &names);
    }
    schema.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    schema
}

fn table(table: &mut Table, types: Types) {
    table.hoist_column_constraints();
    table.comment = None;
    table.options = table.options.as_deref().and_then(options);
    let names = Names::of_table(table);
    for it in &mut table.columns {
        column(it, types, &names);
    }
    let key = table.primary_key.as_ref().map(|key| key.columns.clone());
    for column in &mut table.columns {
        // As a primary key they differ: only `INTEGER` is the rowid.
        if types == Types::Usual && key.as_deref() != Some(std::slice::from_ref(&column.name)) {
            column.data_type = any_size(&column.data_type);
        }
    }
    keys(table);
    for check in &mut table.checks {
        check.condition = expression::normalize(&check.condition, &names);
        check.validity = Validity::Checked;
    }
    for key in &mut table.foreign_keys {
        key.on_delete = key
            .on_delete
            .filter(|action| *action != ReferentialAction::NoAction);
        key.on_update = key
            .on_update
            .filter(|action| *action != ReferentialAction::NoAction);
        key.validity = Validity::Checked;
        if key.deferrable == Deferrable::Immediate {
            key.deferrable = Deferrable::No;
        }
    }
}

/// Returns the options after the columns, in a fixed order.
fn options(written: &str) -> Option<String> {
    let mut words: Vec<String> = written
        .split(',')
        .map(|word| {
            let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
            word.to_ascii_uppercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    words.sort();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Applies what a primary key implies: columns that are NOT NULL, and columns that are already unique.
fn keys(table: &mut Table) {
    let rowid_is_left_out = table
        .options
        .as_deref()
        .is_some_and(|options| options.contains("WITHOUT ROWID"));
    let Some(key) = &table.primary_key else {
        return unique_once(table);
    };
    let is_only_column = key.columns.len() == 1;
    let mut names_rows = false;
    for column in &mut table.columns {
        if !key.columns.contains(&column.name) {
            continue;
        }
        // A rowid is never NULL, and the database generates it.
        let may_count = is_only_column && !rowid_is_left_out;
        if may_count && (column.identity.is_some() || column.autoincrement) {
            column.data_type = any_size(&column.data_type);
        }
        let number = may_count && column.data_type == Type::Integer;
        names_rows |= number;
        column.not_null |= number || rowid_is_left_out;
        if number {
            column.identity = None;
        }
    }
    // SQLite keeps only one of two constraints with the same meaning.
    if !names_rows {
        let columns = key.columns.clone();
        table.uniques.retain(|unique| unique.columns != columns);
    }
    unique_once(table);
}

fn unique_once(table: &mut Table) {
    let mut seen: Vec<Vec<String>> = Vec::new();
    table.uniques.retain(|unique| {
        let new = !seen.contains(&unique.columns);
        seen.push(unique.columns.clone());
        new
    });
}

fn column(column: &mut Column, types: Types, names: &Names) {
    column.data_type = match types {
        Types::Usual => usual_type(&column.data_type),
        Types::AsSpelled => by_spelling(&column.data_type),
    };
    column.comment = None;
    column.collation = column.collation.as_deref().and_then(collation);
    column.generated = column.generated.take().map(|generated| match generated {
        Generated::Virtual(sql) => Generated::Virtual(expression::normalize(&sql, names)),
        Generated::Stored(sql) => Generated::Stored(expression::normalize(&sql, names)),
    });
    column.default = column.default.take().and_then(|value| {
        let stored = Affinity::of(&SqliteDialect.type_name(&column.data_type));
        default(&value, stored)
    });
}

/// Returns a type by its own spelling, ignoring case and white space.
fn by_spelling(data_type: &Type) -> Type {
    if has_usual_name(data_type) {
        return data_type.clone();
    }
    type_of(&SqliteDialect.type_name(data_type).to_ascii_uppercase())
}

/// Returns the type with this spelling, which is written with the same spelling.
pub(super) fn type_of(spelling: &str) -> Type {
    let mut text = spelling.split_whitespace().collect::<Vec<_>>().join(" ");
    for (apart, close) in [
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (", ", ","),
    ] {
        text = text.replace(apart, close);
    }
    let data_type = Type::parse(&text);
    let written = SqliteDialect.type_name(&data_type).replace(", ", ",");
    match written.eq_ignore_ascii_case(&text) {
        true => data_type,
        false => Type::custom(text),
    }
}

/// Returns a type by its usual name.
fn usual_type(data_type: &Type) -> Type {
    if has_usual_name(data_type) {
        return data_type.clone();
    }
    let spelling = SqliteDialect.type_name(data_type);
    let (word, rest) = match spelling.find('(') {
        Some(at) => spelling.split_at(at),
        None => (spelling.as_str(), ""),
    };
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
    let word = word.to_ascii_uppercase();
    // `INT` is not one of these names: as a primary key it is not the rowid.
    let usual = match word.as_str() {
        "CHARACTER VARYING" => "VARCHAR",
        "CHARACTER" => "CHAR",
        "DECIMAL" | "DEC" => "NUMERIC",
        "BOOL" => "BOOLEAN",
        "INT8" => "BIGINT",
        "INT2" => "SMALLINT",
        // Numbers with a fraction are stored as 64 bits, whatever the type's name is.
        "DOUBLE" | "DOUBLE PRECISION" | "FLOAT" | "FLOAT4" | "FLOAT8" => "REAL",
        // A model's type is stored as text here.
        "UUID" => return Type::Char(36),
        other => other,
    };
    Type::parse(&format!("{usual}{rest}"))
}

/// Returns whether this database uses the usual name for a portable type. Most columns have such a type, which does not
/// have to be parsed.
fn has_usual_name(data_type: &Type) -> bool {
    use Type::*;
    let is_integer = matches!(data_type, TinyInt | SmallInt | Integer | BigInt);
    let sized = matches!(data_type, Char(_) | Varchar(_));
    is_integer || sized || matches!(data_type, Real | Boolean | Text | Blob | Date)
}

/// Returns the integer type without its size: SQLite stores integers in up to 64 bits, as needed.
fn any_size(data_type: &Type) -> Type {
    match data_type {
        Type::TinyInt | Type::SmallInt | Type::BigInt => Type::Integer,
        other => other.clone(),
    }
}

/// The conversion of values by a column (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    fn of(spelling: &str) -> Affinity {
        let word = spelling.to_ascii_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
        if has(&["INT"]) {
            Affinity::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Affinity::Text
        } else if word.is_empty() || has(&["BLOB"]) {
            Affinity::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Affinity::Real
        } else {
            Affinity::Numeric
        }
    }
}

/// Returns the default that a column stores; `None` for NULL.
fn default(value: &DefaultValue, affinity: Affinity) -> Option<DefaultValue> {
    let sql = ddl::default_value(&SqliteDialect, value);
    let value = default_value(expression::bare(&sql));
    let value = match value {
        DefaultValue::Expression(sql) => word(expression::normalize(&sql, &Names::none())),
        other => other,
    };
    match (value, affinity) {
        (DefaultValue::Null, _) => None,
        (DefaultValue::Text(text), Affinity::Integer | Affinity::Numeric | Affinity::Real) => {
            Some(number(&text).unwrap_or(DefaultValue::Text(text)))
        }
        (DefaultValue::Integer(number), Affinity::Text) => {
            Some(DefaultValue::Text(number.to_string()))
        }
        (DefaultValue::Real(number), Affinity::Integer | Affinity::Numeric | Affinity::Real) => {
            Some(whole(number))
        }
        (other, _) => Some(other),
    }
}

/// Returns the value of a keyword.
fn word(sql: String) -> DefaultValue {
    match sql.to_ascii_uppercase().as_str() {
        "NULL" => DefaultValue::Null,
        "TRUE" => DefaultValue::Integer(1),
        "FALSE" => DefaultValue::Integer(0),
        upper @ ("CURRENT_TIMESTAMP" | "CURRENT_DATE" | "CURRENT_TIME") => {
            DefaultValue::Expression(upper.to_owned())
        }
        _ => DefaultValue::Expression(sql),
    }
}

fn number(text: &str) -> Option<DefaultValue> {
    let plain = text.trim();
    if let Ok(number) = plain.parse::<i64>() {
        return Some(DefaultValue::Integer(number));
    }
    let number: f64 = plain
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    plain
        .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        .then(|| whole(number))
}

/// Returns an integer for a number without a fraction, if a floating-point number represents it exactly.
fn whole(number: f64) -> DefaultValue {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        return DefaultValue::Integer(number as i64);
    }
    DefaultValue::Real(number)
}

/// Returns the collation; `None` for the default of text.
fn collation(name: &str) -> Option<String> {
    let name = match ["NOCASE", "RTRIM", "BINARY"]
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
    {
        Some(known) => (*known).to_owned(),
        None => name.to_owned(),
    };
    (name != "BINARY").then_some(name)
}

fn index(index: &mut Index, tables: &[Table]) {
    let table = tables
        .iter()
        .find(|table| table.name.eq_ignore_ascii_case(&index.table));
    let names = table.map_or_else(Names::all, Names::of_table);
    for part in &mut index.parts {
        let own = match &part.key {
            IndexKey::Column(name) => table.and_then(|table| table.find_column(name)),
            IndexKey::Expression(_) => None,
        };
        let own = own.and_then(|column| column.collation.as_deref());
        part.collation = part.collation.take().and_then(|name| {
            // An explicit collation may differ from the column's own.
            let name = collation(&name).unwrap_or_else(|| "BINARY".to_owned());
            (name != own.unwrap_or("BINARY")).then_some(name)
        });
        self::part(part, &names);
    }
    index.predicate = index
        .predicate
        .as_deref()
        .map(|sql| expression::normalize(sql, &names));
}

fn part(part: &mut IndexPart, names: &Names) {
    if let IndexKey::Expression(sql) = &mut part.key {
        *sql = expression::normalize(sql, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(column: Column) -> Column {
        let mut table = Table::new("t");
        table.column(column);
        let mut whole = Schema::default();
        whole.tables.push(table);
        schema(whole).tables.remove(0).columns.remove(0)
    }

    #[test]
    fn a_type_has_one_name() {
        for (one, other) in [
            ("int8", "BIGINT"),
            ("character varying (20)", "VARCHAR(20)"),
            ("decimal(10, 2)", "NUMERIC(10,2)"),
            ("Bool", "BOOLEAN"),
            ("double", "DOUBLE PRECISION"),
        ] {
            let normalized_type = |spelling: &str| {
                normalized(Column::new("c", Type::custom(spelling.to_owned()))).data_type
            };
            assert_eq!(normalized_type(one), normalized_type(other), "{one}");
        }
    }

    #[test]
    fn a_type_that_is_not_read_is_what_reading_it_gives() {
        use Type::*;
        let plain = [
            TinyInt,
            SmallInt,
            Integer,
            BigInt,
            Real,
            Boolean,
            Text,
            Blob,
            Date,
            Char(2),
            Varchar(40),
        ];
        for data_type in plain {
            let spelling = SqliteDialect.type_name(&data_type);
            assert!(has_usual_name(&data_type), "{data_type}");
            assert_eq!(super::usual_type(&Type::custom(spelling)), data_type);
        }
    }

    #[test]
    fn a_default_is_what_the_column_stores() {
        let default = |data_type: &str, sql: &str| {
            let value = DefaultValue::Expression(sql.to_owned());
            normalized(Column::new("c", Type::parse(data_type)).default(value)).default
        };
        for (data_type, one, other) in [
            ("INTEGER", "'0'", "0"),
            ("INTEGER", "1.0", "1"),
            ("BOOLEAN", "TRUE", "1"),
            ("TEXT", "0", "'0'"),
            ("TEXT", "('x')", "'x'"),
            ("DATETIME", "(current_timestamp)", "CURRENT_TIMESTAMP"),
            ("TEXT", "( datetime( 'now' ) )", "datetime('now')"),
            ("NUMERIC(10, 2)", "'1.50'", "1.5"),
        ] {
            assert_eq!(
                default(data_type, one),
                default(data_type, other),
                "{data_type} {one}"
            );
        }
        assert_ne!(default("TEXT", "'1.0'"), default("TEXT", "'1'"));
        assert_ne!(default("BLOB", "'1'"), default("BLOB", "1"));
        assert_eq!(default("TEXT", "null"), None);
    }

    #[test]
    fn normalizing_twice_changes_nothing() {
        let mut table = Table::new("t");
        table.column(Column::new("id", Type::Integer).primary_key().identity());
        table.column(
            Column::new("a", Type::Text)
                .collate("binary")
                .check("((a) <> \"b\")"),
        );
        table.column(Column::new("b", Type::Boolean).default(true).unique());
        table.unique("b");
        table.options("without rowid,  strict");
        let mut once = Schema::default();
        once.tables.push(table);
        let once = schema(once);
        assert_eq!(schema(once.clone()), once);
        assert_eq!(once.tables[0].uniques.len(), 1);
        assert_eq!(
            once.tables[0].options.as_deref(),
            Some("STRICT, WITHOUT ROWID")
        );
    }
}
