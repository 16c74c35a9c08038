//! Finds the [`ModuleLine`]s in the text of a module file.
//!
//! It must not check whether the files exist.

use crate::tokens::{Kind, Token, lex};

/// A `mod name;` line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLine<'a> {
    /// The module's name, without `r#`.
    pub name: &'a str,
    /// The offset of the keyword `mod`.
    pub start: usize,
    /// The reason why the module can't be used from here, if there is one.
    pub misplaced: Option<&'static str>,
}

/// Returns the `mod name;` lines of a Rust file, in order.
///
/// ```
/// let lines = migrate_graph::modules::module_lines("mod a; pub(crate) mod b; mod c { mod d; }");
/// let usable: Vec<_> = lines.iter().filter(|line| line.misplaced.is_none()).map(|line| line.name).collect();
/// assert_eq!(usable, ["a", "b"]);
/// ```
pub fn module_lines(text: &str) -> Vec<ModuleLine<'_>> {
    let tokens: Vec<Token<'_>> = lex(text)
        .filter(|token| token.kind != Kind::InnerDoc)
        .collect();
    let mut lines = Vec::new();
    let mut depth = 0usize;
    let mut item_start = 0;
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let (true, [name, semicolon]) = (
            token.is("mod"),
            tokens.get(i + 1..i + 3).unwrap_or_default(),
        ) && name.kind == Kind::Ident
            && semicolon.is(";")
        {
            let misplaced = misplaced(depth, &tokens[item_start..i]);
            lines.push(ModuleLine {
                name: name.text.strip_prefix("r#").unwrap_or(name.text),
                start: token.start,
                misplaced,
            });
        }
        if depth == 0 && (token.is(";") || token.is("}")) {
            item_start = i + 1;
        }
    }
    lines
}

fn misplaced(depth: usize, attributes: &[Token<'_>]) -> Option<&'static str> {
    if depth > 0 {
        Some("it is inside another item")
    } else if attributes
        .windows(2)
        .any(|pair| pair[0].is("[") && (pair[1].is("cfg") || pair[1].is("cfg_attr")))
    {
        Some("it is conditional, but a revision must always be compiled")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misplaced(text: &str) -> Vec<(&str, bool)> {
        module_lines(text)
            .into_iter()
            .map(|line| (line.name, line.misplaced.is_some()))
            .collect()
    }

    #[test]
    fn mod_lines_are_found_with_docs_visibility_and_attributes() {
        let text = "//! Docs.\n/// One.\nmod a;\n#[allow(x)] pub mod b; // mod no;\nuse x::y;\npub(super) mod c;";
        assert_eq!(misplaced(text), [("a", false), ("b", false), ("c", false)]);
    }

    #[test]
    fn a_nested_and_a_conditional_mod_line_are_misplaced() {
        assert_eq!(
            misplaced("mod x { mod a; } #[cfg(test)] mod b; mod c;"),
            [("a", true), ("b", true), ("c", false)]
        );
    }
}
