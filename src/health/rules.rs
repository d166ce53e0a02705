//! Rules that have not alerted for a month, and rules that match nearly everything.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{FoundNotice, NoticeKind, Subject, Timestamp};

use super::judge::FOREVER;

/// With more rules than this, nobody reads of each one.
pub const MAX_RULES: usize = 10_000;
/// Articles on which rules are tried that may match everything.
pub const SAMPLE: u32 = 300;

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Articles that must have been there for a rule to match.
const ENOUGH_ARTICLES: u64 = 200;
const ENOUGH_SAMPLED: u32 = 100;
const NEARLY_ALL_PERCENT: u32 = 90;
const FEW_AGAIN_PERCENT: u32 = 75;

/// Since when a rule reads as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMemory {
    pub name: String,
    /// 64 bits of a hash over its query.
    pub query: i64,
    pub since: Timestamp,
}

/// A rule of the configuration, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSigns {
    pub name: String,
    pub since: Timestamp,
    pub last_alert: Option<Timestamp>,
    /// Articles with news in the last month; it matters whether there are some hundred.
    pub articles: u64,
    /// Where it was tried lately.
    pub sample: Option<RuleSample>,
}

/// On how many of the latest articles a rule was tried, and on how many it matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSample {
    pub articles: u32,
    pub matched: u32,
}

/// The rules to write down anew, and the names to forget, so that the memory is that of `now`.
pub fn changed_rules(
    known: &[RuleMemory],
    configured: &[(String, i64)],
    now: Timestamp,
) -> (Vec<RuleMemory>, Vec<String>) {
    let before: HashMap<&str, i64> = known.iter().map(|rule| (rule.name.as_str(), rule.query)).collect();
    let names: HashMap<&str, i64> = configured.iter().map(|(name, query)| (name.as_str(), *query)).collect();
    let is_new = |(name, query): &&(String, i64)| before.get(name.as_str()) != Some(query);
    let new = configured.iter().filter(is_new);
    let new = new.map(|(name, query)| RuleMemory { name: name.clone(), query: *query, since: now }).collect();
    let gone = known.iter().filter(|rule| !names.contains_key(rule.name.as_str()));
    (new, gone.map(|rule| rule.name.clone()).collect())
}

fn heard_at(rule: &RuleSigns) -> Timestamp {
    rule.last_alert.map_or(rule.since, |at| at.max(rule.since))
}

pub(super) fn silent(rule: &RuleSigns, now: Timestamp) -> Option<FoundNotice> {
    let is_silent = now.since(heard_at(rule)) >= MONTH && rule.articles >= ENOUGH_ARTICLES;
    is_silent.then(|| FoundNotice {
        kind: NoticeKind::RuleSilent,
        subject: Subject::Rule(rule.name.clone()),
        text: "it has not alerted for 30 days; `wirewatch rules test` shows what it would find".to_owned(),
        since: Some(heard_at(rule)),
        lasts: FOREVER,
    })
}

pub(super) fn greedy(rule: &RuleSigns) -> Option<FoundNotice> {
    let RuleSample { articles, matched } = rule.sample?;
    let is_greedy = articles >= ENOUGH_SAMPLED && matched * 100 >= articles * NEARLY_ALL_PERCENT;
    is_greedy.then(|| FoundNotice {
        kind: NoticeKind::RuleGreedy,
        subject: Subject::Rule(rule.name.clone()),
        text: format!("it matches {matched} of the latest {articles} articles, which is nearly everything"),
        since: None,
        lasts: FOREVER,
    })
}

/// What is said when a rule is not as it was noticed any more.
pub(super) fn ended(kind: NoticeKind, rule: &RuleSigns, since: Timestamp) -> Option<String> {
    match kind {
        NoticeKind::RuleSilent => rule.last_alert.filter(|at| *at > since).map(|_| "it has alerted again".to_owned()),
        _ => {
            let RuleSample { articles, matched } = rule.sample?;
            let is_few = articles > 0 && matched * 100 < articles * FEW_AGAIN_PERCENT;
            is_few.then(|| format!("it matches {matched} of the latest {articles} articles"))
        }
    }
}
