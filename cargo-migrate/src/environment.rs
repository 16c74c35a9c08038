//! Converts keys of `[package.metadata.migrate]` to environment variables of the runner, which you can also set in
//! production without a Cargo.toml.
//!
//! It must not interpret the values.

use std::path::Path;

use serde_json::{Map, Value};

/// The variables and their values.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// The keys of the `deploy` table, with their variables and the types of their values.
const DEPLOY: [(&str, &str, Form); 7] = [
    ("stop", "MIGRATE_DEPLOY_STOP", Form::Command),
    ("start", "MIGRATE_DEPLOY_START", Form::Command),
    ("health", "MIGRATE_DEPLOY_HEALTH", Form::Command),
    ("rollback", "MIGRATE_DEPLOY_ROLLBACK", Form::Command),
    ("hook-timeout", "MIGRATE_DEPLOY_HOOK_TIMEOUT", Form::Number),
    (
        "health-timeout",
        "MIGRATE_DEPLOY_HEALTH_TIMEOUT",
        Form::Number,
    ),
    ("keep", "MIGRATE_DEPLOY_KEEP", Form::Count),
];

#[derive(Clone, Copy)]
enum Form {
    Command,
    Number,
    /// An integer from 1.
    Count,
}

/// Returns the variable for `backup-dir`, which is relative to the package's directory.
pub(crate) fn backup_dir(directory: &str, root: &Path) -> (&'static str, String) {
    let path = root.join(directory);
    ("MIGRATE_BACKUP_DIR", path.display().to_string())
}

/// Reads the `deploy` table, or returns its error.
pub(crate) fn deploy(table: &Map<String, Value>) -> Result<Environment, String> {
    table
        .iter()
        .map(|(key, value)| variable(key, value))
        .collect()
}

fn variable(key: &str, value: &Value) -> Result<(&'static str, String), String> {
    let Some((_, variable, form)) = DEPLOY.iter().find(|(name, ..)| *name == key) else {
        let keys: Vec<_> = DEPLOY
            .iter()
            .map(|(name, ..)| format!("`{name}`"))
            .collect();
        return Err(format!(
            "`[package.metadata.migrate.deploy]` has no key `{key}`: the keys are {}",
            keys.join(", ")
        ));
    };
    let text = match (form, value) {
        (Form::Command, Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        (Form::Number, Value::Number(number)) => number.as_u64().map(|number| number.to_string()),
        (Form::Count, Value::Number(number)) => {
            let count = number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok());
            count
                .filter(|count| *count > 0)
                .map(|count| count.to_string())
        }
        _ => None,
    };
    let expected = match form {
        Form::Command => "a command, written as a string",
        Form::Number => "an integer",
        Form::Count => "an integer from 1",
    };
    text.map(|text| (*variable, text))
        .ok_or_else(|| format!("`{key}` of `[package.metadata.migrate.deploy]` is not {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Environment, String> {
        deploy(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_settings_of_the_table_reach_the_runner() {
        let read = read(r#"{"stop": "systemctl stop app", "hook-timeout": 20}"#);
        let expected = [
            ("MIGRATE_DEPLOY_STOP", "systemctl stop app".to_owned()),
            ("MIGRATE_DEPLOY_HOOK_TIMEOUT", "20".to_owned()),
        ];
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn invalid_settings_are_rejected() {
        for (json, words) in [
            (r#"{"halt": "x"}"#, "no key `halt`"),
            (r#"{"stop": 7}"#, "is not a command"),
            (r#"{"stop": " "}"#, "is not a command"),
            (r#"{"keep": -1}"#, "is not an integer"),
            (r#"{"keep": "all"}"#, "is not an integer"),
            (r#"{"keep": 0}"#, "is not an integer from 1"),
            (r#"{"health-timeout": "soon"}"#, "is not an integer"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
