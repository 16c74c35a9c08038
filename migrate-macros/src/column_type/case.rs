//! Converts the name of a variant to another case.
//!
//! It must produce the same names as serde's `rename_all`.

use crate::model::snake_case;

/// The supported cases.
pub(crate) const CASES: [&str; 8] = [
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
    "camelCase",
    "PascalCase",
    "lowercase",
    "UPPERCASE",
];

/// Returns the name of a variant in one of [`CASES`].
pub(crate) fn written(name: &str, case: &str) -> String {
    let snake = snake_case(name);
    match case {
        "SCREAMING_SNAKE_CASE" => snake.to_uppercase(),
        "kebab-case" => snake.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake.replace('_', "-").to_uppercase(),
        "camelCase" => {
            let mut letters = name.chars();
            let first = letters.next().map(|first| first.to_lowercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        }
        "PascalCase" => name.to_owned(),
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        _ => snake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_looks_like_its_name() {
        let words: Vec<String> = CASES.iter().map(|case| written("OnHold", case)).collect();
        let expected = [
            "on_hold", "ON_HOLD", "on-hold", "ON-HOLD", "onHold", "OnHold", "onhold", "ONHOLD",
        ];
        assert_eq!(words, expected);
    }
}
