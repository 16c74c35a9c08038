//! Parses the definition of a column, so that one property can change while all others are kept.
//!
//! `MODIFY COLUMN` replaces the whole definition, so an omitted property is lost. This module uses the server's own
//! text from SHOW CREATE TABLE, and splits it where each property begins. An unknown property is kept with the
//! property before it.

use migrate_schema::schema::{Column, DefaultValue, Type};

use super::inspect::is_now_expression;
use super::server::Server;
use super::sql::{Token, Tokens, around_brackets, between_commas, significant, text_at};
use super::{types, write};

/// The properties that can follow a column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Type,
    CharacterSet,
    Collate,
    Generated,
    Null,
    Default,
    OnUpdate,
    AutoIncrement,
    Comment,
    Check,
    Other,
}

/// The order in which the server expects the properties.
const ORDER: [Property; 11] = [
    Property::Type,
    Property::CharacterSet,
    Property::Collate,
    Property::Generated,
    Property::Null,
    Property::Default,
    Property::OnUpdate,
    Property::AutoIncrement,
    Property::Other,
    Property::Comment,
    Property::Check,
];

/// The properties of a column, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    parts: Vec<(Property, String)>,
}

impl Definition {
    /// Finds the definition of a column in a CREATE TABLE statement.
    pub(super) fn find(create_table: &str, column: &str) -> Option<Definition> {
        parts_of(create_table)
            .0
            .into_iter()
            .find_map(|item| {
                let (name, rest) = item_name(item)?;
                name.eq_ignore_ascii_case(column).then_some(rest)
            })
            .map(Definition::parse)
    }

    pub(super) fn parse(text: &str) -> Definition {
        let mut parts: Vec<(Property, String)> = vec![(Property::Type, String::new())];
        let mut begin = 0;
        let (mut depth, mut last) = (0_u32, String::new());
        for (start, end, token) in Tokens::new(text) {
            let word = text[start..end].to_ascii_uppercase();
            match token {
                Token::Space if !is_comment(&word) => continue,
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            let started = property(&word, &last, &text[end..]).filter(|_| depth == 0);
            if let Some(property) = started {
                close(&mut parts, &text[begin..start]);
                parts.push((property, String::new()));
                begin = start;
            }
            last = word;
        }
        close(&mut parts, &text[begin..]);
        Definition { parts }
    }

    /// Returns a property's text.
    pub(super) fn get(&self, property: Property) -> Option<&str> {
        let found = self.parts.iter().find(|(kind, _)| *kind == property);
        found.map(|(_, text)| text.as_str())
    }

    /// Sets or removes the text of a property.
    pub(super) fn set(&mut self, property: Property, text: Option<String>) {
        self.parts.retain(|(kind, _)| *kind != property);
        let Some(text) = text else { return };
        let rank = |kind: Property| ORDER.iter().position(|known| *known == kind);
        let at = self
            .parts
            .iter()
            .position(|(kind, _)| rank(*kind) > rank(property));
        self.parts
            .insert(at.unwrap_or(self.parts.len()), (property, text));
    }

    /// Returns the parts of the definition that a [`Column`] can't represent, including unknown ones.
    pub(super) fn residue(&self, column: Option<&Column>) -> Vec<String> {
        let mut found = Vec::new();
        for (kind, text) in &self.parts {
            let rest = match kind {
                Property::Type => String::new(),
                Property::Default => self.rest_of_default(text, column),
                Property::OnUpdate | Property::Other => bare(text),
                Property::Generated => rest_of_generated(text),
                Property::Check => after_words(text, 1, Brackets::Yes),
                Property::CharacterSet => after_words(text, 3, Brackets::No),
                Property::Collate | Property::Comment => after_words(text, 2, Brackets::No),
                Property::AutoIncrement => after_words(text, 1, Brackets::No),
                Property::Null if text.eq_ignore_ascii_case("NULL") => String::new(),
                Property::Null => after_words(text, 2, Brackets::No),
            };
            if !rest.is_empty() {
                found.push(rest);
            }
        }
        found
    }

    /// Returns the part of the default that the column's default value does not contain.
    fn rest_of_default(&self, text: &str, column: Option<&Column>) -> String {
        let (value, rest) = value_and_rest(text);
        if !rest.is_empty() {
            return rest;
        }
        match column.and_then(|column| column.default.as_ref()) {
            // The current time is expected to have as many digits as the column stores.
            Some(DefaultValue::Expression(sql)) if sql == "CURRENT_TIMESTAMP" => {
                match digits_of_time(&value) == write::digits(&self.data_type()) {
                    true => String::new(),
                    false => text.to_owned(),
                }
            }
            Some(DefaultValue::Text(_)) if value.starts_with("x'") => text.to_owned(),
            Some(DefaultValue::Integer(_) | DefaultValue::Real(_)) if !is_exact(&value) => {
                text.to_owned()
            }
            _ => String::new(),
        }
    }

    /// Returns the value of the default, and the text after it.
    pub(super) fn default_sql(&self) -> Option<(String, String)> {
        self.get(Property::Default).map(value_and_rest)
    }

    /// Returns the expression of a generated column.
    pub(super) fn computed(&self) -> Option<&str> {
        let (_, inside, _) = around_brackets(self.get(Property::Generated)?)?;
        Some(inside)
    }

    /// Returns the column's type.
    pub(super) fn data_type(&self) -> Type {
        types::read(self.get(Property::Type).unwrap_or_default())
    }

    /// Sets the type. If the default is the current time with the precision of the column, it gets the new precision.
    pub(super) fn set_data_type(&mut self, server: Server, data_type: &Type) {
        let before = write::digits(&self.data_type());
        for (property, head) in [
            (Property::Default, "DEFAULT "),
            (Property::OnUpdate, "ON UPDATE "),
        ] {
            let time = self
                .get(property)
                .and_then(|text| text.strip_prefix(head))
                .filter(|time| is_now_expression(time) && digits_of_time(time) == before);
            if time.is_some() {
                self.set(
                    property,
                    Some(format!("{head}{}", write::now(Some(server), data_type))),
                );
            }
        }
        self.set(Property::Type, Some(types::to_sql(data_type)));
    }

    /// Returns the column without its checks, which belong to the table. The check that makes a text column JSON is
    /// kept.
    pub(super) fn beside_checks(&self) -> Definition {
        let mut definition = self.clone();
        definition
            .parts
            .retain(|(kind, text)| *kind != Property::Check || is_json_check(text));
        definition
    }

    /// Returns the column as operations create it; `late` if it becomes auto-increment in a later statement.
    pub(super) fn plain(&self, late: Late) -> Definition {
        let mut definition = self.beside_checks();
        definition
            .parts
            .retain(|(kind, _)| !matches!(kind, Property::OnUpdate | Property::Other));
        if late == Late::Numbers {
            definition.set(Property::AutoIncrement, None);
        }
        definition
    }

    /// Returns the text after the column's name.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.parts.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(" ")
    }
}

/// Whether a column becomes auto-increment only after an index over it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    Nothing,
    Numbers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brackets {
    Yes,
    No,
}

pub(super) fn is_json_check(check: &str) -> bool {
    check.to_ascii_lowercase().starts_with("check (json_valid(")
}

/// Returns the text without the markers of a comment that the server executes.
fn bare(text: &str) -> String {
    let tokens = significant(text);
    let words = (0..tokens.len()).map(|at| text_at(text, &tokens, at));
    let words: Vec<&str> = words.collect();
    words
        .join(" ")
        .replace(" (", "(")
        .replace("( ", "(")
        .replace(" )", ")")
}

/// Returns the text after `count` words, and after parentheses if they are expected.
fn after_words(text: &str, count: usize, brackets: Brackets) -> String {
    let mut depth = 0_u32;
    let mut words = 0;
    for (_, end, token) in Tokens::new(text) {
        match token {
            Token::Space => continue,
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            _ if depth == 0 => words += 1,
            _ => {}
        }
        let closed = brackets == Brackets::No || token == Token::Sign(b')');
        if words >= count && depth == 0 && closed {
            return bare(&text[end..]);
        }
    }
    String::new()
}

/// Returns the part of a generated column that is not `GENERATED ALWAYS AS (…) STORED`, such as the bounds of a row's
/// period.
fn rest_of_generated(text: &str) -> String {
    let is_computed = super::sql::words(text).nth(3).as_deref() == Some("(")
        || super::sql::words(text).nth(1).as_deref() == Some("(");
    if !is_computed {
        return bare(text);
    }
    let rest = after_words(text, 1, Brackets::Yes);
    let word = rest
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    match ["VIRTUAL", "STORED", "PERSISTENT"].contains(&word.as_str()) {
        true => rest[word.len()..].trim().to_owned(),
        false => rest,
    }
}

/// Splits `DEFAULT value rest`. The value is a literal or a call, or is in parentheses.
fn value_and_rest(text: &str) -> (String, String) {
    let tokens = significant(text);
    let tokens = tokens.get(1..).unwrap_or_default();
    let (mut depth, mut complete) = (0_u32, false);
    for (at, (start, end, token)) in tokens.iter().enumerate() {
        let whole = |from: usize| {
            tokens
                .first()
                .map_or("", |first| text[first.0..from].trim())
        };
        // A word after a complete value does not belong to the value, unless the value is a prefix of a literal.
        if depth == 0 && complete && *token == Token::Word {
            return (whole(*start).to_owned(), bare(&text[*start..]));
        }
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let prefix = tokens
            .get(at + 1)
            .is_some_and(|next| next.0 == *end && next.2 == Token::Quoted);
        complete = depth == 0
            && !prefix
            && matches!(token, Token::Word | Token::Quoted | Token::Sign(b')'));
    }
    let all = tokens.first().map_or("", |first| text[first.0..].trim());
    (all.to_owned(), String::new())
}

/// Returns whether the column's default stores every digit of a number.
fn is_exact(number: &str) -> bool {
    let digits = number.trim_matches(['\'', ' ']);
    let digits = digits.trim_start_matches(['-', '+', '0', '.']);
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0'),
        false => digits,
    };
    digits.contains(['e', 'E']) || digits.chars().filter(char::is_ascii_digit).count() <= 15
}

fn close(parts: &mut [(Property, String)], text: &str) {
    if let Some((_, last)) = parts.last_mut() {
        text.trim().clone_into(last);
    }
}

/// Returns whether a token is a comment without effect. Comments with `!` are properties that only newer servers
/// have.
fn is_comment(text: &str) -> bool {
    text.starts_with("/*!") || text.starts_with("/*M!")
}

fn property(word: &str, last: &str, rest: &str) -> Option<Property> {
    let next = || super::sql::words(rest).next().unwrap_or_default();
    Some(match word {
        "CHARACTER" if next() == "SET" => Property::CharacterSet,
        "COLLATE" => Property::Collate,
        "GENERATED" => Property::Generated,
        "AS" if last != "ALWAYS" => Property::Generated,
        "NOT" if next() == "NULL" => Property::Null,
        // `DEFAULT NULL` and `NOT NULL` belong to the word before.
        "NULL" if last != "DEFAULT" && last != "NOT" => Property::Null,
        "DEFAULT" => Property::Default,
        "ON" if next() == "UPDATE" => Property::OnUpdate,
        "AUTO_INCREMENT" => Property::AutoIncrement,
        "COMMENT" => Property::Comment,
        "CHECK" => Property::Check,
        "INVISIBLE" | "WITHOUT" | "WITH" | "COMPRESSED" | "COLUMN_FORMAT" | "STORAGE"
        | "REF_SYSTEM_ID" => Property::Other,
        word if is_comment(word) => Property::Other,
        _ => return None,
    })
}

/// Returns the items of a CREATE TABLE, and the text after its closing parenthesis.
pub(super) fn parts_of(create_table: &str) -> (Vec<&str>, &str) {
    match around_brackets(create_table) {
        Some((_, inside, behind)) => (between_commas(inside), behind.trim()),
        None => (Vec::new(), ""),
    }
}

/// Returns the quoted name at the start of an item, and the rest.
pub(super) fn item_name(item: &str) -> Option<(String, &str)> {
    let (_, end, _) = Tokens::new(item).next()?;
    Some((quoted_name(&item[..end])?, item[end..].trim()))
}

/// Returns the name inside backticks.
pub(super) fn quoted_name(quoted: &str) -> Option<String> {
    let inside = quoted.strip_prefix('`')?.strip_suffix('`')?;
    Some(inside.replace("``", "`"))
}

/// Returns the digits in `current_timestamp(6)`. MySQL adds parentheses: `(now(6))`.
fn digits_of_time(sql: &str) -> Option<String> {
    let inside = sql.rsplit_once('(')?.1.split_once(')')?.0;
    Some(inside.to_owned()).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  \
        `a``b` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s, (x' COMMENT 'a, `b` DEFAULT',\n  \
        `c` datetime(6) DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),\n  \
        `g` int(11) GENERATED ALWAYS AS (`id` + 1) STORED COMMENT 'g' CHECK (`g` > 0),\n  \
        `e` enum('NOT NULL','x''y') DEFAULT NULL,\n  \
        `v` int DEFAULT (1 + 2) /*!80023 INVISIBLE */,\n  \
        `ts` timestamp NULL DEFAULT NULL,\n  \
        `h` int(10) unsigned zerofill INVISIBLE DEFAULT 5,\n  \
        PRIMARY KEY (`id`)\n) ENGINE=InnoDB";

    fn find(name: &str) -> Definition {
        Definition::find(TABLE, name).expect("a column")
    }

    #[test]
    fn an_unchanged_definition_round_trips() {
        for (name, text) in [
            ("id", "int(11) NOT NULL AUTO_INCREMENT"),
            (
                "a`b",
                "varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s, (x' COMMENT 'a, `b` DEFAULT'",
            ),
            (
                "c",
                "datetime(6) DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)",
            ),
            (
                "g",
                "int(11) GENERATED ALWAYS AS (`id` + 1) STORED COMMENT 'g' CHECK (`g` > 0)",
            ),
            ("E", "enum('NOT NULL','x''y') DEFAULT NULL"),
            ("v", "int DEFAULT (1 + 2) /*!80023 INVISIBLE */"),
            ("ts", "timestamp NULL DEFAULT NULL"),
            ("h", "int(10) unsigned zerofill INVISIBLE DEFAULT 5"),
        ] {
            assert_eq!(find(name).text(), text);
        }
        assert_eq!(Definition::find(TABLE, "nope"), None);
    }

    #[test]
    fn unsupported_column_options_are_reported() {
        let residue = |text: &str| Definition::parse(text).residue(None).join(" | ");
        for (text, expected) in [
            ("int(11) NOT NULL AUTO_INCREMENT", ""),
            (
                "int(11) GENERATED ALWAYS AS (`id` + 1) STORED COMMENT 'g' CHECK (`g` > 0)",
                "",
            ),
            (
                "varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s, (x' COMMENT 'a'",
                "",
            ),
            ("bit(1) DEFAULT b'1'", ""),
            ("int DEFAULT (1 + 2)", ""),
            ("bigint(20) NOT NULL DEFAULT nextval(`s`)", ""),
            ("timestamp NULL DEFAULT NULL", ""),
            ("int DEFAULT -5", ""),
            (
                "datetime(3) DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3)",
                "ON UPDATE current_timestamp(3)",
            ),
            ("int(11) INVISIBLE DEFAULT 5", "INVISIBLE"),
            ("text /*M!100301 COMPRESSED*/ DEFAULT NULL", "COMPRESSED"),
            (
                "int DEFAULT NULL WITHOUT SYSTEM VERSIONING",
                "WITHOUT SYSTEM VERSIONING",
            ),
            (
                "timestamp(6) GENERATED ALWAYS AS ROW START",
                "GENERATED ALWAYS AS ROW START",
            ),
            // An unknown property.
            ("int DEFAULT 5 SHINY", "SHINY"),
            ("int NOT NULL SHINY", "SHINY"),
            ("int COMMENT 'a' SHINY 7", "SHINY 7"),
        ] {
            assert_eq!(residue(text), expected, "{text}");
        }
    }

    #[test]
    fn the_digits_of_a_time_follow_the_type() {
        assert_eq!(digits_of_time("(now(6))"), Some("6".to_owned()));
        assert_eq!(digits_of_time("(now())"), None);
        let server = Server::USUAL;
        for (data_type, expected) in [
            (
                "datetime(3)",
                "DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
            ),
            (
                "datetime",
                "DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
            ),
            (
                "date",
                "DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
            ),
        ] {
            let mut definition = find("c");
            definition.set_data_type(server, &types::read(data_type));
            assert!(
                definition.text().ends_with(expected),
                "{}",
                definition.text()
            );
        }
        // An explicit precision is kept.
        let mut definition = find("c");
        definition.set(
            Property::Default,
            Some("DEFAULT current_timestamp(2)".to_owned()),
        );
        definition.set_data_type(server, &types::read("date"));
        assert!(definition.text().contains("DEFAULT current_timestamp(2)"));
    }

    #[test]
    fn one_property_changes_and_every_other_is_kept() {
        let mut definition = find("a`b");
        definition.set(Property::Type, Some("VARCHAR(40)".to_owned()));
        definition.set(Property::Null, Some("NULL".to_owned()));
        definition.set(Property::Default, None);
        assert_eq!(
            definition.text(),
            "VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin NULL COMMENT 'a, `b` DEFAULT'"
        );
        let mut definition = find("c");
        definition.set(Property::Null, Some("NOT NULL".to_owned()));
        assert_eq!(
            definition.text(),
            "datetime(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)"
        );
        assert_eq!(definition.get(Property::Type), Some("datetime(6)"));
    }
}
