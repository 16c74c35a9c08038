//! Copies of a whole database: made before a risky operation, restored after a failure.
//!
//! ```text
//! copy ─► a part file, 0600 ─► valid? ─► synced ─► named by time and heads ─► the oldest are removed
//! file ─► valid? ─► the present contents kept as a backup ─► restored, under the database's locks ─► checked again
//! ```
//!
//! A backup gets its name only once it is complete. The differences between databases are in a [`Copier`]; this module
//! does not know which database it is.

mod copier;
mod error;
mod folder;
mod name;
mod part;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod program;
mod sample;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backend::Backend;
use crate::clock;
use crate::error::Error;
use crate::migrations::Migrations;

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) use copier::{ANOTHER, regular};
pub use copier::{Contents, Copier, Extent, Home, Keep, Problem};
pub use error::BackupError;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use error::WithFile;
use folder::Folder;
use name::Name;
pub use name::Origin;
use part::Part;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use program::Program;
pub(crate) use sample::Sample;

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
    pub replaced: Replaced,
    /// How thoroughly a list checks each backup.
    pub look: Look,
}

/// What a restore does with the database that it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// Keep it as a backup.
    Kept,
    /// Delete it.
    Discarded,
}

/// How thoroughly a list checks each backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Read and check the whole file.
    Inside,
    /// Only read its name and size.
    Outside,
}

impl Default for BackupSettings {
    fn default() -> BackupSettings {
        BackupSettings {
            directory: None,
            file: None,
            keep: None,
            wait: Duration::from_secs(30),
            replaced: Replaced::Kept,
            look: Look::Inside,
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
    pub fn replaced(mut self, replaced: Replaced) -> BackupSettings {
        self.replaced = replaced;
        self
    }

    /// Sets how thoroughly a list checks each backup.
    #[must_use]
    pub fn look(mut self, look: Look) -> BackupSettings {
        self.look = look;
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
    pub soundness: Soundness,
    /// The reason why it was made.
    pub origin: Origin,
}

/// The result of checking a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// The whole file was read and is valid.
    Sound,
    /// It is corrupt, for this reason.
    Unsound(String),
    /// It was not checked.
    Unchecked,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// The backup.
    pub backup: Backup,
    /// The older backups that were removed.
    pub removed: Vec<PathBuf>,
}

/// The effect that a restore would have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The database, in a form that can be shown.
    pub database: String,
    /// Its present contents; `None` if the database does not exist.
    pub live: Option<Contents>,
    /// The contents after the restore.
    pub backup: Backup,
}

impl Exchange {
    /// Returns whether the present contents are kept. What an interrupted restore left is not kept.
    pub(crate) fn keeps(&self, replaced: Replaced) -> bool {
        let whole = |live: &Contents| live.extent == Extent::Whole;
        replaced == Replaced::Kept && self.live.as_ref().is_some_and(whole)
    }
}

/// The effect of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The backup that was restored.
    pub backup: Backup,
    /// The backup of the previous contents.
    pub kept: Option<PathBuf>,
}

/// The backups of one database.
pub(crate) struct Backups<'s> {
    copier: Box<dyn Copier>,
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
            copier: migrations.copier(url, settings.wait)?,
            settings,
        })
    }

    fn home(&self) -> Home {
        let home = self.copier.home();
        match &self.settings.directory {
            Some(directory) => home.in_directory(directory.clone()),
            None => home,
        }
    }

    /// Makes a backup.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]. No file is left then.
    pub(crate) fn make(&self) -> Result<Made, Error> {
        let target = Target::new(self.home(), self.settings.file.as_deref(), Origin::Asked)?;
        let part = target.part()?;
        self.copier.copy(part.path())?;
        let contents = self.copier.look(part.path())?;
        if let Some(problem) = contents.problem {
            return Err(BackupError::NotCopied { problem }.into());
        }
        let file = target.publish(part, contents.heads.as_deref())?;
        let removed = match self.settings.keep {
            Some(count) => target.folder.retain(count, &file)?,
            None => Vec::new(),
        };
        Ok(Made {
            backup: Backup {
                file,
                time: Some(clock::shown_stamp(&target.stamp)),
                heads: contents.heads,
                size: contents.size,
                soundness: Soundness::Sound,
                origin: Origin::Asked,
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
        let Some(folder) = Folder::existing(self.home())? else {
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
                    soundness: Soundness::Unchecked,
                    origin: found.name.origin,
                };
                if self.settings.look == Look::Inside {
                    self.look_inside(&mut backup)?;
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
        found.retain(|backup| backup.origin == Origin::Asked);
        let newest = found.pop();
        newest.map(|backup| backup.file).ok_or_else(|| {
            let (database, directory) = (self.copier.shown(), self.home().directory);
            BackupError::None {
                database,
                directory,
            }
            .into()
        })
    }

    fn look_inside(&self, backup: &mut Backup) -> Result<(), Error> {
        let contents = self.copier.look(&backup.file)?;
        backup.size = contents.size;
        backup.soundness = match contents.problem {
            Some(problem) => Soundness::Unsound(problem.reason),
            None => {
                backup.heads = contents.heads.or(backup.heads.take());
                Soundness::Sound
            }
        };
        Ok(())
    }

    /// Checks a file and the database that it would replace, and changes neither.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a valid backup.
    pub(crate) fn exchange(&self, file: &Path) -> Result<Exchange, Error> {
        let contents = self.copier.look(file)?;
        if let Some(problem) = contents.problem {
            let file = file.to_owned();
            return Err(BackupError::Unsound { file, problem }.into());
        }
        let name = Name::read(&self.home(), file.file_name().unwrap_or_default());
        let origin = name.as_ref().map_or(Origin::Asked, |name| name.origin);
        let (time, heads) = name.map_or((None, None), |name| (Some(name.stamp), name.heads));
        Ok(Exchange {
            database: self.copier.shown(),
            live: self.copier.live()?,
            backup: Backup {
                file: file.to_owned(),
                time: time.map(|stamp| clock::shown_stamp(&stamp)),
                heads: contents.heads.or(heads),
                size: contents.size,
                soundness: Soundness::Sound,
                origin,
            },
        })
    }

    /// Replaces the database with a backup.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]; the database is then as it was.
    pub(crate) fn restore(&self, exchange: Exchange) -> Result<Restored, Error> {
        let keeps = exchange.keeps(self.settings.replaced);
        let file = &exchange.backup.file;
        let kept = if keeps {
            let target = Target::new(self.home(), None, Origin::Replaced)?;
            let part = target.part()?;
            let to = part.path().to_owned();
            let mut part = Some(part);
            let mut kept = None;
            let mut done = || {
                let contents = self.copier.look(&to)?;
                let sound = contents.problem.is_none();
                let heads = if sound {
                    contents.heads
                } else {
                    Some(vec![name::UNSOUND.to_owned()])
                };
                let part = part.take();
                let part = part.ok_or_else(|| Error::Bug("a copy was made twice".to_owned()))?;
                let file = target.publish(part, heads.as_deref())?;
                kept = Some(file.clone());
                Ok(file)
            };
            let keep = Keep {
                to: &to,
                done: &mut done,
            };
            self.copier.put_back(file, Some(keep))?;
            kept
        } else {
            self.copier.put_back(file, None)?;
            None
        };
        let after = self.copier.live()?.and_then(|contents| contents.heads);
        if after.is_some() && exchange.backup.heads.is_some() && after != exchange.backup.heads {
            return Err(Error::Bug(
                "a restored database has different heads than its backup".to_owned(),
            ));
        }
        Ok(Restored {
            backup: exchange.backup,
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
    origin: Origin,
}

impl Target {
    fn new(home: Home, file: Option<&Path>, origin: Origin) -> Result<Target, Error> {
        let stamp = clock::stamp();
        let Some(file) = file else {
            let folder = Folder::made(home)?;
            return Ok(Target {
                folder,
                file: None,
                stamp,
                origin,
            });
        };
        if file.symlink_metadata().is_ok() {
            let file = file.to_owned();
            return Err(BackupError::Exists { file }.into());
        }
        let parent = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let home = home.in_directory(parent.unwrap_or(Path::new(".")).to_owned());
        Ok(Target {
            folder: Folder::there(home)?,
            file: Some(file.to_owned()),
            stamp,
            origin,
        })
    }

    fn part(&self) -> Result<Part, Error> {
        Part::create(&self.folder, &self.stamp)
    }

    fn publish(&self, part: Part, heads: Option<&[String]>) -> Result<PathBuf, Error> {
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
            origin: self.origin,
        };
        self.folder.publish(part, name)
    }
}

impl<B: Backend> Migrations<B> {
    /// Makes a backup of the database that `url` names, while it is in use.
    ///
    /// ```no_run
    /// # use migrate_runtime::v1::Sqlite;
    /// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { unimplemented!() }
    /// use migrate_runtime::backup::BackupSettings;
    ///
    /// let made = migrations().backup("app.db", &BackupSettings::new().keep(7))?;
    /// println!("{}", made.backup.file.display());
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]; no file is left then.
    pub fn backup(&self, url: impl AsRef<OsStr>, settings: &BackupSettings) -> Result<Made, Error> {
        Backups::of(self, url.as_ref(), settings)?.make()
    }

    /// Lists the backups of the database that `url` names, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the directory can't be read.
    pub fn backups(
        &self,
        url: impl AsRef<OsStr>,
        settings: &BackupSettings,
    ) -> Result<Vec<Backup>, Error> {
        Backups::of(self, url.as_ref(), settings)?.list()
    }

    /// Replaces the database that `url` names with a backup; connections to it may stay open.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a valid backup, [`Error::Locked`] or [`Error::Database`]; the database is
    /// then as it was.
    pub fn restore(
        &self,
        url: impl AsRef<OsStr>,
        file: impl AsRef<Path>,
        settings: &BackupSettings,
    ) -> Result<Restored, Error> {
        let backups = Backups::of(self, url.as_ref(), settings)?;
        let exchange = backups.exchange(file.as_ref())?;
        backups.restore(exchange)
    }
}
