//! Several stories in one mail: why they come together, the most important first, and nothing told twice.

use std::cmp::Reverse;

use super::document::{Block, Line};
use super::story::{Detail, Setting, Story};
use super::{Sender, header, moment, phrase, why};
use crate::model::{DeliveredArticle, Delivery, DeliveryKind, Event, Mute, Muted, Severity};

/// How many stories of a digest are told, how many more are listed, and how much is told of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    told: usize,
    listed: usize,
    pub detail: Detail,
}

/// The first that fits.
pub(super) const SIZES: [Size; 5] = [
    Size::of(25, 100, Detail { excerpts: 2, excerpt_characters: 320, sentences: 0, figures: 3, lead_words: 35 }),
    Size::of(12, 100, Detail { excerpts: 2, excerpt_characters: 240, sentences: 0, figures: 3, lead_words: 30 }),
    Size::of(6, 60, Detail { excerpts: 1, excerpt_characters: 160, sentences: 0, figures: 2, lead_words: 20 }),
    Size::of(0, 40, Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 }),
    Size::of(0, 8, Detail { excerpts: 0, excerpt_characters: 60, sentences: 0, figures: 0, lead_words: 0 }),
];

/// Stories that a template gets at least.
const FEW: usize = 5;

impl Size {
    const fn of(told: usize, listed: usize, detail: Detail) -> Self {
        Self { told, listed, detail }
    }
}

/// A delivery of several articles, read once for all sizes of the mail.
pub(super) struct Digest<'a> {
    pub delivery: &'a Delivery,
    /// Those that may be told.
    stories: Vec<Story<'a>>,
    /// Those that can only be listed.
    others: Vec<&'a DeliveredArticle>,
    /// Those that the address was sent before.
    mailed: Vec<&'a DeliveredArticle>,
}

impl<'a> Digest<'a> {
    pub fn of(delivery: &'a Delivery) -> Self {
        let (mailed, mut fresh): (Vec<_>, Vec<_>) =
            ordered(delivery).into_iter().partition(|article| article.mailed_at.is_some());
        let others = fresh.split_off(fresh.len().min(SIZES[0].told));
        Self { delivery, stories: fresh.into_iter().map(Story::of).collect(), others, mailed }
    }

    /// The stories that a mail of this size tells, and a few where it only lists them.
    pub fn told(&self, size: Size) -> &[Story<'a>] {
        &self.stories[..size.told.max(FEW).min(self.stories.len())]
    }

    /// Everything but why the mail came.
    pub fn blocks(&self, setting: Setting, size: Size) -> Vec<Block> {
        let mut blocks = vec![Block::Happened(None, self.overview())];
        blocks.extend(held_by(self.delivery, setting));
        let (told, listed) = self.stories.split_at(size.told.min(self.stories.len()));
        for story in told {
            blocks.push(Block::Divider);
            blocks.extend(story.digest_blocks(setting, size.detail));
        }
        let rest: Vec<&DeliveredArticle> =
            listed.iter().map(|story| story.article).chain(self.others.iter().copied()).collect();
        if !rest.is_empty() {
            blocks.push(Block::Divider);
            blocks.extend(rest.iter().take(size.listed).map(|article| Story::listed(article)));
        }
        blocks.extend(unlisted(rest.len().saturating_sub(size.listed), setting.sender));
        blocks.extend(self.mailed_before(setting, size.listed));
        blocks
    }

    /// What the reader has had: when, and why it stands here all the same.
    fn mailed_before(&self, setting: Setting, listed: usize) -> Vec<Block> {
        let mut blocks = Vec::new();
        if self.mailed.is_empty() {
            return blocks;
        }
        blocks.extend([Block::Divider, Block::Section("Mailed to you before")]);
        for article in self.mailed.iter().take(listed) {
            blocks.push(Story::listed(article));
            let at = article.mailed_at.map(|at| moment::short(at, setting.now, setting.sender.zone));
            let mailed = Line::of(&format!("Mailed at {} · ", at.unwrap_or_default()));
            blocks.push(Block::Note(mailed.append(why::in_short(article))));
        }
        blocks.extend(unlisted(self.mailed.len().saturating_sub(listed), setting.sender));
        blocks
    }

    /// `7 stories: 3 new, 3 revised, 1 gone. The most important first.`
    fn overview(&self) -> Line {
        let articles = &self.delivery.articles;
        let stories = phrase::count(articles.len(), "story", "stories");
        if self.delivery.kind == DeliveryKind::Initial {
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
        let mailed = match self.mailed.len() {
            0 => String::new(),
            1 => " You were mailed one of them before.".to_owned(),
            many => format!(" You were mailed {many} of them before."),
        };
        let why = match self.delivery.kind {
            DeliveryKind::Overflow => " There was more than the hourly limit (`max_per_hour`) lets through one by one.",
            DeliveryKind::Backlog => " They waited because no mail got through to you.",
            _ => "",
        };
        let rest = Line::with_code(&format!(": {}{order}{mailed}{why}", phrase::list(&counted)));
        Line::default().strong(&stories).append(rest)
    }
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
            Muted::Burst { name } => {
                let (name, why) = (header::one_line(name, 100), mute.why.as_deref().unwrap_or_default());
                let why = header::one_line(why, 300);
                return Block::Note(Line::of(&format!("Held because too much came at once from {name}: {why}")));
            }
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
///
/// A story of several revisions counts as the greatest of them. Of a first look all is news: there the latest is first,
/// and those without a date last.
/// What the address was sent before comes last.
pub(super) fn ordered(delivery: &Delivery) -> Vec<&DeliveredArticle> {
    let mut ordered: Vec<&DeliveredArticle> = delivery.articles.iter().collect();
    if delivery.kind == DeliveryKind::Initial {
        ordered.sort_by_key(|article| Reverse(article.after.text.published_at));
    }
    ordered.sort_by_key(|article| (article.mailed_at.is_some(), rank(article)));
    ordered
}

fn rank(article: &DeliveredArticle) -> u8 {
    match (article.event, article.severity) {
        (Event::Gone, _) | (Event::Revised, Some(Severity::Major)) => 0,
        (Event::New, _) => 1,
        (Event::Back, _) | (_, Some(Severity::Notable)) => 2,
        _ => 3,
    }
}

pub(super) fn unlisted(count: usize, sender: &Sender) -> Option<Block> {
    let text = format!("… and {}: ", phrase::count(count, "more story", "more stories"));
    (count > 0).then(|| Block::Note(Line::of(&text).code(&sender.command_line("alerts"))))
}
