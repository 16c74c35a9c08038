use super::*;
use crate::files::header_tokens;

const GOOD: &str = r#"revision: "b2", down_revision: "a1", created: "2026-11-23T09:15:00Z","#;

fn parse_text(text: &str) -> Parsed<crate::files::TextSpan> {
    parse(
        &header_tokens(text, 0),
        crate::files::TextSpan {
            start: 0,
            end: text.len(),
        },
    )
}

fn messages(text: &str) -> Vec<String> {
    let parsed = parse_text(text);
    parsed
        .diagnostics
        .iter()
        .map(|diagnostic| {
            format!(
                "{}: {diagnostic}",
                &text[diagnostic.span.start..diagnostic.span.end]
            )
        })
        .collect()
}

#[test]
fn a_full_header_is_read() {
    let text = r#"revision: "m4", down_revision: ["a1", "b2"], branch_labels: ["x"], depends_on: ["c3"],
                  transaction: false, created: "2026-11-23T09:15:00Z""#;
    let Parsed {
        header: Some(header),
        diagnostics,
    } = parse_text(text)
    else {
        panic!("no header")
    };
    assert_eq!(diagnostics, []);
    assert_eq!(header.revision.value.as_str(), "m4");
    assert_eq!(
        header
            .down_revisions
            .iter()
            .map(|id| id.value.as_str())
            .collect::<Vec<_>>(),
        ["a1", "b2"]
    );
    assert_eq!(header.depends_on[0].value.as_str(), "c3");
    assert_eq!(header.branch_labels[0].value.as_str(), "x");
    assert!(!header.transaction);
}

#[test]
fn none_is_a_base_and_a_last_comma_is_optional() {
    for text in [GOOD, GOOD.trim_end_matches(',')] {
        assert_eq!(messages(text), [] as [&str; 0]);
    }
    let header = parse_text(&GOOD.replace("\"a1\"", "None")).header.unwrap();
    assert!(header.down_revisions.is_empty());
}

#[test]
fn each_error_is_reported_at_its_token() {
    for (from, to, message) in [
        ("revision: \"b2\", ", "", "the header has no `revision`"),
        (
            "down_revision: \"a1\", ",
            "",
            "the header has no `down_revision`",
        ),
        (
            ", created: \"2026-11-23T09:15:00Z\"",
            "",
            "the header has no `created`",
        ),
        ("created", "crated", "crated: unknown key `crated`"),
        ("created", "revision", "revision: duplicate key `revision`"),
        (
            "\"b2\"",
            "\"b-2\"",
            "\"b-2\": `b-2` is not a valid revision id: only",
        ),
        (
            "\"b2\"",
            "\"head\"",
            "\"head\": `head` is not a valid revision id: it is reserved",
        ),
        (
            "\"b2\"",
            "\"\"",
            "\"\": `` is not a valid revision id: it is empty",
        ),
        (
            "\"b2\"",
            "[\"b2\", \"c\"]",
            "[: the value of `revision` must be one string",
        ),
        (
            "\"b2\"",
            "7",
            "7: the value of `revision` must be one string",
        ),
        (
            "\"a1\"",
            "[]",
            "[: the value of `down_revision` must be None",
        ),
        (
            "\"a1\"",
            "[a1]",
            "a1: the value of `down_revision` must be None",
        ),
        (
            "\"a1\"",
            "r\"a1\"",
            "r\"a1\": the value of `down_revision` must be None",
        ),
        (
            "\"a1\"",
            "\"a\\x31\"",
            "\"a\\x31\": the value of `down_revision` must be None",
        ),
        (
            "2026-11-23",
            "2026-02-30",
            "\"2026-02-30T09:15:00Z\": `2026-02-30T09:15:00Z` is not a date",
        ),
        (
            "\"a1\",",
            "\"a1\"",
            "created: expected `key: value` pairs separated by commas, found `created`",
        ),
        (
            "revision: \"b2\"",
            "revision = \"b2\"",
            "=: expected `key: value` pairs",
        ),
        (
            "created",
            "branch_labels: [\"a@b\"], created",
            "\"a@b\": `a@b` is not a valid branch label",
        ),
        (
            "created",
            "transaction: 1, created",
            "1: the value of `transaction` must be true or false",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        let messages = messages(&text);
        assert!(
            messages.iter().any(|found| found.contains(message)),
            "{text}\n{messages:?}"
        );
    }
}

#[test]
fn several_errors_are_reported_together() {
    let messages = messages(r#"revision: "b-2", down_revision: 7, color: "x", created: "now""#);
    assert_eq!(messages.len(), 4, "{messages:?}");
}

#[test]
fn an_unreadable_key_is_not_missing() {
    for (from, to) in [
        ("created", "crated"),
        ("created:", "created"),
        ("\"a1\",", "\"a1\""),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_eq!(messages(&text).len(), 1, "{text}");
    }
}

#[test]
fn a_header_that_ends_early_is_an_error_and_does_not_panic() {
    for text in [
        "",
        "revision",
        "revision:",
        "revision: [",
        "revision: [\"a\"",
        "revision: \"a\" :",
        ",,",
        "[",
        "transaction:",
    ] {
        assert!(!messages(text).is_empty(), "{text}");
    }
}
