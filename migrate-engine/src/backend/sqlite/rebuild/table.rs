//! The parts of a `CREATE TABLE` statement, each with its byte range.

use std::ops::Range;

use super::token::tokens;

/// A `CREATE TABLE` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    /// The text of the name, including quotes.
    pub(super) name_span: Range<usize>,
    pub(super) name: String,
    /// The end of the list's opening bracket.
    pub(super) open: usize,
    /// The start of the list's closing bracket.
    pub(super) close: usize,
    pub(super) columns: Vec<Column>,
    pub(super) constraints: Vec<TableConstraint>,
    pub(super) options: Vec<TableOption>,
    /// The comma after each column and constraint, in order. SQLite allows constraints without commas between them.
    pub(super) commas: Vec<Option<usize>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) span: Range<usize>,
    pub(super) name_span: Range<usize>,
    pub(super) name: String,
    pub(super) type_span: Option<Range<usize>>,
    pub(super) clauses: Vec<Clause>,
}

/// A clause after a column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// The range, including a preceding `CONSTRAINT name`.
    pub(super) span: Range<usize>,
    pub(super) name: Option<String>,
    pub(super) kind: ClauseKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClauseKind {
    Null,
    NotNull,
    Default(Range<usize>),
    PrimaryKey {
        autoincrement: bool,
    },
    Unique,
    Check(Range<usize>),
    References(Reference),
    Collate(String),
    Generated {
        expression: Range<usize>,
        stored: bool,
    },
    /// A name without a constraint, which SQLite accepts and ignores.
    Nothing,
}

/// The target of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

/// A table constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableConstraint {
    pub(super) span: Range<usize>,
    pub(super) name: Option<String>,
    pub(super) kind: ConstraintKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ConstraintKind {
    PrimaryKey {
        columns: Vec<String>,
        autoincrement: bool,
    },
    Unique(Vec<String>),
    Check(Range<usize>),
    ForeignKey {
        columns: Vec<String>,
        reference: Reference,
    },
    Nothing,
}

/// One or two words after the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableOption {
    pub(super) span: Range<usize>,
    pub(super) kind: OptionKind,
}

/// The options of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptionKind {
    /// `STRICT`.
    Strict,
    /// `WITHOUT ROWID`.
    WithoutRowid,
}

impl OptionKind {
    /// All options.
    pub(crate) const ALL: [OptionKind; 2] = [OptionKind::Strict, OptionKind::WithoutRowid];

    /// Returns the SQL text.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            OptionKind::Strict => "STRICT",
            OptionKind::WithoutRowid => "WITHOUT ROWID",
        }
    }
}

impl Definition {
    /// Returns the spans of columns and constraints, in order.
    pub(super) fn elements(&self) -> Vec<Range<usize>> {
        let columns = self.columns.iter().map(|column| column.span.clone());
        let constraints = self
            .constraints
            .iter()
            .map(|constraint| constraint.span.clone());
        columns.chain(constraints).collect()
    }

    /// Returns the position of a column.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn has_option(&self, kind: OptionKind) -> bool {
        self.options.iter().any(|option| option.kind == kind)
    }

    /// Returns whether a column is the rowid: `INTEGER PRIMARY KEY`, without DESC in that clause
    /// (<https://www.sqlite.org/lang_createtable.html#rowid>). `sql` is the table's statement.
    pub(super) fn is_row_number(&self, sql: &str, column: &Column) -> bool {
        let words = |span: &Range<usize>| {
            let text = &sql[span.clone()];
            let tokens = tokens(text).unwrap_or_default();
            let words = tokens
                .iter()
                .map(|token| token.name(text).to_ascii_uppercase());
            words.collect::<Vec<_>>()
        };
        let descends = column.clauses.iter().any(|clause| {
            matches!(clause.kind, ClauseKind::PrimaryKey { .. })
                && words(&clause.span).iter().any(|word| word == "DESC")
        });
        let is_integer = column
            .type_span
            .as_ref()
            .is_some_and(|span| words(span) == ["INTEGER"]);
        let [key] = &self.primary_key()[..] else {
            return false;
        };
        is_integer
            && key.eq_ignore_ascii_case(&column.name)
            && !descends
            && !self.has_option(OptionKind::WithoutRowid)
    }

    /// Returns the columns of the primary key; empty if there is none.
    pub(super) fn primary_key(&self) -> Vec<String> {
        let constraint_key =
            self.constraints
                .iter()
                .find_map(|constraint| match &constraint.kind {
                    ConstraintKind::PrimaryKey { columns, .. } => Some(columns.clone()),
                    _ => None,
                });
        constraint_key.unwrap_or_else(|| {
            let own = self.columns.iter().filter(|column| column.is_key());
            own.map(|column| column.name.clone()).collect()
        })
    }

    /// Returns whether the table has AUTOINCREMENT.
    pub(super) fn is_autoincrement(&self) -> bool {
        let own = self.columns.iter().flat_map(|column| &column.clauses);
        own.into_iter().any(|clause| {
            matches!(
                clause.kind,
                ClauseKind::PrimaryKey {
                    autoincrement: true
                }
            )
        }) || self.constraints.iter().any(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey {
                    autoincrement: true,
                    ..
                }
            )
        })
    }
}

impl Column {
    pub(super) fn is_key(&self) -> bool {
        self.has(|kind| matches!(kind, ClauseKind::PrimaryKey { .. }))
    }

    pub(super) fn is_not_null(&self) -> bool {
        self.has(|kind| matches!(kind, ClauseKind::NotNull))
    }

    pub(super) fn has_default(&self) -> bool {
        self.has(|kind| matches!(kind, ClauseKind::Default(_)))
    }

    pub(super) fn is_generated(&self) -> bool {
        self.has(|kind| matches!(kind, ClauseKind::Generated { .. }))
    }

    pub(super) fn has(&self, test: impl Fn(&ClauseKind) -> bool) -> bool {
        self.clauses.iter().any(|clause| test(&clause.kind))
    }
}
