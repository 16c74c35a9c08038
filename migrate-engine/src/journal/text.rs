//! The journal as text: one line for each entry, with what a step touches in lines of its own below it.

use super::AffectedObjects;
use super::entry::{Done, Entry, EntryKind, Failed, Runs, StepInProgress};
use super::query_log::{LoggedQuery, LoggedResult, QueryDigest, QueryLog};
use super::step::StepKind;

const VERSION: &str = "2";

/// Returns the text that identifies the journal of one run: the process, and its run.
pub(super) fn token(owner: &str, run: &str) -> String {
    format!("{VERSION}\t{}\t{run}\t", escaped(owner))
}

/// Returns the journal as text, after its beginning.
pub(super) fn written(front: &str, entries: &[Entry], answers: &QueryLog) -> String {
    let mut lines = vec![front.to_owned()];
    for answer in &answers.all {
        let (sign, found) = match &answer.result {
            LoggedResult::Rows(rows) => ('=', rows.clone()),
            LoggedResult::Hash(hash) => ('#', format!("{hash:x}")),
        };
        let (number, query) = (answer.number, answer.query_hash);
        lines.push(format!("answer\t{number}\t{query:x}\t{sign}{found}"));
    }
    let QueryDigest {
        all,
        number,
        before,
    } = answers.more;
    if all.0 > 0 {
        let (all, before) = (counted(all), counted(before));
        lines.push(format!("answers\t{all}\t{number}\t{before}"));
    }
    for Entry { title, kind } in entries {
        let title = escaped(title);
        match kind {
            EntryKind::Done(done) => lines.push(format!(
                "{}\t{}\t{}\t{:x}\t{}\t{}\t{title}",
                kind_name(done.kind),
                done.text.map_or("?".to_owned(), |text| format!("{text:x}")),
                done.count,
                done.chain,
                numbers(done.rows.as_ref()),
                done.second,
            )),
            EntryKind::Failed(failed) => lines.push(format!(
                "failed\t{:x}\t{}\t{}\t{}\t{title}",
                failed.call,
                failed.trouble,
                if failed.again { "again" } else { "passed" },
                escaped(&failed.message),
            )),
            EntryKind::Started(started) => {
                let (call, statement) = (started.call, started.statement);
                lines.push(format!(
                    "begun\t{call:x}\t{statement}\t{}\t{title}",
                    names(&started.affected)
                ));
                lines.extend(
                    started
                        .before
                        .iter()
                        .map(|line| format!("|{}", escaped(line))),
                );
            }
            EntryKind::Code { ended } => {
                let state = if *ended { "ended" } else { "begun" };
                lines.push(format!("code\t{state}\t{title}"));
            }
        }
    }
    lines.join("\n")
}

/// Parses a stored journal; returns `None` if it was not written here or was changed.
pub(super) fn read(text: &str) -> Option<(Vec<Entry>, QueryLog)> {
    let (mut entries, mut all): (Vec<Entry>, _) = (Vec::new(), Vec::new());
    let mut more = QueryDigest::default();
    let mut lines = text.lines();
    let Some(first) = lines.next() else {
        return Some((entries, QueryLog::default()));
    };
    if first.split('\t').next() != Some(VERSION) {
        return None;
    }
    for line in lines {
        if let Some(before) = line.strip_prefix('|') {
            let EntryKind::Started(started) = &mut entries.last_mut()?.kind else {
                return None;
            };
            started.before.push(plain(before)?);
            continue;
        }
        let parts: Vec<&str> = line.split('\t').collect();
        let (title, kind) = match parts[..] {
            ["answer", number, query, found] => {
                all.push(answer(number, query, found)?);
                continue;
            }
            ["answers", all, number, before] => {
                more = QueryDigest {
                    all: count(all)?,
                    number: number.parse().ok()?,
                    before: count(before)?,
                };
                continue;
            }
            ["failed", call, trouble, again, message, title] => {
                let failed = Failed {
                    call: hex(call)?,
                    trouble: trouble.parse().ok()?,
                    message: plain(message)?,
                    again: again == "again",
                };
                (title, EntryKind::Failed(failed))
            }
            ["begun", call, statement, affected, title] => {
                let started = StepInProgress {
                    call: hex(call)?,
                    statement: statement.parse().ok()?,
                    affected: parse_affected(affected)?,
                    before: Vec::new(),
                };
                (title, EntryKind::Started(started))
            }
            ["code", state, title] => {
                let ended = state == "ended";
                (title, EntryKind::Code { ended })
            }
            [kind, text, count, chain, rows, second, title] => {
                let done = Done {
                    kind: KINDS.iter().find(|(_, known)| *known == kind)?.0,
                    text: match text {
                        "?" => None,
                        text => Some(hex(text)?),
                    },
                    count: count.parse().ok()?,
                    chain: hex(chain)?,
                    rows: match rows {
                        "?" => None,
                        rows => Some(split(rows, '+', run)?),
                    },
                    second: second.parse().ok()?,
                };
                (title, EntryKind::Done(done))
            }
            _ => return None,
        };
        let title = plain(title)?;
        entries.push(Entry { title, kind });
    }
    Some((entries, QueryLog::read(all, more)))
}

/// Returns the process that wrote the journal.
pub(super) fn owner(text: &str) -> Option<&str> {
    front(text)?.split('\t').nth(1)
}

/// Returns the beginning of the journal.
pub(super) fn front(text: &str) -> Option<&str> {
    text.lines().next()
}

const KINDS: [(StepKind, &str); 3] = [
    (StepKind::Operation, "operation"),
    (StepKind::Code, "once"),
    (StepKind::Statement, "statement"),
];

fn kind_name(kind: StepKind) -> &'static str {
    let known = KINDS.iter().find(|(known, _)| *known == kind);
    known.map_or("", |(_, word)| word)
}

fn answer(number: &str, query: &str, found: &str) -> Option<LoggedQuery> {
    let found = match found.split_at_checked(1)? {
        ("=", rows) => LoggedResult::Rows(rows.to_owned()),
        ("#", hash) => LoggedResult::Hash(hex(hash)?),
        _ => return None,
    };
    Some(LoggedQuery {
        number: number.parse().ok()?,
        query_hash: hex(query)?,
        result: found,
    })
}

/// Returns the number of results and their hash, as one word.
fn counted((count, hash): (u64, u64)) -> String {
    format!("{count}x{hash:x}")
}

fn count(text: &str) -> Option<(u64, u64)> {
    let (count, hash) = text.split_once('x')?;
    Some((count.parse().ok()?, hex(hash)?))
}

fn numbers(runs: Option<&Runs>) -> String {
    let Some(runs) = runs else {
        return "?".to_owned();
    };
    let runs = runs.iter().map(|(rows, times)| format!("{rows}x{times}"));
    runs.collect::<Vec<_>>().join("+")
}

fn run(text: &str) -> Option<(u64, u64)> {
    let (rows, times) = text.split_once('x')?;
    Some((rows.parse().ok()?, times.parse().ok()?))
}

fn names(affected: &AffectedObjects) -> String {
    match affected {
        AffectedObjects::Everything => "*".to_owned(),
        AffectedObjects::Text(text) => format!("*{}", escaped(text)),
        AffectedObjects::Objects(named) => joined(&named.names, |name| escaped(name)),
    }
}

fn parse_affected(text: &str) -> Option<AffectedObjects> {
    Some(match text.strip_prefix('*') {
        Some("") => AffectedObjects::Everything,
        Some(statement) => AffectedObjects::Text(plain(statement)?),
        None => AffectedObjects::names(split(text, ',', plain)?),
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

/// Returns a text without the separators of this format.
pub(super) fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | ',' | ';' | '*' | '|' => plain.push_str(&format!("%{:02x}", u32::from(c))),
            c if c.is_ascii_control() => plain.push_str(&format!("%{:02x}", u32::from(c))),
            c => plain.push(c),
        }
    }
    plain
}

pub(super) fn plain(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        plain.push(char::from(code));
        plain.push_str(&part[2..]);
    }
    Some(plain)
}
