use super::*;
use crate::testing::revisions;

fn diagnostics(text: &str, heads: HeadsAllowed) -> Vec<String> {
    let diagnostics = all(&revisions(text), Some(heads));
    let describe = |diagnostic: &Diagnostic| {
        let revision = diagnostic.revision.as_ref().map_or("", RevisionId::as_str);
        format!("{revision} {:?}: {}", diagnostic.field, diagnostic.kind)
    };
    diagnostics.iter().map(describe).collect()
}

#[test]
fn a_valid_graph_has_no_diagnostics() {
    for text in [
        "",
        "a",
        "a; b <- a; c <- b",
        "a; b <- a; c <- a; m <- b, c",
        "a; b <- a; x [lx]; y <- x; m <- b, y",
    ] {
        assert_eq!(
            diagnostics(text, HeadsAllowed::One),
            [] as [&str; 0],
            "{text}"
        );
    }
}

#[test]
fn unknown_links_are_reported_with_the_nearest_id() {
    let found = all(&revisions("abcdef; b <- abcdfe; c <- b after zzzz"), None);
    assert_eq!(found[0].field, HeaderField::DownRevision(0));
    assert_eq!(found[0].help().unwrap(), "did you mean `abcdef`?");
    assert_eq!(found[1].field, HeaderField::DependsOn(0));
    assert_eq!(
        found[1].help().unwrap(),
        "run `cargo migrate history` to list the revisions"
    );
}

#[test]
fn the_second_of_two_equal_ids_and_labels_is_reported() {
    assert_eq!(
        diagnostics("a; b <- a; b <- a", HeadsAllowed::Many).len(),
        1
    );
    assert_eq!(
        diagnostics("a; b [x] <- a; c [x] <- b", HeadsAllowed::One),
        ["c BranchLabel(0): branch label `x` is used twice; revision `b` has it first"]
    );
    assert_eq!(
        diagnostics("a; b [a] <- a", HeadsAllowed::One),
        ["b BranchLabel(0): branch label `a` is also the id of a revision"]
    );
}

#[test]
fn positions_are_counted_as_written_also_after_unknown_links() {
    let places = |text: &str| {
        let found = all(&revisions(text), None);
        found
            .iter()
            .map(|diagnostic| diagnostic.field)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        places("a; b <- a; c <- zzzz, b, a"),
        [HeaderField::DownRevision(0), HeaderField::DownRevision(2)]
    );
    assert_eq!(
        places("a <- zzzz, b; b <- a"),
        [HeaderField::DownRevision(0), HeaderField::DownRevision(1)]
    );
    assert_eq!(
        places("a after zzzz, a"),
        [HeaderField::DependsOn(0), HeaderField::DependsOn(1)]
    );
}

#[test]
fn a_cycle_is_reported_at_the_link_from_the_oldest_member() {
    assert_eq!(
        diagnostics("a <- c; b <- a; c <- b", HeadsAllowed::One),
        ["a DownRevision(0): revisions follow each other in a cycle: `a` -> `c` -> `b` -> `a`"]
    );
    assert_eq!(
        diagnostics("a <- a", HeadsAllowed::One),
        ["a DownRevision(0): revision `a` follows itself"]
    );
    assert_eq!(
        diagnostics("a after a", HeadsAllowed::One),
        ["a DependsOn(0): revision `a` depends on itself"]
    );
}

#[test]
fn a_cycle_inside_a_connected_graph_is_found_and_so_is_one_through_depends_on() {
    assert_eq!(
        diagnostics("a; b <- a, d; c <- b; d <- c; e <- d", HeadsAllowed::One).len(),
        1
    );
    assert_eq!(
        diagnostics("a; b <- a after d; c <- b; d <- c", HeadsAllowed::One),
        ["b DependsOn(0): revisions follow each other in a cycle: `b` -> `d` -> `c` -> `b`"]
    );
}

#[test]
fn two_cycles_are_both_reported() {
    assert_eq!(
        diagnostics("a <- b; b <- a; c <- d; d <- c", HeadsAllowed::One).len(),
        2
    );
}

#[test]
fn redundant_and_repeated_parents_are_reported() {
    assert_eq!(
        diagnostics("a; b <- a; c <- b; m <- a, c", HeadsAllowed::One),
        ["m DownRevision(0): revision `m` already follows `a` through `c`"]
    );
    assert_eq!(
        diagnostics("a; m <- a, a", HeadsAllowed::One),
        ["m DownRevision(1): revision `m` lists the parent `a` twice"]
    );
}

#[test]
fn two_heads_are_reported_at_the_newer_unless_allowed() {
    assert_eq!(
        diagnostics("a; b <- a; c <- a", HeadsAllowed::One),
        ["c Header: there are 2 heads: `b` and `c`"]
    );
    assert_eq!(
        diagnostics("a; b <- a; c <- a", HeadsAllowed::Many),
        [] as [&str; 0]
    );
}

#[test]
fn a_second_base_needs_a_label() {
    let text = "a; x; m <- a, x";
    assert_eq!(
        diagnostics(text, HeadsAllowed::One),
        ["x Header: revision `x` is a second base without a branch label; the first is `a`"]
    );
    assert_eq!(
        diagnostics("a; x [lx]; m <- a, x", HeadsAllowed::One),
        [] as [&str; 0]
    );
}

#[test]
fn a_revision_must_replace_a_complete_range() {
    let history = "p; a <- p; b <- a; c <- b; d <- c;";
    let sound = [
        "s <- p replaces a, b, c",
        "s replaces p, a, b, c, d",
        "s <- c replaces d",
        // The files are gone.
        "s <- d replaces x, y; e <- y",
        "s <- d replaces x, y; e <- s",
    ];
    for text in sound {
        assert_eq!(
            diagnostics(&format!("{history} {text}"), HeadsAllowed::One),
            [] as [&str; 0],
            "{text}"
        );
    }
    for (text, expected) in [
        (
            "s <- p replaces s",
            "s Replaces(0): revision `s` replaces itself",
        ),
        (
            "s <- p replaces a, a",
            "s Replaces(1): revision `s` replaces `a` twice",
        ),
        (
            "s <- p replaces a, b; t <- a replaces b, c",
            "t Replaces(0): revision `t` replaces `b`, and so does `s`",
        ),
        (
            "s <- p replaces a, q, r",
            "s Replaces(1): revision `s` replaces `q`, which does not exist, but also `a`, which does exist",
        ),
        (
            "s <- p replaces a, b; t <- p replaces s, c",
            "t Replaces(0): revision `t` replaces `s`, which itself replaces revisions whose files still exist",
        ),
        (
            "s <- p replaces a, c",
            "s Replaces(1): revision `s` does not replace `b`, which is between the revisions it replaces",
        ),
        (
            "s <- p replaces b, a",
            "s Replaces(0): the revisions that `s` replaces end with `b`, which must be last in the list",
        ),
        (
            "s <- a replaces a, b",
            "s DownRevision(0): revision `s` follows `a`, but the revisions it replaces follow `p`",
        ),
        (
            "s replaces a, b",
            "s Header: revision `s` follows nothing, but the revisions it replaces follow `p`",
        ),
        (
            "s <- p replaces a, b; e <- d; f <- a; m <- e, f",
            "f DownRevision(0): revision `f` follows `a`, which is not the last of the revisions that `s` replaces",
        ),
        (
            "s <- y replaces x, y; m <- s, d",
            "s DownRevision(0): revision `s` follows or depends on `y`, which it replaces",
        ),
        (
            "s <- d replaces x, y; e <- x; f <- s, e",
            "e DownRevision(0): revision `e` follows `x`, which does not exist",
        ),
        (
            "s <- p replaces a, b; m <- s, d",
            "m DownRevision(0): revision `m` already follows `s` through `d`",
        ),
        (
            "s <- p replaces a, b; m <- s, b",
            "m DownRevision(1): revision `m` lists the parent `s` twice",
        ),
    ] {
        let all = diagnostics(&format!("{history} {text}"), HeadsAllowed::One);
        assert_eq!(all, [expected], "{text}");
    }
}

#[test]
fn a_replaced_diamond_has_one_end_and_one_way_in() {
    let diamond = "p; a <- p; l <- a; r <- a; m <- l, r;";
    for (text, expected) in [
        ("s <- p replaces a, l, r, m", None),
        ("s <- a replaces l, r, m", None),
        (
            "s <- p replaces a, l, r",
            Some("s Replaces(2): the revisions that `s` replaces have several ends: `l` and `r`"),
        ),
        ("s <- r replaces l, m", None),
        (
            "s <- a replaces l, m",
            Some(
                "s DownRevision(0): revision `s` follows `a`, but the revisions it replaces follow `r`",
            ),
        ),
    ] {
        let all = diagnostics(&format!("{diamond} {text}"), HeadsAllowed::One);
        assert_eq!(all, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
    let needy = "x [lx]; p; a <- p after x; b <- a;";
    assert_eq!(
        diagnostics(&format!("{needy} s <- p replaces a, b"), HeadsAllowed::Many),
        [
            "s Replaces(0): revision `s` must depend on `x`, because it replaces `a`, which depends on it"
        ]
    );
    assert_eq!(
        diagnostics(
            &format!("{needy} s <- p after x replaces a, b"),
            HeadsAllowed::Many
        ),
        [] as [&str; 0]
    );
}

#[test]
fn a_label_of_a_replaced_revision_may_be_kept_by_its_replacement() {
    assert_eq!(
        diagnostics("a [la]; b <- a; s [la] replaces a, b", HeadsAllowed::One),
        [] as [&str; 0]
    );
}
