//! The database that a revision runs on.

/// The database that a revision runs on; [`Op::database`](crate::v1::Op::database) returns it.
///
/// It never contains a password. To connect to the same database, combine it with the credentials that your application
/// has; but do not connect from a revision that runs in a transaction, because the connection would wait for the
/// revision's locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentDatabase {
    name: String,
    url: Option<String>,
    is_scratch: bool,
}

impl CurrentDatabase {
    /// Returns a description, for a backend. `name` is the name of the database or the path of its file.
    #[must_use]
    pub fn new(name: impl Into<String>) -> CurrentDatabase {
        CurrentDatabase {
            name: name.into(),
            url: None,
            is_scratch: false,
        }
    }

    /// Sets the URL, which must not contain a password.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> CurrentDatabase {
        self.url = Some(url.into());
        self
    }

    /// Marks it as a scratch database.
    #[must_use]
    pub fn scratch(mut self) -> CurrentDatabase {
        self.is_scratch = true;
        self
    }

    /// Returns the name of the database on its server; on SQLite the path of the file, or `:memory:`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL of the database without password and options: `postgres://app@db.example/app`. It is `None` if the
    /// application opened the connection itself, except on SQLite.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Returns whether the database was created to try revisions and is dropped afterwards: by the generated tests,
    /// `revision --autogenerate`, `verify`, `merge`, `upgrade --sql` and others. On SQLite, every database in memory counts.
    ///
    /// A revision with effects outside of the database, such as files or messages, leaves them out there.
    #[must_use]
    pub fn is_scratch(&self) -> bool {
        self.is_scratch
    }
}
