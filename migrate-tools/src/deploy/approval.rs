//! A plan in a file, for approval.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use migrate_engine::error::Error;

use super::{DeployError, Planned, PlannedStep};

/// The format of the file.
const FORMAT: &str = "cargo-migrate plan 1";

/// Returns a plan as JSON.
pub(crate) fn document(plan: &Planned) -> Value {
    let steps = plan.steps.iter().map(|step| {
        json!({ "revision": step.revision, "message": step.message, "checksum": step.checksum })
    });
    json!({
        "format": FORMAT,
        "target": plan.target,
        "current_before": plan.heads_before,
        "current_after": plan.heads_after,
        "steps": steps.collect::<Vec<_>>(),
        "schema": plan.schema,
    })
}

/// Writes a plan to a new file.
///
/// # Errors
///
/// [`DeployError::PlanFile`] if it can't be written.
pub(crate) fn write(plan: &Planned, file: &Path) -> Result<(), Error> {
    let text = format!("{:#}\n", document(plan));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut open| {
            open.write_all(text.as_bytes())
                .and_then(|()| open.sync_all())
        });
    written.map_err(|error| wrong("write", file, error.to_string()))
}

/// Reads a plan from a file.
///
/// # Errors
///
/// [`DeployError::PlanFile`] if it can't be read, or is not a plan.
pub(crate) fn read(file: &Path) -> Result<Planned, Error> {
    let text = fs::read_to_string(file).map_err(|error| wrong("read", file, error.to_string()))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| wrong("read", file, format!("it is not JSON: {error}")))?;
    if value["format"] != FORMAT {
        return Err(wrong("read", file, format!("its format is not `{FORMAT}`")));
    }
    plan(&value).ok_or_else(|| wrong("read", file, "it is incomplete".to_owned()))
}

fn plan(value: &Value) -> Option<Planned> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list =
        |value: &Value| -> Option<Vec<String>> { value.as_array()?.iter().map(text).collect() };
    let step = |value: &Value| {
        Some(PlannedStep {
            revision: text(&value["revision"])?,
            message: text(&value["message"])?,
            checksum: text(&value["checksum"])?,
        })
    };
    Some(Planned {
        target: text(&value["target"])?,
        heads_before: list(&value["current_before"])?,
        heads_after: list(&value["current_after"])?,
        steps: value["steps"]
            .as_array()?
            .iter()
            .map(step)
            .collect::<Option<_>>()?,
        schema: text(&value["schema"])?,
    })
}

fn wrong(action: &'static str, file: &Path, reason: String) -> Error {
    let file = file.to_owned();
    DeployError::PlanFile {
        action,
        file,
        reason,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Planned {
        Planned {
            target: "head".to_owned(),
            heads_before: vec!["a1".to_owned()],
            heads_after: vec!["b2".to_owned()],
            steps: vec![PlannedStep {
                revision: "b2".to_owned(),
                message: "say \"b\"".to_owned(),
                checksum: "v1:00".to_owned(),
            }],
            schema: "00".to_owned(),
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        write(&example(), &file).unwrap();
        assert_eq!(read(&file).unwrap(), example());
        assert!(
            write(&example(), &file)
                .unwrap_err()
                .to_string()
                .contains("write")
        );
    }

    #[test]
    fn an_invalid_plan_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        let whole = document(&example());
        let mut files = vec!["".to_owned(), "[]".to_owned(), "{".to_owned()];
        for key in [
            "format",
            "target",
            "current_before",
            "current_after",
            "steps",
            "schema",
        ] {
            let mut part = whole.clone();
            part.as_object_mut().unwrap().remove(key);
            files.push(part.to_string());
        }
        for text in files {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(read(&file).unwrap_err().code(), "invalid_plan", "{text}");
        }
    }

    #[test]
    fn every_change_since_approval_is_reported() {
        let mut now = example();
        assert_eq!(now.differences(&example()), [] as [&str; 0]);
        now.heads_before.clear();
        now.schema = "01".to_owned();
        now.steps[0].checksum = "v1:01".to_owned();
        assert_eq!(
            now.differences(&example()),
            [
                "heads: was a1, is none",
                "the schema of the database has changed",
                "revision `b2` was edited",
            ]
        );
    }
}
