//! Losses that revision files allow with a reason: `// verify: allow(values): why`.

use super::RoundTrip;

/// The name that can be allowed: values or rows may differ afterwards.
const VALUES: &str = "values";

/// The allowed losses of each revision.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed(Vec<Allowance>);

#[derive(Debug, Clone)]
struct Allowance {
    revision: String,
    name: String,
    reason: String,
}

/// The findings about a revision.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The author's reason why it is irreversible.
    pub(super) irreversible: Option<String>,
    /// Findings that can't be allowed.
    pub(super) failures: Vec<String>,
    /// Values and rows that differ afterwards.
    pub(super) losses: Vec<String>,
}

/// The outcome and the warnings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AllowedResult {
    pub(super) round_trip: RoundTrip,
    pub(super) warnings: Vec<String>,
}

impl Allowed {
    pub(super) fn add(&mut self, revision: String, name: String, reason: String) {
        self.0.push(Allowance {
            revision,
            name,
            reason: reason.trim().to_owned(),
        });
    }

    /// Parses one `REVISION:values=REASON` for each line, and ignores other lines.
    pub(super) fn read(&mut self, lines: &str) {
        for line in lines.lines() {
            let parts = line
                .split_once(':')
                .and_then(|(revision, rest)| Some((revision, rest.split_once('=')?)));
            if let Some((revision, (name, reason))) = parts {
                self.add(
                    revision.trim().to_owned(),
                    name.trim().to_owned(),
                    reason.to_owned(),
                );
            }
        }
    }

    /// Decides the outcome of a revision, and warns about comments that have no effect.
    pub(super) fn judge(&self, revision: &str, found: Found) -> AllowedResult {
        let Found {
            irreversible,
            mut failures,
            losses,
        } = found;
        let mut warnings = Vec::new();
        let mut reason = None;
        for one in self.0.iter().filter(|one| one.revision == revision) {
            match (one.name.as_str(), one.reason.as_str()) {
                (VALUES, "") => warnings.push(
                    "`// verify: allow(values)` has no reason, and allows nothing: write `// verify: allow(values): why`"
                        .to_owned(),
                ),
                // After a finding, not everything was checked.
                (VALUES, _) if losses.is_empty() && !failures.is_empty() => {}
                (VALUES, _) if losses.is_empty() => warnings.push(format!(
                    "`// verify: allow(values): {}` is not needed: no values were lost; remove it, or verify with more rows",
                    one.reason
                )),
                (VALUES, why) => reason = Some(why.to_owned()),
                (other, _) => warnings.push(format!(
                    "`// verify: allow({other})` allows nothing: only `values` can be allowed"
                )),
            }
        }
        let outcome = match (irreversible, reason) {
            (Some(reason), _) if failures.is_empty() => RoundTrip::Irreversible { reason },
            (_, Some(reason)) if failures.is_empty() => RoundTrip::KnownLoss { reason, losses },
            _ => {
                // If there are other findings, the allowed losses are reported too.
                failures.extend(losses);
                match failures.is_empty() {
                    true => RoundTrip::Passed,
                    false => RoundTrip::Failed { findings: failures },
                }
            }
        };
        AllowedResult {
            round_trip: outcome,
            warnings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lines: &str, losses: &[&str], failures: &[&str]) -> AllowedResult {
        let mut allowed = Allowed::default();
        allowed.read(lines);
        let owned = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        let found = Found {
            irreversible: None,
            failures: owned(failures),
            losses: owned(losses),
        };
        allowed.judge("aaaa", found)
    }

    #[test]
    fn a_loss_with_a_reason_is_known() {
        let AllowedResult {
            round_trip: outcome,
            warnings,
        } = judged("aaaa:values=why: so\n", &["x"], &[]);
        let (reason, losses) = ("why: so".to_owned(), vec!["x".to_owned()]);
        assert_eq!(outcome, RoundTrip::KnownLoss { reason, losses });
        assert_eq!(warnings, [] as [&str; 0]);
    }

    #[test]
    fn only_values_may_be_allowed_for_one_revision_with_a_reason() {
        for lines in ["", "bbbb:values=why", "aaaa:values=", "aaaa:schema=why"] {
            let findings = vec!["x".to_owned()];
            let outcome = judged(lines, &["x"], &[]).round_trip;
            assert_eq!(outcome, RoundTrip::Failed { findings }, "{lines}");
        }
        let both = judged("aaaa:values=why", &["x"], &["y"]).round_trip;
        let findings = vec!["y".to_owned(), "x".to_owned()];
        assert_eq!(both, RoundTrip::Failed { findings });
    }

    #[test]
    fn an_unused_allowance_is_reported() {
        let AllowedResult {
            round_trip: outcome,
            warnings,
        } = judged("aaaa:values=why", &[], &[]);
        assert_eq!(outcome, RoundTrip::Passed);
        assert!(warnings[0].contains("is not needed"), "{warnings:?}");
        assert!(judged("aaaa:values=", &[], &[]).warnings[0].contains("no reason"));
        assert!(judged("aaaa:rows=x", &[], &[]).warnings[0].contains("allows nothing"));
    }
}
