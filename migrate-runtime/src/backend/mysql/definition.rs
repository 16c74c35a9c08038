//! One column as the server writes it, taken apart so that one property can change and every other stays.
//!
//! `MODIFY COLUMN` sets a column anew: what its text leaves out is lost. So the text is the server's own, from SHOW CREATE
//! TABLE, cut where a property begins. A property that this module does not know stays with the one before it.

use super::sql::{Token, Tokens};

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

/// Where each property stands in a column's text, in the order that the server reads.
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

/// A column's text in its properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    parts: Vec<(Property, String)>,
}

impl Definition {
    /// Finds a column in the statement that makes its table.
    pub(super) fn find(create_table: &str, column: &str) -> Option<Definition> {
        items(create_table)
            .into_iter()
            .find_map(|item| {
                let (name, rest) = item_name(item)?;
                name.eq_ignore_ascii_case(column).then_some(rest)
            })
            .map(Definition::parse)
    }

    fn parse(text: &str) -> Definition {
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
            let begins = property(&word, &last, &text[end..]).filter(|_| depth == 0);
            if let Some(property) = begins {
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

    /// Sets a property's text, or takes it away.
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

    /// Returns the text that stands after the column's name.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.parts.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(" ")
    }
}

fn close(parts: &mut [(Property, String)], text: &str) {
    if let Some((_, last)) = parts.last_mut() {
        text.trim().clone_into(last);
    }
}

/// Comments with `!` are properties that only newer servers know.
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
        // `DEFAULT NULL` and `NOT NULL` are of the word before.
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

/// Returns what stands between the commas of a CREATE TABLE.
fn items(create_table: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut begin) = (0_u32, 0);
    for (start, end, token) in Tokens::new(create_table) {
        match token {
            Token::Sign(b'(') => {
                depth += 1;
                if depth == 1 {
                    begin = end;
                }
            }
            Token::Sign(b')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(create_table[begin..start].trim());
                    return found;
                }
            }
            Token::Sign(b',') if depth == 1 => {
                found.push(create_table[begin..start].trim());
                begin = end;
            }
            _ => {}
        }
    }
    found
}

/// Returns the name in backticks that an item begins with, and the rest.
fn item_name(item: &str) -> Option<(String, &str)> {
    let (_, end, token) = Tokens::new(item).next()?;
    let quoted = &item[..end];
    if token != Token::Quoted || !quoted.starts_with('`') {
        return None;
    }
    let inside = quoted.get(1..quoted.len().saturating_sub(1))?;
    Some((inside.replace("``", "`"), item[end..].trim()))
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
    fn what_is_not_changed_comes_back_as_it_was() {
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
    fn one_property_changes_and_every_other_stays() {
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
