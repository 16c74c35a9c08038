//! Adds a `mod` line to the text of a module file, in sorted order.
//!
//! It must not change other lines.

use migrate_graph::modules::{ModuleLine, module_lines};
use migrate_graph::tokens::{Kind, lex};

/// Returns `text` with the line `line`, which declares `module`, sorted among the top-level `mod` lines.
///
/// Without other `mod` lines it is added before the first item. The line ends of the file are kept.
pub(crate) fn with_module(text: &str, module: &str, line: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = module_lines(text);
    let lines: Vec<&ModuleLine<'_>> = lines
        .iter()
        .filter(|line| line.misplaced.is_none())
        .collect();
    let (at, inserted) = match lines
        .iter()
        .rev()
        .find(|line| line.name < module)
        .or(lines.first())
    {
        Some(before) if before.name < module => {
            let at = line_end(text, before.start);
            let missing_end = if text[..at].ends_with('\n') { "" } else { end };
            (at, format!("{missing_end}{line}{end}"))
        }
        Some(first) => (item_start(text, first.start), format!("{line}{end}")),
        None => before_items(text, line, end),
    };
    format!("{}{inserted}{}", &text[..at], &text[at..])
}

/// Returns the position and the text of a first `mod` line: a separate paragraph after the inner docs and attributes.
fn before_items(text: &str, line: &str, end: &str) -> (usize, String) {
    let head = inner_end(text);
    let is_empty = text[..head].trim_matches('\u{feff}').is_empty();
    let at = if is_empty { head } else { line_end(text, head) };
    let before = match &text[..at] {
        _ if is_empty => String::new(),
        head if head.ends_with('\n') => end.to_owned(),
        _ => format!("{end}{end}"),
    };
    let rest = &text[at..];
    let after = if rest.trim().is_empty() || rest.starts_with(['\n', '\r']) {
        ""
    } else {
        end
    };
    // A doc comment or a `//` comment above an item is not separated from it.
    (at, format!("{before}{line}{end}{after}"))
}

/// Returns the offset after the inner docs and attributes at the start.
fn inner_end(text: &str) -> usize {
    let tokens: Vec<_> = lex(text).collect();
    let mut end = match text.strip_prefix('\u{feff}').unwrap_or(text) {
        // The lexer skips a shebang.
        rest if rest.starts_with("#!") && tokens.first().is_none_or(|first| !first.is("#")) => {
            text.find('\n').unwrap_or(text.len())
        }
        _ => text.len() - text.trim_start_matches('\u{feff}').len(),
    };
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        if token.kind == Kind::InnerDoc {
            end = token.end();
            i += 1;
        } else if token.is("#") && tokens.get(i + 1).is_some_and(|next| next.is("!")) {
            let mut depth = 0usize;
            i += 2;
            while let Some(token) = tokens.get(i) {
                match token.kind {
                    Kind::Open => depth += 1,
                    Kind::Close => depth = depth.saturating_sub(1),
                    _ => {}
                }
                i += 1;
                if depth == 0 {
                    end = token.end();
                    break;
                }
            }
        } else {
            break;
        }
    }
    end
}

/// Returns the offset after the line that contains `at`.
fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length + 1)
}

/// Returns the start of the line that contains `at`, or of the attributes and comments directly above it.
fn item_start(text: &str, at: usize) -> usize {
    let start_of_line = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut start = start_of_line(at);
    while start > 0 {
        let above = start_of_line(start - 1);
        let line = text[above..start].trim();
        let belongs = line.starts_with("//") && !line.starts_with("//!") || line.starts_with("#[");
        if !belongs {
            break;
        }
        start = above;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> String {
        with_module(text, "m2", "mod m2;")
    }

    #[test]
    fn a_line_is_sorted_among_the_others() {
        assert_eq!(
            with("mod m1;\nmod m3;\n\nmigrations!();\n"),
            "mod m1;\nmod m2;\nmod m3;\n\nmigrations!();\n"
        );
        assert_eq!(
            with("//! Docs.\nmod m3;\n"),
            "//! Docs.\nmod m2;\nmod m3;\n"
        );
        assert_eq!(with("mod m1;"), "mod m1;\nmod m2;\n");
    }

    #[test]
    fn attributes_and_comments_are_kept_with_their_line() {
        assert_eq!(
            with("//! Docs.\n// About 3.\n#[rustfmt::skip]\nmod m3;\n"),
            "//! Docs.\nmod m2;\n// About 3.\n#[rustfmt::skip]\nmod m3;\n"
        );
        assert_eq!(
            with("mod m1; // one\nmod m3;\n"),
            "mod m1; // one\nmod m2;\nmod m3;\n"
        );
    }

    #[test]
    fn the_first_line_is_inserted_before_the_first_item() {
        assert_eq!(
            with("//! Docs.\n\nmigrations!();\n"),
            "//! Docs.\n\nmod m2;\n\nmigrations!();\n"
        );
        assert_eq!(
            with("#![allow(x(y))]\nuse a;\n"),
            "#![allow(x(y))]\n\nmod m2;\n\nuse a;\n"
        );
        assert_eq!(with("use a;\n"), "mod m2;\n\nuse a;\n");
        assert_eq!(with(""), "mod m2;\n");
        assert_eq!(with("//! Docs."), "//! Docs.\n\nmod m2;\n");
        assert_eq!(with("\u{feff}use a;"), "\u{feff}mod m2;\n\nuse a;");
    }

    #[test]
    fn line_endings_are_kept() {
        assert_eq!(
            with("mod m1;\r\nmod m3;\r\n"),
            "mod m1;\r\nmod m2;\r\nmod m3;\r\n"
        );
        assert_eq!(
            with("//! D.\r\n\r\nuse a;\r\n"),
            "//! D.\r\n\r\nmod m2;\r\n\r\nuse a;\r\n"
        );
    }

    #[test]
    fn lines_inside_other_items_and_comments_are_not_counted() {
        assert_eq!(
            with("/* mod m0; */\nmod x { mod m1; }\n"),
            "mod m2;\n\n/* mod m0; */\nmod x { mod m1; }\n"
        );
    }
}
