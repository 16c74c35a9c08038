//! Functions, collations and modules of an application that a connection does not know.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Null;
use rusqlite::{Connection, Error};

use crate::error::DatabaseError;

/// A function, collation or module that the application registers and this connection does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unregistered {
    /// A function with this name.
    Function(String),
    /// A collation with this name.
    Collation(String),
    /// A virtual table module with this name.
    Module(String),
}

impl Unregistered {
    /// Parses the message of SQLite, which may begin with the view or trigger that uses the object.
    pub(super) fn parse(message: &str) -> Option<Unregistered> {
        let after = |words: &str| {
            let at = message.find(words)? + words.len();
            let name = message[at..].trim_end_matches("()").trim();
            (!name.is_empty()).then(|| name.to_owned())
        };
        after("no such function: ")
            .or_else(|| after("unknown function: "))
            .map(Unregistered::Function)
            .or_else(|| after("no such collation sequence: ").map(Unregistered::Collation))
            .or_else(|| after("no such module: ").map(Unregistered::Module))
    }

    /// Returns the unknown object that an error of the driver is about.
    pub(super) fn of(error: &Error) -> Option<Unregistered> {
        match error {
            Error::SqliteFailure(_, Some(words)) | Error::SqlInputError { msg: words, .. } => {
                Unregistered::parse(words)
            }
            _ => None,
        }
    }

    /// Returns an unknown collation of a key, if there is one.
    pub(super) fn key_collation(connection: &Connection) -> Option<Unregistered> {
        let mut statement = connection
            .prepare(
                "SELECT DISTINCT parts.coll FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS keys, \
                        pragma_index_xinfo(keys.name) AS parts WHERE tables.type = 'table' AND parts.coll IS NOT NULL",
            )
            .ok()?;
        let names = statement
            .query_map([], |row| row.get::<_, String>(0))
            .ok()?;
        // The connection lists the collations that the schema uses, including unknown ones.
        names.flatten().find_map(|name| {
            let name = name.replace('"', "\"\"");
            let prepared = connection.prepare(&format!("SELECT '' < '' COLLATE \"{name}\""));
            prepared.err().and_then(|error| Unregistered::of(&error))
        })
    }

    /// Registers a placeholder that is only suitable for preparing statements: a function returns NULL, a collation
    /// compares bytes. A module has no placeholder.
    pub(super) fn add_placeholder(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Unregistered::Function(name) => {
                let flags = FunctionFlags::SQLITE_UTF8
                    | FunctionFlags::SQLITE_DETERMINISTIC
                    | FunctionFlags::SQLITE_INNOCUOUS;
                connection.create_scalar_function(name.as_str(), -1, flags, |_| Ok(Null))
            }
            Unregistered::Collation(name) => {
                connection.create_collation(name.as_str(), |a, b| a.cmp(b))
            }
            Unregistered::Module(_) => Ok(()),
        }
    }

    /// Removes the placeholder.
    pub(super) fn remove_placeholder(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Unregistered::Function(name) => connection.remove_function(name.as_str(), -1),
            Unregistered::Collation(name) => connection.remove_collation(name.as_str()),
            Unregistered::Module(_) => Ok(()),
        }
    }

    /// Returns its kind and name.
    pub(super) fn title(&self) -> String {
        match self {
            Unregistered::Function(name) => format!("function `{name}`"),
            Unregistered::Collation(name) => format!("collation `{name}`"),
            Unregistered::Module(name) => format!("module `{name}`"),
        }
    }

    /// Returns what the user can do about it.
    pub(super) fn help(&self) -> String {
        format!(
            "if your application registers the {}, set `on_connect` to the function that registers it: `migrations!(backend = Sqlite, \
             on_connect = crate::db::prepare)` with `pub fn prepare(connection: &rusqlite::Connection) -> rusqlite::Result<()>`",
            self.title()
        )
    }
}

/// Placeholders for functions and collations, which are removed on drop.
pub(super) struct Placeholders<'c> {
    connection: &'c Connection,
    unknown: Vec<Unregistered>,
}

impl<'c> Placeholders<'c> {
    pub(super) fn none(connection: &'c Connection) -> Placeholders<'c> {
        Placeholders {
            connection,
            unknown: Vec::new(),
        }
    }

    /// Registers a placeholder for what `error` reports as missing; returns whether a retry may succeed.
    pub(super) fn for_error(&mut self, error: &Error) -> bool {
        let Some(unknown) =
            Unregistered::of(error).filter(|unknown| !self.unknown.contains(unknown))
        else {
            return false;
        };
        let has_placeholder = !matches!(unknown, Unregistered::Module(_));
        if has_placeholder && unknown.add_placeholder(self.connection).is_ok() {
            self.unknown.push(unknown);
            return true;
        }
        false
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unknown.is_empty()
    }
}

impl Drop for Placeholders<'_> {
    fn drop(&mut self) {
        for unknown in &self.unknown {
            // An object that could be registered can be removed.
            let _ = unknown.remove_placeholder(self.connection);
        }
    }
}

/// Adds help to the database's error if it is about an unknown function, collation or module.
pub(super) fn explained(error: DatabaseError) -> DatabaseError {
    match Unregistered::parse(&error.message) {
        Some(unknown) => {
            let help = unknown.help();
            error.with_help(help)
        }
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_messages_of_sqlite() {
        for (message, unknown) in [
            (
                "no such function: title_sort",
                Unregistered::Function("title_sort".into()),
            ),
            (
                "error in view v: no such function: title_sort",
                Unregistered::Function("title_sort".into()),
            ),
            (
                "unknown function: title_sort()",
                Unregistered::Function("title_sort".into()),
            ),
            (
                "no such collation sequence: unicase",
                Unregistered::Collation("unicase".into()),
            ),
            (
                "no such module: spellfix1",
                Unregistered::Module("spellfix1".into()),
            ),
        ] {
            assert_eq!(Unregistered::parse(message), Some(unknown), "{message}");
        }
        assert_eq!(Unregistered::parse("no such table: t"), None);
    }
}
