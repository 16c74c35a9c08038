//! Rust expressions as values, and their text in the layout of rustfmt.
//!
//! If `rustfmt` is installed, it formats a new file. This layout is used if it is not, and matches rustfmt for the code
//! that [`render`](super) writes. Strings are written as literals, so nothing in a database can become code.

use std::fmt::Write as _;

/// The maximum width of a line.
const WIDTH: usize = 100;

/// The maximum width of an argument list or a chain of calls on one line.
const SHORT: usize = 60;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Code {
    /// A name or a literal, which is never broken.
    Atom(String),
    /// `name(arguments)`.
    Call(&'static str, Vec<Code>),
    /// `[items]`.
    List(Vec<Code>),
    /// `receiver.name(arguments)`, repeated.
    Chain(Box<Code>, Vec<(&'static str, Vec<Code>)>),
    /// `|name| { statements }`.
    Closure(&'static str, Vec<Statement>),
}

/// A line of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    /// `// text`.
    Comment(String),
    /// `expression;`.
    Call(Code),
    /// `expression?;`.
    Try(Code),
    /// `expression`, which the function returns.
    Last(Code),
}

impl Code {
    /// Returns a string literal. It escapes all characters that could be misread: control characters, and those that
    /// are invisible or change the text direction.
    pub(super) fn text(text: &str) -> Code {
        Code::Atom(literal(text))
    }

    /// Returns one string, or a list of several.
    pub(super) fn names(names: &[String]) -> Code {
        match names {
            [one] => Code::text(one),
            several => Code::list(several),
        }
    }

    /// Returns a list of strings. An empty one is `[""; 0]`, which has a known type.
    pub(super) fn list(texts: &[String]) -> Code {
        if texts.is_empty() {
            return Code::Atom("[\"\"; 0]".to_owned());
        }
        Code::List(texts.iter().map(|text| Code::text(text)).collect())
    }

    /// Returns a method call on it.
    pub(super) fn call(self, name: &'static str, arguments: Vec<Code>) -> Code {
        match self {
            Code::Chain(receiver, mut calls) => {
                calls.push((name, arguments));
                Code::Chain(receiver, calls)
            }
            receiver => Code::Chain(Box::new(receiver), vec![(name, arguments)]),
        }
    }

    /// Returns a method call without arguments on it, if `wanted`.
    pub(super) fn call_if(self, wanted: bool, name: &'static str) -> Code {
        if wanted {
            self.call(name, Vec::new())
        } else {
            self
        }
    }

    /// Returns a method call on it, if there is an argument.
    pub(super) fn call_with(self, name: &'static str, argument: Option<Code>) -> Code {
        match argument {
            Some(argument) => self.call(name, vec![argument]),
            None => self,
        }
    }

    /// Returns the text on one line; `None` if it holds statements.
    fn one_line(&self) -> Option<String> {
        match self {
            Code::Atom(text) => Some(text.clone()),
            Code::Call(name, arguments) => {
                let list = joined(arguments).filter(|list| list.len() <= SHORT)?;
                Some(format!("{name}({list})"))
            }
            Code::List(items) => {
                let list = joined(items).filter(|list| list.len() <= SHORT)?;
                Some(format!("[{list}]"))
            }
            Code::Chain(receiver, calls) => {
                let mut text = receiver.one_line()?;
                for (name, arguments) in calls {
                    let list = joined(arguments).filter(|list| list.len() <= SHORT)?;
                    // Writing to a String can't fail.
                    let _ = write!(text, ".{name}({list})");
                }
                (calls.len() < 2 || text.len() <= SHORT).then_some(text)
            }
            Code::Closure(name, body) => match &body[..] {
                [] => Some("|_| {}".to_owned()),
                [Statement::Call(code)] if is_short_closure(code) => {
                    Some(format!("|{name}| {}", code.one_line()?))
                }
                _ => None,
            },
        }
    }

    /// Returns the text with its further lines at `indent`. `before` and `after` columns are used on its first and last
    /// line.
    fn text_at(&self, indent: usize, before: usize, after: usize) -> String {
        if let Some(line) = self.one_line()
            && indent + before + line.chars().count() + after <= WIDTH
        {
            return line;
        }
        match self {
            Code::Atom(text) => text.clone(),
            Code::Call(name, arguments) => format!(
                "{name}{}",
                parenthesised(arguments, indent, before + name.len(), after)
            ),
            Code::List(items) => format!("[{}]", vertical(items, indent)),
            Code::Chain(receiver, calls) => chain(receiver, calls, indent, before, after),
            Code::Closure(name, body) => {
                format!(
                    "|{name}| {{\n{}{}}}",
                    lines(body, indent + 4),
                    " ".repeat(indent)
                )
            }
        }
    }
}

/// Returns statements as lines, each indented.
pub(super) fn lines(statements: &[Statement], indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut text = String::new();
    for statement in statements {
        let line = match statement {
            Statement::Comment(comment) => format!("// {comment}"),
            Statement::Call(code) => format!("{};", code.text_at(indent, 0, 1)),
            Statement::Try(code) => format!("{}?;", code.text_at(indent, 0, 2)),
            Statement::Last(code) => code.text_at(indent, 0, 0),
        };
        let _ = writeln!(text, "{margin}{line}");
    }
    text
}

/// Returns whether a closure stays on one line: one builder call without arguments, as in `|c| c.not_null()`.
fn is_short_closure(code: &Code) -> bool {
    matches!(code, Code::Chain(_, calls) if calls.len() == 1)
}

fn joined(codes: &[Code]) -> Option<String> {
    let parts: Option<Vec<String>> = codes.iter().map(Code::one_line).collect();
    parts.map(|parts| parts.join(", "))
}

fn vertical(codes: &[Code], indent: usize) -> String {
    let margin = " ".repeat(indent + 4);
    let mut text = String::from("\n");
    for code in codes {
        let _ = writeln!(text, "{margin}{},", code.text_at(indent + 4, 0, 1));
    }
    text.push_str(&" ".repeat(indent));
    text
}

/// Returns `(arguments)`: on one line, or with a closure at its end, or with one line for each argument.
fn parenthesised(arguments: &[Code], indent: usize, before: usize, after: usize) -> String {
    if let Some(list) = joined(arguments)
        && list.len() <= SHORT
        && indent + before + list.chars().count() + 2 + after <= WIDTH
    {
        return format!("({list})");
    }
    if let [first @ .., last @ Code::Closure(..)] = arguments
        && let Some(mut list) = joined(first)
    {
        if !list.is_empty() {
            list.push_str(", ");
        }
        let taken = before + 1 + list.chars().count();
        if let Some(line) = last.one_line()
            && indent + taken + line.chars().count() + 1 + after <= WIDTH
        {
            return format!("({list}{line})");
        }
        let closure = match last {
            Code::Closure(name, body) => format!(
                "|{name}| {{\n{}{}}}",
                lines(body, indent + 4),
                " ".repeat(indent)
            ),
            other => other.text_at(indent, taken, after + 1),
        };
        return format!("({list}{closure})");
    }
    format!("({})", vertical(arguments, indent))
}

/// Returns a chain. One call stays on the line of its receiver; several calls get their own lines.
fn chain(
    receiver: &Code,
    calls: &[(&'static str, Vec<Code>)],
    indent: usize,
    before: usize,
    after: usize,
) -> String {
    if let ([(name, arguments)], Code::Atom(receiver)) = (calls, receiver) {
        let start = format!("{receiver}.{name}");
        let list = parenthesised(arguments, indent, before + start.len(), after);
        return format!("{start}{list}");
    }
    let margin = " ".repeat(indent + 4);
    let mut text = receiver.text_at(indent, before, 0);
    for (name, arguments) in calls {
        let list = parenthesised(arguments, indent + 4, name.len() + 1, after);
        let _ = write!(text, "\n{margin}.{name}{list}");
    }
    text
}

/// Returns a string as a Rust literal on one line.
pub fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if is_unseen(c) => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// Returns text for a comment: the contents of the string literal, so that it can't end the line.
pub fn in_comment(text: &str) -> String {
    let literal = literal(text);
    literal[1..literal.len() - 1].replace("\\\"", "\"")
}

/// Returns whether a character is invisible, or changes how adjacent characters are displayed.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
                | 0x2028..=0x202f | 0x205f..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
                | 0xfff0..=0xfffb | 0xe000..=0xf8ff | 0xe0000..=0x10ffff
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_literal_on_one_line() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("a\"); panic!(); //", r#""a\"); panic!(); //""#),
            ("r#\"", r##""r#\"""##),
            ("back\\slash\nline", r#""back\\slash\nline""#),
            ("\u{202e}\0\u{7f}", r#""\u{202e}\u{0}\u{7f}""#),
            ("Überweisung 支払", "\"Überweisung 支払\""),
        ] {
            assert_eq!(literal(text), expected);
        }
    }

    #[test]
    fn a_closure_over_nothing_names_nothing() {
        let call = vec![Code::text("nothing"), Code::Closure("t", Vec::new())];
        assert_eq!(parenthesised(&call, 4, 0, 0), "(\"nothing\", |_| {})");
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(
            in_comment("a\nfn main() {}\u{2028}"),
            "a\\nfn main() {}\\u{2028}"
        );
        assert_eq!(in_comment("say \"hi\""), "say \"hi\"");
    }
}
