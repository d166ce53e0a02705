//! The options of the commands that list, show and inspect.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use url::Url;

use super::Json;
use crate::cli::reference::{ArticleName, ArticleRange, ArticleVersion, ReferenceError, parse_address, parse_query};
use crate::model::DeliveryState;
use crate::schedule::Since;

#[derive(Debug, Clone, Args)]
pub struct FeedsArguments {
    #[command(flatten)]
    pub list: Json,
    #[command(subcommand)]
    pub command: Option<FeedsCommand>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum FeedsCommand {
    /// Look for the feeds of a site: each is read, and described by what is in it
    #[command(
        after_help = "Looks at the address itself, at what the page there announces or links to, where feeds usually \
        stand, and at the sitemaps of news that robots.txt names. A page leads into no private network.\n\nExamples:\n  \
        wirewatch feeds discover lemonde.fr\n  wirewatch feeds discover https://blog.example.org/ --json"
    )]
    Discover {
        /// A page of the site
        #[arg(value_name = "URL", value_parser = parse_address)]
        url: Url,
        #[command(flatten)]
        output: Json,
    },
    /// Take over the feeds of another reader: prints them as configuration (TOML), or adds them to a file of it
    #[command(
        after_help = "Reads OPML (folders become tags), newsboat's `urls` file (tags, and titles behind `~`), and lists \
        with an address in each line.\n\n\
        With --to, feeds that are configured already are left out, what stands in the file stays as it is, and \
        nothing is written where the configuration would have errors.\n\nExamples:\n  \
        wirewatch feeds import newsroom.opml --to feeds.d/newsroom.toml\n  \
        wirewatch feeds import ~/.newsboat/urls --to feeds.d/newsboat.toml\n  \
        wirewatch feeds import addresses.txt >> wirewatch.toml"
    )]
    Import {
        /// The list; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Add them to this file, which the configuration includes (`include = ["feeds.d/*.toml"]`)
        #[arg(long, value_name = "FILE.toml")]
        to: Option<PathBuf>,
    },
    /// Print the configured feeds as OPML; tags become folders
    Export,
}

#[derive(Debug, Clone, Args)]
pub struct ArticlesArguments {
    /// Only articles whose latest version matches, in the rule language
    #[arg(value_name = "QUERY", allow_hyphen_values = true, value_parser = parse_query)]
    pub query: Option<String>,
    /// Only articles that this rule matches now or has alerted on
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// Only articles that this feed announced
    #[arg(long, value_name = "NAME")]
    pub feed: Option<String>,
    /// Only articles that appeared or changed since (`7d`, `12h`, `2026-11-22`)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Only articles that their publisher revised
    #[arg(long)]
    pub revised: bool,
    /// At most this many, 0 for all [default: 50 on a terminal, else all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct ReextractArguments {
    /// Only articles whose latest version matches, in the rule language
    #[arg(value_name = "QUERY", allow_hyphen_values = true, value_parser = parse_query)]
    pub query: Option<String>,
    /// Only articles that this feed announced
    #[arg(long, value_name = "NAME")]
    pub feed: Option<String>,
    /// Only articles that appeared or changed since (`7d`, `12h`, `2026-11-22`)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Only these, by number or URL
    #[arg(long, value_name = "ARTICLE", num_args = 1.., conflicts_with_all = ["query", "feed", "since"])]
    pub article: Vec<ArticleName>,
    /// Show what would change and store nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct HistoryArguments {
    /// Its number or its URL
    #[arg(value_name = "ARTICLE")]
    pub article: ArticleName,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct ShowArguments {
    /// Its number or its URL, with `@3` for its third version; else the latest
    #[arg(value_name = "ARTICLE[@VERSION]")]
    pub article: ArticleVersion,
    /// Print the page as it was stored
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct DiffArguments {
    /// Its number or its URL, with `@1..3` for two versions; else the last revision
    #[arg(value_name = "ARTICLE[@A..B]")]
    pub article: ArticleRange,
    /// How to show it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = DiffFormat::Words)]
    pub format: DiffFormat,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// How a diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For reading: struck and underlined on a terminal, `[-removed-]` and `{+added+}` elsewhere
    Words,
    /// As git prints it, each paragraph a line
    Unified,
    /// A page that stands alone
    Html,
    /// `before` and `after` are indexes of paragraphs, counted from 0
    Json,
}

#[derive(Debug, Clone, Args)]
pub struct RulesArguments {
    #[command(flatten)]
    pub list: Json,
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum RulesCommand {
    /// What this rule would have alerted on, from the archive
    Test {
        #[arg(value_name = "QUERY", allow_hyphen_values = true, value_parser = parse_query)]
        query: String,
        /// Only versions observed since (`30d`, `2026-11-22`)
        #[arg(long, value_name = "WHEN")]
        since: Option<Since>,
        #[command(flatten)]
        output: Json,
    },
    /// Why a query matches an article or does not
    Explain {
        #[arg(value_name = "QUERY", allow_hyphen_values = true, value_parser = parse_query)]
        query: String,
        /// Its number or its URL, with `@3` for its third version; else the latest
        #[arg(value_name = "ARTICLE[@VERSION]")]
        article: ArticleVersion,
        #[command(flatten)]
        output: Json,
    },
}

#[derive(Debug, Clone, Args)]
pub struct AlertsArguments {
    /// Only those in this state
    #[arg(long, value_enum)]
    pub state: Option<StateName>,
    /// At most this many, 0 for all [default: 50 on a terminal, else all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub list: Json,
    #[command(subcommand)]
    pub command: Option<AlertsCommand>,
}

/// A delivery's state as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateName {
    Pending,
    Sent,
    Failed,
    Held,
}

impl From<StateName> for DeliveryState {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Pending => DeliveryState::Pending,
            StateName::Sent => DeliveryState::Sent,
            StateName::Failed => DeliveryState::Failed,
            StateName::Held => DeliveryState::Held,
        }
    }
}

#[derive(Debug, Clone, Subcommand)]
pub enum AlertsCommand {
    /// Send again now: these, or everything that was tried and is not sent
    Retry {
        #[arg(value_name = "ID")]
        ids: Vec<i64>,
        /// Everything that is held, too: by quiet hours or a mute
        #[arg(long, conflicts_with = "ids")]
        held: bool,
        #[command(flatten)]
        output: Json,
    },
    /// The message as it was sent
    Show {
        #[arg(value_name = "ID")]
        id: i64,
        /// Byte for byte, headers and encodings as they travelled
        #[arg(long, conflicts_with = "json")]
        raw: bool,
        #[command(flatten)]
        output: Json,
    },
}

#[derive(Debug, Clone, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct InspectArguments {
    #[command(subcommand)]
    pub command: InspectCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub enum InspectCommand {
    /// The entries of a feed document
    Feed {
        /// A file, a URL, or `-` for standard input
        #[arg(value_name = "FILE|URL")]
        document: Document,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        output: Json,
    },
    /// The article in a page
    Page {
        /// A file, a URL, or `-` for standard input
        #[arg(value_name = "FILE|URL")]
        document: Document,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        output: Json,
    },
    /// What changed between two pages of one article
    ///
    /// A page that is not fit to be read (a challenge, a paywall, an empty page) is compared with none: exit status 1, with
    /// the reason on stderr.
    Change {
        #[arg(value_name = "OLD")]
        old: Document,
        #[arg(value_name = "NEW")]
        new: Document,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        output: Json,
    },
}

/// How to take a document that was not fetched.
#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// What the HTTP header would have said (`text/html; charset=koi8-r`)
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// Where a file came from, for its relative links
    #[arg(long, value_name = "URL", value_parser = parse_address)]
    pub url: Option<Url>,
}

/// A document to inspect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    File(PathBuf),
    Url(Url),
    StandardInput,
}

impl FromStr for Document {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        match typed {
            "-" => Ok(Self::StandardInput),
            _ if typed.contains("://") => parse_address(typed).map(Self::Url),
            _ => Ok(Self::File(typed.into())),
        }
    }
}
