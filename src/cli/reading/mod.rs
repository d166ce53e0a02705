//! The commands that read: the store, the configuration, a document; they change nothing but what is due or muted when, and
//! `reextract` what the store makes of its pages.

mod articles;
mod backup;
mod export;
mod feeds;
mod hide;
mod importing;
mod inspect;
mod listing;
mod mutes;
mod outbox;
mod prune;
mod recheck;
mod reextract;
mod replay;
mod rules;
mod verify;

use anstream::{eprint, eprintln};
use anyhow::anyhow;
use serde::Serialize;

pub use articles::{articles, diff, history, show};
pub use backup::{backup, restore};
pub use export::export;
pub use feeds::feeds;
pub use hide::hide;
pub use inspect::inspect;
pub use mutes::{mute, mutes, unmute};
pub use outbox::{alerts, status};
pub use prune::prune;
pub use recheck::recheck;
pub use reextract::reextract;
pub use rules::rules;
pub use verify::verify;

use super::arguments::General;
use super::configuration;
use super::logs;
use super::pager;
use super::reference::ArticleName;
use super::render;
use super::terminal::{Terminal, clean, clean_lines, printed, write_document};
use super::watch;
use crate::config::Config;
use crate::daemon::Clock;
use crate::identity;
use crate::model::{ArticleId, Event};
use crate::rule::{Query, RuleSet};
use crate::store::{History, Store, StoreError};

/// A terminal is shown this many rows of a list that may be long.
const ROWS_ON_A_TERMINAL: u32 = 50;

/// So much of what is damaged is named.
const DAMAGES_NAMED: usize = 10;

/// How events are asked of what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// As a rule would have been told them.
    Replayed,
    /// By how an article stands there now.
    OfArticles,
    /// By what a version was.
    OfOneVersion,
}

/// What a reading command works with: the configuration, and the place where its result goes.
struct Desk {
    config: Config,
    terminal: Terminal,
    is_quiet: bool,
    has_pager: bool,
}

impl Desk {
    fn new(general: &General) -> anyhow::Result<Self> {
        let config = configuration::load(general.config.as_deref())?;
        let terminal = Terminal::of_stdout(config.timezone, Clock::system().now());
        Ok(Self { config, terminal, is_quiet: general.quiet, has_pager: !general.no_pager })
    }

    /// The same where there need be no configuration: what one would say otherwise is as by default.
    fn with_or_without_configuration(general: &General) -> anyhow::Result<Self> {
        if general.config.is_some() || configuration::find(None).is_ok() {
            return Self::new(general);
        }
        let config = watch::bare_configuration()?;
        let terminal = Terminal::of_stdout(config.timezone, Clock::system().now());
        Ok(Self { config, terminal, is_quiet: general.quiet, has_pager: !general.no_pager })
    }

    async fn store(&self) -> Result<Store, StoreError> {
        // Of a damaged index, for one.
        logs::start_beside_a_result(self.is_quiet);
        Store::open_existing(&self.config.store.path).await
    }

    /// The store, or `None` before the daemon has made one: for what the configuration alone can answer.
    async fn store_if_any(&self) -> Result<Option<Store>, StoreError> {
        match self.store().await {
            Ok(store) => Ok(Some(store)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rules(&self) -> RuleSet {
        RuleSet::new(self.config.rules.clone())
    }

    /// Reads a query. What is wrong with it is said on standard error.
    fn query(&self, typed: &str) -> Option<Query> {
        let parsed = Query::parse(typed, &self.config.sets);
        let messages = Terminal::of_stderr(self.terminal.zone, self.terminal.now);
        match parsed {
            Ok(parsed) => {
                if !self.is_quiet {
                    eprint!("{}", render::query::warnings(typed, &parsed.warnings, &messages));
                }
                Some(parsed.query)
            }
            Err(errors) => {
                eprint!("{}", render::query::errors(typed, &errors, &messages));
                None
            }
        }
    }

    /// Prints a result, in a pager where it is longer than the screen.
    fn show(&self, rendered: &str) -> anyhow::Result<()> {
        match self.has_pager && self.terminal.width.is_some() {
            true => Ok(pager::show(rendered)?),
            false => print(rendered),
        }
    }

    /// Says something that is no part of the result.
    fn remark(&self, remark: &str) {
        if !self.is_quiet {
            eprintln!("{}", clean_lines(remark));
        }
    }

    /// Names what was left out because it cannot be read: the first of it where that is much.
    fn remark_on_damage(&self, damaged: &[String]) {
        for what in damaged.iter().take(DAMAGES_NAMED) {
            self.remark(&format!("left out what is damaged: {what}"));
        }
        let more = damaged.len().saturating_sub(DAMAGES_NAMED);
        if more > 0 {
            self.remark(&format!("left out {more} more that are damaged; `wirewatch verify` names all"));
        }
    }

    /// Says of events that the query asks for where the store does not tell them.
    fn remark_on_events(&self, query: &Query, told: Told) {
        let (gone, back) = (query.asks_for(Event::Gone), query.asks_for(Event::Back));
        match told {
            // `-event:gone` holds for all that is replayed.
            Told::Replayed if (gone || back) && !query.idle_on(&[Event::New, Event::Revised]).is_empty() => self
                .remark(
                    "`event:gone` and `event:back` are not replayed: the store does not keep when an article was away; \
                 `wirewatch articles event:gone` lists those that are",
                ),
            Told::OfArticles | Told::OfOneVersion if back => {
                self.remark("`event:back` finds nothing here: the store does not keep when an article came back");
            }
            _ => {}
        }
        if told == Told::OfArticles && query.asks_for_corrections() {
            self.remark("`event:corrected` is asked of the last revision alone; `wirewatch rules test` asks all");
        }
    }

    /// Rows to show: as asked for, 0 for all; else as many as a terminal takes, and all where the output is kept.
    fn limit(&self, asked: Option<u32>, is_json: bool) -> Option<u32> {
        match asked {
            Some(0) => None,
            Some(limit) => Some(limit),
            None if is_json || self.terminal.width.is_none() => None,
            None => Some(ROWS_ON_A_TERMINAL),
        }
    }
}

/// Prints a JSON document.
fn print_json(document: &impl Serialize) -> anyhow::Result<()> {
    Ok(write_document(printed(document)?.as_bytes())?)
}

fn print(rendered: &str) -> anyhow::Result<()> {
    Ok(write_document(rendered.as_bytes())?)
}

/// The article somebody means.
async fn find_article(store: &Store, name: &ArticleName) -> anyhow::Result<ArticleId> {
    let found = match name {
        ArticleName::Id(id) => store.find_article(&id.0.to_string()).await?,
        ArticleName::Url(url) => match store.find_article(identity::normalise(url).as_str()).await? {
            Some(id) => Some(id),
            None => store.find_article(url.as_str()).await?,
        },
    };
    found.ok_or_else(|| anyhow!("no article `{name}`\n\nhint: `wirewatch articles` lists those that are stored"))
}

/// An article's history, which has at least one version.
async fn find_history(store: &Store, name: &ArticleName, terminal: &Terminal) -> anyhow::Result<History> {
    let id = find_article(store, name).await?;
    let history = store.history(id).await?.ok_or_else(|| anyhow!("no article `{name}`"))?;
    if history.versions.is_empty() {
        let reason = clean(&render::history::without_version(&history.article, terminal));
        return Err(anyhow!("no version of article {} is stored: {reason}", id.0));
    }
    Ok(history)
}
