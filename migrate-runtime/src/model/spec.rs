//! What `#[derive(Model)]` writes: constants, which cost the compiler least, and what they mean.

use crate::model::{ColumnType, ModelTable};
use crate::schema::{
    Action, Check, Column, DefaultValue, Deferrable, EnumType, ForeignKey, Generated, Identity,
    Index, IndexPart, Nulls, NullsDistinct, Order, PrimaryKey, Table, Type, Unique,
};
use crate::value::Value;

/// A model that registered itself.
pub struct Registered(pub &'static Spec);

inventory::collect!(Registered);

/// A model, as written.
pub struct Spec {
    /// The schema of the table, if the model says one.
    pub schema: Option<&'static str>,
    /// The table.
    pub table: &'static str,
    /// Its name before.
    pub was: Option<&'static str>,
    /// Its comment.
    pub comment: Option<&'static str>,
    /// What stands after the columns.
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
    /// The line there.
    pub line: u32,
    /// The module of the model.
    pub module: &'static str,
}

/// A field that is a column.
pub struct ColumnSpec {
    /// The column.
    pub name: &'static str,
    /// Its name before.
    pub was: Option<&'static str>,
    /// The type that the field's type gives.
    pub kind: fn() -> Type,
    /// The type that the field's type needs.
    pub enum_type: fn() -> Option<EnumType>,
    /// The type that is written out instead.
    pub written: Option<&'static str>,
    /// The length of its text.
    pub length: Option<u32>,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The value where an INSERT gives none.
    pub default: Option<DefaultSpec>,
    /// The collation.
    pub collation: Option<&'static str>,
    /// The comment.
    pub comment: Option<&'static str>,
    /// The expression that computes it, and when.
    pub generated: Option<GeneratedSpec>,
    /// Who numbers it.
    pub identity: Option<Identity>,
    /// Whether the database numbers the rows by it, and never gives the same number twice.
    pub autoincrement: bool,
}

impl ColumnSpec {
    /// Returns the column of a field that says nothing but its type.
    #[must_use]
    pub const fn of<T: ColumnType>(name: &'static str) -> ColumnSpec {
        ColumnSpec {
            name,
            was: None,
            kind: T::column_type,
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

/// A default, as written.
pub enum DefaultSpec {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(&'static str),
    /// An SQL expression.
    Expression(&'static str),
    /// A constant of the application's.
    Value(fn() -> Value),
}

/// How a column is computed.
pub enum GeneratedSpec {
    /// When it is read.
    Virtual(&'static str),
    /// When the row is written.
    Stored(&'static str),
}

/// A primary key or a unique constraint.
pub struct KeySpec {
    /// Its name, if the model says one.
    pub name: Option<&'static str>,
    /// The columns.
    pub columns: &'static [&'static str],
    /// When it is looked at.
    pub deferrable: Deferrable,
    /// Whether two NULLs are the same.
    pub nulls: NullsDistinct,
}

/// A foreign key.
pub struct ForeignKeySpec {
    /// Its name, if the model says one.
    pub name: Option<&'static str>,
    /// The columns it starts from.
    pub columns: &'static [&'static str],
    /// The schema of the table it leads to.
    pub schema: SchemaSpec,
    /// The table it leads to.
    pub table: &'static str,
    /// The columns it leads to.
    pub references: &'static [&'static str],
    /// What happens when the row there is deleted.
    pub on_delete: Option<Action>,
    /// What happens when the key there changes.
    pub on_update: Option<Action>,
    /// When it is looked at.
    pub deferrable: Deferrable,
}

/// The schema of the table that a foreign key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaSpec {
    /// That of the model.
    Own,
    /// One that it names.
    Named(&'static str),
    /// That of another model, which may say none.
    OfModel(Option<&'static str>),
}

impl SchemaSpec {
    /// The name for the schema of models that say none, in a key of one that says one. [`wanted`](super::wanted) knows it.
    pub(super) const OF_THE_CONNECTION: &'static str = "";

    /// Returns it as seen from a model that says `own`.
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
    /// Its name, if the model says one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: &'static str,
}

/// An index.
pub struct IndexSpec {
    /// Its name, if the model says one.
    pub name: Option<&'static str>,
    /// What it sorts by.
    pub parts: &'static [PartSpec],
    /// Whether it refuses the same values twice.
    pub unique: bool,
    /// The rows it holds, if not all.
    pub filter: Option<&'static str>,
    /// How it is built.
    pub method: Option<&'static str>,
    /// The columns whose values it holds besides.
    pub include: &'static [&'static str],
    /// What stands after the parts.
    pub options: Option<&'static str>,
    /// Whether two NULLs are the same.
    pub nulls: NullsDistinct,
}

/// One thing that an index sorts by.
pub struct PartSpec {
    /// The column, or an SQL expression.
    pub key: PartKey,
    /// Whether it sorts from the greatest to the least.
    pub descending: bool,
    /// Where NULL comes.
    pub nulls: Option<Nulls>,
    /// The collation.
    pub collation: Option<&'static str>,
    /// The operator class.
    pub opclass: Option<&'static str>,
    /// How many characters are kept.
    pub length: Option<u32>,
}

/// What an index part sorts by.
pub enum PartKey {
    /// A column.
    Column(&'static str),
    /// An SQL expression.
    Expression(&'static str),
}

impl Spec {
    /// Returns the table that the model asks for.
    pub fn describe(&self) -> ModelTable {
        let mut enums: Vec<EnumType> = Vec::new();
        for needed in self.columns.iter().filter_map(ColumnSpec::needed_type) {
            if !enums.contains(&needed) {
                enums.push(needed);
            }
        }
        let was = |column: &ColumnSpec| Some((column.name.to_owned(), column.was?.to_owned()));
        ModelTable {
            schema: self.schema.map(str::to_owned),
            table: self.table(),
            indexes: self
                .indexes
                .iter()
                .map(|spec| spec.index(self.table))
                .collect(),
            enums,
            was: self.was.map(str::to_owned),
            columns_was: self.columns.iter().filter_map(was).collect(),
            place: format!("{}:{}", self.file, self.line),
            module: self.module,
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
            (None, None) => (self.kind)(),
        }
    }

    fn needed_type(&self) -> Option<EnumType> {
        match (self.written, self.length) {
            (None, None) => (self.enum_type)(),
            _ => None,
        }
    }
}

/// Returns the type that a model writes out: in capitals one that every database has in its way, else the database's own word.
fn as_written(spelling: &'static str) -> Type {
    if spelling.contains(|letter: char| letter.is_ascii_lowercase()) {
        Type::named(spelling)
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
                // The derive refuses a constant for bytes, and NULL is what no default gives.
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
        index.filter = self.filter.map(str::to_owned);
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
        part.length = self.length;
        part
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Returns the column of a model's field, for the other end of a foreign key; the derive has checked that it is there.
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
