//! What a machine can find in the manual's English: sentences that are too long, columns without a header, and phrases
//! in which software talks or nobody acts.

use std::path::{Path, PathBuf};

/// The most words of a sentence. A list behind a colon counts by itself.
const MAX_WORDS: usize = 35;

const FORBIDDEN: [&str; 13] = [
    " tells ",
    " told ",
    " hears ",
    " speaks ",
    " what is there",
    " by hand",
    " without a word",
    " goes on ",
    " taken back",
    " put back",
    " cut short",
    " is none",
    " leads nowhere",
];

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let docs = std::fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .map(|name| root.join(name))
    .into_iter()
    .chain(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")))
    .collect()
}

/// Returns the lines of a page with those of its code blocks empty.
fn prose(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut line_of = |line| {
        let is_fence = str::trim_start(line).starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence { "" } else { line }
    };
    text.lines().map(&mut line_of).collect()
}

fn is_table(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// Returns the paragraphs and the items of lists, each in one line.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in lines.iter().map(|line| line.trim()) {
        let is_item = line.starts_with("- ")
            || line
                .split_once(". ")
                .is_some_and(|(front, _)| front.parse::<u8>().is_ok());
        if line.is_empty() || line.starts_with('#') || is_table(line) || is_item {
            found.push(String::new());
        }
        if !line.starts_with('#') && !is_table(line) {
            let last = found.last_mut().unwrap();
            last.push(' ');
            last.push_str(line);
        }
    }
    found
}

/// Returns the text with each piece of code as one word.
fn without_code(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(at, piece)| if at % 2 == 0 { piece } else { "code" })
        .collect()
}

fn problems(source: &str) -> Vec<String> {
    let lines = prose(source);
    let is_rule = |line: &str| is_table(line) && line.chars().all(|c| " |:-".contains(c));
    let headers = lines
        .windows(2)
        .filter(|pair| is_rule(pair[1]))
        .map(|pair| pair[0]);
    let headless = headers.filter(|header| {
        let cells = header.trim().trim_matches('|');
        cells.split('|').any(|cell| cell.trim().is_empty())
    });
    let mut found: Vec<String> = headless
        .map(|header| format!("an empty header: {header}"))
        .collect();
    for line in lines.iter().map(|line| without_code(line)) {
        let padded = format!(" {line} ").to_lowercase();
        let phrases = FORBIDDEN.iter().filter(|phrase| padded.contains(**phrase));
        found.extend(phrases.map(|phrase| format!("\"{}\": {line}", phrase.trim())));
    }
    for text in paragraphs(&lines) {
        let text = without_code(&text);
        let sentences = text
            .split_inclusive([' '])
            .fold(vec![0], |mut counts, word| {
                *counts.last_mut().unwrap() += usize::from(!word.trim().is_empty());
                if word.trim_end().ends_with(['.', ':', '?', '!', ';']) {
                    counts.push(0);
                }
                counts
            });
        if sentences.iter().any(|words| *words > MAX_WORDS) {
            found.push(format!("a sentence of more than {MAX_WORDS} words:{text}"));
        }
    }
    found
}

#[test]
fn the_manual_is_plain_english() {
    let found: Vec<String> = pages()
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            problems(&text)
                .into_iter()
                .map(move |problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_kind_of_error_is_found() {
    let long = "word ".repeat(36);
    for (text, problem) in [
        ("| a | |\n|---|---|\n| b | c |", "an empty header"),
        ("The command tells you.", "\"tells\""),
        ("Edit it by\nhand, or by hand.", "\"by hand\""),
        (long.as_str(), "a sentence of more than 35 words"),
        (
            "- one\n- two `a tells b` and what is there.",
            "\"what is there\"",
        ),
    ] {
        let found = problems(text);
        assert!(
            found.len() == 1 && found[0].starts_with(problem),
            "{text}\n{found:?}"
        );
    }
    let valid = format!(
        "```text\nit tells {long}\n```\n\n| a | b |\n|---|---|\nA list: {}.",
        "a b, ".repeat(17)
    );
    assert_eq!(problems(&valid), [] as [&str; 0]);
}
