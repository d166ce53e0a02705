//! `rules`, `rules test`.

use crate::cli::table::{Column, Table};
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, grouped};
use crate::documents::{RuleRow, WouldAlert};
use crate::model::{Match, MatchField};
use crate::rule::RuleSet;
use crate::words;

/// What to do where no rule is configured.
pub const NONE: &str =
    "no rules yet; `wirewatch rules test QUERY` tries one on the archive, `[[rule]]` in the configuration keeps it";

/// Different words that one part of a query found are named up to this many.
const NAMED_TERMS: usize = 6;

/// Rules that are named where they make every version more costly.
const NAMED_RULES: usize = 20;

/// What `check` says of rules that every version is held against; `None` where there are none.
pub fn unanchored(rules: &RuleSet) -> Option<String> {
    let names: Vec<String> = rules.unanchored().map(|rule| format!("`{}`", rule.name)).collect();
    let more = match names.len() {
        0 => return None,
        length if length > NAMED_RULES => format!(" and {} more", grouped((length - NAMED_RULES) as u64)),
        _ => String::new(),
    };
    let rules = count(names.len() as u64, "rule");
    let (are, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
    let named = names.iter().take(NAMED_RULES).map(String::as_str).collect::<Vec<_>>().join(", ");
    Some(format!(
        "{rules} {are} held against every version, as no word has to be there for {them} to match: {named}{more}\n\
         (a few do no harm; beside a word that must be there, as in `word AND /expression/`, it costs nothing)"
    ))
}

pub fn listed(rules: &[RuleRow], terminal: &Terminal) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::name("RULE", 12),
        Column::number("ALERTS"),
        Column::text("LAST ALERT"),
        Column::text("ON").optional(),
        Column::flexible("TO", 8).optional(),
        Column::flexible("FEEDS", 8).optional(),
        Column::flexible("QUERY", 20),
    ]);
    for rule in rules {
        let on: Vec<&str> = rule.on.iter().map(|event| words::event(*event)).collect();
        table.row(vec![
            Text::new().then(Mark::Strong, &rule.name),
            grouped(rule.alerts).into(),
            rule.last_alert.map_or_else(|| "never".into(), |at| terminal.when(at).into()),
            on.join(", ").into(),
            rule.to.join(", ").into(),
            rule.feeds.join(", ").into(),
            rule.query.as_str().into(),
        ]);
    }
    table.rendered(terminal)
}

/// The versions on which a rule would have alerted, with what it found.
pub fn tested(matches: &[WouldAlert], terminal: &Terminal) -> String {
    if matches.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::number("ARTICLE"),
        Column::text("EVENT"),
        Column::text("OBSERVED"),
        Column::flexible("FOUND", 12).optional(),
        Column::flexible("HEADLINE", 24),
    ]);
    for found in matches {
        table.row(vec![
            Text::new().then(Mark::Strong, format!("{}@{}", found.article.0, found.version)),
            words::event(found.event).into(),
            terminal.when(found.observed_at).into(),
            found_words(&found.terms),
            found.headline.clone().unwrap_or_default().into(),
        ]);
    }
    table.rendered(terminal)
}

/// `3 alerts on 2 articles, had the rule been there`, and how much was read for it.
pub fn tested_summary(matches: &[WouldAlert], looked_at: u64, of: u64) -> String {
    let mut articles: Vec<i64> = matches.iter().map(|found| found.article.0).collect();
    articles.sort_unstable();
    articles.dedup();
    let found = match matches.len() as u64 {
        0 => "would not have alerted on anything that is stored".to_owned(),
        alerts => {
            let articles = count(articles.len() as u64, "article");
            format!("{} on {articles}, had the rule been there", count(alerts, "alert"))
        }
    };
    match looked_at {
        0 => format!("{found} (none of {} has the words)", count(of, "article")),
        _ if looked_at < of => format!("{found} (read {} of {})", grouped(looked_at), count(of, "article")),
        _ => found,
    }
}

/// The different words that were found, in order: `CSTO ×3, Kazakhstan`; those of a version that has lost them behind the
/// others: `Kazakhstan; no longer: CSTO ×2`.
pub(super) fn found_words(matches: &[Match]) -> Text {
    let (lost, there): (Vec<&Match>, Vec<&Match>) =
        matches.iter().partition(|found| found.field == MatchField::Removed);
    let mut words = Text::new();
    if !there.is_empty() {
        words.push(Mark::Hit, &named_words(&there));
    }
    if !lost.is_empty() {
        let before = if there.is_empty() { "no longer: " } else { "; no longer: " };
        words = words.then(Mark::Plain, before).then(Mark::Removed, named_words(&lost));
    }
    words
}

fn named_words(matches: &[&Match]) -> String {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for term in matches {
        match found.iter_mut().find(|(text, _)| *text == term.text) {
            Some((_, times)) => *times += 1,
            None => found.push((&term.text, 1)),
        }
    }
    let more = found.len().saturating_sub(NAMED_TERMS);
    let named = found.iter().take(NAMED_TERMS).map(|(text, times)| match times {
        1 => (*text).to_owned(),
        _ => format!("{text} ×{times}"),
    });
    let mut words = named.collect::<Vec<_>>().join(", ");
    if more > 0 {
        words.push_str(&format!(", … {more} more"));
    }
    words
}

pub(super) fn found_fields(matches: &[Match]) -> String {
    let mut fields: Vec<&str> = Vec::new();
    for term in matches {
        let field = words::field(term.field);
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields.join(", ")
}
