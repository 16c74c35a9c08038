//! Conversions of a column's values to another type.

/// The conversion of values from one type to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cast {
    /// By the database itself, as in an assignment.
    #[default]
    Assignment,
    /// By this expression on the old row.
    Explicit(String),
    /// By no conversion known to this crate: the author has to write one.
    Unknown,
}

/// The conversions of a column's values to its new type and back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Casts {
    /// The conversion to the new type.
    pub to: Cast,
    /// The conversion back to the old type.
    pub back: Cast,
}

impl Casts {
    /// Returns the conversions in both directions.
    #[must_use]
    pub fn new(to: Cast, back: Cast) -> Casts {
        Casts { to, back }
    }

    /// Returns them with the directions exchanged.
    #[must_use]
    pub fn reverse(self) -> Casts {
        Casts {
            to: self.back,
            back: self.to,
        }
    }
}
