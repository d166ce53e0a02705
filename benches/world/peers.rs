//! The peers: programs of others that poll feeds, each as its documents say that it is run by hand.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::Program;
use crate::process::{self, Usage};
use crate::site::Site;

const NAMES: [&str; 5] = ["rss2email", "newsboat", "sfeed", "reader", "urlwatch"];

/// Python of the environment in which reader is installed.
const READER_PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/bin/python");

const READER: &str = "
import sys
from reader import make_reader
reader = make_reader('reader.sqlite')
for url in open('urls').read().split():
    reader.add_feed(url, exist_ok=True)
failed = [it.url for it in reader.update_feeds_iter(scheduled=False) if isinstance(it.value, Exception)]
sys.exit(f'{len(failed)} failed' if failed else 0)
";

struct Peer {
    name: &'static str,
    folder: TempDir,
}

pub fn all() -> anyhow::Result<Vec<Box<dyn Program>>> {
    NAMES.iter().map(|name| named(name)?.context("a peer")).collect()
}

pub fn named(name: &str) -> anyhow::Result<Option<Box<dyn Program>>> {
    let Some(name) = NAMES.into_iter().find(|known| *known == name) else { return Ok(None) };
    Ok(Some(Box::new(Peer { name, folder: tempfile::tempdir()? })))
}

impl Program for Peer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn subscribe(&mut self, site: &Site) -> anyhow::Result<()> {
        let urls: Vec<String> = site.urls().collect();
        let lines = |line: &dyn Fn(usize, &String) -> String| -> String {
            urls.iter().enumerate().map(|(feed, url)| line(feed, url)).collect()
        };
        let (file, text) = match self.name {
            "rss2email" => {
                ("config", RSS2EMAIL.to_owned() + &lines(&|feed, url| format!("[feed.f{feed}]\nurl = {url}\n")))
            }
            "sfeed" => {
                let feeds = lines(&|feed, url| format!("feed 'f{feed}' '{url}'\n"));
                ("sfeedrc", format!("sfeedpath=\"$PWD/feeds\"\nfeeds() {{\n{feeds}}}\n"))
            }
            "urlwatch" => ("urls.yaml", lines(&|feed, url| format!("---\nname: f{feed}\nurl: {url}\n"))),
            _ => ("urls", lines(&|_, url| format!("{url}\n"))),
        };
        fs::write(self.path(file), text)?;
        fs::write(self.path("urlwatch.yaml"), "report:\n  stdout:\n    enabled: true\n")?;
        for folder in ["tmp", "new", "cur"] {
            fs::create_dir_all(self.path("mails").join(folder))?;
        }
        Ok(())
    }

    fn poll(&mut self) -> anyhow::Result<Usage> {
        let log = self.path("log");
        let mut command = self.command();
        command.current_dir(&self.folder).env("HOME", self.folder.path()).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(File::create(&log)?).spawn();
        let (status, usage) =
            process::watch(child.with_context(|| format!("run benches/world/install_peers for {}", self.name))?)?;
        let said = fs::read_to_string(&log)?;
        ensure!(status.success(), "ended with {status}: {}", said.trim_end());
        Ok(usage)
    }
}

const RSS2EMAIL: &str = "[DEFAULT]
to = desk@example.org
from = rss2email@example.org
email-protocol = maildir
maildir-path = mails
maildir-mailbox = .
digest = False
same-server-fetch-interval = 0
";

impl Peer {
    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn command(&self) -> Command {
        let (program, arguments): (_, &[&str]) = match self.name {
            "rss2email" => ("r2e", &["-c", "config", "-d", "rss2email.json", "run"]),
            "newsboat" => ("newsboat", &["-u", "urls", "-c", "cache.db", "-C", "/dev/null", "-x", "reload"]),
            "sfeed" => ("sfeed_update", &["./sfeedrc"]),
            "reader" => (READER_PYTHON, &["-c", READER]),
            _ => ("urlwatch", &["--urls", "urls.yaml", "--config", "urlwatch.yaml", "--cache", "cache.db"]),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }
}
