//! Types that the server prints beside what is read as them.
//!
//! A cast may go where its place gives the same type without it. It stays beneath another cast: `('now'::text)::date` is
//! today, each day anew, and `'now'::date` is the day on which it was written.

use super::{is_name, tokens};

/// The casts that go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Casts {
    /// Those without which the expression means the same.
    Needless,
    /// Those that the server may have added.
    All,
}

/// A literal with the types that it is read as, the first one first: `('now'::text)::date`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend::postgres) struct Literal {
    /// A text in its quotes, or a number with its sign.
    pub text: String,
    pub types: Vec<String>,
}

impl Literal {
    /// Returns it as a number, where it is one from the beginning.
    pub fn number(&self) -> Option<&str> {
        let first = self.types.first();
        let word = first.and_then(|kind| kind.split([' ', '(']).next());
        let read = word.is_some_and(|kind| NUMBERS.contains(&kind));
        let bare = match self.text.strip_prefix('\'') {
            Some(inside) if read => inside.strip_suffix('\''),
            Some(_) => None,
            None => Some(self.text.as_str()),
        };
        bare.filter(|text| is_number(text))
    }
}

/// Reads an expression that is a literal, however often it is cast.
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
                        types.insert(0, spelled(&inside[at + 1..]));
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

fn spelled(kind: &[String]) -> String {
    let mut text = String::new();
    for (at, token) in kind.iter().enumerate() {
        let word = |token: &str| token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if at > 0 && word(token) && (word(&kind[at - 1]) || kind[at - 1] == ")") {
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

/// Takes casts off: `= 'a'::text`, `> (0)::numeric`, `(ARRAY['a'::character varying])::text[]`.
pub(super) fn without_casts(tokens: &[String], casts: Casts) -> Vec<String> {
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
    /// A text.
    Text,
    /// A number that becomes one of another type.
    Number(String),
    /// A number that becomes something else.
    Figure,
    /// An array, whose elements are cast one by one: those as texts.
    Array(Vec<Vec<String>>),
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
        let place = Place {
            before: &kept[..self.start],
            after: rest,
        };
        if let Some(outer) = place.outer() {
            return self.goes_beneath(outer, casts);
        }
        match (&self.subject, casts) {
            (Subject::Text | Subject::Number(_) | Subject::Figure, Casts::All) => true,
            (Subject::Text, Casts::Needless) => is(self.kind, "text") && place.takes_text(),
            (Subject::Number(number), Casts::Needless) => {
                keeps_value(self.kind, number) && place.is_compared()
            }
            (Subject::Figure, Casts::Needless) => false,
            (Subject::Array(_), _) => {
                matches!(self.kind, [kind, open, _] if kind == "text" && open == "[")
            }
            // What compares a `varchar` is printed as if it had been turned into text first, and a number as one of a wider type.
            (Subject::Other, _) => {
                let is_number = matches!(self.kind, [kind, ..] if NUMBERS.contains(&kind.as_str()));
                casts == Casts::All && (is(self.kind, "text") || is_number)
            }
        }
    }

    /// Returns whether it goes although it is cast again.
    fn goes_beneath(&self, outer: &[String], casts: Casts) -> bool {
        match &self.subject {
            // So an array of texts is printed once a dump was read.
            Subject::Text if is_text(self.kind) => is(outer, "text"),
            Subject::Text | Subject::Figure => casts == Casts::All && is(outer, "text"),
            // `('-1.5'::numeric)::double precision`: so a negative number is printed, and `1e10`, which is a `bigint` once its digits
            // are written. A whole one beside a `real` is an integer first.
            Subject::Number(number) => {
                let printed = (is(self.kind, "numeric") || is(self.kind, "bigint"))
                    && matches!(outer[0].as_str(), "numeric" | "real" | "double");
                let whole = number.parse::<i64>().is_ok();
                printed || (casts == Casts::All && whole && NUMBERS.contains(&outer[0].as_str()))
            }
            Subject::Array(_) => false,
            Subject::Other => casts == Casts::All && is(self.kind, "text"),
        }
    }

    fn take_off(self, kept: &mut Vec<String>) {
        let inside: Vec<String> = match self.subject {
            Subject::Number(number) => match number.strip_prefix('-') {
                Some(positive) => vec!["-".to_owned(), positive.to_owned()],
                None => vec![number],
            },
            Subject::Array(elements) => array(elements),
            Subject::Other if self.inside.len() > 1 => return,
            _ => kept[self.inside].to_vec(),
        };
        kept.truncate(self.start);
        kept.extend(inside);
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

fn subject(tokens: &[String], kind: &[String]) -> Subject {
    let plain = match tokens {
        [digits] => digits.trim_matches('\'').to_owned(),
        [sign, digits] if sign == "-" => format!("-{digits}"),
        _ => String::new(),
    };
    let is_figure = plain.ends_with(|c: char| c.is_ascii_digit()) && is_number(&plain);
    let becomes_number = kind
        .first()
        .is_some_and(|kind| NUMBERS.contains(&kind.as_str()));
    match tokens {
        _ if is_figure && becomes_number => Subject::Number(plain),
        [token] if is_quoted(token) => Subject::Text,
        [_] | [_, _] if is_figure => Subject::Figure,
        [array, open, elements @ .., _] if array == "ARRAY" && open == "[" => {
            Subject::Array(listed(elements).into_iter().map(as_text).collect())
        }
        _ => Subject::Other,
    }
}

/// Returns what stands between the commas that no bracket holds.
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

/// Returns an element of an array as a text, as the server prints it; a literal without its type.
fn as_text(element: &[String]) -> Vec<String> {
    match element {
        [text] if is_quoted(text) => vec![text.clone()],
        [text, cast, kind @ ..] if is_quoted(text) && cast == "::" && is_text(kind) => {
            vec![text.clone()]
        }
        [.., cast, kind] if cast == "::" && kind == "text" => element.to_vec(),
        _ => {
            let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let [open, close]: [Vec<String>; 2] = [words(&["("]), words(&[")", "::", "text"])];
            [&open, element, &close].concat()
        }
    }
}

/// Returns whether a type is this one, of one word and without a length.
fn is(kind: &[String], word: &str) -> bool {
    matches!(kind, [only] if only == word)
}

/// Returns whether a type is any text.
fn is_text(kind: &[String]) -> bool {
    is(kind, "text")
        || matches!(kind, [character, varying] if character == "character" && varying == "varying")
}

/// Returns whether a number is compared as the same one without this type: `0.1` is another number as `real`.
fn keeps_value(kind: &[String], number: &str) -> bool {
    match kind {
        [kind] if kind == "real" => false,
        [kind] if kind == "numeric" => true,
        [kind, precision] if kind == "double" && precision == "precision" => true,
        [_] => number.parse::<i64>().is_ok(),
        _ => false,
    }
}

/// What stands around a cast.
struct Place<'p> {
    before: &'p [String],
    after: &'p [String],
}

const EQUALS: [&str; 6] = ["=", "<>", "<", ">", "<=", ">="];
const MATCHES: [&str; 8] = ["~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"];
/// They take texts wherever they take a literal.
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
/// They are of the type `name`, which compares otherwise.
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

impl Place<'_> {
    fn last(&self, back: usize) -> Option<&str> {
        let at = self.before.len().checked_sub(back)?;
        self.before.get(at).map(String::as_str)
    }

    fn next(&self) -> Option<&str> {
        self.after.first().map(String::as_str)
    }

    /// Returns the type that what is cast here is cast to next.
    fn outer(&self) -> Option<&[String]> {
        let is_call = self.last(2).is_some_and(is_name);
        let start = match self.after {
            [cast, ..] if cast == "::" => 1,
            [close, cast, ..] if close == ")" && cast == "::" => {
                (self.last(1) == Some("(") && !is_call).then_some(2)?
            }
            _ => return None,
        };
        let kind = &self.after[start..type_end(self.after, start)];
        (!kind.is_empty()).then_some(kind)
    }

    /// Returns whether what stands here is the end of an operand.
    fn ends(&self) -> bool {
        let ends = [")", "]", ",", "AND", "OR", "when", "THEN", "ELSE", "END"];
        self.next().is_none_or(|next| ends.contains(&next))
    }

    /// Returns whether a number that stands here is compared.
    fn is_compared(&self) -> bool {
        self.last(1).is_some_and(|last| EQUALS.contains(&last))
            && matches!(self.next(), None | Some("AND" | "OR" | ")"))
    }

    /// Returns whether a literal that stands here is a text without being told so.
    fn takes_text(&self) -> bool {
        self.is_right() || self.is_left() || self.is_listed() || self.is_branch()
    }

    /// The right side of an operator that has a text on its left.
    fn is_right(&self) -> bool {
        match (self.last(1), self.last(2)) {
            (Some("->" | "->>" | "?"), _) => true,
            (Some("zone"), Some("time")) => true,
            (Some(sign), Some(left)) if EQUALS.contains(&sign) => {
                !NAMES.contains(&left) && self.ends()
            }
            // `citext` has these for texts, too.
            (Some(sign), Some("text")) if MATCHES.contains(&sign) => {
                self.last(3) == Some("::") && self.ends()
            }
            _ => false,
        }
    }

    /// The left side of a comparison.
    fn is_left(&self) -> bool {
        let begins = matches!(
            self.last(1),
            None | Some("(" | "," | "AND" | "OR" | "NOT" | "when")
        );
        let right = self.after.get(1).map_or("", String::as_str);
        begins && self.next().is_some_and(|next| EQUALS.contains(&next)) && !NAMES.contains(&right)
    }

    /// An element of an array, or an argument of a function that takes texts.
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

    /// Whether the array that this is an element of is cast, which the server does element by element.
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

    /// What a CASE returns, or compares.
    fn is_branch(&self) -> bool {
        matches!(self.last(1), Some("THEN" | "ELSE" | "when"))
            && matches!(self.next(), Some("when" | "THEN" | "ELSE" | "END"))
    }
}

/// Returns where the last bracket stands that is open at the end.
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
    use super::super::{form, normal};
    use super::*;

    #[test]
    fn a_cast_beneath_another_stays() {
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
            assert_eq!(normal(sql), sql);
        }
        assert_ne!(form("('now'::text)::date"), form("'now'::date"));
        assert_ne!(form("('0.1'::real)::double precision"), form("0.1"));
    }

    #[test]
    fn a_whole_number_is_that_of_a_model_whatever_it_is_compared_with() {
        for sql in [
            "a >= ('-1'::integer)::double precision",
            "a >= ('-1'::integer)::numeric",
            // So the server prints it where the column had another type before.
            "(a)::numeric >= ('-1'::integer)::numeric",
        ] {
            assert_eq!(form(sql), form("a >= -1"), "{sql}");
            assert_ne!(normal(sql), normal("a >= -1"), "{sql}");
        }
    }

    #[test]
    fn a_cast_stays_where_its_place_would_give_another_type() {
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
            assert_eq!(normal(sql), sql);
        }
    }

    #[test]
    fn an_array_of_texts_is_the_same_however_it_became_one() {
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
            assert_eq!(normal(sql), normal(same));
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
