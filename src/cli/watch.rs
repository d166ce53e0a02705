//! `watch`: feeds without a configuration; alerts go to the terminal, the store into a folder that is removed at the end.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstream::{eprint, eprintln, print};
use anyhow::{Context as _, anyhow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;
use url::Url;

use super::arguments::{General, WatchArguments};
use super::configuration::Machine;
use super::discovery;
use super::exit::Exit;
use super::logs;
use super::render::{self, news};
use super::terminal::Terminal;
use super::working::interrupted;
use crate::alert::{Deliver, Recipient};
use crate::config::{self, Config, FeedConfig, Files, PrivateAddresses};
use crate::daemon::{Clock, Daemon, EVERYTHING, Happening, Setup};
use crate::documents::FoundBy;
use crate::fetch::{self, Fetcher};
use crate::model::{Event, Severity};
use crate::rule::{Query, Rule, Sets};
use crate::store::Store;

/// Polite for a feed of which nothing is known.
const SCHEDULE: &str = "every 5m";
/// Feeds of one site that are watched when a site was named.
const MAX_FEEDS_OF_A_SITE: usize = 5;

/// Watches until interrupted.
pub async fn watch(general: &General, arguments: &WatchArguments) -> anyhow::Result<Exit> {
    logs::start(general, LevelFilter::ERROR);
    let mut config = bare_configuration()?;
    let Some(rule) = rule(&arguments.query, &config) else { return Ok(Exit::Misused) };
    config.rules = vec![rule];
    config.poll.allow_private_addresses = own_hosts(&arguments.urls).await;
    let fetcher = Fetcher::new(&config.poll)?;
    for url in &arguments.urls {
        config.feeds.extend(feeds_at(&fetcher, url, config.poll.max_body, !general.quiet).await?);
    }
    // A site names feeds that may have been named beside it.
    let mut seen = BTreeSet::new();
    config.feeds.retain(|feed| seen.insert(feed.url.clone()));
    unique_names(&mut config.feeds);
    if !general.quiet {
        for feed in &config.feeds {
            eprintln!("watching {}", config::without_user(&feed.url));
        }
    }
    let folder = TemporaryFolder::new().context("cannot make a temporary folder")?;
    let store = Store::open(&folder.path.join("watch.db")).await?;
    let (listener, mut happenings) = mpsc::unbounded_channel();
    let zone = config.timezone;
    let daemon = Daemon::new(store.clone(), Clock::system(), Setup::for_listener(config)?, Some(listener));
    let running = daemon.run(CancellationToken::new());
    let interrupted = interrupted();
    tokio::pin!(running, interrupted);
    loop {
        tokio::select! {
            ended = &mut running => {
                store.close().await;
                ended.context("the store failed")?;
                return Ok(Exit::Fine);
            }
            // Nothing that runs is of use to anybody any more: nothing is kept.
            () = &mut interrupted => return Ok(Exit::Fine),
            Some(happening) = happenings.recv() => {
                show(&happening, &Terminal::of_stdout(zone, daemon.clock.now()));
            }
        }
    }
}

fn show(happening: &Happening, terminal: &Terminal) {
    match happening {
        Happening::Sent { delivery, .. } => print!("{}\n", news::told(delivery, terminal)),
        Happening::Polled { feed, error: Some(error), .. } => eprintln!("{feed}: {error}"),
        _ => {}
    }
}

/// The defaults of an empty configuration, made fit for a terminal.
pub(super) fn bare_configuration() -> anyhow::Result<Config> {
    let empty = config::load(Path::new("/wirewatch.toml"), &NoFiles).map_err(|problems| anyhow!("{problems}"))?;
    let mut config = empty.config;
    // What stands in the feeds at the start is shown too, however old: who starts to watch wants to see that it works.
    config.poll.initial = EVERYTHING;
    config.store.keep_pages = false;
    config.recipients = vec![Recipient {
        name: "terminal".to_owned(),
        email: vec!["terminal".to_owned()],
        hooks: Vec::new(),
        deliver: Deliver::Now,
        settle: Duration::ZERO,
        update_interval: Duration::ZERO,
        quiet: None,
    }];
    config.mail.max_per_hour = 0;
    Ok(config)
}

/// The rule that was typed; what is wrong with it is printed.
fn rule(query: &str, config: &Config) -> Option<Rule> {
    let messages = Terminal::of_stderr(config.timezone, Clock::system().now());
    let parsed = Query::parse(query, &Sets::default());
    match &parsed {
        Ok(parsed) => eprint!("{}", render::query::warnings(query, &parsed.warnings, &messages)),
        Err(errors) => eprint!("{}", render::query::errors(query, errors, &messages)),
    }
    Some(Rule {
        name: "watch".to_owned(),
        query: parsed.ok()?.query,
        feeds: Vec::new(),
        on: vec![Event::New, Event::Revised, Event::Gone, Event::Back],
        min_severity: Severity::Minor,
        to: config.recipients.iter().map(|recipient| recipient.name.clone()).collect(),
        urgent: false,
    })
}

/// Who types an address in a private network may follow its links there. A name that leads to the public internet when
/// it is typed is not trusted to lead home later.
async fn own_hosts(urls: &[Url]) -> PrivateAddresses {
    let mut hosts = BTreeSet::new();
    for url in urls {
        if fetch::leads_home(url).await {
            hosts.extend(url.host_str().map(str::to_owned));
        }
    }
    PrivateAddresses::Only(hosts.into_iter().collect())
}

/// The feed at an address, or the feeds of the site there: of two with the same articles one, and those of comments
/// only where there is nothing else.
async fn feeds_at(fetcher: &Fetcher, url: &Url, max_body: u64, has_progress: bool) -> anyhow::Result<Vec<FeedConfig>> {
    let found = discovery::discover(fetcher, url, max_body, MAX_FEEDS_OF_A_SITE, has_progress).await?.feeds;
    let has_articles = found.iter().any(|feed| !feed.comments);
    let wanted = found.into_iter().filter(|feed| feed.same_as.is_none() && !(has_articles && feed.comments));
    Ok(wanted.map(|feed| FeedConfig { found_on_page: feed.found != FoundBy::Given, ..feed_config(feed.url) }).collect())
}

fn feed_config(url: Url) -> FeedConfig {
    let schedule = SCHEDULE.parse().expect("a valid constant");
    let name = url.host_str().unwrap_or("feed").to_owned();
    FeedConfig { name, url, schedule, tags: Vec::new(), follow: true, enabled: true, found_on_page: false }
}

fn unique_names(feeds: &mut [FeedConfig]) {
    let mut taken = BTreeSet::new();
    for (index, feed) in feeds.iter_mut().enumerate() {
        if !taken.insert(feed.name.clone()) {
            feed.name = format!("{} ({})", feed.name, index + 1);
            taken.insert(feed.name.clone());
        }
    }
}

/// A machine on which the only file is an empty configuration.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &Path) -> io::Result<String> {
        Ok(String::new())
    }

    fn matching(&self, _pattern: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    fn env(&self, name: &str) -> Option<String> {
        Machine.env(name)
    }

    fn system_timezone(&self) -> Option<String> {
        Machine.system_timezone()
    }
}

/// A folder of our own, removed with everything in it when dropped.
pub(super) struct TemporaryFolder {
    pub(super) path: PathBuf,
}

impl TemporaryFolder {
    pub(super) fn new() -> io::Result<Self> {
        new_folder("wirewatch-watch").map(|path| Self { path })
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Nothing of value is in it, and nobody is left to tell.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A new folder in the temporary folder, readable by its owner only.
pub(super) fn new_folder(name: &str) -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    for attempt in 0..1000 {
        let path = std::env::temp_dir().join(format!("{name}-{}-{attempt}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
