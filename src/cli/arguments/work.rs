//! The options of the commands that do work or set things up.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Url;

use crate::cli::reference::{ArticleName, parse_address};
use crate::config;
use crate::schedule;

#[derive(Debug, Clone, Args)]
pub struct InitArguments {
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Clone, Args)]
pub struct CheckArguments {
    /// Also fetch every feed once and log in to the mail server; stores and sends nothing
    #[arg(long)]
    pub online: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// Do everything that is due now, once, then exit
    #[arg(long)]
    pub once: bool,
    /// Take every feed and every watched page as due
    #[arg(long, requires = "once")]
    pub all: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RecheckArguments {
    /// Their numbers or URLs
    #[arg(value_name = "ARTICLE", required = true)]
    pub articles: Vec<ArticleName>,
}

#[derive(Debug, Clone, Args)]
pub struct WatchArguments {
    /// Feeds, or sites whose feeds are looked for
    #[arg(value_name = "URL", required = true, value_parser = parse_address)]
    pub urls: Vec<Url>,
    /// What to look for, in the rule language
    #[arg(long = "match", value_name = "QUERY")]
    pub query: String,
}

#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Tell the story in this long (`20s`; at least 16 seconds) [default: 32s]
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub duration: Option<Duration>,
}

#[derive(Debug, Clone, Args)]
pub struct TestMailArguments {
    /// By mail to this address [default: every recipient's first, and every webhook and ntfy topic]
    #[arg(long, value_name = "ADDRESS", value_parser = config::mail_address)]
    pub to: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct CompletionsArguments {
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Args)]
pub struct ManArguments {
    /// Write `wirewatch.1` and one page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
}

fn parse_duration(typed: &str) -> Result<Duration, String> {
    schedule::parse_duration(typed).map_err(|error| error.to_string())
}
