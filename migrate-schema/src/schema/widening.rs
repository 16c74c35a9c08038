//! Compares the values of two types.

use super::types::Type;

/// Returns whether every value of `narrow` is one of `wide`, so that a change of the type loses nothing.
///
/// Both types are spelled as an inspection returns them: a portable type of times has six digits, and the types of a
/// database are those of its own catalog. If it is not known, the answer is no. A value that changes is lost, too, even
/// if the server converts it: padded text, a time in another zone, a number that is only close.
pub fn holds_all_of(wide: &Type, narrow: &Type) -> bool {
    if wide == narrow {
        return true;
    }
    if let (Type::Enum(few), Type::Enum(many)) = (narrow, wide)
        && few.values.is_empty()
    {
        // A type of its own, whose values are elsewhere in the schema.
        return few.name == many.name;
    }
    Values::of(wide).hold(&Values::of(narrow))
}

/// The values of a type.
#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Truth values; MariaDB and MySQL store them in 8 bits.
    Boolean,
    /// Integers between two bounds.
    Whole(i128, i128),
    /// The years of MariaDB and MySQL, which read small numbers as years of this century.
    Year,
    /// Decimals with so many digits before the point and after it, if there is a limit.
    Decimal {
        digits: Option<(i64, i64)>,
        unsigned: bool,
    },
    /// Floating-point numbers with so many bits; MariaDB and MySQL round them if they have arguments.
    Floating {
        bits: u8,
        rounded: Option<Vec<String>>,
        unsigned: bool,
    },
    /// Text with at most so many characters and so many bytes. A padded type ignores spaces at the end.
    Text {
        characters: Option<u64>,
        bytes: Option<u64>,
        padded: bool,
    },
    /// Bytes, at most so many. A padded type has a fixed length.
    Bytes { most: Option<u64>, padded: bool },
    /// Bits: a fixed number, or at most so many.
    Bits { most: Option<u64>, fixed: bool },
    /// One of these words, or of a type whose words are not known.
    Word(Vec<String>),
    /// Some of these words.
    Words(Vec<String>),
    /// Days.
    Date,
    /// Times of day with so many digits of a second.
    Time { digits: u64, zone: bool },
    /// Days and times with so many digits of a second; points in time, if they have a zone.
    Moment { digits: u64, zone: bool },
    /// Spans of time, of these fields only, if there are any.
    Interval { fields: String, digits: u64 },
    /// JSON, and whether it is stored as the text that was written.
    Json { text: bool },
    /// 16 bytes that print as 36 characters.
    Uuid,
    /// Lists of values.
    Array(Box<Values>),
    /// A type with this name that this module does not know.
    Unknown(String),
}

/// The number of digits of a second that a type has if it does not say so.
const MICROSECONDS: u64 = 6;

/// The types of PostgreSQL that print as text which reads as the same value.
const PRINTED: [&str; 6] = ["inet", "cidr", "macaddr", "macaddr8", "xml", "name"];

impl Values {
    fn of(kind: &Type) -> Values {
        let unsigned = |bits: u32| Values::Whole(0, (1 << bits) - 1);
        match kind {
            Type::TinyInt => signed(8),
            Type::SmallInt => signed(16),
            Type::Integer => signed(32),
            Type::BigInt => signed(64),
            Type::UnsignedTinyInt => unsigned(8),
            Type::UnsignedSmallInt => unsigned(16),
            Type::UnsignedInteger => unsigned(32),
            Type::UnsignedBigInt => unsigned(64),
            Type::Real => floating(32),
            Type::Float => floating(63),
            Type::Double => floating(64),
            Type::Numeric(precision, scale) => decimal(i64::from(*precision), i64::from(*scale)),
            Type::Boolean => Values::Boolean,
            Type::Char(length) => text(Some(u64::from(*length)), None, true),
            Type::Varchar(length) => text(Some(u64::from(*length)), None, false),
            Type::Text => text(None, None, false),
            Type::Blob => Values::Bytes {
                most: None,
                padded: false,
            },
            Type::Date => Values::Date,
            Type::Time => Values::Time {
                digits: MICROSECONDS,
                zone: false,
            },
            Type::DateTime | Type::Timestamp => Values::Moment {
                digits: MICROSECONDS,
                zone: false,
            },
            Type::TimestampTz => Values::Moment {
                digits: MICROSECONDS,
                zone: true,
            },
            Type::Json => Values::Json { text: true },
            Type::Uuid => Values::Uuid,
            Type::Enum(kind) => Values::Word(kind.values.clone()),
            Type::Custom(spelling) => Values::spelled(spelling),
        }
    }

    /// Returns the values of a database's own type.
    fn spelled(spelling: &str) -> Values {
        let spelling = spelling.trim();
        if let Some(element) = spelling.strip_suffix("[]") {
            // Only PostgreSQL has arrays, and its text has no limit.
            let element = match element {
                "text" => Values::of(&Type::Text),
                other => Values::spelled(other),
            };
            return Values::Array(Box::new(element));
        }
        let Spelled {
            word,
            inside,
            after,
        } = Spelled::of(spelling);
        // Quoted names differ by case.
        let unknown = || {
            Values::Unknown(match spelling.contains('"') {
                true => spelling.to_owned(),
                false => spelling.to_ascii_lowercase(),
            })
        };
        let numbers: Option<Vec<i64>> = inside
            .iter()
            .flatten()
            .map(|text| text.parse().ok())
            .collect();
        let first = numbers.as_ref().and_then(|list| list.first().copied());
        let length = first.and_then(|number| u64::try_from(number).ok());
        if inside.is_some() && length.is_none() && word != "enum" && word != "set" {
            return unknown();
        }
        let unsigned = match after.as_str() {
            "unsigned" | "unsigned zerofill" => true,
            "" => false,
            // The text after the parentheses may change the meaning of a type.
            _ if word != "time" && word != "timestamp" && word != "interval" => return unknown(),
            _ => false,
        };
        let range = |bits: u32| match unsigned {
            true => Values::Whole(0, (1 << bits) - 1),
            false => signed(bits),
        };
        let zone = after == "with time zone" || word.ends_with("tz");
        match word.as_str() {
            "tinyint" => range(8),
            "smallint" | "int2" => range(16),
            "mediumint" => range(24),
            "int" | "integer" | "int4" => range(32),
            "bigint" | "int8" => range(64),
            "year" => Values::Year,
            "boolean" | "bool" => Values::Boolean,
            "decimal" | "numeric" => match numbers.as_deref() {
                // MariaDB and MySQL have no decimals without limits, and print the limits.
                Some([]) => Values::Decimal {
                    digits: None,
                    unsigned,
                },
                Some([precision, rest @ ..]) => Values::Decimal {
                    digits: Some(within(*precision, rest.first().copied().unwrap_or(0))),
                    unsigned,
                },
                None => unknown(),
            },
            "real" | "float4" => floating(32),
            "float" | "double" | "double precision" | "float8" => Values::Floating {
                bits: if word == "float" { 32 } else { 64 },
                rounded: inside,
                unsigned,
            },
            "char" | "character" => text(Some(length.unwrap_or(1)), None, true),
            "varchar" | "character varying" => text(length, None, false),
            "tinytext" => text(None, Some(stored_in(1)), false),
            "text" => text(None, Some(stored_in(2)), false),
            "mediumtext" => text(None, Some(stored_in(3)), false),
            "longtext" => text(None, Some(stored_in(4)), false),
            "binary" => bytes(length.unwrap_or(1), true),
            "varbinary" => match length {
                Some(length) => bytes(length, false),
                None => unknown(),
            },
            "tinyblob" => bytes(stored_in(1), false),
            "blob" => bytes(stored_in(2), false),
            "mediumblob" => bytes(stored_in(3), false),
            "longblob" => bytes(stored_in(4), false),
            "bytea" => Values::of(&Type::Blob),
            "bit" => Values::Bits {
                most: Some(length.unwrap_or(1)),
                fixed: true,
            },
            "bit varying" | "varbit" => Values::Bits {
                most: length,
                fixed: false,
            },
            "enum" => Values::Word(inside.unwrap_or_default()),
            "set" => Values::Words(inside.unwrap_or_default()),
            "date" => Values::Date,
            "time" | "timetz" => Values::Time {
                digits: digits(length, zone || !after.is_empty()),
                zone,
            },
            "datetime" => Values::Moment {
                digits: digits(length, false),
                zone: false,
            },
            // PostgreSQL prints a time zone or its absence; MariaDB's and MySQL's type is a point in time.
            "timestamp" | "timestamptz" => Values::Moment {
                digits: digits(length, zone || !after.is_empty()),
                zone: zone || after.is_empty(),
            },
            "interval" => Values::Interval {
                digits: digits(length, true),
                fields: after,
            },
            "json" => Values::Json { text: true },
            "jsonb" => Values::Json { text: false },
            "uuid" => Values::Uuid,
            _ => unknown(),
        }
    }

    /// Returns whether these are all values of another type and perhaps more.
    fn hold(&self, narrow: &Values) -> bool {
        use Values::{
            Array, Bits, Boolean, Bytes, Date, Decimal, Floating, Interval, Json, Moment, Text,
            Time, Unknown, Whole, Word, Words, Year,
        };
        // At most so many, if there is a limit.
        let up_to = |few: Option<u64>, many: Option<u64>| {
            many.is_none_or(|many| few.is_some_and(|few| few <= many))
        };
        match (narrow, self) {
            (few, many) if few == many => !matches!(few, Word(words) if words.is_empty()),
            (Array(few), Array(many)) => many.hold(few),
            (Boolean, Whole(..) | Decimal { .. }) => self.hold(&signed(8)),
            (Year, Whole(..) | Decimal { .. }) => self.hold(&Whole(0, 2155)),
            (Whole(low, high), Whole(lowest, highest)) => lowest <= low && high <= highest,
            (Whole(low, high), Decimal { digits, unsigned }) => {
                let fits = |(whole, scale): (i64, i64)| scale >= 0 && whole >= length_of(*high);
                (!unsigned || *low >= 0) && digits.is_none_or(fits)
            }
            (
                Decimal {
                    digits: Some((whole, scale)),
                    unsigned,
                },
                Whole(lowest, highest),
            ) => {
                let most = u32::try_from(*whole)
                    .ok()
                    .and_then(|whole| 10_i128.checked_pow(whole));
                *scale <= 0
                    && most.is_some_and(|most| {
                        most - 1 <= *highest && (*unsigned || 1 - most >= *lowest)
                    })
            }
            (
                Decimal {
                    digits: few,
                    unsigned: one,
                },
                Decimal {
                    digits: many,
                    unsigned: other,
                },
            ) => {
                let fits = |(whole, scale): (i64, i64)| {
                    few.is_some_and(|(least, digits)| least <= whole && digits <= scale)
                };
                (*one || !other) && many.is_none_or(fits)
            }
            (
                Floating {
                    bits: few,
                    unsigned: one,
                    ..
                },
                Floating {
                    bits: many,
                    rounded: None,
                    unsigned: other,
                },
            ) => few <= many && (*one || !other),
            (narrow, Text { padded, .. }) => match narrow.as_text() {
                Some((few, least, spaces)) => self.has_room(few, least) && (!padded || !spaces),
                None => false,
            },
            (
                Bytes {
                    most: few,
                    padded: _,
                },
                Bytes {
                    most: many,
                    padded: false,
                },
            ) => up_to(*few, *many),
            // A fixed number of bits is a number on MariaDB and MySQL; PostgreSQL refuses other lengths.
            (Bits { most: few, .. }, Bits { most: many, fixed }) => {
                up_to(*few, *many) && (!fixed || matches!(narrow, Bits { fixed: true, .. }))
            }
            (Word(few), Word(many)) | (Words(few), Words(many)) => {
                !few.is_empty() && few.iter().all(|word| many.contains(word))
            }
            (Date, Moment { zone, .. }) => !zone,
            (
                Time {
                    digits: few,
                    zone: one,
                },
                Time {
                    digits: many,
                    zone: other,
                },
            )
            | (
                Moment {
                    digits: few,
                    zone: one,
                },
                Moment {
                    digits: many,
                    zone: other,
                },
            ) => few <= many && one == other,
            (
                Interval {
                    fields: some,
                    digits: few,
                },
                Interval {
                    fields: more,
                    digits: many,
                },
            ) => few <= many && (more.is_empty() || some == more),
            (Json { .. }, Json { text }) => *text,
            (Unknown(one), Unknown(other)) => one == "cidr" && other == "inet",
            _ => false,
        }
    }

    /// Returns how many characters and bytes the text of a value has, and whether spaces at its end count. `None` if
    /// the text is not the same for every reader, or is not the whole value.
    fn as_text(&self) -> Option<(Option<u64>, Option<u64>, bool)> {
        let ascii = |length: u64| Some((Some(length), Some(length), false));
        match self {
            Values::Text {
                characters,
                bytes,
                padded,
            } => Some((*characters, *bytes, !padded)),
            Values::Whole(low, high) => {
                let sign = i64::from(*low < 0);
                let most = length_of(*high).max(length_of(low.saturating_neg()));
                ascii(u64::try_from(most + sign).ok()?)
            }
            Values::Word(words) => {
                let most = words.iter().map(|word| word.chars().count() as u64).max();
                let spaces = words.is_empty() || words.iter().any(|word| word.ends_with(' '));
                Some((most, None, spaces))
            }
            Values::Words(words) => {
                let all: u64 = words
                    .iter()
                    .map(|word| word.chars().count() as u64 + 1)
                    .sum();
                Some((Some(all), None, false))
            }
            Values::Boolean => ascii(5),
            Values::Year => ascii(4),
            Values::Uuid => ascii(36),
            Values::Json { .. } => Some((None, None, true)),
            Values::Unknown(name) if PRINTED.contains(&name.as_str()) => Some((None, None, true)),
            _ => None,
        }
    }

    /// Returns whether this text has room for so many characters, or bytes.
    fn has_room(&self, few: Option<u64>, least: Option<u64>) -> bool {
        let Values::Text {
            characters, bytes, ..
        } = self
        else {
            return false;
        };
        // A character takes up to four bytes, and at least one.
        let size = least.or(few.map(|few| few.saturating_mul(4)));
        let count = few.or(least);
        let fits = |limit: &Option<u64>, needed: Option<u64>| {
            limit.is_none_or(|limit| needed.is_some_and(|needed| needed <= limit))
        };
        fits(characters, count) && fits(bytes, size)
    }
}

fn signed(bits: u32) -> Values {
    Values::Whole(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
}

fn floating(bits: u8) -> Values {
    Values::Floating {
        bits,
        rounded: None,
        unsigned: false,
    }
}

fn decimal(precision: i64, scale: i64) -> Values {
    Values::Decimal {
        digits: Some(within(precision, scale)),
        unsigned: false,
    }
}

/// Returns the digits before the point and after it.
fn within(precision: i64, scale: i64) -> (i64, i64) {
    (precision - scale, scale)
}

fn text(characters: Option<u64>, bytes: Option<u64>, padded: bool) -> Values {
    Values::Text {
        characters,
        bytes,
        padded,
    }
}

fn bytes(most: u64, padded: bool) -> Values {
    Values::Bytes {
        most: Some(most),
        padded,
    }
}

/// Returns the largest length that is stored in so many bytes.
fn stored_in(bytes: u32) -> u64 {
    (1 << (8 * bytes)) - 1
}

/// Returns the digits of a second: without a number, all of them if the type names a zone, as PostgreSQL's types do, and
/// none on MariaDB and MySQL.
fn digits(number: Option<u64>, all: bool) -> u64 {
    number.unwrap_or(if all { MICROSECONDS } else { 0 })
}

/// Returns the number of digits of a number.
fn length_of(number: i128) -> i64 {
    let mut rest = number.unsigned_abs();
    let mut digits = 1;
    while rest >= 10 {
        rest /= 10;
        digits += 1;
    }
    digits
}

/// The parts of a type as a database spells it: `timestamp(3) with time zone`.
struct Spelled {
    word: String,
    /// The list in parentheses, without quotes.
    inside: Option<Vec<String>>,
    after: String,
}

impl Spelled {
    fn of(spelling: &str) -> Spelled {
        let small = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").to_ascii_lowercase()
        };
        let (before, inside, after) = match spelling
            .split_once('(')
            .and_then(|(word, rest)| Some((word, rest.rsplit_once(')')?)))
        {
            Some((word, (inside, rest))) => (small(word), Some(list(inside)), small(rest)),
            None => (small(spelling), None, String::new()),
        };
        // Words that can follow the parentheses also follow a type without any, or precede them.
        let (word, rest) = match before.split_once(' ') {
            Some((word @ ("time" | "timestamp" | "interval"), rest)) => (word.to_owned(), rest),
            Some((word, rest)) if rest.starts_with("unsigned") => (word.to_owned(), rest),
            _ => (before.clone(), ""),
        };
        let after = match (rest, after.as_str()) {
            (rest, "") => rest.to_owned(),
            ("", after) => after.to_owned(),
            (rest, after) => format!("{rest} {after}"),
        };
        Spelled {
            word,
            inside,
            after,
        }
    }
}

/// Returns the parts between commas, without their quotes and ignoring commas in quotes.
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
    let plain = |text: &String| {
        let text = text.trim();
        let inside = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        inside.map_or_else(|| text.to_owned(), |inside| inside.replace("''", "'"))
    };
    found.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(spelling: &'static str) -> Type {
        Type::custom(spelling)
    }

    fn wider(pairs: &[(Type, Type)]) {
        for (narrow, wide) in pairs {
            assert!(holds_all_of(wide, narrow), "{narrow} fits into {wide}");
            assert!(
                !holds_all_of(narrow, wide),
                "{wide} does not fit into {narrow}"
            );
        }
    }

    fn lost(pairs: &[(Type, Type)]) {
        for (from, to) in pairs {
            assert!(!holds_all_of(to, from), "{from} does not fit into {to}");
        }
    }

    #[test]
    fn what_holds_every_value_of_another_type_loses_nothing() {
        wider(&[
            (Type::Varchar(200), Type::Varchar(300)),
            (Type::Varchar(200), Type::Text),
            (Type::Char(3), Type::Varchar(3)),
            (Type::SmallInt, Type::Integer),
            (Type::Integer, Type::BigInt),
            (Type::UnsignedInteger, Type::BigInt),
            (Type::UnsignedInteger, Type::UnsignedBigInt),
            (Type::Integer, Type::Numeric(10, 0)),
            (Type::SmallInt, Type::Numeric(7, 2)),
            (Type::Numeric(4, 0), Type::SmallInt),
            (Type::Numeric(10, 2), Type::Numeric(12, 3)),
            (Type::Real, Type::Double),
            (Type::Boolean, Type::Integer),
            (Type::Boolean, Type::Varchar(5)),
            (Type::Integer, Type::Varchar(11)),
            (Type::Uuid, Type::Varchar(36)),
            (Type::Uuid, Type::Char(36)),
            (Type::Date, Type::Timestamp),
            (Type::Date, Type::DateTime),
            (Type::enumeration("m", ["sad", "happy"]), Type::Varchar(5)),
            (Type::enumeration("m", ["sad", "happy"]), Type::Text),
            (
                Type::enumeration("m", ["b"]),
                Type::enumeration("m", ["a", "b"]),
            ),
            (Type::Json, Type::Text),
        ]);
        lost(&[
            (Type::Varchar(10), Type::Char(20)),
            (Type::Char(3), Type::Varchar(2)),
            (Type::Integer, Type::UnsignedBigInt),
            (Type::Integer, Type::Numeric(4, 0)),
            (Type::Integer, Type::Numeric(10, 1)),
            (Type::Numeric(5, 0), Type::SmallInt),
            (Type::Numeric(4, 1), Type::Integer),
            (Type::Numeric(5, 2), Type::Numeric(5, 3)),
            // An integer of SQLite has 64 bits, whatever the type says.
            (Type::Integer, Type::Double),
            (Type::BigInt, Type::Double),
            (Type::Double, Type::Numeric(20, 10)),
            (Type::Double, Type::Text),
            (Type::Integer, Type::Varchar(10)),
            (Type::Integer, Type::Boolean),
            (Type::Timestamp, Type::Date),
            (Type::Timestamp, Type::TimestampTz),
            (Type::TimestampTz, Type::Timestamp),
            (Type::TimestampTz, Type::Text),
            (Type::Date, Type::TimestampTz),
            (Type::Time, Type::DateTime),
            (Type::enumeration("m", ["sad", "happy"]), Type::Varchar(4)),
            (Type::enumeration("m", ["a "]), Type::Char(4)),
            (
                Type::enumeration("m", ["a", "b"]),
                Type::enumeration("n", ["a"]),
            ),
            // Values that are not known.
            (
                Type::enumeration("m", [""; 0]),
                Type::enumeration("n", ["a"]),
            ),
            (Type::enumeration("m", [""; 0]), Type::Varchar(40)),
            (Type::Text, Type::Blob),
            (Type::Blob, Type::Text),
        ]);
    }

    #[test]
    fn types_of_postgresql_are_compared() {
        let moment = |digits: &str, zone: &str| Type::custom(format!("timestamp{digits} {zone}"));
        let (with, without) = ("with time zone", "without time zone");
        wider(&[
            (moment("(3)", without), Type::Timestamp),
            (moment("(0)", with), Type::TimestampTz),
            (moment("(0)", with), moment("(3)", with)),
            (other("time(0) without time zone"), Type::Time),
            (
                other("time(2) with time zone"),
                other("time with time zone"),
            ),
            (Type::Varchar(5), other("character varying")),
            (Type::Numeric(10, 2), other("numeric")),
            (other("numeric(8,-2)"), other("numeric(10,0)")),
            (Type::BigInt, other("numeric")),
            (other("bit varying(3)"), other("bit varying")),
            (other("bit varying(3)"), other("bit varying(4)")),
            (other("bit(3)"), other("bit varying(3)")),
            (other("interval(3)"), other("interval")),
            (other("interval day to second(3)"), other("interval")),
            (
                other("interval day to second(3)"),
                other("interval day to second"),
            ),
            (other("integer[]"), other("bigint[]")),
            (other("integer[]"), other("numeric[]")),
            (other("character varying(5)[]"), other("text[]")),
            (
                other("timestamp(3) without time zone[]"),
                other("timestamp without time zone[]"),
            ),
            (other("jsonb"), Type::Json),
            (other("cidr"), other("inet")),
            (other("inet"), Type::Text),
        ]);
        for (one, other) in [
            (Type::Text, other("character varying")),
            (other("text[]"), other("character varying[]")),
        ] {
            assert!(holds_all_of(&one, &other) && holds_all_of(&other, &one));
        }
        lost(&[
            (moment("(3)", without), Type::TimestampTz),
            (Type::Date, moment("(3)", with)),
            (
                other("time without time zone"),
                other("time with time zone"),
            ),
            (other("bit varying(3)"), other("bit(3)")),
            (
                other("interval year to month"),
                other("interval day to second"),
            ),
            (other("interval(3)"), other("interval day to second")),
            (other("numeric"), Type::Double),
            (other("integer[]"), other("bigint")),
            (other("\"Mood\"[]"), other("\"mood\"[]")),
            (other("citext"), Type::Varchar(5)),
            (Type::Json, other("jsonb")),
        ]);
    }

    #[test]
    fn types_of_mariadb_are_compared() {
        wider(&[
            (other("text"), other("mediumtext")),
            (other("tinytext"), Type::Text),
            (other("mediumblob"), Type::Blob),
            (Type::Varchar(20), other("tinytext")),
            (other("tinytext"), Type::Varchar(255)),
            (other("mediumint"), Type::Integer),
            (other("mediumint unsigned"), Type::UnsignedInteger),
            (other("int unsigned zerofill"), Type::BigInt),
            (other("mediumint"), Type::Numeric(7, 0)),
            (other("enum('a','b, c')"), other("enum('a','b, c','d')")),
            (other("enum('it''s','b')"), Type::Varchar(4)),
            (other("set('x','y')"), other("set('x','y','z')")),
            (other("set('x','y')"), Type::Text),
            (other("binary(10)"), other("varbinary(10)")),
            (other("varbinary(10)"), other("varbinary(20)")),
            (other("datetime"), other("datetime(3)")),
            (other("datetime(3)"), Type::DateTime),
            (other("time"), Type::Time),
            (other("timestamp"), Type::TimestampTz),
            (other("timestamp(3)"), Type::TimestampTz),
            (other("float"), Type::Double),
            (other("float(7,2)"), Type::Double),
            (other("float unsigned"), Type::Double),
            (Type::Numeric(5, 2), other("decimal(65,30)")),
            (other("decimal(5,2) unsigned"), Type::Numeric(5, 2)),
            (other("bit(3)"), other("bit(5)")),
            (other("year(4)"), Type::Integer),
        ]);
        lost(&[
            (Type::Varchar(100), other("tinytext")),
            (other("tinytext"), Type::Varchar(254)),
            (Type::Time, other("time(3)")),
            (other("enum('a','b')"), other("enum('a','c')")),
            (other("enum('it''s','b')"), Type::Varchar(3)),
            (Type::Text, other("text")),
            (Type::Blob, other("blob")),
            // The server fills a longer value with zeros, which are a part of it.
            (other("binary(3)"), other("binary(5)")),
            (other("varbinary(3)"), other("binary(5)")),
            (other("float"), other("float(7,2)")),
            (other("float(7,2)"), other("float(9,4)")),
            (Type::Double, other("double unsigned")),
            (Type::Numeric(5, 2), other("decimal(5,2) unsigned")),
            (Type::DateTime, Type::TimestampTz),
            (other("timestamp"), Type::DateTime),
            (Type::UnsignedTinyInt, other("year(4)")),
            (Type::Integer, other("year(4)")),
        ]);
    }
}
