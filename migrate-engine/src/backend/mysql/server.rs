//! The server's product and version, and the features of that version.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error};

/// The two products with this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    MariaDb,
    MySql,
}

/// The product and version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) family: Family,
    pub(super) version: (u32, u32, u32),
}

impl Server {
    #[cfg(test)]
    pub(super) const USUAL: Server = Server {
        family: Family::MariaDb,
        version: (10, 11, 0),
    };

    /// Queries the server.
    pub(super) fn ask(conn: &mut Conn) -> Result<Server, Error> {
        let text: Option<String> = conn.query_first("SELECT VERSION()")?;
        Ok(Server::read(&text.unwrap_or_default()))
    }

    /// Parses `10.11.6-MariaDB-0+deb12u1` or `8.0.36`.
    fn read(text: &str) -> Server {
        let family = if text.contains("MariaDB") {
            Family::MariaDb
        } else {
            Family::MySql
        };
        // Some servers print the version of an old protocol before their own version.
        let text = text.strip_prefix("5.5.5-").unwrap_or(text);
        let mut numbers = text
            .split(|c: char| !c.is_ascii_digit())
            .map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Server {
            family,
            version: (next(), next(), next()),
        }
    }

    pub(super) fn is_mariadb(self) -> bool {
        self.family == Family::MariaDb
    }

    /// Returns whether the version is at least the given one for its product.
    fn since(self, mariadb: (u32, u32, u32), mysql: (u32, u32, u32)) -> bool {
        match self.family {
            Family::MariaDb => self.version >= mariadb,
            Family::MySql => self.version >= mysql,
        }
    }

    /// Returns whether this version is supported. Older versions ignore CHECK, or can hold only one lock.
    pub(super) fn is_known(self) -> bool {
        self.since((10, 2, 1), (5, 7, 8))
    }

    pub(super) fn keeps_checks(self) -> bool {
        self.since((10, 2, 1), (8, 0, 16))
    }

    pub(super) fn renames_columns(self) -> bool {
        self.since((10, 5, 2), (8, 0, 3))
    }

    pub(super) fn renames_indexes(self) -> bool {
        self.since((10, 5, 2), (5, 7, 1))
    }

    pub(super) fn indexes_descending(self) -> bool {
        self.since((10, 8, 1), (8, 0, 1))
    }

    /// Returns whether the names of foreign keys are unique in a database.
    pub(super) fn shares_key_names(self) -> bool {
        !(self.is_mariadb() && self.version >= (12, 1, 0))
    }

    /// Returns whether a query can refer to its own rows (WITH RECURSIVE).
    pub(super) fn recurses(self) -> bool {
        self.since((10, 2, 2), (8, 0, 1))
    }

    /// Returns whether a unique key can cover values of any length.
    pub(super) fn hashes_long_keys(self) -> bool {
        self.is_mariadb() && self.version >= (10, 4, 0)
    }

    /// Returns whether an index can cover an expression. MariaDB needs a generated column instead.
    pub(super) fn indexes_expressions(self) -> bool {
        self.family == Family::MySql && self.version >= (8, 0, 13)
    }

    /// Returns whether a default can be an expression other than a literal or the current time.
    pub(super) fn computes_defaults(self) -> bool {
        self.since((10, 2, 1), (8, 0, 13))
    }

    /// Returns the product and version for messages.
    pub(super) fn title(self) -> String {
        let name = match self.family {
            Family::MariaDb => "MariaDB",
            Family::MySql => "MySQL",
        };
        let (major, minor, patch) = self.version;
        format!("{name} {major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_server_version_string() {
        for (text, title) in [
            ("10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6"),
            ("5.5.5-10.6.12-MariaDB-log", "MariaDB 10.6.12"),
            ("8.0.36", "MySQL 8.0.36"),
            ("8.0.35-0ubuntu0.22.04.1", "MySQL 8.0.35"),
            ("nonsense", "MySQL 0.0.0"),
        ] {
            assert_eq!(Server::read(text).title(), title);
        }
        assert!(!Server::read("5.6.1").is_known());
        assert!(!Server::read("10.11.6-MariaDB").indexes_expressions());
    }
}
