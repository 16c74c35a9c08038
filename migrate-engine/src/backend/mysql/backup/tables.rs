//! Reads the tables of a dump: completes their `CREATE TABLE` statements with the characters that the server stores and
//! does not show, and computes a hash of each table's rows.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::Path;

use crate::backup_driver::WithFile as _;
use crate::error::Error;
use crate::hash;

use super::super::sql::{read, significant, text_at};

/// The lines of a dump, one statement or row at a time.
struct Lines<D> {
    dump: D,
    /// Whether the current lines are the body of a routine, which can contain anything.
    in_body: bool,
}

/// The statement that starts on a line of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineStart {
    Table,
    Rows,
    Other,
}

impl<D: BufRead> Lines<D> {
    fn new(dump: D) -> Lines<D> {
        Lines {
            dump,
            in_body: false,
        }
    }

    /// Reads a line into `line`. Returns `None` at the end.
    fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<LineStart>> {
        let start = line.len();
        if self.dump.read_until(b'\n', line)? == 0 {
            return Ok(None);
        }
        let line = &line[start..];
        if let Some(sign) = line.strip_prefix(b"DELIMITER ") {
            self.in_body = sign != b";\n";
        }
        Ok(Some(match line {
            _ if self.in_body => LineStart::Other,
            _ if line.starts_with(b"CREATE TABLE `") => LineStart::Table,
            _ if line.starts_with(b"INSERT INTO `") => LineStart::Rows,
            _ => LineStart::Other,
        }))
    }
}

/// Copies a dump to `to`, the file at `path`. A CREATE TABLE statement that may have lost characters is replaced by
/// the result of `restored` for the table's quoted name.
pub(super) fn with_letters(
    dump: impl BufRead,
    to: &mut impl Write,
    path: &Path,
    mut restored: impl FnMut(&str, String) -> Result<String, Error>,
) -> Result<(), Error> {
    let mut lines = Lines::new(dump);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| lines.next(line).with_file("write", path);
    while let Some(line_start) = next(&mut line)? {
        if line_start == LineStart::Table {
            while !line.ends_with(b";\n") && next(&mut line)?.is_some() {}
            let statement = read(&line);
            let name = text_at(&statement, &significant(&statement), 2).to_owned();
            line = restored(&name, statement)?.into_bytes();
        }
        to.write_all(&line).with_file("write", path)?;
        line.clear();
    }
    Ok(())
}

/// Returns a hash of the rows of each table in a dump, by the table's quoted name.
pub(super) fn rows(dump: impl BufRead) -> io::Result<BTreeMap<String, u64>> {
    let mut lines = Lines::new(dump);
    let mut line = Vec::new();
    let mut found = BTreeMap::new();
    let mut table = None;
    while let Some(line_start) = lines.next(&mut line)? {
        if table.is_none() && line_start == LineStart::Rows {
            let head = String::from_utf8_lossy(&line[..line.len().min(1000)]).into_owned();
            table = Some(text_at(&head, &significant(&head), 2).to_owned());
        }
        if let Some(name) = &table {
            let hash = found
                .entry(name.clone())
                .or_insert_with(|| hash::fnv::<&[u8]>([]));
            *hash = hash::more(*hash, &line);
            table = table.filter(|_| !line.ends_with(b";\n"));
        }
        line.clear();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "\
-- CREATE TABLE `no`
CREATE TABLE `a` (
  `e` enum('?','b')
) ENGINE=InnoDB;
INSERT INTO `a` (`e`) VALUES ('?'),
('CREATE TABLE `no`;'),
('b');
CREATE TABLE `b;` (
  `c` int
);
DELIMITER ;;
CREATE TABLE `no` (?);
INSERT INTO `no` VALUES (1);
DELIMITER ;
INSERT INTO `b;` (`c`) VALUES (1);
INSERT INTO `b;` (`c`) VALUES (2);
";

    #[test]
    fn only_create_table_statements_set_the_character_set() {
        let mut written = Vec::new();
        let mut tables = Vec::new();
        with_letters(
            DUMP.as_bytes(),
            &mut written,
            Path::new(""),
            |table, statement| {
                tables.push(table.to_owned());
                Ok(statement.replace('?', "😀"))
            },
        )
        .unwrap();
        let expected = DUMP.replacen("enum('?'", "enum('😀'", 1);
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert_eq!(tables, ["`a`", "`b;`"]);
    }

    #[test]
    fn rows_are_distinguished_by_table() {
        let all = rows(DUMP.as_bytes()).unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), ["`a`", "`b;`"]);
        for (change, other) in [("('?'),", "`a`"), ("('b');", "`a`"), ("(2)", "`b;`")] {
            let changed = DUMP.replacen(change, &change.replace(['?', 'b', '2'], ""), 1);
            let changed = rows(changed.as_bytes()).unwrap();
            let differ: Vec<_> = all.keys().filter(|it| all[*it] != changed[*it]).collect();
            assert_eq!(differ, [other], "{change}");
        }
    }
}
