//! `demo`: two outlets on loopback publish and revise a developing story; the real daemon watches them, keeps every
//! version and mails into a Maildir; the terminal shows what was published, detected and mailed, as it happens.

mod site;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstream::{eprintln, println};
use anyhow::{Context as _, anyhow};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::level_filters::LevelFilter;

use super::arguments::{DemoArguments, General};
use super::configuration::Machine;
use super::exit::Exit;
use super::logs;
use super::terminal::Terminal;
use super::text::{Mark, Text, count};
use super::watch::new_folder;
use super::working::interrupted;
use crate::config;
use crate::daemon::{Clock, Daemon, Happening, Setup};
use crate::model::{ArticleId, Timestamp};
use crate::store::{DaemonLock, Store};
use crate::web::{self, Listener};
use crate::words;
use site::{MAIN_OUTLET, OTHER_OUTLET, Outlets};
use story::{Act, STEPS};

/// How long the story takes when nothing else is asked for.
const USUAL_LENGTH: Duration = Duration::from_secs(32);
/// Shorter, the outlets would outrun the daemon's polls of once a second.
const SHORTEST_LENGTH: Duration = Duration::from_secs(16);
/// How long the daemon gets after the last step to see and mail it.
const LAST_MAILS: Duration = Duration::from_secs(10);

/// What the demo must see: one version for each telling, one for the second outlet, one for the football.
const EXPECTED_VERSIONS: usize = story::TELLINGS.len() + 2;
/// A mail for each telling and one for the second outlet.
const EXPECTED_MAILS: usize = story::TELLINGS.len() + 1;

/// Plays the story and says at the end where to look.
pub async fn demo(general: &General, arguments: &DemoArguments) -> anyhow::Result<Exit> {
    logs::start(general, LevelFilter::ERROR);
    let length = arguments.duration.unwrap_or(USUAL_LENGTH).max(SHORTEST_LENGTH);
    let folder = new_folder("wirewatch-demo").context("cannot make a folder for the demo")?;
    let clock = Clock::system();
    let stop = CancellationToken::new();
    let outlets = Outlets::open(clock.now(), &stop).await.context("cannot open a port on loopback")?;
    let daemon = start(&folder, &outlets, clock.clone()).await?;
    let mut stage =
        Stage { begun: Instant::now(), zone: daemon.daemon.setup().config.timezone, tally: Tally::default() };
    stage.opening(&folder, &outlets, daemon.page.as_ref());
    let ended = stage.play(&outlets, daemon, &stop, length).await?;
    stage.closing(&folder, &outlets);
    Ok(ended)
}

/// The daemon under a configuration of the demo's own, with its lock and its ear.
struct Started {
    daemon: Daemon,
    page: Option<Listener>,
    happenings: mpsc::UnboundedReceiver<Happening>,
    _lock: DaemonLock,
}

async fn start(folder: &Path, outlets: &Outlets, clock: Clock) -> anyhow::Result<Started> {
    let file = folder.join("wirewatch.toml");
    fs::write(&file, configuration(outlets)).with_context(|| format!("cannot write {}", file.display()))?;
    let config = config::load(&file, &Machine).map_err(|problems| anyhow!("{problems}"))?.config;
    let lock = DaemonLock::acquire(&config.store.path)?;
    let page = Listener::open(&config.web).await?;
    let store = Store::open(&config.store.path).await?;
    let (listener, happenings) = mpsc::unbounded_channel();
    let daemon = Daemon::new(store, clock, Setup::new(config, Some(file.display().to_string()))?, Some(listener));
    Ok(Started { daemon, page, happenings, _lock: lock })
}

fn configuration(outlets: &Outlets) -> String {
    format!(
        r#"# Written by `wirewatch demo`. The outlets are gone, but the database is all here.
[store]
path = "demo.db"

[poll]
schedule = "every 1s"           # a real feed would be polled every few minutes
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]

[pages]
recheck = ["1s for 1h"]
confirm = "0s"

[[feed]]
name = "harbour-post"
url = "http://{main}/rss.xml"

[[feed]]
name = "meridian-wire"
url = "http://{other}/atom.xml"

[[rule]]
name = "marisk-unrest"
match = 'marisk AND (protest* OR troops OR clash* OR killed OR dead)'
min_severity = "minor"

[[rule]]
name = "minister-quote"
match = 'removed:"gave the order"'

[[recipient]]
name = "desk"
email = "desk@localhost"
settle = "0s"
update_interval = "0s"

[mail]
maildir = "mail"

[web]
listen = "127.0.0.1:0"          # a free port
"#,
        main = outlets.main,
        other = outlets.other,
    )
}

/// What the daemon has done so far.
#[derive(Debug, Default)]
struct Tally {
    versions: usize,
    mails: usize,
    /// The article that was revised.
    story: Option<ArticleId>,
}

/// The terminal on which the story is told.
struct Stage {
    begun: Instant,
    zone: chrono_tz::Tz,
    tally: Tally,
}

impl Stage {
    fn opening(&self, folder: &Path, outlets: &Outlets, page: Option<&Listener>) {
        println!(
            "Two invented outlets are on air: {MAIN_OUTLET} (http://{}) and {OTHER_OUTLET} (http://{}).",
            outlets.main, outlets.other
        );
        println!(
            "The daemon polls their feeds and looks at their pages; everything it keeps is in {}.",
            folder.display()
        );
        if let Some(address) = page.and_then(Listener::address) {
            println!("Its web page is at {address} while this runs.");
        }
        println!();
    }

    async fn play(
        &mut self,
        outlets: &Outlets,
        mut started: Started,
        stop: &CancellationToken,
        length: Duration,
    ) -> anyhow::Result<Exit> {
        let store = started.daemon.store.clone();
        let page = started.page.take().map(|page| web::serve(page, started.daemon.clone(), stop.clone()));
        let _page = page.map(tokio::spawn).map(AbortOnDropHandle::new);
        let mut running = Box::pin(started.daemon.run(stop.clone()));
        let interrupted = interrupted();
        tokio::pin!(interrupted);
        let pause = length / u32::try_from(STEPS.len() + 1).unwrap_or(u32::MAX);
        let mut steps = STEPS.iter();
        let mut next = self.begun + pause / 2;
        let mut over = false;
        loop {
            tokio::select! {
                ended = &mut running => {
                    store.close().await;
                    ended.context("the store failed")?;
                    return Ok(self.verdict(over));
                }
                () = &mut interrupted => {
                    drop(running);
                    store.close().await;
                    return Ok(Exit::Fine);
                }
                Some(happening) = started.happenings.recv() => {
                    self.show(&happening);
                    if over && self.tally.versions >= EXPECTED_VERSIONS && self.tally.mails >= EXPECTED_MAILS {
                        stop.cancel();
                    }
                }
                () = sleep_until(next), if !stop.is_cancelled() => match steps.next() {
                    Some(step) => {
                        outlets.act(step.act, started.daemon.clock.now());
                        let outlet = if step.act == Act::SecondOutlet { OTHER_OUTLET } else { MAIN_OUTLET };
                        self.say(Mark::Strong, "outlet", &Text::new().then(Mark::Strong, format!("{outlet} {}", step.what)));
                        over = steps.len() == 0;
                        next += if over { pause + LAST_MAILS } else { pause };
                    }
                    None => stop.cancel(),
                },
            }
        }
    }

    fn show(&mut self, happening: &Happening) {
        match happening {
            Happening::Stored { article, number, text, change, rules, .. } => {
                self.tally.versions += 1;
                if *number > 1 {
                    self.tally.story = Some(*article);
                }
                let headline = text.headline.as_deref().unwrap_or("(no headline)");
                let mut line = Text::plain(format!("version {number} of “{headline}”"));
                if let Some(change) = change {
                    let (mark, severity) = words::severity(change.severity);
                    line.push(Mark::Plain, ": ");
                    line.push(mark, severity);
                    line.push(Mark::Plain, &format!(", {}", words::kinds(change)));
                    for figure in change.figures.iter().take(2) {
                        let (before, after) = (figure.before.as_deref(), figure.after.as_deref());
                        line.push(
                            Mark::Plain,
                            &format!("; {} → {}", before.unwrap_or("nothing"), after.unwrap_or("nothing")),
                        );
                    }
                    if change.silent {
                        line.push(Mark::Bad, "; silent");
                    }
                }
                if rules.is_empty() {
                    line.push(Mark::Faint, " (no rule wants it)");
                }
                self.say(Mark::Warning, "detected", &line);
            }
            Happening::Sent { subject, delivery } => {
                self.tally.mails += 1;
                let line = Text::plain(format!("to {}: {subject}", delivery.address));
                self.say(Mark::Good, "mailed", &line);
            }
            Happening::NotSent { error, .. } => self.say(Mark::Bad, "not mailed", &Text::plain(error)),
            Happening::Polled { feed, error: Some(error), .. } => {
                self.say(Mark::Bad, "trouble", &Text::plain(format!("{feed}: {error}")));
            }
            Happening::Polled { .. } | Happening::Looked { .. } => {}
        }
    }

    /// One line of the story: `  12.4 s  detected  …`
    fn say(&self, mark: Mark, who: &str, text: &Text) {
        let terminal = Terminal::of_stdout(self.zone, Timestamp::default());
        let mut line = Text::new().then(Mark::Faint, format!("{:5.1} s  ", self.begun.elapsed().as_secs_f64()));
        line.push(mark, &format!("{who:<10}"));
        let indent = line.width();
        let columns = terminal.width.map(|width| width.saturating_sub(indent));
        for (index, part) in text.wrapped(columns).into_iter().enumerate() {
            let mut row = if index == 0 { line.clone() } else { Text::plain(" ".repeat(indent)) };
            row.append(part);
            println!("{}", row.rendered(terminal.colour));
        }
    }

    /// Whether the daemon saw what was published, no more and no less.
    fn verdict(&self, over: bool) -> Exit {
        let Tally { versions, mails, .. } = self.tally;
        if !over {
            return Exit::Fine;
        }
        if versions == EXPECTED_VERSIONS && mails == EXPECTED_MAILS {
            return Exit::Fine;
        }
        eprintln!(
            "\nsomething went wrong: expected {} and {}, saw {versions} and {mails}",
            count(EXPECTED_VERSIONS as u64, "version"),
            count(EXPECTED_MAILS as u64, "mail"),
        );
        Exit::Failed
    }

    fn closing(&self, folder: &Path, outlets: &Outlets) {
        let loads = outlets.loads() as u64;
        println!();
        println!(
            "The outlets served {}, each with other advertisements; wirewatch kept {} and mailed {}.",
            count(loads, "page"),
            count(self.tally.versions as u64, "version"),
            count(self.tally.mails as u64, "alert"),
        );
        let program = program();
        let story = self.tally.story.map_or(1, |id| id.0);
        println!("\nSee for yourself:\n  cd {}", folder.display());
        for (command, why) in [
            (format!("history {story}"), "every version of the story, and what changed in each"),
            (format!("diff {story}@1..2"), "the words that the first revision changed"),
            (format!("diff {story}@3..4"), "the quotation that went without a word"),
            ("articles marisk".to_owned(), "both outlets' articles"),
            ("alerts".to_owned(), "what was mailed; `alerts show 3` prints one"),
        ] {
            println!("  {} {command:<15}  # {why}", program.display());
        }
        println!("  ls mail/new{:1$}  # the mails, one file each", "", program.as_os_str().len() + 5);
    }
}

/// How this program was called, for commands to copy from another folder.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("wirewatch"))
}
