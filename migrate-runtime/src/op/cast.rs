//! How the values of a column become those of another type.

/// How a database turns the values of one type into those of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Cast {
    /// By itself, as it does in an assignment.
    #[default]
    Assignment,
    /// By this expression over the old row.
    Explicit(String),
    /// In no way that this crate knows: the author has to say how.
    Unknown,
}

/// How the values of a column become those of its new type, and those of the old one again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Casts {
    /// To the new type.
    pub to: Cast,
    /// Back to the old one.
    pub back: Cast,
}

impl Casts {
    /// Returns both ways.
    #[must_use]
    pub fn new(to: Cast, back: Cast) -> Casts {
        Casts { to, back }
    }

    /// Returns them the other way round.
    #[must_use]
    pub fn reverse(self) -> Casts {
        Casts {
            to: self.back,
            back: self.to,
        }
    }
}
