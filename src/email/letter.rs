//! The whole letter: one story or several, why it came, and as much detail as fits.

use chrono_tz::Tz;

use super::digest::{self, Digest};
use super::document::{Block, Document, Line};
use super::story::{Detail, Setting, Story};
use super::{Sender, header, html, moment, phrase, plain, why};
use crate::model::{Delivery, DeliveryKind, Note, Timestamp};

/// Both bodies as they travel, in bytes, so that the whole message stays under 100 KB (Gmail clips at 102).
const MAX_BODIES: usize = 92_000;

/// How much is told of one article, the first that fits.
const ARTICLE: [Detail; 4] = [
    Detail { excerpts: 12, excerpt_characters: 700, sentences: 4, figures: 10, lead_words: 80 },
    Detail { excerpts: 8, excerpt_characters: 350, sentences: 3, figures: 6, lead_words: 60 },
    Detail { excerpts: 3, excerpt_characters: 160, sentences: 1, figures: 3, lead_words: 30 },
    Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 },
];

/// Stories of a mail of headlines and addresses.
const MAX_BARE: usize = 40;

/// The fullest letter that fits.
pub(super) fn fitting(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Document {
    let setting = Setting { sender, now };
    let title = header::subject(delivery);
    match (delivery.kind, delivery.articles.as_slice()) {
        (DeliveryKind::Article, [article]) => {
            let story = Story::of(article);
            let letter = |detail: &Detail| {
                let mut blocks = story.blocks(setting, *detail);
                blocks.extend(closing(delivery, sender));
                Document { title: title.clone(), blocks }
            };
            first_that_fits(ARTICLE.iter().map(letter))
        }
        _ => {
            let digest = Digest::of(delivery);
            let letter = |size: &digest::Size| {
                let mut blocks = digest.blocks(setting, *size);
                blocks.extend(closing(delivery, sender));
                Document { title: title.clone(), blocks }
            };
            first_that_fits(digest::SIZES.iter().map(letter))
        }
    }
}

/// Headlines and addresses only.
pub(super) fn bare(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Document {
    let setting = Setting { sender, now };
    let mut blocks = Vec::new();
    for article in digest::ordered(delivery).into_iter().take(MAX_BARE) {
        blocks.extend([Story::of(article).happened(setting), Story::listed(article)]);
    }
    blocks.extend(digest::unlisted(delivery.articles.len().saturating_sub(MAX_BARE), sender));
    blocks.extend(closing(delivery, sender));
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

/// What every mail on articles ends with.
fn closing(delivery: &Delivery, sender: &Sender) -> impl Iterator<Item = Block> {
    [footer(delivery, sender)].into_iter().chain(unsubscribe(delivery, sender))
}

/// Why you got this, and how to make it stop.
fn footer(delivery: &Delivery, sender: &Sender) -> Block {
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
    let mut lines = vec![Line::of(&because)];
    lines.extend(why::queries(&delivery.articles));
    lines.extend(quieter(delivery, sender));
    Block::Footer(lines)
}

/// What to do for less of this: for a while, and for good.
fn quieter(delivery: &Delivery, sender: &Sender) -> [Line; 2] {
    let mute = |what: &str| sender.command_line(&format!("mute {what} --for 8h"));
    // A name that is no single word of a shell must be quoted; whoever types it sees how.
    let rule = match header::sole_rule(&delivery.articles) {
        Some(name) => mute(&format!("rule {}", super::quoted(name))),
        None => mute("rule NAME"),
    };
    let line = Line::of("Too much? ");
    let line = match (delivery.kind, delivery.articles.as_slice()) {
        (DeliveryKind::Article, [article]) => line
            .code(&mute(&format!("article {}", article.id.0)))
            .plain(" silences this story for a while, ")
            .code(&rule)
            .plain(" a rule"),
        _ => line.code(&rule).plain(" silences a rule for a while"),
    };
    let for_good = Line::of("For good: the rule's ")
        .code("min_severity")
        .plain(" says which revisions matter, and the recipient's ")
        .code("deliver")
        .plain(" gathers alerts into a digest.");
    [line.plain("; what is held comes as one digest."), for_good]
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
