//! The styles of the output; removed on streams without color.

use anstyle::{AnsiColor, Style};

/// The label of a failure.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The labels of positions and reasons.
pub(crate) const PLACE: Style = AnsiColor::Blue.on_default().bold();
/// The labels of help and notes.
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
/// A revision's id.
pub(crate) const REVISION: Style = AnsiColor::Yellow.on_default();
/// The labels and marks of a revision.
pub(crate) const MARK: Style = AnsiColor::Green.on_default();
/// The verb of a completed action.
pub(crate) const DONE: Style = AnsiColor::Green.on_default().bold();
