//! Checks, before anything is written, whether there is room for a second copy of a table.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{AlterError, WithStatement};

/// Returns an error if the disk, or the database's own limit, is too small.
///
/// The check first uses the size of the whole database, which is available at no cost. Only if that does not fit, it
/// counts the pages of the table.
pub(super) fn check_free_space(connection: &Connection, table: &str) -> Result<(), AlterError> {
    let number = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .with_statement(sql)
    };
    let pages = number("PRAGMA main.page_count")?;
    let free = number("PRAGMA main.freelist_count")?;
    let size = number("PRAGMA main.page_size")?;
    let limit = number("PRAGMA main.max_page_count")?;
    let bytes = |pages: i64| u64::try_from(pages.saturating_mul(size)).unwrap_or(0);
    let path = connection
        .path()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    // For a moment there are two copies: the new rows, and their pages in the journal or log.
    let disk = path.as_deref().and_then(free_at);
    let disk_has = |pages: i64| {
        disk.as_ref()
            .is_none_or(|(_, there)| bytes(2 * pages) <= there.saturating_add(bytes(free)))
    };
    let limit_has = |more: i64| more <= limit.saturating_sub(pages).saturating_add(free);
    if disk_has(pages - free) && limit_has(pages - free) {
        return Ok(());
    }
    let Some(own) = own_pages(connection, table, size)? else {
        return Ok(());
    };
    let refuse = |needed, free, location| {
        Err(AlterError::NoRoom {
            table: table.to_owned(),
            needed: bytes(needed),
            free,
            place: location,
        })
    };
    if !limit_has(own) {
        let location = path.unwrap_or_else(|| PathBuf::from(":memory:"));
        return refuse(
            own,
            bytes(limit.saturating_sub(pages).saturating_add(free)),
            location,
        );
    }
    match &disk {
        Some((location, there)) if !disk_has(own) => refuse(2 * own, *there, location.clone()),
        _ => Ok(()),
    }
}

fn free_at(path: &Path) -> Option<(PathBuf, u64)> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // If the system does not report the free space, SQLite fails when the disk is full.
    let available = fs4::available_space(folder).ok()?;
    Some((folder.to_owned(), available))
}

/// Returns the size of the table's own pages; its indexes are created after the pages of the old table are free again.
/// `None` if this SQLite can't report it.
fn own_pages(connection: &Connection, table: &str, size: i64) -> Result<Option<i64>, AlterError> {
    let has_dbstat = "SELECT count(*) FROM pragma_module_list WHERE name = 'dbstat'";
    if connection
        .query_row(has_dbstat, [], |row| row.get::<_, i64>(0))
        .with_statement(has_dbstat)?
        == 0
    {
        return Ok(None);
    }
    let sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat('main', 1) WHERE name = ?1";
    let bytes: i64 = connection
        .query_row(sql, [table], |row| row.get(0))
        .with_statement(sql)?;
    Ok(Some(bytes / size.max(1)))
}
