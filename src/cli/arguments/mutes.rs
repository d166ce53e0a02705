//! The options of `mute`, `mutes` and `unmute`.

use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};

use super::Json;
use crate::alert;
use crate::schedule::Since;

#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("end").required(true))]
pub struct MuteArguments {
    #[arg(value_name = "WHAT", value_enum)]
    pub kind: MuteKind,
    /// The name of the feed or rule; the article's number or URL
    #[arg(value_name = "NAME")]
    pub name: String,
    /// For this long (`90m`, `8h`, `7d`; at most 365d)
    #[arg(long = "for", value_name = "DURATION", value_parser = alert::mute_span, group = "end")]
    pub span: Option<Duration>,
    /// Until this day or moment (`2026-11-30`, `2026-11-30T08:00:00+01:00`)
    #[arg(long, value_name = "WHEN", value_parser = parse_until, group = "end")]
    pub until: Option<Since>,
    /// The reason, for whoever wonders why it is silent
    #[arg(long, value_name = "TEXT", value_parser = alert::reason)]
    pub why: Option<String>,
    #[command(flatten)]
    pub output: Json,
}

/// What can be muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MuteKind {
    /// What no other feed announces
    Feed,
    Rule,
    Article,
}

#[derive(Debug, Clone, Args)]
pub struct MutesArguments {
    /// Also those that are over
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: Json,
}

#[derive(Debug, Clone, Args)]
pub struct UnmuteArguments {
    /// Their numbers, from `wirewatch mutes`: `3` lifts a mute, `u3` takes back that an address unsubscribed
    #[arg(value_name = "ID", required = true, value_parser = parse_silence)]
    pub ids: Vec<Silence>,
    #[command(flatten)]
    pub output: Json,
}

/// What `unmute` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    Mute(i64),
    Unsubscription(i64),
}

fn parse_until(typed: &str) -> Result<Since, String> {
    match typed.parse().map_err(|_| "write a day or a moment: `2026-11-30`, `2026-11-30T08:00:00Z`".to_owned())? {
        Since::Ago(_) => Err(format!("`{typed}` is a span of time; `--for {typed}` mutes that long")),
        until => Ok(until),
    }
}

fn parse_silence(typed: &str) -> Result<Silence, String> {
    let (number, silence): (&str, fn(i64) -> Silence) = match typed.strip_prefix(['u', 'U']) {
        Some(number) => (number, Silence::Unsubscription),
        None => (typed, Silence::Mute),
    };
    number
        .parse()
        .map(silence)
        .map_err(|_| "write the number of a mute (`3`) or of an unsubscription (`u3`)".to_owned())
}
