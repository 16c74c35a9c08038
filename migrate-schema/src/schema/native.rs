//! Objects that no operation creates, and properties that no operation sets: everything beyond tables, columns,
//! constraints, indexes, views, triggers and enum types. They are compared like other objects, and written as the
//! database's own statements.

use std::fmt;

/// The identity of an object: its kind, its table and its name.
///
/// ```
/// use migrate_schema::schema::Object;
///
/// assert_eq!(Object::new("function", "area(integer)").to_string(), "function `area(integer)`");
/// assert_eq!(Object::of_table("policy", "note", "own").to_string(), "policy `own` of `note`");
/// assert_eq!(Object::of_table("column", "note", "body").to_string(), "column `note.body`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// The SQL kind: `table`, `view`, `column`, `constraint`, `function`.
    pub kind: String,
    /// The table or view that it belongs to, if its name is unique only there.
    pub table: Option<String>,
    /// The name. For a function it includes the argument types.
    pub name: String,
    /// The schema, if it is not the connection's own or implied by the context.
    pub schema: Option<String>,
}

impl Object {
    /// Returns the identity of an object that belongs to no table.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Object {
        Object {
            kind: kind.into(),
            table: None,
            name: name.into(),
            schema: None,
        }
    }

    /// Returns the identity of an object that belongs to a table or view.
    pub fn of_table(
        kind: impl Into<String>,
        table: impl Into<String>,
        name: impl Into<String>,
    ) -> Object {
        Object {
            kind: kind.into(),
            table: Some(table.into()),
            name: name.into(),
            schema: None,
        }
    }

    /// Returns the object placed in a further schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Object {
        self.schema = Some(schema.into());
        self
    }

    /// Returns the object placed in a schema; `None` is the connection's own.
    pub fn placed(self, schema: Option<&str>) -> Object {
        match schema {
            Some(schema) => self.in_schema(schema),
            None => self,
        }
    }

    /// Returns the table or view that it is, or belongs to.
    #[must_use]
    pub fn relation(&self) -> Option<&str> {
        let own = matches!(self.kind.as_str(), "table" | "view").then_some(&self.name);
        self.table.as_ref().or(own).map(String::as_str)
    }

    /// Returns the name, without argument types if it is a function.
    pub fn bare_name(&self) -> &str {
        let name = self.name.split_once('(').map(|(name, _)| name);
        name.unwrap_or(&self.name)
    }

    /// Updates it for a renamed table.
    pub(crate) fn rename_table(&mut self, from: &str, to: &str) {
        let own = (self.table.is_none() && self.kind == "table").then_some(&mut self.name);
        if let Some(name) = self.table.as_mut().or(own)
            && name == from
        {
            to.clone_into(name);
        }
    }

    /// Updates it for a renamed column of a table.
    pub(crate) fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        if self.kind == "column" && self.table.as_deref() == Some(table) && self.name == from {
            to.clone_into(&mut self.name);
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.table {
            Some(table) if self.kind == "column" => write!(f, "column `{table}.{}`", self.name),
            Some(table) => write!(f, "{} `{}` of `{table}`", self.kind, self.name),
            None => write!(f, "{} `{}`", self.kind, self.name),
        }?;
        match &self.schema {
            Some(schema) => write!(f, " in schema `{schema}`"),
            None => Ok(()),
        }
    }
}

/// An object that no operation creates: a function, a domain, a policy, a virtual table.
#[derive(Debug, Clone)]
pub struct NativeObject {
    /// The identity.
    pub object: Object,
    /// Everything that the database knows of it, as one string. Objects with the same meaning have the same string. It
    /// is compared, never run.
    pub definition: String,
    /// The statements that create it, in order.
    pub create: Vec<String>,
    /// The statements that drop it, in order.
    pub drop: Vec<String>,
    /// The statements that turn an existing object of this name into this one; empty if it must be dropped instead.
    pub replace: Vec<String>,
    /// The part of `definition` that `replace` can't change, such as the return type of a function. If it differs, the
    /// object is dropped and recreated.
    pub fixed: String,
    /// The time of its creation, if [`Schema::needs`](super::Schema::needs) does not determine it.
    pub stage: Stage,
}

/// The time at which an object is created, relative to the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stage {
    /// Before the tables: extensions, domains, sequences, functions.
    BeforeTables,
    /// After the tables and their indexes, before the views: virtual tables, partitions.
    #[default]
    AfterTables,
    /// After views and triggers: policies, rules, events.
    Last,
}

impl NativeObject {
    /// Returns the object that `create` creates and `drop` drops.
    pub fn new(
        object: Object,
        definition: impl Into<String>,
        create: impl Into<String>,
        drop: impl Into<String>,
    ) -> NativeObject {
        NativeObject {
            object,
            definition: definition.into(),
            create: vec![create.into()],
            drop: vec![drop.into()],
            replace: Vec::new(),
            fixed: String::new(),
            stage: Stage::default(),
        }
    }

    /// Sets the time of its creation.
    #[must_use]
    pub fn stage(mut self, stage: Stage) -> NativeObject {
        self.stage = stage;
        self
    }

    /// Sets the statement that turns an existing object of this name into this one.
    #[must_use]
    pub fn replaced_by(mut self, statement: impl Into<String>) -> NativeObject {
        self.replace = vec![statement.into()];
        self
    }
}

impl NativeObject {
    /// Returns whether statements can turn it into `to` and back without dropping it.
    pub(crate) fn can_become(&self, to: &NativeObject) -> bool {
        !self.replace.is_empty() && !to.replace.is_empty() && self.fixed == to.fixed
    }
}

/// Two objects are equal if the database's definitions are equal. The original text is ignored.
impl PartialEq for NativeObject {
    fn eq(&self, other: &NativeObject) -> bool {
        self.object == other.object && self.definition == other.definition
    }
}

/// A property of an object that no operation sets: row security of a table, storage of a column, `ON UPDATE
/// CURRENT_TIMESTAMP`. A default value is not stored as a property.
#[derive(Debug, Clone)]
pub struct Property {
    /// The object.
    pub object: Object,
    /// Its name for messages: `row security`, `storage`.
    pub name: String,
    /// Its value. Values with the same meaning are equal strings.
    pub value: String,
    /// The statements that set it on the object after an operation created the object. Empty if only the table's own
    /// statement, one of [`Schema::definitions`](super::Schema::definitions), sets it.
    pub set: Vec<String>,
    /// The statements that reset it; empty if no statement does.
    pub reset: Vec<String>,
}

impl Property {
    /// Returns a property that no statement sets later.
    pub fn new(object: Object, name: impl Into<String>, value: impl Into<String>) -> Property {
        Property {
            object,
            name: name.into(),
            value: value.into(),
            set: Vec::new(),
            reset: Vec::new(),
        }
    }

    /// Sets the statements that set and reset it.
    #[must_use]
    pub fn set_by(mut self, set: impl Into<String>, reset: impl Into<String>) -> Property {
        self.set = vec![set.into()];
        self.reset = vec![reset.into()];
        self
    }
}

/// The prefix of a property's name for the parent table of an inherited table. The value of the property is the
/// parent's name.
pub const INHERITS: &str = "inherits ";

impl Property {
    /// Returns the parent table, if the property names one.
    pub fn parent(&self) -> Option<&str> {
        self.name.starts_with(INHERITS).then_some(&self.value)
    }
}

/// Two properties are equal if object, name and value are.
impl PartialEq for Property {
    fn eq(&self, other: &Property) -> bool {
        (&self.object, &self.name, &self.value) == (&other.object, &other.name, &other.value)
    }
}

/// The database's own statements for a table with properties that can't be set later. Never compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The table.
    pub table: String,
    /// The statements, in order.
    pub create: Vec<String>,
    /// The place of its foreign keys.
    pub keys: ForeignKeys,
    /// The name prefixes of properties that these statements set, although later statements could also set them.
    pub gives: Vec<String>,
    /// The columns and constraints that are only inherited: no statement names them.
    pub inherited: Vec<Object>,
}

/// The place of a table's foreign keys, if the database's own statements create the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForeignKeys {
    /// The statements contain them.
    #[default]
    Inside,
    /// They are added later, because the referenced tables may not exist yet.
    Added,
}

impl Definition {
    /// Returns the statement that creates `table` with its foreign keys.
    pub fn new(table: impl Into<String>, create: impl Into<String>) -> Definition {
        Definition {
            table: table.into(),
            create: vec![create.into()],
            keys: ForeignKeys::Inside,
            gives: Vec::new(),
            inherited: Vec::new(),
        }
    }

    /// Marks the statement as one without the foreign keys.
    #[must_use]
    pub fn without_keys(mut self) -> Definition {
        self.keys = ForeignKeys::Added;
        self
    }

    /// Marks the properties with this name prefix as set by the statement.
    #[must_use]
    pub fn giving(mut self, property: impl Into<String>) -> Definition {
        self.gives.push(property.into());
        self
    }

    fn gives(&self, property: &Property) -> bool {
        let mut names = self.gives.iter();
        names.any(|name| property.name.starts_with(name.as_str()))
    }

    /// Returns whether this statement sets a property, so that no later statement does.
    pub(crate) fn makes(&self, property: &Property) -> bool {
        property.set.is_empty() || self.gives(property)
    }
}

/// A dependency: one object must exist before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The dependent object.
    pub object: Object,
    /// The object that it needs.
    pub needs: Object,
}

impl Need {
    /// Returns the dependency of `object` on `needs`.
    #[must_use]
    pub fn new(object: Object, needs: Object) -> Need {
        Need { object, needs }
    }
}
