//! Wirewatch, as a process that polls everything once.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use anyhow::ensure;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::Program;
use crate::process::{self, Usage};
use crate::site::Site;

const LOG: &str = "log";

pub struct Wirewatch {
    folder: TempDir,
}

impl Wirewatch {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }
}

impl Program for Wirewatch {
    fn name(&self) -> &'static str {
        "wirewatch"
    }

    fn subscribe(&mut self, site: &Site) -> anyhow::Result<()> {
        let mut configuration = r#"[poll]
allow_private_addresses = true

[pages]
follow = false

[mail]
from = "wirewatch@example.org"
maildir = "mails"

[[recipient]]
name = "desk"
email = ["desk@example.org"]

[[rule]]
name = "storms"
match = 'hurricane OR typhoon'
to = ["desk"]

"#
        .to_owned();
        for (feed, url) in site.urls().enumerate() {
            configuration += &format!("[[feed]]\nname = \"feed-{feed}\"\nurl = \"{url}\"\n");
        }
        Ok(fs::write(self.folder.path().join("wirewatch.toml"), configuration)?)
    }

    fn poll(&mut self) -> anyhow::Result<Usage> {
        let log = self.folder.path().join(LOG);
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirewatch"));
        command.current_dir(&self.folder).args(["run", "--once", "--all"]);
        command.env_remove("WIREWATCH_CONFIG").env_remove("RUST_LOG");
        let (status, usage) = process::watch(command.stdout(Stdio::null()).stderr(File::create(&log)?).spawn()?)?;
        let said = fs::read_to_string(&log)?;
        ensure!(status.success(), "ended with {status}: {}", said.trim_end());
        Ok(usage)
    }

    fn found(&self) -> anyhow::Result<Option<(usize, usize)>> {
        let database = Connection::open(self.folder.path().join("wirewatch.db"))?;
        let count = |query| database.query_row(query, [], |row| row.get::<_, i64>(0)).map(|count| count as usize);
        let articles = count("SELECT count(*) FROM articles")?;
        Ok(Some((articles, count("SELECT count(*) FROM versions WHERE number > 1")?)))
    }
}
