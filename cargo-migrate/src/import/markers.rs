//! Splits a file at the comment lines that are markers of a tool.

use super::{Migration, Script, Tool};

/// A part of a file, from its marker to the next one.
#[derive(Clone, Debug)]
pub(super) struct Section<D> {
    pub(super) direction: D,
    /// The rest of the marker's line.
    pub(super) options: String,
    pub(super) text: String,
}

impl<D> Section<D> {
    /// Creates the empty section of a marker.
    pub(super) fn new(direction: D, options: &str) -> Self {
        Self {
            direction,
            options: options.to_owned(),
            text: String::new(),
        }
    }
}

/// Returns the sections of a text. Lines before the first marker are left out.
pub(super) fn sections<D>(
    text: &str,
    marker: impl Fn(&str) -> Option<Section<D>>,
) -> Vec<Section<D>> {
    let mut sections: Vec<Section<D>> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (marker(line.trim()), sections.last_mut()) {
            (Some(section), _) => sections.push(section),
            (None, Some(section)) => section.text.push_str(line),
            (None, None) => {}
        }
    }
    sections
}

/// Returns whether a text has such a line.
pub(super) fn has_line(text: &str, is: impl Fn(&str) -> bool) -> bool {
    text.lines().any(|line| is(line.trim()))
}

/// Returns the other tool whose markers are in the SQL of these migrations.
pub(super) fn of_another_tool(tool: Tool, migrations: &[Migration]) -> Option<Tool> {
    let marker = |line: &str, marker: &str| {
        line.strip_prefix("--")
            .is_some_and(|rest| rest.trim_start().starts_with(marker))
    };
    let has = |wanted: &str| {
        migrations.iter().any(|migration| match &migration.up {
            Script::Sql(sql) => has_line(sql, |line| marker(line, wanted)),
            _ => false,
        })
    };
    match tool {
        Tool::Dbmate | Tool::Goose => None,
        _ if has("+goose Up") => Some(Tool::Goose),
        _ if has("migrate:up") => Some(Tool::Dbmate),
        _ => None,
    }
}
