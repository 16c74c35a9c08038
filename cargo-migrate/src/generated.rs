//! Defines [`Generated`]: the generated code of a revision, from the output of the runner.

use serde_json::{Value, json};

use crate::output::{members, strings};

/// The generated code of a revision.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    /// The body of `up`.
    pub(crate) up: String,
    /// The body of `down`.
    pub(crate) down: String,
    /// Whether the revision runs inside a transaction.
    pub(crate) transaction: bool,
    /// A short description of each operation.
    pub(crate) operations: Vec<String>,
    /// The differences that no operation resolves.
    pub(crate) unresolved: Vec<String>,
    /// The tables that are not in the desired schema and are kept.
    pub(crate) unmanaged_tables: Vec<String>,
    /// The lint findings about the operations.
    pub(crate) lints: Value,
    /// The heads of the revisions that were compared.
    pub(crate) heads: Vec<String>,
    /// The operations that need a separate revision before this one.
    pub(crate) first: Option<Box<Generated>>,
    /// The next command, if it is not `upgrade`.
    pub(crate) next: Option<String>,
}

impl Generated {
    /// Converts the output of the runner.
    pub(crate) fn read(answer: &Value) -> Self {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Self {
            up: text("up"),
            down: text("down"),
            transaction: answer["transaction"] != false,
            operations: members(&answer["operations"], "title"),
            unresolved: members(&answer["notes"], "message"),
            unmanaged_tables: strings(&answer["unmanaged_tables"]),
            lints: answer["lints"].clone(),
            heads: strings(&answer["heads"]),
            first: answer["first"]
                .is_object()
                .then(|| Box::new(Self::read(&answer["first"]))),
            next: answer["next"].as_str().map(str::to_owned),
        }
    }

    /// Creates it from bodies that this command wrote itself.
    pub(crate) fn of_bodies(up: String, down: String, transaction: bool) -> Self {
        Self {
            up,
            down,
            transaction,
            ..Self::read(&Value::Null)
        }
    }

    /// Returns the default message of the revision.
    pub(crate) fn message(&self) -> String {
        let plain = |title: &str| {
            let title = title.replace('`', "");
            let mut letters = title.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        match &self.operations[..] {
            [] => "empty message".to_owned(),
            [one] => plain(one),
            [first, rest @ ..] => format!("{} and {} more", plain(first), rest.len()),
        }
    }

    /// Returns the number of places that the author must complete before the file compiles.
    pub(crate) fn places(&self) -> usize {
        [&self.up, &self.down]
            .iter()
            .map(|body| body.matches("compile_error!(").count())
            .sum()
    }

    /// Returns the lint findings with their levels, one line each.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = (&str, String)> {
        let list = self.lints.as_array().into_iter().flatten();
        list.map(|one| {
            let word = |key: &str| one[key].as_str().unwrap_or_default();
            let line = format!("{} ({}); {}", word("message"), word("lint"), word("help"));
            (word("level"), line)
        })
    }

    /// Returns the notes, one line each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let kept = self.unmanaged_tables.iter().map(|table| {
            let word = in_shell(table);
            format!("table `{table}` is not in the desired schema and is kept; only `--drop-table {word}` drops it, with its rows")
        });
        self.unresolved.iter().cloned().chain(kept).collect()
    }

    /// Returns the JSON, without the bodies.
    pub(crate) fn json(&self) -> Value {
        json!({
            "operations": self.operations,
            "notes": self.unresolved,
            "unmanaged_tables": self.unmanaged_tables,
            "todo_count": self.places(),
            "lints": self.lints,
        })
    }
}

/// Returns a word, quoted for a shell if necessary.
fn in_shell(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_is_quoted_for_the_shell() {
        let answer = json!({ "unmanaged_tables": ["plain", "it's here"] });
        let remarks = Generated::read(&answer).remarks();
        assert!(remarks[0].contains("`--drop-table plain`"), "{remarks:?}");
        assert!(
            remarks[1].contains(r"`--drop-table 'it'\''s here'`"),
            "{remarks:?}"
        );
    }

    #[test]
    fn a_revision_without_a_message_describes_its_operations() {
        let of = |operations: &[&str]| {
            let mut generated = Generated::read(&Value::Null);
            generated.operations = operations.iter().map(|&text| text.to_owned()).collect();
            generated.message()
        };
        assert_eq!(of(&["add column `users.a`"]), "Add column users.a");
        assert_eq!(
            of(&["create table `a`", "x", "y"]),
            "Create table a and 2 more"
        );
    }
}
