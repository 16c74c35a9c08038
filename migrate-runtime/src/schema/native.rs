//! What a database knows beyond tables, columns, constraints, indexes, views, triggers and enum types: objects that no
//! operation makes, and properties that no operation sets. They are compared like everything else, and written as the
//! database's own statements.

use std::fmt;

/// What names one object of a database: its kind, the table that it belongs to, its name.
///
/// ```
/// use migrate_runtime::schema::Object;
///
/// assert_eq!(Object::new("function", "area(integer)").to_string(), "function `area(integer)`");
/// assert_eq!(Object::of_table("policy", "note", "own").to_string(), "policy `own` of `note`");
/// assert_eq!(Object::of_table("column", "note", "body").to_string(), "column `note.body`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Object {
    /// The kind, in the words of SQL: `table`, `view`, `column`, `constraint`, `function`.
    pub kind: String,
    /// The table or view that it belongs to, where its name is unique only there.
    pub table: Option<String>,
    /// The name; of a function with the types of its arguments.
    pub name: String,
    /// The schema that it is in, where that is a further one and does not go without saying.
    pub schema: Option<String>,
}

impl Object {
    /// Returns the name of an object that belongs to no table.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Object {
        Object {
            kind: kind.into(),
            table: None,
            name: name.into(),
            schema: None,
        }
    }

    /// Returns the name of an object that belongs to a table or view.
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

    /// Returns the object as one of a further schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Object {
        self.schema = Some(schema.into());
        self
    }

    /// Returns the object as one of a schema; `None` is the connection's own.
    pub(crate) fn placed(self, schema: Option<&str>) -> Object {
        match schema {
            Some(schema) => self.in_schema(schema),
            None => self,
        }
    }

    /// Returns the table or view that it is or belongs to.
    #[must_use]
    pub fn relation(&self) -> Option<&str> {
        let own = matches!(self.kind.as_str(), "table" | "view").then_some(&self.name);
        self.table.as_ref().or(own).map(String::as_str)
    }

    /// Returns the name, of a function without the types of its arguments.
    pub(crate) fn bare_name(&self) -> &str {
        let name = self.name.split_once('(').map(|(name, _)| name);
        name.unwrap_or(&self.name)
    }

    /// Gives it the name that it has once a table is renamed.
    pub(crate) fn rename_table(&mut self, from: &str, to: &str) {
        let own = (self.table.is_none() && self.kind == "table").then_some(&mut self.name);
        if let Some(name) = self.table.as_mut().or(own)
            && name == from
        {
            to.clone_into(name);
        }
    }

    /// Gives it the name that it has once a column of a table is renamed.
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

/// An object that no operation makes: a function, a domain, a policy, a virtual table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NativeObject {
    /// What names it.
    pub object: Object,
    /// Everything that the database knows of it, as one text in a form that is the same wherever the object means the
    /// same. Compared, never run.
    pub definition: String,
    /// The statements that make it, in order.
    pub create: Vec<String>,
    /// The statements that drop it, in order.
    pub drop: Vec<String>,
    /// The statements that turn an object of this name into this one without dropping it; none where it has to be dropped.
    pub replace: Vec<String>,
    /// What `replace` leaves as it is, such as the type that a function returns: where that differs, the object is dropped and
    /// made anew. Part of `definition`.
    pub fixed: String,
    /// When it is made where [`Schema::needs`](super::Schema::needs) says nothing else.
    pub stage: Stage,
}

/// When an object is made, beside the tables.
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
    /// Returns the object that `create` makes and `drop` drops.
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

    /// Sets when it is made.
    #[must_use]
    pub fn stage(mut self, stage: Stage) -> NativeObject {
        self.stage = stage;
        self
    }

    /// Sets the statement that turns an object of its name into this one.
    #[must_use]
    pub fn replaced_by(mut self, statement: impl Into<String>) -> NativeObject {
        self.replace = vec![statement.into()];
        self
    }
}

impl NativeObject {
    /// Returns whether a statement turns it into `to` without dropping it, and back.
    pub(crate) fn can_become(&self, to: &NativeObject) -> bool {
        !self.replace.is_empty() && !to.replace.is_empty() && self.fixed == to.fixed
    }
}

/// Two objects are the same where the database says the same of them, however they are written.
impl PartialEq for NativeObject {
    fn eq(&self, other: &NativeObject) -> bool {
        self.object == other.object && self.definition == other.definition
    }
}

/// A fact about an object that no operation sets: the row security of a table, the storage of a column, `ON UPDATE
/// CURRENT_TIMESTAMP`. What is at its default has no property.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Property {
    /// What has it.
    pub object: Object,
    /// What it is called, in a person's words: `row security`, `storage`.
    pub name: String,
    /// Its value, in a form that is the same wherever it means the same.
    pub value: String,
    /// The statements that give it to the object as operations make that; none where only the table's own statement, one
    /// of [`Schema::definitions`](super::Schema::definitions), makes a table that has it.
    pub set: Vec<String>,
    /// The statements that take it away again; none where nothing does.
    pub reset: Vec<String>,
}

impl Property {
    /// Returns a property that nothing sets afterwards.
    pub fn new(object: Object, name: impl Into<String>, value: impl Into<String>) -> Property {
        Property {
            object,
            name: name.into(),
            value: value.into(),
            set: Vec::new(),
            reset: Vec::new(),
        }
    }

    /// Sets the statements that give it and take it away.
    #[must_use]
    pub fn set_by(mut self, set: impl Into<String>, reset: impl Into<String>) -> Property {
        self.set = vec![set.into()];
        self.reset = vec![reset.into()];
        self
    }
}

/// What the name of a property begins with that says from which table its table inherits. Its value is that table's name.
pub(crate) const INHERITS: &str = "inherits ";

impl Property {
    /// Returns the table that its table takes columns and checks from, where it says so.
    pub(crate) fn parent(&self) -> Option<&str> {
        self.name.starts_with(INHERITS).then_some(&self.value)
    }
}

/// Two properties are the same where object, name and value are.
impl PartialEq for Property {
    fn eq(&self, other: &Property) -> bool {
        (&self.object, &self.name, &self.value) == (&other.object, &other.name, &other.value)
    }
}

/// The database's own statements for a table that has properties which nothing sets afterwards. Never compared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Definition {
    /// The table.
    pub table: String,
    /// The statements, in order.
    pub create: Vec<String>,
    /// Where its foreign keys are.
    pub keys: ForeignKeys,
    /// What the names of the properties begin with that the statements give the table, although others could afterwards.
    pub gives: Vec<String>,
    /// The columns and constraints that the table has by others alone: no statement names them.
    pub inherited: Vec<Object>,
}

/// Where the foreign keys of a table are that its database's own statements make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForeignKeys {
    /// The statements make them.
    #[default]
    Inside,
    /// They are added afterwards, because the tables they lead to may not be there yet.
    Added,
}

impl Definition {
    /// Returns the statement that makes `table` with its foreign keys.
    pub fn new(table: impl Into<String>, create: impl Into<String>) -> Definition {
        Definition {
            table: table.into(),
            create: vec![create.into()],
            keys: ForeignKeys::Inside,
            gives: Vec::new(),
            inherited: Vec::new(),
        }
    }

    /// Says that the statement makes the table without its foreign keys.
    #[must_use]
    pub fn without_keys(mut self) -> Definition {
        self.keys = ForeignKeys::Added;
        self
    }

    /// Says that the statement gives the table the properties whose names begin so.
    #[must_use]
    pub fn giving(mut self, property: impl Into<String>) -> Definition {
        self.gives.push(property.into());
        self
    }

    fn gives(&self, property: &Property) -> bool {
        let mut names = self.gives.iter();
        names.any(|name| property.name.starts_with(name.as_str()))
    }

    /// Returns whether this makes a property with its table, so that nothing sets it afterwards.
    pub(crate) fn makes(&self, property: &Property) -> bool {
        property.set.is_empty() || self.gives(property)
    }
}

/// That one object has to be there before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Need {
    /// What needs something.
    pub object: Object,
    /// What it needs.
    pub needs: Object,
}

impl Need {
    /// Returns that `object` needs `needs`.
    #[must_use]
    pub fn new(object: Object, needs: Object) -> Need {
        Need { object, needs }
    }
}
