//! The commands that work: `run`, `check`, `watch`, `test-mail`.

use std::path::Path;
use std::time::Duration;

use anstream::{eprintln, println};
use anyhow::{Context as _, anyhow};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;
use tracing::warn;

use super::arguments::{CheckArguments, General, RunArguments, TestMailArguments};
use super::configuration;
use super::exit::Exit;
use super::progress::Progress;
use super::text::count;
use super::{logs, render};
use crate::alert::Channel;
use crate::config::{Access, Config, FeedConfig, Listen, MailTransport};
use crate::daemon::{self, Clock, Courier, Daemon, Happening, Once, Setup, Signals};
use crate::email::sample;
use crate::feed;
use crate::fetch::{ACCEPT_FEED, Fetcher, NamedBy, Request};
use crate::hook;
use crate::model::{Delivery, Timestamp};
use crate::rule::RuleSet;
use crate::store::{DaemonLock, Store};
use crate::transport::{self, Hook, Signer, Transport};
use crate::web::{self, Listener};

/// Feeds that `check --online` asks at the same time.
const CHECKED_AT_ONCE: usize = 16;

/// The daemon, or one round of its work.
pub async fn run(general: &General, arguments: &RunArguments) -> anyhow::Result<Exit> {
    let signals = if arguments.once { None } else { Some(Signals::listen()?) };
    let path = configuration::find(general.config.as_deref())?;
    let config = configuration::load_and_warn(Some(&path))?;
    let usual = if arguments.once { LevelFilter::WARN } else { LevelFilter::INFO };
    logs::start(general, usual);
    let _lock = DaemonLock::acquire(&config.store.path)?;
    let listener = if arguments.once { None } else { Listener::open(&config.web).await? };
    let listen = config.web.listen.clone();
    let store = Store::open(&config.store.path).await?;
    let setup = Setup::new(config, configuration::hint(general))?;
    let Some(signals) = signals else {
        let what = if arguments.all { Once::All } else { Once::Due };
        return run_once(general, store, setup, what).await;
    };
    let daemon = Daemon::new(store.clone(), Clock::system(), setup, None);
    let stop = CancellationToken::new();
    let page = listener.map(|listener| tokio::spawn(web::serve(listener, daemon.clone(), stop.clone())));
    let load = || reload(&path, configuration::hint(general), &listen);
    let ended = daemon::serve(&daemon, signals, &stop, load).await;
    // By a store that failed it ends without an order to stop.
    stop.cancel();
    if let Some(page) = page {
        // It bounds its end by itself, and a panic of it was logged.
        let _ = page.await;
    }
    store.close().await;
    ended?;
    Ok(Exit::Fine)
}

/// The configuration as it is now, for a daemon whose page is served at `listen`.
fn reload(path: &Path, hint: Option<String>, listen: &Listen) -> Result<Setup, String> {
    let config = configuration::reload(path)?;
    if config.web.listen != *listen {
        warn!(
            now = %listen, configured = %config.web.listen,
            "`listen` in [web] changed, which needs a restart; until then the web page stays where it is"
        );
    }
    Setup::new(config, hint).map_err(|error| format!("{:#}", anyhow!(error)))
}

/// What one round did.
#[derive(Debug, Default)]
struct Tally {
    polled: usize,
    failed: usize,
    new_entries: usize,
    versions: usize,
    sent: usize,
    /// Refused for now.
    delayed: usize,
    /// Refused for good.
    given_up: usize,
}

impl Tally {
    fn add(&mut self, happening: &Happening) {
        match happening {
            Happening::Polled { error, new_entries, .. } => {
                self.polled += 1;
                self.failed += usize::from(error.is_some());
                self.new_entries += new_entries;
            }
            Happening::Looked { .. } => {}
            Happening::Stored { .. } => self.versions += 1,
            Happening::Sent { .. } => self.sent += 1,
            Happening::NotSent { again: true, .. } => self.delayed += 1,
            Happening::NotSent { again: false, .. } => self.given_up += 1,
        }
    }

    /// Whether nothing of the one or of the other worked: no feed could be read, or no message sent.
    fn has_failed(&self) -> bool {
        let unsent = self.delayed + self.given_up;
        (self.polled > 0 && self.failed == self.polled) || (unsent > 0 && self.sent == 0)
    }

    fn sentence(&self) -> String {
        let mut sentence = format!("polled {}", count(self.polled as u64, "feed"));
        if self.failed > 0 {
            sentence += &format!(" ({} failed)", self.failed);
        }
        sentence += &format!(
            ", found {}, stored {}, sent {}",
            count(self.new_entries as u64, "new entry"),
            count(self.versions as u64, "version"),
            count(self.sent as u64, "message"),
        );
        match (self.delayed, self.given_up) {
            (0, 0) => {}
            (delayed, 0) => sentence += &format!(" ({delayed} not yet)"),
            (0, given_up) => sentence += &format!(" ({given_up} given up)"),
            (delayed, given_up) => sentence += &format!(" ({delayed} not yet, {given_up} given up)"),
        }
        sentence
    }
}

async fn run_once(general: &General, store: Store, setup: Setup, what: Once) -> anyhow::Result<Exit> {
    let (listener, mut happenings) = mpsc::unbounded_channel();
    let feeds = setup.config.feeds.iter().filter(|feed| feed.enabled).count();
    let daemon = Daemon::new(store.clone(), Clock::system(), setup, Some(listener));
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        stopping.cancel();
    });
    let progress = if general.quiet { Progress::hidden() } else { Progress::new("polling feeds", feeds as u64) };
    let work = daemon.run_once(what, &stop);
    tokio::pin!(work);
    let mut tally = Tally::default();
    let ended = loop {
        tokio::select! {
            ended = &mut work => break ended,
            Some(happening) = happenings.recv() => {
                progress.advance(u64::from(matches!(happening, Happening::Polled { .. })));
                tally.add(&happening);
            }
        }
    };
    while let Ok(happening) = happenings.try_recv() {
        tally.add(&happening);
    }
    progress.finish();
    store.close().await;
    ended.context("the store failed")?;
    let has_failed = tally.has_failed();
    if has_failed || !general.quiet {
        eprintln!("{}", tally.sentence());
    }
    Ok(if has_failed { Exit::Failed } else { Exit::Fine })
}

/// Until SIGINT or SIGTERM.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Validates the configuration; with `--online` also asks every feed and the mail server.
pub async fn check(general: &General, arguments: &CheckArguments) -> anyhow::Result<Exit> {
    let path = configuration::find(general.config.as_deref())?;
    let config = configuration::load_and_warn(Some(&path))?;
    if let Err(error) = Signer::open(&config.mail) {
        println!("{}: `dkim` in [mail]: {error}", path.display());
        return Ok(Exit::Misused);
    }
    println!(
        "{}: fine: {}, {}, {}",
        path.display(),
        count(config.feeds.len() as u64, "feed"),
        count(config.rules.len() as u64, "rule"),
        count(config.recipients.len() as u64, "recipient"),
    );
    if let Some(told) = render::rules::unanchored(&RuleSet::new(config.rules.iter().cloned())) {
        println!("{told}");
    }
    if !arguments.online {
        return Ok(Exit::Fine);
    }
    let feeds = check_feeds(general, &config).await?;
    let mail = check_mail(&config).await;
    for hook in &config.hooks {
        let (channel, name) = (hook.channel.name(), &hook.recipient);
        println!("{channel} of `{name}`: not asked, for that would notify somebody; `wirewatch test-mail` does");
    }
    Ok(if feeds && mail { Exit::Fine } else { Exit::Failed })
}

async fn check_feeds(general: &General, config: &Config) -> anyhow::Result<bool> {
    let fetcher = Fetcher::new(&config.poll)?;
    let feeds: Vec<FeedConfig> = config.feeds.iter().filter(|feed| feed.enabled).cloned().collect();
    let progress = if general.quiet { Progress::hidden() } else { Progress::new("asking feeds", feeds.len() as u64) };
    let mut waiting = feeds.into_iter();
    let mut asked = JoinSet::new();
    let (mut well, mut ill) = (0, Vec::new());
    loop {
        while asked.len() < CHECKED_AT_ONCE
            && let Some(feed) = waiting.next()
        {
            let access = config.access.get(&feed.name).cloned();
            asked.spawn(ask_feed(fetcher.clone(), feed, access, config.poll.max_body));
        }
        let Some(answer) = asked.join_next().await else { break };
        progress.advance(1);
        match answer.context("a feed could not be asked")? {
            (_, Ok(_)) => well += 1,
            (feed, Err(problem)) => ill.push((feed, problem)),
        }
    }
    progress.finish();
    ill.sort();
    for (feed, problem) in &ill {
        println!("feed `{feed}`: {problem}");
    }
    println!("feeds: {well} answered well, {} did not", ill.len());
    Ok(ill.is_empty())
}

async fn ask_feed(
    fetcher: Fetcher,
    feed: FeedConfig,
    access: Option<Access>,
    max_body: u64,
) -> (String, Result<usize, String>) {
    let request = Request::new(&feed.url, NamedBy::Operator, ACCEPT_FEED, max_body);
    let request = Request { access: access.as_ref(), ..request };
    let read = match fetcher.get(request, Clock::system().now()).await {
        Err(error) => Err(error.to_string()),
        Ok(answer) if !(200..300).contains(&answer.status) => Err(answer.refusal()),
        Ok(answer) => feed::parse(&answer.body, answer.content_type(), &answer.url)
            .map(|document| document.entries.len())
            .map_err(|error| error.to_string()),
    };
    (feed.name, read)
}

async fn check_mail(config: &Config) -> bool {
    let checked = match Transport::open(&config.mail) {
        Ok(transport) => transport.check().await.map_err(|error| format!("{:#}", anyhow!(error))),
        Err(error) => Err(format!("{:#}", anyhow!(error))),
    };
    match checked {
        Ok(()) => println!("mail: {} is ready", mail_name(config)),
        Err(ref problem) => println!("mail: {} is not ready: {problem}", mail_name(config)),
    }
    checked.is_ok()
}

fn mail_name(config: &Config) -> String {
    match &config.mail.transport {
        MailTransport::Smtp(smtp) => format!("the server {}:{}", smtp.host, smtp.port),
        MailTransport::Maildir(folder) => format!("the Maildir {}", folder.display()),
    }
}

/// Sends one sample alert by every way to every recipient (of its mail addresses to the first), or to one address.
pub async fn test_mail(general: &General, arguments: &TestMailArguments) -> anyhow::Result<Exit> {
    let config = configuration::load(general.config.as_deref())?;
    let addresses: Vec<String> = match &arguments.to {
        Some(address) => vec![address.clone()],
        None => config.recipients.iter().filter_map(|recipient| recipient.email.first().cloned()).collect(),
    };
    let has_hooks = arguments.to.is_none() && !config.hooks.is_empty();
    if addresses.is_empty() && !has_hooks {
        return Err(anyhow!("nobody to send to: the configuration has no recipient\n\nhint: `--to ADDRESS` names one"));
    }
    let name = mail_name(&config);
    let setup = Setup::new(config, configuration::hint(general))?;
    let Courier::Mail(transport) = &setup.courier else { return Ok(Exit::Failed) };
    let now = Clock::system().now();
    let mut all_sent = true;
    for address in addresses {
        let email = crate::email::compose(&sample::delivery(&address, &setup.outbox.host, now), &setup.sender, now);
        let message = transport::render_signed(&email, setup.signer.as_ref())?;
        let sent =
            tokio::time::timeout(Duration::from_secs(300), transport.send(&email.from, &address, &message)).await;
        match sent {
            Ok(Ok(())) => println!("{address}: {name} accepted the sample alert"),
            Ok(Err(error)) => {
                all_sent = false;
                println!("{address}: {name} did not accept it: {:#}", anyhow!(error));
            }
            Err(_) => {
                all_sent = false;
                println!("{address}: {name} did not answer within five minutes");
            }
        }
    }
    for hook in setup.hooks.iter().filter(|_| has_hooks) {
        all_sent &= test_hook(hook, &setup, now).await?;
    }
    Ok(if all_sent { Exit::Fine } else { Exit::Failed })
}

/// Sends the sample alert through a webhook or to an ntfy topic. Whether it was taken.
async fn test_hook(hook: &Hook, setup: &Setup, now: Timestamp) -> anyhow::Result<bool> {
    let sample = sample::delivery(hook.address(), &setup.outbox.host, now);
    let sample = Delivery { recipient: hook.recipient().to_owned(), ..sample };
    let email = crate::email::compose(&sample, &setup.sender.without_templates(), now);
    let document = match hook.channel() {
        Channel::Webhook => hook::document(&sample, &email)?,
        Channel::Ntfy => hook::notification(&sample, &email, false)?,
    };
    let sent = hook.send(&sample.message_id, &document, now).await;
    let (recipient, channel) = (hook.recipient(), hook.channel().name());
    match &sent {
        Ok(()) => println!("{recipient}: the {channel} {} accepted the sample alert", hook.address()),
        Err(error) => println!("{recipient}: the {channel} {} did not accept it: {error}", hook.address()),
    }
    Ok(sent.is_ok())
}
