//! `migrations!(…)` -> `fn migrations()` and the tests of the chain, and the mistakes of the module file.

use std::sync::Arc;

use migrate_graph::settings::{self, Backend, Settings};
use migrate_graph::{Error, HeadsAllowed};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::directory::{self, Reading};
use crate::header_tokens::Flat;
use crate::list::{self, List};
use crate::report::{Errors, Extent};

/// The backends that `v1` has, which need no import.
const KNOWN_BACKENDS: [&str; 3] = ["Sqlite", "Postgres", "Mysql"];

/// Parses, checks and expands one `migrations!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let flat = Flat::new(input);
    let whole = flat.extent();
    let parsed = settings::parse(&flat.tokens, whole);
    let mut errors = Errors::default();
    for mistake in &parsed.mistakes {
        let help = mistake.value.help();
        errors.add(mistake.span, &mistake.value.to_string(), &[], Some(&help));
    }
    let reading = find_directory(whole, &mut errors);
    if let Some(reading) = &reading {
        check(reading, flat.call(), &mut errors);
    }
    let chain = Chain {
        backends: backend_types(&flat, &parsed.settings),
        settings: &parsed.settings,
        reading: reading.as_deref(),
    };
    let mut tokens = errors.into_tokens();
    tokens.extend(chain.expand());
    tokens
}

fn find_directory(whole: Extent, errors: &mut Errors) -> Option<Arc<Reading>> {
    let file = directory::own_file();
    let (path, is_known) = match &file {
        Some(file) => (directory::of_module_file(file)?, true),
        None => (directory::of_package()?, false),
    };
    match directory::read(&path) {
        Ok(reading) => Some(reading),
        Err(error) if is_known && path.exists() => {
            tell_unreadable(&error, whole, errors);
            None
        }
        // Nothing but the module file: a chain without revisions.
        Err(_) => None,
    }
}

fn tell_unreadable(error: &Error, whole: Extent, errors: &mut Errors) {
    errors.add(whole, &error.to_string(), &[], error.help().as_deref());
}

/// Tells the mistakes that no `revision!` tells: those of the module file, and those of files that are no modules.
fn check(reading: &Reading, call: Extent, errors: &mut Errors) {
    if reading.is_flawless() {
        return;
    }
    let files = &reading.directory.files;
    let unlisted = (0..files.len()).filter(|&file| !reading.is_listed(file));
    let told_here = std::iter::once(&reading.directory.mod_path)
        .chain(unlisted.map(|file| &files[file].path))
        .flat_map(|path| reading.mistakes(path));
    for mistake in told_here {
        let own = directory::own_place(mistake);
        let notes: Vec<String> = own.into_iter().chain(reading.related(mistake)).collect();
        errors.add(
            call,
            &mistake.kind.to_string(),
            &notes,
            mistake.help().as_deref(),
        );
    }
}

/// The types of the backends, as the compiler is to read them.
fn backend_types(flat: &Flat, settings: &Settings<Extent>) -> Vec<TokenStream> {
    let as_written = |backend: &Backend| -> TokenStream {
        let trees = &flat.trees[backend.tokens.clone()];
        trees.iter().flatten().cloned().collect()
    };
    let backend_type = |backend: &Backend| match &flat.trees[backend.tokens.start] {
        Some(TokenTree::Ident(name)) if KNOWN_BACKENDS.contains(&backend.path.as_str()) => {
            quote!(::migrate_runtime::v1::#name)
        }
        _ => as_written(backend),
    };
    if settings.backends.is_empty() {
        return vec![quote!(::migrate_runtime::v1::Sqlite)];
    }
    let backends = settings.backends.iter();
    backends
        .map(|backend| backend_type(&backend.value))
        .collect()
}

/// What `migrations!` expands from.
struct Chain<'a> {
    backends: Vec<TokenStream>,
    settings: &'a Settings<Extent>,
    reading: Option<&'a Reading>,
}

impl Chain<'_> {
    fn expand(&self) -> TokenStream {
        let aliases = self.backends.iter().enumerate().map(|(i, backend)| {
            let alias = alias(i);
            quote!(#[doc(hidden)] type #alias = #backend;)
        });
        let lists: Vec<List> = (0..self.backends.len())
            .map(|i| {
                self.reading
                    .map_or_else(List::default, |reading| list::revisions(reading, i))
            })
            .collect();
        let modules = lists.iter().map(|list| &list.modules);
        let function = match &lists[..] {
            [list] => self.one_function(list),
            lists => self.generic_function(lists),
        };
        let tests = self.tests();
        let frozen = self.reading.and_then(Reading::frozen_path);
        let frozen = frozen.map(|path| {
            quote!(
                const _: &[u8] = ::core::include_bytes!(#path);
            )
        });
        quote!(#(#aliases)* #(#modules)* #function #frozen #tests)
    }

    fn one_function(&self, list: &List) -> TokenStream {
        let body = self.body(0, list);
        quote! {
            /// Returns the revisions of this application.
            pub fn migrations() -> &'static ::migrate_runtime::Migrations<MigrateBackend0> #body
        }
    }

    fn generic_function(&self, lists: &[List]) -> TokenStream {
        let chains = lists.iter().enumerate().map(|(i, list)| {
            let (alias, body) = (alias(i), self.body(i, list));
            quote! {
                impl MigrateChain for #alias {
                    fn chain() -> &'static ::migrate_runtime::Migrations<Self> #body
                }
            }
        });
        quote! {
            /// A backend that the revisions of this application are built for.
            pub trait MigrateChain: ::migrate_runtime::v1::Backend {
                /// Returns the revisions for this backend.
                fn chain() -> &'static ::migrate_runtime::Migrations<Self>;
            }
            #(#chains)*
            /// Returns the revisions of this application for a backend.
            pub fn migrations<B: MigrateChain>() -> &'static ::migrate_runtime::Migrations<B> {
                B::chain()
            }
        }
    }

    fn body(&self, i: usize, list: &List) -> TokenStream {
        let (alias, parts) = (alias(i), &list.parts);
        let version_table = &self.settings.version_table;
        let heads = match self.settings.heads {
            HeadsAllowed::One => quote!(One),
            HeadsAllowed::Many => quote!(Many),
        };
        quote!({
            static MIGRATIONS: ::migrate_runtime::Migrations<#alias> = ::migrate_runtime::Migrations::written(
                &[#(#parts),*],
                ::migrate_runtime::__private::Options {
                    version_table: #version_table,
                    heads: ::migrate_runtime::__private::Heads::#heads,
                },
            );
            &MIGRATIONS
        })
    }

    fn tests(&self) -> TokenStream {
        let backends = self.settings.backends.iter();
        let names: Vec<&str> = backends.map(|backend| backend.value.name()).collect();
        let suffixes = test_suffixes(&names);
        let tests = suffixes.iter().enumerate().map(|(i, suffix)| {
            let chain = if suffixes.len() == 1 {
                quote!(super::migrations())
            } else {
                let alias = alias(i);
                quote!(super::migrations::<super::#alias>())
            };
            let one_head = format_ident!("one_head{suffix}");
            let up_down_up = format_ident!("up_down_up{suffix}");
            let models_match = format_ident!("models_match{suffix}");
            let one_head = (self.settings.heads == HeadsAllowed::One).then(|| {
                quote!(#[test] fn #one_head() { ::migrate_runtime::testing::assert_one_head(#chain); })
            });
            quote! {
                #one_head
                #[test] fn #up_down_up() { ::migrate_runtime::testing::assert_up_down_up(#chain); }
                #[test] fn #models_match() { ::migrate_runtime::testing::assert_models_match(#chain); }
            }
        });
        quote!(#[cfg(test)] mod migrations_tests { #(#tests)* })
    }
}

/// What tells the tests of one backend from those of another: its name, or its number where names are equal.
fn test_suffixes(names: &[&str]) -> Vec<String> {
    let words: Vec<String> = names
        .iter()
        .map(|name| name.trim_start_matches("r#").to_lowercase())
        .collect();
    let is_told = |word: &String| words.iter().filter(|other| *other == word).count() == 1;
    let suffix = |(i, word): (usize, &String)| {
        if is_told(word) {
            format!("_{word}")
        } else {
            format!("_{i}")
        }
    };
    match &words[..] {
        [] | [_] => vec![String::new()],
        words => words.iter().enumerate().map(suffix).collect(),
    }
}

fn alias(i: usize) -> Ident {
    format_ident!("MigrateBackend{i}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_named_for_their_backends() {
        assert_eq!(test_suffixes(&[]), [""]);
        assert_eq!(test_suffixes(&["Sqlite"]), [""]);
        assert_eq!(test_suffixes(&["Sqlite", "Mysql"]), ["_sqlite", "_mysql"]);
        assert_eq!(
            test_suffixes(&["Fake", "Sqlite", "Fake"]),
            ["_0", "_sqlite", "_2"]
        );
    }
}
