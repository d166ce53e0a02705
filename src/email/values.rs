//! What a template can say: the values of docs/templates.md, under names that stay.

use minijinja::Value;
use serde::Serialize;
use url::Url;

use super::document::{Line, Target, visible};
use super::letter::Draft;
use super::story::{Detail, Setting, Story};
use super::{header, html, letter, moment, phrase, plain, why};
use crate::model::{Delivery, DeliveryKind, Event, Kind, Severity, Timestamp};

/// A query, in characters.
const MAX_QUERY: usize = 1_000;
const MAX_NAME: usize = 100;
/// Of a headline, summary or byline.
const MAX_FIELD: usize = 1_000;

/// What the mail tells, beside `body`.
#[derive(Debug, Serialize)]
pub(super) struct Values {
    kind: DeliveryKind,
    /// As it would be without a template.
    subject: String,
    /// What happened, in one line.
    happened: String,
    /// Why the reader got it, in one sentence.
    why: String,
    recipient: String,
    address: String,
    /// Where mails like this one can be stopped.
    unsubscribe: Option<String>,
    now: String,
    now_utc: Timestamp,
    rules: Vec<String>,
    feeds: Vec<String>,
    /// The first of them.
    story: Option<StoryValues>,
    stories: Vec<StoryValues>,
    /// Stories that are not among them.
    more: usize,
}

#[derive(Debug, Clone, Serialize)]
struct StoryValues {
    event: Event,
    happened: String,
    publisher: String,
    headline: String,
    headline_before: Option<String>,
    url: Option<String>,
    history: Option<String>,
    diff: Option<String>,
    feeds: Vec<String>,
    tags: Vec<String>,
    rules: Vec<RuleValues>,
    summary: Option<String>,
    byline: Option<String>,
    correction: Option<String>,
    language: Option<String>,
    version: u32,
    version_before: Option<u32>,
    revisions: u32,
    severity: Option<Severity>,
    kinds: Vec<Kind>,
    silent: bool,
    published_at: Option<String>,
    observed_at: String,
    noticed_at: String,
    back_at: Option<String>,
    mailed_at: Option<String>,
    figures: Vec<FigureValues>,
    changes: Vec<ChangeValues>,
    opening: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct RuleValues {
    name: String,
    query: String,
    terms: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct FigureValues {
    before: Option<String>,
    after: Option<String>,
    context: String,
}

#[derive(Debug, Clone, Serialize)]
struct ChangeValues {
    /// With `[-removed-]` and `{+added+}`.
    text: String,
    before: String,
    after: String,
    /// With struck and underlined words.
    html: Value,
}

impl Values {
    pub fn of(delivery: &Delivery, draft: &Draft<'_, '_>, setting: Setting) -> Self {
        let stories: Vec<StoryValues> =
            draft.stories.iter().map(|story| StoryValues::of(story, setting, draft.detail)).collect();
        Self {
            kind: delivery.kind,
            subject: header::subject(delivery),
            happened: draft.document.happened(),
            why: letter::because(delivery),
            recipient: header::one_line(&delivery.recipient, MAX_NAME),
            address: header::one_line(&delivery.address, MAX_FIELD),
            unsubscribe: setting.sender.unsubscribe(delivery).map(String::from),
            now: moment::full(setting.now, setting.sender.zone),
            now_utc: setting.now,
            rules: header::rules(&delivery.articles),
            feeds: header::feeds(&delivery.articles),
            story: stories.first().cloned(),
            more: delivery.articles.len().saturating_sub(stories.len()),
            stories,
        }
    }
}

impl StoryValues {
    fn of(story: &Story, setting: Setting, detail: Detail) -> Self {
        let article = story.article;
        let text = &article.after.text;
        let zone = setting.sender.zone;
        let links = super::story::links(article, setting.sender);
        let link = |label: &str| links.iter().find(|link| link.label == label).map(|link| target(&link.target));
        let change = story.changes.as_ref().map(|changes| changes.change.as_ref());
        let before = article.before.as_ref().filter(|_| story.changes.is_some());
        let headline_before = story.changes.as_ref().and_then(|changes| changes.headline()).and(before);
        Self {
            event: article.event,
            happened: story.happened_line(setting).whole(),
            publisher: phrase::publisher(article),
            headline: header::headline(article, MAX_FIELD),
            headline_before: headline_before.and_then(|before| field(before.text.headline.as_deref())),
            url: super::story::shown_url(article).filter(is_web).map(String::from),
            history: link("History"),
            diff: link("Diff"),
            feeds: article.feeds.iter().map(|feed| header::one_line(&feed.name, MAX_NAME)).collect(),
            tags: article.feeds.iter().flat_map(|feed| &feed.tags).map(|tag| header::one_line(tag, MAX_NAME)).collect(),
            rules: article.rules.iter().map(RuleValues::of).collect(),
            summary: field(text.summary.as_deref()),
            byline: field(text.byline.as_deref()),
            correction: field(text.correction.as_deref()),
            language: field(text.language.as_deref()),
            version: article.after.number,
            version_before: before.map(|before| before.number),
            revisions: article.revisions,
            severity: article.severity,
            kinds: change.map(|change| change.kinds.clone()).unwrap_or_default(),
            silent: change.is_some_and(|change| change.silent),
            published_at: text.published_at.map(|at| moment::full(at, zone)),
            observed_at: moment::full(article.after.observed_at, zone),
            noticed_at: moment::full(article.noticed_at, zone),
            back_at: article.back_at.map(|at| moment::full(at, zone)),
            mailed_at: article.mailed_at.map(|at| moment::full(at, zone)),
            figures: story.figures(detail).into_iter().map(FigureValues::of).collect(),
            changes: story.sentences_changed(detail).iter().map(ChangeValues::of).collect(),
            opening: story.opening(detail).iter().map(Line::after).collect(),
        }
    }
}

impl RuleValues {
    fn of(rule: &crate::model::FiredRule) -> Self {
        Self {
            name: header::one_line(&rule.name, MAX_NAME),
            query: header::one_line(&rule.query, MAX_QUERY),
            terms: why::terms(rule),
        }
    }
}

impl FigureValues {
    fn of(step: super::document::Step) -> Self {
        Self { before: step.before, after: step.after, context: step.context }
    }
}

impl ChangeValues {
    fn of(line: &Line) -> Self {
        Self {
            text: plain::marked(line),
            before: line.before(),
            after: line.after(),
            html: Value::from_safe_string(html::spans(line)),
        }
    }
}

fn field(text: Option<&str>) -> Option<String> {
    text.map(|text| visible(&header::cut(text, MAX_FIELD)))
}

fn target(target: &Target) -> String {
    match target {
        Target::Article(url) | Target::Page(url) => url.to_string(),
        Target::Command(command) => command.clone(),
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
