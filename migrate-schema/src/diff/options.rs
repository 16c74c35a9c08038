//! The options of a comparison, and the rules of the database.

use crate::operation::{Cast, Casts};
use crate::schema::{Column, Type};

/// The options of a comparison. By default everything is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether the types of columns are compared.
    pub types: bool,
    /// Whether the defaults of columns are compared.
    pub defaults: bool,
    /// Whether comments are compared.
    pub comments: bool,
    /// Whether a constraint with the same definition and another name is a different one. Indexes are always matched by
    /// name.
    pub constraint_names: bool,
    /// The ignored tables: names, in which `*` matches any characters and `?` matches one.
    pub ignore: Vec<String>,
    /// Whether objects that no operation creates, and properties that no operation sets, are compared. Models never
    /// describe them.
    pub natives: bool,
    /// The rules of the database for the order of operations.
    pub rules: DiffRules,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            types: true,
            defaults: true,
            comments: true,
            constraint_names: true,
            ignore: Vec::new(),
            natives: true,
            rules: DiffRules::default(),
        }
    }
}

impl Options {
    /// Returns the options for a database with these rules.
    #[must_use]
    pub fn of(rules: DiffRules) -> Options {
        Options {
            constraint_names: false,
            rules,
            ..Options::default()
        }
    }

    /// Returns the options for two whole schemas inspected on a database with these rules: everything is compared, including the
    /// types of literals and the names of constraints.
    #[must_use]
    pub fn of_whole(rules: DiffRules) -> Options {
        let form = match rules.query_form {
            texts @ ExpressionForm::Normalized(_) => texts,
            ExpressionForm::AsIs => rules.expression_form,
        };
        Options {
            constraint_names: rules.constraint_names,
            rules: DiffRules {
                expression_form: form,
                ..rules
            },
            ..Options::default()
        }
    }

    /// Ignores what models can't describe: objects that no operation creates, and properties that no operation sets.
    #[must_use]
    pub fn without_natives(mut self) -> Options {
        self.natives = false;
        self
    }
}

/// The rules of a database for the order of operations, with a reason for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiffRules {
    /// Whether tables that reference each other can be created with their keys.
    pub foreign_key_cycles: ForeignKeyCycles,
    /// The grouping of operations.
    pub grouping: Grouping,
    /// Whether a key on a column must be dropped while the column's type changes.
    pub foreign_keys_on_retype: ForeignKeysOnRetype,
    /// Whether a view must be dropped while an object that it reads changes.
    pub views_on_retype: ViewsOnRetype,
    /// Whether an index can be renamed.
    pub index_rename: IndexRename,
    /// The quotes around a name in an expression, if it needs quotes.
    pub identifier_quote: IdentifierQuote,
    /// Whether a table can have two unique constraints with the same definition.
    pub duplicate_uniques: DuplicateUniques,
    /// The scope in which names of unique constraints and checks are unique.
    pub constraint_name_scope: ConstraintNameScope,
    /// The form in which expressions are compared with those of models.
    pub expression_form: ExpressionForm,
    /// The form in which trigger statements are compared.
    pub trigger_form: ExpressionForm,
    /// The form in which view queries and definitions of natives are compared, and expressions of whole schemas.
    pub query_form: ExpressionForm,
    /// The default of a column with its own sequence.
    pub sequence_default: SequenceDefault,
    /// The statements that make a sequence the own one of a column.
    pub ownership: Ownership,
    /// The name of a foreign key after its table is renamed.
    pub foreign_key_naming: ForeignKeyNaming,
    /// The type changes that need an expression.
    pub casts: CastRule,
    /// Whether names are case-sensitive.
    pub name_case: NameCase,
    /// Where a dropped column is added again.
    pub column_position: ColumnPosition,
    /// Whether two schemas of one database differ if a constraint has another name.
    pub constraint_names: bool,
    /// The schema that every new database has, and that is therefore never created.
    pub given_schema: Option<&'static str>,
}

impl DiffRules {
    /// Returns the rules of a database that checks every statement immediately.
    #[must_use]
    pub const fn new() -> DiffRules {
        DiffRules {
            foreign_key_cycles: ForeignKeyCycles::AddKeyLater,
            grouping: Grouping::ByKind,
            foreign_keys_on_retype: ForeignKeysOnRetype::Recreate,
            views_on_retype: ViewsOnRetype::Keep,
            index_rename: IndexRename::Recreate,
            identifier_quote: IdentifierQuote::Double,
            duplicate_uniques: DuplicateUniques::Merged,
            constraint_name_scope: ConstraintNameScope::PerSchema,
            expression_form: ExpressionForm::AsIs,
            trigger_form: ExpressionForm::AsIs,
            query_form: ExpressionForm::AsIs,
            sequence_default: SequenceDefault::AsIs,
            ownership: Ownership::None,
            foreign_key_naming: ForeignKeyNaming::Keep,
            casts: CastRule::Assignment,
            name_case: NameCase::Sensitive,
            column_position: ColumnPosition::Last,
            constraint_names: false,
            given_schema: None,
        }
    }

    /// Sets the schema that every new database has.
    #[must_use]
    pub const fn with_given_schema(mut self, name: &'static str) -> DiffRules {
        self.given_schema = Some(name);
        self
    }

    /// Compares the names of constraints, if whole schemas are compared.
    #[must_use]
    pub const fn with_constraint_names(mut self) -> DiffRules {
        self.constraint_names = true;
        self
    }

    /// Adds a dropped column again at its old position, because the database can do so without rewriting the table.
    #[must_use]
    pub const fn with_column_positions(mut self) -> DiffRules {
        self.column_position = ColumnPosition::Kept;
        self
    }

    /// Treats names that differ only in case as the same name.
    #[must_use]
    pub const fn with_case_insensitive_names(mut self) -> DiffRules {
        self.name_case = NameCase::Insensitive;
        self
    }

    /// Allows a table to reference one that does not exist yet.
    #[must_use]
    pub const fn with_foreign_key_cycles(mut self) -> DiffRules {
        self.foreign_key_cycles = ForeignKeyCycles::InTables;
        self
    }

    /// Groups the operations on one table, because they run together.
    #[must_use]
    pub const fn with_grouping_by_table(mut self) -> DiffRules {
        self.grouping = Grouping::ByTable;
        self
    }

    /// Keeps foreign keys while a column's type changes.
    #[must_use]
    pub const fn with_foreign_keys_kept_on_retype(mut self) -> DiffRules {
        self.foreign_keys_on_retype = ForeignKeysOnRetype::Keep;
        self
    }

    /// Recreates a view while a column that it reads changes.
    #[must_use]
    pub const fn with_views_recreated_on_retype(mut self) -> DiffRules {
        self.views_on_retype = ViewsOnRetype::Recreate;
        self
    }

    /// Quotes names with backticks.
    #[must_use]
    pub const fn with_backticks(mut self) -> DiffRules {
        self.identifier_quote = IdentifierQuote::Backticks;
        self
    }

    /// Renames indexes instead of recreating them.
    #[must_use]
    pub const fn with_index_rename(mut self) -> DiffRules {
        self.index_rename = IndexRename::Renamed;
        self
    }

    /// Keeps both of two unique constraints with the same definition.
    #[must_use]
    pub const fn with_duplicate_uniques(mut self) -> DiffRules {
        self.duplicate_uniques = DuplicateUniques::Kept;
        self
    }

    /// Makes names of unique constraints and checks unique only within their table.
    #[must_use]
    pub const fn with_constraint_names_per_table(mut self) -> DiffRules {
        self.constraint_name_scope = ConstraintNameScope::PerTable;
        self
    }

    /// Treats two expressions as equal if this function returns the same string for both.
    #[must_use]
    pub const fn with_expression_form(mut self, form: fn(&str) -> String) -> DiffRules {
        self.expression_form = ExpressionForm::Normalized(form);
        self
    }

    /// Sets the function that returns how the values of a column are converted to another type.
    #[must_use]
    pub const fn with_casts(mut self, cast: fn(&str, &Type, &Type) -> Cast) -> DiffRules {
        self.casts = CastRule::Asked(cast);
        self
    }

    /// Treats two triggers as equal if this function returns the same string for their statements.
    #[must_use]
    pub const fn with_trigger_form(mut self, form: fn(&str) -> String) -> DiffRules {
        self.trigger_form = ExpressionForm::Normalized(form);
        self
    }

    /// Treats the queries of two views as equal if this function returns the same string for both.
    #[must_use]
    pub const fn with_query_form(mut self, form: fn(&str) -> String) -> DiffRules {
        self.query_form = ExpressionForm::Normalized(form);
        self
    }

    /// Sets the function that returns the default of a column with its own sequence, from the names of table and
    /// column.
    #[must_use]
    pub const fn with_sequence_default(mut self, default: fn(&str, &str) -> String) -> DiffRules {
        self.sequence_default = SequenceDefault::NamedAfter(default);
        self
    }

    /// Sets the function that returns, for a table and a column with its own sequence, the statement that turns a
    /// sequence of that name into the own one of the column, and the statement that frees it.
    #[must_use]
    pub const fn with_ownership(
        mut self,
        statements: fn(&str, &Column) -> [String; 2],
    ) -> DiffRules {
        self.ownership = Ownership::By(statements);
        self
    }

    /// Renames a foreign key with its table if its name begins with the table name and `label`. A name has at most
    /// `longest` characters.
    #[must_use]
    pub const fn with_foreign_keys_named_after_tables(
        mut self,
        label: &'static str,
        longest: usize,
    ) -> DiffRules {
        self.foreign_key_naming = ForeignKeyNaming::FollowsTableName { label, longest };
        self
    }
}

/// The default of a column with its own sequence.
#[derive(Debug, Clone, Copy, Default)]
pub enum SequenceDefault {
    /// The default in the schema.
    #[default]
    AsIs,
    /// A default made of the names of table and column, whatever the name of the sequence is.
    NamedAfter(fn(&str, &str) -> String),
}

impl SequenceDefault {
    /// Returns the default of a column with its own sequence, if there is one.
    pub(crate) fn default_of(self, table: &str, column: &str) -> Option<String> {
        match self {
            SequenceDefault::AsIs => None,
            SequenceDefault::NamedAfter(default) => Some(default(table, column)),
        }
    }
}

impl PartialEq for SequenceDefault {
    fn eq(&self, other: &SequenceDefault) -> bool {
        match (self, other) {
            (SequenceDefault::AsIs, SequenceDefault::AsIs) => true,
            (SequenceDefault::NamedAfter(one), SequenceDefault::NamedAfter(other)) => {
                std::ptr::fn_addr_eq(*one, *other)
            }
            _ => false,
        }
    }
}

impl Eq for SequenceDefault {}

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
pub enum ExpressionForm {
    /// The form in the schema.
    #[default]
    AsIs,
    /// The form that this function returns, which hides differences of spelling.
    Normalized(fn(&str) -> String),
}

impl ExpressionForm {
    /// Returns an expression in this form.
    pub(crate) fn of(self, sql: &str) -> String {
        match self {
            ExpressionForm::AsIs => sql.to_owned(),
            ExpressionForm::Normalized(form) => form(sql),
        }
    }
}

impl PartialEq for ExpressionForm {
    fn eq(&self, other: &ExpressionForm) -> bool {
        match (self, other) {
            (ExpressionForm::AsIs, ExpressionForm::AsIs) => true,
            (ExpressionForm::Normalized(one), ExpressionForm::Normalized(other)) => {
                std::ptr::fn_addr_eq(*one, *other)
            }
            _ => false,
        }
    }
}

impl Eq for ExpressionForm {}

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
pub enum ForeignKeyCycles {
    /// A key that references a missing table is added later.
    #[default]
    AddKeyLater,
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
pub enum ForeignKeysOnRetype {
    /// It is dropped and recreated.
    #[default]
    Recreate,
    /// It is kept.
    Keep,
}

/// Whether a view must be dropped while an object that it reads changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewsOnRetype {
    /// It is kept.
    #[default]
    Keep,
    /// It is dropped and recreated.
    Recreate,
}

/// Whether an index can be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexRename {
    /// It is dropped and recreated.
    #[default]
    Recreate,
    /// It is renamed.
    Renamed,
}

/// The quotes around a name in an expression, if it needs quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdentifierQuote {
    /// `"group"`, as in the SQL standard.
    #[default]
    Double,
    /// `` `group` ``, because `"group"` is a string there.
    Backticks,
    /// None: the name is already in the expression, in another case.
    None,
}

impl IdentifierQuote {
    /// Returns `name` in these quotes.
    pub(super) fn around(self, name: &str) -> String {
        let sign = match self {
            IdentifierQuote::Double => '"',
            IdentifierQuote::Backticks => '`',
            IdentifierQuote::None => return name.to_owned(),
        };
        format!(
            "{sign}{}{sign}",
            name.replace(sign, &format!("{sign}{sign}"))
        )
    }
}

/// Whether a table can have two unique constraints with the same definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateUniques {
    /// Only one is created.
    #[default]
    Merged,
    /// Both are created, each with its name.
    Kept,
}

/// The scope in which names of unique constraints and checks are unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConstraintNameScope {
    /// The whole schema.
    #[default]
    PerSchema,
    /// The table.
    PerTable,
}

/// Where a dropped or recreated column is added again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColumnPosition {
    /// After all other columns.
    #[default]
    Last,
    /// At its old position.
    Kept,
}

/// Whether names are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameCase {
    /// `Mail` and `mail` are different names.
    #[default]
    Sensitive,
    /// `Mail` and `mail` are the same name.
    Insensitive,
}

/// The name of a foreign key after its table is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForeignKeyNaming {
    /// It is kept.
    #[default]
    Keep,
    /// A name that begins with the table name and `label` gets the new table name.
    FollowsTableName {
        /// The text after the table name.
        label: &'static str,
        /// The longest name in characters. The server creates a longer one, but can't find the key by it.
        longest: usize,
    },
}

impl ForeignKeyNaming {
    /// Returns the name of a key after its table is renamed, or `None` if there is no valid name.
    pub fn after_rename(self, key: &str, (old, new): (&str, &str)) -> Option<String> {
        let ForeignKeyNaming::FollowsTableName { label, longest } = self else {
            return Some(key.to_owned());
        };
        let end = key.strip_prefix(old).filter(|end| end.starts_with(label));
        let name = end.map_or_else(|| key.to_owned(), |end| format!("{new}{end}"));
        (name.chars().count() <= longest).then_some(name)
    }
}
