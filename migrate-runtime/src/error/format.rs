//! Formats names and values for errors. Text from a database is not trusted.

use super::DataLoss;

pub(super) fn list(losses: &[DataLoss]) -> String {
    losses
        .iter()
        .map(DataLoss::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn kept(done: &[String]) -> Vec<String> {
    if done.is_empty() {
        return vec!["nothing was changed".to_owned()];
    }
    vec![format!(
        "downgraded before it, and committed: {}",
        quoted(done)
    )]
}

pub(super) fn quoted(ids: &[String]) -> String {
    ids.iter()
        .map(|id| format!("`{}`", printable(id)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns a count with its noun: `1 revision`, `2 revisions`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    }
}

/// Returns whether a terminal would interpret the character, or show nothing for it.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns the first of these ids, and the number of the others.
pub(super) fn few(ids: &[String]) -> String {
    const SHOWN: usize = 10;
    match ids.get(SHOWN..) {
        Some(more) if !more.is_empty() => {
            format!("{} and {} more", quoted(&ids[..SHOWN]), more.len())
        }
        _ => quoted(ids),
    }
}

/// Returns `text` without control characters and cut to 80 characters, because text from a database is not trusted.
pub(crate) fn printable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(80)
        .map(|c| if is_unseen(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_database_is_shown_truncated_and_without_control_characters() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), 81);
    }
}
