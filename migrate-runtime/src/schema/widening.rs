//! Compares the values of two types.

use super::types::Type;

/// Returns whether every value of `narrow` is one of `wide`.
pub(crate) fn holds_all_of(wide: &Type, narrow: &Type) -> bool {
    use Type::{
        BigInt, Char, Double, Float, Integer, Numeric, Real, SmallInt, Text, TinyInt, Varchar,
    };
    if wide == narrow {
        return true;
    }
    match (narrow, wide) {
        (TinyInt, SmallInt | Integer | BigInt)
        | (SmallInt, Integer | BigInt)
        | (Integer, BigInt)
        | (Real, Float | Double)
        | (Float, Double)
        | (Char(_) | Varchar(_), Text) => true,
        (Char(short) | Varchar(short), Varchar(long)) => short <= long,
        (Numeric(p, s), Numeric(precision, scale)) => {
            s <= scale && p.saturating_sub(*s) <= precision.saturating_sub(*scale)
        }
        (Type::Enum(few), Type::Enum(many)) => {
            few.values.iter().all(|value| many.values.contains(value))
        }
        (Type::Enum(_), Text) => true,
        // These hold values of any length; a database's own type may not.
        (Text | Type::Blob, Type::Custom(_)) => false,
        (Type::Custom(spelling), Text) => {
            let small = spelling.to_ascii_lowercase();
            ["tinytext", "text", "mediumtext", "enum", "set"]
                .iter()
                .any(|word| small.starts_with(word))
        }
        (Type::Custom(spelling), Type::Blob) => {
            let small = spelling.to_ascii_lowercase();
            ["tinyblob", "blob", "mediumblob", "varbinary"]
                .iter()
                .any(|word| small.starts_with(word))
        }
        (Type::Custom(from), Type::Custom(to)) if from.split('(').next() == to.split('(').next() => {
            spelled_wider(from, to) || has_more_digits(from, to)
        }
        _ => spelled_wider(&narrow.to_string(), &wide.to_string()),
    }
}

/// Returns whether two spellings of one type differ only in their digits or bits.
fn has_more_digits(narrow: &str, wide: &str) -> bool {
    let digits = |spelling: &str| -> Option<(String, u32)> {
        let (word, rest) = spelling.split_once('(').unwrap_or((spelling, "0)"));
        let known = ["time", "datetime", "timestamp", "bit"];
        let word = word.trim().to_ascii_lowercase();
        let count = rest.strip_suffix(')')?.parse().ok()?;
        known.contains(&word.as_str()).then_some((word, count))
    };
    matches!((digits(narrow), digits(wide)), (Some((_, few)), Some((_, many))) if few <= many)
}

/// Returns whether a database's own type, as written, holds every value of another one.
fn spelled_wider(narrow: &str, wide: &str) -> bool {
    let parts = |spelling: &str| -> (String, Vec<String>, String) {
        let small = |text: &str| text.trim().to_ascii_lowercase();
        match spelling
            .split_once('(')
            .and_then(|(word, rest)| Some((word, rest.rsplit_once(')')?)))
        {
            Some((word, (inside, rest))) => (small(word), list(inside), small(rest)),
            None => match spelling.trim().split_once(' ') {
                Some((word, rest)) => (small(word), Vec::new(), small(rest)),
                None => (small(spelling), Vec::new(), String::new()),
            },
        }
    };
    let ((few, inside, rest), (many, outside, more)) = (parts(narrow), parts(wide));
    let rank = |words: &[&str], word: &str| words.iter().position(|known| *known == word);
    let within = |words: &[&str]| matches!((rank(words, &few), rank(words, &many)), (Some(few), Some(many)) if few <= many);
    let number = |list: &[String]| list.first().and_then(|text| text.parse::<u64>().ok());
    if few == many && rest == more && ["enum", "set"].contains(&few.as_str()) {
        return inside.iter().all(|word| outside.contains(word));
    }
    let texts = [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
    ];
    let bytes = [
        "binary",
        "varbinary",
        "tinyblob",
        "blob",
        "mediumblob",
        "longblob",
    ];
    for family in [texts, bytes] {
        if let (Some(from), Some(to)) = (rank(&family, &few), rank(&family, &many)) {
            // First the types with a length, then those whose length in bytes is stored in one, two, three or four
            // bytes.
            let room = |at: usize, list: &[String]| match at {
                0 | 1 => number(list).unwrap_or(1),
                _ => (1_u64 << (8 * (at - 1))) - 1,
            };
            // A character takes up to four bytes, if the length is in characters.
            let takes = if from < 2 && to >= 2 && family == texts {
                4
            } else {
                1
            };
            // A shorter type may pad its values.
            let padded = to == 0 && from != 0;
            return !padded && room(from, &inside) * takes <= room(to, &outside);
        }
    }
    if ["text", "mediumtext", "longtext"].contains(&many.as_str()) {
        return few == "enum" || few == "set";
    }
    let integers = [
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "integer",
        "bigint",
    ];
    if within(&integers) || few == "int" && many == "integer" {
        let unsigned = |text: &str| text.contains("unsigned");
        return match (unsigned(&rest), unsigned(&more)) {
            (one, other) if one == other => true,
            (true, false) => few != many && rank(&integers, &few) < rank(&integers, &many),
            _ => false,
        };
    }
    few == "float" && many == "double" && inside.is_empty() && outside.is_empty() && rest == more
}

/// Returns the parts between commas, ignoring commas in quotes.
fn list(inside: &str) -> Vec<String> {
    let (mut found, mut quoted) = (vec![String::new()], false);
    for sign in inside.chars() {
        quoted ^= sign == '\'';
        match sign {
            ',' if !quoted => found.push(String::new()),
            _ => {
                if let Some(last) = found.last_mut() {
                    last.push(sign);
                }
            }
        }
    }
    found.iter().map(|text| text.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_every_value_of_another_type_loses_nothing() {
        let other = |spelling: &'static str| Type::custom(spelling);
        for (narrow, wide) in [
            (other("text"), other("mediumtext")),
            (other("tinytext"), Type::Text),
            (other("mediumblob"), Type::Blob),
            (Type::Varchar(200), Type::Varchar(300)),
            (Type::Varchar(20), other("tinytext")),
            (Type::Integer, Type::BigInt),
            (other("mediumint"), Type::Integer),
            (other("mediumint unsigned"), Type::UnsignedInteger),
            (Type::UnsignedInteger, Type::BigInt),
            (other("enum('a','b, c')"), other("enum('a','b, c','d')")),
            (other("set('x','y')"), other("set('x','y','z')")),
            (other("set('x','y')"), Type::Text),
            (other("varbinary(10)"), other("varbinary(20)")),
            (other("datetime(3)"), other("datetime(6)")),
        ] {
            assert!(holds_all_of(&wide, &narrow), "{narrow} fits into {wide}");
            assert!(
                !holds_all_of(&narrow, &wide),
                "{wide} does not fit into {narrow}"
            );
        }
        for (from, to) in [
            (Type::Varchar(100), other("tinytext")),
            (Type::Varchar(10), Type::Char(20)),
            (Type::Integer, Type::UnsignedBigInt),
            (Type::Time, other("time(3)")),
            (other("enum('a','b')"), other("enum('a','c')")),
            (Type::Text, other("text")),
        ] {
            assert!(!holds_all_of(&to, &from), "{from} does not fit into {to}");
        }
    }
}
