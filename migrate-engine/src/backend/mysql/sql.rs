//! The text of statements: where a statement ends, its first words, and its placeholders.
//!
//! It parses quotes and comments as the server does with the `sql_mode` of a run: strings are in `'` or `"`, a
//! backslash escapes the next character, and names are in backticks.

use crate::backend::StatementKind;

/// Returns the statements of a script, without the semicolons between them. Statements that contain only comments are
/// left out.
///
/// A CREATE statement of a trigger or a routine includes its body. `DELIMITER` is a command of the command-line
/// client, and is supported so that you can paste its scripts.
pub(super) fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut delimiter = ";";
    let mut begin = 0;
    let mut body = Body::default();
    let mut tokens = Tokens::new(script);
    while let Some((start, end, token)) = tokens.next() {
        // A delimiter other than `;` may be at the end of a word.
        let sign = match delimiter {
            ";" => (body.depth == 0 && token == Token::Sign(b';')).then_some(0),
            other if token == Token::Quoted || token == Token::Space => {
                script[start..].starts_with(other).then_some(0)
            }
            other => {
                let near = script.get(start..end + other.len() - 1);
                near.unwrap_or(&script[start..]).find(other)
            }
        };
        if let Some(at) = sign {
            found.extend(statement(&script[begin..start + at]));
            begin = start + at + delimiter.len();
            tokens.at = begin;
            body = Body::default();
            continue;
        }
        let word = &script[start..end];
        if token == Token::Word && body.words == 0 && word.eq_ignore_ascii_case("DELIMITER") {
            let line = script[end..].lines().next().unwrap_or_default();
            delimiter = Some(line.trim())
                .filter(|sign| !sign.is_empty())
                .unwrap_or(";");
            begin = end + line.len();
            tokens.at = begin;
            continue;
        }
        // In Oracle mode, a line with only `/` ends a body.
        let is_lone_slash = body.words == 0 && token == Token::Sign(b'/');
        if is_lone_slash
            && script[end..]
                .lines()
                .next()
                .is_none_or(|rest| rest.trim().is_empty())
        {
            begin = end;
            continue;
        }
        // With another delimiter, a semicolon does not end the statement.
        if delimiter == ";" {
            body.read(token, word, &script[end..]);
        } else if token != Token::Space {
            body.words += 1;
        }
    }
    found.extend(statement(&script[begin..]));
    found
}

/// The nesting of blocks in the body of a routine.
#[derive(Default)]
struct Body {
    words: u32,
    routine: bool,
    creates: bool,
    depth: u32,
    last: String,
    /// Whether the next LOOP belongs to a WHILE or FOR.
    heads_loop: bool,
    header: Header,
    /// Whether the declarations of the outermost block continue.
    declares: bool,
}

/// The position in the header of a routine in Oracle mode. Its block begins at IS or AS, with declarations.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Header {
    #[default]
    None,
    /// In the name or the parameters, with this number of open parentheses.
    Open { brackets: u32 },
    /// In the return type of a function.
    Returns,
    /// In the declarations of a routine inside a package, before its BEGIN.
    Inner,
}

/// The first words of statements in a body, except BEGIN. On MariaDB they may also be outside a body.
const COMPOUND: [&str; 7] = ["CASE", "DECLARE", "FOR", "IF", "LOOP", "REPEAT", "WHILE"];

/// The kinds of objects that are created without a body.
const WITHOUT_BODY: [&str; 10] = [
    "TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "SEQUENCE", "USER", "ROLE", "SERVER", "TYPE",
];

/// The words between a routine's name and its IS or AS.
const IN_HEADERS: [&str; 22] = [
    "BODY",
    "IF",
    "NOT",
    "EXISTS",
    "COMMENT",
    "LANGUAGE",
    "SQL",
    "DETERMINISTIC",
    "CONTAINS",
    "NO",
    "READS",
    "MODIFIES",
    "DATA",
    "SECURITY",
    "DEFINER",
    "INVOKER",
    "AUTHID",
    "CURRENT_USER",
    "PROCEDURE",
    "FUNCTION",
    "PACKAGE",
    "AGGREGATE",
];

/// The words after which a statement of a body begins.
const BEFORE_STATEMENTS: [&str; 12] = [
    "ROW",
    "THEN",
    "ELSE",
    "DO",
    "BEGIN",
    "LOOP",
    "REPEAT",
    "ATOMIC",
    "DETERMINISTIC",
    ";",
    ":",
    ")",
];

impl Body {
    fn read(&mut self, token: Token, text: &str, rest: &str) {
        match token {
            Token::Space => return,
            Token::Word => {
                let word = text.to_ascii_uppercase();
                self.word(&word, rest);
                self.last = word;
            }
            Token::Quoted => self.last.clear(),
            Token::Sign(sign) => {
                self.sign(sign);
                self.last = char::from(sign).to_string();
            }
        }
        self.words += 1;
    }

    fn sign(&mut self, sign: u8) {
        self.header = match (self.header, sign) {
            (Header::Open { brackets }, b'(') => Header::Open {
                brackets: brackets + 1,
            },
            (Header::Open { brackets }, b')') => Header::Open {
                brackets: brackets.saturating_sub(1),
            },
            // A routine of a package that is only declared.
            (Header::Open { .. } | Header::Returns, b';') => Header::None,
            (header, _) => header,
        };
        self.heads_loop &= sign != b';';
    }

    fn word(&mut self, word: &str, rest: &str) {
        if self.words == 0 {
            self.creates = word == "CREATE";
        }
        let starts_statement = self.words == 0 || self.words == 2 && self.last == ":";
        let starts_statement = starts_statement || self.words == 5 && self.last == ">";
        self.routine |= starts_statement && is_compound(word, words(rest).next());
        if self.creates && !self.routine && self.depth == 0 && WITHOUT_BODY.contains(&word) {
            self.creates = false;
        }
        let kinds = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"];
        let has_header = ["PROCEDURE", "FUNCTION", "PACKAGE"].contains(&word);
        if self.creates && !self.routine && kinds.contains(&word) {
            self.routine = true;
            if has_header {
                self.header = Header::Open { brackets: 0 };
            }
            return;
        }
        if self.routine && self.opens_declarations(word) {
            return;
        }
        let statement = BEFORE_STATEMENTS.contains(&self.last.as_str());
        let after_end = self.last == "END";
        let opens = match word {
            "BEGIN" if self.declares && self.header == Header::None => {
                // In the open block.
                self.declares = false;
                return;
            }
            "BEGIN" | "CASE" => !after_end,
            "LOOP" if std::mem::take(&mut self.heads_loop) => false,
            "LOOP" | "WHILE" | "FOR" if self.last == ">" => true,
            "IF" | "LOOP" | "WHILE" | "REPEAT" | "FOR" => {
                (statement || starts_statement) && !after_end
            }
            _ => false,
        };
        if word == "BEGIN" {
            self.header = Header::None;
        }
        if !self.routine && self.depth == 0 {
            return;
        }
        if opens {
            self.depth += 1;
            self.heads_loop = word == "WHILE" || word == "FOR";
        } else if word == "END" {
            self.depth = self.depth.saturating_sub(1);
        } else if word == "DO" {
            self.heads_loop = false;
        }
    }

    /// Parses headers of routines in Oracle mode, and returns whether the word belongs to one.
    fn opens_declarations(&mut self, word: &str) -> bool {
        let inner = self.declares && self.depth == 1;
        match (self.header, word) {
            (Header::Open { brackets: 0 } | Header::Returns, "IS" | "AS") => {
                if inner {
                    self.header = Header::Inner;
                } else {
                    self.header = Header::None;
                    self.declares = true;
                    self.depth += 1;
                }
            }
            (Header::Open { brackets: 0 }, "RETURN") => self.header = Header::Returns,
            (Header::Open { brackets: 0 }, word) => {
                let named = [".", "PROCEDURE", "FUNCTION", "PACKAGE", "BODY", "EXISTS"];
                if named.contains(&self.last.as_str()) || IN_HEADERS.contains(&word) {
                    return true;
                }
                self.header = Header::None;
                return false;
            }
            (Header::None, "PROCEDURE" | "FUNCTION") if inner => {
                self.header = Header::Open { brackets: 0 };
            }
            // The block of a trigger, which is the only body that begins with DECLARE.
            (Header::None, "DECLARE") if self.depth == 0 => {
                self.declares = true;
                self.depth += 1;
            }
            (header, _) => return matches!(header, Header::Open { .. } | Header::Returns),
        }
        true
    }
}

/// Returns whether a statement with these first words contains other statements: a loop, a branch, or a block that is
/// not a transaction.
fn is_compound(word: &str, next: Option<String>) -> bool {
    let transaction = matches!(next.as_deref(), None | Some(";" | "WORK"));
    COMPOUND.contains(&word) || word == "BEGIN" && !transaction
}

/// Returns the text after a statement's label, `name:` or `<<name>>`.
fn without_label(sql: &str) -> &str {
    let tokens = significant(sql);
    let sign = |at: usize| text_at(sql, &tokens, at);
    let length = match (sign(0), sign(1)) {
        (_, ":") => 2,
        ("<", "<") => 5,
        _ => 0,
    };
    tokens.get(length).map_or(sql, |(start, ..)| &sql[*start..])
}

fn statement(text: &str) -> Option<&str> {
    let holds = Tokens::new(text).any(|(_, _, token)| token != Token::Space);
    holds.then(|| text.trim())
}

/// Returns the statement with each `?1` replaced by the server's `?`, and the index of the parameter for each
/// placeholder.
pub(super) fn placeholders(sql: &str) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(sql.len());
    let mut indexes = Vec::new();
    let mut tokens = Tokens::new(sql).peekable();
    while let Some((start, end, token)) = tokens.next() {
        text.push_str(&sql[start..end]);
        if token != Token::Sign(b'?') {
            continue;
        }
        let digits = sql[end..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(sql.len() - end);
        match sql[end..end + digits].parse::<usize>() {
            Ok(number) if number > 0 => {
                indexes.push(number - 1);
                // The rest of the token after the number is kept.
                if let Some((_, word_end, _)) = tokens.next() {
                    text.push_str(&sql[end + digits..word_end]);
                }
            }
            _ => indexes.push(indexes.len()),
        }
    }
    (text, indexes)
}

/// Returns a statement with its delimiter for the command-line client. A statement that contains semicolons gets
/// another delimiter.
pub(super) fn ended(statement: &str) -> String {
    let statement = statement.trim_end().trim_end_matches(';').trim_end();
    let splits = Tokens::new(statement).any(|(_, _, token)| token == Token::Sign(b';'));
    // A comment at the end must not include the delimiter.
    let last = Tokens::new(statement).last();
    let line = match last.map(|(start, ..)| &statement[start..]) {
        Some(text) if text.starts_with("--") || text.starts_with('#') => "\n",
        _ => "",
    };
    if !splits {
        return format!("{statement}{line};");
    }
    let delimiters = ["$$", "//", "~~", "@@@@"].into_iter();
    let delimiter = delimiters
        .into_iter()
        .find(|delimiter| !statement.contains(delimiter));
    let delimiter = delimiter.unwrap_or("$$");
    format!("DELIMITER {delimiter}\n{statement}{line}{delimiter}\nDELIMITER ;")
}

/// Decodes text from the server. A literal with bytes that are not UTF-8, which only a default can be, becomes
/// `x'…'`.
pub(super) fn read(bytes: &[u8]) -> String {
    let Err(_) = std::str::from_utf8(bytes) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    // Each byte becomes one character, so that positions are kept.
    let characters: String = bytes.iter().copied().map(char::from).collect();
    let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(b'?');
    let mut text = String::new();
    for (start, end, token) in Tokens::new(&characters) {
        let part = &characters[start..end];
        let raw: Vec<u8> = part.chars().map(byte).collect();
        match String::from_utf8(raw) {
            Ok(part) => text.push_str(&part),
            Err(_) if token == Token::Quoted && part.starts_with('\'') => {
                let inside = super::expression::unquoted(part);
                let hex: String = inside
                    .chars()
                    .map(|character| format!("{:02X}", byte(character)))
                    .collect();
                text.push_str(&format!("x'{hex}'"));
            }
            Err(error) => text.push_str(&String::from_utf8_lossy(error.as_bytes())),
        }
    }
    text
}

/// A token with its start and end.
pub(super) type Placed = (usize, usize, Token);

/// Returns the tokens of a text except white space and comments.
pub(super) fn significant(text: &str) -> Vec<Placed> {
    let all = Tokens::new(text);
    all.filter(|(_, _, token)| *token != Token::Space).collect()
}

/// Returns the text of one of these tokens, or an empty string after the last one.
pub(super) fn text_at<'s>(text: &'s str, tokens: &[Placed], at: usize) -> &'s str {
    tokens
        .get(at)
        .map_or("", |(start, end, _)| &text[*start..*end])
}

/// Returns the first words of a statement, in upper case.
pub(super) fn words(sql: &str) -> impl Iterator<Item = String> {
    Tokens::new(sql)
        .filter(|(_, _, token)| *token != Token::Space)
        .map(|(start, end, _)| sql[start..end].to_ascii_uppercase())
}

/// Returns the text before, in and after the first parentheses, or `None` if there is no such pair.
pub(super) fn around_brackets(text: &str) -> Option<(&str, &str, &str)> {
    let mut opened = None;
    let mut depth = 0_u32;
    for (start, end, token) in Tokens::new(text) {
        match token {
            Token::Sign(b'(') => {
                opened.get_or_insert((start, end));
                depth += 1;
            }
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if let (0, Some((before, inside))) = (depth, opened) {
            return Some((&text[..before], &text[inside..start], &text[end..]));
        }
    }
    None
}

/// Returns the parts of a text between its commas, except commas in parentheses.
pub(super) fn between_commas(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut begin) = (0_u32, 0);
    for (start, end, token) in Tokens::new(text) {
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            Token::Sign(b',') if depth == 0 => {
                found.push(text[begin..start].trim());
                begin = end;
            }
            _ => {}
        }
    }
    found.push(text[begin..].trim());
    found
}

/// Returns the name of a statement that begins or ends a transaction, or takes locks that do.
pub(super) fn leaves(sql: &str) -> Option<&'static str> {
    let mut words = words(sql);
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let to_savepoint = second == "TO" || (second == "WORK" && third == "TO");
    Some(match first.as_str() {
        "BEGIN" if matches!(second.as_str(), "" | "WORK") => "BEGIN",
        "START" if second == "TRANSACTION" => "START TRANSACTION",
        "COMMIT" => "COMMIT",
        "ROLLBACK" if !to_savepoint => "ROLLBACK",
        "LOCK" if matches!(second.as_str(), "TABLE" | "TABLES") => "LOCK TABLES",
        "UNLOCK" if matches!(second.as_str(), "TABLE" | "TABLES") => "UNLOCK TABLES",
        "XA" => "XA",
        "SET" if sql.to_ascii_uppercase().contains("AUTOCOMMIT") => "SET autocommit",
        _ => return None,
    })
}

/// Returns whether the server commits the open transaction before it runs the statement.
pub(super) fn commits(sql: &str) -> bool {
    let sql = without_settings(sql);
    let mut words = words(sql);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first.as_str() {
        "CREATE" | "DROP" => second != "TEMPORARY",
        // `ANALYZE UPDATE …` executes the update.
        "ANALYZE" => matches!(second.as_str(), "TABLE" | "LOCAL" | "NO_WRITE_TO_BINLOG"),
        "ALTER" | "RENAME" | "TRUNCATE" | "GRANT" | "REVOKE" | "OPTIMIZE" | "REPAIR" | "CHECK"
        | "FLUSH" | "INSTALL" | "UNINSTALL" | "CACHE" | "RESET" => true,
        "LOAD" => second == "INDEX",
        _ => false,
    }
}

/// Returns the text after `SET STATEMENT … FOR`, which changes settings for one statement.
fn without_settings(sql: &str) -> &str {
    let mut first = words(sql);
    let sets = first.next().is_some_and(|word| word == "SET")
        && first.next().is_some_and(|word| word == "STATEMENT");
    let mut tokens = Tokens::new(sql).filter(|_| sets);
    let after = tokens.find(|(start, end, _)| sql[*start..*end].eq_ignore_ascii_case("FOR"));
    after.map_or(sql, |(_, end, _)| &sql[end..])
}

/// Returns the possible names in a statement, each with the name before it and a dot, if there is one.
pub(super) fn names(sql: &str) -> Vec<(Option<String>, String)> {
    let mut found: Vec<(Option<String>, String)> = Vec::new();
    let mut before: Option<(Option<String>, String)> = None;
    let mut dot = false;
    for (start, end, token) in Tokens::new(sql) {
        let text = &sql[start..end];
        match token {
            Token::Word | Token::Quoted => {
                let name = text.trim_matches(['`', '\'', '"']).replace("``", "`");
                let front = before.take().filter(|_| dot).map(|(_, name)| name);
                dot = false;
                before = Some((front, name));
                found.extend(before.clone());
            }
            Token::Sign(b'.') => dot = true,
            _ => {
                before = None;
                dot = false;
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Returns the statement without comments, and with one space for each sequence of white space.
pub(super) fn uniform(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut space = false;
    for (start, end, token) in Tokens::new(sql) {
        if token == Token::Space {
            space = true;
            continue;
        }
        if space && !text.is_empty() {
            text.push(' ');
        }
        space = false;
        text.push_str(&sql[start..end]);
    }
    text
}

/// Returns whether a statement can run in a transaction.
pub(super) fn statement_kind(sql: &str) -> StatementKind {
    if leaves(sql).is_some() {
        return StatementKind::TransactionControl;
    }
    let sql = without_settings(sql);
    let first = words(sql).next().unwrap_or_default();
    let mut inner = words(without_label(sql));
    let compound = is_compound(&inner.next().unwrap_or_default(), inner.next());
    match first.as_str() {
        _ if commits(sql) => StatementKind::NonTransactional,
        _ if compound => StatementKind::MayCommit,
        "CALL" | "EXECUTE" => StatementKind::MayCommit,
        "SET" | "USE" | "SHOW" | "PREPARE" | "DEALLOCATE" => StatementKind::SessionSetting,
        _ => StatementKind::Transactional,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// White space or a comment.
    Space,
    /// A keyword, a plain name or a number.
    Word,
    /// A string, or a name in backticks.
    Quoted,
    /// Any other character.
    Sign(u8),
}

/// The tokens of a text, each with its start and end.
pub(super) struct Tokens<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    pub(super) fn new(text: &'s str) -> Tokens<'s> {
        Tokens { text, at: 0 }
    }

    /// Returns the length of the quoted text at the start of `rest`, with both `quote`s.
    fn quoted(rest: &str, quote: u8) -> usize {
        let bytes = rest.as_bytes();
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote != b'`' => at += 2,
                byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        bytes.len()
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, usize, Token);

    fn next(&mut self) -> Option<(usize, usize, Token)> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let line = rest.find('\n').unwrap_or(rest.len());
        // Two dashes begin a comment only before white space or at the end.
        let dashes = rest.strip_prefix("--").is_some_and(|after| {
            after
                .chars()
                .next()
                .is_none_or(|c| c.is_whitespace() || c.is_control())
        });
        // The server executes `/*! … */`, so its markers are tokens like others.
        let hint = rest.starts_with("/*!") || rest.starts_with("/*M!");
        let (length, token) = match first {
            _ if first.is_whitespace() => {
                let end = rest.find(|c: char| !c.is_whitespace());
                (end.unwrap_or(rest.len()), Token::Space)
            }
            '-' if dashes => (line, Token::Space),
            '#' => (line, Token::Space),
            '/' if hint => {
                let sign = rest.find('!').map_or(rest.len(), |at| at + 1);
                let digits = rest[sign..]
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len() - sign);
                (sign + digits, Token::Space)
            }
            '*' if rest.starts_with("*/") => (2, Token::Space),
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/").map_or(rest.len(), |at| at + 4);
                (end, Token::Space)
            }
            '\'' | '"' | '`' => (Self::quoted(rest, first as u8), Token::Quoted),
            _ if is_word(first) => {
                let end = rest.find(|c: char| !is_word(c));
                (end.unwrap_or(rest.len()), Token::Word)
            }
            _ => (first.len_utf8(), Token::Sign(first as u8)),
        };
        // A backslash at the very end may lead past the end, or into the middle of a character.
        let mut length = length.min(rest.len());
        while !rest.is_char_boundary(length) {
            length += 1;
        }
        let start = self.at;
        self.at += length;
        Some((start, self.at, token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_at_its_semicolons_and_nowhere_else() {
        for (script, expected) in [
            ("SELECT 1; SELECT 2;", vec!["SELECT 1", "SELECT 2"]),
            (
                "SELECT ';'; SELECT `a;b`",
                vec!["SELECT ';'", "SELECT `a;b`"],
            ),
            ("SELECT '\\';'; x", vec!["SELECT '\\';'", "x"]),
            ("SELECT \"it\"\"s;\"", vec!["SELECT \"it\"\"s;\""]),
            ("-- a; b\n;# c;\n/* d; */ ;", vec![]),
            ("SELECT 1--1; b", vec!["SELECT 1--1", "b"]),
            ("SELECT 'ä;€'; ß", vec!["SELECT 'ä;€'", "ß"]),
            ("", vec![]),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.a = 1; IF NEW.a THEN SET NEW.b = CASE WHEN 1 THEN 2 END; END IF; END; b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.a = 1; IF NEW.a THEN SET NEW.b = CASE WHEN 1 THEN 2 END; END IF; END",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2); b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2)",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW IF NEW.a THEN DO 1; END IF; b",
                vec![
                    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW IF NEW.a THEN DO 1; END IF",
                    "b",
                ],
            ),
            (
                "CREATE PROCEDURE p() BEGIN WHILE 1 DO LEAVE l; END WHILE; BEGIN END; END; b",
                vec![
                    "CREATE PROCEDURE p() BEGIN WHILE 1 DO LEAVE l; END WHILE; BEGIN END; END",
                    "b",
                ],
            ),
            (
                "DELIMITER $$\nCREATE PROCEDURE p() BEGIN DO 1; END$$\nDELIMITER ;\nSELECT 1; b",
                vec!["CREATE PROCEDURE p() BEGIN DO 1; END", "SELECT 1", "b"],
            ),
            (
                "BEGIN NOT ATOMIC DO 1; DO 2; END; b",
                vec!["BEGIN NOT ATOMIC DO 1; DO 2; END", "b"],
            ),
            ("BEGIN; b", vec!["BEGIN", "b"]),
            ("BEGIN /* x */ WORK; b", vec!["BEGIN /* x */ WORK", "b"]),
            ("XA BEGIN 'x'; b", vec!["XA BEGIN 'x'", "b"]),
            (
                "IF 1 THEN DO 1; ELSE DO 2; END IF; FOR i IN 1..2 DO DO i; END FOR; b",
                vec![
                    "IF 1 THEN DO 1; ELSE DO 2; END IF",
                    "FOR i IN 1..2 DO DO i; END FOR",
                    "b",
                ],
            ),
            (
                "l: WHILE 1 DO LEAVE l; END WHILE; CASE 1 WHEN 1 THEN DO 1; END CASE; REPEAT DO 1; UNTIL 1 END REPEAT; b",
                vec![
                    "l: WHILE 1 DO LEAVE l; END WHILE",
                    "CASE 1 WHEN 1 THEN DO 1; END CASE",
                    "REPEAT DO 1; UNTIL 1 END REPEAT",
                    "b",
                ],
            ),
            // Oracle mode, outside a routine.
            (
                "SET SQL_MODE=ORACLE; BEGIN INSERT INTO t VALUES (1); BEGIN NULL; END; END;\n/\nDECLARE x INT := 1; CURSOR c IS SELECT 1; BEGIN IF x THEN DO 1; END IF; EXCEPTION WHEN OTHERS THEN NULL; END; b",
                vec![
                    "SET SQL_MODE=ORACLE",
                    "BEGIN INSERT INTO t VALUES (1); BEGIN NULL; END; END",
                    "DECLARE x INT := 1; CURSOR c IS SELECT 1; BEGIN IF x THEN DO 1; END IF; EXCEPTION WHEN OTHERS THEN NULL; END",
                    "b",
                ],
            ),
            (
                "<<l>> BEGIN NULL; END l; <<m>>\nDECLARE x INT; BEGIN NULL; END; b",
                vec![
                    "<<l>> BEGIN NULL; END l",
                    "<<m>>\nDECLARE x INT; BEGIN NULL; END",
                    "b",
                ],
            ),
            // Oracle mode.
            (
                "CREATE OR REPLACE PROCEDURE \"o\"(a int)\nis x int; begin x := 1; if x is null then select 2; end if; end o;\n/\nb",
                vec![
                    "CREATE OR REPLACE PROCEDURE \"o\"(a int)\nis x int; begin x := 1; if x is null then select 2; end if; end o",
                    "b",
                ],
            ),
            (
                "CREATE FUNCTION f(a INT) RETURN INT DETERMINISTIC AS c CURSOR FOR SELECT 1; BEGIN RETURN a; END; b",
                vec![
                    "CREATE FUNCTION f(a INT) RETURN INT DETERMINISTIC AS c CURSOR FOR SELECT 1; BEGIN RETURN a; END",
                    "b",
                ],
            ),
            (
                "CREATE PROCEDURE p AS BEGIN FOR r IN (SELECT 1) LOOP WHILE (1) LOOP DO 1; END LOOP; END LOOP; <<l>> LOOP DO 1; END LOOP; END; b",
                vec![
                    "CREATE PROCEDURE p AS BEGIN FOR r IN (SELECT 1) LOOP WHILE (1) LOOP DO 1; END LOOP; END LOOP; <<l>> LOOP DO 1; END LOOP; END",
                    "b",
                ],
            ),
            (
                "CREATE PACKAGE k AS PROCEDURE one; FUNCTION two(a INT) RETURN INT; END; b",
                vec![
                    "CREATE PACKAGE k AS PROCEDURE one; FUNCTION two(a INT) RETURN INT; END",
                    "b",
                ],
            ),
            (
                "CREATE PACKAGE BODY k AS v INT := 1; PROCEDURE n; PROCEDURE n IS w INT; BEGIN DO 1; END; FUNCTION o RETURN INT IS BEGIN RETURN 1; END; BEGIN v := 2; END; b",
                vec![
                    "CREATE PACKAGE BODY k AS v INT := 1; PROCEDURE n; PROCEDURE n IS w INT; BEGIN DO 1; END; FUNCTION o RETURN INT IS BEGIN RETURN 1; END; BEGIN v := 2; END",
                    "b",
                ],
            ),
            (
                "CREATE PACKAGE BODY k IS PROCEDURE n IS BEGIN DO 1; END; END k; b",
                vec![
                    "CREATE PACKAGE BODY k IS PROCEDURE n IS BEGIN DO 1; END; END k",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW DECLARE x INT; BEGIN x := 1; END; b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW DECLARE x INT; BEGIN x := 1; END",
                    "b",
                ],
            ),
            // The same words elsewhere.
            (
                "CREATE FUNCTION f(a INT) RETURNS INT RETURN a IS NULL; b",
                vec!["CREATE FUNCTION f(a INT) RETURNS INT RETURN a IS NULL", "b"],
            ),
            (
                "CREATE PROCEDURE p() COMMENT 'x' SELECT 1 AS x; b",
                vec!["CREATE PROCEDURE p() COMMENT 'x' SELECT 1 AS x", "b"],
            ),
            (
                "CREATE VIEW v AS SELECT package AS p, event AS e FROM t; b",
                vec![
                    "CREATE VIEW v AS SELECT package AS p, event AS e FROM t",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN DECLARE x INT; BEGIN DECLARE y INT; END; END; b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN DECLARE x INT; BEGIN DECLARE y INT; END; END",
                    "b",
                ],
            ),
            ("SELECT 4\n/\n2; b", vec!["SELECT 4\n/\n2", "b"]),
            (
                "CREATE TABLE t (a int, CONSTRAINT c CHECK (CASE WHEN a THEN 1 END)); b",
                vec![
                    "CREATE TABLE t (a int, CONSTRAINT c CHECK (CASE WHEN a THEN 1 END))",
                    "b",
                ],
            ),
        ] {
            assert_eq!(statements(script), expected, "{script}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_reported() {
        assert_eq!(read("`ä` DEFAULT 'ö'".as_bytes()), "`ä` DEFAULT 'ö'");
        let shown = b"`\xc3\xa4` binary(3) DEFAULT '\xff\\0\\''";
        assert_eq!(read(shown), "`ä` binary(3) DEFAULT x'FF0027'");
    }

    #[test]
    fn a_body_with_semicolons_ends_with_another_delimiter() {
        assert_eq!(ended("SELECT ';';\n"), "SELECT ';';");
        let body = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = '$$'; END";
        let written = ended(body);
        assert_eq!(written, format!("DELIMITER //\n{body}//\nDELIMITER ;"));
        assert_eq!(
            statements(&format!("{written}\nSELECT 1;")),
            [body, "SELECT 1"]
        );
    }

    #[test]
    fn the_delimiter_follows_a_comment_at_the_end() {
        for (sql, expected) in [
            ("DO 1 -- one", "DO 1 -- one\n;"),
            ("DO 1 # one", "DO 1 # one\n;"),
            ("DO 1 /* one */", "DO 1 /* one */;"),
            ("SELECT '-- 1'", "SELECT '-- 1';"),
            ("-- one\nDO 1--1", "-- one\nDO 1--1;"),
        ] {
            assert_eq!(ended(sql), expected);
            assert_eq!(statements(&format!("{}\nDO 2;", ended(sql))).len(), 2);
        }
        let body = "CREATE PROCEDURE p() BEGIN DO 1; END -- p";
        assert_eq!(
            ended(body),
            format!("DELIMITER $$\n{body}\n$$\nDELIMITER ;")
        );
    }

    #[test]
    fn numbered_question_marks_become_placeholders_outside_quotes() {
        let text = |sql: &str| placeholders(sql);
        assert_eq!(
            text("UPDATE t SET a = ?2, b = '?2' WHERE x = ?1 AND y = ?2 -- ?3"),
            (
                "UPDATE t SET a = ?, b = '?2' WHERE x = ? AND y = ? -- ?3".to_owned(),
                vec![1, 0, 1]
            )
        );
        assert_eq!(text("SELECT ?, ?"), ("SELECT ?, ?".to_owned(), vec![0, 1]));
        assert_eq!(text("SELECT ?1"), ("SELECT ?".to_owned(), vec![0]));
        assert_eq!(text("SELECT ?12,1"), ("SELECT ?,1".to_owned(), vec![11]));
    }

    #[test]
    fn statements_that_end_a_transaction_are_recognized_by_their_first_keywords() {
        for (sql, expected) in [
            ("commit", Some("COMMIT")),
            ("/* x */ Rollback", Some("ROLLBACK")),
            ("/*!50000 COMMIT */", Some("COMMIT")),
            ("ROLLBACK TO SAVEPOINT a", None),
            ("ROLLBACK WORK TO a", None),
            ("ROLLBACK WORK", Some("ROLLBACK")),
            ("LOCK TABLES a READ", Some("LOCK TABLES")),
            ("SET @@autocommit = 1", Some("SET autocommit")),
            ("SELECT 'COMMIT'", None),
            ("SAVEPOINT a", None),
        ] {
            assert_eq!(leaves(sql), expected, "{sql}");
        }
        assert!(commits("alter table a add b int") && commits("CREATE TABLE a (b int)"));
        assert!(!commits("CREATE TEMPORARY TABLE a (b int)") && !commits("UPDATE a SET b = 1"));
    }

    #[test]
    fn a_statement_is_classified_by_what_it_does() {
        for (sql, expected) in [
            ("UPDATE t SET a = 1", StatementKind::Transactional),
            ("ANALYZE UPDATE t SET a = 1", StatementKind::Transactional),
            ("ANALYZE TABLE t", StatementKind::NonTransactional),
            (
                "SET STATEMENT max_statement_time = 9 FOR UPDATE t SET a = 1",
                StatementKind::Transactional,
            ),
            (
                "SET STATEMENT max_statement_time = 9 FOR ALTER TABLE t ADD b int",
                StatementKind::NonTransactional,
            ),
            ("SET @a = 1", StatementKind::SessionSetting),
            ("CALL p()", StatementKind::MayCommit),
            ("BEGIN NOT ATOMIC DO 1; END", StatementKind::MayCommit),
            ("BEGIN DO 1; END", StatementKind::MayCommit),
            (
                "/* x */ <<l>> DECLARE x INT; BEGIN NULL; END",
                StatementKind::MayCommit,
            ),
            ("l: LOOP LEAVE l; END LOOP", StatementKind::MayCommit),
            ("BEGIN WORK", StatementKind::TransactionControl),
            ("EXECUTE IMMEDIATE 'DROP TABLE t'", StatementKind::MayCommit),
            ("BEGIN", StatementKind::TransactionControl),
        ] {
            assert_eq!(statement_kind(sql), expected, "{sql}");
        }
    }

    #[test]
    fn names_are_found_with_their_context() {
        let name = |front: Option<&str>, name: &str| (front.map(str::to_owned), name.to_owned());
        assert_eq!(
            names("DROP TABLE `a``b`.c, d"),
            [
                name(None, "DROP"),
                name(None, "TABLE"),
                name(None, "a`b"),
                name(None, "d"),
                name(Some("a`b"), "c"),
            ]
        );
    }

    #[test]
    fn brackets_and_commas_count_outside_strings() {
        assert_eq!(
            around_brackets("a ')(' (b, (c) ')') d (e)"),
            Some(("a ')(' ", "b, (c) ')'", " d (e)"))
        );
        for open in ["", "a", ") a", "(a", "'('"] {
            assert_eq!(around_brackets(open), None, "{open}");
        }
        assert_eq!(
            between_commas("a, b(c, d) ',' /* , */,e"),
            ["a", "b(c, d) ',' /* , */", "e"]
        );
    }

    #[test]
    fn no_input_stops_the_reader_early() {
        for text in [
            "'", "\"a", "'\\", "'\\ä", "`", "/* ", "/*!", "--", "?", "ä$ä", "#", "*/",
        ] {
            let length: usize = Tokens::new(text).map(|(start, end, _)| end - start).sum();
            assert_eq!(length, text.len(), "{text}");
            let _ = (statements(text), placeholders(text));
        }
    }
}
