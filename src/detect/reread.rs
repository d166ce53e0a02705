//! Another reader: a newer extractor, or another rule for the site. What it makes of a page that was read before is no
//! change of the article.

use std::collections::HashSet;

use crate::diff;
use crate::model::{ArticleText, Capture, Change, Choice, Mark, Paragraph, Sightings, Timestamp};
use crate::rule::RuleSet;

use super::agree::Agreement;
use super::beside::remember;
use super::blocks::{Blocks, digest, key};
use super::carry::{keys, woven};
use super::confirm;
use super::found::technical;
use super::look::Look;
use super::overlap::{self, Words};
use super::quality;
use super::step::Field;
use super::template::Template;
use super::variants;
use super::{Finding, Known, alerts};

/// Most blocks of a choice; of a longer page the version's own paragraphs stand for what was chosen.
const MAX_CHOSEN: usize = 4_000;

/// What a capture's reader chose of its page, to be kept with the page; `text` is the version that it became.
pub fn choice(capture: &Capture, text: &ArticleText) -> Choice {
    let page = Blocks::of(capture);
    let chosen = page.chosen();
    if chosen.len() > MAX_CHOSEN {
        return Choice::default();
    }
    let taken: HashSet<u64> = chosen.iter().copied().collect();
    let beside: HashSet<u64> =
        page.list.iter().zip(&page.keys).filter(|(block, _)| !block.is_article).map(|(_, key)| *key).collect();
    let paragraphs = text.paragraphs.iter().map(|paragraph| key(&paragraph.text));
    let kept = paragraphs.filter(|key| !taken.contains(key) && beside.contains(key)).take(MAX_CHOSEN).collect();
    Choice { chosen, kept, fields: fields(&capture.text), facts: facts(&capture.text) }
}

/// The latest version as today's reader reads its page, or `None` where that is the same.
///
/// `then` is what the earlier reader chose of the page; `capture` is the page as read today. A version is what several
/// looks agree on, so only what the two readers read differently counts: what the looks settled away stays away, and what
/// they kept against the reading is kept, unless it stands on the page no more. Under another site rule
/// (`is_other_rule`) the operator's word goes before what the looks kept.
///
/// What the last looks saw beside the version and waited for is put right in `sightings`: differences that were
/// found once have to be found twice by the same reader.
pub fn reread(
    latest: &ArticleText,
    then: &Choice,
    is_other_rule: bool,
    sightings: &mut Sightings,
    capture: &Capture,
) -> Option<ArticleText> {
    let assumed;
    let then = if *then == Choice::default() {
        assumed = Choice { chosen: keys(latest), kept: Vec::new(), fields: fields(latest), facts: facts(latest) };
        &assumed
    } else {
        then
    };
    let page = Blocks::of(capture);
    let rereading = Rereading::new(latest, then, is_other_rule, &capture.text, &page);
    let paragraphs = rereading.paragraphs(sightings);
    let text = rereading.text(paragraphs);
    adopt(sightings, &text, &page);
    (text != *latest).then_some(text)
}

/// The change of a version that was read anew.
pub fn read_anew(old: &ArticleText, new: &ArticleText) -> Change {
    let mut change = technical(old, new);
    change.mark(Mark::ReadAnew);
    change
}

/// Whether a page whose earlier reading cannot be repeated has the bytes of that reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Same,
    Other,
}

/// Decides what a capture by another reader means where the page of the latest version was not kept.
///
/// Of the bytes read before, everything that reads differently is the reader's doing. Of other bytes that is so for blocks
/// that came or went and words that were added or left out: what another selection does. Words that stand in place of
/// others do not come from a reader, and have to be found by a second look like every edit; so a death toll that changed
/// at this very look is told.
pub fn assess_anew(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    capture: Capture,
    bytes: Page,
    now: Timestamp,
) -> Finding {
    let Some(latest) = known.latest.filter(|_| !known.gone) else {
        return super::assess(rules, known, sightings, capture, now);
    };
    if let Some(fitness) = quality::doubt(known, sightings, &capture, now) {
        return Finding::Unfit(fitness);
    }
    let look = Look { rules, known, latest, now };
    let template = Template::of(&known.surroundings.memory, known.article);
    let agreement = Agreement::of(&latest.text, &capture, sightings, &template);
    let text = agreement.text(|step| bytes == Page::Same || agreement.is_selection(step));
    if diff::fingerprint(&text) == diff::fingerprint(&latest.text) {
        forget_waiting(sightings);
        return look.at_page(sightings, &capture);
    }
    let left: Vec<_> = match bytes {
        Page::Same => Vec::new(),
        Page::Other => agreement.steps.iter().filter(|step| !agreement.is_selection(step)).cloned().collect(),
    };
    adopt(sightings, &text, &agreement.page);
    confirm::count(sightings, &left);
    let again_in = (!left.is_empty()).then_some(known.confirm);
    let alerts = alerts::on_new_feeds(rules, known, &text);
    let mut version = look.technical_version(&capture, text, alerts, again_in);
    version.change.iter_mut().for_each(|change| change.mark(Mark::ReadAnew));
    version.into()
}

/// Takes what a page shows beside its article as known, as the new reader reads it.
fn adopt(sightings: &mut Sightings, text: &ArticleText, page: &Blocks<'_>) {
    let own: HashSet<u64> = keys(text).into_iter().collect();
    sightings.beside.retain(|block| !own.contains(block));
    let beside = page.beside().into_iter().map(|(_, key)| key).filter(|key| !own.contains(key));
    remember(sightings, beside.collect());
    forget_waiting(sightings);
}

/// What came or went and waits was read by the reader before; nothing of it is restless for that.
fn forget_waiting(sightings: &mut Sightings) {
    sightings.pending.clear();
    sightings.waiting.clear();
    variants::end_runs(sightings);
}

struct Rereading<'a> {
    latest: &'a ArticleText,
    then: &'a Choice,
    is_other_rule: bool,
    new: &'a ArticleText,
    page: &'a Blocks<'a>,
    /// Digests of the paragraphs of the latest version.
    old: Vec<u64>,
    chosen: HashSet<u64>,
}

impl<'a> Rereading<'a> {
    fn new(
        latest: &'a ArticleText,
        then: &'a Choice,
        is_other_rule: bool,
        new: &'a ArticleText,
        page: &'a Blocks<'a>,
    ) -> Self {
        let chosen = page.chosen().into_iter().collect();
        Self { latest, then, is_other_rule, new, page, old: keys(latest), chosen }
    }

    /// The paragraphs that stay, in their order, and at their places those that the new reader adds.
    fn paragraphs(&self, sightings: &Sightings) -> Vec<Paragraph> {
        let standing: HashSet<u64> = self.page.keys.iter().copied().collect();
        let then: HashSet<u64> = self.then.chosen.iter().copied().collect();
        let kept: HashSet<u64> = self.then.kept.iter().copied().collect();
        let stays = |key: &u64| match (self.chosen.contains(key), then.contains(key), kept.contains(key)) {
            (true, _, _) => true,
            (false, true, _) => false,
            (false, false, true) => standing.contains(key) && !self.is_other_rule,
            (false, false, false) => true,
        };
        let paragraphs = self.old.iter().copied().zip(&self.latest.paragraphs);
        let stay: Vec<(u64, &Paragraph)> = paragraphs.filter(|(key, _)| stays(key)).collect();
        let unseen = stay.iter().filter(|(key, _)| !standing.contains(key));
        let unseen: Vec<Words> = unseen.map(|(_, paragraph)| Words::of(&paragraph.text)).collect();
        let known: HashSet<u64> = self.old.iter().copied().collect();
        let is_new = |index: usize, text: &str| {
            let key = self.page.keys[index];
            let is_known = known.contains(&key) || then.contains(&key) || sightings.restless.contains(&key);
            !is_known && overlap::alike(&unseen, &[Words::of(text)]).is_empty()
        };
        let article = self.page.list.iter().enumerate().filter(|(_, block)| block.is_article);
        let came = article.filter(|(index, block)| is_new(*index, &block.text));
        let came = came.map(|(index, _)| (index, self.page.paragraph(index))).collect();
        woven(&stay, &self.page.keys, came)
    }

    /// A field that the new reader reads as the old one did stays as the looks agreed on it.
    fn text(&self, paragraphs: Vec<Paragraph>) -> ArticleText {
        let (latest, new) = (self.latest, self.new);
        let read = fields(new);
        let field = |at: usize, field: Field| {
            let source = if read[at] == self.then.fields[at] { latest } else { new };
            field.of(source).clone()
        };
        let facts = if facts(new) == self.then.facts { latest } else { new };
        ArticleText {
            headline: field(0, Field::Headline),
            summary: field(1, Field::Summary),
            byline: field(2, Field::Byline),
            correction: field(3, Field::Correction),
            paragraphs,
            ..facts.clone()
        }
    }
}

fn fields(text: &ArticleText) -> [u64; 4] {
    [Field::Headline, Field::Summary, Field::Byline, Field::Correction]
        .map(|field| key(field.of(text).as_deref().unwrap_or_default()))
}

fn facts(text: &ArticleText) -> u64 {
    let time = |at: Option<Timestamp>| at.map_or(i64::MIN, Timestamp::as_millis).to_le_bytes();
    let (published, modified) = (time(text.published_at), time(text.modified_at));
    let canonical = text.canonical_url.as_ref().map(|url| url.as_str()).unwrap_or_default();
    let word = |word: &'static str| word.as_bytes();
    let mut parts: Vec<&[u8]> = vec![&published, &modified, canonical.as_bytes(), word("section")];
    parts.extend(text.section.as_deref().map(str::as_bytes));
    parts.push(word("language"));
    parts.extend(text.language.as_deref().map(str::as_bytes));
    parts.push(word("tags"));
    parts.extend(text.tags.iter().map(|tag| tag.as_bytes()));
    digest(&parts)
}
