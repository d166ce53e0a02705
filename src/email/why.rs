//! Why a mail was sent: the rules that fired and the words they found.

use super::document::{Line, Tone};
use super::header::one_line;
use crate::model::{DeliveredArticle, FiredRule, MatchField, Op};

const MAX_RULES: usize = 8;
/// Different words named for each rule.
const MAX_WORDS: usize = 6;
const MAX_WORD: usize = 60;
const MAX_QUERY: usize = 240;

/// Where a word stood, the most telling place first: a word is named once.
const PLACES: [(MatchField, &str); 12] = [
    (MatchField::Added, "in the words that came"),
    (MatchField::Removed, "in the words that went"),
    (MatchField::Title, "in the headline"),
    (MatchField::Summary, "in the summary"),
    (MatchField::Body, "in the text"),
    (MatchField::Author, "in the byline"),
    (MatchField::Tag, "in the tags"),
    (MatchField::Url, "in the address"),
    (MatchField::Site, "as the site"),
    (MatchField::Feed, "as the feed"),
    (MatchField::Lang, "as the language"),
    (MatchField::Event, "as the event"),
];

/// A line for each rule: its name, the words it found, and where.
pub(super) fn rules(article: &DeliveredArticle) -> Vec<Line> {
    let mut lines: Vec<Line> = article.rules.iter().take(MAX_RULES).map(rule).collect();
    let unsaid = article.rules.len() - lines.len();
    if unsaid > 0 {
        lines.push(Line::of(&format!("and {unsaid} more")));
    }
    lines
}

fn rule(rule: &FiredRule) -> Line {
    let mut line = Line::default().strong(&one_line(&rule.name, MAX_WORD));
    let mut words = words(rule);
    let unsaid = words.len().saturating_sub(MAX_WORDS);
    words.truncate(MAX_WORDS);
    line = line.plain(if rule.newly { " now matches" } else { "" });
    line = line.plain(if words.is_empty() { "" } else { ": " });
    line = line.plain(if rule.is_lost { ": what it found stands there no more" } else { "" });
    for (index, place) in words.chunk_by(|a, b| a.1 == b.1).enumerate() {
        line = line.plain(if index > 0 { "; " } else { "" });
        for (index, (word, _)) in place.iter().enumerate() {
            line = line.plain(if index > 0 { ", " } else { "" });
            line = line.with(word, Op::Equal, Tone::Found);
        }
        line = line.plain(" ").plain(place[0].1);
    }
    if unsaid > 0 {
        line = line.plain(&format!("; and {unsaid} more"));
    }
    line
}

/// The rules as they are written, for whoever wonders.
pub(super) fn queries(articles: &[DeliveredArticle]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for rule in articles.iter().flat_map(|article| &article.rules) {
        let line = Line::of(&format!("{}: ", one_line(&rule.name, MAX_WORD))).code(&one_line(&rule.query, MAX_QUERY));
        if !lines.contains(&line) && lines.len() < MAX_RULES {
            lines.push(line);
        }
    }
    lines
}

/// `csto-kazakhstan: CSTO, Kazakhstan` for each rule, in one line.
pub(super) fn in_short(article: &DeliveredArticle) -> Line {
    let mut line = Line::of("Rule ");
    for (index, rule) in article.rules.iter().take(MAX_RULES).enumerate() {
        line = line.plain(if index > 0 { "; " } else { "" }).strong(&one_line(&rule.name, MAX_WORD));
        let words = words(rule);
        for (index, (word, _)) in words.iter().take(MAX_WORDS).enumerate() {
            line = line.plain(if index > 0 { ", " } else { ": " }).plain(word);
        }
        line = line.plain(if rule.is_lost { " (what it found stands there no more)" } else { "" });
    }
    line
}

/// The words that a rule found, each once, as the article writes them.
pub(super) fn terms(rule: &FiredRule) -> Vec<String> {
    words(rule).into_iter().map(|(word, _)| word).collect()
}

/// The words that a rule found, each once, by place.
fn words(rule: &FiredRule) -> Vec<(String, &'static str)> {
    let mut known: Vec<String> = Vec::new();
    let mut words = Vec::new();
    for (field, place) in PLACES {
        for found in rule.matches.iter().filter(|found| found.field == field) {
            let word = one_line(&found.text, MAX_WORD);
            let folded = word.to_lowercase();
            if !word.is_empty() && !known.contains(&folded) && known.len() < 100 {
                known.push(folded);
                words.push((word, place));
            }
        }
    }
    words
}
