//! Indexes that stand beside a table.

/// An index.
///
/// ```
/// use migrate_runtime::v1::*;
///
/// let plain = Index::new("ix_users_email", "users", "email").unique();
/// let rich = Index::new(
///     "ix_users_name",
///     "users",
///     [IndexPart::expression("lower(name)"), IndexPart::column("created_at").desc()],
/// )
/// .filter("deleted_at IS NULL");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "an index does nothing until it is given to `create_index`"]
pub struct Index {
    /// The name.
    pub name: String,
    /// The table it belongs to.
    pub table: String,
    /// What it sorts by, in order.
    pub parts: Vec<IndexPart>,
    /// Whether it refuses the same values twice.
    pub unique: bool,
    /// The rows it holds, if not all: an SQL condition.
    pub filter: Option<String>,
}

impl Index {
    /// Returns an index of `table` over columns, or over parts with an order, a collation or an expression.
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
            filter: None,
        }
    }

    /// Refuses the same values in two rows.
    pub fn unique(mut self) -> Index {
        self.unique = true;
        self
    }

    /// Holds only the rows that keep `condition`, an SQL expression: a partial index.
    pub fn filter(mut self, condition: impl Into<String>) -> Index {
        self.filter = Some(condition.into());
        self
    }
}

/// One thing that an index sorts by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a part does nothing until it is given to an index"]
pub struct IndexPart {
    /// The column or the expression.
    pub key: IndexKey,
    /// The direction.
    pub order: Order,
    /// The collation, if it is not the column's own.
    pub collation: Option<String>,
}

impl IndexPart {
    /// Returns a part that sorts by a column.
    pub fn column(name: impl Into<String>) -> IndexPart {
        IndexPart {
            key: IndexKey::Column(name.into()),
            order: Order::Ascending,
            collation: None,
        }
    }

    /// Returns a part that sorts by an SQL expression.
    pub fn expression(sql: impl Into<String>) -> IndexPart {
        IndexPart {
            key: IndexKey::Expression(sql.into()),
            order: Order::Ascending,
            collation: None,
        }
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

/// What an index part sorts by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An SQL expression.
    Expression(String),
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the least to the greatest.
    Ascending,
    /// From the greatest to the least.
    Descending,
}

/// What an index is over, as builders take it: `"email"`, `["a", "b"]`, an array or `Vec` of [`IndexPart`].
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
