//! Parses a stored `CREATE TABLE` statement into its parts, each with its byte range.
//!
//! The result has columns, clauses, constraints and options as spans of the text. Otherwise it is the position that
//! can't be parsed. The grammar is SQLite's `CREATE TABLE`, except for expressions, which are skipped.

use std::ops::Range;

use super::table::{
    Clause, ClauseKind, Column, ConstraintKind, Definition, OptionKind, Reference, TableConstraint,
    TableOption,
};
use super::token::{Kind, Token, tokens};

/// The position where a text can't be parsed, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

impl Unread {
    /// Returns a description of the place, with the text there.
    pub(super) fn words(&self, sql: &str) -> String {
        let near: String = sql
            .get(self.at..)
            .unwrap_or_default()
            .chars()
            .take(30)
            .collect();
        let (expected, at) = (self.expected, self.at + 1);
        if near.is_empty() {
            format!("expected {expected} at the end")
        } else {
            format!(
                "expected {expected} at character {at}, near `{}`",
                near.trim_end()
            )
        }
    }
}

type Read<T> = Result<T, Unread>;

impl Definition {
    /// Parses a statement.
    pub(super) fn read(sql: &str) -> Read<Definition> {
        let mut cursor = Cursor::new(sql)?;
        cursor.expect_word("CREATE", "CREATE TABLE")?;
        let _ = cursor.take_word("TEMP") || cursor.take_word("TEMPORARY");
        cursor.expect_word("TABLE", "CREATE TABLE")?;
        if cursor.take_word("IF") {
            cursor.expect_word("NOT", "NOT EXISTS")?;
            cursor.expect_word("EXISTS", "EXISTS")?;
        }
        let mut name = cursor.name("the table's name")?;
        if cursor.take_mark(".") {
            name = cursor.name("the table's name")?;
        }
        let mut definition = Definition {
            name: name.name(sql),
            name_span: name.span,
            open: cursor.expect_mark("(", "the list of columns")?.end,
            close: 0,
            columns: Vec::new(),
            constraints: Vec::new(),
            options: Vec::new(),
            commas: Vec::new(),
        };
        cursor.list(&mut definition)?;
        cursor.options(&mut definition)?;
        Ok(definition)
    }
}

impl Column {
    /// Parses a single column, written as in the column list.
    pub(super) fn read(sql: &str) -> Read<Column> {
        let mut cursor = Cursor::new(sql)?;
        let column = cursor.column()?;
        cursor.expect_end()?;
        Ok(column)
    }
}

impl TableConstraint {
    /// Parses a single constraint, written as in the column list.
    pub(super) fn read(sql: &str) -> Read<TableConstraint> {
        let mut cursor = Cursor::new(sql)?;
        let constraint = cursor.constraint()?;
        cursor.expect_end()?;
        Ok(constraint)
    }
}

struct Cursor<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(sql: &'a str) -> Read<Cursor<'a>> {
        let tokens = tokens(sql).map_err(|at| Unread {
            at,
            expected: "a closing quote",
        })?;
        Ok(Cursor { sql, tokens, at: 0 })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| token.is_word(self.sql, word))
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.is_mark(self.sql, mark))
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(0, word))
    }

    /// Returns the start of the next token, or the end of the text.
    fn start(&self) -> usize {
        self.peek().map_or(self.sql.len(), |token| token.span.start)
    }

    /// Returns the end of the last token that was taken.
    fn end(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0, |token| token.span.end)
    }

    fn missing<T>(&self, expected: &'static str) -> Read<T> {
        Err(Unread {
            at: self.start(),
            expected,
        })
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn expect_word(&mut self, word: &str, expected: &'static str) -> Read<()> {
        if self.take_word(word) {
            Ok(())
        } else {
            self.missing(expected)
        }
    }

    fn expect_mark(&mut self, mark: &str, expected: &'static str) -> Read<Range<usize>> {
        let start = self.start();
        if self.take_mark(mark) {
            Ok(start..self.end())
        } else {
            self.missing(expected)
        }
    }

    fn expect_end(&self) -> Read<()> {
        if self.at == self.tokens.len() {
            Ok(())
        } else {
            self.missing("the end")
        }
    }

    fn name(&mut self, expected: &'static str) -> Read<Token> {
        match self.peek().filter(|token| token.can_name()).cloned() {
            Some(token) => {
                self.at += 1;
                Ok(token)
            }
            None => self.missing(expected),
        }
    }

    /// Skips a bracketed group and returns the range inside.
    fn group(&mut self) -> Read<Range<usize>> {
        let open = self.expect_mark("(", "(")?;
        let mut depth = 1_usize;
        while let Some(token) = self.peek() {
            if token.is_mark(self.sql, "(") {
                depth += 1;
            } else if token.is_mark(self.sql, ")") {
                depth -= 1;
                if depth == 0 {
                    let close = token.span.start;
                    self.at += 1;
                    return Ok(open.end..close);
                }
            }
            self.at += 1;
        }
        self.missing(")")
    }

    fn list(&mut self, definition: &mut Definition) -> Read<()> {
        loop {
            if self.is_one_of(&CONSTRAINT_KEYWORDS) {
                definition.constraints.push(self.constraint()?);
            } else if definition.constraints.is_empty() {
                definition.columns.push(self.column()?);
            } else {
                return self.missing("a constraint or )");
            }
            if self.is_mark(",") {
                definition.commas.push(Some(self.start()));
                self.at += 1;
            } else {
                definition.commas.push(None);
                if self.is_mark(")") {
                    definition.close = self.start();
                    self.at += 1;
                    return Ok(());
                }
                if definition.constraints.is_empty() {
                    return self.missing(", or )");
                }
            }
        }
    }

    fn options(&mut self, definition: &mut Definition) -> Read<()> {
        while self.peek().is_some() {
            let start = self.start();
            let kind = if self.take_word("STRICT") {
                OptionKind::Strict
            } else {
                self.expect_word("WITHOUT", "STRICT or WITHOUT ROWID")?;
                self.expect_word("ROWID", "ROWID")?;
                OptionKind::WithoutRowid
            };
            let span = start..self.end();
            definition.options.push(TableOption { span, kind });
            if !self.take_mark(",") {
                return self.expect_end();
            }
        }
        Ok(())
    }

    fn column(&mut self) -> Read<Column> {
        let name = self.name("a column's name")?;
        let mut column = Column {
            span: name.span.clone(),
            name: name.name(self.sql),
            name_span: name.span,
            type_span: self.type_name()?,
            clauses: Vec::new(),
        };
        while self.peek().is_some() && !self.is_mark(",") && !self.is_mark(")") {
            self.clause(&mut column.clauses)?;
        }
        column.span.end = self.end();
        Ok(column)
    }

    fn type_name(&mut self) -> Read<Option<Range<usize>>> {
        let start = self.start();
        let before = self.at;
        while self.peek().is_some_and(Token::can_name) && !self.is_one_of(&AFTER_TYPE) {
            if self.is_word(0, "GENERATED") && self.is_word(1, "ALWAYS") {
                break;
            }
            self.at += 1;
        }
        if self.at == before {
            return Ok(None);
        }
        if self.is_mark("(") {
            self.group()?;
        }
        Ok(Some(start..self.end()))
    }

    fn clause(&mut self, clauses: &mut Vec<Clause>) -> Read<()> {
        let start = self.start();
        let name = self.constraint_name()?;
        if self.is_word(0, "DEFERRABLE")
            || (self.is_word(0, "NOT") && self.is_word(1, "DEFERRABLE"))
        {
            self.deferral()?;
            let end = self.end();
            let key = clauses
                .iter_mut()
                .rev()
                .find(|clause| matches!(clause.kind, ClauseKind::References(_)));
            match key {
                Some(key) if name.is_none() => key.span.end = end,
                _ => clauses.push(Clause {
                    span: start..end,
                    name,
                    kind: ClauseKind::Nothing,
                }),
            }
            return Ok(());
        }
        let kind = self.clause_kind(name.is_some())?;
        let span = start..self.end();
        clauses.push(Clause { span, name, kind });
        Ok(())
    }

    fn clause_kind(&mut self, named: bool) -> Read<ClauseKind> {
        Ok(if self.take_word("NOT") {
            self.expect_word("NULL", "NULL")?;
            self.on_conflict()?;
            ClauseKind::NotNull
        } else if self.take_word("NULL") {
            self.on_conflict()?;
            ClauseKind::Null
        } else if self.take_word("DEFAULT") {
            ClauseKind::Default(self.default_value()?)
        } else if self.take_word("PRIMARY") {
            self.expect_word("KEY", "KEY")?;
            let _ = self.take_word("ASC") || self.take_word("DESC");
            self.on_conflict()?;
            ClauseKind::PrimaryKey {
                autoincrement: self.take_word("AUTOINCREMENT"),
            }
        } else if self.take_word("UNIQUE") {
            self.on_conflict()?;
            ClauseKind::Unique
        } else if self.take_word("CHECK") {
            ClauseKind::Check(self.group()?)
        } else if self.is_word(0, "REFERENCES") {
            ClauseKind::References(self.reference()?)
        } else if self.take_word("COLLATE") {
            ClauseKind::Collate(self.name("a collation")?.name(self.sql))
        } else if self.is_word(0, "GENERATED") || self.is_word(0, "AS") {
            self.generated()?
        } else if named {
            ClauseKind::Nothing
        } else {
            return self.missing("a column constraint, a comma or )");
        })
    }

    fn constraint_name(&mut self) -> Read<Option<String>> {
        if !self.take_word("CONSTRAINT") {
            return Ok(None);
        }
        Ok(Some(self.name("the constraint's name")?.name(self.sql)))
    }

    fn default_value(&mut self) -> Read<Range<usize>> {
        let start = self.start();
        if self.is_mark("(") {
            self.group()?;
            return Ok(start..self.end());
        }
        let _ = self.take_mark("-") || self.take_mark("+");
        match self.peek() {
            Some(token) if token.kind != Kind::Mark => {
                self.at += 1;
                Ok(start..self.end())
            }
            _ => self.missing("a default value"),
        }
    }

    fn generated(&mut self) -> Read<ClauseKind> {
        if self.take_word("GENERATED") {
            self.expect_word("ALWAYS", "ALWAYS")?;
        }
        self.expect_word("AS", "AS")?;
        let expression = self.group()?;
        let stored = self.take_word("STORED");
        if !stored {
            self.take_word("VIRTUAL");
        }
        Ok(ClauseKind::Generated { expression, stored })
    }

    fn on_conflict(&mut self) -> Read<()> {
        if self.take_word("ON") {
            self.expect_word("CONFLICT", "CONFLICT")?;
            self.name("a conflict action")?;
        }
        Ok(())
    }

    fn reference(&mut self) -> Read<Reference> {
        self.expect_word("REFERENCES", "REFERENCES")?;
        let table = self.name("the referenced table")?.name(self.sql);
        let columns = if self.is_mark("(") {
            self.columns()?.0
        } else {
            Vec::new()
        };
        loop {
            if self.take_word("MATCH") {
                self.name("a name")?;
            } else if self.take_word("ON") {
                self.name("DELETE or UPDATE")?;
                // SET NULL, SET DEFAULT and NO ACTION are two words, the other actions one.
                let _ = self.take_word("SET") || self.take_word("NO");
                self.name("an action")?;
            } else {
                return Ok(Reference { table, columns });
            }
        }
    }

    fn deferral(&mut self) -> Read<()> {
        self.take_word("NOT");
        self.expect_word("DEFERRABLE", "DEFERRABLE")?;
        if self.take_word("INITIALLY") {
            self.name("DEFERRED or IMMEDIATE")?;
        }
        Ok(())
    }

    /// Skips a bracketed list of columns; returns their names, and whether AUTOINCREMENT is at the end.
    fn columns(&mut self) -> Read<(Vec<String>, bool)> {
        self.expect_mark("(", "(")?;
        let (mut names, mut autoincrement) = (Vec::new(), false);
        loop {
            names.push(self.name("a column's name")?.name(self.sql));
            if self.take_word("COLLATE") {
                self.name("a collation")?;
            }
            let _ = self.take_word("ASC") || self.take_word("DESC");
            if self.take_word("NULLS") {
                self.name("FIRST or LAST")?;
            }
            autoincrement |= self.take_word("AUTOINCREMENT");
            if !self.take_mark(",") {
                self.expect_mark(")", ", or )")?;
                return Ok((names, autoincrement));
            }
        }
    }

    fn constraint(&mut self) -> Read<TableConstraint> {
        let start = self.start();
        let name = self.constraint_name()?;
        let kind = if self.take_word("PRIMARY") {
            self.expect_word("KEY", "KEY")?;
            let (columns, autoincrement) = self.columns()?;
            self.on_conflict()?;
            ConstraintKind::PrimaryKey {
                columns,
                autoincrement,
            }
        } else if self.take_word("UNIQUE") {
            let (columns, _) = self.columns()?;
            self.on_conflict()?;
            ConstraintKind::Unique(columns)
        } else if self.take_word("CHECK") {
            let condition = self.group()?;
            self.on_conflict()?;
            ConstraintKind::Check(condition)
        } else if self.take_word("FOREIGN") {
            self.expect_word("KEY", "KEY")?;
            let (columns, _) = self.columns()?;
            let reference = self.reference()?;
            if self.is_word(0, "NOT") || self.is_word(0, "DEFERRABLE") {
                self.deferral()?;
            }
            ConstraintKind::ForeignKey { columns, reference }
        } else if name.is_some() {
            ConstraintKind::Nothing
        } else {
            return self.missing("a constraint");
        };
        let span = start..self.end();
        Ok(TableConstraint { span, name, kind })
    }
}

/// Keywords that begin a table constraint.
const CONSTRAINT_KEYWORDS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// Keywords that can't be part of a type.
const AFTER_TYPE: [&str; 11] = [
    "CONSTRAINT",
    "DEFERRABLE",
    "DEFAULT",
    "NULL",
    "NOT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "COLLATE",
    "AS",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Definition {
        Definition::read(sql).unwrap_or_else(|error| panic!("{}", error.words(sql)))
    }

    #[test]
    fn every_part_is_found_at_its_position() {
        let sql = "CREATE TABLE \"o\"\"dd\" (\n  id INTEGER CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT ROLLBACK AUTOINCREMENT, -- a, b\n  \
                   [na me] VARCHAR (10, 2) NOT NULL ON CONFLICT FAIL DEFAULT -1.5 COLLATE nocase UNIQUE,\n  \
                   up INT REFERENCES \"o\"\"dd\"(id) ON DELETE SET NULL MATCH FULL ON UPDATE NO ACTION NOT DEFERRABLE INITIALLY DEFERRED CHECK (up > 0),\n  \
                   g GENERATED ALWAYS AS (id + (1)) STORED, 'k' DEFAULT (a,b) NULL, untyped, long double precision,\n  \
                   CONSTRAINT c CHECK (id <> ')') CHECK (2), UNIQUE (id COLLATE nocase DESC, up) ON CONFLICT IGNORE,\n  \
                   CONSTRAINT fk FOREIGN KEY (id, up) REFERENCES other DEFERRABLE\n) WITHOUT ROWID , STRICT";
        let table = read(sql);
        let names: Vec<_> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["id", "na me", "up", "g", "k", "untyped", "long"]);
        assert_eq!(table.name, "o\"dd");
        let of = |span: &Option<Range<usize>>| span.clone().map(|span| &sql[span]);
        assert_eq!(of(&table.columns[1].type_span), Some("VARCHAR (10, 2)"));
        assert_eq!(of(&table.columns[3].type_span), None);
        assert_eq!(of(&table.columns[6].type_span), Some("double precision"));
        let clauses: Vec<_> = table.columns[2]
            .clauses
            .iter()
            .map(|clause| &sql[clause.span.clone()])
            .collect();
        assert_eq!(clauses.len(), 2);
        assert!(clauses[0].ends_with("INITIALLY DEFERRED"), "{clauses:?}");
        let clauses: Vec<_> = table.columns[1]
            .clauses
            .iter()
            .map(|clause| &sql[clause.span.clone()])
            .collect();
        assert_eq!(
            clauses,
            [
                "NOT NULL ON CONFLICT FAIL",
                "DEFAULT -1.5",
                "COLLATE nocase",
                "UNIQUE"
            ]
        );
        assert!(table.is_autoincrement());
        let constraints: Vec<_> = table
            .constraints
            .iter()
            .map(|constraint| &sql[constraint.span.clone()])
            .collect();
        assert_eq!(
            constraints,
            [
                "CONSTRAINT c CHECK (id <> ')')",
                "CHECK (2)",
                "UNIQUE (id COLLATE nocase DESC, up) ON CONFLICT IGNORE",
                "CONSTRAINT fk FOREIGN KEY (id, up) REFERENCES other DEFERRABLE"
            ]
        );
        assert_eq!(
            table.commas.iter().filter(|comma| comma.is_none()).count(),
            2
        );
        assert!(table.has_option(OptionKind::Strict) && table.has_option(OptionKind::WithoutRowid));
    }

    #[test]
    fn an_invalid_create_table_is_reported_with_its_position() {
        let message = |sql: &str| Definition::read(sql).unwrap_err().words(sql);
        assert_eq!(
            message("CREATE TABLE t AS SELECT 1"),
            "expected the list of columns at character 16, near `AS SELECT 1`"
        );
        assert!(message("CREATE TABLE t (a INT").contains("at the end"));
        assert!(message("CREATE TABLE t (a INT 5)").contains("near `5)`"));
        assert!(message("CREATE TABLE t (a) FANCY").contains("FANCY"));
        assert!(message("CREATE TABLE t (a, CHECK (1), b INT)").contains("near `b INT)`"));
        assert!(message("CREATE TABLE t (a 'b)").contains("quote"));
    }
}
