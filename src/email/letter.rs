//! The whole letter: one story or a digest, why it came, and as much detail as fits.

use chrono_tz::Tz;

use super::document::{Block, Document, Line};
use super::story::{Detail, Setting, Story};
use super::{Sender, header, html, moment, phrase, plain, why};
use crate::model::{DeliveredArticle, Delivery, DeliveryKind, Event, Mute, Muted, Note, Severity, Timestamp};

/// Both bodies as they travel, in bytes, so that the whole message stays under 100 KB (Gmail clips at 102).
const MAX_BODIES: usize = 92_000;

/// How much is told of one article, the first that fits.
const ARTICLE: [Detail; 4] = [
    Detail { excerpts: 12, excerpt_characters: 700, sentences: 4, figures: 10, lead_words: 80 },
    Detail { excerpts: 8, excerpt_characters: 350, sentences: 3, figures: 6, lead_words: 60 },
    Detail { excerpts: 3, excerpt_characters: 160, sentences: 1, figures: 3, lead_words: 30 },
    Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 },
];

/// How many stories of a digest are told, how many more are listed, and how much is told of each.
const DIGEST: [(usize, usize, Detail); 5] = [
    (25, 100, Detail { excerpts: 2, excerpt_characters: 320, sentences: 0, figures: 3, lead_words: 35 }),
    (12, 100, Detail { excerpts: 2, excerpt_characters: 240, sentences: 0, figures: 3, lead_words: 30 }),
    (6, 60, Detail { excerpts: 1, excerpt_characters: 160, sentences: 0, figures: 2, lead_words: 20 }),
    (0, 40, Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 }),
    (0, 8, Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 }),
];

/// The fullest letter that fits.
pub(super) fn fitting(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Document {
    let setting = setting(delivery, sender, now);
    let title = header::subject(delivery);
    match (delivery.kind, delivery.articles.as_slice()) {
        (DeliveryKind::Article, [article]) => {
            let story = Story::of(article);
            let letter = |detail: &Detail| {
                let mut blocks = story.blocks(setting, *detail);
                blocks.push(footer(delivery));
                blocks.extend(unsubscribe(delivery, sender));
                Document { title: title.clone(), blocks }
            };
            first_that_fits(ARTICLE.iter().map(letter))
        }
        _ => {
            let ordered = ordered(&delivery.articles);
            let most_told = DIGEST[0].0;
            let stories: Vec<Story> = ordered.iter().take(most_told).map(|article| Story::of(article)).collect();
            let letter = |(told, listed, detail): &(usize, usize, Detail)| Document {
                title: title.clone(),
                blocks: digest(delivery, setting, &ordered, &stories, *told, *listed, *detail),
            };
            first_that_fits(DIGEST.iter().map(letter))
        }
    }
}

/// Headlines and addresses only.
pub(super) fn bare(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Document {
    let setting = setting(delivery, sender, now);
    let mut blocks = Vec::new();
    for article in ordered(&delivery.articles).into_iter().take(40) {
        blocks.extend([Story::of(article).happened(setting), Story::listed(article)]);
    }
    blocks.extend(unlisted(delivery.articles.len().saturating_sub(40), sender));
    blocks.push(footer(delivery));
    blocks.extend(unsubscribe(delivery, sender));
    Document { title: header::subject(delivery), blocks }
}

/// A few paragraphs about the program itself; `to` says to whom they go.
pub(super) fn notice(subject: &str, paragraphs: &[String], to: &str, now: Timestamp, zone: Tz) -> Document {
    let mut blocks: Vec<Block> =
        paragraphs.iter().take(60).map(|text| Block::Paragraph(Line::of(&header::cut(text, 2000)))).collect();
    if let Some(Block::Paragraph(first)) = blocks.first().cloned() {
        blocks[0] = Block::Happened(None, first);
    }
    let why = format!("A notice of wirewatch on itself, {}, to {to}.", moment::full(now, zone));
    blocks.push(Block::Footer(vec![Line::of(&why)]));
    Document { title: subject.to_owned(), blocks }
}

/// A notice in the outbox: everybody who gets it is a recipient, or the operator.
pub(super) fn noted(delivery: &Delivery, note: &Note, sender: &Sender, now: Timestamp) -> Document {
    let to = format!("{} ({})", header::one_line(&delivery.recipient, 60), header::one_line(&delivery.address, 120));
    notice(&header::subject(delivery), &note.paragraphs, &to, now, sender.zone)
}

fn setting<'a>(delivery: &Delivery, sender: &'a Sender, now: Timestamp) -> Setting<'a> {
    // An article's delivery is created when its page was found gone or back; a digest's is not.
    let noticed_at = (delivery.kind == DeliveryKind::Article).then_some(delivery.created_at);
    Setting { sender, now, noticed_at }
}

/// The first document that fits, else the last.
fn first_that_fits(documents: impl Iterator<Item = Document>) -> Document {
    let mut last = Document::default();
    for document in documents {
        if travelling(&plain::render(&document)) + travelling(&html::render(&document)) <= MAX_BODIES {
            return document;
        }
        last = document;
    }
    last
}

/// The size of a text as quoted-printable: three bytes for each that is not ASCII or is `=`, a soft break each 76.
fn travelling(text: &str) -> usize {
    let bytes: usize = text.bytes().map(|byte| if byte.is_ascii() && byte != b'=' { 1 } else { 3 }).sum();
    bytes + bytes / 70 * 3
}

fn digest(
    delivery: &Delivery,
    setting: Setting,
    ordered: &[&DeliveredArticle],
    stories: &[Story],
    told: usize,
    listed: usize,
    detail: Detail,
) -> Vec<Block> {
    let mut blocks = vec![Block::Happened(None, overview(delivery))];
    blocks.extend(held_by(delivery, setting));
    let told = told.min(stories.len());
    for story in &stories[..told] {
        blocks.push(Block::Divider);
        blocks.extend(story.digest_blocks(setting, detail));
    }
    let rest = &ordered[told..];
    if !rest.is_empty() {
        blocks.push(Block::Divider);
        blocks.extend(rest.iter().take(listed).map(|article| Story::listed(article)));
    }
    blocks.extend(unlisted(rest.len().saturating_sub(listed), setting.sender));
    blocks.push(footer(delivery));
    blocks.extend(unsubscribe(delivery, setting.sender));
    blocks
}

/// `7 stories: 3 new, 3 revised, 1 gone. The most important first.`
fn overview(delivery: &Delivery) -> Line {
    let articles = &delivery.articles;
    let stories = phrase::count(articles.len(), "story", "stories");
    if delivery.kind == DeliveryKind::Initial {
        let feeds = header::feeds_in_short(articles);
        let matches = if articles.len() == 1 { "matches" } else { "match" };
        let text = format!(
            " {matches} your rules among what was published lately. From now on you hear of news and revisions as they come."
        );
        return Line::default().strong(&format!("First look at {feeds}: {stories}")).plain(&text);
    }
    let of = |event| articles.iter().filter(|article| article.event == event).count();
    let counted =
        [Event::New, Event::Revised, Event::Gone, Event::Back].map(|event| (of(event), phrase::event_word(event)));
    let counted: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let order = if articles.len() > 1 { ". The most important first." } else { "." };
    let why = match delivery.kind {
        DeliveryKind::Overflow => " There was more than the hourly limit (`max_per_hour`) lets through one by one.",
        DeliveryKind::Backlog => " They waited because no mail got through to you.",
        _ => "",
    };
    Line::default().strong(&stories).plain(&format!(": {}{order}{why}", phrase::list(&counted)))
}

/// What held the stories back: `Held while the rule x was muted from … to …, because: …`
fn held_by(delivery: &Delivery, setting: Setting) -> Vec<Block> {
    const TOLD: usize = 5;
    let zone = setting.sender.zone;
    let told = |mute: &Mute| {
        let muted = match &mute.muted {
            Muted::Feed { name } => format!("the feed {}", header::one_line(name, 100)),
            Muted::Rule { name } => format!("the rule {}", header::one_line(name, 100)),
            Muted::Article { article, headline } => match headline {
                Some(headline) => format!("the article “{}”", header::one_line(headline, 120)),
                None => format!("article {}", article.0),
            },
        };
        let by = mute.who.as_ref().map(|who| format!(" by {}", header::one_line(who, 60))).unwrap_or_default();
        let end = match mute.lifted_at {
            Some(lifted) => format!("until {}, when that was lifted", moment::full(lifted, zone)),
            None => format!("until {}", moment::full(mute.until, zone)),
        };
        let why = mute.why.as_ref().map(|why| format!(", because: {}", header::one_line(why, 300)));
        Block::Note(Line::of(&format!("Held while {muted} was muted{by} {end}{}", why.unwrap_or_default())))
    };
    let mut blocks: Vec<Block> = delivery.mutes.iter().take(TOLD).map(told).collect();
    if let Some(more) = delivery.mutes.len().checked_sub(TOLD).filter(|more| *more > 0) {
        blocks.push(Block::Note(Line::of(&format!("… and by {}", phrase::count(more, "more mute", "more mutes")))));
    }
    blocks
}

/// What was taken down and major revisions first, then news, then smaller revisions; otherwise as they came.
fn ordered(articles: &[DeliveredArticle]) -> Vec<&DeliveredArticle> {
    let mut ordered: Vec<&DeliveredArticle> = articles.iter().collect();
    ordered.sort_by_key(|article| {
        let severity = article.change.as_ref().and_then(|change| change.severity);
        match (article.event, severity) {
            (Event::Gone, _) | (Event::Revised, Some(Severity::Major)) => 0,
            (Event::New, _) => 1,
            (Event::Back, _) | (_, Some(Severity::Notable)) => 2,
            _ => 3,
        }
    });
    ordered
}

fn unlisted(count: usize, sender: &Sender) -> Option<Block> {
    let text = format!("… and {}: ", phrase::count(count, "more story", "more stories"));
    (count > 0).then(|| Block::Note(Line::of(&text).code(&sender.command_line("alerts"))))
}

/// Why you got this, and how to make it stop.
fn footer(delivery: &Delivery) -> Block {
    let rules = header::rules(&delivery.articles);
    let several = rules.len() > 1;
    let named = phrase::list(&rules[..rules.len().min(5)]);
    let more = if rules.len() > 5 { format!(" ({} more)", rules.len() - 5) } else { String::new() };
    let because = format!(
        "You get this because the {} {named}{more} {} the recipient {} ({}). Announced by {}.",
        if several { "rules" } else { "rule" },
        if several { "alert" } else { "alerts" },
        header::one_line(&delivery.recipient, 60),
        header::one_line(&delivery.address, 120),
        header::feeds_in_short(&delivery.articles),
    );
    let calmer = Line::of("Too much? In the configuration, the rule's ")
        .code("min_severity")
        .plain(" says which revisions matter, and the recipient's ")
        .code("deliver")
        .plain(" gathers alerts into a digest.");
    let mut lines = vec![Line::of(&because)];
    lines.extend(why::queries(&delivery.articles));
    lines.push(calmer);
    Block::Footer(lines)
}

/// What its link stops: the rules of a mail on one article, else all that comes to the recipient at the address.
fn unsubscribe(delivery: &Delivery, sender: &Sender) -> Option<Block> {
    let what = match (delivery.kind, header::rules(&delivery.articles).len()) {
        (DeliveryKind::Article, 1) => "this rule".to_owned(),
        (DeliveryKind::Article, _) => "these rules".to_owned(),
        _ => format!("everything for {}", header::one_line(&delivery.recipient, 60)),
    };
    let line = Line::of(&format!("Unsubscribe {} from {what}", header::one_line(&delivery.address, 120)));
    sender.unsubscribe(delivery).map(|url| Block::Unsubscribe(line, url))
}
