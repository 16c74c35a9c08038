//! Parses a [`Target`], the text a user types to name a position in the graph.
//!
//! It must not depend on a graph.
//!
//! One grammar serves `upgrade`, `downgrade`, `stamp`, `show`, `plan` and the ends of a `history` range:
//!
//! ```text
//! range  = [target] ":" [target]
//! target = [branch "@"] point
//! point  = anchor [offset] | offset
//! anchor = "head" | "heads" | "base" | "current" | name
//! offset = ("+" | "-") number              number from 1
//! branch = name                            a branch label, or a revision of the branch
//! name   = a revision id, a unique prefix of one with at least 4 characters, or a branch label
//! ```

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A fixed position in the graph, before any offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The only head.
    Head,
    /// All heads.
    Heads,
    /// Before every revision.
    Base,
    /// The heads of the applied revisions.
    Current,
    /// A revision id, a unique prefix of one, or a branch label.
    Name(String),
}

/// A parsed target: an optional branch, then an anchor, an offset, or both.
///
/// ```
/// use migrate_graph::{Anchor, Target};
///
/// let target = Target::parse("billing@head-2")?;
/// assert_eq!(target.branch.as_deref(), Some("billing"));
/// assert_eq!((target.anchor, target.offset), (Some(Anchor::Head), Some(-2)));
/// assert!(Target::parse("a@b@c").is_err());
/// # Ok::<(), migrate_graph::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The branch of the target: a branch label, or a revision of the branch.
    pub branch: Option<String>,
    /// The start; `None` for the applied revisions.
    pub anchor: Option<Anchor>,
    /// The number of revisions up (positive) or down (negative) from the start; never 0.
    pub offset: Option<i64>,
}

impl Target {
    /// Parses a target.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidTarget`] with the reason and the valid forms.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse_target(text).map_err(|reason| Error::InvalidTarget {
            target: text.to_owned(),
            reason,
        })
    }

    /// Returns a target without a branch and an offset.
    pub fn anchor(anchor: Anchor) -> Self {
        Self {
            branch: None,
            anchor: Some(anchor),
            offset: None,
        }
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(branch) = &self.branch {
            write!(f, "{branch}@")?;
        }
        match &self.anchor {
            None => {}
            Some(Anchor::Head) => f.write_str("head")?,
            Some(Anchor::Heads) => f.write_str("heads")?,
            Some(Anchor::Base) => f.write_str("base")?,
            Some(Anchor::Current) => f.write_str("current")?,
            Some(Anchor::Name(name)) => f.write_str(name)?,
        }
        self.offset.map_or(Ok(()), |offset| write!(f, "{offset:+}"))
    }
}

fn parse_target(text: &str) -> Result<Target, &'static str> {
    let (branch, point) = match text.split_once('@') {
        None => (None, text),
        Some((branch, point)) => (Some(parse_name(branch)?.to_owned()), point),
    };
    let (anchor, offset) = match point.find(['+', '-']) {
        None => (point, None),
        Some(at) => (&point[..at], Some(parse_offset(&point[at..])?)),
    };
    let anchor = match anchor {
        "" if offset.is_some() => None,
        "" => return Err("it is empty"),
        "head" => Some(Anchor::Head),
        "heads" => Some(Anchor::Heads),
        "base" => Some(Anchor::Base),
        "current" => Some(Anchor::Current),
        name => Some(Anchor::Name(parse_name(name)?.to_owned())),
    };
    Ok(Target {
        branch,
        anchor,
        offset,
    })
}

fn parse_name(name: &str) -> Result<&str, &'static str> {
    match crate::revision::refuse_name(name) {
        None => Ok(name),
        Some(_) if name.contains(':') => Err("only `history -r` accepts a range of two targets"),
        Some(_) if name.is_empty() => Err("there is no branch before the `@`"),
        Some(reason) => Err(reason),
    }
}

fn parse_offset(text: &str) -> Result<i64, &'static str> {
    let number = &text[1..];
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err("`+` or `-` must be followed by a single number");
    }
    match text.parse::<i64>() {
        Ok(0) => Err("an offset of 0 has no effect"),
        Ok(offset) => Ok(offset),
        Err(_) => Err("the offset is too large"),
    }
}

/// A range of two targets with `:` between them, for `history`; the defaults of the ends are base and heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The older end, included in the range.
    pub lower: Target,
    /// The newer end, included in the range.
    pub upper: Target,
}

impl Range {
    /// Parses a range.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidTarget`] if there is not exactly one `:`, or an end is not a valid target.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidTarget {
            target: text.to_owned(),
            reason,
        };
        let (lower, upper) = text
            .split_once(':')
            .ok_or(invalid("a range needs a `:`, for example `a1b2:head`"))?;
        if upper.contains(':') {
            return Err(invalid("a range has only one `:`"));
        }
        let end = |text: &str, default| match text {
            "" => Ok(Target::anchor(default)),
            text => Target::parse(text),
        };
        Ok(Self {
            lower: end(lower, Anchor::Base)?,
            upper: end(upper, Anchor::Heads)?,
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.lower, self.upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_printed_as_it_was_typed() {
        for text in [
            "head",
            "heads",
            "base",
            "current",
            "a1b2",
            "+1",
            "-3",
            "a1b2+2",
            "a1b2-1",
            "head-1",
            "base+2",
            "billing@head",
            "billing@heads",
            "billing@base",
            "billing@+1",
            "billing@-1",
            "billing@a1b2",
            "billing@a1b2+1",
            "a1b2@head",
        ] {
            assert_eq!(Target::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn an_invalid_target_is_rejected_with_its_reason() {
        for (text, reason) in [
            ("", "empty"),
            ("+", "single number"),
            ("+1+5", "single number"),
            ("+0", "has no effect"),
            ("a-0", "has no effect"),
            ("+99999999999999999999", "too large"),
            ("@head", "before the `@`"),
            ("head@a1b2", "reserved in targets"),
            ("a@b@c", "only A-Z"),
            ("a@", "empty"),
            ("a b", "only A-Z"),
            ("é", "only A-Z"),
            ("a:b", "history -r"),
        ] {
            let message = Target::parse(text).expect_err(text).to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }

    #[test]
    fn a_missing_end_of_a_range_is_base_or_heads() {
        for (text, full) in [
            (":", "base:heads"),
            ("a1b2:", "a1b2:heads"),
            (":a1b2", "base:a1b2"),
            ("-3:current", "-3:current"),
        ] {
            assert_eq!(Range::parse(text).expect(text).to_string(), full);
        }
        assert!(Range::parse("a").is_err());
        assert!(Range::parse("a:b:c").is_err());
    }
}
