//! Decides from the first words of a statement whether it can run in a transaction.

use crate::backend::StatementKind;

use super::sql::{Token, Tokens, leaves};

/// The first words of statements that the server rejects inside a transaction; `*` matches any one word.
const NON_TRANSACTIONAL: [&[&str]; 15] = [
    &["VACUUM"],
    &["CLUSTER"],
    &["ALTER", "SYSTEM"],
    &["ALTER", "DATABASE"],
    &["CREATE", "DATABASE"],
    &["DROP", "DATABASE"],
    &["CREATE", "TABLESPACE"],
    &["DROP", "TABLESPACE"],
    &["CREATE", "SUBSCRIPTION"],
    &["ALTER", "SUBSCRIPTION"],
    &["DROP", "SUBSCRIPTION"],
    &["CREATE", "INDEX", "CONCURRENTLY"],
    &["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"],
    &["DROP", "INDEX", "CONCURRENTLY"],
    &["REINDEX"],
];

/// The first words of a procedure call or a block, which may commit, but only outside a transaction.
const MAY_COMMIT: [&str; 2] = ["CALL", "DO"];

const SESSION: [&str; 8] = [
    "SET", "RESET", "DISCARD", "LOAD", "LISTEN", "UNLISTEN", "SHOW", "PREPARE",
];

/// Returns whether `statement` can run in a transaction.
pub(super) fn classify(statement: &str) -> StatementKind {
    if leaves(statement).is_some() {
        return StatementKind::TransactionControl;
    }
    let words: Vec<String> = Tokens::new(statement)
        .filter(|(_, _, token)| matches!(token, Token::Word))
        .map(|(start, end, _)| statement[start..end].to_ascii_uppercase())
        .collect();
    let starts_with = |first: &[&str]| first.iter().copied().eq(words.iter().take(first.len()));
    let detaches = words.first().is_some_and(|word| word == "ALTER")
        && words.windows(2).any(|pair| pair == ["DETACH", "PARTITION"])
        && words.last().is_some_and(|word| word == "CONCURRENTLY");
    if detaches || NON_TRANSACTIONAL.iter().any(|first| starts_with(first)) {
        StatementKind::NonTransactional
    } else if MAY_COMMIT.iter().any(|first| starts_with(&[first])) {
        StatementKind::MayCommit
    } else if SESSION.iter().any(|first| starts_with(&[first])) {
        StatementKind::SessionSetting
    } else {
        StatementKind::Transactional
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_distinguished_by_their_first_keywords() {
        for (sql, stands) in [
            ("UPDATE a SET b = 1", StatementKind::Transactional),
            ("create index ix on a (b)", StatementKind::Transactional),
            (
                "/* x */ create index concurrently ix on a (b)",
                StatementKind::NonTransactional,
            ),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY ix ON a (b)",
                StatementKind::NonTransactional,
            ),
            ("REINDEX TABLE a", StatementKind::NonTransactional),
            ("vacuum", StatementKind::NonTransactional),
            ("CALL move_them()", StatementKind::MayCommit),
            (
                "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
                StatementKind::NonTransactional,
            ),
            (
                "ALTER TABLE a DETACH PARTITION b",
                StatementKind::Transactional,
            ),
            ("SET lock_timeout = 1", StatementKind::SessionSetting),
            ("BEGIN", StatementKind::TransactionControl),
            ("ROLLBACK TO x", StatementKind::Transactional),
        ] {
            assert_eq!(classify(sql), stands, "{sql}");
        }
    }
}
