//! The options of the commands about backups.

use std::path::PathBuf;

/// Back up the database to a file while it is in use
#[derive(Debug, Clone, clap::Args)]
pub struct CreateBackup {
    /// File to write [default: a file in the backup directory, named after the time and the heads]
    #[arg(value_name = "FILE", conflicts_with = "keep")]
    pub file: Option<PathBuf>,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,

    /// The location of the backups.
    #[command(flatten)]
    pub directory: BackupDirectory,
}

/// List the backups of the database and check that each one is valid
#[derive(Debug, Clone, clap::Args)]
pub struct ListBackups {
    /// Do not read the files to check them
    #[arg(long)]
    pub skip_integrity_check: bool,

    /// The location of the backups.
    #[command(flatten)]
    pub directory: BackupDirectory,
}

/// Restore a backup, and keep the previous contents of the database as another backup
#[derive(Debug, Clone, clap::Args)]
pub struct RestoreBackup {
    /// Backup to restore, or `latest` for the newest one made by `backup create`
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,

    /// Do not keep the previous contents
    #[arg(long)]
    pub no_keep: bool,

    /// The location of the backups.
    #[command(flatten)]
    pub directory: BackupDirectory,
}

/// The location of the backups.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct BackupDirectory {
    /// Backup directory [default: `backups` next to the database file, otherwise in the current directory]
    #[arg(
        long,
        value_name = "DIR",
        env = "MIGRATE_BACKUP_DIR",
        hide_env_values = true
    )]
    pub backup_dir: Option<PathBuf>,
}
