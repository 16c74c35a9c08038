//! The compiler's output without what changes on other machines or with the files of other crates.

use std::path::Path;

/// A line of a diagnostic.
enum Line<'a> {
    /// A place, source text, or a note about it, after the line number.
    Source(&'a str, String),
    /// Part of the message, or of a list.
    Text(&'a str),
}

/// Returns the errors and warnings with paths of this package, and without line numbers of other crates.
pub(super) fn normalized(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !is_summary(line)).collect();
    let is_first = |line: &str| line.starts_with("error") || line.starts_with("warning");
    let diagnostics = lines.chunk_by(|_, next| !is_first(next));
    let text: String = diagnostics.map(diagnostic).collect();
    text.trim().to_owned() + "\n"
}

/// Returns whether a line is about the whole output, or about a file that the compiler has written.
fn is_summary(line: &str) -> bool {
    let starts = [
        "error: aborting due to ",
        "For more information about ",
        "Some errors have detailed explanations",
        "= note: the full name for the type has been written to ",
        "= note: consider using `--verbose` to print the full type name",
    ];
    starts
        .iter()
        .any(|start| line.trim_start().starts_with(start))
}

/// Returns a diagnostic whose line numbers take as much space as those that are left.
fn diagnostic(lines: &[&str]) -> String {
    let mut is_elsewhere = false;
    let parsed: Vec<Line> = lines
        .iter()
        .map(|line| parsed(line, &mut is_elsewhere))
        .collect();
    let widths = parsed.iter().map(|line| match line {
        Line::Source(number, _) => number.len(),
        Line::Text(_) => 1,
    });
    let width = widths.max().unwrap_or(1);
    let mut arrows = lines.iter().filter(|line| is_arrow(line.trim_start()));
    let old_width = arrows.next().and_then(|line| line.find(['-', ':']));
    let surplus = " ".repeat(old_width.map_or(0, |old| old.saturating_sub(width)));
    let mut text = String::new();
    for line in parsed {
        match line {
            Line::Source(number, rest) => {
                let gap = if is_arrow(&rest) { "" } else { " " };
                text.push_str(format!("{number:width$}{gap}{rest}").trim_end());
            }
            // Lists and notes of several lines are indented by the width too.
            Line::Text(line) => match line.strip_prefix("...") {
                Some(rest) => text.push_str(&["...", without(rest, &surplus)].concat()),
                None if line.trim_start().starts_with("and ") && line.ends_with(" others") => {
                    text.push_str("          and $N others");
                }
                None if line.starts_with("        ") => text.push_str(without(line, &surplus)),
                None => text.push_str(line),
            },
        }
        text.push('\n');
    }
    text
}

fn without<'a>(line: &'a str, start: &str) -> &'a str {
    line.strip_prefix(start).unwrap_or(line)
}

fn is_arrow(text: &str) -> bool {
    text.starts_with("--> ") || text.starts_with("::: ")
}

/// Reads a line; `is_elsewhere` tells whether it is about a file of another crate.
fn parsed<'a>(line: &'a str, is_elsewhere: &mut bool) -> Line<'a> {
    let start = line.trim_start();
    let digits = start
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(start.len());
    let (number, rest) = start.split_at(digits);
    let rest = rest.trim_start();
    if number.is_empty() && is_arrow(rest) {
        let place = elsewhere(&rest[4..]);
        *is_elsewhere = place.is_some();
        let place = place.unwrap_or_else(|| rest[4..].to_owned());
        return Line::Source("", format!("{}{place}", &rest[..4]));
    }
    let marks: &[&str] = match number {
        "" => &["|", "= "],
        _ => &["|", "+ ", "- ", "~ "],
    };
    if !marks.iter().any(|mark| rest.starts_with(mark)) {
        // A note or a suggestion without a place is about the case.
        *is_elsewhere &= !(line.starts_with("help: ") || line.starts_with("note: "));
        return Line::Text(line);
    }
    let number = if *is_elsewhere { "" } else { number };
    Line::Source(number, rest.to_owned())
}

/// Returns the file of another crate without the line; `None` for a file of a case.
fn elsewhere(place: &str) -> Option<String> {
    let path = place.split(':').next()?;
    if let Some((_, path)) = path.split_once("/library/") {
        return Some(format!("$RUST/{path}"));
    }
    let path = Path::new(path);
    if path.starts_with("tests/ui") {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let path = path.strip_prefix(workspace).unwrap_or(path);
    Some(format!("$WORKSPACE/{}", path.display()))
}
