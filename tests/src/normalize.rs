//! Output -> the same output without what differs from run to run.

use std::path::Path;

/// Returns `text` with the directory as `[DIR]`, the dates of new files as `[DATE]`, durations as `[TIME]` and
/// checksums as `[CHECKSUM]`.
pub fn normalize(text: &str, directory: &Path) -> String {
    let real = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_owned());
    let text = text.replace(&*real.to_string_lossy(), "[DIR]");
    let text = text.replace(&*directory.to_string_lossy(), "[DIR]");
    let text = masked(&text, "m00000000_000000", "m[DATE]");
    let text = masked(&text, "0000-00-00T00:00:00Z", "[DATE]");
    let text = masked(&text, "0000-00-00T00:00:00.000Z", "[DATE]");
    let text = masked(&text, "00000000T000000.000Z", "[STAMP]");
    let text = without_numbers(&text, "\"duration_ms\":");
    let text = without_checksums(&text);
    let text = durations(&text);
    // A row of the graph may end in spaces, which editors take away from a snapshot.
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Replaces every position where `text` has the form of `mask`, in which `0` is any digit.
fn masked(text: &str, mask: &str, replacement: &str) -> String {
    let fits = |window: &[u8]| {
        window.len() == mask.len()
            && window.iter().zip(mask.bytes()).all(|(b, m)| {
                if m == b'0' {
                    b.is_ascii_digit()
                } else {
                    *b == m
                }
            })
    };
    let mut normal = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.as_bytes().windows(mask.len()).position(fits) {
        normal.push_str(&rest[..at]);
        normal.push_str(replacement);
        rest = &rest[at + mask.len()..];
    }
    normal + rest
}

/// Replaces the digits of checksums, which cover the dates in headers.
fn without_checksums(text: &str) -> String {
    let mut parts = text.split("v1:");
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let mask = if part.len() - rest.len() == 32 {
            "[CHECKSUM]"
        } else {
            &part[..part.len() - rest.len()]
        };
        normal.push_str(&format!("v1:{mask}{rest}"));
    }
    normal
}

/// Replaces the number after each `key` by 0.
fn without_numbers(text: &str, key: &str) -> String {
    let mut parts = text.split(key);
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        normal.push_str(&format!("{key}0{rest}"));
    }
    normal
}

/// Replaces `12 ms` and `1.2 s` at the end of a word.
fn durations(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut normal: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let unit = word.trim_end_matches(['\n', ',', '.']);
        let number = normal.last().is_some_and(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        });
        if number
            && (["ms", "s"].contains(&unit)
                || ["ms,", "s,", "ms\n", "s\n"]
                    .iter()
                    .any(|beginning| unit.starts_with(beginning)))
        {
            let rest = word
                .trim_start_matches("ms")
                .trim_start_matches('s')
                .to_owned();
            normal.pop();
            normal.push(format!("[TIME]{rest}"));
        } else {
            normal.push(word.to_owned());
        }
    }
    normal.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_masked() {
        let text = "created /x/m20261122_103000_a.rs at 2026-11-22T10:30:00Z in 12 ms, now\nlater";
        assert_eq!(
            normalize(text, Path::new("/x")),
            "created [DIR]/m[DATE]_a.rs at [DATE] in [TIME], now\nlater\n"
        );
    }
}
