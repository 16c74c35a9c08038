//! Histories of other owners in the same database, such as those of libraries. They are upgraded before this one.

use migrate_graph::Target;

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{Executor, HistoryReport, Observer, RunOptions};
use crate::migrations::Migrations;

/// The function that `migrations!` generates for another history.
pub type History<B> = fn() -> &'static Migrations<B>;

impl<B: Backend> Migrations<B> {
    /// Sets the histories that are upgraded before this one.
    #[doc(hidden)]
    pub const fn run_after(&mut self, histories: &'static [History<B>]) {
        self.histories = histories;
    }

    /// Returns whether a scratch database has objects of other owners.
    #[doc(hidden)]
    pub fn has_other_owners(&self) -> bool {
        self.has_histories() || self.scratch_setup.is_some()
    }

    /// Returns whether other histories are upgraded before this one.
    pub(crate) fn has_histories(&self) -> bool {
        !self.histories.is_empty()
    }

    /// Returns the histories that are upgraded before this one, in order: those that `migrations!` lists, each after the
    /// histories that it lists itself.
    ///
    /// # Errors
    ///
    /// [`Error::Owners`] if histories list each other, or if two of them have the same version table.
    pub fn histories(&self) -> Result<Vec<&'static Migrations<B>>, Error> {
        let mut found = Vec::new();
        let mut path: Vec<&Migrations<B>> = vec![self];
        collect(self, &mut path, &mut found)?;
        let mut tables: Vec<&str> = vec![self.options().version_table];
        for history in &found {
            let table = history.options().version_table;
            // Databases differ in whether they ignore the case.
            if tables.iter().any(|other| other.eq_ignore_ascii_case(table)) {
                return Err(Error::Owners {
                    problem: format!("two histories of this database have the version table `{table}`"),
                    help: "give each its own name: `migrations!(…, version_table = \"jobs_revisions\")` in the library"
                        .to_owned(),
                });
            }
            tables.push(table);
        }
        Ok(found)
    }

    /// Upgrades the histories before this one to their heads.
    ///
    /// # Errors
    ///
    /// [`Error::InHistory`] if one of them fails.
    #[doc(hidden)]
    pub fn upgrade_histories(
        &self,
        client: &mut B::Client,
        options: &RunOptions,
        observer: &mut dyn Observer,
    ) -> Result<Vec<HistoryReport>, Error> {
        let heads = Target::parse("heads")?;
        let mut done: Vec<HistoryReport> = Vec::new();
        for history in self.histories()? {
            let executor = Executor::new(history, options);
            match executor.upgrade_own(client, &heads, observer) {
                Ok(report) => done.push(HistoryReport {
                    version_table: history.options().version_table.to_owned(),
                    report,
                }),
                Err(error) => return Err(history.failed_after(&done, options, error)),
            }
        }
        Ok(done)
    }

    /// Returns the error of this history after others were upgraded.
    pub(crate) fn failed_after(
        &self,
        done: &[HistoryReport],
        options: &RunOptions,
        error: Error,
    ) -> Error {
        let changed = done.iter().filter(|one| !one.report.steps.is_empty());
        let kept = match options.dry_run {
            true => Vec::new(),
            false => changed.map(|one| one.version_table.clone()).collect(),
        };
        Error::InHistory {
            version_table: self.options().version_table.to_owned(),
            kept,
            error: Box::new(error),
        }
    }
}

fn collect<B: Backend>(
    of: &Migrations<B>,
    path: &mut Vec<&Migrations<B>>,
    found: &mut Vec<&'static Migrations<B>>,
) -> Result<(), Error> {
    for history in of.histories {
        let history = history();
        if path.iter().any(|outer| std::ptr::eq(*outer, history)) {
            return Err(Error::Owners {
                problem: format!(
                    "the history of the version table `{}` lists itself in `after`, directly or through another",
                    history.options().version_table
                ),
                help: "remove one of the two from `after` in `migrations!`".to_owned(),
            });
        }
        if found.iter().any(|other| std::ptr::eq(*other, history)) {
            continue;
        }
        path.push(history);
        collect(history, path, found)?;
        path.pop();
        found.push(history);
    }
    Ok(())
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::macro_support::Revision;
    use crate::test_revisions::{migrations_in, revision};
    use crate::v1::*;

    type Built = OnceLock<&'static Migrations<Sqlite>>;

    fn create(table: &'static str) -> [Revision<Sqlite>; 1] {
        let nothing: fn(&mut Op<'_, Sqlite>) -> Result<()> = |_| Ok(());
        [match table {
            "jobs" => revision(
                "j1",
                &[],
                |op| op.execute("CREATE TABLE jobs (id)"),
                nothing,
            ),
            "logs" => revision(
                "l1",
                &[],
                |op| op.execute("CREATE TABLE logs (id)"),
                nothing,
            ),
            _ => revision(
                "bad",
                &[],
                |op| op.execute("INSERT INTO missing VALUES (1)"),
                nothing,
            ),
        }]
    }

    fn jobs() -> &'static Migrations<Sqlite> {
        static JOBS: Built = Built::new();
        JOBS.get_or_init(|| migrations_in("jobs_revisions", create("jobs"), &[]))
    }

    fn logs() -> &'static Migrations<Sqlite> {
        static LOGS: Built = Built::new();
        LOGS.get_or_init(|| migrations_in("logs_revisions", create("logs"), &[jobs]))
    }

    fn failing() -> &'static Migrations<Sqlite> {
        static FAILING: Built = Built::new();
        FAILING.get_or_init(|| migrations_in("failing_revisions", create("bad"), &[]))
    }

    fn same_table() -> &'static Migrations<Sqlite> {
        static SAME: Built = Built::new();
        SAME.get_or_init(|| migrations_in("Jobs_Revisions", create("logs"), &[]))
    }

    fn round() -> &'static Migrations<Sqlite> {
        static ROUND: Built = Built::new();
        ROUND.get_or_init(|| migrations_in("round_revisions", create("logs"), &[round]))
    }

    fn application(after: &'static [History<Sqlite>]) -> &'static Migrations<Sqlite> {
        let up: fn(&mut Op<'_, Sqlite>) -> Result<()> =
            |op| op.execute("CREATE TABLE users AS SELECT * FROM jobs");
        let own = revision("a1", &[], up, |op| op.drop_table("users"));
        migrations_in("migrate_revisions", [own], after)
    }

    #[allow(
        clippy::unwrap_used,
        reason = "a test that can't read its tables has failed"
    )]
    fn tables(client: &rusqlite::Connection) -> Vec<String> {
        let mut statement = client
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
            .unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(|name| name.unwrap()).collect()
    }

    #[test]
    fn each_history_runs_once_and_after_those_that_it_lists() {
        let all = application(&[logs, jobs]);
        let mut client = rusqlite::Connection::open_in_memory().unwrap();
        let report = all.upgrade(&mut client).unwrap();
        let ran = |report: &crate::executor::RunReport| -> Vec<String> {
            report
                .steps
                .iter()
                .map(|step| step.revision.clone())
                .collect()
        };
        let histories = report.histories.iter();
        let histories: Vec<_> = histories
            .map(|one| (one.version_table.as_str(), ran(&one.report)))
            .collect();
        assert_eq!(
            histories,
            [
                ("jobs_revisions", vec!["j1".to_owned()]),
                ("logs_revisions", vec!["l1".to_owned()])
            ]
        );
        assert_eq!(ran(&report), ["a1"]);
        assert!(all.is_current(&client).unwrap());
        assert_eq!(all.upgrade(&mut client).unwrap().steps, []);
        // A downgrade changes only the own history.
        all.downgrade(&mut client, "base").unwrap();
        assert_eq!(
            tables(&client),
            [
                "jobs_revisions",
                "jobs",
                "logs_revisions",
                "logs",
                "migrate_revisions"
            ]
        );
        assert!(!all.is_current(&client).unwrap());
        assert!(logs().is_current(&client).unwrap());
        all.upgrade(&mut client).unwrap();
        jobs().stamp(&mut client, &["base"]).unwrap();
        assert!(
            !all.is_current(&client).unwrap(),
            "a listed history is pending"
        );
    }

    #[test]
    fn the_error_of_a_later_history_names_those_that_are_kept() {
        let mut client = rusqlite::Connection::open_in_memory().unwrap();
        let error = application(&[jobs, failing])
            .upgrade(&mut client)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "in the history of `failing_revisions`, revision `bad` failed to upgrade: no such table: missing"
        );
        assert_eq!(error.code(), "migration_failed");
        assert_eq!(
            error.notes().last().unwrap(),
            "upgraded before and kept: the history of `jobs_revisions`"
        );
        assert_eq!(tables(&client), ["jobs_revisions", "jobs"]);
        // The next run continues there, and changed nothing before.
        let again = application(&[jobs, failing])
            .upgrade(&mut client)
            .unwrap_err();
        assert!(
            !again.notes().iter().any(|note| note.contains("kept")),
            "{again:?}"
        );
    }

    #[test]
    fn the_own_history_fails_after_the_others() {
        let mut client = rusqlite::Connection::open_in_memory().unwrap();
        let own = migrations_in("own", create("bad"), &[jobs]);
        let error = own.upgrade(&mut client).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("in the history of `own`, revision `bad`")
        );
        assert_eq!(error.revision(), Some("bad"));
        assert_eq!(tables(&client), ["jobs_revisions", "jobs"]);
    }

    #[test]
    fn histories_with_one_version_table_or_in_a_cycle_are_refused_before_anything_runs() {
        const BOTH: &[History<Sqlite>] = &[jobs, same_table];
        const ROUND: &[History<Sqlite>] = &[round];
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("app.db");
        for (after, problem) in [
            (
                BOTH,
                "two histories of this database have the version table `Jobs_Revisions`",
            ),
            (
                ROUND,
                "the history of the version table `round_revisions` lists itself in `after`, directly or through another",
            ),
        ] {
            let migrations = application(after);
            let mut client = rusqlite::Connection::open_in_memory().unwrap();
            let error = migrations.upgrade(&mut client).unwrap_err();
            assert_eq!(error.to_string(), problem);
            assert_eq!(tables(&client), Vec::<String>::new());
            let confirm = || migrations.check_target_from_empty(&Target::parse("heads").unwrap());
            let wait = std::time::Duration::from_secs(1);
            let opened = migrations.open_or_create(file.as_os_str(), wait, confirm);
            assert!(opened.is_err() && !file.exists());
        }
    }
}
