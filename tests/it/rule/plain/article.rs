//! Articles made of tokens, with what a revision changed in them.

use super::*;
use wirewatch::diff;

pub(super) type Tokens = Vec<usize>;

#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub sort: usize,
    pub headline: Tokens,
    pub summary: Tokens,
    pub author: Tokens,
    pub tags: Vec<Tokens>,
    pub paragraphs: Vec<Tokens>,
    pub event: Option<Event>,
    pub before: Option<(Tokens, Tokens, Vec<Before>)>,
}

/// A paragraph of the version before: one of this version's, or another.
#[derive(Debug, Clone)]
pub(super) enum Before {
    Same(usize),
    Other(Tokens),
}

fn written(tokens: &[usize]) -> String {
    tokens.iter().map(|token| TOKENS[*token].written).collect::<Vec<_>>().join(" ")
}

impl Draft {
    pub(super) fn case(&self) -> Case {
        let text = |headline: &[usize], summary: &[usize], paragraphs: &[Tokens]| ArticleText {
            headline: Some(written(headline)),
            summary: Some(written(summary)),
            byline: Some(written(&self.author)),
            tags: self.tags.iter().map(|tag| written(tag)).collect(),
            language: Some(["de-CH", "en"][self.sort].to_owned()),
            paragraphs: paragraphs.iter().map(|tokens| paragraph(&written(tokens))).collect(),
            ..ArticleText::default()
        };
        let now = text(&self.headline, &self.summary, &self.paragraphs);
        let before =
            self.before.as_ref().map(|(headline, summary, _)| text(headline, summary, &self.paragraphs_before()));
        let url = ["https://www.example.org/x", "https://news.example/storm"][self.sort];
        Case {
            url: Url::parse(url).unwrap(),
            feeds: vec![FeedFacts { name: ["BBC World", "courts"][self.sort].to_owned(), tags: Vec::new() }],
            event: if before.is_some() { Some(Event::Revised) } else { self.event },
            change: before.map(|before| {
                let diff = diff::align(&before, &now);
                (before, diff)
            }),
            text: now,
        }
    }

    fn paragraphs_before(&self) -> Vec<Tokens> {
        let before = self.before.iter().flat_map(|(_, _, paragraphs)| paragraphs);
        let tokens = before.filter_map(|paragraph| match paragraph {
            Before::Other(tokens) => Some(tokens.clone()),
            Before::Same(at) => self.paragraphs.get(*at).cloned(),
        });
        tokens.collect()
    }

    /// The texts as lists of words.
    pub(super) fn texts(&self, case: &Case) -> Vec<PlainText> {
        let is_new = case.change.is_none() && matches!(self.event, None | Some(Event::New));
        let diff = case.change.as_ref().map(|(_, diff)| diff);
        let title = diff.map(|diff| diff.headline.as_slice());
        let summary = diff.map(|diff| diff.summary.as_slice());
        let now = |tokens: &[usize], scope: Scope, runs: Option<&[WordChange]>| PlainText {
            scopes: vec![Scope::Anywhere, scope, Scope::Added],
            words: plain_words(tokens, runs, Op::Insert, is_new),
        };
        let mut texts = vec![now(&self.headline, Scope::Title, title), now(&self.summary, Scope::Summary, summary)];
        for (at, tokens) in self.paragraphs.iter().enumerate() {
            texts.push(now(tokens, Scope::Text, diff.and_then(|diff| runs_at(diff, |paragraph| paragraph.after, at))));
        }
        let aside = |tokens: &[usize], scope: Scope| PlainText {
            scopes: vec![scope],
            words: plain_words(tokens, None, Op::Insert, false),
        };
        texts.push(aside(&self.author, Scope::Author));
        texts.extend(self.tags.iter().map(|tag| aside(tag, Scope::Tag)));
        let then = |tokens: &[usize], runs: Option<&[WordChange]>| PlainText {
            scopes: vec![Scope::Removed],
            words: plain_words(tokens, runs, Op::Delete, false),
        };
        if let Some((headline, standfirst, _)) = &self.before {
            texts.extend([then(headline, title), then(standfirst, summary)]);
            for (at, tokens) in self.paragraphs_before().iter().enumerate() {
                texts.push(then(tokens, diff.and_then(|diff| runs_at(diff, |paragraph| paragraph.before, at))));
            }
        }
        texts
    }
}

fn runs_at(diff: &Diff, side: impl Fn(&ParagraphChange) -> Option<usize>, at: usize) -> Option<&[WordChange]> {
    diff.paragraphs.iter().find(|paragraph| side(paragraph) == Some(at)).map(|paragraph| paragraph.words.as_slice())
}

/// The words of a text; `ours` is what marks those that only this side of the runs has.
fn plain_words(tokens: &[usize], runs: Option<&[WordChange]>, ours: Op, all: bool) -> Vec<PlainWord> {
    // For each byte in which stretch of differences it is, and in which something of the other side stood before it.
    let (mut differs, mut gaps) = (Vec::new(), vec![None]);
    // Of each stretch, the words of the other side.
    let mut stretches: Vec<Vec<&str>> = Vec::new();
    let mut is_open = false;
    for run in runs.unwrap_or_default() {
        if run.op != Op::Equal && !is_open {
            stretches.push(Vec::new());
        }
        is_open = run.op != Op::Equal;
        let stretch = is_open.then(|| stretches.len() - 1);
        if run.op == Op::Equal || run.op == ours {
            differs.extend(run.text.bytes().map(|_| stretch));
            gaps.resize(differs.len() + 1, None);
        } else {
            gaps[differs.len()] = stretch;
            stretches.last_mut().unwrap().extend(folded_words(&run.text));
        }
    }
    let mut at = 0;
    let (mut words, mut touched): (Vec<PlainWord>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for token in tokens {
        let token = &TOKENS[*token];
        let mut from = 0;
        for (nth, (written, folded)) in token.words.iter().enumerate() {
            let start = at + from + token.written[from..].find(written).unwrap();
            let end = start + written.len();
            from = end - at;
            let inside = differs.get(start..end).into_iter().flatten().flatten();
            let before = gaps.get(start + 1..end).into_iter().flatten().flatten();
            let stretch = inside.chain(before).next().copied();
            let changed = all || stretch.is_some();
            words.push(PlainWord { written, folded, glued: token.glued && nth > 0, changed, came: changed });
            touched.push(stretch);
        }
        at += token.written.len() + 1;
    }
    for (stretch, theirs) in stretches.iter().enumerate() {
        let here: Vec<usize> = (0..words.len()).filter(|word| touched[*word] == Some(stretch)).collect();
        let ours: Vec<&str> = here.iter().map(|word| words[*word].folded).collect();
        longest_in_both(&ours, theirs).into_iter().for_each(|same| words[here[same]].came = false);
    }
    words
}

/// The words of which a piece of a text is made, folded.
fn folded_words(mut text: &str) -> Vec<&'static str> {
    let all = || TOKENS.iter().flat_map(|token| token.words);
    let mut found = Vec::new();
    while let Some(c) = text.chars().next() {
        let word = all().filter(|(written, _)| text.starts_with(written)).max_by_key(|(written, _)| written.len());
        found.extend(word.map(|(_, folded)| *folded));
        text = &text[word.map_or(c.len_utf8(), |(written, _)| written.len())..];
    }
    found
}

/// Which of ours are part of the longest list that both have in common; of several such lists the one that begins first.
fn longest_in_both(ours: &[&str], theirs: &[&str]) -> Vec<usize> {
    let Some((first, rest)) = ours.split_first() else { return Vec::new() };
    let without = || longest_in_both(rest, theirs).into_iter().map(|at| at + 1).collect::<Vec<usize>>();
    let Some(place) = theirs.iter().position(|word| word == first) else { return without() };
    let mut with = vec![0];
    with.extend(longest_in_both(rest, &theirs[place + 1..]).into_iter().map(|at| at + 1));
    let without = without();
    if with.len() >= without.len() { with } else { without }
}
