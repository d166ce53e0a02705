//! The articles to match: generated ones with the shape of news, or real ones from a folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Deserialize;

use wirewatch::model::{ArticleText, Paragraph, Role};

use crate::random::Random;
use crate::vocabulary::{Language, Ranks, Topic, Word};

/// How many articles are generated.
const GENERATED: usize = 200;

/// How many more, to learn from.
const SEEN_BEFORE: usize = 300;

/// How many words an article has, about.
const WORDS: usize = 808;

/// What a real article must have to be one of the corpus.
const LEAST_WORDS: usize = 500;
/// Real articles longer than this are cut into pieces.
const MOST_WORDS: usize = 1_200;

/// Articles, and what people might ask about them.
pub struct Corpus {
    pub articles: Vec<ArticleText>,
    /// Others of their kind, from which it can be learnt how often words come.
    pub seen_before: Vec<ArticleText>,
    /// Subjects that rules are about besides those of the language; empty where the articles are in that language.
    pub topics: Vec<Topic>,
}

/// Articles in the invented language.
pub fn generated(language: &Language) -> Corpus {
    let write = |number: usize| article(language, &mut Random::of(&["article", &number.to_string()]));
    Corpus {
        articles: (0..GENERATED).map(write).collect(),
        seen_before: (GENERATED..GENERATED + SEEN_BEFORE).map(write).collect(),
        topics: Vec::new(),
    }
}

fn article(language: &Language, random: &mut Random) -> ArticleText {
    let topics = [language.topic(random), language.topic(random)];
    let mut writer = Writer { language, topics, random, used: Vec::new() };
    let paragraphs = writer.random.between(15, 25);
    let mut text = ArticleText {
        headline: Some(writer.headline()),
        summary: Some(writer.sentences(22)),
        byline: Some("Wire Staff".to_owned()),
        language: Some("en".to_owned()),
        ..ArticleText::default()
    };
    for _ in 0..paragraphs {
        let words = WORDS.saturating_sub(32) / paragraphs;
        let words = writer.random.between(words * 2 / 3, words * 4 / 3);
        text.paragraphs.push(Paragraph::new(Role::Paragraph, writer.sentences(words)));
    }
    text
}

struct Writer<'a> {
    language: &'a Language,
    topics: [&'a Topic; 2],
    random: &'a mut Random,
    /// Words of the language's middle and tail that the article has: it mostly comes back to those.
    used: Vec<&'a Word>,
}

impl Writer<'_> {
    fn headline(&mut self) -> String {
        let words: Vec<String> = (0..7).map(|_| self.token()).collect();
        capitalised(&words.join(" "))
    }

    /// Sentences with about so many words together.
    fn sentences(&mut self, words: usize) -> String {
        let mut text = String::new();
        let mut left = words;
        while left > 0 {
            let length = self.random.between(9, 28).min(left);
            left = if left - length < 6 { 0 } else { left - length };
            if !text.is_empty() {
                text.push(' ');
            }
            let sentence = self.sentence(length);
            text.push_str(&sentence);
        }
        text
    }

    fn sentence(&mut self, words: usize) -> String {
        let mut tokens: Vec<String> = (0..words).map(|_| self.token()).collect();
        for token in &mut tokens[..words - 1] {
            match self.random.below(100) {
                0..7 => token.push(','),
                7 => token.push_str(" —"),
                8 => token.push_str("’s"),
                _ => {}
            }
        }
        let sentence = capitalised(&tokens.join(" "));
        match self.random.below(10) {
            0 => format!("“{sentence},” {} said.", capitalised(&self.topics[0].word(self.random).text)),
            _ => format!("{sentence}."),
        }
    }

    /// A word as it stands in a text; a phrase or a number now and then.
    fn token(&mut self) -> String {
        let topic = self.topics[usize::from(self.random.below(4) == 0)];
        let word = match self.random.below(100) {
            0..74 => self.plain_word(),
            74..94 => topic.word(self.random),
            94..97 => {
                return topic.phrases[self.random.below(topic.phrases.len())].clone();
            }
            _ => return number(self.random),
        };
        if word.is_name { capitalised(&word.text) } else { word.text.clone() }
    }
}

impl<'a> Writer<'a> {
    /// A word that need not have to do with the topics.
    fn plain_word(&mut self) -> &'a Word {
        let word = self.language.word(self.random);
        if word.is_function {
            return word;
        }
        if self.random.coin()
            && let Some(again) = self.random.pick(&self.used)
        {
            return again;
        }
        self.used.push(word);
        word
    }
}

fn number(random: &mut Random) -> String {
    match random.below(5) {
        0 => format!("{}", random.between(1990, 2026)),
        1 => format!("${}.{}bn", random.between(1, 40), random.below(10)),
        2 => format!("{}%", random.between(1, 99)),
        3 => format!("{},{:03}", random.between(1, 90), random.below(1_000)),
        _ => random.between(2, 60).to_string(),
    }
}

pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What people marked as the article, in `ground-truth.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    article_body: String,
}

/// The articles of `FOLDER/articles/ground-truth.json` or `FOLDER/ground-truth.json` with 500 to 1,200 words; longer
/// ones are cut into pieces of about 800. Shorter ones are there to learn from.
pub fn real(folder: &Path) -> anyhow::Result<Corpus> {
    let path = ["articles/ground-truth.json", "ground-truth.json"].map(|file| folder.join(file));
    let path = path.iter().find(|path| path.exists()).context("the folder has no `ground-truth.json`")?;
    let marked: BTreeMap<String, Marked> =
        serde_json::from_slice(&fs::read(path)?).with_context(|| format!("cannot read {}", path.display()))?;
    let bodies: Vec<&str> = marked.values().map(|marked| marked.article_body.as_str()).collect();
    let (articles, seen_before) = bodies.iter().flat_map(|body| pieces(body)).partition(is_long_enough);
    Ok(Corpus { articles, seen_before, topics: topics(&bodies) })
}

/// The article of a text, or several where it is long. The marked texts have no headline: the first line stands for it.
fn pieces(body: &str) -> Vec<ArticleText> {
    let paragraphs: Vec<&str> = body.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    let count = |line: &str| line.split_whitespace().count();
    let all: usize = paragraphs.iter().map(|line| count(line)).sum();
    let wanted = if all <= MOST_WORDS { all } else { WORDS };
    let mut pieces: Vec<(usize, Vec<&str>)> = vec![(0, Vec::new())];
    for paragraph in paragraphs {
        if let Some((words, lines)) = pieces.last_mut() {
            *words += count(paragraph);
            lines.push(paragraph);
        }
        if pieces.last().is_some_and(|(words, _)| *words >= wanted) {
            pieces.push((0, Vec::new()));
        }
    }
    pieces.into_iter().map(|(_, lines)| of_lines(&lines)).collect()
}

fn is_long_enough(article: &ArticleText) -> bool {
    let summary = article.summary.as_deref().unwrap_or_default();
    (LEAST_WORDS..=MOST_WORDS).contains(&(article.words() + summary.split_whitespace().count()))
}

fn of_lines(lines: &[&str]) -> ArticleText {
    let (headline, rest) = lines.split_first().map_or(("", lines), |(first, rest)| (*first, rest));
    let headline: Vec<&str> = headline.split_whitespace().take(12).collect();
    ArticleText {
        headline: Some(headline.join(" ")),
        summary: rest.first().map(|line| (*line).to_owned()),
        language: Some("en".to_owned()),
        paragraphs: rest.iter().skip(1).map(|line| Paragraph::new(Role::Paragraph, *line)).collect(),
        ..ArticleText::default()
    }
}

/// What each text is about: its words that few others have, and those among them that stand in a row.
fn topics(bodies: &[&str]) -> Vec<Topic> {
    let texts: Vec<Vec<&str>> = bodies.iter().map(|body| letters(body)).collect();
    let mut holding: HashMap<String, usize> = HashMap::new();
    for text in &texts {
        let distinct: HashSet<String> = text.iter().map(|word| word.to_ascii_lowercase()).collect();
        distinct.into_iter().for_each(|word| *holding.entry(word).or_default() += 1);
    }
    let is_telling = |word: &str| {
        let folded = word.to_ascii_lowercase();
        word.len() >= 4 && word.is_ascii() && holding.get(&folded).is_some_and(|count| *count <= bodies.len() / 20)
    };
    let ranks = Arc::new(Ranks::new(400, 20.0));
    let mut random = Random::of(&["rules", "topics"]);
    let of_text = |text: &Vec<&str>| {
        let mut seen = HashSet::new();
        let telling = text.iter().filter(|word| is_telling(word) && seen.insert(word.to_ascii_lowercase()));
        let words = telling.map(|word| Word {
            text: word.to_ascii_lowercase(),
            is_name: word.starts_with(|first: char| first.is_ascii_uppercase()),
            is_function: false,
        });
        let words: Vec<Word> = words.collect();
        let rows = text.windows(2).filter(|row| is_telling(row[0]) && is_telling(row[1]));
        let phrases = rows.map(|row| row.join(" ").to_ascii_lowercase()).take(40).collect();
        (words.len() >= 30).then(|| Topic::of(words, phrases, &ranks, &mut random))
    };
    texts.iter().filter_map(of_text).collect()
}

/// The runs of letters.
fn letters(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect()
}
