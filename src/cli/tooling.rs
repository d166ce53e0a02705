//! The commands around the program itself: `init`, `completions`, `man`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::{Context as _, anyhow};
use clap::CommandFactory;

use super::arguments::{Arguments, CompletionsArguments, General, InitArguments, ManArguments};
use super::exit::Exit;
use super::terminal::write_document;
use crate::config;

/// Writes the starter configuration where `--config` says, else here.
pub fn init(general: &General, arguments: &InitArguments) -> anyhow::Result<Exit> {
    let path = general.config.clone().unwrap_or_else(|| PathBuf::from("wirewatch.toml"));
    if let Err(error) = write_starter(&path, arguments.force) {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Err(anyhow!("{} is there already\n\nhint: `--force` replaces it", path.display()));
        }
        return Err(error).with_context(|| format!("cannot write {}", path.display()));
    }
    if !general.quiet {
        eprintln!("wrote {}", path.display());
        eprintln!("next: edit the feed and the rule in it, then `wirewatch check` and `wirewatch run`");
    }
    Ok(Exit::Fine)
}

/// Readable by its owner only: a password may be written into it.
fn write_starter(path: &Path, replace: bool) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    match replace {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    options.open(path)?.write_all(config::STARTER.as_bytes())
}

/// Prints the completions of a shell.
pub fn completions(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "wirewatch", &mut script);
    write_document(&script)?;
    Ok(Exit::Fine)
}

/// Prints the program's man page, or writes it and one for each command into a folder.
pub fn man(general: &General, arguments: &ManArguments) -> anyhow::Result<Exit> {
    let Some(folder) = &arguments.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
        write_document(&page)?;
        return Ok(Exit::Fine);
    };
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.with_context(|| format!("cannot write the man pages into {}", folder.display()))?;
    if !general.quiet {
        eprintln!("wrote the man pages into {}", folder.display());
    }
    Ok(Exit::Fine)
}
