//! The database of a connection.

use std::path::Path;

use rusqlite::Connection;

use crate::backend::CurrentDatabase;
use crate::scratch_directory;

/// Returns the path of the file; `None` if the database is in memory.
pub(super) fn file(connection: &Connection) -> Option<&str> {
    connection.path().filter(|path| !path.is_empty())
}

/// Returns the database of a connection. A scratch database is in memory, where no other connection can use it, or in a
/// scratch directory.
pub(super) fn of(connection: &Connection) -> CurrentDatabase {
    match file(connection) {
        Some(path) => {
            let current = CurrentDatabase::new(path).with_url(url(path));
            match scratch_directory::holds(Path::new(path)) {
                true => current.scratch(),
                false => current,
            }
        }
        None => CurrentDatabase::new(":memory:")
            .with_url("sqlite::memory:")
            .scratch(),
    }
}

fn url(path: &str) -> String {
    let escaped = path.replace('%', "%25");
    let escaped = escaped.replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{escaped}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_url_and_a_database_in_memory_is_scratch() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a?b%c.db");
        let current = of(&Connection::open(&file).unwrap());
        assert_eq!(current.name(), file.to_str().unwrap());
        let url = format!("sqlite:{}/a%3Fb%25c.db", folder.path().display());
        assert_eq!(current.url(), Some(url.as_str()));
        assert!(!current.is_scratch());
        let memory = of(&Connection::open_in_memory().unwrap());
        assert_eq!(memory.name(), ":memory:");
        assert!(memory.is_scratch());
    }
}
