//! The constants that `#[derive(Model)]` writes, which are cheap to compile, and their conversion to a table.

use crate::model::{ColumnType, ModelTable};
use migrate_schema::schema::{
    Check, Column, DefaultValue, Deferrable, EnumType, ForeignKey, Generated, Identity, Index,
    IndexPart, Nulls, NullsDistinct, Order, PrimaryKey, ReferentialAction, Table, Type, Unique,
};
use migrate_schema::value::Value;

/// A model that registered itself.
pub struct Registered(pub &'static Spec);

inventory::collect!(Registered);

/// A model, as the derive writes it.
pub struct Spec {
    /// The schema of the table, if the model names one.
    pub schema: Option<&'static str>,
    /// The table.
    pub table: &'static str,
    /// The previous name of the table.
    pub renamed_from: Option<&'static str>,
    /// Its comment.
    pub comment: Option<&'static str>,
    /// The SQL after the column list.
    pub options: Option<&'static str>,
    /// The columns, in order.
    pub columns: &'static [ColumnSpec],
    /// The primary key.
    pub primary_key: Option<KeySpec>,
    /// The unique constraints.
    pub uniques: &'static [KeySpec],
    /// The foreign keys.
    pub foreign_keys: &'static [ForeignKeySpec],
    /// The checks.
    pub checks: &'static [CheckSpec],
    /// The indexes.
    pub indexes: &'static [IndexSpec],
    /// The file of the model.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
    /// The module of the model.
    pub module: &'static str,
    /// The package of the model.
    pub package: &'static str,
}

/// A field that is a column.
pub struct ColumnSpec {
    /// The name of the column.
    pub name: &'static str,
    /// The previous name of the column.
    pub renamed_from: Option<&'static str>,
    /// The column type of the field's type.
    pub data_type: fn() -> Type,
    /// The enum type of the field's type.
    pub enum_type: fn() -> Option<EnumType>,
    /// The type set by the model, which replaces the field's.
    pub written: Option<&'static str>,
    /// The length of its text.
    pub length: Option<u32>,
    /// Whether it allows NULL.
    pub nullable: bool,
    /// The value used if an INSERT gives none.
    pub default: Option<DefaultSpec>,
    /// The collation.
    pub collation: Option<&'static str>,
    /// The comment.
    pub comment: Option<&'static str>,
    /// The expression of a generated column.
    pub generated: Option<GeneratedSpec>,
    /// The identity.
    pub identity: Option<Identity>,
    /// Whether it auto-increments and never reuses a number.
    pub autoincrement: bool,
}

impl ColumnSpec {
    /// Returns the column of a field without attributes.
    #[must_use]
    pub const fn of<T: ColumnType>(name: &'static str) -> ColumnSpec {
        ColumnSpec {
            name,
            renamed_from: None,
            data_type: T::column_type,
            enum_type: T::enum_type,
            written: None,
            length: None,
            nullable: T::NULLABLE,
            default: None,
            collation: None,
            comment: None,
            generated: None,
            identity: None,
            autoincrement: false,
        }
    }
}

/// A default, as the derive writes it.
pub enum DefaultSpec {
    /// True or false.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(&'static str),
    /// An SQL expression.
    Expression(&'static str),
    /// A constant of the application.
    Value(fn() -> Value),
}

/// The expression of a generated column.
pub enum GeneratedSpec {
    /// Virtual: computed when it is read.
    Virtual(&'static str),
    /// Stored: computed when the row is written.
    Stored(&'static str),
}

/// A primary key or a unique constraint.
pub struct KeySpec {
    /// Its name, if the model sets one.
    pub name: Option<&'static str>,
    /// The columns.
    pub columns: &'static [&'static str],
    /// The time of the check.
    pub deferrable: Deferrable,
    /// Whether NULLs are distinct.
    pub nulls: NullsDistinct,
}

/// A foreign key.
pub struct ForeignKeySpec {
    /// Its name, if the model sets one.
    pub name: Option<&'static str>,
    /// The referencing columns.
    pub columns: &'static [&'static str],
    /// The schema of the referenced table.
    pub schema: SchemaSpec,
    /// The referenced table.
    pub table: &'static str,
    /// The referenced columns.
    pub references: &'static [&'static str],
    /// The action when the referenced row is deleted.
    pub on_delete: Option<ReferentialAction>,
    /// The action when the referenced key changes.
    pub on_update: Option<ReferentialAction>,
    /// The time of the check.
    pub deferrable: Deferrable,
}

/// The schema of the table that a foreign key references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaSpec {
    /// The schema of the model.
    Own,
    /// A schema named in the attribute.
    Named(&'static str),
    /// The schema of another model, which may name none.
    OfModel(Option<&'static str>),
}

impl SchemaSpec {
    /// The marker for the default schema, in a foreign key of a model with a schema.
    /// [`desired_schema`](super::desired_schema) resolves it.
    pub(super) const OF_THE_CONNECTION: &'static str = "";

    /// Returns the schema, relative to a model in schema `own`.
    fn from(self, own: Option<&str>) -> Option<&'static str> {
        let there = match self {
            SchemaSpec::Own => return None,
            SchemaSpec::Named(name) => Some(name),
            SchemaSpec::OfModel(there) => there,
        };
        (there != own).then_some(there.unwrap_or(Self::OF_THE_CONNECTION))
    }
}

/// A check.
pub struct CheckSpec {
    /// Its name, if the model sets one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: &'static str,
}

/// An index.
pub struct IndexSpec {
    /// Its name, if the model sets one.
    pub name: Option<&'static str>,
    /// The columns or expressions.
    pub parts: &'static [PartSpec],
    /// Whether it is a unique index.
    pub unique: bool,
    /// The condition of a partial index.
    pub predicate: Option<&'static str>,
    /// The index method.
    pub method: Option<&'static str>,
    /// The additional columns stored in the index.
    pub include: &'static [&'static str],
    /// The SQL after the parts.
    pub options: Option<&'static str>,
    /// Whether NULLs are distinct.
    pub nulls: NullsDistinct,
}

/// One sort key of an index.
pub struct PartSpec {
    /// The column, or an SQL expression.
    pub key: PartKey,
    /// Whether the order is descending.
    pub descending: bool,
    /// The position of NULL.
    pub nulls: Option<Nulls>,
    /// The collation.
    pub collation: Option<&'static str>,
    /// The operator class.
    pub opclass: Option<&'static str>,
    /// The number of indexed characters.
    pub prefix_length: Option<u32>,
}

/// The key of an index part.
pub enum PartKey {
    /// A column.
    Column(&'static str),
    /// An SQL expression.
    Expression(&'static str),
}

impl Spec {
    /// Returns the table that the model describes.
    pub fn describe(&self) -> ModelTable {
        let mut enums: Vec<EnumType> = Vec::new();
        for needed in self.columns.iter().filter_map(ColumnSpec::needed_type) {
            if !enums.contains(&needed) {
                enums.push(needed);
            }
        }
        let renamed =
            |column: &ColumnSpec| Some((column.name.to_owned(), column.renamed_from?.to_owned()));
        ModelTable {
            schema: self.schema.map(str::to_owned),
            table: self.table(),
            indexes: self
                .indexes
                .iter()
                .map(|spec| spec.index(self.table))
                .collect(),
            enums,
            renamed_from: self.renamed_from.map(str::to_owned),
            renamed_columns: self.columns.iter().filter_map(renamed).collect(),
            location: format!("{}:{}", self.file, self.line),
            module: self.module,
            package: self.package,
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(self.table);
        let key = self.primary_key.as_ref();
        for spec in self.columns {
            let mut column = spec.column();
            column.not_null |= key.is_some_and(|key| key.columns.contains(&spec.name));
            table.columns.push(column);
        }
        table.primary_key = key.map(|key| PrimaryKey {
            name: key.name.map(str::to_owned),
            columns: owned(key.columns),
        });
        table.uniques = self.uniques.iter().map(KeySpec::unique).collect();
        let keys = self.foreign_keys.iter();
        table.foreign_keys = keys.map(|key| key.key(self.schema)).collect();
        table.checks = self.checks.iter().map(CheckSpec::check).collect();
        table.options = self.options.map(str::to_owned);
        table.comment = self.comment.map(str::to_owned);
        table
    }
}

impl ColumnSpec {
    fn column(&self) -> Column {
        let mut column = Column::new(self.name, self.column_type());
        column.not_null = !self.nullable;
        column.default = self.default.as_ref().and_then(DefaultSpec::value);
        column.collation = self.collation.map(str::to_owned);
        column.comment = self.comment.map(str::to_owned);
        column.generated = self.generated.as_ref().map(|generated| match generated {
            GeneratedSpec::Virtual(sql) => Generated::Virtual((*sql).to_owned()),
            GeneratedSpec::Stored(sql) => Generated::Stored((*sql).to_owned()),
        });
        column.identity = self.identity;
        column.autoincrement = self.autoincrement;
        column
    }

    fn column_type(&self) -> Type {
        match (self.written, self.length) {
            (Some(spelling), _) => as_written(spelling),
            (None, Some(length)) => Type::Varchar(length),
            (None, None) => (self.data_type)(),
        }
    }

    fn needed_type(&self) -> Option<EnumType> {
        match (self.written, self.length) {
            (None, None) => (self.enum_type)(),
            _ => None,
        }
    }
}

/// Returns the type that a model sets: a portable type if it is in capitals, else the database's own type.
fn as_written(spelling: &'static str) -> Type {
    if spelling.contains(|letter: char| letter.is_ascii_lowercase()) {
        Type::custom(spelling)
    } else {
        Type::parse(spelling)
    }
}

impl DefaultSpec {
    fn value(&self) -> Option<DefaultValue> {
        Some(match self {
            DefaultSpec::Boolean(value) => DefaultValue::Boolean(*value),
            DefaultSpec::Integer(number) => DefaultValue::Integer(*number),
            DefaultSpec::Real(number) => DefaultValue::Real(*number),
            DefaultSpec::Text(text) => DefaultValue::Text((*text).to_owned()),
            DefaultSpec::Expression(sql) => DefaultValue::Expression((*sql).to_owned()),
            DefaultSpec::Value(value) => match value() {
                Value::Boolean(value) => DefaultValue::Boolean(value),
                Value::Integer(number) => DefaultValue::Integer(number),
                Value::Real(number) => DefaultValue::Real(number),
                Value::Text(text) => DefaultValue::Text(text),
                // The derive refuses a bytes constant, and NULL is the same as no default.
                Value::Blob(_) | Value::Null => return None,
            },
        })
    }
}

impl KeySpec {
    fn unique(&self) -> Unique {
        Unique {
            name: self.name.map(str::to_owned),
            deferrable: self.deferrable,
            nulls: self.nulls,
            ..Unique::new(owned(self.columns))
        }
    }
}

impl ForeignKeySpec {
    fn key(&self, own: Option<&str>) -> ForeignKey {
        let mut key = ForeignKey::to(self.table, owned(self.references));
        key.name = self.name.map(str::to_owned);
        key.columns = owned(self.columns);
        key.schema = self.schema.from(own).map(str::to_owned);
        key.on_delete = self.on_delete;
        key.on_update = self.on_update;
        key.deferrable = self.deferrable;
        key
    }
}

impl CheckSpec {
    fn check(&self) -> Check {
        Check {
            name: self.name.map(str::to_owned),
            ..Check::new(self.condition)
        }
    }
}

impl IndexSpec {
    fn index(&self, table: &str) -> Index {
        let parts: Vec<IndexPart> = self.parts.iter().map(PartSpec::part).collect();
        let mut index = Index::new(self.name.unwrap_or_default(), table, parts);
        index.unique = self.unique;
        index.predicate = self.predicate.map(str::to_owned);
        index.method = self.method.map(str::to_owned);
        index.include = owned(self.include);
        index.options = self.options.map(str::to_owned);
        index.nulls = self.nulls;
        index
    }
}

impl PartSpec {
    fn part(&self) -> IndexPart {
        let mut part = match self.key {
            PartKey::Column(name) => IndexPart::column(name),
            PartKey::Expression(sql) => IndexPart::expression(sql),
        };
        if self.descending {
            part.order = Order::Descending;
        }
        part.nulls = self.nulls;
        part.collation = self.collation.map(str::to_owned);
        part.opclass = self.opclass.map(str::to_owned);
        part.prefix_length = self.prefix_length;
        part
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Returns the column of a model's field, for a foreign key to it. The derive has checked that the field exists.
#[must_use]
pub const fn column_of(fields: &[(&'static str, &'static str)], field: &str) -> &'static str {
    match find(fields, field) {
        Some(column) => column,
        None => "",
    }
}

/// Returns whether a model has a field that is a column.
#[must_use]
pub const fn has_field(fields: &[(&'static str, &'static str)], field: &str) -> bool {
    find(fields, field).is_some()
}

const fn find(fields: &[(&'static str, &'static str)], field: &str) -> Option<&'static str> {
    let mut at = 0;
    while at < fields.len() {
        if same(fields[at].0.as_bytes(), field.as_bytes()) {
            return Some(fields[at].1);
        }
        at += 1;
    }
    None
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
