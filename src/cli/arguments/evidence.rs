//! The options of `verify`, `export` and `hide`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Json;
use crate::alert;
use crate::cli::reference::{ArticleName, ArticleVersion, parse_query};
use crate::schedule::Since;

#[derive(Debug, Clone, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArguments {
    /// Only articles whose latest version matches, in the rule language; for `--format html` the article's number or URL
    #[arg(value_name = "QUERY", allow_hyphen_values = true, value_parser = parse_query)]
    pub query: Option<String>,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,
    /// Write into this file, which is there whole or not at all; else to standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only these articles, by number or URL
    #[arg(long, value_name = "ARTICLE", num_args = 1.., conflicts_with_all = ["rule", "feed", "since", "revised", "limit"])]
    pub article: Vec<ArticleName>,
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
    /// At most this many articles, 0 for all
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A JSON document a line for each version: what `show --json` prints, and the article's facts
    Jsonl,
    /// A row for each version (RFC 4180, UTF-8); what a spreadsheet would compute begins with an apostrophe
    Csv,
    /// The stored pages, for web archives: WARC 1.1, each record compressed with gzip
    Warc,
    /// One article as a page that stands alone and prints well: every version, its hash, and what changed
    Html,
}

#[derive(Debug, Clone, Args)]
pub struct HideArguments {
    /// The article's number or its URL, with `@3` for its third version
    #[arg(value_name = "ARTICLE@VERSION", value_parser = parse_one_version)]
    pub article: ArticleVersion,
    /// The reason, which stays visible
    #[arg(long, value_name = "TEXT", value_parser = alert::reason)]
    pub why: String,
    #[command(flatten)]
    pub output: Json,
}

/// What is deleted for good is named in full.
fn parse_one_version(typed: &str) -> Result<ArticleVersion, String> {
    match typed.parse::<ArticleVersion>() {
        Ok(ArticleVersion { version: None, .. }) => Err("name the version too, as in `12@2`".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}
