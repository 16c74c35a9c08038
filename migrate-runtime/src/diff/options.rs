//! The options of a comparison, and the rules of the database.

use crate::backend::Backend;
use crate::op::{Cast, Casts};
use crate::schema::{Column, Type};

/// The options of a comparison. By default everything is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether the types of columns are compared.
    pub types: Compare,
    /// Whether the defaults of columns are compared.
    pub defaults: Compare,
    /// Whether comments are compared.
    pub comments: Compare,
    /// Whether a constraint with the same definition and another name is a different one. Indexes are always matched by
    /// name.
    pub constraint_names: Compare,
    /// The ignored tables: names, in which `*` matches any characters and `?` matches one.
    pub ignore: Vec<String>,
    /// Whether objects that no operation creates, and properties that no operation sets, are compared. Models never
    /// describe them.
    pub natives: Compare,
    /// The rules of the database for the order of operations.
    pub rules: Rules,
}

impl Options {
    /// Returns the options for a database of this kind.
    #[must_use]
    pub fn of<B: Backend>() -> Options {
        Options {
            constraint_names: Compare::No,
            rules: B::RULES,
            ..Options::default()
        }
    }

    /// Returns the options for two whole schemas inspected on this database: everything is compared, including the
    /// types of literals and the names of constraints.
    #[must_use]
    pub(crate) fn of_whole<B: Backend>() -> Options {
        let rules = B::RULES;
        let form = match rules.texts {
            texts @ Form::Made(_) => texts,
            Form::AsTold => rules.form,
        };
        Options {
            constraint_names: rules.constraint_names,
            rules: Rules { form, ..rules },
            ..Options::default()
        }
    }

    /// Ignores what models can't describe: objects that no operation creates, and properties that no operation sets.
    #[must_use]
    pub(crate) fn without_natives(mut self) -> Options {
        self.natives = Compare::No;
        self
    }
}

/// Whether a difference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// It counts.
    #[default]
    Yes,
    /// It is ignored.
    No,
}

/// The rules of a database for the order of operations, with a reason for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Rules {
    /// Whether tables that reference each other can be created with their keys.
    pub cycles: Cycles,
    /// The grouping of operations.
    pub grouping: Grouping,
    /// Whether a key on a column must be dropped while the column's type changes.
    pub keys: Keys,
    /// Whether a view must be dropped while an object that it reads changes.
    pub views: Views,
    /// Whether an index can be renamed.
    pub indexes: Indexes,
    /// The quotes around a name in an expression, if it needs quotes.
    pub quotes: Quotes,
    /// Whether a table can have two unique constraints with the same definition.
    pub twins: Twins,
    /// The scope in which names of unique constraints and checks are unique.
    pub names: Names,
    /// The form in which expressions are compared with those of models.
    pub form: Form,
    /// The form in which trigger statements are compared.
    pub triggers: Form,
    /// The form in which view queries and definitions of natives are compared, and expressions of whole schemas.
    pub texts: Form,
    /// The default of a column with its own sequence.
    pub numbers: Numbers,
    /// The statements that make a sequence the own one of a column.
    pub ownership: Ownership,
    /// The name of a foreign key after its table is renamed.
    pub key_names: KeyNames,
    /// The type changes that need an expression.
    pub casts: CastRule,
    /// Whether names are case-sensitive.
    pub letters: Letters,
    /// Where a dropped column is added again.
    pub places: Places,
    /// Whether two schemas of one database differ if a constraint has another name.
    pub constraint_names: Compare,
    /// The schema that every new database has, and that is therefore never created.
    pub given_schema: Option<&'static str>,
}

impl Rules {
    /// Returns the rules of a database that checks every statement immediately.
    #[must_use]
    pub const fn new() -> Rules {
        Rules {
            cycles: Cycles::KeyAfterwards,
            grouping: Grouping::ByKind,
            keys: Keys::MadeAgain,
            views: Views::Stay,
            indexes: Indexes::MadeAgain,
            quotes: Quotes::Double,
            twins: Twins::OneStays,
            names: Names::OnceInASchema,
            form: Form::AsTold,
            triggers: Form::AsTold,
            texts: Form::AsTold,
            numbers: Numbers::AsTold,
            ownership: Ownership::None,
            key_names: KeyNames::Stay,
            casts: CastRule::Assignment,
            letters: Letters::Count,
            places: Places::Last,
            constraint_names: Compare::No,
            given_schema: None,
        }
    }

    /// Sets the schema that every new database has.
    #[must_use]
    pub const fn with_given_schema(mut self, name: &'static str) -> Rules {
        self.given_schema = Some(name);
        self
    }

    /// Compares the names of constraints, if whole schemas are compared.
    #[must_use]
    pub const fn with_names_of_constraints(mut self) -> Rules {
        self.constraint_names = Compare::Yes;
        self
    }

    /// Adds a dropped column again at its old position, because the database can do so without rewriting the table.
    #[must_use]
    pub const fn with_places_of_columns(mut self) -> Rules {
        self.places = Places::Kept;
        self
    }

    /// Treats names that differ only in case as the same name.
    #[must_use]
    pub const fn with_names_in_any_case(mut self) -> Rules {
        self.letters = Letters::DoNotCount;
        self
    }

    /// Allows a table to reference one that does not exist yet.
    #[must_use]
    pub const fn with_cycles_in_tables(mut self) -> Rules {
        self.cycles = Cycles::InTables;
        self
    }

    /// Groups the operations on one table, because they run together.
    #[must_use]
    pub const fn with_tables_at_once(mut self) -> Rules {
        self.grouping = Grouping::ByTable;
        self
    }

    /// Keeps foreign keys while a column's type changes.
    #[must_use]
    pub const fn with_keys_that_stay(mut self) -> Rules {
        self.keys = Keys::Stay;
        self
    }

    /// Recreates a view while a column that it reads changes.
    #[must_use]
    pub const fn with_views_made_again(mut self) -> Rules {
        self.views = Views::MadeAgain;
        self
    }

    /// Quotes names with backticks.
    #[must_use]
    pub const fn with_backticks(mut self) -> Rules {
        self.quotes = Quotes::Backticks;
        self
    }

    /// Renames indexes instead of recreating them.
    #[must_use]
    pub const fn with_renamed_indexes(mut self) -> Rules {
        self.indexes = Indexes::Renamed;
        self
    }

    /// Keeps both of two unique constraints with the same definition.
    #[must_use]
    pub const fn with_twins_kept(mut self) -> Rules {
        self.twins = Twins::BothStay;
        self
    }

    /// Makes names of unique constraints and checks unique only within their table.
    #[must_use]
    pub const fn with_names_of_tables(mut self) -> Rules {
        self.names = Names::OnceInATable;
        self
    }

    /// Treats two expressions as equal if this function returns the same string for both.
    #[must_use]
    pub const fn with_form(mut self, form: fn(&str) -> String) -> Rules {
        self.form = Form::Made(form);
        self
    }

    /// Sets the function that returns how the values of a column are converted to another type.
    #[must_use]
    pub const fn with_casts(mut self, cast: fn(&str, &Type, &Type) -> Cast) -> Rules {
        self.casts = CastRule::Asked(cast);
        self
    }

    /// Treats two triggers as equal if this function returns the same string for their statements.
    #[must_use]
    pub const fn with_triggers(mut self, form: fn(&str) -> String) -> Rules {
        self.triggers = Form::Made(form);
        self
    }

    /// Treats the queries of two views as equal if this function returns the same string for both.
    #[must_use]
    pub const fn with_texts(mut self, form: fn(&str) -> String) -> Rules {
        self.texts = Form::Made(form);
        self
    }

    /// Sets the function that returns the default of a column with its own sequence, from the names of table and
    /// column.
    #[must_use]
    pub const fn with_numbers_after_columns(mut self, default: fn(&str, &str) -> String) -> Rules {
        self.numbers = Numbers::NamedAfter(default);
        self
    }

    /// Sets the function that returns, for a table and a column with its own sequence, the statement that turns a
    /// sequence of that name into the own one of the column, and the statement that frees it.
    #[must_use]
    pub const fn with_ownership(mut self, statements: fn(&str, &Column) -> [String; 2]) -> Rules {
        self.ownership = Ownership::By(statements);
        self
    }

    /// Renames a foreign key with its table if its name begins with the table name and `label`. A name has at most
    /// `longest` characters.
    #[must_use]
    pub const fn with_keys_named_after_tables(
        mut self,
        label: &'static str,
        longest: usize,
    ) -> Rules {
        self.key_names = KeyNames::FollowTheTable { label, longest };
        self
    }
}

/// The default of a column with its own sequence.
#[derive(Debug, Clone, Copy, Default)]
pub enum Numbers {
    /// The default in the schema.
    #[default]
    AsTold,
    /// A default made of the names of table and column, whatever the name of the sequence is.
    NamedAfter(fn(&str, &str) -> String),
}

impl Numbers {
    /// Returns the default of a column with its own sequence, if there is one.
    pub(crate) fn default_of(self, table: &str, column: &str) -> Option<String> {
        match self {
            Numbers::AsTold => None,
            Numbers::NamedAfter(default) => Some(default(table, column)),
        }
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Numbers) -> bool {
        match (self, other) {
            (Numbers::AsTold, Numbers::AsTold) => true,
            (Numbers::NamedAfter(one), Numbers::NamedAfter(other)) => {
                std::ptr::fn_addr_eq(*one, *other)
            }
            _ => false,
        }
    }
}

impl Eq for Numbers {}

/// The statements that make a sequence the own one of a column.
#[derive(Debug, Clone, Copy, Default)]
pub enum Ownership {
    /// The database has no such statements.
    #[default]
    None,
    /// This function returns them, from a table and a column.
    By(fn(&str, &Column) -> [String; 2]),
}

impl PartialEq for Ownership {
    fn eq(&self, other: &Ownership) -> bool {
        match (self, other) {
            (Ownership::None, Ownership::None) => true,
            (Ownership::By(one), Ownership::By(other)) => std::ptr::fn_addr_eq(*one, *other),
            _ => false,
        }
    }
}

impl Eq for Ownership {}

/// The form in which expressions are compared.
#[derive(Debug, Clone, Copy, Default)]
pub enum Form {
    /// The form in the schema.
    #[default]
    AsTold,
    /// The form that this function returns, which hides differences of spelling.
    Made(fn(&str) -> String),
}

impl Form {
    /// Returns an expression in this form.
    pub(crate) fn of(self, sql: &str) -> String {
        match self {
            Form::AsTold => sql.to_owned(),
            Form::Made(form) => form(sql),
        }
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        match (self, other) {
            (Form::AsTold, Form::AsTold) => true,
            (Form::Made(one), Form::Made(other)) => std::ptr::fn_addr_eq(*one, *other),
            _ => false,
        }
    }
}

impl Eq for Form {}

/// The type changes that need an expression.
#[derive(Debug, Clone, Copy, Default)]
pub enum CastRule {
    /// The database converts every type to every other type.
    #[default]
    Assignment,
    /// This function decides, from the name of a column, its type and the desired one.
    Asked(fn(&str, &Type, &Type) -> Cast),
}

impl CastRule {
    /// Returns the conversions in both directions between two types of a column.
    pub(super) fn of(self, column: &str, from: &Type, to: &Type) -> Casts {
        match self {
            CastRule::Assignment => Casts::default(),
            CastRule::Asked(cast) => Casts::new(cast(column, from, to), cast(column, to, from)),
        }
    }
}

impl PartialEq for CastRule {
    fn eq(&self, other: &CastRule) -> bool {
        match (self, other) {
            (CastRule::Assignment, CastRule::Assignment) => true,
            (CastRule::Asked(one), CastRule::Asked(other)) => std::ptr::fn_addr_eq(*one, *other),
            _ => false,
        }
    }
}

impl Eq for CastRule {}

/// Whether tables that reference each other can be created with their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cycles {
    /// A key that references a missing table is added later.
    #[default]
    KeyAfterwards,
    /// A key can reference a missing table.
    InTables,
}

/// The grouping of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// By kind, over all tables.
    #[default]
    ByKind,
    /// By table, over all kinds.
    ByTable,
}

/// Whether a key on a column must be dropped while the column's type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keys {
    /// It is dropped and recreated.
    #[default]
    MadeAgain,
    /// It is kept.
    Stay,
}

/// Whether a view must be dropped while an object that it reads changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Views {
    /// It is kept.
    #[default]
    Stay,
    /// It is dropped and recreated.
    MadeAgain,
}

/// Whether an index can be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indexes {
    /// It is dropped and recreated.
    #[default]
    MadeAgain,
    /// It is renamed.
    Renamed,
}

/// The quotes around a name in an expression, if it needs quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quotes {
    /// `"group"`, as in the SQL standard.
    #[default]
    Double,
    /// `` `group` ``, because `"group"` is a string there.
    Backticks,
    /// None: the name is already in the expression, in another case.
    Nothing,
}

impl Quotes {
    /// Returns `name` in these quotes.
    pub(super) fn around(self, name: &str) -> String {
        let sign = match self {
            Quotes::Double => '"',
            Quotes::Backticks => '`',
            Quotes::Nothing => return name.to_owned(),
        };
        format!(
            "{sign}{}{sign}",
            name.replace(sign, &format!("{sign}{sign}"))
        )
    }
}

/// Whether a table can have two unique constraints with the same definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Twins {
    /// Only one is created.
    #[default]
    OneStays,
    /// Both are created, each with its name.
    BothStay,
}

/// The scope in which names of unique constraints and checks are unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// The whole schema.
    #[default]
    OnceInASchema,
    /// The table.
    OnceInATable,
}

/// Where a dropped or recreated column is added again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Places {
    /// After all other columns.
    #[default]
    Last,
    /// At its old position.
    Kept,
}

/// Whether names are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Letters {
    /// `Mail` and `mail` are different names.
    #[default]
    Count,
    /// `Mail` and `mail` are the same name.
    DoNotCount,
}

/// The name of a foreign key after its table is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyNames {
    /// It is kept.
    #[default]
    Stay,
    /// A name that begins with the table name and `label` gets the new table name.
    FollowTheTable {
        /// The text after the table name.
        label: &'static str,
        /// The longest name in characters. The server creates a longer one, but can't find the key by it.
        longest: usize,
    },
}

impl KeyNames {
    /// Returns the name of a key after its table is renamed, or `None` if there is no valid name.
    pub(crate) fn after_rename(self, key: &str, (old, new): (&str, &str)) -> Option<String> {
        let KeyNames::FollowTheTable { label, longest } = self else {
            return Some(key.to_owned());
        };
        let end = key.strip_prefix(old).filter(|end| end.starts_with(label));
        let name = end.map_or_else(|| key.to_owned(), |end| format!("{new}{end}"));
        (name.chars().count() <= longest).then_some(name)
    }
}
