//! The options of `backup`, `restore` and `prune`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::Json;

#[derive(Debug, Clone, Args)]
pub struct BackupArguments {
    /// The copy to write; in a folder that is there, `wirewatch-2026-11-23T140500Z.db` by the time in UTC
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
    /// Of the copies in the folder, keep this many, the newest, and remove the others
    #[arg(long, value_name = "N")]
    pub keep: Option<NonZeroUsize>,
    /// Keep the copy also where something in the database is damaged; the exit status is 1 all the same
    #[arg(long)]
    pub damaged: bool,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct RestoreArguments {
    /// The copy, as `wirewatch backup` wrote it; it stays as it is
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct PruneArguments {
    /// Say what would go, and take nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write the file anew without the room that became free; no daemon may run
    #[arg(long, conflicts_with = "dry_run")]
    pub shrink: bool,
    #[command(flatten)]
    pub output: Json,
}
