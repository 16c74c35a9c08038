//! A list of what `migrate-runtime` exports, so that a change of it is seen in a review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, UseTree, Visibility};

/// A module of a crate of this workspace.
#[derive(Clone)]
struct Module {
    /// The crate, such as `migrate_engine`.
    krate: String,
    /// The path in the crate; empty for its root.
    path: Vec<String>,
}

/// The meaning of a name.
enum Meaning {
    /// A module.
    Module(Module),
    /// Any other item: its kind.
    Item(&'static str),
}

impl Module {
    fn root(krate: &str) -> Module {
        Module {
            krate: krate.to_owned(),
            path: Vec::new(),
        }
    }

    fn child(&self, name: &str) -> Module {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Module {
            path,
            ..self.clone()
        }
    }

    /// Returns the items of the module, or `None` if it is not a module of this workspace.
    fn items(&self) -> Option<Vec<Item>> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()?
            .join(self.krate.replace('_', "-"))
            .join("src");
        let (mut items, mut directory) = (parsed(&source.join("lib.rs"))?, source);
        for name in &self.path {
            let inline = items.iter().find_map(|item| match item {
                Item::Mod(one) if one.ident == name => one.content.clone(),
                _ => None,
            });
            items = match inline {
                Some((_, items)) => items,
                None => parsed(&directory.join(format!("{name}.rs")))?,
            };
            directory.push(name);
        }
        Some(items)
    }

    /// Returns the meaning of a path that starts in this module.
    fn resolve(&self, path: &[String]) -> Option<Meaning> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Meaning::Module(Module::root(&self.krate)),
            "self" => Meaning::Module(self.clone()),
            "super" => Meaning::Module(Module {
                path: self.path[..self.path.len().checked_sub(1)?].to_vec(),
                ..self.clone()
            }),
            name if name.starts_with("migrate_") => Meaning::Module(Module::root(name)),
            name => self.lookup(name)?,
        };
        match (start, rest) {
            (meaning, []) => Some(meaning),
            (Meaning::Module(module), rest) => module.resolve(rest),
            // The variants of an enum.
            (Meaning::Item(_), _) => Some(Meaning::Item("variant")),
        }
    }

    /// Returns the meaning of one name in this module.
    fn lookup(&self, name: &str) -> Option<Meaning> {
        let items = self.items()?;
        for item in &items {
            if let Some((kind, found)) = named(item)
                && found == name
            {
                return Some(match kind {
                    "mod" => Meaning::Module(self.child(name)),
                    kind => Meaning::Item(kind),
                });
            }
        }
        for item in &items {
            let Item::Use(one) = item else { continue };
            for (exported, path) in leaves(&one.tree) {
                if exported == name {
                    // A single name is a crate of another project.
                    return (path.len() > 1).then(|| self.resolve(&path)).flatten();
                }
                if exported == "*"
                    && let Some(Meaning::Module(inner)) = self.resolve(&path)
                    && let Some(meaning) = inner.lookup(name)
                {
                    return Some(meaning);
                }
            }
        }
        // A macro of another module is exported at the root.
        self.path.is_empty().then_some(Meaning::Item("macro"))
    }

    /// Adds what the module exports, each under `prefix`.
    fn list(&self, prefix: &str, into: &mut BTreeSet<String>) {
        for item in self.items().unwrap_or_default() {
            if let Item::Use(one) = &item {
                if !is_public(&one.vis) || is_hidden(&one.attrs) {
                    continue;
                }
                for (name, path) in leaves(&one.tree) {
                    self.list_use(&name, &path, prefix, into);
                }
            } else if let Some((kind, name)) = exported(&item) {
                if kind == "mod" {
                    self.child(&name).list(&format!("{prefix}{name}::"), into);
                } else {
                    into.insert(format!("{kind} {prefix}{name}"));
                }
            }
        }
    }

    fn list_use(&self, name: &str, path: &[String], prefix: &str, into: &mut BTreeSet<String>) {
        match self.resolve(path) {
            Some(Meaning::Module(module)) if name == "*" => module.list(prefix, into),
            Some(Meaning::Module(module)) => module.list(&format!("{prefix}{name}::"), into),
            Some(Meaning::Item("variant")) => {}
            Some(Meaning::Item(kind)) => {
                into.insert(format!("{kind} {prefix}{name}"));
            }
            None => {
                into.insert(format!("use {prefix}{name}"));
            }
        }
    }
}

fn parsed(file: &PathBuf) -> Option<Vec<Item>> {
    let text = fs::read_to_string(file).ok()?;
    Some(syn::parse_file(&text).unwrap().items)
}

/// Returns the names that a `use` brings, each with its path; `*` is the name of a whole module.
fn leaves(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let mut inner = leaves(&path.tree);
            for (name, rest) in &mut inner {
                if name == "self" {
                    *name = path.ident.to_string();
                    rest.clear();
                }
                rest.insert(0, path.ident.to_string());
            }
            inner
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(one) => vec![(one.rename.to_string(), vec![one.ident.to_string()])],
        UseTree::Glob(_) => vec![("*".to_owned(), Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// Returns the kind and the name of an item, public or not.
fn named(item: &Item) -> Option<(&'static str, String)> {
    let (kind, name) = match item {
        Item::Struct(one) => ("struct", &one.ident),
        Item::Enum(one) => ("enum", &one.ident),
        Item::Trait(one) => ("trait", &one.ident),
        Item::Type(one) => ("type", &one.ident),
        Item::Const(one) => ("const", &one.ident),
        Item::Fn(one) => return named_function(one),
        Item::Mod(one) => ("mod", &one.ident),
        _ => return None,
    };
    Some((kind, name.to_string()))
}

/// Returns the name of a function, or that of the macro that it expands.
fn named_function(one: &syn::ItemFn) -> Option<(&'static str, String)> {
    for attribute in &one.attrs {
        if attribute.path().is_ident("proc_macro_derive") {
            let mut name = None;
            let _ = attribute.parse_nested_meta(|meta| {
                name = name.take().or(meta.path.get_ident().cloned());
                meta.input.parse::<proc_macro2::TokenStream>().map(|_| ())
            });
            return Some(("derive", name?.to_string()));
        }
        if attribute.path().is_ident("proc_macro") {
            return Some(("macro", one.sig.ident.to_string()));
        }
    }
    Some(("fn", one.sig.ident.to_string()))
}

fn exported(item: &Item) -> Option<(&'static str, String)> {
    let (vis, attributes) = match item {
        Item::Struct(one) => (&one.vis, &one.attrs),
        Item::Enum(one) => (&one.vis, &one.attrs),
        Item::Trait(one) => (&one.vis, &one.attrs),
        Item::Type(one) => (&one.vis, &one.attrs),
        Item::Const(one) => (&one.vis, &one.attrs),
        Item::Fn(one) => (&one.vis, &one.attrs),
        Item::Mod(one) => (&one.vis, &one.attrs),
        _ => return None,
    };
    (is_public(vis) && !is_hidden(attributes))
        .then(|| named(item))
        .flatten()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "hidden")
    })
}

#[test]
fn the_public_surface_is_the_reviewed_one() {
    let mut surface = BTreeSet::new();
    Module::root("migrate_runtime").list("", &mut surface);
    let lines: Vec<&str> = surface.iter().map(String::as_str).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
