//! Explains why a text is not a URL of this backend.

use super::{UrlError, scheme};

/// Returns why the text can't be used by a program for `product`, whose schemes are `ours`.
pub(crate) fn wrong_scheme(text: &str, product: &str, ours: &[&str]) -> UrlError {
    let is_quoted =
        |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if is_quoted('"') || is_quoted('\'') {
        return UrlError::new("it is in quotes")
            .with_help("leave the quotes out: a shell and `.env` remove them, but here they are part of the URL");
    }
    let is_ours = |name: &str| ours.contains(&name);
    match scheme(text) {
        Some((word, rest))
            if word == "jdbc" && scheme(rest).is_some_and(|(next, _)| is_ours(&next)) =>
        {
            UrlError::new("`jdbc:` is for Java").with_help("leave `jdbc:` out")
        }
        Some((word, _))
            if word
                .split_once('+')
                .is_some_and(|(first, _)| is_ours(first)) =>
        {
            UrlError::new("the text between `+` and `://` names a driver for another language")
                .with_help("leave the `+` and the name of the driver out")
        }
        Some((word, rest)) if is_ours(&word) && !rest.starts_with("//") => {
            UrlError::new(format!("`//` is missing after `{word}:`"))
        }
        _ => UrlError::new(format!("this program was built for {product}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_its_own_reason() {
        for (text, reason) in [
            ("\"postgres://h/db\"", "in quotes"),
            ("jdbc:postgresql://h/db", "`jdbc:` is for Java"),
            ("jdbc:oracle:thin:h", "built for X"),
            ("postgresql+asyncpg://h/db", "a driver for another language"),
            ("postgres:h/db", "`//` is missing after `postgres:`"),
            ("mysql://h/db", "built for X"),
            ("h", "built for X"),
            ("\"", "built for X"),
        ] {
            let flaw = wrong_scheme(text, "X", &["postgres", "postgresql"]);
            assert!(flaw.reason.contains(reason), "{text}: {flaw:?}");
        }
    }
}
