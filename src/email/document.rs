//! A mail's body before it is markup: the blocks that both renderings, plain text and HTML, are made from.

use url::Url;

use crate::model::{Event, Op};

/// Everything between the headers and the end, in reading order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Document {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// One block of a mail.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// What happened, in one line; the event decides its colour.
    Happened(Option<Event>, Line),
    /// A story's headline; its level decides how large it stands.
    Headline(Level, Line, Option<Url>),
    /// The title of a section.
    Section(&'static str),
    Paragraph(Line),
    /// The headline that the one above replaced.
    Before(Line),
    /// Words of the article.
    Excerpt(Line),
    /// Something the reader may skip.
    Note(Line),
    Items(Vec<Line>),
    Figures(Vec<Step>),
    Links(Vec<Link>),
    /// The end of one story.
    Divider,
    /// Why you got this.
    Footer(Vec<Line>),
    /// Where that can be stopped; stands below the footer.
    Unsubscribe(Line, Url),
}

/// A figure before and after, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub before: Option<String>,
    pub after: Option<String>,
    /// Empty where the mail quotes the sentence anyway.
    pub context: String,
}

/// How large a headline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The one story of a mail.
    Only,
    /// One of several.
    Story,
    /// One of many, in a list.
    Listed,
}

/// Where a reader can go from here.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Link {
    /// One word, for plain text.
    pub label: &'static str,
    /// A few words, for HTML.
    pub title: &'static str,
    pub target: Target,
}

impl Link {
    /// One link of many, where none stands out.
    pub fn small(self) -> Self {
        match self.target {
            Target::Article(url) => Self { target: Target::Page(url), ..self },
            _ => self,
        }
    }
}

/// A page, or a command where there is no page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Article(Url),
    Page(Url),
    Command(String),
}

/// Running text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line(pub Vec<Span>);

/// A run of text of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// Without control characters and bidirectional overrides.
    pub text: String,
    pub op: Op,
    pub tone: Tone,
}

/// How a run of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Code,
    /// A word that a rule looked for, where the article writes it.
    Hit,
    /// The same, named in a sentence of ours.
    Found,
}

impl Document {
    /// What happened, in one line.
    pub fn happened(&self) -> String {
        let first = self.blocks.iter().find_map(|block| match block {
            Block::Happened(_, line) => Some(line.whole()),
            _ => None,
        });
        first.unwrap_or_default()
    }
}

impl Line {
    pub fn of(text: &str) -> Self {
        Self::default().plain(text)
    }

    /// A text of ours in which code stands between backticks.
    pub fn with_code(text: &str) -> Self {
        let parts = text.split('`').enumerate();
        // What is left open is no code.
        let last = text.matches('`').count() / 2 * 2;
        parts.fold(Self::default(), |line, (index, part)| match index {
            index if index > last => line.plain("`").plain(part),
            index if index % 2 == 1 => line.code(part),
            _ => line.plain(part),
        })
    }

    pub fn plain(self, text: &str) -> Self {
        self.with(text, Op::Equal, Tone::Plain)
    }

    pub fn strong(self, text: &str) -> Self {
        self.with(text, Op::Equal, Tone::Strong)
    }

    pub fn code(self, text: &str) -> Self {
        self.with(text, Op::Equal, Tone::Code)
    }

    pub fn with(mut self, text: &str, op: Op, tone: Tone) -> Self {
        self.push(text, op, tone);
        self
    }

    /// Adds a run; joins it to the last one where both are of one kind.
    pub fn push(&mut self, text: &str, op: Op, tone: Tone) {
        let text = visible(text);
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.op == op && last.tone == tone => last.text.push_str(&text),
            _ => self.0.push(Span { text, op, tone }),
        }
    }

    pub fn append(mut self, other: Line) -> Self {
        for span in other.0 {
            self.push(&span.text, span.op, span.tone);
        }
        self
    }

    /// Every word, in reading order.
    pub fn whole(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }

    /// The words that stood in the old text.
    pub fn before(&self) -> String {
        self.0.iter().filter(|span| span.op != Op::Insert).map(|span| span.text.as_str()).collect()
    }

    /// The words that stand in the new text.
    pub fn after(&self) -> String {
        self.0.iter().filter(|span| span.op != Op::Delete).map(|span| span.text.as_str()).collect()
    }
}

/// The text as it may be shown in a body: line breaks and other controls become spaces, and overrides of the reading
/// direction, which could make a text read other than it is written, are left out.
pub(super) fn visible(text: &str) -> String {
    let shown = text.chars().filter(|&c| !is_override(c));
    shown.map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// Embeddings, overrides and isolates, which reach beyond the word they stand at; and what is no character at all.
pub(super) fn is_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{F8FF}')
}
