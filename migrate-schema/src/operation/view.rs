//! `create_view` and `drop_view`.

use super::ExistenceCheck;
use crate::schema::{View, ViewKind};

/// Creates a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateView {
    /// The view.
    pub view: View,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl CreateView {
    /// Returns the operation that creates `view`.
    #[must_use]
    pub fn new(view: View) -> CreateView {
        CreateView {
            view,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the view.
    #[must_use]
    pub fn reverse(self) -> DropView {
        DropView {
            name: self.view.name.clone(),
            kind: self.view.kind,
            view: Some(self.view),
            existence: self.existence.reverse(),
        }
    }
}

/// Drops a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropView {
    /// The view's name.
    pub name: String,
    /// The kind of view: whether its rows are stored.
    pub kind: ViewKind,
    /// The definition of the dropped object, if it is known.
    pub view: Option<View>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl DropView {
    /// Returns the operation that drops the view of this name.
    pub fn new(name: impl Into<String>) -> DropView {
        DropView {
            name: name.into(),
            kind: ViewKind::Plain,
            view: None,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that recreates the view, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateView> {
        Some(CreateView {
            view: self.view?,
            existence: self.existence.reverse(),
        })
    }
}
