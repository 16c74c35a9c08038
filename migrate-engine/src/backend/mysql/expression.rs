//! Converts SQL expressions to a form for comparison.
//!
//! The server does not store the original text of an expression. It prints the parsed expression: MariaDB with as few
//! parentheses as it needs, MySQL with many, both with names in backticks. This module parses an expression by
//! operator precedence, and prints it with only the necessary parentheses. If an expression does not fit the grammar,
//! its words are compared. Other rewrites of the server remain, such as `NOT (a > 0)` to `a <= 0`; only the server
//! can compare those.

use super::reserved::is_reserved;
use super::sql::{Token, Tokens};

/// Returns the form of the expression for comparison.
pub(super) fn normalize(sql: &str) -> String {
    let tokens = tokens(sql);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
    };
    match reader.expression(0) {
        Some(read) if reader.at == tokens.len() => read.text,
        _ => joined(&tokens),
    }
}

/// Characters that form one operator together.
const OPERATORS: [&str; 11] = [
    "<=>", "->>", "<=", ">=", "<>", "!=", "<<", ">>", "->", "||", "&&",
];

fn tokens(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut skip_until = 0;
    for (start, end, token) in Tokens::new(sql) {
        if start < skip_until {
            continue;
        }
        let text = &sql[start..end];
        match token {
            Token::Space => {}
            Token::Word => found.push(text.to_lowercase()),
            Token::Quoted if text.starts_with('`') => found.push(name(text)),
            Token::Quoted => {
                // `_utf8mb4'a'` equals `'a'` in the connection's own character set.
                if found.last().is_some_and(|last| last.starts_with("_utf8"))
                    && sql[..start].ends_with(|c: char| c.is_ascii_alphanumeric())
                {
                    found.pop();
                }
                // `b'1'` is one literal.
                let prefix = found.last().filter(|last| {
                    ["b", "x", "n"].contains(&last.as_str())
                        && sql[..start].ends_with(|c: char| c.is_ascii_alphanumeric())
                });
                match prefix.cloned() {
                    Some(prefix) => {
                        found.pop();
                        found.push(format!("{prefix}{text}"));
                    }
                    None => found.push(quoted(&unquoted(text))),
                }
            }
            Token::Sign(_) => {
                let whole = OPERATORS
                    .iter()
                    .find(|operator| sql[start..].starts_with(**operator));
                skip_until = start + whole.map_or(end - start, |operator| operator.len());
                let operator = whole.map_or(text, |operator| *operator);
                found.push(
                    match operator {
                        "!=" => "<>",
                        "&&" => "and",
                        "||" => "or",
                        other => other,
                    }
                    .to_owned(),
                );
            }
        }
    }
    found
}

/// Returns a name for comparison: in lower case, with backticks only if it would otherwise be read as something else.
fn name(quoted: &str) -> String {
    let inside = quoted[1..quoted.len().saturating_sub(1).max(1)].to_lowercase();
    let plain = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && inside
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain && !is_reserved(&inside) {
        true => inside,
        false => format!("`{inside}`"),
    }
}

/// The words of the grammar below. All of them are reserved.
const RESERVED: [&str; 25] = [
    "and", "as", "between", "binary", "case", "collate", "distinct", "div", "else", "end", "false",
    "in", "interval", "is", "like", "mod", "not", "null", "or", "regexp", "rlike", "then", "true",
    "when", "xor",
];

/// Returns the value of a string literal in single or double quotes.
pub(super) fn unquoted(literal: &str) -> String {
    let quote = literal.chars().next().unwrap_or('\'');
    let inside = &literal[1..literal.len().saturating_sub(1).max(1)];
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('b') => text.push('\u{8}'),
                Some('0') => text.push('\0'),
                Some('Z') => text.push('\u{1a}'),
                // The backslash before these characters is kept, because they are wildcards of LIKE.
                Some(character @ ('%' | '_')) => text.extend(['\\', character]),
                Some(character) => text.push(character),
                None => {}
            },
            character if character == quote => {
                characters.next_if_eq(&quote);
                text.push(quote);
            }
            character => text.push(character),
        }
    }
    text
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A parsed expression with the precedence of its outermost operator.
struct Read {
    text: String,
    binds: u8,
}

impl Read {
    fn new(text: String, binds: u8) -> Read {
        Read { text, binds }
    }

    fn within(self, binds: u8) -> String {
        if self.binds < binds {
            format!("({})", self.text)
        } else {
            self.text
        }
    }
}

/// Reserved words that are values if the grammar expects one.
const VALUES: [&str; 15] = [
    "binary",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "false",
    "localtime",
    "localtimestamp",
    "null",
    "true",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

const NOT: u8 = 4;
const COMPARES: u8 = 6;
const BITS: u8 = 7;
const SIGN: u8 = 13;
const WHOLE: u8 = 20;

fn binary(operator: &str) -> Option<u8> {
    Some(match operator {
        "or" => 1,
        "xor" => 2,
        "and" => 3,
        "=" | "<=>" | ">=" | ">" | "<=" | "<" | "<>" | "is" | "like" | "regexp" | "rlike"
        | "in" | "between" | "not" => COMPARES,
        "|" => BITS,
        "&" => 8,
        "<<" | ">>" => 9,
        "+" | "-" => 10,
        "*" | "/" | "div" | "%" | "mod" => 11,
        "^" => 12,
        "collate" => 15,
        "->" | "->>" => 16,
        _ => return None,
    })
}

struct Reader<'t> {
    tokens: &'t [String],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn take(&mut self, token: &str) -> Option<()> {
        (self.peek() == Some(token)).then(|| self.at += 1)
    }

    fn next(&mut self) -> Option<&'t str> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Parses operators with a precedence of at least `least`.
    fn expression(&mut self, least: u8) -> Option<Read> {
        let mut left = self.prefixed()?;
        while let Some(operator) = self.peek() {
            let Some(binds) = binary(operator).filter(|binds| *binds >= least) else {
                break;
            };
            self.at += 1;
            let (operator, right) = match operator {
                "not" => {
                    let operator = self.next()?;
                    let right = self.compared(operator)?;
                    (format!("not {operator}"), right)
                }
                "is" => {
                    let not = self.take("not").map_or("", |()| "not ");
                    (
                        format!("is {not}").trim().to_owned(),
                        self.next()?.to_owned(),
                    )
                }
                "in" | "like" | "regexp" | "rlike" | "between" => {
                    let name = if operator == "rlike" {
                        "regexp"
                    } else {
                        operator
                    };
                    (name.to_owned(), self.compared(operator)?)
                }
                "and" | "or" => {
                    let right = self.expression(binds)?;
                    (operator.to_owned(), right.within(binds))
                }
                _ => {
                    let right = self.expression(binds + 1)?;
                    let name = if operator == "mod" { "%" } else { operator };
                    (name.to_owned(), right.within(binds + 1))
                }
            };
            left = Read::new(format!("{} {operator} {right}", left.within(binds)), binds);
        }
        Some(left)
    }

    /// Parses the right side of IN, LIKE or BETWEEN.
    fn compared(&mut self, operator: &str) -> Option<String> {
        let right = match operator {
            "in" => {
                self.take("(")?;
                format!("({})", self.list()?)
            }
            "between" => {
                let from = self.expression(BITS)?.within(BITS);
                self.take("and")?;
                format!("{from} and {}", self.expression(BITS)?.within(BITS))
            }
            "like" | "regexp" | "rlike" => self.expression(BITS)?.within(BITS),
            _ => return None,
        };
        Some(right)
    }

    fn prefixed(&mut self) -> Option<Read> {
        match self.peek()? {
            "not" => {
                self.at += 1;
                let inside = self.expression(NOT)?.within(NOT);
                Some(Read::new(format!("not {inside}"), NOT))
            }
            sign @ ("-" | "+" | "~" | "!") => {
                self.at += 1;
                let inside = self.expression(SIGN)?.within(SIGN);
                Some(Read::new(format!("{sign}{inside}"), SIGN))
            }
            _ => self.whole(),
        }
    }

    fn whole(&mut self) -> Option<Read> {
        let token = self.next()?;
        if token == "(" {
            let inside = self.expression(0)?;
            if self.take(")").is_some() {
                return Some(inside);
            }
            // A row value.
            self.take(",")?;
            let rest = self.list()?;
            return Some(Read::new(format!("({}, {rest})", inside.text), WHOLE));
        }
        if token == "case" {
            return self.case();
        }
        let is_name = token.starts_with(|c: char| c.is_alphanumeric() || "_`'@.".contains(c));
        let known = RESERVED.contains(&token)
            && !matches!(
                token,
                "null" | "true" | "false" | "binary" | "interval" | "mod"
            );
        if !is_name || known {
            return None;
        }
        let mut text = token.to_owned();
        while self.take(".").is_some() {
            text = format!("{text}.{}", self.next()?);
        }
        if self.take("(").is_some() {
            return Some(Read::new(self.call(&text)?, WHOLE));
        }
        // A word that only one server reserves is a name only in backticks.
        match is_reserved(&text) && !VALUES.contains(&text.as_str()) {
            true => Some(Read::new(format!("`{text}`"), WHOLE)),
            false => Some(Read::new(constant(&text), WHOLE)),
        }
    }

    fn case(&mut self) -> Option<Read> {
        let mut text = "case".to_owned();
        if self.peek()? != "when" {
            text = format!("{text} {}", self.expression(0)?.text);
        }
        while let Some(word @ ("when" | "then" | "else")) = self.peek() {
            self.at += 1;
            text = format!("{text} {word} {}", self.expression(0)?.text);
        }
        self.take("end")?;
        Some(Read::new(format!("{text} end"), WHOLE))
    }

    fn call(&mut self, name: &str) -> Option<String> {
        let name = match name {
            "now" | "localtime" | "localtimestamp" => "current_timestamp",
            "current_date" => "curdate",
            "current_time" => "curtime",
            "substring" => "substr",
            "lower" => "lcase",
            "upper" => "ucase",
            "character_length" => "char_length",
            "length" => "octet_length",
            "mid" => "substr",
            "power" => "pow",
            "ceil" => "ceiling",
            "day" => "dayofmonth",
            "nvl" => "ifnull",
            other => other,
        };
        if self.take(")").is_some() {
            return Some(format!("{name}()"));
        }
        let begin = self.at;
        if let Some(list) = self.list() {
            return Some(format!("{name}({list})"));
        }
        // `CAST(a AS CHAR)`, `COUNT(DISTINCT a)`: keywords that only some calls accept.
        self.at = begin;
        let mut depth = 1_u32;
        while depth > 0 {
            match self.next()? {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
        }
        let inside = joined(&self.tokens[begin..self.at - 1]);
        Some(format!("{name}({inside})"))
    }

    /// Parses expressions between commas, up to the closing parenthesis.
    fn list(&mut self) -> Option<String> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression(0)?.text);
            match self.next()? {
                "," => {}
                ")" => return Some(parts.join(", ")),
                _ => return None,
            }
        }
    }
}

/// Returns a constant as the server prints it: as a call, even if it was written as a word.
fn constant(word: &str) -> String {
    match word {
        "current_timestamp" | "now" | "localtime" | "localtimestamp" => "current_timestamp()",
        "current_date" => "curdate()",
        "current_time" => "curtime()",
        other => other,
    }
    .to_owned()
}

fn joined(tokens: &[String]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("(", |at| tokens[at].as_str());
        if !matches!(before, "(" | ".") && !matches!(token.as_str(), ")" | "," | "." | "(") {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_expression_are_equal() {
        for (written, printed) in [
            ("price > 0", "`price` > 0"),
            ("price > 0", "(`price` > 0)"),
            ("a > 0 AND b >= 0", "((`a` > 0) and (`b` >= 0))"),
            ("a <> 7 OR b IS NOT NULL", "`a` <> 7 or `b` is not null"),
            ("a != 7", "`a` <> 7"),
            ("a IN (1, 2,3)", "`a` in (1,2,3)"),
            ("name LIKE '%@%'", "`name` like '%@%'"),
            ("name LIKE '%@%'", "(`name` like _utf8mb4'%@%')"),
            ("a * (b + c)", "`a` * (`b` + `c`)"),
            ("(a * b) + c", "((`a` * `b`) + `c`)"),
            ("a AND (b AND c)", "`a` and `b` and `c`"),
            ("LENGTH(name)>3", "length(`name`) > 3"),
            ("length(name) > 3", "octet_length(`name`) > 3"),
            ("CEIL(POWER(a, 2)) = 4", "ceiling(pow(`a`,2)) = 4"),
            (
                "mid(nvl(a, b), 2) RLIKE 'x'",
                "substr(ifnull(`a`,`b`),2) regexp 'x'",
            ),
            ("day(a) = 1", "dayofmonth(`a`) = 1"),
            (
                "CASE WHEN a THEN 1 ELSE 2 END",
                "case when `a` then 1 else 2 end",
            ),
            ("a BETWEEN 1 AND 2 AND b", "((`a` between 1 and 2) and `b`)"),
            ("CAST(a AS CHAR(3))", "cast(`a` as char(3))"),
            ("now()", "current_timestamp()"),
            ("CURRENT_TIMESTAMP", "current_timestamp()"),
            ("\"it's\"", "'it\\'s'"),
            ("-3", "-3"),
            ("a NOT IN (1)", "`a` not in (1)"),
            ("`select` = 1", "`select` = 1"),
            ("rank > 1", "`rank` > 1"),
            ("B'1'", "b'1'"),
            ("a = X'0aFF'", "`a` = x'0aFF'"),
            ("json_extract(a, '$.b')", "json_extract(`a`,'$.b')"),
        ] {
            assert_eq!(normalize(written), normalize(printed), "{written}");
        }
    }

    #[test]
    fn a_keyword_used_as_a_name_keeps_its_backticks() {
        for (printed, normal_form) in [
            ("`group` >= -1", "`group` >= -1"),
            ("(`Order` + `price`) > 0", "`order` + price > 0"),
            ("`größe` > 0", "`größe` > 0"),
        ] {
            assert_eq!(normalize(printed), normal_form);
        }
    }

    #[test]
    fn significant_brackets_are_kept() {
        for (one, other) in [
            ("a * (b + c)", "a * b + c"),
            ("a - (b - c)", "a - b - c"),
            ("(a OR b) AND c", "a OR b AND c"),
            ("NOT (a AND b)", "NOT a AND b"),
            ("'A'", "'a'"),
        ] {
            assert_ne!(normalize(one), normalize(other), "{one}");
        }
    }

    #[test]
    fn an_invalid_expression_is_compared_token_by_token() {
        for text in [
            "a >",
            "(",
            ")",
            "",
            "case",
            "a between 1",
            "'",
            "`",
            "not",
            "f(",
            "(a, b",
        ] {
            let once = normalize(text);
            assert_eq!(normalize(&once), once, "{text}");
        }
    }

    #[test]
    fn normalizing_twice_changes_nothing() {
        for text in [
            "a in (1,2) and not (b or c)",
            "-a",
            "a->'$.b' = 'it''s'",
            "x.y",
            "f(a, g())",
        ] {
            let once = normalize(text);
            assert_eq!(normalize(&once), once);
        }
    }

    #[test]
    fn normalized_text_keeps_its_meaning() {
        for text in [r"a regexp '^\\d'", r"a = 'it''s'", r"a like '50\\%'"] {
            assert_eq!(normalize(text), text);
        }
    }
}
