//! Formats names and values for errors. Text from a database is not trusted.

use super::{DataLoss, printable};

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
        few(done)
    )]
}

pub(super) fn quoted(ids: &[String]) -> String {
    ids.iter()
        .map(|id| format!("`{}`", printable(id)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns a count with its noun: `1 revision`, `2 revisions`.
pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_revisions_is_shortened() {
        let ids: Vec<String> = (0..282).map(|number| format!("r{number}")).collect();
        assert_eq!(few(&ids[..2]), "`r0`, `r1`");
        assert!(few(&ids).ends_with("`r9` and 272 more"), "{}", few(&ids));
    }
}
