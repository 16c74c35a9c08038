//! Tokens of the stored `CREATE` statements, for details that no pragma reports: checks, collations, generated columns,
//! names.
//!
//! The input is a statement that SQLite has accepted and stored, so it is read without validation.

use migrate_schema::schema::{Check, Deferrable, Generated};

/// A token and its position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) raw: &'a str,
    pub(super) start: usize,
    pub(super) depth: usize,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    QuotedName,
    Text,
    Mark,
}

impl Token<'_> {
    fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.raw == mark
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.raw.len()
    }

    /// Returns the name that the token spells, without quotes.
    pub(super) fn name(&self) -> String {
        let inside = || {
            self.raw
                .get(1..self.raw.len().saturating_sub(1))
                .unwrap_or_default()
        };
        match (self.kind, self.raw.as_bytes().first()) {
            (Kind::QuotedName, Some(b'"')) => inside().replace("\"\"", "\""),
            (Kind::QuotedName, Some(b'`')) => inside().replace("``", "`"),
            (Kind::QuotedName, _) => inside().to_owned(),
            (Kind::Text, _) => inside().replace("''", "'"),
            _ => self.raw.to_owned(),
        }
    }
}

/// Splits a statement into tokens, without comments and white space.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let bytes = sql.as_bytes();
    let (mut tokens, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let rest = &sql[at..];
        let (kind, length) = match byte {
            _ if byte.is_ascii_whitespace() => (None, 1),
            b'-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            b'/' if rest.starts_with("/*") => {
                (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
            }
            b'\'' => (Some(Kind::Text), quoted_length(rest, '\'')),
            b'"' => (Some(Kind::QuotedName), quoted_length(rest, '"')),
            b'`' => (Some(Kind::QuotedName), quoted_length(rest, '`')),
            b'[' => (
                Some(Kind::QuotedName),
                rest.find(']').map_or(rest.len(), |end| end + 1),
            ),
            _ if is_word_byte(byte) => (
                Some(Kind::Word),
                rest.bytes().take_while(|&b| is_word_byte(b)).count(),
            ),
            _ => (Some(Kind::Mark), 1),
        };
        if byte == b')' {
            depth = depth.saturating_sub(1);
        }
        if let Some(kind) = kind {
            tokens.push(Token {
                kind,
                raw: &rest[..length],
                start: at,
                depth,
            });
        }
        if byte == b'(' {
            depth += 1;
        }
        at += length;
    }
    tokens
}

// Bytes above 127 are part of names, so a token never ends inside a character.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte == b'.' || byte >= 0x80
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, found)) = chars.next() {
        if found != quote {
            continue;
        }
        if chars.peek().is_some_and(|&(_, next)| next == quote) {
            chars.next();
        } else {
            return at + 1;
        }
    }
    rest.len()
}

/// The parts of a `CREATE VIEW` statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ViewDefinition {
    pub(super) columns: Vec<String>,
    /// The text after AS, as written.
    pub(super) query: String,
}

impl ViewDefinition {
    pub(super) fn read(sql: &str) -> ViewDefinition {
        let tokens = tokens(sql);
        let is_as = |token: &&Token<'_>| token.depth == 0 && token.is_word("AS");
        let Some(word) = tokens.iter().find(is_as) else {
            return ViewDefinition {
                columns: Vec::new(),
                query: sql.to_owned(),
            };
        };
        let columns = tokens
            .iter()
            .take_while(|token| token.start < word.start)
            .filter(|token| token.depth == 1 && !token.is_mark(",") && !token.is_mark("("))
            .map(Token::name);
        ViewDefinition {
            columns: columns.collect(),
            query: sql[word.end()..].trim().to_owned(),
        }
    }
}

/// The parts of a `CREATE TABLE` statement that pragmas do not report.
#[derive(Debug, Default)]
pub(super) struct TableDefinition {
    pub(super) columns: Vec<ColumnDefinition>,
    /// The checks, each with its column if it is a column constraint.
    pub(super) checks: Vec<(Option<String>, Check)>,
    /// The names of keys and unique constraints, each with its columns.
    pub(super) names: Vec<ConstraintName>,
    pub(super) options: Option<String>,
}

/// A constraint's name, with the details that identify the constraint.
#[derive(Debug)]
pub(super) struct ConstraintName {
    pub(super) kind: Named,
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) deferrable: Deferrable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    PrimaryKey,
    Unique,
    ForeignKey,
}

/// The parts of a column definition that pragmas do not report.
#[derive(Debug)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    pub(super) collation: Option<String>,
    pub(super) generated: Option<Generated>,
    pub(super) autoincrement: bool,
}

impl TableDefinition {
    /// Parses the CREATE TABLE statement of a table.
    pub(super) fn read(sql: &str) -> TableDefinition {
        let tokens = tokens(sql);
        let mut definition = TableDefinition::default();
        let Some(open) = tokens.iter().position(|token| token.is_mark("(")) else {
            return definition;
        };
        let close = tokens
            .iter()
            .rposition(|token| token.is_mark(")") && token.depth == 0)
            .unwrap_or(tokens.len());
        for item in split(&tokens[open + 1..close.max(open + 1)], 1) {
            definition.read_item(sql, item);
        }
        let options = tokens.get(close + 1..).unwrap_or_default();
        if !options.is_empty() {
            definition.options = Some(
                options
                    .iter()
                    .map(|token| token.raw)
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
        definition
    }

    /// Returns whether the table has a constraint of this kind.
    pub(super) fn says(&self, kind: Named) -> bool {
        self.names.iter().any(|found| found.kind == kind)
    }

    fn read_item(&mut self, sql: &str, item: &[Token<'_>]) {
        let Some(first) = item.first() else { return };
        let keywords = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
        let own_name = (!keywords.iter().any(|word| first.is_word(word))).then(|| first.name());
        let mut column = own_name.as_ref().map(|name| ColumnDefinition {
            name: name.clone(),
            collation: None,
            generated: None,
            autoincrement: false,
        });
        let start = usize::from(own_name.is_some());
        let mut name: Option<String> = None;
        let mut at = start;
        while let Some(token) = item.get(at) {
            if token.depth == 1 && token.kind == Kind::Word {
                let named = |kind, name: &mut Option<String>| ConstraintName {
                    kind,
                    name: name.take(),
                    columns: own_name
                        .clone()
                        .map_or_else(|| group_names(item, at), |name| vec![name]),
                    deferrable: Deferrable::No,
                };
                match token.raw.to_ascii_uppercase().as_str() {
                    "CONSTRAINT" => name = item.get(at + 1).map(Token::name),
                    "CHECK" => {
                        let condition = group(sql, item, at).unwrap_or_default();
                        self.checks.push((
                            own_name.clone(),
                            Check {
                                name: name.take(),
                                ..Check::new(condition)
                            },
                        ));
                    }
                    "PRIMARY" => {
                        let key = named(Named::PrimaryKey, &mut name);
                        if own_name.is_none() {
                            self.number(item, &key.columns);
                        }
                        self.names.push(key);
                    }
                    "UNIQUE" => self.names.push(named(Named::Unique, &mut name)),
                    // As a table constraint, a foreign key begins with FOREIGN; as a column constraint, with
                    // REFERENCES.
                    "FOREIGN" => self.names.push(named(Named::ForeignKey, &mut name)),
                    "REFERENCES" if own_name.is_some() => {
                        self.names.push(named(Named::ForeignKey, &mut name))
                    }
                    "DEFERRABLE" if !item[..at].last().is_some_and(|last| last.is_word("NOT")) => {
                        if let Some(key) = self.names.last_mut() {
                            key.deferrable = Deferrable::Immediate;
                        }
                    }
                    "DEFERRED" => {
                        if let Some(key) = self.names.last_mut()
                            && key.deferrable == Deferrable::Immediate
                        {
                            key.deferrable = Deferrable::Deferred;
                        }
                    }
                    // A name belongs to the clause directly after it.
                    "NOT" | "NULL" | "DEFAULT" | "GENERATED" => name = None,
                    "COLLATE" => {
                        name = None;
                        if let (Some(column), Some(next)) = (&mut column, item.get(at + 1)) {
                            column.collation = Some(next.name());
                        }
                    }
                    "AUTOINCREMENT" => {
                        if let Some(column) = &mut column {
                            column.autoincrement = true;
                        }
                    }
                    "AS" => {
                        if let (Some(column), Some(expression)) =
                            (&mut column, group(sql, item, at))
                        {
                            let stored = item[at..]
                                .iter()
                                .any(|token| token.depth == 1 && token.is_word("STORED"));
                            let kind = if stored {
                                Generated::Stored
                            } else {
                                Generated::Virtual
                            };
                            column.generated = Some(kind(expression));
                        }
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        self.columns.extend(column);
    }
}

impl TableDefinition {
    /// Notes AUTOINCREMENT of a primary key that is a table constraint.
    fn number(&mut self, item: &[Token<'_>], key: &[String]) {
        let [only] = key else { return };
        if !item.iter().any(|token| token.is_word("AUTOINCREMENT")) {
            return;
        }
        let own = |column: &&mut ColumnDefinition| column.name.eq_ignore_ascii_case(only);
        if let Some(column) = self.columns.iter_mut().find(own) {
            column.autoincrement = true;
        }
    }
}

/// The parts of a `CREATE INDEX` statement: the text of each part, and the condition.
pub(super) struct IndexDefinition {
    pub(super) parts: Vec<PartDefinition>,
    pub(super) predicate: Option<String>,
}

/// One part of an index as written.
pub(super) struct PartDefinition {
    /// The expression, without collation, direction and outer brackets.
    pub(super) expression: String,
    pub(super) collation: Option<String>,
}

impl IndexDefinition {
    /// Parses the CREATE INDEX statement of an index.
    pub(super) fn read(sql: &str) -> IndexDefinition {
        let tokens = tokens(sql);
        let open = tokens
            .iter()
            .position(|token| token.is_mark("("))
            .unwrap_or(tokens.len());
        let close = tokens
            .iter()
            .enumerate()
            .position(|(at, token)| at > open && token.depth == 0 && token.is_mark(")"))
            .unwrap_or(tokens.len());
        let inside = tokens.get(open + 1..close).unwrap_or_default();
        let parts = split(inside, 1)
            .into_iter()
            .map(|part| index_part(sql, part))
            .collect();
        let filter = tokens.get(close + 1..).unwrap_or_default();
        let predicate = filter
            .split_first()
            .filter(|(word, _)| word.is_word("WHERE"))
            .and_then(|(_, rest)| span(sql, rest));
        IndexDefinition { parts, predicate }
    }
}

fn index_part(sql: &str, mut part: &[Token<'_>]) -> PartDefinition {
    let mut collation = None;
    loop {
        match part {
            [rest @ .., last] if last.is_word("ASC") || last.is_word("DESC") => part = rest,
            [rest @ .., word, name] if word.is_word("COLLATE") && word.depth == 1 => {
                collation = Some(name.name());
                part = rest;
            }
            [first, inner @ .., last]
                if first.is_mark("(")
                    && last.is_mark(")")
                    && inner.iter().all(|token| token.depth > 1) =>
            {
                part = inner;
                break;
            }
            _ => break,
        }
    }
    PartDefinition {
        expression: span(sql, part).unwrap_or_default(),
        collation,
    }
}

fn split<'s, 'a>(tokens: &'s [Token<'a>], depth: usize) -> Vec<&'s [Token<'a>]> {
    tokens
        .split(|token| token.is_mark(",") && token.depth == depth)
        .collect()
}

/// Returns the text of the bracketed group after `at`.
fn group(sql: &str, item: &[Token<'_>], at: usize) -> Option<String> {
    let (inside, _) = bracketed(item, at)?;
    Some(span(sql, inside).unwrap_or_default())
}

fn group_names(item: &[Token<'_>], at: usize) -> Vec<String> {
    let Some((inside, depth)) = bracketed(item, at) else {
        return Vec::new();
    };
    split(inside, depth)
        .into_iter()
        .filter_map(|part| part.first().map(Token::name))
        .collect()
}

fn bracketed<'s, 'a>(item: &'s [Token<'a>], at: usize) -> Option<(&'s [Token<'a>], usize)> {
    let open = at
        + item
            .get(at..)?
            .iter()
            .position(|token| token.is_mark("("))?;
    let depth = item.get(open)?.depth;
    let close = open
        + 1
        + item
            .get(open + 1..)?
            .iter()
            .position(|token| token.is_mark(")") && token.depth == depth)?;
    Some((item.get(open + 1..close)?, depth + 1))
}

fn span(sql: &str, tokens: &[Token<'_>]) -> Option<String> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    sql.get(first.start..last.end()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_pragma_reports_is_read_from_the_statement() {
        let table = TableDefinition::read(
            "CREATE TABLE \"t\" ( -- a comment, with a comma\n id INTEGER PRIMARY KEY AUTOINCREMENT,\n \
             name TEXT COLLATE NOCASE DEFAULT ('a, b') CHECK (length(name) > 1),\n \
             twice INT GENERATED ALWAYS AS (id * 2) STORED, CONSTRAINT positive CHECK (id > 0),\n \
             CONSTRAINT uq UNIQUE (name, \"id\"), FOREIGN KEY (id) REFERENCES u (id) DEFERRABLE INITIALLY DEFERRED\n) STRICT",
        );
        let names: Vec<_> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["id", "name", "twice"]);
        assert!(table.columns[0].autoincrement);
        assert_eq!(table.columns[1].collation.as_deref(), Some("NOCASE"));
        assert_eq!(
            table.columns[2].generated,
            Some(Generated::Stored("id * 2".into()))
        );
        assert_eq!(table.checks[0].1.condition, "length(name) > 1");
        assert_eq!(table.checks[1].1.name.as_deref(), Some("positive"));
        assert_eq!(table.names[1].name.as_deref(), Some("uq"));
        assert_eq!(table.names[1].columns, ["name", "id"]);
        assert_eq!(table.names[2].deferrable, Deferrable::Deferred);
        assert_eq!(table.names[2].kind, Named::ForeignKey);
        assert_eq!(table.options.as_deref(), Some("STRICT"));
    }

    #[test]
    fn parts_of_an_index_lose_their_brackets_and_directions() {
        let index = IndexDefinition::read(
            "CREATE INDEX i ON t (a DESC, (lower(b)), c COLLATE NOCASE) WHERE a > (1)",
        );
        let parts: Vec<_> = index
            .parts
            .iter()
            .map(|part| part.expression.as_str())
            .collect();
        assert_eq!(parts, ["a", "lower(b)", "c"]);
        assert_eq!(index.parts[2].collation.as_deref(), Some("NOCASE"));
        assert_eq!(index.predicate.as_deref(), Some("a > (1)"));
    }

    #[test]
    fn unusual_names_and_open_quotes_do_not_stop_the_parser() {
        for sql in [
            "",
            "CREATE TABLE",
            "CREATE TABLE t (",
            "CREATE TABLE t ('",
            "a ) b (",
            "/*",
            "é\"",
            "[x",
        ] {
            TableDefinition::read(sql);
            IndexDefinition::read(sql);
        }
        assert_eq!(
            ViewDefinition::read("CREATE  VIEW \"v\" /* x */ AS\nSELECT 'a  b' -- c\n||d").query,
            "SELECT 'a  b' -- c\n||d"
        );
    }
}
