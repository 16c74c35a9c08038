//! Decides at compile time whether a database server is configured for the generated tests.
//!
//! A running test can't mark itself as ignored, so tests without a server are ignored here, with the reason. This
//! module must not connect: a test fails at run time if its server can't be used.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;

/// The requirements of a backend's tests.
struct Need {
    title: &'static str,
    schemes: &'static [&'static str],
    /// The environment variables that may name a server.
    keys: &'static [&'static str],
    /// The variables to set.
    help: &'static str,
}

const POSTGRES: Need = Need {
    title: "PostgreSQL",
    schemes: &["postgres", "postgresql"],
    keys: &["MIGRATE_SCRATCH_URL", "DATABASE_URL"],
    help: "MIGRATE_SCRATCH_URL or DATABASE_URL",
};

const MYSQL: Need = Need {
    title: "MariaDB or MySQL",
    schemes: &["mysql", "mariadb"],
    keys: &[
        "MIGRATE_SCRATCH_URL_MYSQL",
        "MIGRATE_SCRATCH_URL",
        "DATABASE_URL",
    ],
    help: "MIGRATE_SCRATCH_URL_MYSQL or DATABASE_URL",
};

/// Returns the attribute of a test that needs a server of this backend, and the code that makes the compiler check
/// again when a server is configured.
pub(crate) fn ignored(backend: &str) -> (TokenStream, TokenStream) {
    let need = match backend {
        "Postgres" => &POSTGRES,
        "Mysql" => &MYSQL,
        _ => return Default::default(),
    };
    let directory = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let file = directory.as_deref().and_then(dotenv);
    if is_named(need, &|key| env::var(key).ok(), file.as_deref()) {
        return Default::default();
    }
    let reason = format!(
        "no {} server was configured at compile time: set {} in the environment or in `.env`",
        need.title, need.help
    );
    let keys = need.keys;
    let file = file.and_then(|file| file.to_str().map(str::to_owned));
    let file = file.map(|file| {
        quote!(
            const _: &[u8] = ::core::include_bytes!(#file);
        )
    });
    (
        quote!(#[ignore = #reason]),
        quote!(#(const _: ::core::option::Option<&str> = ::core::option_env!(#keys);)* #file),
    )
}

/// Finds the `.env` that the tests will read: in the package's directory or a parent directory.
fn dotenv(directory: &Path) -> Option<PathBuf> {
    let mut files = directory.ancestors().map(|place| place.join(".env"));
    files.find(|file| file.is_file())
}

fn is_named(need: &Need, variable: &dyn Fn(&str) -> Option<String>, file: Option<&Path>) -> bool {
    let set = |key: &&str| variable(key).is_some_and(|url| need.may_be(&url));
    if need.keys.iter().any(set) {
        return true;
    }
    let text = file.and_then(|file| fs::read_to_string(file).ok());
    text.is_some_and(|text| need.is_in(&text))
}

impl Need {
    /// Returns whether a line of the file may name a server.
    fn is_in(&self, text: &str) -> bool {
        text.lines().any(|line| {
            let line = line.trim().trim_start_matches('\u{feff}');
            let line = line.strip_prefix("export ").unwrap_or(line);
            let pair = line.split_once('=');
            pair.is_some_and(|(key, value)| self.keys.contains(&key.trim()) && self.may_be(value))
        })
    }

    fn may_be(&self, url: &str) -> bool {
        let url = url.trim().trim_matches(['"', '\'']);
        match url.split_once("://") {
            Some((scheme, _)) => {
                let scheme = scheme.to_ascii_lowercase();
                self.schemes.contains(&scheme.as_str()) || scheme.contains('$')
            }
            // A libpq connection string, or the name of another variable.
            None => url.contains('$') || self.title == "PostgreSQL" && url.contains('='),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_the_environment_or_a_line_of_the_file() {
        let none = |_: &str| None;
        assert!(!is_named(&POSTGRES, &none, None));
        for (key, url, named) in [
            ("DATABASE_URL", "postgres://h/db", true),
            ("DATABASE_URL", "host=h dbname=db", true),
            ("DATABASE_URL", "sqlite:app.db", false),
            ("DATABASE_URL", "mysql://h/db", false),
            ("DATABASE_URL", "", false),
            ("OTHER", "postgres://h/db", false),
        ] {
            let set = |name: &str| (name == key).then(|| url.to_owned());
            assert_eq!(is_named(&POSTGRES, &set, None), named, "{key}={url}");
        }
        for (text, named) in [
            ("export DATABASE_URL=\"MySQL://h/db\"", true),
            ("\n MIGRATE_SCRATCH_URL_MYSQL = mariadb://h/db", true),
            ("DATABASE_URL=${URL}", true),
            ("#DATABASE_URL=mysql://h/db", false),
            ("DATABASE_URL=sqlite://a.db", false),
        ] {
            assert_eq!(MYSQL.is_in(text), named, "{text}");
        }
    }
}
