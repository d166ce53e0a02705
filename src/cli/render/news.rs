//! An alert as it comes in: what `watch` prints for a story that is new or revised.

use super::excerpt;
use super::history::change_lines;
use super::sheet::Sheet;
use crate::archive;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::diff;
use crate::model::{DeliveredArticle, Delivery, Event, Match, MatchField, Op, WordChange};
use crate::words;

/// Changed places that are shown; the rest is in `diff`.
const MAX_PLACES: usize = 8;
/// Words of context on both sides of a change.
const CONTEXT: usize = 8;

/// Every article of a delivery, one block each.
pub fn told(delivery: &Delivery, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    for article in &delivery.articles {
        sheet.blank();
        block(&mut sheet, article, terminal);
    }
    sheet.finish()
}

fn block(sheet: &mut Sheet<'_>, article: &DeliveredArticle, terminal: &Terminal) {
    let feeds: Vec<&str> = article.feeds.iter().map(|feed| feed.name.as_str()).collect();
    let mark = match article.event {
        Event::New | Event::Back => Mark::Good,
        Event::Revised => Mark::Warning,
        Event::Gone => Mark::Bad,
    };
    let mut head = Text::new().then(mark, words::event(article.event).to_uppercase());
    head.push(Mark::Faint, &format!("  {}  {}", terminal.moment(article.after.observed_at), feeds.join(", ")));
    sheet.line(&head);
    let matches: Vec<Match> = article.rules.iter().flat_map(|rule| rule.matches.clone()).collect();
    headline(sheet, article, &matches);
    match (&article.before, article.event) {
        (Some(before), Event::Revised) => {
            let computed = || diff::compare(&before.text, &article.after.text);
            if let Some(change) = article.change.clone().or_else(computed) {
                change_lines(sheet, &change);
            }
            places(sheet, article);
        }
        _ => {
            if let Some(found) = excerpt::excerpt(&matches, &article.after.text) {
                sheet.indented("  ", &found);
            }
        }
    }
    sheet.indented("  ", &Text::new().then(Mark::Link, article.url.as_str()));
}

fn headline(sheet: &mut Sheet<'_>, article: &DeliveredArticle, matches: &[Match]) {
    let headline = article.after.text.headline.as_deref().unwrap_or("(no headline)");
    let hits = archive::hits(matches, &[MatchField::Title], headline);
    let mut text = Text::new();
    text.push_with_hits(Mark::Strong, headline, &hits);
    sheet.prose(&text);
    let before = article.before.as_ref().and_then(|before| before.text.headline.as_deref());
    if let Some(before) = before.filter(|before| *before != headline) {
        sheet.indented("  was: ", &Text::new().then(Mark::Removed, before));
    }
}

fn places(sheet: &mut Sheet<'_>, article: &DeliveredArticle) {
    let Some(before) = &article.before else { return };
    let changed = diff::align(&before.text, &article.after.text);
    let places = diff::changed_sentences(&changed, CONTEXT);
    for place in places.iter().take(MAX_PLACES) {
        sheet.indented("  ", &marked(&place.words));
    }
    if places.len() > MAX_PLACES {
        let more = places.len() - MAX_PLACES;
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("… and {more} more changed places")));
    }
}

fn marked(words: &[WordChange]) -> Text {
    words.iter().fold(Text::new(), |text, change| match change.op {
        Op::Equal => text.then(Mark::Plain, &change.text),
        Op::Insert => text.then(Mark::Added, &change.text),
        Op::Delete => text.then(Mark::Removed, &change.text),
    })
}
