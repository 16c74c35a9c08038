//! Reads the assignments at the top of a Python file, as far as Alembic's revision files use them.
//!
//! It must not evaluate anything: a value that is not a literal is [`Value::Other`].

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    /// One string, or a tuple, list or set of strings.
    Strings(Vec<String>),
    Other,
}

/// The statements of a file that begin in its first column.
#[derive(Clone, Debug)]
pub(super) struct Module {
    statements: Vec<Vec<Token>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Mark(char),
    /// The end of a line outside of brackets.
    Line,
}

impl Module {
    /// Reads a file.
    pub(super) fn parse(text: &str) -> Self {
        let mut statements: Vec<Vec<Token>> = Vec::new();
        let mut is_first = true;
        for (column, token) in tokens(text) {
            let is_end = token == Token::Line;
            match statements.last_mut() {
                Some(last) if !(is_first && column == 0) || is_end => last.push(token),
                _ if is_end => {}
                _ => statements.push(vec![token]),
            }
            is_first = is_end;
        }
        Self { statements }
    }

    /// Returns the text of the file's first string.
    pub(super) fn docstring(&self) -> Option<&str> {
        match self.statements.first()?.first()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a name, or nothing if it is not assigned.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let is_name =
            |token: Option<&Token>| matches!(token, Some(Token::Name(own)) if own == name);
        let statement = self.statements.iter().rev().find(|statement| {
            is_name(statement.first()) && matches!(statement.get(1), Some(Token::Mark('=' | ':')))
        })?;
        let equals = statement
            .iter()
            .position(|token| *token == Token::Mark('='))?;
        Some(literal(&statement[equals + 1..]))
    }

    /// Returns whether a function does nothing: its body is `pass`, `...` or a docstring. `None` if it does not exist.
    pub(super) fn is_empty(&self, function: &str) -> Option<bool> {
        let statement = self.statements.iter().find(|statement| {
            matches!(
                &statement[..],
                [Token::Name(def), Token::Name(name), ..] if def == "def" && name == function
            )
        })?;
        let is_colon = |token: &Token| *token == Token::Mark(':');
        let line = |token: &Token| *token == Token::Line;
        let head = statement.iter().position(line)?;
        let colon = statement[..head].iter().rposition(is_colon)?;
        let does_nothing = |token: &Token| match token {
            Token::Name(name) => name == "pass",
            Token::Text(_) | Token::Line => true,
            Token::Mark(mark) => *mark == '.',
        };
        Some(statement[colon + 1..].iter().all(does_nothing))
    }
}

fn literal(tokens: &[Token]) -> Value {
    let mut strings: Vec<String> = Vec::new();
    let mut is_joined = false;
    for token in tokens {
        match (token, strings.last_mut()) {
            (Token::Line, _) => {}
            (Token::Name(name), None) if name == "None" => return Value::None,
            (Token::Text(text), Some(last)) if is_joined => last.push_str(text),
            (Token::Text(text), _) => strings.push(text.clone()),
            (Token::Mark('(' | ')' | '[' | ']' | '{' | '}' | ','), _) => {}
            _ => return Value::Other,
        }
        // Strings without a comma between them are one string.
        is_joined = matches!(token, Token::Text(_));
    }
    match strings.is_empty() && !tokens.iter().any(|token| matches!(token, Token::Mark(_))) {
        true => Value::Other,
        false => Value::Strings(strings),
    }
}

/// Returns the tokens of a file with their columns.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let (mut at, mut depth, mut line) = (0, 0usize, 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let column = at - line;
        let length = match first {
            '\n' => {
                if depth == 0 {
                    tokens.push((column, Token::Line));
                }
                line = at + 1;
                1
            }
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => c.len_utf8(),
            _ => match string(rest) {
                Some((length, content)) => {
                    tokens.push((column, Token::Text(content)));
                    length
                }
                None if first.is_alphanumeric() || first == '_' => {
                    let length = rest
                        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                        .unwrap_or(rest.len());
                    tokens.push((column, Token::Name(rest[..length].to_owned())));
                    length
                }
                None => {
                    match first {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    tokens.push((column, Token::Mark(first)));
                    first.len_utf8()
                }
            },
        };
        at += length;
    }
    tokens.push((0, Token::Line));
    tokens
}

/// Returns the length and the content of the string at the start of a text.
fn string(text: &str) -> Option<(usize, String)> {
    let prefix = text
        .find(['"', '\''])
        .filter(|at| *at <= 2 && text[..*at].chars().all(|c| "rRbBuUfF".contains(c)))?;
    let rest = &text[prefix..];
    let quote = &rest[..1];
    let triple = quote.repeat(3);
    let end = match rest.starts_with(&triple) {
        true => triple.as_str(),
        false => quote,
    };
    let is_raw = text[..prefix].contains(['r', 'R']);
    let body = &rest[end.len()..];
    let mut content = String::new();
    let mut characters = body.char_indices();
    while let Some((at, c)) = characters.next() {
        if body[at..].starts_with(end) {
            return Some((prefix + end.len() + at + end.len(), content));
        }
        if c != '\\' {
            content.push(c);
            continue;
        }
        match characters.next() {
            Some((_, escaped)) if is_raw => content.extend([c, escaped]),
            Some((_, 'n')) => content.push('\n'),
            Some((_, 't')) => content.push('\t'),
            Some((_, '\n')) | None => {}
            Some((_, escaped)) => content.push(escaped),
        }
    }
    Some((text.len(), content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#""""add a table

Revision ID: ae1027a6acf
Create Date: 2024-01-31 12:05:06.789
"""
from typing import Union
import sqlalchemy as sa

# revision = "not this one"
revision: str = 'ae1027a6acf'
down_revision: Union[str, None] = None
branch_labels = (
    "a",  # one
    "b",
)
depends_on = "one" "two"
late = call()
empty = ()


def upgrade() -> None:
    """Does things."""
    revision = "inner"
    op.execute("x = 1")


def downgrade() -> None:
    """Nothing."""
    pass


def other(): ...
"#;

    #[test]
    fn literals_are_read_from_the_first_column_only() {
        let module = Module::parse(FILE);
        let strings = |texts: &[&str]| {
            Some(Value::Strings(
                texts.iter().map(|&text| text.to_owned()).collect(),
            ))
        };
        assert_eq!(module.value("revision"), strings(&["ae1027a6acf"]));
        assert_eq!(module.value("down_revision"), Some(Value::None));
        assert_eq!(module.value("branch_labels"), strings(&["a", "b"]));
        assert_eq!(module.value("depends_on"), strings(&["onetwo"]));
        assert_eq!(module.value("late"), Some(Value::Other));
        assert_eq!(module.value("empty"), strings(&[]));
        assert_eq!(module.value("absent"), None);
        assert!(module.docstring().unwrap().starts_with("add a table\n"));
    }

    #[test]
    fn a_function_of_nothing_but_pass_is_empty() {
        let module = Module::parse(FILE);
        let functions = ["upgrade", "downgrade", "other", "absent"];
        assert_eq!(
            functions.map(|name| module.is_empty(name)),
            [Some(false), Some(true), Some(true), None]
        );
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in [
            "'",
            "\"\"\"",
            "def f(",
            "revision =",
            "\\",
            "é = 'é",
            "b'",
            ")",
        ] {
            let module = Module::parse(text);
            module.value("revision");
            module.is_empty("f");
        }
    }
}
