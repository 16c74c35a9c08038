//! Finds the statements of a text and their first words. Never fails: an unterminated token ends with the text.

use std::ops::Range;

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Mysql,
}

/// The number of tokens that are kept of a statement.
const KEPT: usize = 8;

/// One statement of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its place, without the semicolon and without comments before and after it.
    pub(crate) range: Range<usize>,
    /// Its first tokens: words in capital letters, and other characters. Quoted text is `'`.
    pub(crate) words: Vec<String>,
    /// It has more tokens than `words`.
    pub(crate) is_longer: bool,
}

/// Returns the statements of a text. With `backslash`, a backslash in a quoted string escapes the next character.
pub(crate) fn statements(text: &[u8], dialect: Dialect, backslash: bool) -> Vec<Statement> {
    let mut lexer = Lexer {
        text,
        at: 0,
        dialect,
        backslash,
        in_executable_comment: false,
    };
    let mut statements = Vec::new();
    let mut current = Current::default();
    while let Some((range, token)) = lexer.next() {
        match token {
            Token::Semicolon if current.can_end() => statements.extend(current.take()),
            token => current.push(range, token, dialect),
        }
    }
    statements.extend(current.take());
    statements
}

enum Token {
    Word(String),
    Quoted,
    Semicolon,
    Other(u8),
}

/// The statement that is read.
#[derive(Default)]
struct Current {
    range: Option<Range<usize>>,
    words: Vec<String>,
    is_longer: bool,
    parentheses: u32,
    /// Open blocks of a routine's body: `BEGIN ATOMIC … END`, and `CASE … END` in it.
    blocks: u32,
    /// On MariaDB and MySQL the end of a routine's body is not known.
    is_endless: bool,
}

impl Current {
    fn can_end(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0 && !self.is_endless
    }

    fn push(&mut self, range: Range<usize>, token: Token, dialect: Dialect) {
        let start = self.range.as_ref().map_or(range.start, |range| range.start);
        self.range = Some(start..range.end);
        let word = match token {
            Token::Word(word) => {
                if dialect == Dialect::Postgres {
                    self.count_blocks(&word);
                } else if self.words.first().is_some_and(|first| first == "CREATE") {
                    self.is_endless |=
                        ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"].contains(&&*word);
                }
                word
            }
            Token::Quoted => "'".to_owned(),
            Token::Semicolon => ";".to_owned(),
            Token::Other(byte) => {
                match byte {
                    b'(' => self.parentheses += 1,
                    b')' => self.parentheses = self.parentheses.saturating_sub(1),
                    _ => {}
                }
                char::from(byte).to_string()
            }
        };
        match self.words.len() < KEPT {
            true => self.words.push(word),
            false => self.is_longer = true,
        }
    }

    /// Counts the blocks of a routine as psql does.
    fn count_blocks(&mut self, word: &str) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let is_routine = matches!(
            words[..],
            ["CREATE", "FUNCTION" | "PROCEDURE", ..]
                | ["CREATE", "OR", "REPLACE", "FUNCTION" | "PROCEDURE", ..]
        );
        match word {
            "BEGIN" if is_routine => self.blocks += 1,
            "CASE" if self.blocks > 0 => self.blocks += 1,
            "END" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }

    fn take(&mut self) -> Option<Statement> {
        let current = std::mem::take(self);
        Some(Statement {
            range: current.range?,
            words: current.words,
            is_longer: current.is_longer,
        })
    }
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    dialect: Dialect,
    backslash: bool,
    /// In `/*! … */`, which the server executes.
    in_executable_comment: bool,
}

impl Lexer<'_> {
    fn byte(&self, offset: usize) -> u8 {
        self.text.get(self.at + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<(Range<usize>, Token)> {
        self.skip_blanks();
        let start = self.at;
        let &first = self.text.get(start)?;
        let token = match first {
            b';' => {
                self.at += 1;
                Token::Semicolon
            }
            b'\'' => self.quoted(b'\'', self.backslash),
            b'"' => self.quoted(b'"', self.backslash && self.dialect == Dialect::Mysql),
            b'`' if self.dialect == Dialect::Mysql => self.quoted(b'`', false),
            b'$' if self.dialect == Dialect::Postgres => self.dollar(),
            first if is_word(first) => self.word(),
            first => {
                self.at += 1;
                Token::Other(first)
            }
        };
        Some((start..self.at, token))
    }

    fn skip_blanks(&mut self) {
        loop {
            let is_mysql = self.dialect == Dialect::Mysql;
            match (self.byte(0), self.byte(1)) {
                _ if self.at >= self.text.len() => return,
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                (b'-', b'-') if !is_mysql || matches!(self.byte(2), 0..=b' ') => self.skip_line(),
                (b'#', _) if is_mysql => self.skip_line(),
                (b'*', b'/') if self.in_executable_comment => {
                    self.in_executable_comment = false;
                    self.at += 2;
                }
                (b'/', b'*') => self.skip_comment(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let line = self.rest().iter().position(|&byte| byte == b'\n');
        self.at = line.map_or(self.text.len(), |length| self.at + length + 1);
    }

    fn skip_comment(&mut self) {
        if self.dialect == Dialect::Mysql {
            let rest = self.rest();
            let mark = [&b"/*!"[..], b"/*M!"]
                .into_iter()
                .find(|mark| rest.starts_with(mark));
            if let Some(mark) = mark {
                let digits = rest[mark.len()..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                self.at += mark.len() + digits;
                self.in_executable_comment = true;
                return;
            }
        }
        let mut depth = 0_u32;
        while self.at < self.text.len() {
            match (self.byte(0), self.byte(1)) {
                (b'/', b'*') if depth == 0 || self.dialect == Dialect::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    fn quoted(&mut self, quote: u8, backslash: bool) -> Token {
        self.at += 1;
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            if byte == b'\\' && backslash {
                self.at += 1;
            } else if byte == quote {
                if self.byte(0) != quote {
                    break;
                }
                self.at += 1;
            }
        }
        self.at = self.at.min(self.text.len());
        Token::Quoted
    }

    /// Reads `$tag$ … $tag$`, or a parameter.
    fn dollar(&mut self) -> Token {
        let rest = self.rest();
        let tag = rest[1..].iter().position(|&byte| byte == b'$');
        let tag = tag.map(|length| &rest[..length + 2]).filter(|tag| {
            let name = &tag[1..tag.len() - 1];
            name.iter().all(|&byte| is_word(byte) && byte != b'$')
                && !name.first().is_some_and(u8::is_ascii_digit)
        });
        let Some(tag) = tag.map(<[u8]>::to_vec) else {
            self.at += 1;
            return Token::Other(b'$');
        };
        self.at += tag.len();
        let end = self
            .rest()
            .windows(tag.len())
            .position(|window| window == tag);
        self.at = end.map_or(self.text.len(), |length| self.at + length + tag.len());
        Token::Quoted
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        while is_word(self.byte(0)) {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).to_ascii_uppercase();
        if word == "E" && self.byte(0) == b'\'' && self.dialect == Dialect::Postgres {
            return self.quoted(b'\'', true);
        }
        Token::Word(word)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str, dialect: Dialect) -> Vec<&str> {
        let statements = statements(text.as_bytes(), dialect, dialect == Dialect::Mysql);
        statements
            .into_iter()
            .map(|statement| &text[statement.range])
            .collect()
    }

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_separate_nothing() {
        let text = "-- a;\nBEGIN; /* ; /* ; */ ; */ SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';' ;; \n COMMIT -- ;\n";
        assert_eq!(
            split(text, Dialect::Postgres),
            [
                "BEGIN",
                "SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';'",
                "COMMIT"
            ]
        );
        let body = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
        let rule = "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)";
        let text = format!("{body}; {rule}; END");
        assert_eq!(split(&text, Dialect::Postgres), [body, rule, "END"]);
        let text = "SELECT $1; SELECT a$b$; SELECT c$b$";
        assert_eq!(
            split(text, Dialect::Postgres),
            ["SELECT $1", "SELECT a$b$", "SELECT c$b$"]
        );
    }

    #[test]
    fn mysql_texts_have_their_own_quotes_and_comments() {
        let text = "# ;\nSELECT '\\';', `;`, \"\\\";\" -- ;\n; SELECT 1--1; /*!50003 COMMIT */; /* /* ; */ SELECT 2";
        assert_eq!(
            split(text, Dialect::Mysql),
            [
                "SELECT '\\';', `;`, \"\\\";\"",
                "SELECT 1--1",
                "COMMIT",
                "SELECT 2"
            ]
        );
        let text = "CREATE PROCEDURE p() BEGIN SELECT 1; COMMIT; END; SELECT 2";
        assert_eq!(split(text, Dialect::Mysql), [text]);
    }

    proptest! {
        #[test]
        fn every_text_is_read_to_its_end(text in "[a-zE$'\"`;#/*!\\\\ \n0-9é-]{0,60}") {
            for dialect in [Dialect::Postgres, Dialect::Mysql] {
                for backslash in [false, true] {
                    for statement in statements(text.as_bytes(), dialect, backslash) {
                        prop_assert!(text.get(statement.range).is_some());
                    }
                }
            }
        }
    }
}
