//! Removes passwords from text that may contain a database URL.
//!
//! It must not require valid URLs.

/// The query keys with secret values, as substrings.
const SECRET_KEYS: [&str; 4] = ["password", "passwd", "secret", "token"];

/// The replacement of a secret.
const HIDDEN: &str = "***";

/// Returns `text` with the password of every URL in it replaced by `***`.
///
/// A URL ends at a space, a quote or a backtick. Everything from the user name to the last `@` counts as the password,
/// because an unescaped password may contain `/`, `?` and `@`.
pub(crate) fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        let end = url
            .find(|c: char| c.is_whitespace() || "'\"`<>".contains(c))
            .unwrap_or(url.len());
        clean.push_str(before);
        clean.push_str(&without_secret_values(&without_password(&url[..end])));
        rest = &url[end..];
    }
    clean.push_str(rest);
    clean
}

fn without_password(url: &str) -> String {
    let Some((login, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match login.split_once(':') {
        Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
        None => format!("{login}@{host}"),
    }
}

fn without_secret_values(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if is_secret(key) => format!("{key}={HIDDEN}"),
        _ => pair.to_owned(),
    };
    format!(
        "{path}?{}",
        query.split('&').map(hide).collect::<Vec<_>>().join("&")
    )
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.iter().any(|secret| key.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_password_is_left() {
        for (text, clean) in [
            (
                "can't open `postgres://u:p%40ss@h/db`: no",
                "can't open `postgres://u:***@h/db`: no",
            ),
            (
                "postgres://u:p@ss/w?rd@h:5432/db",
                "postgres://u:***@h:5432/db",
            ),
            (
                "postgres://h/db?user=u&password=x&sslpassword=y",
                "postgres://h/db?user=u&password=***&sslpassword=***",
            ),
            ("a://u:one@h b://u:two@h", "a://u:***@h b://u:***@h"),
        ] {
            assert_eq!(redact(text), clean);
        }
    }

    #[test]
    fn text_without_a_password_stays() {
        for text in [
            "sqlite:data/a.db",
            "sqlite://a.db?mode=ro",
            "postgres://u@h/db",
            "label@head: no",
            "",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
