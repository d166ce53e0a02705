//! The whole letter: one story or several, why it came, and as much detail as fits.

use chrono_tz::Tz;

use super::digest::{self, Digest};
use super::document::{Block, Document, Line};
use super::story::{Detail, Setting, Story};
use super::{Sender, header, moment, phrase, why};
use crate::model::{Delivery, DeliveryKind, Note, Timestamp};

/// How much is told of one article, the first that fits.
const ARTICLE: [Detail; 4] = [
    Detail { excerpts: 12, excerpt_characters: 700, sentences: 4, figures: 10, lead_words: 80 },
    Detail { excerpts: 8, excerpt_characters: 350, sentences: 3, figures: 6, lead_words: 60 },
    Detail { excerpts: 3, excerpt_characters: 160, sentences: 1, figures: 3, lead_words: 30 },
    Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 },
];

/// Stories of a mail of headlines and addresses.
const MAX_BARE: usize = 40;

/// One story or several, read once for all sizes of the letter.
pub(super) enum Letter<'a> {
    Article(&'a Delivery, Box<Story<'a>>),
    Digest(Digest<'a>),
}

/// A letter of one size, with the stories that it tells.
pub(super) struct Draft<'l, 'a> {
    pub document: Document,
    pub stories: &'l [Story<'a>],
    pub detail: Detail,
}

impl<'a> Letter<'a> {
    pub fn of(delivery: &'a Delivery) -> Self {
        match (delivery.kind, delivery.articles.as_slice()) {
            (DeliveryKind::Article, [article]) => Self::Article(delivery, Box::new(Story::of(article))),
            _ => Self::Digest(Digest::of(delivery)),
        }
    }

    /// The letter in all sizes, the fullest first.
    pub fn drafts<'l>(&'l self, setting: Setting<'l>) -> Box<dyn Iterator<Item = Draft<'l, 'a>> + 'l> {
        let whole = move |delivery: &Delivery, mut blocks: Vec<Block>| {
            blocks.extend(closing(delivery, setting.sender));
            Document { title: header::subject(delivery), blocks }
        };
        match self {
            Self::Article(delivery, story) => Box::new(ARTICLE.iter().map(move |detail| Draft {
                document: whole(delivery, story.blocks(setting, *detail)),
                stories: std::slice::from_ref(story.as_ref()),
                detail: *detail,
            })),
            Self::Digest(digest) => Box::new(digest::SIZES.iter().map(move |size| Draft {
                document: whole(digest.delivery, digest.blocks(setting, *size)),
                stories: digest.told(*size),
                detail: size.detail,
            })),
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
        paragraphs.iter().take(60).map(|text| Block::Paragraph(Line::with_code(&sentence(text)))).collect();
    if let Some(Block::Paragraph(first)) = blocks.first().cloned() {
        blocks[0] = Block::Happened(None, first);
    }
    let why = format!("A notice of wirewatch on itself, {}, to {to}.", moment::full(now, zone));
    blocks.push(Block::Footer(vec![Line::of(&why)]));
    Document { title: subject.to_owned(), blocks }
}

/// A paragraph with a capital where it begins with a word of ours; a name stays as it is written.
fn sentence(text: &str) -> String {
    let is_ours = ["feed ", "rule ", "article ", "the "].iter().any(|word| text.starts_with(word));
    let text = header::cut(text, 2000);
    match text.char_indices().nth(1) {
        Some((second, _)) if is_ours => text[..second].to_uppercase() + &text[second..],
        _ => text,
    }
}

/// A notice in the outbox: everybody who gets it is a recipient, or the operator.
pub(super) fn noted(delivery: &Delivery, note: &Note, sender: &Sender, now: Timestamp) -> Document {
    let to = format!("{} ({})", header::one_line(&delivery.recipient, 60), header::one_line(&delivery.address, 120));
    notice(&header::subject(delivery), &note.paragraphs, &to, now, sender.zone)
}

/// What every mail on articles ends with.
fn closing(delivery: &Delivery, sender: &Sender) -> impl Iterator<Item = Block> {
    [footer(delivery, sender)].into_iter().chain(unsubscribe(delivery, sender))
}

/// Why you got this, and how to make it stop.
fn footer(delivery: &Delivery, sender: &Sender) -> Block {
    let mut lines = vec![Line::of(&because(delivery))];
    lines.extend(why::queries(&delivery.articles));
    lines.extend(quieter(delivery, sender));
    Block::Footer(lines)
}

/// Why you got this, in one sentence or two.
pub(super) fn because(delivery: &Delivery) -> String {
    let rules = header::rules(&delivery.articles);
    let several = rules.len() > 1;
    let named = phrase::list(&rules[..rules.len().min(5)]);
    let more = if rules.len() > 5 { format!(" ({} more)", rules.len() - 5) } else { String::new() };
    format!(
        "You get this because the {} {named}{more} {} the recipient {} ({}). Announced by {}.",
        if several { "rules" } else { "rule" },
        if several { "alert" } else { "alerts" },
        header::one_line(&delivery.recipient, 60),
        header::one_line(&delivery.address, 120),
        header::feeds_in_short(&delivery.articles),
    )
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
