//! Where a statement of a script ends, and how it stands to transactions.

use crate::backend::Stands;

use super::rebuild::token::{Kind, Token, tokens};

/// Returns the statements of a script, each with how it stands to transactions. Those of nothing but comments are left
/// out; what can't be read is one.
pub(super) fn statements(script: &str) -> Vec<(&str, Stands)> {
    let Ok(tokens) = tokens(script) else {
        return vec![(script, Stands::Leaves)];
    };
    let mut found = Vec::new();
    let mut begin = 0;
    for at in 0..tokens.len() {
        let own = &tokens[begin..at];
        if tokens[at].is_mark(script, ";") && (!is_trigger(own, script) || ended(own, script)) {
            found.extend(statement(own, script));
            begin = at + 1;
        }
    }
    found.extend(statement(&tokens[begin..], script));
    found
}

fn statement<'s>(tokens: &[Token], script: &'s str) -> Option<(&'s str, Stands)> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let text = &script[first.span.start..last.span.end];
    Some((text, told(tokens, script)))
}

fn is_trigger(tokens: &[Token], script: &str) -> bool {
    let mut words = tokens.iter().take(3);
    words
        .next()
        .is_some_and(|first| first.is_word(script, "CREATE"))
        && words.any(|word| word.is_word(script, "TRIGGER"))
}

/// Returns whether a trigger's body has come to its END; CASE has one too, before which no semicolon stands.
fn ended(tokens: &[Token], script: &str) -> bool {
    let mut last = tokens.iter().rev();
    last.next().is_some_and(|word| word.is_word(script, "END"))
        && last.next().is_some_and(|mark| mark.is_mark(script, ";"))
}

fn told(tokens: &[Token], script: &str) -> Stands {
    let mut words = tokens
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .map(|token| token.raw(script).to_ascii_uppercase());
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "VACUUM" => Stands::Alone,
        "PRAGMA" | "ATTACH" | "DETACH" => Stands::Session,
        // Outside of a transaction a savepoint begins one.
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => Stands::Leaves,
        _ => Stands::Inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_split_where_its_statements_end() {
        let trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN \
                       UPDATE a SET b = CASE WHEN c THEN 1 END; DELETE FROM a; END";
        let script = format!("PRAGMA x; -- one\n;;{trigger}; vacuum; INSERT INTO a VALUES (';');");
        assert_eq!(
            statements(&script),
            [
                ("PRAGMA x", Stands::Session),
                (trigger, Stands::Inside),
                ("vacuum", Stands::Alone),
                ("INSERT INTO a VALUES (';')", Stands::Inside),
            ]
        );
        assert_eq!(statements("SAVEPOINT x")[0].1, Stands::Leaves);
        assert_eq!(statements("SELECT 'open")[0].1, Stands::Leaves);
        assert_eq!(statements(" -- nothing\n"), []);
    }
}
