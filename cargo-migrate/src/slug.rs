//! Converts a message of any characters to a part of a file name and to a doc comment.
//!
//! It must not return characters that are unsafe there.

/// The maximum length of a slug, in characters.
const MAX_LENGTH: usize = 60;

/// Returns the words of `message` as `[a-z0-9_]{0,60}`; empty if it has no ASCII letter or digit.
///
/// The file name starts with `m`, a date and `_`, so no slug can be a keyword, a device or another directory.
pub(crate) fn slug(message: &str) -> String {
    let mut slug = String::new();
    for c in message.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
        if slug.len() > MAX_LENGTH {
            break;
        }
    }
    if slug.len() > MAX_LENGTH {
        // Only whole words, unless the first word alone is too long.
        let cut = slug[..=MAX_LENGTH].rfind('_').unwrap_or(MAX_LENGTH);
        slug.truncate(cut);
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

/// Returns `message` as one line that is safe in a `//!` comment.
///
/// Consecutive white space becomes one space. Invisible characters, and those that change the text direction, are
/// written as `\u{…}`, because rustc rejects them in comments and a reader must see them. Code fences become quotes,
/// because rustdoc would compile their contents.
pub(crate) fn doc_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len());
    for word in message.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if is_unseen(c) {
                line.push_str(&c.escape_unicode().to_string());
            } else {
                line.push(c);
            }
        }
    }
    line.replace("```", "'''").replace("~~~", "'''")
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_lower_case_words() {
        for (message, expected) in [
            ("Add avatar_url to users", "add_avatar_url_to_users"),
            ("  créer l'été  ", "cr_er_l_t"),
            ("../../x", "x"),
            ("con", "con"),
            ("aux. ", "aux"),
            ("type", "type"),
            ("1 table", "1_table"),
            ("*/ \"{}\" \0", ""),
            ("🦀", ""),
        ] {
            assert_eq!(slug(message), expected, "{message}");
        }
    }

    #[test]
    fn a_long_slug_is_cut_after_a_word() {
        assert_eq!(slug(&"word ".repeat(2000)).len(), 59);
        assert_eq!(slug(&"x".repeat(10_000)).len(), 60);
        assert_eq!(slug(&format!("{} y", "x".repeat(60))), "x".repeat(60));
    }

    #[test]
    fn a_doc_line_is_one_line_without_hidden_characters() {
        for (message, expected) in [
            ("two\nlines\r\n*/ // \"{}\"", "two lines */ // \"{}\""),
            ("nul \0 bell \u{7}", "nul \\u{0} bell \\u{7}"),
            ("right \u{202e}to left", "right \\u{202e}to left"),
            ("```compile_fail", "'''compile_fail"),
            ("été 🦀", "été 🦀"),
        ] {
            assert_eq!(doc_line(message), expected);
        }
    }
}
