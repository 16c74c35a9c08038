//! Views.

/// A query under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a view does nothing until it is given to `create_view`"]
pub struct View {
    /// The name.
    pub name: String,
    /// The names of its columns, where they are given beside the query.
    pub columns: Vec<String>,
    /// What stands after AS.
    pub query: String,
    /// Whether its rows are stored.
    pub kind: ViewKind,
}

impl View {
    /// Returns a view of this name over `query`, an SQL SELECT.
    pub fn new(name: impl Into<String>, query: impl Into<String>) -> View {
        View {
            name: name.into(),
            columns: Vec::new(),
            query: query.into(),
            kind: ViewKind::Plain,
        }
    }

    /// Names its columns.
    pub fn columns(mut self, columns: impl super::IntoNames) -> View {
        self.columns = columns.into_names();
        self
    }

    /// Stores its rows until they are refreshed, which PostgreSQL alone can.
    pub fn materialized(mut self) -> View {
        self.kind = ViewKind::Materialized;
        self
    }
}

/// Whether a view's rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ViewKind {
    /// They are not: the query runs each time.
    #[default]
    Plain,
    /// They are, until they are refreshed.
    Materialized,
}
