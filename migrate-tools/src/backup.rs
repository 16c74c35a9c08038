//! Copies of a whole database: made before a risky operation, restored after a failure.
//!
//! ```text
//! copy ─► a part file, 0600 ─► valid? ─► synced ─► named by time and heads ─► the oldest are removed
//! file ─► valid? ─► the present contents kept as a backup ─► restored, under the database's locks ─► checked again
//! ```
//!
//! A backup gets its name only once it is complete. The differences between databases are in a [`BackupDriver`]; this module
//! does not know which database it is.

mod database_copy;
mod folder;
mod name;
mod partial_file;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrate_engine::backend::Backend;
use migrate_engine::clock;
use migrate_engine::error::Error;
use migrate_engine::migrations::Migrations;

pub(crate) use database_copy::DatabaseCopy;
use folder::Folder;
pub use migrate_engine::backup_driver::{
    BackupDriver, BackupLocation, Completeness, DatabaseInfo, Problem, SafetyCopy,
};
pub use migrate_engine::error::BackupError;
pub use name::BackupReason;
use name::Name;
use partial_file::PartialFile;

/// The options for making, restoring and listing backups. By default, all backups are kept, and locks are awaited for
/// 30 seconds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackupSettings {
    /// The directory of the backups, if not `backups` beside the database.
    pub directory: Option<PathBuf>,
    /// The file to write, if not a generated name in the directory.
    pub file: Option<PathBuf>,
    /// The number of backups of this database to keep; `None` keeps all.
    pub keep: Option<usize>,
    /// The time limit for locks of others.
    pub wait: Duration,
    /// What a restore does with the database that it replaces.
    pub on_replace: OnReplace,
    /// How thoroughly a list checks each backup.
    pub verification: Verification,
}

/// What a restore does with the database that it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReplace {
    /// Keep it as a backup.
    Keep,
    /// Delete it.
    Discard,
}

/// How thoroughly a list checks each backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Read and check the whole file.
    Full,
    /// Only read its name and size.
    NameOnly,
}

impl Default for BackupSettings {
    fn default() -> BackupSettings {
        BackupSettings {
            directory: None,
            file: None,
            keep: None,
            wait: Duration::from_secs(30),
            on_replace: OnReplace::Keep,
            verification: Verification::Full,
        }
    }
}

impl BackupSettings {
    /// Returns the default settings.
    #[must_use]
    pub fn new() -> BackupSettings {
        BackupSettings::default()
    }

    /// Sets the directory of the backups.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> BackupSettings {
        self.directory = Some(directory.into());
        self
    }

    /// Sets the file to write, which must not exist.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> BackupSettings {
        self.file = Some(file.into());
        self
    }

    /// Keeps only the newest `count` backups, including the new one.
    #[must_use]
    pub fn keep(mut self, count: usize) -> BackupSettings {
        self.keep = Some(count);
        self
    }

    /// Sets the time limit for locks of others.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> BackupSettings {
        self.wait = wait;
        self
    }

    /// Sets what a restore does with the database that it replaces.
    #[must_use]
    pub fn on_replace(mut self, on_replace: OnReplace) -> BackupSettings {
        self.on_replace = on_replace;
        self
    }

    /// Sets how thoroughly a list checks each backup.
    #[must_use]
    pub fn verification(mut self, verification: Verification) -> BackupSettings {
        self.verification = verification;
        self
    }
}

/// A backup of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Its file.
    pub file: PathBuf,
    /// The time it was made, in UTC, if its name contains it.
    pub time: Option<String>,
    /// The heads of the applied revisions in it, if they are known.
    pub heads: Option<Vec<String>>,
    /// Its size in bytes.
    pub size: u64,
    /// The result of the check.
    pub integrity: Integrity,
    /// The reason why it was made.
    pub reason: BackupReason,
}

/// The result of checking a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// The whole file was read and is valid.
    Valid,
    /// It is corrupt, for this reason.
    Corrupt(String),
    /// It was not checked.
    Unchecked,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedBackup {
    /// The backup.
    pub backup: Backup,
    /// The older backups that were removed.
    pub removed: Vec<PathBuf>,
}

/// The effect that a restore would have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestorePlan {
    /// The database, in a form that can be shown.
    pub database: String,
    /// Its present contents; `None` if the database does not exist.
    pub live: Option<DatabaseInfo>,
    /// The contents after the restore.
    pub backup: Backup,
}

impl RestorePlan {
    /// Returns whether the present contents are kept. What an interrupted restore left is not kept.
    pub(crate) fn keeps(&self, on_replace: OnReplace) -> bool {
        let whole = |live: &DatabaseInfo| live.completeness == Completeness::Complete;
        on_replace == OnReplace::Keep && self.live.as_ref().is_some_and(whole)
    }
}

/// The effect of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreReport {
    /// The backup that was restored.
    pub backup: Backup,
    /// The backup of the previous contents.
    pub kept: Option<PathBuf>,
}

/// The backups of one database.
pub(crate) struct Backups<'s> {
    driver: Box<dyn BackupDriver>,
    settings: &'s BackupSettings,
}

impl<'s> Backups<'s> {
    /// Returns the backups of the database that `url` names.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]; [`Error::Backup`] if backups of the database are not supported.
    pub(crate) fn of<B: Backend>(
        migrations: &Migrations<B>,
        url: &OsStr,
        settings: &'s BackupSettings,
    ) -> Result<Backups<'s>, Error> {
        Ok(Backups {
            driver: migrations.backup_driver(url, settings.wait)?,
            settings,
        })
    }

    fn location(&self) -> BackupLocation {
        let location = self.driver.location();
        match &self.settings.directory {
            Some(directory) => location.in_directory(directory.clone()),
            None => location,
        }
    }

    /// Makes a backup.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]. No file is left then.
    pub(crate) fn make(&self) -> Result<CreatedBackup, Error> {
        let target = Target::new(
            self.location(),
            self.settings.file.as_deref(),
            BackupReason::Manual,
        )?;
        let part = target.part()?;
        self.driver.create(part.path())?;
        let contents = self.driver.inspect(part.path())?;
        if let Some(problem) = contents.problem {
            return Err(BackupError::NotCopied { problem }.into());
        }
        let file = target.publish(part, contents.heads.as_deref())?;
        let removed = match self.settings.keep {
            Some(count) => target.folder.retain(count, &file)?,
            None => Vec::new(),
        };
        Ok(CreatedBackup {
            backup: Backup {
                file,
                time: Some(clock::shown_stamp(&target.stamp)),
                heads: contents.heads,
                size: contents.size,
                integrity: Integrity::Valid,
                reason: BackupReason::Manual,
            },
            removed,
        })
    }

    /// Lists the backups in the directory, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the directory can't be read.
    pub(crate) fn list(&self) -> Result<Vec<Backup>, Error> {
        let Some(folder) = Folder::existing(self.location())? else {
            return Ok(Vec::new());
        };
        let found = folder.list()?;
        found
            .into_iter()
            .map(|found| {
                let mut backup = Backup {
                    file: found.path,
                    time: Some(clock::shown_stamp(&found.name.stamp)),
                    heads: found.name.heads,
                    size: found.size,
                    integrity: Integrity::Unchecked,
                    reason: found.name.reason,
                };
                if self.settings.verification == Verification::Full {
                    self.verify_file(&mut backup)?;
                }
                Ok(backup)
            })
            .collect()
    }

    /// Returns the newest backup that was made by `backup create`.
    ///
    /// # Errors
    ///
    /// [`BackupError::None`] if there is none.
    #[cfg(feature = "cli")]
    pub(crate) fn latest(&self) -> Result<PathBuf, Error> {
        let mut found = self.list()?;
        found.retain(|backup| backup.reason == BackupReason::Manual);
        let newest = found.pop();
        newest.map(|backup| backup.file).ok_or_else(|| {
            let (database, directory) = (self.driver.shown(), self.location().directory);
            BackupError::None {
                database,
                directory,
            }
            .into()
        })
    }

    fn verify_file(&self, backup: &mut Backup) -> Result<(), Error> {
        let contents = self.driver.inspect(&backup.file)?;
        backup.size = contents.size;
        backup.integrity = match contents.problem {
            Some(problem) => Integrity::Corrupt(problem.reason),
            None => {
                backup.heads = contents.heads.or(backup.heads.take());
                Integrity::Valid
            }
        };
        Ok(())
    }

    /// Checks a file and the database that it would replace, and changes neither.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a valid backup.
    pub(crate) fn plan_restore(&self, file: &Path) -> Result<RestorePlan, Error> {
        let contents = self.driver.inspect(file)?;
        if let Some(problem) = contents.problem {
            let file = file.to_owned();
            return Err(BackupError::Corrupt { file, problem }.into());
        }
        let name = Name::read(&self.location(), file.file_name().unwrap_or_default());
        let reason = name
            .as_ref()
            .map_or(BackupReason::Manual, |name| name.reason);
        let (time, heads) = name.map_or((None, None), |name| (Some(name.stamp), name.heads));
        Ok(RestorePlan {
            database: self.driver.shown(),
            live: self.driver.inspect_live()?,
            backup: Backup {
                file: file.to_owned(),
                time: time.map(|stamp| clock::shown_stamp(&stamp)),
                heads: contents.heads.or(heads),
                size: contents.size,
                integrity: Integrity::Valid,
                reason,
            },
        })
    }

    /// Replaces the database with a backup.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]; the database is then as it was.
    pub(crate) fn restore(&self, plan: RestorePlan) -> Result<RestoreReport, Error> {
        let keeps = plan.keeps(self.settings.on_replace);
        let file = &plan.backup.file;
        let kept = if keeps {
            let target = Target::new(self.location(), None, BackupReason::BeforeRestore)?;
            let part = target.part()?;
            let to = part.path().to_owned();
            let mut part = Some(part);
            let mut kept = None;
            let mut done = || {
                let contents = self.driver.inspect(&to)?;
                let valid = contents.problem.is_none();
                let heads = if valid {
                    contents.heads
                } else {
                    Some(vec![name::CORRUPT.to_owned()])
                };
                let part = part.take();
                let part = part.ok_or_else(|| Error::Bug("a copy was made twice".to_owned()))?;
                let file = target.publish(part, heads.as_deref())?;
                kept = Some(file.clone());
                Ok(file)
            };
            let keep = SafetyCopy {
                to: &to,
                done: &mut done,
            };
            self.driver.restore(file, Some(keep))?;
            kept
        } else {
            self.driver.restore(file, None)?;
            None
        };
        let after = self
            .driver
            .inspect_live()?
            .and_then(|contents| contents.heads);
        if after.is_some() && plan.backup.heads.is_some() && after != plan.backup.heads {
            return Err(Error::Bug(
                "a restored database has different heads than its backup".to_owned(),
            ));
        }
        Ok(RestoreReport {
            backup: plan.backup,
            kept,
        })
    }
}

/// The destination of a backup.
struct Target {
    folder: Folder,
    /// The file's name, if it was given.
    file: Option<PathBuf>,
    stamp: String,
    reason: BackupReason,
}

impl Target {
    fn new(
        location: BackupLocation,
        file: Option<&Path>,
        reason: BackupReason,
    ) -> Result<Target, Error> {
        let stamp = clock::stamp();
        let Some(file) = file else {
            let folder = Folder::create(location)?;
            return Ok(Target {
                folder,
                file: None,
                stamp,
                reason,
            });
        };
        if file.symlink_metadata().is_ok() {
            let file = file.to_owned();
            return Err(BackupError::Exists { file }.into());
        }
        let parent = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let location = location.in_directory(parent.unwrap_or(Path::new(".")).to_owned());
        Ok(Target {
            folder: Folder::open_existing(location)?,
            file: Some(file.to_owned()),
            stamp,
            reason,
        })
    }

    fn part(&self) -> Result<PartialFile, Error> {
        PartialFile::create(&self.folder, &self.stamp)
    }

    fn publish(&self, part: PartialFile, heads: Option<&[String]>) -> Result<PathBuf, Error> {
        if let Some(file) = &self.file {
            let name = file.file_name().unwrap_or_default();
            return part
                .publish(&self.folder.path().join(name))
                .map(|()| file.clone());
        }
        let name = Name {
            stamp: self.stamp.clone(),
            heads: heads.map(<[String]>::to_vec),
            number: 1,
            reason: self.reason,
        };
        self.folder.publish(part, name)
    }
}

/// Makes a backup of the database that `url` names, while it is in use.
///
/// # Errors
///
/// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]; no file is left then.
pub fn create<B: Backend>(
    migrations: &Migrations<B>,
    url: &OsStr,
    settings: &BackupSettings,
) -> Result<CreatedBackup, Error> {
    Backups::of(migrations, url, settings)?.make()
}

/// Lists the backups of the database that `url` names, oldest first.
///
/// # Errors
///
/// [`Error::Backup`] if the directory can't be read.
pub fn list<B: Backend>(
    migrations: &Migrations<B>,
    url: &OsStr,
    settings: &BackupSettings,
) -> Result<Vec<Backup>, Error> {
    Backups::of(migrations, url, settings)?.list()
}

/// Replaces the database that `url` names with a backup; connections to it may stay open.
///
/// # Errors
///
/// [`Error::Backup`] if the file is not a valid backup, [`Error::Locked`] or [`Error::Database`]; the database is
/// then as it was.
pub fn restore<B: Backend>(
    migrations: &Migrations<B>,
    url: &OsStr,
    file: &Path,
    settings: &BackupSettings,
) -> Result<RestoreReport, Error> {
    let backups = Backups::of(migrations, url, settings)?;
    let plan = backups.plan_restore(file)?;
    backups.restore(plan)
}
