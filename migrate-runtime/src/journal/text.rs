//! The notes as text: one line each, what a step touches on lines of their own below it.

use super::asked::Asked;
use super::calls::Runs;
use super::{Begun, Calls, Entry, EntryKind, Touched};

const VERSION: &str = "1";

/// Returns the notes as they are stored.
pub(super) fn written(owner: &str, entries: &[Entry], asked: &Asked) -> String {
    let mut lines = vec![format!("{VERSION}\t{}", escaped(owner))];
    if !asked.answers.is_empty() {
        let pair = |(query, answer): &(u64, u64)| format!("{query:x}:{answer:x}");
        lines.push(format!("asked\t{}", joined(&asked.answers, pair)));
    }
    for Entry { title, kind } in entries {
        let title = escaped(title);
        match kind {
            EntryKind::Done { text } => lines.push(format!("done\t{text:x}\t{title}")),
            EntryKind::Begun(begun) => {
                let (text, statement) = (begun.text, begun.statement);
                lines.push(format!(
                    "begun\t{text:x}\t{statement}\t{}\t{title}",
                    names(&begun.touched)
                ));
                lines.extend(
                    begun
                        .before
                        .iter()
                        .map(|line| format!("|{}", escaped(line))),
                );
            }
            EntryKind::Calls(calls) => lines.push(format!(
                "calls\t{}\t{}\t{:x}\t{}\t{}\t{title}",
                if calls.closed { "closed" } else { "open" },
                calls.count,
                calls.chain,
                numbers(calls.rows.as_ref()),
                each(calls),
            )),
            EntryKind::Code { ended } => {
                let word = if *ended { "ended" } else { "begun" };
                lines.push(format!("code\t{word}\t{title}"));
            }
        }
    }
    lines.join("\n")
}

/// Reads stored notes; `None` if something else wrote or changed them.
pub(super) fn read(text: &str) -> Option<(Vec<Entry>, Asked)> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut asked = Asked::default();
    let mut lines = text.lines();
    let Some(first) = lines.next() else {
        return Some((entries, asked));
    };
    if first.split('\t').next() != Some(VERSION) {
        return None;
    }
    for line in lines {
        if let Some(before) = line.strip_prefix('|') {
            let EntryKind::Begun(begun) = &mut entries.last_mut()?.kind else {
                return None;
            };
            begun.before.push(plain(before)?);
            continue;
        }
        let parts: Vec<&str> = line.split('\t').collect();
        let (title, kind) = match parts[..] {
            ["asked", answers] => {
                asked.answers = split(answers, ',', pair)?;
                continue;
            }
            ["done", text, title] => (title, EntryKind::Done { text: hex(text)? }),
            ["begun", text, statement, touched, title] => {
                let begun = Begun {
                    text: hex(text)?,
                    statement: statement.parse().ok()?,
                    touched: touched_by(touched)?,
                    before: Vec::new(),
                };
                (title, EntryKind::Begun(begun))
            }
            ["calls", closed, count, chain, rows, texts, title] => {
                let calls = Calls {
                    each: match texts {
                        "?" => None,
                        each => Some(split(each, ',', call)?),
                    },
                    count: count.parse().ok()?,
                    chain: hex(chain)?,
                    rows: match rows {
                        "?" => None,
                        rows => Some(split(rows, '+', run)?),
                    },
                    closed: closed == "closed",
                };
                (title, EntryKind::Calls(calls))
            }
            ["code", word, title] => (
                title,
                EntryKind::Code {
                    ended: word == "ended",
                },
            ),
            _ => return None,
        };
        let title = plain(title)?;
        entries.push(Entry { title, kind });
    }
    Some((entries, asked))
}

/// Returns the process that wrote the notes.
pub(super) fn owner(text: &str) -> Option<&str> {
    text.lines().next()?.split('\t').nth(1)
}

fn numbers(runs: Option<&Runs>) -> String {
    let Some(runs) = runs else {
        return "?".to_owned();
    };
    let runs = runs.iter().map(|(rows, times)| format!("{rows}x{times}"));
    runs.collect::<Vec<_>>().join("+")
}

fn each(calls: &Calls) -> String {
    match &calls.each {
        None => "?".to_owned(),
        Some(each) => joined(each, |(call, runs)| {
            format!("{call:x}:{}", numbers(Some(runs)))
        }),
    }
}

fn call(text: &str) -> Option<(u64, Runs)> {
    let (call, runs) = text.split_once(':')?;
    Some((hex(call)?, split(runs, '+', run)?))
}

fn pair(text: &str) -> Option<(u64, u64)> {
    let (query, answer) = text.split_once(':')?;
    Some((hex(query)?, hex(answer)?))
}

fn run(text: &str) -> Option<(u64, u64)> {
    let (rows, times) = text.split_once('x')?;
    Some((rows.parse().ok()?, times.parse().ok()?))
}

fn names(touched: &Touched) -> String {
    match touched {
        Touched::Everything => "*".to_owned(),
        Touched::Named(named) => joined(&named.names, |name| escaped(name)),
    }
}

fn touched_by(text: &str) -> Option<Touched> {
    Some(match text {
        "*" => Touched::Everything,
        names => Touched::names(split(names, ',', plain)?),
    })
}

fn joined<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(",")
}

fn split<T>(text: &str, sign: char, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(sign)
        .filter(|part| !part.is_empty())
        .map(read)
        .collect()
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

/// Returns a text without the signs that separate here.
fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | ',' | '*' | '|' => plain.push_str(&format!("%{:02x}", u32::from(c))),
            c if c.is_ascii_control() => plain.push_str(&format!("%{:02x}", u32::from(c))),
            c => plain.push(c),
        }
    }
    plain
}

fn plain(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        plain.push(char::from(code));
        plain.push_str(&part[2..]);
    }
    Some(plain)
}
