//! One article of a delivery, told: what happened, the headline, why, what changed, and where to read on.

use super::change::Changes;
use super::document::{Block, Level, Line, Link, Step, Target};
use super::excerpt::{self, Hits};
use super::header;
use super::{Sender, moment, phrase, why};
use crate::model::{DeliveredArticle, Event, Mark, Timestamp};

/// A headline in a body, in characters.
const MAX_HEADLINE: usize = 300;
/// Longer addresses are not printed; the article can still be found by its number.
const MAX_URL: usize = 2048;

/// How much of a story a mail has room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    pub excerpts: usize,
    pub excerpt_characters: usize,
    pub sentences: usize,
    pub figures: usize,
    pub lead_words: usize,
}

/// What all stories of a mail have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub sender: &'a Sender,
    pub now: Timestamp,
}

/// An article with what changed in it, read once for all sizes of the mail.
pub(super) struct Story<'a> {
    pub article: &'a DeliveredArticle,
    pub changes: Option<Changes<'a>>,
    hits: Hits,
}

impl<'a> Story<'a> {
    pub fn of(article: &'a DeliveredArticle) -> Self {
        Self { article, changes: Changes::of(article), hits: Hits::of(article) }
    }

    /// The whole story, as the only one of a mail.
    pub fn blocks(&self, setting: Setting, detail: Detail) -> Vec<Block> {
        let mut blocks = vec![self.happened(setting)];
        blocks.extend(self.headline(Level::Only));
        let changes = self.changes.as_ref().map(|changes| changes.told(&self.hits, detail)).unwrap_or_default();
        blocks.extend(self.beginning(setting, detail));
        blocks.push(Block::Section("Why"));
        blocks.push(Block::Items(why::rules(self.article)));
        blocks.extend(self.sentences(&changes, detail));
        blocks.extend(changes);
        blocks.push(Block::Section("Read on"));
        blocks.push(Block::Links(links(self.article, setting.sender)));
        blocks
    }

    /// The story as one of several in a digest.
    pub fn digest_blocks(&self, setting: Setting, detail: Detail) -> Vec<Block> {
        let mut blocks = vec![self.happened(setting)];
        blocks.extend(self.headline(Level::Story));
        if self.article.event == Event::New {
            blocks.extend(self.origin(setting));
        }
        blocks.extend(excerpts(self.article, &self.hits, detail));
        if let Some(changes) = &self.changes {
            blocks.extend(changes.in_short(&self.hits, detail));
        }
        blocks.push(Block::Note(why::in_short(self.article)));
        blocks.push(Block::Links(links(self.article, setting.sender).into_iter().map(Link::small).collect()));
        blocks
    }

    /// The story as one line of a long list.
    pub fn listed(article: &DeliveredArticle) -> Block {
        let event = Line::default().strong(phrase::event_word(article.event)).plain(" · ");
        let headline = header::headline(article, MAX_HEADLINE / 2);
        Block::Headline(Level::Listed, event.plain(&headline), shown_url(article))
    }

    /// `Revised by aljazeera.com, 14:05 CET: headline, 2 figures; no correction note`
    pub fn happened(&self, setting: Setting) -> Block {
        Block::Happened(Some(self.article.event), self.happened_line(setting))
    }

    pub fn happened_line(&self, setting: Setting) -> Line {
        let event = self.article.event;
        let line = Line::default().strong(&format!("{} {}", phrase::opening(event), phrase::publisher(self.article)));
        let at = match event {
            Event::New | Event::Revised => self.article.after.observed_at,
            Event::Gone | Event::Back => self.article.noticed_at,
        };
        let time = format!(", {}", moment::short(at, setting.now, setting.sender.zone));
        let changed = || self.changes.as_ref().and_then(|changes| phrase::what_changed(self.article, &changes.change));
        let back = self
            .article
            .back_at
            .map(|at| format!("back since {}", moment::short(at, setting.now, setting.sender.zone)));
        let what = back.or_else(changed);
        let text = time + &what.map(|what| format!(": {what}")).unwrap_or_default();
        line.plain(&text)
    }

    /// The figures that changed, each with its sentence.
    pub fn figures(&self, detail: Detail) -> Vec<Step> {
        self.changes.as_ref().map(|changes| changes.figures(&[], detail)).unwrap_or_default()
    }

    /// The sentences that changed.
    pub fn sentences_changed(&self, detail: Detail) -> Vec<Line> {
        self.changes.as_ref().map(|changes| changes.excerpts(&self.hits, detail)).unwrap_or_default()
    }

    /// How the article begins now.
    pub fn opening(&self, detail: Detail) -> Vec<Line> {
        excerpt::lead(&self.article.after.text, &Hits::default(), detail.lead_words)
    }

    fn headline(&self, level: Level) -> Vec<Block> {
        let link = shown_url(self.article);
        match self.changes.as_ref().and_then(Changes::headline) {
            Some((before, after)) => vec![
                Block::Headline(level, excerpt::changed(&after, &Hits::default(), MAX_HEADLINE), link),
                Block::Before(excerpt::changed(&before, &Hits::default(), MAX_HEADLINE)),
            ],
            None => {
                let text = header::headline(self.article, MAX_HEADLINE);
                vec![Block::Headline(level, Line::of(&text), link)]
            }
        }
    }

    /// What stands between the headline and the reasons: byline and first words, or what became of the page.
    fn beginning(&self, setting: Setting, detail: Detail) -> Vec<Block> {
        let mut blocks = Vec::new();
        match self.article.event {
            Event::New => {
                blocks.extend(self.origin(setting));
                if self.article.marks.contains(&Mark::Reused) {
                    let text = "Another story stood at this address before; it is kept in the history.";
                    blocks.push(Block::Note(Line::of(text)));
                }
            }
            Event::Revised => return self.skipped(setting).into_iter().collect(),
            Event::Gone => {
                let read = moment::full(self.article.after.observed_at, setting.sender.zone);
                let fate = match self.article.back_at {
                    None => "The page no longer stands at its address. This is how it began when it was last changed",
                    Some(_) => {
                        "The page was missing for a while and stands at its address again. This is how it begins"
                    }
                };
                let text = format!("{fate} (version {}, {read}):", self.article.after.number);
                blocks.push(Block::Paragraph(Line::of(&text)));
            }
            Event::Back if self.changes.is_some() => {
                blocks.push(Block::Paragraph(Line::of("The page stands at its address again, with changes.")));
                return blocks;
            }
            Event::Back => {
                blocks.push(Block::Paragraph(Line::of("The page stands at its address again and reads as before.")));
            }
        }
        let lead = excerpt::lead(&self.article.after.text, &self.hits, detail.lead_words);
        let quoted = self.article.event != Event::New;
        blocks.extend(lead.into_iter().map(|line| if quoted { Block::Excerpt(line) } else { Block::Paragraph(line) }));
        blocks
    }

    /// Byline and times.
    fn origin(&self, setting: Setting) -> Option<Block> {
        let text = &self.article.after.text;
        let zone = setting.sender.zone;
        let mut parts: Vec<String> = text.byline.iter().map(|byline| header::cut(byline, 120)).collect();
        parts.extend(text.published_at.map(|at| format!("published {}", moment::full(at, zone))));
        let updated = text.modified_at.filter(|at| text.published_at.is_none_or(|published| *at > published));
        parts.extend(updated.map(|at| format!("updated {}", moment::short(at, text.published_at.unwrap_or(at), zone))));
        (!parts.is_empty()).then(|| Block::Note(Line::of(&parts.join(" · "))))
    }

    /// Says so when the mail covers several revisions at once.
    fn skipped(&self, setting: Setting) -> Option<Block> {
        let before = self.article.before.as_ref()?;
        let revisions = self.article.revisions;
        if revisions < 2 {
            return None;
        }
        let since = moment::short(before.observed_at, setting.now, setting.sender.zone);
        let text = format!("{revisions} revisions in one mail: everything since version {} ({since}).", before.number);
        Some(Block::Note(Line::of(&text)))
    }

    /// The sentences that the rules hit, without those that the mail quotes anyway.
    fn sentences(&self, told: &[Block], detail: Detail) -> Vec<Block> {
        let said: Vec<String> = told
            .iter()
            .filter_map(|block| match block {
                Block::Excerpt(line) | Block::Paragraph(line) => Some(line.after()),
                _ => None,
            })
            .collect();
        let lead =
            excerpt::lead(&self.article.after.text, &self.hits, if told.is_empty() { detail.lead_words } else { 0 });
        let lead: Vec<String> = lead.iter().map(Line::after).collect();
        let fresh = |line: &Line| !said.iter().chain(&lead).any(|text| excerpt::overlaps(text, line.after().trim()));
        let sentences = excerpt::sentences(self.article, &self.hits, detail.sentences + lead.len());
        sentences.into_iter().filter(fresh).take(detail.sentences).map(Block::Excerpt).collect()
    }
}

/// The first words of news, for a digest.
fn excerpts(article: &DeliveredArticle, hits: &Hits, detail: Detail) -> Vec<Block> {
    if article.event == Event::Revised {
        return Vec::new();
    }
    excerpt::lead(&article.after.text, hits, detail.lead_words).into_iter().map(Block::Paragraph).collect()
}

pub(super) fn shown_url(article: &DeliveredArticle) -> Option<url::Url> {
    (article.url.as_str().len() <= MAX_URL).then(|| article.url.clone())
}

/// The article, its history, and this diff: pages where there is a web page, else commands.
pub(super) fn links(article: &DeliveredArticle, sender: &Sender) -> Vec<Link> {
    let id = article.id.0;
    let mut links = vec![match shown_url(article) {
        Some(url) => Link { label: "Article", title: "Read the article", target: Target::Article(url) },
        None => Link { label: "Article", title: "The article", target: sender.command(&format!("show {id}")) },
    }];
    links.push(Link {
        label: "History",
        title: "All its versions",
        target: sender.page(&format!("articles/{id}")).unwrap_or_else(|| sender.command(&format!("history {id}"))),
    });
    let Some(before) = article.before.as_ref().filter(|before| before.number != article.after.number) else {
        return links;
    };
    let (from, to) = (before.number, article.after.number);
    let page = sender.page(&format!("articles/{id}/diff?from={from}&to={to}"));
    let target = page.unwrap_or_else(|| sender.command(&format!("diff {id}@{from}..{to}")));
    links.push(Link { label: "Diff", title: "This diff in full", target });
    links
}
