//! SQL expressions, made comparable.
//!
//! PostgreSQL does not keep what was written: it prints the expression that it understood, with brackets and types that
//! nobody wrote. What can be taken off without a grammar is taken off on both sides: brackets around the whole and around comparisons, the type
//! of a literal, white space and the case of what is not quoted. What remains different is the server's rewriting, of `IN` to
//! `= ANY` for example; there only the server can tell.

use super::sql::{Token, Tokens};
use crate::ddl::reserved::is_plain;

/// Returns the expression in the form that is compared.
pub(super) fn normal(sql: &str) -> String {
    let tokens = tokens(sql);
    let tokens = without_brackets(without_casts(tokens));
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| tokens[at].as_str());
        if before.is_some_and(|before| spaced(before, token)) {
            text.push(' ');
        }
        text.push_str(token);
    }
    bare(&text).to_owned()
}

fn tokens(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (start, end, token) in Tokens::new(sql) {
        let text = &sql[start..end];
        let glued = matches!(token, Token::Sign(sign) if !b"(),".contains(&sign))
            && start > 0
            && found
                .last()
                .is_some_and(|last| last.bytes().all(|sign| b"<>=!|&:~*+-/%^#@".contains(&sign)))
            && !sql[..start].ends_with(char::is_whitespace);
        match (token, found.last_mut()) {
            (Token::Space, _) => {}
            (Token::Sign(_), Some(last)) if glued => last.push_str(text),
            (Token::Word, _) => found.push(word(text)),
            (Token::Quoted, _) if text.starts_with('"') => found.push(unquoted(text)),
            _ => found.push(text.to_owned()),
        }
    }
    // `<>` and `!=` are one.
    for token in &mut found {
        if token == "!=" {
            "<>".clone_into(token);
        }
    }
    found
}

const KEYWORDS: [&str; 20] = [
    "AND", "ANY", "ARRAY", "BETWEEN", "CASE", "COLLATE", "DISTINCT", "ELSE", "END", "FALSE",
    "FROM", "ILIKE", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "THEN", "TRUE",
];

fn word(text: &str) -> String {
    let known = KEYWORDS.iter().find(|word| word.eq_ignore_ascii_case(text));
    known.map_or_else(|| text.to_lowercase(), |word| (*word).to_owned())
}

/// Takes off brackets around a comparison between AND, OR and NOT, which bind less anyway, and around a negative number.
fn without_brackets(mut tokens: Vec<String>) -> Vec<String> {
    let weak = |token: Option<&String>| {
        token.is_none_or(|token| matches!(token.as_str(), "AND" | "OR" | "NOT" | "(" | ")"))
    };
    let mut at = 0;
    while at < tokens.len() {
        let close = match tokens[at].as_str() {
            "(" => closing(&tokens, at),
            _ => None,
        };
        let Some(close) = close else {
            at += 1;
            continue;
        };
        let inside = &tokens[at + 1..close];
        let number = inside.len() == 2 && inside[0] == "-";
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let simple = !inside
            .iter()
            .any(|token| matches!(token.as_str(), "AND" | "OR" | ","));
        let around = weak(before) && weak(tokens.get(close + 1));
        // After a name the brackets are a call's.
        let call =
            before.is_some_and(|before| before == "(") && at >= 2 && !weak(tokens.get(at - 2));
        let whole = before.is_none() && close + 1 == tokens.len();
        if number && before.is_some_and(|before| !is_name(before))
            || (around && simple && !call)
            || whole
        {
            tokens.remove(close);
            tokens.remove(at);
        } else {
            at += 1;
        }
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"')
        && !KEYWORDS.contains(&token)
}

fn closing(tokens: &[String], open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// A name needs its quotes only where it would read as another one without them.
fn unquoted(name: &str) -> String {
    let inside = &name[1..name.len().saturating_sub(1).max(1)];
    if is_plain(inside) {
        inside.to_owned()
    } else {
        name.to_owned()
    }
}

const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double"];

/// Takes the type off literals: `'a'::text`, `(0)::numeric`, `'{}'::integer[]`, and brackets around a single word.
fn without_casts(tokens: Vec<String>) -> Vec<String> {
    let is_literal =
        |token: &str| token.starts_with('\'') || token.starts_with(|c: char| c.is_ascii_digit());
    let mut kept: Vec<String> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if token != "::" {
            kept.push(token);
            continue;
        }
        let count = kept.len();
        let bracketed = count >= 3
            && kept[count - 1] == ")"
            && (is_literal(&kept[count - 2])
                || (count >= 4 && kept[count - 3] == "-" && is_literal(&kept[count - 2])));
        let literal = kept.last().is_some_and(|last| is_literal(last)) || bracketed;
        // What compares a `varchar` is printed as if it had been turned into text first.
        if !literal && rest.peek().is_some_and(|kind| kind == "text") {
            rest.next();
            if count >= 3 && kept[count - 1] == ")" && kept[count - 3] == "(" {
                kept.pop();
                kept.remove(count - 3);
            }
            continue;
        }
        if !literal {
            kept.push(token);
            continue;
        }
        if bracketed {
            kept.pop();
            let open = kept.iter().rposition(|token| token == "(");
            if let Some(open) = open {
                kept.remove(open);
            }
        }
        // A negative number is printed as a text with a type.
        let numeric = rest
            .peek()
            .is_some_and(|kind| NUMBERS.contains(&kind.as_str()));
        let number = kept.last().map(|last| last.trim_matches('\'').to_owned());
        if let (true, Some(number)) = (
            numeric,
            number.filter(|number| number.parse::<f64>().is_ok()),
        ) {
            kept.pop();
            if let Some(positive) = number.strip_prefix('-') {
                kept.push("-".to_owned());
                kept.push(positive.to_owned());
            } else {
                kept.push(number);
            }
        }
        skip_type(&mut rest);
    }
    kept
}

fn skip_type(rest: &mut std::iter::Peekable<std::vec::IntoIter<String>>) {
    let Some(word) = rest.next() else { return };
    let more: &[&str] = match word.as_str() {
        "character" | "bit" => &["varying"],
        "double" => &["precision"],
        "timestamp" | "time" => &["without", "with", "time", "zone"],
        _ => &[],
    };
    while rest
        .peek()
        .is_some_and(|next| more.contains(&next.as_str()))
    {
        rest.next();
    }
    for (open, close) in [("(", ")"), ("[", "]")] {
        if rest.peek().is_some_and(|next| next == open) {
            for token in rest.by_ref() {
                if token == close {
                    break;
                }
            }
        }
    }
}

fn spaced(before: &str, token: &str) -> bool {
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'' || c == '"')
    };
    let sign =
        |text: &str| !word(text) && !matches!(text, "(" | ")" | "," | "." | "[" | "]" | "::");
    match (before, token) {
        ("(" | "." | "[" | "::", _) | (_, ")" | "," | "." | "[" | "]" | "::") => false,
        (_, "(") => sign(before) || KEYWORDS.contains(&before) || before == ",",
        (",", _) => true,
        _ => sign(before) || sign(token) || (word(before) && word(token)) || before == ")",
    }
}

/// Takes off brackets around the whole.
pub(super) fn bare(sql: &str) -> &str {
    let mut text = sql.trim();
    while text.starts_with('(') && closes_at_end(text) {
        text = text[1..text.len() - 1].trim();
    }
    text
}

fn closes_at_end(text: &str) -> bool {
    let mut depth = 0_u32;
    for (start, end, token) in Tokens::new(text) {
        match &text[start..end] {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && !matches!(token, Token::Space) {
            return end == text.len() && start > 0;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_adds_is_taken_off() {
        for (written, told) in [
            ("price > 0", "(price > (0)::numeric)"),
            ("price >= -1", "(price >= (-1))"),
            (
                "price >= -1.5",
                "(price >= ('-1.5'::numeric)::double precision)",
            ),
            ("LOWER(name)", "lower((name)::text)"),
            ("a = 'x'", "((a)::text = 'x'::text)"),
            ("deleted_at is null", "(deleted_at IS NULL)"),
            ("a != b", "(a <> b)"),
            ("\"Mixed\" > 1", "(\"Mixed\" > 1)"),
            ("a > 0 AND b > 0", "((a > 0) AND (b > 0))"),
            ("NOT a OR b <= 2", "((NOT a) OR (b <= 2))"),
            ("coalesce(a, 0)", "COALESCE(a, 0)"),
            ("tags = '{}'", "(tags = '{}'::text[])"),
        ] {
            assert_eq!(normal(written), normal(told), "{written}");
        }
    }

    #[test]
    fn brackets_that_mean_something_stay() {
        for sql in ["(a + b) * c", "(a OR b) AND c", "(a) + (b)"] {
            assert!(normal(sql).contains('('), "{sql}: {}", normal(sql));
        }
        assert_ne!(normal("(a OR b) AND c"), normal("a OR b AND c"));
    }
}
