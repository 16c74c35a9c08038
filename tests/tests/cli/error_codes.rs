//! `docs/error-codes.md` lists the codes of all errors, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the repository's directory.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Adds the text of all Rust files below a directory, without their tests.
fn sources(directory: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path);
            let code = text.split("#[cfg(test)]\nmod tests {").next();
            texts.extend(code.map(str::to_owned));
        }
    }
}

/// Returns whether a text has the form of a code.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Returns the codes that the functions `code` return, and those that reports are created with.
fn used() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for package in [
        "cargo-migrate",
        "migrate-engine",
        "migrate-graph",
        "migrate-tools",
    ] {
        sources(&root().join(package).join("src"), &mut texts);
    }
    let mut codes = BTreeSet::new();
    for text in &texts {
        for function in text.split("pub fn code(&self) -> &'static str {").skip(1) {
            let body = function.split("\n    }\n").next().unwrap_or_default();
            codes.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        for start in ["Report::new(", "Self::new(", "code: "] {
            for after in text.split(start).skip(1) {
                let literal = after.trim_start().strip_prefix('"');
                let code = literal.and_then(|literal| literal.split('"').next());
                codes.extend(code.filter(|code| is_code(code)).map(str::to_owned));
            }
        }
    }
    codes
}

/// Returns the codes of errors and of warnings in the docs.
fn documented() -> [BTreeSet<String>; 2] {
    let text = read(&root().join("docs/error-codes.md"));
    let (errors, warnings) = text.split_once("\n## Warnings\n").unwrap();
    [errors, warnings].map(|part| {
        let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
        let codes = rows.filter_map(|row| row.split('`').next());
        codes.map(str::to_owned).collect()
    })
}

#[test]
fn the_docs_list_each_code() {
    let (used, [errors, warnings]) = (used(), documented());
    assert!(used.len() > 50, "{used:?}");
    let unlisted: Vec<_> = used
        .iter()
        .filter(|code| !errors.contains(*code) && !warnings.contains(*code))
        .collect();
    assert!(
        unlisted.is_empty(),
        "not in docs/error-codes.md: {unlisted:?}"
    );
    let unused: Vec<_> = errors
        .union(&warnings)
        .filter(|code| !used.contains(*code))
        .collect();
    assert!(unused.is_empty(), "no error has the code: {unused:?}");
}

#[test]
fn a_code_in_the_page_about_targets_is_in_the_list() {
    let [errors, _] = documented();
    let page = read(&root().join("docs/targets.md"));
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let codes = rows.filter_map(|row| row.rsplit_once(" | `")?.1.strip_suffix("` |"));
    let codes: Vec<&str> = codes
        .filter(|code| is_code(code) && code.contains('_'))
        .collect();
    assert!(codes.len() > 10, "{codes:?}");
    for code in codes {
        assert!(errors.contains(code), "{code}");
    }
}
