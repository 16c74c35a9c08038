//! Reads lists of strings in `[package.metadata.migrate]` of a Cargo.toml, without a full TOML parser. `migrations!`
//! uses them for the settings that the command, the runner, the generated tests and the application share.
//!
//! The table can have a header, dotted keys or be inline. It must not report other values: `cargo migrate` rejects
//! them, and here they count as an empty list.

/// The path of the table.
const TABLE: [&str; 3] = ["package", "metadata", "migrate"];

/// Returns the strings of the list `key`, or an empty list if the key is missing.
#[must_use]
pub fn strings(manifest: &str, key: &str) -> Vec<String> {
    let value = value(manifest, key);
    value.and_then(list).unwrap_or_default()
}

/// Returns the string of a key, if the key has one.
#[must_use]
pub fn string(manifest: &str, key: &str) -> Option<String> {
    let text = value(manifest, key)?;
    let mut reader = Reader {
        rest: text,
        key_path: &[],
        found: None,
    };
    reader.string()
}

/// Returns whether the table has the key.
#[must_use]
pub fn has(manifest: &str, key: &str) -> bool {
    value(manifest, key).is_some()
}

/// Returns the text from the value of a key of the table on.
fn value<'m>(manifest: &'m str, key: &str) -> Option<&'m str> {
    let [package, metadata, migrate] = TABLE;
    let mut reader = Reader {
        rest: manifest.trim_start_matches('\u{feff}'),
        key_path: &[package, metadata, migrate, key],
        found: None,
    };
    // Text that is no TOML is refused by Cargo.
    reader.document();
    reader.found
}

/// Goes over a document, and keeps where the value of one key begins.
struct Reader<'m, 'w> {
    rest: &'m str,
    key_path: &'w [&'w str],
    found: Option<&'m str>,
}

impl<'m> Reader<'m, '_> {
    fn document(&mut self) -> Option<()> {
        let mut table = Vec::new();
        loop {
            self.skip_blank();
            if self.rest.is_empty() {
                return Some(());
            }
            if self.take("[[") || self.take("[") {
                table = self.path(&[])?;
                while self.take("]") {}
            } else {
                self.pair(&table)?;
            }
        }
    }

    /// Reads `key = value`, in the table of this path.
    fn pair(&mut self, table: &[String]) -> Option<()> {
        let path = self.path(table)?;
        self.expect("=")?;
        self.skip_blank();
        self.value(&path)
    }

    /// Reads `a."b".c` below a path.
    fn path(&mut self, table: &[String]) -> Option<Vec<String>> {
        let mut path = table.to_vec();
        loop {
            self.skip_blank();
            path.push(match self.rest.chars().next()? {
                '"' | '\'' => self.string()?,
                _ => self.bare(|character| {
                    character.is_ascii_alphanumeric() || "-_".contains(character)
                })?,
            });
            self.skip_blank();
            if !self.take(".") {
                return Some(path);
            }
        }
    }

    /// Passes a value, and looks into an inline table.
    fn value(&mut self, path: &[String]) -> Option<()> {
        if path == self.key_path {
            self.found = Some(self.rest);
        }
        match self.rest.chars().next()? {
            '"' | '\'' => self.string().map(drop),
            '[' => self.items("[", "]", |reader| reader.value(&[])),
            '{' => self.items("{", "}", |reader| reader.pair(path)),
            _ => self
                .bare(|character| !",]}#\n".contains(character))
                .map(drop),
        }
    }

    /// Passes what stands between two brackets, with commas between.
    fn items(
        &mut self,
        open: &str,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open)?;
        loop {
            self.skip_blank();
            if self.take(close) {
                return Some(());
            }
            item(self)?;
            self.skip_blank();
            self.take(",");
        }
    }

    /// Reads a string in any of the four quotes.
    fn string(&mut self) -> Option<String> {
        let quotes = ["\"\"\"", "'''", "\"", "'"];
        let quote = quotes.into_iter().find(|quote| self.take(quote))?;
        let mut string = String::new();
        while !self.take(quote) {
            let character = self.next_char()?;
            string.push(match character {
                '\\' if quote.starts_with('"') => self.escaped()?,
                character => character,
            });
        }
        Some(string)
    }

    /// Reads what stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        let length = match self.next_char()? {
            'n' => return Some('\n'),
            't' => return Some('\t'),
            'r' => return Some('\r'),
            'u' => 4,
            'U' => 8,
            character => return Some(character),
        };
        let (digits, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    }

    fn next_char(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    /// Takes the signs that belong to a word without quotes: one at least.
    fn bare(&mut self, belongs: impl Fn(char) -> bool) -> Option<String> {
        let end = self.rest.find(|character| !belongs(character));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// Passes white space, line ends and comments.
    fn skip_blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        self.take(text).then_some(())
    }
}

/// Returns the error in the value of `schemas`, the PostgreSQL schemas of the package, if there is one.
#[must_use]
pub fn error_in_schemas(names: &[&str]) -> Option<String> {
    if names.is_empty() {
        return Some("it does not name a schema".to_owned());
    }
    for (at, name) in names.iter().enumerate() {
        if name.trim() != *name || name.is_empty() || name.contains('\0') {
            return Some(format!(
                "`{}` is not a valid schema name",
                name.escape_debug()
            ));
        }
        if name.starts_with("pg_") || *name == "information_schema" {
            return Some(format!("`{name}` is reserved by the server"));
        }
        if names[..at].contains(name) {
            return Some(format!("`{name}` is listed twice"));
        }
    }
    None
}

/// Returns the schemas of the package, or an empty list if the key is missing.
///
/// # Errors
///
/// The error in the value.
pub fn schemas(manifest: &str) -> Result<Vec<String>, String> {
    let Some(text) = value(manifest, "schemas") else {
        return Ok(Vec::new());
    };
    let names = list(text).ok_or("it is not a list of strings")?;
    let name_refs: Vec<&str> = names.iter().map(String::as_str).collect();
    match error_in_schemas(&name_refs) {
        Some(diagnostic) => Err(diagnostic),
        None => Ok(names),
    }
}

/// Parses `["a", 'b']`, with comments and line breaks.
fn list(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut reader = Reader {
        rest: text,
        key_path: &[],
        found: None,
    };
    reader.items("[", "]", |reader| {
        names.push(reader.string()?);
        Some(())
    })?;
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_are_written() {
        let manifest = "[package]\nname = \"a\"\nignore = [\"no\"]\n\n[ package.metadata.migrate ] # ours\nignore-not = [\"x\"]\n\
                        ignore = [\n  \"job_*\", # a queue's \"tables\"\n  'spatial_ref_sys',\n]\nschemas = []\n\
                        [package.metadata.migrate.lint]\nother = [\"y\"]\n";
        assert_eq!(strings(manifest, "ignore"), ["job_*", "spatial_ref_sys"]);
        assert_eq!(strings(manifest, "schemas"), [] as [&str; 0]);
        assert_eq!(strings(manifest, "other"), [] as [&str; 0]);
        assert_eq!(strings(manifest, "missing"), [] as [&str; 0]);
        let one = "[package.metadata.migrate]\r\nignore=[ \"a\\\"b\" ,]\r\n";
        assert_eq!(strings(one, "ignore"), ["a\"b"]);
        assert_eq!(
            strings("[package.metadata.migrate]\nignore = [\"a", "ignore"),
            [] as [&str; 0]
        );
    }

    #[test]
    fn the_table_may_be_written_in_any_way() {
        for manifest in [
            "[package.metadata]\nmigrate = { directory = \"m\", ignore = [\"a\"] }\n",
            "[package]\nname = \"x\"\nmetadata = { other = { ignore = [\"b\"] }, migrate = { ignore = [ # one\n\"a\",\n] } }\n",
            "[package]\nmetadata.migrate.ignore = ['a']\n",
            "[package.metadata]\nmigrate.ignore = ['a']\n",
            "package.metadata.migrate.ignore = [\"\\u0061\"]\n",
            "package = { metadata.\"migrate\" = { ignore = [\"a\"] } }\n",
            "\u{feff}[ \"package\" . metadata.'migrate' ]\r\n\"ignore\" = [\"\"\"a\"\"\"]\r\n",
            "[package.metadata.other]\ntext = \"\"\"\n[package.metadata.migrate]\nignore = [\"b\"]\n\"\"\"\n[package.metadata.migrate]\nignore = [\"a\"]",
            "[[bin]]\nname = \"b\"\nnumber = 1_000\nwhen = 1979-05-27 07:32:00\nwhat = [[1, 2], [{ a = true }]]\n[package.metadata.migrate]\nignore = [\"a\"]",
        ] {
            assert_eq!(strings(manifest, "ignore"), ["a"], "{manifest}");
        }
        for manifest in [
            "package = {",
            "[package.metadata.migrate",
            "[package.metadata.migrate]\nignore = [\"\\u00",
            "= 3",
            "ignore",
        ] {
            assert_eq!(strings(manifest, "ignore"), [] as [&str; 0], "{manifest}");
        }
    }

    #[test]
    fn schemas_are_several_distinct_names() {
        let read = |value: &str| {
            let table = "[package.metadata.migrate]\nschemas = ";
            schemas(&format!("{table}{value}\n"))
        };
        assert_eq!(schemas("[package]\nschemas = 3\n"), Ok(Vec::new()));
        assert_eq!(
            read("['public', \"My Schema\"]").unwrap(),
            ["public", "My Schema"]
        );
        for (value, diagnostic) in [
            ("[]", "it does not name a schema"),
            ("\"public\"", "it is not a list of strings"),
            ("[\"a\", \"\"]", "`` is not a valid schema name"),
            ("[\"a \"]", "`a ` is not a valid schema name"),
            ("[\"a\", \"b\", \"a\"]", "`a` is listed twice"),
            ("[\"pg_catalog\"]", "`pg_catalog` is reserved by the server"),
        ] {
            assert_eq!(read(value), Err(diagnostic.to_owned()), "{value}");
        }
    }
}
