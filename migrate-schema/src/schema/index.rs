//! Indexes.

use super::{IntoNames, NullsDistinct};

/// An index.
///
/// ```
/// # use migrate_schema::schema::{Index, IndexPart};
/// let plain = Index::new("ix_users_email", "users", "email").unique();
/// let rich = Index::new(
///     "ix_users_name",
///     "users",
///     [IndexPart::expression("lower(name)"), IndexPart::column("created_at").desc()],
/// )
/// .predicate("deleted_at IS NULL");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an index does nothing until it is given to `create_index`"]
pub struct Index {
    /// The name.
    pub name: String,
    /// The table that it belongs to.
    pub table: String,
    /// The columns or expressions, in order.
    pub parts: Vec<IndexPart>,
    /// Whether it is a unique index.
    pub unique: bool,
    /// The condition of a partial index, an SQL expression.
    pub predicate: Option<String>,
    /// The index method, if it is not the database's default: `gin`, `hash`.
    pub method: Option<String>,
    /// The additional columns stored in the index, so that a query need not read the table.
    pub include: Vec<String>,
    /// Whether a unique index treats NULLs as distinct.
    pub nulls: NullsDistinct,
    /// The SQL after the parts, such as `WITH (fillfactor=70)`.
    pub options: Option<String>,
}

impl Index {
    /// Returns an index of `table` on columns, or on parts with an order, a collation or an expression.
    pub fn new(
        name: impl Into<String>,
        table: impl Into<String>,
        parts: impl IntoIndexParts,
    ) -> Index {
        Index {
            name: name.into(),
            table: table.into(),
            parts: parts.into_index_parts(),
            unique: false,
            predicate: None,
            method: None,
            include: Vec::new(),
            nulls: NullsDistinct::Distinct,
            options: None,
        }
    }

    /// Makes it a unique index.
    pub fn unique(mut self) -> Index {
        self.unique = true;
        self
    }

    /// Sets the index method: `gin`, `gist`, `hash`.
    pub fn using(mut self, method: impl Into<String>) -> Index {
        self.method = Some(method.into());
        self
    }

    /// Stores the values of these columns in the index, without sorting by them.
    pub fn include(mut self, columns: impl IntoNames) -> Index {
        self.include = columns.into_names();
        self
    }

    /// Treats NULLs as equal, in a unique index.
    pub fn nulls_not_distinct(mut self) -> Index {
        self.nulls = NullsDistinct::NotDistinct;
        self
    }

    /// Sets the SQL after the parts, such as `WITH (fillfactor=70)`.
    pub fn options(mut self, options: impl Into<String>) -> Index {
        self.options = Some(options.into());
        self
    }

    /// Makes it a partial index of the rows that match `condition`, an SQL expression.
    pub fn predicate(mut self, condition: impl Into<String>) -> Index {
        self.predicate = Some(condition.into());
        self
    }
}

/// One sort key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a part does nothing until it is given to an index"]
pub struct IndexPart {
    /// The column or the expression.
    pub key: IndexKey,
    /// The direction.
    pub order: Order,
    /// The collation, if it is not the column's own.
    pub collation: Option<String>,
    /// The position of NULL, if it is not the database's default.
    pub nulls: Option<Nulls>,
    /// The PostgreSQL operator class, if it is not the type's default: `text_pattern_ops`.
    pub opclass: Option<String>,
    /// The number of indexed characters on MySQL, if not all.
    pub prefix_length: Option<u32>,
}

impl IndexPart {
    /// Returns a part that sorts by a column.
    pub fn column(name: impl Into<String>) -> IndexPart {
        IndexPart::new(IndexKey::Column(name.into()))
    }

    /// Returns a part that sorts by an SQL expression.
    pub fn expression(sql: impl Into<String>) -> IndexPart {
        IndexPart::new(IndexKey::Expression(sql.into()))
    }

    fn new(key: IndexKey) -> IndexPart {
        IndexPart {
            key,
            order: Order::Ascending,
            collation: None,
            nulls: None,
            opclass: None,
            prefix_length: None,
        }
    }

    /// Sorts NULL before everything else.
    pub fn nulls_first(mut self) -> IndexPart {
        self.nulls = Some(Nulls::First);
        self
    }

    /// Sorts NULL after everything else.
    pub fn nulls_last(mut self) -> IndexPart {
        self.nulls = Some(Nulls::Last);
        self
    }

    /// Sets the PostgreSQL operator class.
    pub fn opclass(mut self, name: impl Into<String>) -> IndexPart {
        self.opclass = Some(name.into());
        self
    }

    /// Indexes only the first characters, as MySQL requires for long text.
    pub fn prefix_length(mut self, length: u32) -> IndexPart {
        self.prefix_length = Some(length);
        self
    }

    /// Sorts from the greatest to the least.
    pub fn desc(mut self) -> IndexPart {
        self.order = Order::Descending;
        self
    }

    /// Compares text by this collation.
    pub fn collate(mut self, collation: impl Into<String>) -> IndexPart {
        self.collation = Some(collation.into());
        self
    }
}

impl From<&str> for IndexPart {
    fn from(column: &str) -> IndexPart {
        IndexPart::column(column)
    }
}

/// The key of an index part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An SQL expression.
    Expression(String),
}

/// A sort direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the least to the greatest.
    Ascending,
    /// From the greatest to the least.
    Descending,
}

/// The position of NULL in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

/// The parts of an index, as builders accept them: `"email"`, `["a", "b"]`, an array or `Vec` of [`IndexPart`].
pub trait IntoIndexParts {
    /// Returns the parts in the order given.
    fn into_index_parts(self) -> Vec<IndexPart>;
}

impl IntoIndexParts for &str {
    fn into_index_parts(self) -> Vec<IndexPart> {
        vec![self.into()]
    }
}

impl IntoIndexParts for IndexPart {
    fn into_index_parts(self) -> Vec<IndexPart> {
        vec![self]
    }
}

impl<P: Into<IndexPart>, const N: usize> IntoIndexParts for [P; N] {
    fn into_index_parts(self) -> Vec<IndexPart> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<P: Into<IndexPart>> IntoIndexParts for Vec<P> {
    fn into_index_parts(self) -> Vec<IndexPart> {
        self.into_iter().map(Into::into).collect()
    }
}
