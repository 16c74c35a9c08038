//! The crates whose models describe the schema of one history.

use std::collections::BTreeMap;

use super::{ModelTable, registered};
use crate::error::{Error, counted};

/// The crates whose models belong to one `migrations!`.
///
/// A linked library may have models and revisions of its own, so the models of other packages count only if `migrations!`
/// lists their crates.
#[derive(Debug, Clone, Copy)]
pub struct ModelCrates {
    /// The package of the `migrations!`.
    pub package: &'static str,
    /// The crates or packages that `models = […]` lists; the own package is listed by its name.
    pub listed: Option<&'static [&'static str]>,
}

impl ModelCrates {
    /// Returns the models of these crates, sorted by file and line.
    ///
    /// # Errors
    ///
    /// [`Error::Owners`] if a listed crate has no linked model, or if nothing is listed and only other crates have
    /// models.
    pub(crate) fn registered(self) -> Result<Vec<ModelTable>, Error> {
        self.select(registered())
    }

    fn select(self, linked: Vec<ModelTable>) -> Result<Vec<ModelTable>, Error> {
        let own = [self.package];
        let names = self.listed.unwrap_or(&own);
        for name in names.iter().filter(|name| **name != self.package) {
            if !linked.iter().any(|model| is_of(model, name)) {
                return Err(self.without_model(name, &linked));
            }
        }
        let (models, others): (Vec<_>, Vec<_>) = linked
            .into_iter()
            .partition(|model| names.iter().any(|name| is_of(model, name)));
        match self.listed {
            None if models.is_empty() && !others.is_empty() => Err(self.only_others(&others)),
            _ => Ok(models),
        }
    }

    /// Returns the error of a listed crate without models.
    fn without_model(self, name: &str, linked: &[ModelTable]) -> Error {
        Error::Owners {
            problem: format!(
                "`models` of `migrations!` in the package `{}` lists `{name}`, and no linked model is of that crate",
                self.package
            ),
            help: match counts(linked) {
                counts if counts.is_empty() => {
                    format!(
                        "no model is linked at all: check that the models of `{name}` have `#[derive(Model)]`"
                    )
                }
                counts => format!(
                    "the linked models are {}; if Cargo.toml renames the dependency, write the name of its package in quotes",
                    counts.join(", ")
                ),
            },
        }
    }

    /// Returns the error of a history that has no models of its own, while others are linked.
    fn only_others(self, others: &[ModelTable]) -> Error {
        let mut crates: Vec<&str> = others.iter().map(|model| crate_of(model)).collect();
        crates.sort_unstable();
        crates.dedup();
        Error::Owners {
            problem: format!(
                "the package `{}` of `migrations!` has no models, and other crates have: {}",
                self.package,
                counts(others).join(", ")
            ),
            help: format!(
                "if they describe the tables of these revisions, write `models = [{}]` in `migrations!`, otherwise \
                 `models = []`",
                crates.join(", ")
            ),
        }
    }
}

/// Returns the number of models of each crate, as text.
fn counts(models: &[ModelTable]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for model in models {
        *counts.entry(crate_of(model)).or_default() += 1;
    }
    let counts = counts.into_iter();
    counts
        .map(|(name, count)| format!("{} of `{name}`", counted(count, "model")))
        .collect()
}

fn crate_of(model: &ModelTable) -> &'static str {
    model.module.split("::").next().unwrap_or_default()
}

/// Returns whether a model is of a crate or package; Rust code writes `_` for `-`.
fn is_of(model: &ModelTable, name: &str) -> bool {
    let is_same = |own: &str| own.replace('-', "_") == name.replace('-', "_");
    is_same(model.package) || is_same(crate_of(model))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(table: &str, package: &'static str, module: &'static str) -> ModelTable {
        ModelTable {
            schema: None,
            table: migrate_schema::schema::Table::new(table),
            indexes: Vec::new(),
            enums: Vec::new(),
            renamed_from: None,
            renamed_columns: Vec::new(),
            location: "src/models.rs:1".to_owned(),
            module,
            package,
        }
    }

    fn select(
        listed: Option<&'static [&'static str]>,
        models: &[ModelTable],
    ) -> Result<Vec<String>, String> {
        let package = "web-shop";
        let found = ModelCrates { package, listed }.select(models.to_vec());
        let names = found.map(|found| found.into_iter().map(|one| one.table.name).collect());
        names.map_err(|error| format!("{error}; {}", error.help().unwrap_or_default()))
    }

    #[test]
    fn models_belong_to_their_package_unless_others_are_listed() {
        let linked = [
            model("users", "web-shop", "web_shop::models"),
            model("carts", "web-shop", "web_migrate"),
            model("jobs", "job-queue", "job_queue"),
            model("logs", "log-models", "logging::tables"),
        ];
        assert_eq!(
            select(None, &linked),
            Ok(vec!["users".into(), "carts".into()])
        );
        assert_eq!(select(Some(&[]), &linked), Ok(vec![]));
        assert_eq!(
            select(Some(&["web-shop", "job_queue"]), &linked),
            Ok(vec!["users".into(), "carts".into(), "jobs".into()])
        );
        for name in ["logging", "log-models", "log_models"] {
            let listed = vec![name].leak();
            assert_eq!(
                select(Some(listed), &linked),
                Ok(vec!["logs".into()]),
                "{name}"
            );
        }
        assert_eq!(select(None, &[]), Ok(vec![]));
    }

    #[test]
    fn a_choice_that_can_not_be_right_is_refused() {
        let linked = [model("jobs", "job-queue", "job_queue")];
        assert_eq!(
            select(None, &linked).unwrap_err(),
            "the package `web-shop` of `migrations!` has no models, and other crates have: 1 model of `job_queue`; if \
             they describe the tables of these revisions, write `models = [job_queue]` in `migrations!`, otherwise `models = []`"
        );
        assert_eq!(
            select(Some(&["web-shop", "queue"]), &linked).unwrap_err(),
            "`models` of `migrations!` in the package `web-shop` lists `queue`, and no linked model is of that crate; \
             the linked models are 1 model of `job_queue`; if Cargo.toml renames the dependency, write the name of its package in \
             quotes"
        );
        // The own package may have none yet.
        assert_eq!(select(Some(&["web-shop"]), &linked), Ok(vec![]));
    }
}
