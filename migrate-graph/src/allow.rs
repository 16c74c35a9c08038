//! Reads the comments of a revision file that allow a finding of a command: `// verify: allow(values): why`.
//!
//! Comments must not be part of a checksum, so you can add one to an applied revision.

/// A comment that allows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance<'t> {
    /// The name of the allowed finding.
    pub name: &'t str,
    /// The reason; empty if the comment does not give one.
    pub reason: &'t str,
    /// The line number of the comment, from 1.
    pub line: usize,
}

/// Returns the findings of a command, `lint` or `verify`, that the text of a revision file allows.
///
/// ```
/// let text = "// verify: allow(values): which were dollars is not known any more\n";
/// let allowed = migrate_graph::allow::allowances(text, "verify");
/// assert_eq!(allowed[0].name, "values");
/// assert_eq!(allowed[0].reason, "which were dollars is not known any more");
/// ```
#[must_use]
pub fn allowances<'t>(text: &'t str, command: &str) -> Vec<Allowance<'t>> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let rest = line.trim().strip_prefix("//")?.trim_start();
            let rest = rest.strip_prefix(command)?.strip_prefix(':')?;
            let rest = rest.trim_start().strip_prefix("allow(")?;
            let (name, reason) = rest.split_once(')')?;
            Some(Allowance {
                name: name.trim(),
                reason: reason.trim().trim_start_matches(':').trim(),
                line: at + 1,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_allows_with_a_reason() {
        let text = "// lint: allow(data-loss): it was empty\n    // lint: allow(table-lock)\n// verify: allow(values): x\n";
        let all = allowances(text, "lint");
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].name, all[0].reason, all[0].line),
            ("data-loss", "it was empty", 1)
        );
        assert_eq!(
            (all[1].name, all[1].reason, all[1].line),
            ("table-lock", "", 2)
        );
        assert_eq!(allowances(text, "verify")[0].reason, "x");
        assert_eq!(allowances("//! verify: allow(values): x", "verify"), []);
    }
}
