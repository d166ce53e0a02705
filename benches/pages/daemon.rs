//! The real daemon, in the folder with the database.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};

use crate::filling::{FEEDS, RULES, query};
use crate::site::{BUSY_FEED, MARK, Published, Site};
use crate::timing::Timing;

/// How long it may take until it serves, and until it has done what is due.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Running {
    child: Child,
    folder: PathBuf,
    /// Host and port of the web page.
    pub page: String,
}

impl Running {
    pub fn start(folder: &Path, site: &Site) -> anyhow::Result<Self> {
        let _ = fs::remove_dir_all(folder.join("alerts"));
        fs::write(folder.join("wirewatch.toml"), configuration(site))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirewatch"));
        command.current_dir(folder).arg("run").env("NO_COLOR", "1").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut log = BufReader::new(child.stderr.take().context("a log")?);
        let mut page = None;
        let mut line = String::new();
        while page.is_none() && log.read_line(&mut line)? > 0 {
            let address = line.split("address=").nth(1).filter(|_| line.contains("serving the web page"));
            page = address.map(|text| text.trim().trim_start_matches("http://").trim_end_matches('/').to_owned());
            if page.is_none() {
                eprint!("{line}");
                line.clear();
            }
        }
        let page = page.context("the daemon did not serve the web page")?;
        // Read on, so that it does not wait for us.
        let mut log_file = fs::File::create(folder.join("daemon.log"))?;
        thread::spawn(move || std::io::copy(&mut log, &mut log_file));
        Ok(Self { child, folder: folder.to_owned(), page })
    }

    /// Waits until the process has hardly anything to do for two seconds.
    pub fn settle(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut before = self.cpu_ticks()?;
        let mut quiet = 0;
        while quiet < 4 {
            if began.elapsed() > PATIENCE {
                bail!("the daemon does not come to rest");
            }
            thread::sleep(Duration::from_millis(500));
            let after = self.cpu_ticks()?;
            quiet = if after - before <= 10 { quiet + 1 } else { 0 };
            before = after;
        }
        Ok(())
    }

    fn cpu_ticks(&self) -> anyhow::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // User and system time stand 12th and 13th behind the name (proc(5)).
        let mut fields = stat.rsplit_once(')').context("a name")?.1.split_whitespace().skip(11);
        let mut next = || anyhow::Ok(fields.next().context("a time")?.parse::<u64>()?);
        Ok(next()? + next()?)
    }

    /// The most resident memory since it was forgotten.
    pub fn peak_megabytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak.unwrap_or(0_u64) / 1024
    }

    pub fn forget_peak(&self) {
        // Where that is not to be had the peak is that of the whole run.
        let _ = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    /// From the last byte of the feeds to the mails on their articles.
    pub fn mailed(&self, published: &Published) -> anyhow::Result<Timing> {
        let mut mailed = Timing::default();
        for folder in ["new", "cur"] {
            let Ok(files) = fs::read_dir(self.folder.join("alerts").join(folder)) else { continue };
            for file in files {
                let file = file?;
                let mail = fs::read_to_string(file.path()).unwrap_or_default();
                let subject = mail.lines().find(|line| line.starts_with("Subject:")).unwrap_or_default();
                let number = subject.split(|c: char| !c.is_ascii_digit()).find_map(|word| word.parse().ok());
                let announced = number.and_then(|number: usize| published.announced.get(&number));
                let at: SystemTime = file.metadata()?.modified()?;
                if let Some(Ok(took)) = announced.map(|announced| at.duration_since(*announced)) {
                    mailed.add(took);
                }
            }
        }
        Ok(mailed)
    }

    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the daemon ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(site: &Site) -> String {
    let mut text = r#"timezone = "UTC"

[poll]
per_host_interval = "0s"
allow_private_addresses = true

[pages]
confirm = "0s"
robots = false

[mail]
from = "wirewatch@example.org"
maildir = "alerts"
max_per_hour = 0

[web]
listen = "127.0.0.1:0"

[[recipient]]
name = "desk"
email = ["desk@example.org"]
settle = "0s"
update_interval = "0s"

"#
    .to_owned();
    for number in 0..FEEDS {
        let name = if number == 0 { "wire".to_owned() } else { format!("wire-{number}") };
        let host = site.hosts[number % site.hosts.len()];
        let (path, schedule) =
            if number < site.hosts.len() { (BUSY_FEED.to_owned(), "2s") } else { (format!("/{number}.xml"), "1h") };
        text +=
            &format!("[[feed]]\nname = \"{name}\"\nurl = \"http://{host}{path}\"\nschedule = \"every {schedule}\"\n\n");
    }
    text += "[[feed]]\nname = \"local\"\nurl = \"http://127.0.0.1:9/feed.xml\"\nenabled = false\n\n";
    for number in 0..RULES {
        text += &format!("[[rule]]\nname = \"rule-{number}\"\nmatch = '{}'\nto = [\"desk\"]\n\n", query(number));
    }
    text + &format!("[[rule]]\nname = \"breaking\"\nmatch = 'title:{MARK}'\nto = [\"desk\"]\n")
}
