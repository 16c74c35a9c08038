//! What is compared, and what the database at hand needs.

use crate::backend::Backend;
use crate::op::{Cast, Casts};
use crate::schema::Type;

/// What the comparison looks at. Everything, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether the types of columns are compared.
    pub types: Compare,
    /// Whether the defaults of columns are compared.
    pub defaults: Compare,
    /// Whether comments are compared.
    pub comments: Compare,
    /// Whether a constraint that means the same under another name is another one. Indexes are always known by name.
    pub constraint_names: Compare,
    /// Tables that are somebody else's: names, where `*` stands for any letters and `?` for one.
    pub ignore: Vec<String>,
    /// Whether objects that no operation makes, and properties that none sets, are compared. Models know nothing of them.
    pub natives: Compare,
    /// What the database needs of the order.
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

    /// Returns the options for two whole schemas that this database told itself: everything counts, also the types of
    /// literals and the names of constraints.
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

    /// Leaves out what models know nothing of: objects that no operation makes, and properties that none sets.
    #[must_use]
    pub(crate) fn without_natives(mut self) -> Options {
        self.natives = Compare::No;
        self
    }
}

/// Whether something is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// It is.
    #[default]
    Yes,
    /// A difference there is none.
    No,
}

/// What a database needs of the order of operations, with a reason each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Rules {
    /// Whether tables that lead to each other can be created with their keys.
    pub cycles: Cycles,
    /// What stands together.
    pub grouping: Grouping,
    /// Whether a key on a column has to go while the column's type changes.
    pub keys: Keys,
    /// Whether a view has to go while what it reads changes.
    pub views: Views,
    /// Whether an index can get another name.
    pub indexes: Indexes,
    /// What stands around a name in an expression that would not be one without.
    pub quotes: Quotes,
    /// Whether two unique constraints of a table may say the same.
    pub twins: Twins,
    /// Where a unique constraint or a check is the only one of its name.
    pub names: Names,
    /// In which form expressions are compared with those of models.
    pub form: Form,
    /// In which form the statements of triggers are compared.
    pub triggers: Form,
    /// In which form queries of views and definitions of natives are compared, and expressions where whole schemas are.
    pub texts: Form,
    /// How a column is numbered that takes its numbers from a sequence of its own.
    pub numbers: Numbers,
    /// What becomes of the name of a foreign key whose table gets another one.
    pub key_names: KeyNames,
    /// Which types need an expression to become others.
    pub casts: CastRule,
    /// Whether the case of a name counts.
    pub letters: Letters,
    /// Where a column comes back that was dropped.
    pub places: Places,
    /// Whether two schemas of one database differ where a constraint has another name.
    pub constraint_names: Compare,
    /// The schema that every new database has, and that so is never made.
    pub given_schema: Option<&'static str>,
}

impl Rules {
    /// Returns the rules of a database that checks everything at once.
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
            key_names: KeyNames::Stay,
            casts: CastRule::Assignment,
            letters: Letters::Count,
            places: Places::Last,
            constraint_names: Compare::No,
            given_schema: None,
        }
    }

    /// Names the schema that every new database has.
    #[must_use]
    pub const fn with_given_schema(mut self, name: &'static str) -> Rules {
        self.given_schema = Some(name);
        self
    }

    /// Says that the name of a constraint counts, where whole schemas are compared.
    #[must_use]
    pub const fn with_names_of_constraints(mut self) -> Rules {
        self.constraint_names = Compare::Yes;
        self
    }

    /// Says that a column can be added where one stood, at no price.
    #[must_use]
    pub const fn with_places_of_columns(mut self) -> Rules {
        self.places = Places::Kept;
        self
    }

    /// Says that names which differ in case only are one name.
    #[must_use]
    pub const fn with_names_in_any_case(mut self) -> Rules {
        self.letters = Letters::DoNotCount;
        self
    }

    /// Says that a table may lead to one that is not there yet.
    #[must_use]
    pub const fn with_cycles_in_tables(mut self) -> Rules {
        self.cycles = Cycles::InTables;
        self
    }

    /// Says that what happens to one table stands together, because it is done at once.
    #[must_use]
    pub const fn with_tables_at_once(mut self) -> Rules {
        self.grouping = Grouping::ByTable;
        self
    }

    /// Says that a column's type changes under its foreign keys.
    #[must_use]
    pub const fn with_keys_that_stay(mut self) -> Rules {
        self.keys = Keys::Stay;
        self
    }

    /// Says that no column changes under a view.
    #[must_use]
    pub const fn with_views_made_again(mut self) -> Rules {
        self.views = Views::MadeAgain;
        self
    }

    /// Says that names stand between backticks.
    #[must_use]
    pub const fn with_backticks(mut self) -> Rules {
        self.quotes = Quotes::Backticks;
        self
    }

    /// Says that an index can get another name.
    #[must_use]
    pub const fn with_renamed_indexes(mut self) -> Rules {
        self.indexes = Indexes::Renamed;
        self
    }

    /// Says that of two unique constraints that say the same both are kept.
    #[must_use]
    pub const fn with_twins_kept(mut self) -> Rules {
        self.twins = Twins::BothStay;
        self
    }

    /// Says that unique constraints and checks of two tables may have one name.
    #[must_use]
    pub const fn with_names_of_tables(mut self) -> Rules {
        self.names = Names::OnceInATable;
        self
    }

    /// Says that two expressions mean the same where this makes one text of both.
    #[must_use]
    pub const fn with_form(mut self, form: fn(&str) -> String) -> Rules {
        self.form = Form::Made(form);
        self
    }

    /// Says how the values of a column of this name become those of another type.
    #[must_use]
    pub const fn with_casts(mut self, cast: fn(&str, &Type, &Type) -> Cast) -> Rules {
        self.casts = CastRule::Asked(cast);
        self
    }

    /// Says that two triggers are the same where this makes one text of their statements.
    #[must_use]
    pub const fn with_triggers(mut self, form: fn(&str) -> String) -> Rules {
        self.triggers = Form::Made(form);
        self
    }

    /// Says that the queries of two views mean the same where this makes one text of both.
    #[must_use]
    pub const fn with_texts(mut self, form: fn(&str) -> String) -> Rules {
        self.texts = Form::Made(form);
        self
    }

    /// Says that a column which numbers itself has a default that names it and its table.
    #[must_use]
    pub const fn with_numbers_after_columns(mut self, default: fn(&str, &str) -> String) -> Rules {
        self.numbers = Numbers::NamedAfter(default);
        self
    }

    /// Says that the name of a foreign key follows that of its table where it begins with it and `label`; no name has more
    /// than `longest` characters.
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

/// How a column is numbered that takes its numbers from a sequence of its own.
#[derive(Debug, Clone, Copy, Default)]
pub enum Numbers {
    /// As the schemas tell it.
    #[default]
    AsTold,
    /// By a default that is made of the names of table and column, whatever the sequence is called.
    NamedAfter(fn(&str, &str) -> String),
}

impl Numbers {
    /// Returns the default of a column that numbers itself, where there is one.
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

/// In which form expressions are compared.
#[derive(Debug, Clone, Copy, Default)]
pub enum Form {
    /// As the schemas tell them.
    #[default]
    AsTold,
    /// Without what one spelling has and another has not.
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

/// Which types need an expression to become others.
#[derive(Debug, Clone, Copy, Default)]
pub enum CastRule {
    /// The database turns every type into every other.
    #[default]
    Assignment,
    /// This says how, for the name of a column, its type and the wanted one.
    Asked(fn(&str, &Type, &Type) -> Cast),
}

impl CastRule {
    /// Returns both ways between two types of a column.
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

/// Whether tables that lead to each other can be created with their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cycles {
    /// A key that leads to a table which is not there yet is added afterwards.
    #[default]
    KeyAfterwards,
    /// A key may lead to a table that is not there yet.
    InTables,
}

/// What stands together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// Operations of one kind, over all tables.
    #[default]
    ByKind,
    /// Operations on one table, of all kinds.
    ByTable,
}

/// Whether a key on a column has to go while the column's type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keys {
    /// It goes, and is made again.
    #[default]
    MadeAgain,
    /// It stays.
    Stay,
}

/// Whether a view has to go while what it reads changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Views {
    /// It stays.
    #[default]
    Stay,
    /// It goes, and is made again.
    MadeAgain,
}

/// Whether an index can get another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indexes {
    /// It is dropped and created.
    #[default]
    MadeAgain,
    /// It can.
    Renamed,
}

/// What stands around a name in an expression that would not be one without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quotes {
    /// `"group"`, as the standard has it.
    #[default]
    Double,
    /// `` `group` ``, because `"group"` is a text there.
    Backticks,
    /// Nothing: the name stands there without already, in another case.
    Nothing,
}

impl Quotes {
    /// Returns `name` between them.
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

/// Whether two unique constraints of a table may say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Twins {
    /// A table created with both has one.
    #[default]
    OneStays,
    /// There are two, each with its name.
    BothStay,
}

/// Where a unique constraint or a check is the only one of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// In the whole schema.
    #[default]
    OnceInASchema,
    /// In its table.
    OnceInATable,
}

/// Where a column comes back that was dropped, and one stands that is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Places {
    /// Behind all others.
    #[default]
    Last,
    /// Where it stood.
    Kept,
}

/// Whether the case of a name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Letters {
    /// `Mail` and `mail` are two names.
    #[default]
    Count,
    /// `Mail` and `mail` are one name.
    DoNotCount,
}

/// What becomes of the name of a foreign key whose table gets another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyNames {
    /// It stays.
    #[default]
    Stay,
    /// One that begins with the name of the table and `label` begins with the new name then.
    FollowTheTable {
        /// What stands behind the name of the table.
        label: &'static str,
        /// How many characters a name may have. The server makes a longer one, and can't find the key by it.
        longest: usize,
    },
}

impl KeyNames {
    /// Returns the name of a key once its table is called otherwise: `None` if there is no such name.
    pub(crate) fn after_rename(self, key: &str, (old, new): (&str, &str)) -> Option<String> {
        let KeyNames::FollowTheTable { label, longest } = self else {
            return Some(key.to_owned());
        };
        let end = key.strip_prefix(old).filter(|end| end.starts_with(label));
        let name = end.map_or_else(|| key.to_owned(), |end| format!("{new}{end}"));
        (name.chars().count() <= longest).then_some(name)
    }
}
