//! Simplifies and compares SQL expressions that the server prints.
//!
//! PostgreSQL does not store the original text of an expression. It prints the parsed expression, with added
//! parentheses and types. [`normal`] keeps the meaning, because its result is written into revisions: it removes
//! parentheses around the whole and around comparisons, and types of literals that follow from the context. [`form`]
//! is only for comparisons and removes more: the type of every literal, and casts of columns to text. Other rewrites
//! of the server remain, such as `IN` to `= ANY`; only the server can compare those.

mod cast;

use super::sql::{Token, Tokens};
use super::types::is_keyword;
use cast::{Casts, without_casts};
pub(super) use cast::{Literal, read_literal};
use migrate_schema::ddl::reserved::is_plain;

/// Returns an equivalent expression without the server's additions.
pub(super) fn normalize(sql: &str) -> String {
    without(Casts::Needless, sql)
}

/// Returns the form for comparing two expressions. It is not valid SQL to run.
pub(super) fn form(sql: &str) -> String {
    without(Casts::All, sql)
}

fn without(casts: Casts, sql: &str) -> String {
    let tokens = without_brackets(without_casts(&tokens(sql), casts));
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| tokens[at].as_str());
        if before.is_some_and(|before| spaced(before, token)) && !is_negated(&tokens[..at]) {
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
            (Token::Quoted, last) if text.starts_with('"') => {
                let is_type = last.is_some_and(|last| last == "::");
                found.push(unquoted(text, is_type));
            }
            _ => found.push(text.to_owned()),
        }
    }
    // `<>` and `!=` are the same operator.
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

/// Removes parentheses around a comparison next to AND, OR and NOT, which bind less tightly, and around a negative
/// number.
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
        // After a name, the parentheses belong to a call.
        let call =
            before.is_some_and(|before| before == "(") && at >= 2 && !weak(tokens.get(at - 2));
        let whole = before.is_none() && close + 1 == tokens.len();
        let cast = tokens.get(close + 1).is_some_and(|token| token == "::");
        if number && !cast && before.is_some_and(|before| !is_name(before))
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

/// Returns a name without its quotes, unless it would then be read as another name, or a type's name as a keyword.
fn unquoted(name: &str, is_type: bool) -> String {
    let inside = &name[1..name.len().saturating_sub(1).max(1)];
    if is_plain(inside) && !(is_type && is_keyword(inside)) {
        inside.to_owned()
    } else {
        name.to_owned()
    }
}

/// Returns whether a minus after these tokens is a sign, not a subtraction.
fn is_negated(before: &[String]) -> bool {
    match before {
        [.., first, sign] => {
            let ends =
                is_name(first) || first.starts_with('\'') || matches!(first.as_str(), ")" | "]");
            sign == "-" && !ends
        }
        [sign] => sign == "-",
        [] => false,
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

/// Removes parentheses around the whole expression.
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
    fn additions_of_the_server_are_removed() {
        for (written, printed) in [
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
            assert_eq!(form(written), form(printed), "{written}");
        }
    }

    #[test]
    fn normalized_text_keeps_its_meaning() {
        for (printed, normalized) in [
            ("(price > (0)::numeric)", "price > 0"),
            (
                "(price >= ('-1.5'::numeric)::double precision)",
                "price >= -1.5",
            ),
            ("((a)::text = 'x'::text)", "(a)::text = 'x'"),
            (
                "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
                "(a)::text = ANY (ARRAY['x', 'y'])",
            ),
            // The server prints this after a dump is restored.
            (
                "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]))",
                "(a)::text = ANY (ARRAY['x', 'y'])",
            ),
            ("ARRAY['a'::text]", "ARRAY['a']"),
            (
                "(at > (now() - '1 day'::interval))",
                "at > (now() - '1 day'::interval)",
            ),
            ("('2020-01-01'::date + 1)", "'2020-01-01'::date + 1"),
            ("((id)::text ~~ '1%'::text)", "(id)::text ~~ '1%'"),
            ("((1)::numeric / a)", "(1)::numeric / a"),
            ("(a > ((1)::numeric / b))", "a > ((1)::numeric / b)"),
            ("(a > (-2147483648)::bigint)", "a > -2147483648"),
            ("(a + (-1)::bigint)", "a + (-1)::bigint"),
            (
                "(lower('A'::text))::character varying",
                "(lower('A'))::character varying",
            ),
            ("(code = 'a'::bpchar)", "code = 'a'::bpchar"),
            ("(c <> 'a'::\"char\")", "c <> 'a'::\"char\""),
            ("(\"char\" > 'a'::\"text\")", "char > 'a'"),
            ("('101'::\"bit\")", "'101'::\"bit\""),
            ("(tags = '{}'::text[])", "tags = '{}'::text[]"),
            ("(mood = 'ok'::public.mood)", "mood = 'ok'::public.mood"),
            (
                "(a = 'x'::character varying(3))",
                "a = 'x'::character varying(3)",
            ),
        ] {
            assert_eq!(normalize(printed), normalized);
            assert_eq!(normalize(normalized), normalized);
        }
    }

    #[test]
    fn significant_brackets_are_kept() {
        for sql in ["(a + b) * c", "(a OR b) AND c", "(a) + (b)"] {
            assert!(normalize(sql).contains('('), "{sql}: {}", normalize(sql));
        }
        assert_ne!(normalize("(a OR b) AND c"), normalize("a OR b AND c"));
    }
}
