//! Draws rules as people write them: two to four terms about one subject.

use wirewatch::model::{Event, FeedFacts, Severity};
use wirewatch::rule::{FeedSelector, Query, Rule, Sets};

use anyhow::anyhow;

use crate::expression::{Form, Hand, Part, Term};
use crate::random::Random;
use crate::vocabulary::{Language, Topic};

/// Of how many rules one is about a subject of the real articles, where there are such.
const REAL_SHARE: usize = 3;

/// A rule before it is read.
#[derive(Debug, Clone)]
pub struct Drawn {
    pub name: String,
    pub part: Part,
    pub query: String,
    pub feeds: Vec<FeedSelector>,
}

/// Draws rules one after the other, always the same.
pub struct Drawing<'a> {
    language: &'a Language,
    topics: &'a [Topic],
    random: Random,
    count: usize,
}

impl<'a> Drawing<'a> {
    /// `topics` are those of the real articles.
    pub fn new(language: &'a Language, topics: &'a [Topic]) -> Self {
        Self { language, topics, random: Random::of(&["rules"]), count: 0 }
    }

    /// What a rule asks; nobody writes one term twice.
    fn part(&mut self, topic: &Topic) -> Part {
        loop {
            let part = self.chance_part(topic);
            let mut texts: Vec<&str> = part.terms().into_iter().map(|term| term.text.as_str()).collect();
            texts.sort_unstable();
            if texts.windows(2).all(|pair| pair[0] != pair[1]) {
                return part;
            }
        }
    }

    fn chance_part(&mut self, topic: &Topic) -> Part {
        match self.random.below(100) {
            0..26 => self.all(topic, 2),
            26..34 => self.all(topic, 3),
            34..52 => Part::All(vec![self.term(topic), self.any(topic, 2)]),
            52..58 => Part::All(vec![self.term(topic), self.any(topic, 3)]),
            58..66 => Part::All(vec![self.any(topic, 2), self.any(topic, 2)]),
            66..74 => self.names(topic),
            74..84 => {
                let positive = [self.term(topic), self.term(topic)];
                Part::All(positive.into_iter().chain([self.not(topic)]).collect())
            }
            84..88 => Part::All(vec![self.any(topic, 2), self.not(topic)]),
            88..91 => Part::All(vec![self.phrase(topic), self.term(topic)]),
            91..94 => Part::Near(self.steps(), Box::new([self.word(topic), self.word(topic)])),
            94..96 => {
                let sides = [self.word(topic), Part::Any(vec![self.word(topic), self.word(topic)])];
                Part::Near(self.steps(), Box::new(sides))
            }
            96..98 => Part::All(vec![titled(self.word(topic)), self.term(topic)]),
            98 => Part::AtLeast(2, (0..self.random.between(3, 4)).map(|_| self.term(topic)).collect()),
            _ if self.random.coin() => Part::All(vec![self.fuzzy(topic), self.term(topic)]),
            _ => self.all(topic, 4),
        }
    }

    fn all(&mut self, topic: &Topic, count: usize) -> Part {
        Part::All((0..count).map(|_| self.term(topic)).collect())
    }

    fn any(&mut self, topic: &Topic, count: usize) -> Part {
        Part::Any((0..count).map(|_| self.term(topic)).collect())
    }

    fn not(&mut self, topic: &Topic) -> Part {
        Part::Not(Box::new(self.word(topic)))
    }

    fn steps(&mut self) -> usize {
        [3, 5, 5, 8, 10][self.random.below(5)]
    }

    /// A rare name, in one of several spellings; a rule that is content with one term asks for no common word.
    fn names(&mut self, topic: &Topic) -> Part {
        let rare = |random: &mut Random| {
            let word = self.language.rare_word(random);
            Part::Term(Term { text: word.text.clone(), form: Form::Whole, in_title: false, is_name: word.is_name })
        };
        let first = rare(&mut self.random);
        let other = if self.random.coin() { rare(&mut self.random) } else { self.phrase(topic) };
        Part::Any(vec![first, other])
    }

    /// One of the terms of a rule.
    fn term(&mut self, topic: &Topic) -> Part {
        match self.random.below(100) {
            0..20 => self.phrase(topic),
            20..25 => self.prefix(topic),
            _ => self.word(topic),
        }
    }

    fn word(&mut self, topic: &Topic) -> Part {
        let word = match self.random.below(100) {
            0..8 => self.language.common_word(&mut self.random),
            8..25 => self.language.rare_word(&mut self.random),
            _ => topic.words.get(self.random.below(topic.words.len())).unwrap_or(&topic.words[0]),
        };
        let is_name = word.is_name && self.random.below(4) > 0;
        Part::Term(Term { text: word.text.clone(), form: Form::Whole, in_title: false, is_name })
    }

    fn phrase(&mut self, topic: &Topic) -> Part {
        let text = match self.random.below(2) {
            0 => topic.phrases[self.random.below(topic.phrases.len())].clone(),
            _ => topic.chance_phrase(&mut self.random),
        };
        Part::Term(Term { text, form: Form::Whole, in_title: false, is_name: false })
    }

    fn prefix(&mut self, topic: &Topic) -> Part {
        let long: Vec<&str> = topic.words.iter().map(|word| word.text.as_str()).filter(|word| word.len() > 6).collect();
        let Some(word) = self.random.pick(&long) else { return self.word(topic) };
        let length = self.random.between(5, word.len() - 1);
        Part::Term(Term { text: word[..length].to_owned(), form: Form::Prefix, in_title: false, is_name: false })
    }

    fn fuzzy(&mut self, topic: &Topic) -> Part {
        match self.word(topic) {
            Part::Term(term) if term.text.len() > 5 => Part::Term(Term { form: Form::Fuzzy, ..term }),
            other => other,
        }
    }
}

impl Iterator for Drawing<'_> {
    type Item = Drawn;

    fn next(&mut self) -> Option<Drawn> {
        let is_real = !self.topics.is_empty() && self.random.below(REAL_SHARE) == 0;
        let topic = if is_real {
            &self.topics[self.random.below(self.topics.len())]
        } else {
            self.language.topic(&mut self.random)
        };
        let topic = topic.clone();
        let part = self.part(&topic);
        let hand = Hand { is_terse: self.random.below(3) == 0, curls_quotes: self.random.below(8) == 0 };
        let feeds = match self.random.below(50) {
            0 => vec![FeedSelector::Tag("world".to_owned())],
            1 => vec![FeedSelector::Tag("sport".to_owned())],
            _ => Vec::new(),
        };
        let drawn = Drawn { name: format!("rule-{:06}", self.count), query: part.written(hand), part, feeds };
        self.count += 1;
        Some(drawn)
    }
}

impl Drawn {
    /// Whether the rule is about one of the feeds.
    pub fn covers(&self, feeds: &[FeedFacts]) -> bool {
        let covers = |feed: &FeedFacts| self.feeds.iter().any(|selector| selector.selects(feed));
        self.feeds.is_empty() || feeds.iter().any(covers)
    }

    /// Whether one of its terms has this form.
    pub fn asks(&self, form: Form) -> bool {
        self.part.terms().iter().any(|term| term.form == form)
    }

    /// The rule as the configuration makes it of the text.
    pub fn read(&self) -> anyhow::Result<Rule> {
        read(&self.name, &self.query, self.feeds.clone())
    }
}

/// Reads a rule.
pub fn read(name: &str, query: &str, feeds: Vec<FeedSelector>) -> anyhow::Result<Rule> {
    let parsed = Query::parse(query, &Sets::default()).map_err(|notes| anyhow!("`{query}` is no query: {notes:?}"))?;
    Ok(Rule {
        name: name.to_owned(),
        query: parsed.query,
        feeds,
        on: vec![Event::New, Event::Revised],
        min_severity: Severity::Minor,
        to: vec!["desk".to_owned()],
        urgent: false,
    })
}

fn titled(part: Part) -> Part {
    match part {
        Part::Term(term) => Part::Term(Term { in_title: true, ..term }),
        other => other,
    }
}
