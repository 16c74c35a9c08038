//! Views.

/// A view: a named query.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a view does nothing until it is given to `create_view`"]
pub struct View {
    /// The name.
    pub name: String,
    /// The names of its columns, if they are given separately from the query.
    pub columns: Vec<String>,
    /// The query after AS.
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

    /// Makes it a materialized view, which only PostgreSQL supports.
    pub fn materialized(mut self) -> View {
        self.kind = ViewKind::Materialized;
        self
    }
}

/// The kind of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ViewKind {
    /// The query runs each time.
    #[default]
    Plain,
    /// The rows are stored until they are refreshed.
    Materialized,
}
