//! SQL expressions, made comparable: SQLite keeps them as they were written.

use super::definition::{Kind, Token, tokens};
use super::keywords;

/// Returns an expression with white space, comments, the case of keywords and needless quotes and brackets made uniform. It
/// means the same.
pub(super) fn normal(sql: &str) -> String {
    let sql = bare(sql);
    let tokens = tokens(sql);
    let mut text = String::with_capacity(sql.len());
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        if before.is_some_and(|before| spaced(&tokens[..at], before, token)) {
            text.push(' ');
        }
        text.push_str(&spelled(token));
    }
    text
}

fn spelled(token: &Token<'_>) -> String {
    let name = token.name();
    match token.kind {
        Kind::QuotedName if keywords::is_plain(&name) => name,
        Kind::QuotedName => format!("\"{}\"", name.replace('"', "\"\"")),
        Kind::Word if is_keyword(token) => token.raw.to_ascii_uppercase(),
        _ => token.raw.to_owned(),
    }
}

fn is_keyword(token: &Token<'_>) -> bool {
    let letters = token.raw.bytes().all(|byte| byte.is_ascii_alphabetic());
    token.kind == Kind::Word && letters && !keywords::is_plain(&token.raw.to_ascii_lowercase())
}

fn spaced(so_far: &[Token<'_>], before: &Token<'_>, token: &Token<'_>) -> bool {
    let apart = token.start > before.end();
    if matches!(before.raw, "(") || matches!(token.raw, ")" | "," | ";") {
        return false;
    }
    if before.raw == "," {
        return true;
    }
    if token.raw == "(" {
        // A call's brackets stand at its name.
        return apart || is_keyword(before) || is_operator(before);
    }
    match (is_operator(before), is_operator(token)) {
        // `<` and `>` side by side are one sign.
        (true, true) => apart || is_sign(token),
        (true, false) => !is_sign(before) || (apart && !is_unary(so_far)) || is_binary(so_far),
        (false, true) => !is_exponent(before, token),
        (false, false) => apart || before.raw == ")",
    }
}

fn is_operator(token: &Token<'_>) -> bool {
    token.kind == Kind::Mark && "=<>!|&+-*/%~".contains(token.raw)
}

fn is_sign(token: &Token<'_>) -> bool {
    matches!(token.raw, "+" | "-" | "~")
}

/// Whether the sign at the end belongs to the number after it, and to nothing before.
fn is_unary(tokens: &[Token<'_>]) -> bool {
    let before = tokens.len().checked_sub(2).and_then(|at| tokens.get(at));
    before.is_none_or(|before| {
        is_operator(before) || is_keyword(before) || matches!(before.raw, "(" | ",")
    })
}

fn is_binary(tokens: &[Token<'_>]) -> bool {
    let exponent = match tokens {
        [.., before, sign] => is_exponent(before, sign),
        _ => false,
    };
    !is_unary(tokens) && !exponent
}

/// Whether a sign stands inside a number: `1e-5`.
fn is_exponent(before: &Token<'_>, sign: &Token<'_>) -> bool {
    before.kind == Kind::Word
        && before.end() == sign.start
        && is_sign(sign)
        && before
            .raw
            .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && before.raw.ends_with(['e', 'E'])
        && !before.raw.starts_with("0x")
}

/// Takes off brackets around the whole.
pub(super) fn bare(sql: &str) -> &str {
    let mut text = sql.trim();
    while let Some(inside) = inside(text) {
        text = inside;
    }
    text
}

fn inside(text: &str) -> Option<&str> {
    let tokens = tokens(text);
    let (first, last) = (tokens.first()?, tokens.last()?);
    let whole = first.raw == "("
        && last.raw == ")"
        && tokens[1..tokens.len() - 1]
            .iter()
            .all(|token| token.depth > 0);
    whole.then(|| text[first.end()..last.start].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        for (written, other) in [
            ("price>0", "price  >  0"),
            ("(price > 0)", "\"price\" > 0"),
            ("a is not null and [b]<>''", "a IS NOT NULL AND b <> ''"),
            ("lower( name )", "lower(name)"),
            ("a*2+b", "a * 2 + b"),
            ("a IN(1,2)", "a IN (1, 2)"),
            ("x||'-'||y", "x || '-' || y"),
            ("a /* why */ = -1", "a = -1"),
        ] {
            assert_eq!(normal(written), normal(other), "{written}");
        }
    }

    #[test]
    fn meaning_counts() {
        for sql in [
            "a = -1",
            "a - 1",
            "a >= 1e-5",
            "b = x'00ff'",
            "\"a b\" > 1",
            "(a OR b) AND c",
            "json ->> '$.a' = 'x'",
            "count(*)",
            "a = 'it''s ( not'",
            "a <> ~b",
            "CASE WHEN a THEN 1 ELSE -1 END",
            "(a) + (b)",
        ] {
            assert_eq!(normal(sql), sql);
            assert_eq!(normal(&normal(sql)), normal(sql));
        }
    }
}
