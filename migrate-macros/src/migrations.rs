//! Implements `migrations!(…)`: generates `fn migrations()` and its tests, and reports the errors of the module file.
//!
//! It must not report errors that a `revision!` reports in its own file.

use std::sync::Arc;

use migrate_graph::functions::KNOWN_BACKENDS;
use migrate_graph::settings::{self, ModelCrate, Path, Settings};
use migrate_graph::{Error, HeadsAllowed, manifest};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

use crate::directory::{self, CheckedDirectory};
use crate::header_tokens::Flat;
use crate::list::{self, List};
use crate::report::{Errors, SpanRange};
use crate::servers;

/// Parses, checks and expands one `migrations!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let flat = Flat::new(input);
    let whole = flat.span_range();
    let parsed = settings::parse(&flat.tokens, whole);
    let mut errors = Errors::default();
    for diagnostic in &parsed.diagnostics {
        let help = diagnostic.value.help();
        errors.add(
            diagnostic.span,
            &diagnostic.value.to_string(),
            &[],
            Some(&help),
        );
    }
    let reading = find_directory(whole, &mut errors);
    if let Some(reading) = &reading {
        check(reading, flat.call(), &mut errors);
    }
    let manifest = own_manifest();
    let schemas = schemas(
        manifest.as_ref(),
        &parsed.settings,
        flat.call(),
        &mut errors,
    );
    let expansion = Expansion {
        backends: backend_types(&flat, &parsed.settings),
        hooks: hooks(&flat, &parsed.settings),
        after: parsed
            .settings
            .after
            .iter()
            .map(|path| as_written(&flat, path))
            .collect(),
        settings: &parsed.settings,
        reading: reading.as_deref(),
        schema: parsed
            .settings
            .schema
            .as_ref()
            .map(|path| as_written(&flat, path)),
        manifest,
        schemas,
    };
    if let Some(path) = &parsed.settings.schema
        && let Some((_, text)) = &expansion.manifest
        && manifest::has(text, "schema")
    {
        let what = "the desired schema is set twice: here, and with `schema` of `[package.metadata.migrate]` in Cargo.toml";
        let span = flat.tokens[path.tokens.start].span;
        errors.add(span, what, &[], Some("remove one of them"));
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(expansion.expand());
    tokens
}

fn own_manifest() -> Option<(String, String)> {
    let path = std::path::Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).ok()?;
    Some((path.to_str()?.to_owned(), text))
}

/// Returns the schemas listed in Cargo.toml. An error in the list is reported at the macro's name, a backend without
/// schemas at the backend.
fn schemas(
    manifest: Option<&(String, String)>,
    settings: &Settings<SpanRange>,
    call: SpanRange,
    errors: &mut Errors,
) -> Vec<String> {
    const KEY: &str = "`schemas` of `[package.metadata.migrate]` in Cargo.toml";
    let read = manifest.map_or(Ok(Vec::new()), |(_, text)| manifest::schemas(text));
    let schemas = match read {
        Ok(schemas) => schemas,
        Err(diagnostic) => {
            let help = "write `schemas = [\"public\", \"billing\"]`: first the schema of the connection, then the other schemas";
            errors.add(call, &format!("{KEY}: {diagnostic}"), &[], Some(help));
            return Vec::new();
        }
    };
    for backend in settings.backends.iter().filter(|_| !schemas.is_empty()) {
        if let Some(reason) = backend.value.without_schemas() {
            let what = format!("{KEY} lists schemas, but {reason}");
            let help = "remove `schemas`, or use a separate package for each database";
            errors.add(backend.span, &what, &[], Some(help));
        }
    }
    schemas
}

fn find_directory(whole: SpanRange, errors: &mut Errors) -> Option<Arc<CheckedDirectory>> {
    let file = directory::own_file();
    let (path, is_known) = match &file {
        Some(file) => (directory::of_module_file(file)?, true),
        None => (directory::of_package()?, false),
    };
    match directory::read(&path) {
        Ok(reading) => Some(reading),
        Err(error) if is_known && path.exists() => {
            emit_unreadable(&error, whole, errors);
            None
        }
        // Only the module file exists: there are no revisions.
        Err(_) => None,
    }
}

fn emit_unreadable(error: &Error, whole: SpanRange, errors: &mut Errors) {
    errors.add(whole, &error.to_string(), &[], error.help().as_deref());
}

/// Reports the errors that no `revision!` reports: in the module file, and in files that are not modules.
fn check(reading: &CheckedDirectory, call: SpanRange, errors: &mut Errors) {
    if reading.has_no_errors() {
        return;
    }
    let files = &reading.directory.files;
    let unlisted = (0..files.len()).filter(|&file| !reading.is_listed(file));
    let told_here = std::iter::once(&reading.directory.mod_path)
        .chain(unlisted.map(|file| &files[file].path))
        .flat_map(|path| reading.diagnostics(path));
    for diagnostic in told_here {
        let own = directory::own_place(diagnostic);
        let notes: Vec<String> = own.into_iter().chain(reading.related(diagnostic)).collect();
        errors.add(
            call,
            &diagnostic.kind.to_string(),
            &notes,
            diagnostic.help().as_deref(),
        );
    }
}

fn as_written(flat: &Flat, path: &Path) -> TokenStream {
    let trees = &flat.trees[path.tokens.clone()];
    trees.iter().flatten().cloned().collect()
}

/// Returns the function that prepares connections for each backend; the default does nothing.
fn hooks(flat: &Flat, settings: &Settings<SpanRange>) -> Vec<Option<TokenStream>> {
    let hooks = settings.on_connect.iter();
    hooks
        .map(|hook| hook.as_ref().map(|path| as_written(flat, path)))
        .collect()
}

/// Returns the types of the backends, as paths that the compiler resolves.
fn backend_types(flat: &Flat, settings: &Settings<SpanRange>) -> Vec<TokenStream> {
    let backend_type = |backend: &Path| match &flat.trees[backend.tokens.start] {
        Some(TokenTree::Ident(name)) if KNOWN_BACKENDS.contains(&backend.path.as_str()) => {
            quote!(::migrate_runtime::v1::#name)
        }
        _ => as_written(flat, backend),
    };
    if settings.backends.is_empty() {
        return vec![quote!(::migrate_runtime::v1::Sqlite)];
    }
    let backends = settings.backends.iter();
    backends
        .map(|backend| backend_type(&backend.value))
        .collect()
}

/// The input of the expansion of `migrations!`.
struct Expansion<'a> {
    backends: Vec<TokenStream>,
    hooks: Vec<Option<TokenStream>>,
    settings: &'a Settings<SpanRange>,
    reading: Option<&'a CheckedDirectory>,
    /// Cargo.toml: its path and its text.
    manifest: Option<(String, String)>,
    /// The functions that return the histories before this one.
    after: Vec<TokenStream>,
    /// The function that builds the desired schema.
    schema: Option<TokenStream>,
    /// The schemas to compare.
    schemas: Vec<String>,
}

impl Expansion<'_> {
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
        let manifest = self.manifest.as_ref().map(|(path, _)| {
            // Its contents are compiled in, so an edit of it must recompile the module file.
            quote!(
                const _: &[u8] = ::core::include_bytes!(#path);
            )
        });
        let frozen = self.reading.and_then(CheckedDirectory::frozen_path);
        let frozen = frozen.map(|path| {
            quote!(
                const _: &[u8] = ::core::include_bytes!(#path);
            )
        });
        let links = self.links();
        quote!(#links #(#aliases)* #(#modules)* #function #frozen #manifest #tests)
    }

    /// Returns a list of `[package.metadata.migrate]`.
    fn listed(&self, key: &str) -> Vec<String> {
        let manifest = self.manifest.as_ref();
        manifest.map_or_else(Vec::new, |(_, text)| manifest::strings(text, key))
    }

    /// Returns the call that sets the crates whose models describe the schema. If a file describes it, the package may
    /// be without models.
    fn models(&self) -> TokenStream {
        let package = directory::own_package();
        let listed = self.settings.models.as_ref().map(|crates| {
            let names = crates.iter().map(|one| match &one.value {
                ModelCrate::Own => &package,
                ModelCrate::Dependency(name) | ModelCrate::Package(name) => name,
            });
            names.collect::<Vec<_>>()
        });
        let has_file = || {
            let manifest = self.manifest.as_ref();
            manifest.is_some_and(|(_, text)| manifest::has(text, "schema"))
        };
        let listed = match listed.or_else(|| has_file().then(|| vec![&package])) {
            Some(names) => quote!(::core::option::Option::Some(&[#(#names),*])),
            None => quote!(::core::option::Option::None),
        };
        quote!(.with_models_of(#package, #listed))
    }

    /// Returns the call that sets the file which creates the objects of other owners on scratch databases.
    fn scratch_setup(&self) -> Option<TokenStream> {
        let (manifest, text) = self.manifest.as_ref()?;
        let file = manifest::string(text, "scratch-setup")?;
        let path = std::path::Path::new(manifest).with_file_name(&file);
        let path = path.to_str()?;
        Some(quote!(.scratch_setup(#file, ::core::include_str!(#path))))
    }

    /// Returns imports that link the crates whose models are listed, so that their models are found although no code
    /// refers to them.
    fn links(&self) -> TokenStream {
        let crates = self.settings.models.iter().flatten();
        let links = crates.filter_map(|one| match &one.value {
            ModelCrate::Dependency(name) => {
                let span = one.span.first;
                let name = Ident::new(name, span);
                Some(quote_spanned!(span=> #[allow(unused_imports)] use ::#name as _;))
            }
            ModelCrate::Own | ModelCrate::Package(_) => None,
        });
        links.collect()
    }

    fn one_function(&self, list: &List) -> TokenStream {
        let body = self.body(0, list);
        quote! {
            /// Returns the revisions of this application.
            pub fn migrations() -> &'static ::migrate_runtime::Migrations<MigrateBackend0> #body
        }
    }

    fn generic_function(&self, lists: &[List]) -> TokenStream {
        let impls = lists.iter().enumerate().map(|(i, list)| {
            let (alias, body) = (alias(i), self.body(i, list));
            quote! {
                impl HasMigrations for #alias {
                    fn migrations() -> &'static ::migrate_runtime::Migrations<Self> #body
                }
            }
        });
        quote! {
            /// A backend that the revisions of this application are built for.
            pub trait HasMigrations: ::migrate_runtime::v1::Backend {
                /// Returns the revisions for this backend.
                fn migrations() -> &'static ::migrate_runtime::Migrations<Self>;
            }
            #(#impls)*
            /// Returns the revisions of this application for a backend.
            pub fn migrations<B: HasMigrations>() -> &'static ::migrate_runtime::Migrations<B> {
                B::migrations()
            }
        }
    }

    fn body(&self, i: usize, list: &List) -> TokenStream {
        let (alias, parts) = (alias(i), &list.parts);
        let version_table = &self.settings.version_table;
        let ignore = self.listed("ignore");
        let ignoring = (!ignore.is_empty()).then(|| quote!(.ignoring(&[#(#ignore),*])));
        let schemas = &self.schemas;
        let over = (!schemas.is_empty()).then(|| quote!(.over_schemas(&[#(#schemas),*])));
        let models = self.models();
        let after = (!self.after.is_empty()).then(|| {
            let histories = self.after.iter();
            quote!(.after(&[#(|| #histories()),*]))
        });
        let setup = self.scratch_setup();
        let schema = self.schema.as_ref().map(|function| {
            quote!(.desired_schema(|url| #function(url).map_err(::core::convert::Into::into)))
        });
        let heads = match self.settings.heads {
            HeadsAllowed::One => quote!(One),
            HeadsAllowed::Many => quote!(Many),
        };
        let hook = self.hooks.get(i).cloned().flatten();
        let constructor = match &hook {
            Some(_) => quote!(from_packed_with_hook),
            None => quote!(from_packed),
        };
        let hook = hook.map(|function| {
            quote!(|connection| #function(connection).map_err(::core::convert::Into::into),)
        });
        quote!({
            static MIGRATIONS: ::migrate_runtime::Migrations<#alias> = ::migrate_runtime::Migrations::#constructor(
                &[#(#parts),*],
                ::migrate_runtime::__private::Options {
                    version_table: #version_table,
                    heads: ::migrate_runtime::__private::Heads::#heads,
                },
                #hook
            ) #models #ignoring #over #after #setup #schema;
            &MIGRATIONS
        })
    }

    fn tests(&self) -> TokenStream {
        let backends = self.settings.backends.iter();
        let names: Vec<&str> = backends.map(|backend| backend.value.name()).collect();
        let suffixes = test_suffixes(&names);
        let tests = suffixes.iter().enumerate().map(|(i, suffix)| {
            let migrations = if suffixes.len() == 1 {
                quote!(super::migrations())
            } else {
                let alias = alias(i);
                quote!(super::migrations::<super::#alias>())
            };
            let one_head = format_ident!("one_head{suffix}");
            let up_down_up = format_ident!("up_down_up{suffix}");
            let models_match = format_ident!("models_match{suffix}");
            let one_head = (self.settings.heads == HeadsAllowed::One).then(|| {
                quote!(#[test] fn #one_head() { ::migrate_runtime::testing::assert_one_head(#migrations); })
            });
            let (ignored, watched) = servers::ignored(names.get(i).copied().unwrap_or_default());
            quote! {
                #one_head
                #watched
                #[test] #ignored fn #up_down_up() { ::migrate_runtime::testing::assert_up_down_up(#migrations); }
                #[test] #ignored fn #models_match() { ::migrate_runtime::testing::assert_models_match(#migrations); }
            }
        });
        quote!(
            #[cfg(test)]
            mod migrations_tests {
                ::migrate_runtime::__generated_tests! { #(#tests)* }
            }
        )
    }
}

/// Returns the suffix of a backend's tests: its name, or its number if names are equal.
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

    fn expand_schemas(backend: &str, schemas: &str) -> (Vec<String>, String) {
        let text = format!("[package.metadata.migrate]\nschemas = {schemas}\n");
        let manifest = ("Cargo.toml".to_owned(), text);
        let flat = Flat::new(backend.parse().unwrap());
        let parsed = settings::parse(&flat.tokens, flat.span_range());
        let mut errors = Errors::default();
        let found = self::schemas(
            Some(&manifest),
            &parsed.settings,
            flat.span_range(),
            &mut errors,
        );
        (found, errors.into_tokens().to_string())
    }

    #[test]
    fn schemas_are_for_postgresql_and_an_error_in_them_is_reported() {
        let two = "[\"public\", \"billing\"]";
        assert_eq!(
            expand_schemas("backend = Postgres", two),
            (
                vec!["public".to_owned(), "billing".to_owned()],
                String::new()
            )
        );
        let (_, text) = expand_schemas("backends = [Postgres, Sqlite]", two);
        assert!(text.contains("SQLite has no schemas"), "{text}");
        let (_, text) = expand_schemas("backend = Mysql", two);
        assert!(
            text.contains("MariaDB and MySQL have no schemas inside a database"),
            "{text}"
        );
        let (found, text) = expand_schemas("backend = Postgres", "[\"a\", \"a\"]");
        assert_eq!(found, Vec::<String>::new());
        assert!(text.contains("`a` is listed twice"), "{text}");
    }
}
