//! Removes casts that the server prints in expressions.
//!
//! A cast can be removed if the context implies the same type. It is kept beneath another cast: `('now'::text)::date`
//! is the current day at each evaluation, and `'now'::date` is the day on which it was parsed.

use super::{is_name, tokens};

/// The casts to remove.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Casts {
    /// Casts that do not change the meaning.
    Needless,
    /// Casts that the server may have added.
    All,
}

/// A literal and its casts, the innermost first: `('now'::text)::date`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend::postgres) struct Literal {
    /// A string with its quotes, or a number with its sign.
    pub text: String,
    pub types: Vec<String>,
}

impl Literal {
    /// Returns the literal as a number, if it is one without its casts.
    pub fn number(&self) -> Option<&str> {
        let first = self.types.first();
        let word = first.and_then(|data_type| data_type.split([' ', '(']).next());
        let read = word.is_some_and(|data_type| NUMBERS.contains(&data_type));
        let bare = match self.text.strip_prefix('\'') {
            Some(inside) if read => inside.strip_suffix('\''),
            Some(_) => None,
            None => Some(self.text.as_str()),
        };
        bare.filter(|text| is_number(text))
    }
}

/// Parses an expression that is a literal with any number of casts.
pub(in crate::backend::postgres) fn read_literal(sql: &str) -> Option<Literal> {
    let tokens = tokens(sql);
    let mut inside = &tokens[..];
    let mut types = Vec::new();
    loop {
        match inside {
            [open, rest @ .., _] if open == "(" && opening(inside) == Some(0) => inside = rest,
            [one] if is_quoted(one) => break,
            _ => {
                let cast = inside.iter().rposition(|token| token == "::");
                match cast.filter(|at| type_end(inside, at + 1) == inside.len()) {
                    Some(at) => {
                        types.insert(0, type_sql(&inside[at + 1..]));
                        inside = &inside[..at];
                    }
                    None if is_number(&inside.concat()) => break,
                    None => return None,
                }
            }
        }
    }
    let text = inside.concat();
    Some(Literal { text, types })
}

fn type_sql(tokens: &[String]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let word = |token: &str| token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if at > 0 && word(token) && (word(&tokens[at - 1]) || tokens[at - 1] == ")") {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}

const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double"];

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.parse::<f64>().is_ok()
}

fn is_quoted(token: &str) -> bool {
    token.starts_with('\'')
}

/// Removes casts: `= 'a'::text`, `> (0)::numeric`, `(ARRAY['a'::character varying])::text[]`.
pub(super) fn without_casts(tokens: &[String], casts: Casts) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] != "::" {
            result.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = type_end(tokens, at + 1);
        let (data_type, rest) = (&tokens[at + 1..end], &tokens[end..]);
        let cast = Cast::of(&result, data_type);
        match cast.is_removable(&result, rest, casts) {
            true => cast.remove(&mut result),
            false => result.extend_from_slice(&tokens[at..end]),
        }
        at = end;
    }
    result
}

/// A cast whose operand is at the end of the preceding tokens.
struct Cast<'t> {
    /// The start of the operand, including its parentheses.
    start: usize,
    /// The range of the operand without its parentheses.
    inside: std::ops::Range<usize>,
    operand_kind: OperandKind,
    data_type: &'t [String],
}

/// The kind of the operand.
#[derive(PartialEq, Eq)]
enum OperandKind {
    /// A string.
    Text,
    /// A number that is cast to a numeric type.
    Number(String),
    /// A number that is cast to another type.
    Figure,
    /// An array whose elements have casts; here the elements are strings.
    Array(Vec<Vec<String>>),
    Other,
}

impl<'t> Cast<'t> {
    fn of(operand: &[String], data_type: &'t [String]) -> Cast<'t> {
        let end = operand.len();
        let open = opening(operand);
        let bracketed = open.filter(|open| {
            operand[*open] == "("
                && !open
                    .checked_sub(1)
                    .is_some_and(|before| is_name(&operand[before]))
        });
        let inside = match (bracketed, open) {
            (Some(open), _) => open + 1..end - 1,
            // `ARRAY[…]` with its brackets.
            (None, Some(open)) => open.saturating_sub(1)..end,
            (None, None) => end.saturating_sub(1)..end,
        };
        Cast {
            start: bracketed.unwrap_or(inside.start),
            operand_kind: operand_kind(&operand[inside.clone()], data_type),
            inside,
            data_type,
        }
    }

    /// Returns whether the cast can be removed, given the tokens before and after.
    fn is_removable(&self, tokens: &[String], rest: &[String], casts: Casts) -> bool {
        let context = CastContext {
            before: &tokens[..self.start],
            after: rest,
        };
        if let Some(outer) = context.outer() {
            return self.is_removable_inside(outer, casts);
        }
        match (&self.operand_kind, casts) {
            (OperandKind::Text | OperandKind::Number(_) | OperandKind::Figure, Casts::All) => true,
            (OperandKind::Text, Casts::Needless) => {
                is(self.data_type, "text") && context.takes_text()
            }
            (OperandKind::Number(number), Casts::Needless) => {
                keeps_value(self.data_type, number) && context.is_compared()
            }
            (OperandKind::Figure, Casts::Needless) => false,
            (OperandKind::Array(_), _) => {
                matches!(self.data_type, [data_type, open, _] if data_type == "text" && open == "[")
            }
            // The server prints a compared `varchar` with a cast to text, and a compared number with a cast to a
            // wider type.
            (OperandKind::Other, _) => {
                let is_number = matches!(self.data_type, [data_type, ..] if NUMBERS.contains(&data_type.as_str()));
                casts == Casts::All && (is(self.data_type, "text") || is_number)
            }
        }
    }

    /// Returns whether the cast can be removed although another cast follows.
    fn is_removable_inside(&self, outer: &[String], casts: Casts) -> bool {
        match &self.operand_kind {
            // The server prints an array of strings in this way after a dump is restored.
            OperandKind::Text if is_text(self.data_type) => is(outer, "text"),
            OperandKind::Text | OperandKind::Figure => casts == Casts::All && is(outer, "text"),
            // The server prints negative numbers as `('-1.5'::numeric)::double precision`. It prints `1e10` in the
            // same way, as a `bigint` with all its digits. An integer next to a `real` is an `integer` first.
            OperandKind::Number(number) => {
                let printed = (is(self.data_type, "numeric") || is(self.data_type, "bigint"))
                    && matches!(outer[0].as_str(), "numeric" | "real" | "double");
                let is_integer = number.parse::<i64>().is_ok();
                printed
                    || (casts == Casts::All && is_integer && NUMBERS.contains(&outer[0].as_str()))
            }
            OperandKind::Array(_) => false,
            OperandKind::Other => casts == Casts::All && is(self.data_type, "text"),
        }
    }

    fn remove(self, tokens: &mut Vec<String>) {
        let inside: Vec<String> = match self.operand_kind {
            OperandKind::Number(number) => match number.strip_prefix('-') {
                Some(positive) => vec!["-".to_owned(), positive.to_owned()],
                None => vec![number],
            },
            OperandKind::Array(elements) => array(elements),
            OperandKind::Other if self.inside.len() > 1 => return,
            _ => tokens[self.inside].to_vec(),
        };
        tokens.truncate(self.start);
        tokens.extend(inside);
    }
}

fn array(elements: Vec<Vec<String>>) -> Vec<String> {
    let mut tokens = vec!["ARRAY".to_owned(), "[".to_owned()];
    for (at, element) in elements.into_iter().enumerate() {
        if at > 0 {
            tokens.push(",".to_owned());
        }
        tokens.extend(element);
    }
    tokens.push("]".to_owned());
    tokens
}

fn operand_kind(tokens: &[String], data_type: &[String]) -> OperandKind {
    let plain = match tokens {
        [digits] => digits.trim_matches('\'').to_owned(),
        [sign, digits] if sign == "-" => format!("-{digits}"),
        _ => String::new(),
    };
    let is_figure = plain.ends_with(|c: char| c.is_ascii_digit()) && is_number(&plain);
    let becomes_number = data_type
        .first()
        .is_some_and(|data_type| NUMBERS.contains(&data_type.as_str()));
    match tokens {
        _ if is_figure && becomes_number => OperandKind::Number(plain),
        [token] if is_quoted(token) => OperandKind::Text,
        [_] | [_, _] if is_figure => OperandKind::Figure,
        [array, open, elements @ .., _] if array == "ARRAY" && open == "[" => {
            OperandKind::Array(listed(elements).into_iter().map(as_text).collect())
        }
        _ => OperandKind::Other,
    }
}

/// Splits tokens at the commas outside of brackets and parentheses.
fn listed(tokens: &[String]) -> Vec<&[String]> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                found.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[start..]);
    found
}

/// Returns an array element as a string, as the server prints it, and a literal without its type.
fn as_text(element: &[String]) -> Vec<String> {
    match element {
        [text] if is_quoted(text) => vec![text.clone()],
        [text, cast, data_type @ ..] if is_quoted(text) && cast == "::" && is_text(data_type) => {
            vec![text.clone()]
        }
        [.., cast, data_type] if cast == "::" && data_type == "text" => element.to_vec(),
        _ => {
            let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let [open, close]: [Vec<String>; 2] = [words(&["("]), words(&[")", "::", "text"])];
            [&open, element, &close].concat()
        }
    }
}

/// Returns whether a type is this one, as one word and without a length.
fn is(data_type: &[String], word: &str) -> bool {
    matches!(data_type, [only] if only == word)
}

/// Returns whether a type is a string type.
fn is_text(data_type: &[String]) -> bool {
    is(data_type, "text")
        || matches!(data_type, [character, varying] if character == "character" && varying == "varying")
}

/// Returns whether a number compares equal without this cast: `0.1` is a different number as `real`.
fn keeps_value(data_type: &[String], number: &str) -> bool {
    match data_type {
        [data_type] if data_type == "real" => false,
        [data_type] if data_type == "numeric" => true,
        [data_type, precision] if data_type == "double" && precision == "precision" => true,
        [_] => number.parse::<i64>().is_ok(),
        _ => false,
    }
}

/// The tokens around a cast.
struct CastContext<'p> {
    before: &'p [String],
    after: &'p [String],
}

const EQUALS: [&str; 6] = ["=", "<>", "<", ">", "<=", ">="];
const MATCHES: [&str; 8] = ["~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"];
/// Functions that accept text wherever they accept a literal.
const TEXT_FUNCTIONS: [&str; 18] = [
    "btrim",
    "coalesce",
    "current_setting",
    "date_part",
    "date_trunc",
    "decode",
    "encode",
    "greatest",
    "least",
    "lower",
    "ltrim",
    "nullif",
    "regexp_replace",
    "replace",
    "rtrim",
    "split_part",
    "to_char",
    "upper",
];
/// Functions that return the type `name`, which compares differently.
const NAMES: [&str; 8] = [
    "current_catalog",
    "current_role",
    "current_schema",
    "current_user",
    "name",
    "session_user",
    "system_user",
    "user",
];

impl CastContext<'_> {
    fn last(&self, back: usize) -> Option<&str> {
        let at = self.before.len().checked_sub(back)?;
        self.before.get(at).map(String::as_str)
    }

    fn next(&self) -> Option<&str> {
        self.after.first().map(String::as_str)
    }

    /// Returns the type of the next cast of this operand.
    fn outer(&self) -> Option<&[String]> {
        let is_call = self.last(2).is_some_and(is_name);
        let start = match self.after {
            [cast, ..] if cast == "::" => 1,
            [close, cast, ..] if close == ")" && cast == "::" => {
                (self.last(1) == Some("(") && !is_call).then_some(2)?
            }
            _ => return None,
        };
        let data_type = &self.after[start..type_end(self.after, start)];
        (!data_type.is_empty()).then_some(data_type)
    }

    /// Returns whether the operand ends here.
    fn ends(&self) -> bool {
        let ends = [")", "]", ",", "AND", "OR", "when", "THEN", "ELSE", "END"];
        self.next().is_none_or(|next| ends.contains(&next))
    }

    /// Returns whether a number at this place is compared.
    fn is_compared(&self) -> bool {
        self.last(1).is_some_and(|last| EQUALS.contains(&last))
            && matches!(self.next(), None | Some("AND" | "OR" | ")"))
    }

    /// Returns whether a literal at this place is text without a cast.
    fn takes_text(&self) -> bool {
        self.is_right() || self.is_left() || self.is_listed() || self.is_branch()
    }

    /// Returns whether this is the right operand of an operator whose left operand is text.
    fn is_right(&self) -> bool {
        match (self.last(1), self.last(2)) {
            (Some("->" | "->>" | "?"), _) => true,
            (Some("zone"), Some("time")) => true,
            (Some(sign), Some(left)) if EQUALS.contains(&sign) => {
                !NAMES.contains(&left) && self.ends()
            }
            // `citext` also has these operators for text.
            (Some(sign), Some("text")) if MATCHES.contains(&sign) => {
                self.last(3) == Some("::") && self.ends()
            }
            _ => false,
        }
    }

    /// Returns whether this is the left operand of a comparison.
    fn is_left(&self) -> bool {
        let begins = matches!(
            self.last(1),
            None | Some("(" | "," | "AND" | "OR" | "NOT" | "when")
        );
        let right = self.after.get(1).map_or("", String::as_str);
        begins && self.next().is_some_and(|next| EQUALS.contains(&next)) && !NAMES.contains(&right)
    }

    /// Returns whether this is an element of an array, or an argument of a function that accepts text.
    fn is_listed(&self) -> bool {
        let Some(open) = unclosed(self.before) else {
            return false;
        };
        let list = &self.before[..open];
        let whole = matches!(self.last(1), Some("[" | "(" | ","))
            && matches!(self.next(), Some("]" | ")" | ","));
        whole
            && match list {
                [.., array] if array == "ARRAY" => !self.is_in_cast_array(),
                [.., dot, _] if dot == "." => false,
                [.., function] => TEXT_FUNCTIONS.contains(&function.as_str()),
                [] => false,
            }
    }

    /// Returns whether the array that contains this element is cast. The server casts such an array element by
    /// element.
    fn is_in_cast_array(&self) -> bool {
        let mut depth = 0_u32;
        let close = self.after.iter().position(|token| {
            match token.as_str() {
                "(" | "[" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                "]" if depth == 0 => return true,
                "]" => depth -= 1,
                _ => {}
            }
            false
        });
        let mut rest = close.map_or(&[][..], |at| &self.after[at + 1..]).iter();
        rest.find(|token| *token != ")")
            .is_some_and(|token| token == "::")
    }

    /// Returns whether this is a result or a comparison value of a CASE.
    fn is_branch(&self) -> bool {
        matches!(self.last(1), Some("THEN" | "ELSE" | "when"))
            && matches!(self.next(), Some("when" | "THEN" | "ELSE" | "END"))
    }
}

/// Returns the position of the last unclosed bracket.
fn unclosed(tokens: &[String]) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().rev() {
        match token.as_str() {
            ")" | "]" => depth += 1,
            "(" | "[" if depth == 0 => return Some(at),
            "(" | "[" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the position of the bracket that the last token closes.
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

/// Returns the end of the type that starts at `start`.
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
    let skip = |mut end: usize| {
        while is(end, more) {
            end += 1;
        }
        end
    };
    let bracket = |end: usize, open: &str, close: &str| {
        let length = tokens[end.min(tokens.len())..]
            .iter()
            .position(|token| token == close);
        match is(end, &[open]) {
            true => end + length.map_or(0, |at| at + 1),
            false => end,
        }
    };
    // `timestamp(3) with time zone[]`.
    end = skip(bracket(skip(end), "(", ")"));
    end = bracket(end, "[", "]");
    end.min(tokens.len())
}

#[cfg(test)]
mod tests {
    use super::super::{form, normalize};
    use super::*;

    #[test]
    fn a_cast_inside_another_is_kept() {
        for sql in [
            "('now'::text)::date",
            "('today'::text)::timestamp without time zone",
            "('x'::text)::mood",
            "('{}'::text)::json",
            "nextval(('s'::text)::regclass)",
            "at > ('now'::text)::date",
            "'now'::text::date",
            "days && (ARRAY['now'::text])::date[]",
            "('x '::bpchar)::text",
            "('0.1'::real)::double precision",
            "('1.5'::numeric)::integer",
            "(a)::text = (('x'::text)::character varying)::text",
        ] {
            assert_eq!(normalize(sql), sql);
        }
        assert_ne!(form("('now'::text)::date"), form("'now'::date"));
        assert_ne!(form("('0.1'::real)::double precision"), form("0.1"));
    }

    #[test]
    fn an_integer_equals_that_of_a_model_in_any_comparison() {
        for sql in [
            "a >= ('-1'::integer)::double precision",
            "a >= ('-1'::integer)::numeric",
            // The server prints this if the column had another type before.
            "(a)::numeric >= ('-1'::integer)::numeric",
        ] {
            assert_eq!(form(sql), form("a >= -1"), "{sql}");
            assert_ne!(normalize(sql), normalize("a >= -1"), "{sql}");
        }
    }

    #[test]
    fn a_cast_is_kept_where_its_position_would_give_another_type() {
        for sql in [
            "to_jsonb('x'::text)",
            "'[]'::text || data",
            "tags || 'x'::text",
            "attributes - 'x'::text",
            "f('x'::character varying)",
            "tags && ARRAY['a'::character varying]",
            "public.lower('x'::text)",
            "current_user = 'x'::text",
            "name ~ '^a'::text",
            "ratio = '0.1'::real",
            "n > '5.555'::numeric(10, 2)",
            "n > '1.5'::integer",
            "code = (5)::text",
            "(5)::text || name",
            "(ARRAY['x'::text])::character varying[]",
        ] {
            assert_eq!(normalize(sql), sql);
        }
    }

    #[test]
    fn an_array_of_strings_is_the_same_however_it_was_cast() {
        for (sql, same) in [
            (
                "(a)::text = ANY ((ARRAY[b, 'x'::character varying])::text[])",
                "(a)::text = ANY (ARRAY[(b)::text, ('x'::character varying)::text])",
            ),
            (
                "(a)::text = ANY ((ARRAY[f(b, 1)])::text[])",
                "(a)::text = ANY (ARRAY[(f(b, 1))::text])",
            ),
        ] {
            assert_eq!(normalize(sql), normalize(same));
        }
    }

    #[test]
    fn a_literal_is_read_with_all_its_types() {
        for (sql, text, types) in [
            ("'a''b'::text", "'a''b'", &["text"][..]),
            ("('now'::text)::date", "'now'", &["text", "date"]),
            (
                "('-1.5'::numeric)::double precision",
                "'-1.5'",
                &["numeric", "double precision"],
            ),
            ("(-1)", "-1", &[]),
            ("1.50", "1.50", &[]),
            ("(5)::numeric(10,2)", "5", &["numeric(10,2)"]),
            (
                "'x'::timestamp(3) with time zone",
                "'x'",
                &["timestamp(3) with time zone"],
            ),
            (
                "'{}'::character varying(3)[]",
                "'{}'",
                &["character varying(3)[]"],
            ),
        ] {
            let found = read_literal(sql).unwrap();
            assert_eq!(
                (found.text.as_str(), &found.types[..]),
                (
                    text,
                    &types.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..]
                ),
                "{sql}"
            );
        }
        for sql in [
            "now()",
            "'a'::text || 'b'",
            "a",
            "-a",
            "1 + 1",
            "",
            "nan",
            "('a')('b')",
        ] {
            assert_eq!(read_literal(sql), None, "{sql}");
        }
    }
}
