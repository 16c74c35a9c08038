//! SQL expressions as they are told, and made comparable.
//!
//! PostgreSQL does not keep what was written: it prints the expression that it understood, with brackets and types that
//! nobody wrote. What it means stays when it is told ([`normal`]), because it is written into revisions: brackets around the whole
//! and around comparisons go, the types of texts, and of numbers that something is compared with. To compare two, more may
//! go ([`form`]): the type of every literal, and what turns a column into text. What remains different is the server's
//! rewriting, of `IN` to `= ANY` for example; there only the server can tell.

use super::sql::{Token, Tokens};
use crate::ddl::reserved::is_plain;

/// Returns the expression without what the server added, meaning the same.
pub(super) fn normal(sql: &str) -> String {
    without(Casts::Needless, sql)
}

/// Returns the form in which two expressions are compared. It is not one to run.
pub(super) fn form(sql: &str) -> String {
    without(Casts::All, sql)
}

/// The casts that go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Casts {
    /// Those without which the expression means the same.
    Needless,
    /// Those that the server may have added.
    All,
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

/// Takes casts off: `'a'::text`, `> (0)::numeric`, `(ARRAY['a'::character varying])::text[]`.
fn without_casts(tokens: &[String], casts: Casts) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] != "::" {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = type_end(tokens, at + 1);
        let (kind, rest) = (&tokens[at + 1..end], &tokens[end..]);
        let cast = Cast::of(&kept, kind);
        match cast.goes(&kept, rest, casts) {
            true => cast.take_off(&mut kept),
            false => kept.extend_from_slice(&tokens[at..end]),
        }
        at = end;
    }
    kept
}

/// What is cast, at the end of the tokens before.
struct Cast<'t> {
    /// Where it begins, with its brackets.
    start: usize,
    /// Where it begins and ends without them.
    inside: std::ops::Range<usize>,
    subject: Subject,
    kind: &'t [String],
}

/// What sort of thing is cast.
#[derive(PartialEq, Eq)]
enum Subject {
    /// A literal.
    Literal,
    /// A literal that is a number, and becomes one of another type.
    Number(String),
    /// An array of texts.
    Texts,
    Other,
}

impl<'t> Cast<'t> {
    fn of(kept: &[String], kind: &'t [String]) -> Cast<'t> {
        let end = kept.len();
        let open = opening(kept);
        let bracketed = open.filter(|open| {
            kept[*open] == "("
                && !open
                    .checked_sub(1)
                    .is_some_and(|before| is_name(&kept[before]))
        });
        let inside = match (bracketed, open) {
            (Some(open), _) => open + 1..end - 1,
            // `ARRAY[…]` and its brackets.
            (None, Some(open)) => open.saturating_sub(1)..end,
            (None, None) => end.saturating_sub(1)..end,
        };
        Cast {
            start: bracketed.unwrap_or(inside.start),
            subject: subject(&kept[inside.clone()], kind),
            inside,
            kind,
        }
    }

    /// Returns whether it goes, given what stands before and after.
    fn goes(&self, kept: &[String], rest: &[String], casts: Casts) -> bool {
        match &self.subject {
            Subject::Literal if is_text(self.kind) => true,
            Subject::Texts => {
                matches!(self.kind, [kind @ .., open, _] if open == "[" && is_text(kind))
            }
            Subject::Literal => casts == Casts::All,
            Subject::Number(_) => {
                let before = self.start.checked_sub(1).map(|at| kept[at].as_str());
                let after = rest.first().map(String::as_str);
                let compared = matches!(before, Some("=" | "<>" | "<" | ">" | "<=" | ">="))
                    && matches!(after, None | Some("AND" | "OR" | ")"));
                // It is cast again: `('-1.5'::numeric)::double precision`.
                let again = before == Some("(")
                    && matches!(rest, [close, cast, ..] if close == ")" && cast == "::");
                casts == Casts::All || compared || again
            }
            // What compares a `varchar` is printed as if it had been turned into text first.
            Subject::Other => casts == Casts::All && matches!(self.kind, [text] if text == "text"),
        }
    }

    fn take_off(self, kept: &mut Vec<String>) {
        let inside: Vec<String> = match self.subject {
            Subject::Number(number) => match number.strip_prefix('-') {
                Some(positive) => vec!["-".to_owned(), positive.to_owned()],
                None => vec![number],
            },
            Subject::Other if self.inside.len() > 1 => return,
            _ => kept[self.inside].to_vec(),
        };
        kept.truncate(self.start);
        kept.extend(inside);
    }
}

fn subject(tokens: &[String], kind: &[String]) -> Subject {
    let is_quoted = |token: &String| token.starts_with('\'');
    let sign_and_digits = match tokens {
        [digits] => Some(digits.trim_matches('\'').to_owned()),
        [sign, digits] if sign == "-" => Some(format!("-{digits}")),
        _ => None,
    };
    let number = sign_and_digits
        .filter(|text| text.ends_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok());
    match (tokens, number) {
        (_, Some(number))
            if kind
                .first()
                .is_some_and(|kind| NUMBERS.contains(&kind.as_str())) =>
        {
            Subject::Number(number)
        }
        ([_] | [_, _], Some(_)) => Subject::Literal,
        ([token], _) if is_quoted(token) => Subject::Literal,
        ([array, open, texts @ .., _], _) if array == "ARRAY" && open == "[" => {
            let all = !texts.is_empty() && texts.iter().step_by(2).all(is_quoted);
            match all && texts.iter().skip(1).step_by(2).all(|token| token == ",") {
                true => Subject::Texts,
                false => Subject::Other,
            }
        }
        _ => Subject::Other,
    }
}

/// Returns whether a type is any text.
fn is_text(kind: &[String]) -> bool {
    matches!(kind, [text] if text == "text")
        || matches!(kind, [character, varying] if character == "character" && varying == "varying")
}

/// Returns where the bracket stands that the last token closes.
fn opening(tokens: &[String]) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().rev() {
        match token.as_str() {
            ")" | "]" => depth += 1,
            "(" | "[" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (at + 1 < tokens.len()).then_some(at);
        }
    }
    None
}

/// Returns where the type ends that begins at `start`.
fn type_end(tokens: &[String], start: usize) -> usize {
    let is = |at: usize, words: &[&str]| {
        tokens
            .get(at)
            .is_some_and(|token| words.contains(&token.as_str()))
    };
    let mut end = start + 1;
    while is(end, &["."]) {
        end += 2;
    }
    let more: &[&str] = match tokens.get(start).map(String::as_str) {
        Some("character" | "bit") => &["varying"],
        Some("double") => &["precision"],
        Some("timestamp" | "time") => &["without", "with", "time", "zone"],
        _ => &[],
    };
    while is(end, more) {
        end += 1;
    }
    for (open, close) in [("(", ")"), ("[", "]")] {
        if is(end, &[open]) {
            end += tokens[end..]
                .iter()
                .position(|token| token == close)
                .map_or(0, |at| at + 1);
        }
    }
    end.min(tokens.len())
}

/// Returns whether what comes after these tokens has a sign, not something to be taken from.
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
            assert_eq!(form(written), form(told), "{written}");
        }
    }

    #[test]
    fn what_is_told_means_the_same() {
        for (printed, told) in [
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
            // So it is printed once a dump was read.
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
            ("(tags = '{}'::text[])", "tags = '{}'::text[]"),
            ("(mood = 'ok'::public.mood)", "mood = 'ok'::public.mood"),
            (
                "(a = 'x'::character varying(3))",
                "a = 'x'::character varying(3)",
            ),
        ] {
            assert_eq!(normal(printed), told);
            assert_eq!(normal(told), told);
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
