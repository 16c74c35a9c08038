//! Copies of a whole database: made before something risky, put back after it failed.
//!
//! ```text
//! copy ─► a part file, 0600 ─► sound? ─► synced ─► named by time and heads ─► the oldest ones go
//! file ─► sound? ─► what is there now kept as a backup ─► put back, under the database's locks ─► looked at again
//! ```
//!
//! A backup has its name only once it is whole. What differs between databases is a [`Copier`]; nothing here knows which
//! one it is.

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

/// How a backup is made, put back or looked for. The default keeps all of them and waits 30 seconds for locks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackupSettings {
    /// Where backups are, if not in `backups` beside the database.
    pub directory: Option<PathBuf>,
    /// The file to write, if not one with a name of its own in the directory.
    pub file: Option<PathBuf>,
    /// How many backups of this database stay in the directory; `None` keeps all.
    pub keep: Option<usize>,
    /// How long to wait for locks of others.
    pub wait: Duration,
    /// What becomes of the database that a restore replaces.
    pub replaced: Replaced,
    /// How closely a list looks at each backup.
    pub look: Look,
}

/// What becomes of the database that a restore replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It is kept as a backup.
    Kept,
    /// It is lost.
    Discarded,
}

/// How closely a list looks at each backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// All of it is read and checked.
    Inside,
    /// Only what its name and size tell.
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

    /// Sets the file to write, which must not be there yet.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> BackupSettings {
        self.file = Some(file.into());
        self
    }

    /// Keeps only the newest `count` backups, the new one among them.
    #[must_use]
    pub fn keep(mut self, count: usize) -> BackupSettings {
        self.keep = Some(count);
        self
    }

    /// Sets how long to wait for locks of others.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> BackupSettings {
        self.wait = wait;
        self
    }

    /// Sets what becomes of the database that a restore replaces.
    #[must_use]
    pub fn replaced(mut self, replaced: Replaced) -> BackupSettings {
        self.replaced = replaced;
        self
    }

    /// Sets how closely a list looks at each backup.
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
    /// When it was made, in UTC, if its name tells.
    pub time: Option<String>,
    /// The heads of what is applied in it, if that is known.
    pub heads: Option<Vec<String>>,
    /// Its size in bytes.
    pub size: u64,
    /// What was found out about it.
    pub soundness: Soundness,
    /// Why it was made.
    pub origin: Origin,
}

/// What was found out about a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// It was read to its end and is whole.
    Sound,
    /// It is not, for this reason.
    Unsound(String),
    /// Nobody looked.
    Unchecked,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// The backup.
    pub backup: Backup,
    /// The older ones that made room for it.
    pub removed: Vec<PathBuf>,
}

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The database, as it can be shown.
    pub database: String,
    /// What is there now; `None` if there is no database.
    pub live: Option<Contents>,
    /// What would be there.
    pub backup: Backup,
}

impl Exchange {
    /// Returns whether what is there now is kept: not what another restore left half done.
    pub(crate) fn keeps(&self, replaced: Replaced) -> bool {
        let whole = |live: &Contents| live.extent == Extent::Whole;
        replaced == Replaced::Kept && self.live.as_ref().is_some_and(whole)
    }
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// What was put back.
    pub backup: Backup,
    /// Where the database that it replaced is kept.
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
    /// [`Error::Url`]; [`Error::Backup`] if it is one that can't be backed up.
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
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]. Nothing is left of what was begun.
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

    /// Returns the newest backup that somebody asked for.
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

    /// Looks at a file and at the database it would replace, and changes neither.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a sound backup.
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

    /// Puts a backup in the place of the database.
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

/// Where a backup is going to be.
struct Target {
    folder: Folder,
    /// The file's name, if it was said.
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

    /// Puts a backup in the place of the database that `url` names; connections to it may stay open.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a sound backup, [`Error::Locked`] or [`Error::Database`]; the database is then as
    /// it was.
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
