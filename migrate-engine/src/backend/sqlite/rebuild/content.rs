//! Full-text tables with external content (<https://www.sqlite.org/fts5.html#external_content_tables>). SQLite does not
//! check them when the content table changes, and later reads fail.

use rusqlite::Connection;

use super::error::{AlterError, WithStatement};
use super::quoted;
use super::token::{Kind, Token, tokens};

/// A full-text table and the table and columns that it reads.
#[derive(Debug, PartialEq, Eq)]
struct Reader {
    name: String,
    content: String,
    columns: Vec<String>,
}

/// Refuses to drop or rename columns that a full-text table reads.
pub(super) fn check_columns<'c>(
    connection: &Connection,
    table: &str,
    columns: impl IntoIterator<Item = &'c String>,
) -> Result<(), AlterError> {
    let readers = readers(connection, table)?;
    for column in columns {
        let reads = |reader: &&Reader| {
            let mut own = reader.columns.iter();
            own.any(|own| own.eq_ignore_ascii_case(column))
        };
        if let Some(reader) = readers.iter().find(reads) {
            return Err(AlterError::Content {
                reader: reader.name.clone(),
                reads: format!("{table}.{column}"),
            });
        }
    }
    Ok(())
}

/// Refuses to drop or rename a table that a full-text table reads.
pub(super) fn check_table(connection: &Connection, table: &str) -> Result<(), AlterError> {
    match readers(connection, table)?.into_iter().next() {
        Some(reader) => Err(AlterError::Content {
            reader: reader.name,
            reads: table.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Returns the full-text tables that read another table, each with SQLite's error if what it reads does not exist.
pub(super) fn states(connection: &Connection) -> Result<Vec<(String, Option<String>)>, AlterError> {
    let readers = all(connection)?.into_iter();
    let readers = readers.filter(|reader| !reader.content.is_empty());
    Ok(readers
        .map(|reader| {
            // With its table before it, a name in quotes is never a string.
            let columns = reader.columns.iter();
            let columns = columns.map(|column| format!("T.{}", quoted(column)));
            let columns: Vec<String> = columns.chain(["1".to_owned()]).collect();
            let table = quoted(&reader.content);
            let sql = format!("SELECT {} FROM main.{table} AS T", columns.join(", "));
            let why = connection.prepare(&sql).err();
            (reader.name, why.map(|error| super::words(&error)))
        })
        .collect())
}

fn readers(connection: &Connection, table: &str) -> Result<Vec<Reader>, AlterError> {
    let mut found = all(connection)?;
    found.retain(|reader| reader.content.eq_ignore_ascii_case(table));
    Ok(found)
}

fn all(connection: &Connection) -> Result<Vec<Reader>, AlterError> {
    let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0 AND sql LIKE '%content%'";
    let mut statement = connection.prepare_cached(sql).with_statement(sql)?;
    let found: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .with_statement(sql)?;
    let readers = found.into_iter().filter_map(|(name, sql)| read(name, &sql));
    Ok(readers.collect())
}

/// Reads `CREATE VIRTUAL TABLE … USING fts5(a, b, content = 't')`.
fn read(name: String, sql: &str) -> Option<Reader> {
    let tokens = tokens(sql).ok()?;
    let using = tokens
        .iter()
        .position(|token| token.is_word(sql, "USING"))?;
    let module = tokens.get(using + 1)?.name(sql).to_ascii_lowercase();
    if !module.starts_with("fts") {
        return None;
    }
    let mut reader = Reader {
        name,
        content: String::new(),
        columns: Vec::new(),
    };
    for argument in arguments(sql, tokens.get(using + 2..)?) {
        match argument {
            [key, mark, value, ..] if mark.is_mark(sql, "=") => {
                match &*key.name(sql).to_ascii_lowercase() {
                    "content" => reader.content = value.name(sql),
                    "content_rowid" | "languageid" => reader.columns.push(value.name(sql)),
                    _ => {}
                }
            }
            [column, ..] => reader.columns.push(column.name(sql)),
            [] => {}
        }
    }
    Some(reader)
}

/// Splits the text between the brackets at its commas.
fn arguments<'t>(sql: &str, tokens: &'t [Token]) -> Vec<&'t [Token]> {
    let mut depth = 0_usize;
    let (mut found, mut begin) = (Vec::new(), 0);
    for (at, token) in tokens.iter().enumerate() {
        let is = |mark: &str| token.kind == Kind::Mark && token.raw(sql) == mark;
        if is("(") {
            depth += 1;
            if depth == 1 {
                begin = at + 1;
            }
        } else if is(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                found.push(&tokens[begin..at]);
                break;
            }
        } else if is(",") && depth == 1 {
            found.push(&tokens[begin..at]);
            begin = at + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_table_of_a_full_text_table_is_in_its_statement() {
        let of = |sql: &str| read("f".to_owned(), sql).map(|found| (found.content, found.columns));
        let fts = "CREATE VIRTUAL TABLE f USING fts5(title, body UNINDEXED, content='note', content_rowid=\"id\", tokenize = 'porter ascii')";
        let columns = ["title", "body", "id"].map(str::to_owned).to_vec();
        assert_eq!(of(fts), Some(("note".to_owned(), columns)));
        let fts = "create virtual table f using FTS4(content=\"the note\", body)";
        assert_eq!(
            of(fts),
            Some(("the note".to_owned(), vec!["body".to_owned()]))
        );
        assert_eq!(of("CREATE VIRTUAL TABLE f USING rtree(id, a, b)"), None);
    }
}
