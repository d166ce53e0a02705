//! Finding and loading the configuration on this machine, and saying what is wrong with it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use chrono_tz::Tz;

use super::arguments::General;
use super::encoding;
use super::terminal::Terminal;
use crate::config::{self, Config, Files, Loaded};

/// A configuration file is no larger than this.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Why there is no configuration to work with. What is wrong with a file was said already.
#[derive(Debug, thiserror::Error)]
pub enum NoConfiguration {
    #[error(
        "no configuration: neither ./wirewatch.toml, {user} nor /etc/wirewatch/config.toml exists\n\n\
         hint: `wirewatch init` writes one to start from, `--config FILE` names one"
    )]
    Missing { user: String },
    #[error("the configuration {path} has errors")]
    Broken { path: String },
}

/// The file to use: the one named, else the first of the usual places that exists.
pub fn find(named: Option<&Path>) -> Result<PathBuf, NoConfiguration> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let user = user_file();
    let places = [PathBuf::from("wirewatch.toml"), user.clone(), PathBuf::from("/etc/wirewatch/config.toml")];
    let found = places.into_iter().find(|place| place.exists());
    found.ok_or_else(|| NoConfiguration::Missing { user: user.display().to_string() })
}

/// The file as commands have to be told of it: `None` where they find it by themselves.
pub fn hint(general: &General) -> Option<String> {
    let named = general.config.as_ref()?;
    Some(std::path::absolute(named).unwrap_or_else(|_| named.clone()).display().to_string())
}

/// Loads the configuration; where it has errors, prints all of them.
pub fn load(named: Option<&Path>) -> Result<Config, NoConfiguration> {
    load_with_warnings(named).map(|loaded| loaded.config)
}

/// The same for commands that put the configuration to work: prints its warnings too.
pub fn load_and_warn(named: Option<&Path>) -> Result<Config, NoConfiguration> {
    let loaded = load_with_warnings(named)?;
    if !loaded.warnings.is_empty() {
        eprintln!("{}", loaded.warnings.render(Terminal::colour_of_stderr()));
    }
    Ok(loaded.config)
}

fn load_with_warnings(named: Option<&Path>) -> Result<Loaded, NoConfiguration> {
    let path = find(named)?;
    let colour = Terminal::colour_of_stderr();
    match config::load(&path, &Machine) {
        Ok(loaded) => Ok(loaded),
        Err(problems) => {
            eprintln!("{}", problems.render(colour));
            Err(NoConfiguration::Broken { path: path.display().to_string() })
        }
    }
}

/// Loads the configuration again for a running daemon: its problems come back as text for the log.
pub fn reload(path: &Path) -> Result<Config, String> {
    config::load(path, &Machine).map(|loaded| loaded.config).map_err(|problems| problems.to_string())
}

fn user_file() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let base = env::var_os("XDG_CONFIG_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from).or_else(home);
    base.unwrap_or_else(|| PathBuf::from("/etc/xdg")).join("wirewatch/config.toml")
}

/// The zone that a value of `TZ` names (tzset(3)), where it is one of the IANA's: `Europe/Berlin`, `:Europe/Berlin`, or
/// the path of its file. A rule such as `CET-1CEST` is none.
fn iana_name(named: &str) -> Option<String> {
    let named = named.strip_prefix(':').unwrap_or(named);
    let named = named.split_once("/zoneinfo/").map_or(named, |(_, name)| name);
    named.parse::<Tz>().ok().map(|zone| zone.name().to_owned())
}

/// The files and variables of this machine.
pub struct Machine;

impl Files for Machine {
    fn read(&self, path: &Path) -> io::Result<String> {
        let size = fs::metadata(path)?.len();
        if size > MAX_FILE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has {size} bytes")));
        }
        encoding::decoded(fs::read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>> {
        let pattern = pattern.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        let paths = glob::glob(pattern).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let mut found: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(io::Error::from)?;
        found.sort();
        Ok(found)
    }

    fn env(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn system_timezone(&self) -> Option<String> {
        let named = env::var("TZ").ok().and_then(|named| iana_name(&named));
        named.or_else(|| iana_time_zone::get_timezone().ok())
    }
}
