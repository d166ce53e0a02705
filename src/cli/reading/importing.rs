//! `feeds import`: feeds of other readers as configuration, printed, or written into a file of the configuration.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::{Context as _, anyhow, bail};
use encoding_rs::WINDOWS_1252;
use url::Url;

use super::inspect::read_file;
use super::print;
use crate::cli::arguments::General;
use crate::cli::configuration::{self, Machine};
use crate::cli::encoding;
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::terminal::{Terminal, clean};
use crate::cli::text::count;
use crate::config::{self, Config, Files, OpmlFeed};

/// Feeds that are left out are named one by one up to so many.
const NAMED: usize = 20;

/// Reads the list in `file`; prints its feeds as TOML, or adds them to the file `into`.
pub fn import(general: &General, file: &Path, into: Option<&Path>) -> anyhow::Result<Exit> {
    let (feeds, left_out) = listed(general, file)?;
    match into {
        None => print(&config::feeds_toml(&feeds, &HashSet::new()))?,
        Some(into) => add(general, feeds, left_out, into)?,
    }
    Ok(Exit::Fine)
}

/// The feeds of a list that can be watched, and how many cannot.
fn listed(general: &General, file: &Path) -> anyhow::Result<(Vec<OpmlFeed>, usize)> {
    // Old lists are in windows-1252 and do not say so; a name with a wrong letter is better than no list.
    let text = encoding::decoded(read_file(file)?).unwrap_or_else(|bytes| WINDOWS_1252.decode(&bytes).0.into_owned());
    let mut feeds = config::read_feeds(&text).map_err(|error| anyhow!("{}:{}: {error}", file.display(), error.line))?;
    if feeds.is_empty() {
        return Err(anyhow!("{} lists no feeds", file.display()));
    }
    let mut left_out = Vec::new();
    feeds.retain(|feed| {
        let refusal = config::refusal(feed);
        left_out.extend(refusal.as_ref().map(|reason| {
            let name = if feed.name.is_empty() { String::new() } else { format!(" `{}`", feed.name) };
            format!("{}:{}: left out{name}: {reason}", file.display(), feed.line)
        }));
        refusal.is_none()
    });
    if !general.quiet {
        for remark in left_out.iter().take(NAMED) {
            eprintln!("{}", clean(remark));
        }
        if left_out.len() > NAMED {
            eprintln!("and {} more were left out", left_out.len() - NAMED);
        }
    }
    if feeds.is_empty() {
        return Err(anyhow!("{} lists no feed that can be watched", file.display()));
    }
    Ok((feeds, left_out.len()))
}

/// Adds the feeds that are not configured yet to the file. Whatever stands in it stays as it is, and nothing is
/// written where the configuration would have errors then.
fn add(general: &General, feeds: Vec<OpmlFeed>, left_out: usize, into: &Path) -> anyhow::Result<()> {
    let main = configuration::find(general.config.as_deref())?;
    let standing = Standing::read(into)?;
    let before = configured(&main, into, standing.text.clone())?;
    if standing.exists && !before.files.contains(&place_of(into)) {
        bail!(
            "{} is there already and is no part of the configuration {}\n\nhint: {}",
            into.display(),
            main.display(),
            include_hint(&main, into)
        );
    }
    let known: HashSet<&Url> = before.config.feeds.iter().map(|feed| &feed.url).collect();
    let is_new =
        |feed: &OpmlFeed| Url::parse(feed.url.trim()).is_ok_and(|url| !known.contains(&config::without_user(&url)));
    let (new, old): (Vec<OpmlFeed>, Vec<OpmlFeed>) = feeds.into_iter().partition(is_new);
    let say = |text: String| {
        if !general.quiet {
            eprintln!("{text}");
        }
    };
    if new.is_empty() {
        say(format!("nothing to add: {} configured already", are(old.len())));
        return Ok(());
    }
    let taken: HashSet<String> = before.config.feeds.iter().map(|feed| feed.name.clone()).collect();
    let addition = standing.gap() + &config::feeds_toml(&new, &taken);
    let after = configured(&main, into, standing.text.clone() + &addition)
        .context("nothing was written: with these feeds in it,")?;
    standing.append(into, &addition, &main).with_context(|| format!("cannot write {}", into.display()))?;
    let mut told = format!("added {} to {}", count(new.len() as u64, "feed"), into.display());
    if !old.is_empty() {
        told += &format!("; {} configured already", are(old.len()));
    }
    if left_out > 0 {
        told += &format!("; {left_out} left out");
    }
    say(told);
    match after.files.contains(&place_of(into)) {
        true => say("next: `wirewatch check --online` asks them all".to_owned()),
        // Said however quiet: without it nothing of all this has any effect.
        false => eprintln!("{} does not include it yet: {}", main.display(), include_hint(&main, into)),
    }
    Ok(())
}

fn are(number: usize) -> String {
    if number == 1 { "1 is".to_owned() } else { format!("{number} are") }
}

/// What to write into the configuration so that a file becomes part of it.
fn include_hint(main: &Path, file: &Path) -> String {
    let (file, main) = (place_of(file), place_of(main));
    let shown = main.parent().and_then(|folder| file.strip_prefix(folder).ok()).unwrap_or(&file);
    format!("write `include = [\"{}\"]` at its top, before the first `[`, or add it to the list there", shown.display())
}

struct Configured {
    config: Config,
    /// The files that it is made of.
    files: BTreeSet<PathBuf>,
}

/// Loads the configuration with one file as it is imagined. What is wrong with it is printed.
fn configured(main: &Path, file: &Path, text: String) -> anyhow::Result<Configured> {
    let files = Imagined { path: file, text, read: RefCell::default() };
    match config::load(main, &files) {
        Ok(loaded) => Ok(Configured { config: loaded.config, files: files.read.take() }),
        Err(problems) => {
            eprintln!("{}", problems.render(Terminal::colour_of_stderr()));
            Err(anyhow!("the configuration {} has errors", main.display()))
        }
    }
}

/// The file as it stands before anything is added.
struct Standing {
    text: String,
    exists: bool,
}

impl Standing {
    fn read(path: &Path) -> anyhow::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| anyhow!("{} is not in UTF-8", path.display()))?;
                Ok(Self { text, exists: true })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { text: String::new(), exists: false }),
            Err(error) => Err(paths::unreadable(path, &error)),
        }
    }

    /// What sets the addition off.
    fn gap(&self) -> String {
        match self.text.as_str() {
            "" => "",
            text if text.ends_with("\n\n") => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        }
        .to_owned()
    }

    /// Writes behind what stands there. A write that fails leaves the file as it was.
    fn append(&self, path: &Path, addition: &str, main: &Path) -> io::Result<()> {
        if !self.exists {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::create_dir_all(folder)?;
            }
            let file = OpenOptions::new().write(true).create_new(true).open(path)?;
            // Whoever may read the configuration may read its parts.
            let mode = fs::metadata(main).map_or(0o600, |metadata| metadata.mode() & 0o666);
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            return written(&file, addition).inspect_err(|_| {
                let _ = fs::remove_file(path);
            });
        }
        let file = OpenOptions::new().append(true).open(path)?;
        let length = file.metadata()?.len();
        written(&file, addition).inspect_err(|_| {
            let _ = file.set_len(length);
        })
    }
}

fn written(mut file: &File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// This machine, but for one file, which is as somebody means to write it. Remembers what was read.
struct Imagined<'a> {
    path: &'a Path,
    text: String,
    read: RefCell<BTreeSet<PathBuf>>,
}

impl Files for Imagined<'_> {
    fn read(&self, path: &Path) -> io::Result<String> {
        let place = place_of(path);
        let is_imagined = place == place_of(self.path);
        self.read.borrow_mut().insert(place);
        if is_imagined { Ok(self.text.clone()) } else { Machine.read(path) }
    }

    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Machine.matching(pattern)?;
        let absolute = std::path::absolute(pattern)?;
        let glob = absolute.to_str().and_then(|pattern| glob::Pattern::new(pattern).ok());
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        let matches = |path: &Path| glob.as_ref().is_some_and(|glob| glob.matches_path_with(path, options));
        let is_new = !self.path.exists();
        if is_new && (matches(&std::path::absolute(self.path)?) || matches(&place_of(self.path))) {
            found.push(self.path.to_owned());
            found.sort();
        }
        Ok(found)
    }

    fn env(&self, name: &str) -> Option<String> {
        Machine.env(name)
    }

    fn system_timezone(&self) -> Option<String> {
        Machine.system_timezone()
    }
}

/// Where a file lies, however it is written: there may be links on the way, and the file itself need not exist.
fn place_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parts = || Some((absolute.parent()?.canonicalize().ok()?, absolute.file_name()?));
    absolute.canonicalize().ok().or_else(|| parts().map(|(folder, name)| folder.join(name))).unwrap_or(absolute)
}
