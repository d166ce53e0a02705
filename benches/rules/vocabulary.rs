//! An invented language with the statistics of English news: 60,000 words by frequency, and topics that articles and
//! rules share.

use std::collections::HashSet;
use std::sync::Arc;

use crate::random::Random;

/// How many words there are.
pub const WORDS: usize = 60_000;

/// Topics that articles are about.
const TOPICS: usize = 5_000;

/// The head of the language, the most frequent first.
const FUNCTION_WORDS: &str = "the to of and a in that is for it on with as was at he be by from are this said has have \
    but i not his an they we you who will their or its which had more were one been about she would up her all when \
    there out can what new if people than other also after into first some over so time two last no like just now our \
    them could year only most how how because many any years him even get my these then make may way before through \
    while where those such since did made still do against being between both during should under each very same too \
    another going much here around told does well three week day says off until back company government according \
    country several percent including world part called work since later among former public within group already";

const ONSETS: &[&str] = &[
    "b", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl",
    "pr", "qu", "r", "s", "sc", "sh", "sl", "sp", "st", "str", "t", "th", "tr", "v", "w", "", "", "",
];
const NUCLEI: &[&str] = &["a", "a", "e", "e", "e", "i", "i", "o", "o", "u", "ea", "ai", "ou", "ie", "oo"];
const CODAS: &[&str] =
    &["", "", "", "n", "r", "l", "t", "s", "m", "d", "ck", "nt", "st", "rd", "ct", "ss", "ng", "p", "x", "mb", "lt"];
/// What words of one family end in; the empty one is the root.
const ENDINGS: &[&str] =
    &["", "", "s", "ed", "ing", "er", "ers", "ion", "ions", "al", "ly", "ment", "ity", "ive", "ance"];
const NAME_ENDINGS: &[&str] =
    &["", "", "ov", "ova", "son", "berg", "ia", "stan", "ez", "elli", "man", "ton", "ko", "shi", "sen", "ic"];

/// A word with whether it is a name.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: String,
    pub is_name: bool,
    /// One of those that every text has.
    pub is_function: bool,
}

/// Numbers with weights that fall as their rank grows: Zipf's law after Mandelbrot, `1 / (rank + shift)`.
#[derive(Debug)]
pub struct Ranks {
    sums: Vec<f64>,
}

pub struct Language {
    /// By frequency.
    pub words: Vec<Word>,
    ranks: Ranks,
    pub topics: Vec<Topic>,
    topic_ranks: Ranks,
}

/// Words that stand in the same articles, and that people who watch a subject ask for.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The most typical first.
    pub words: Vec<Word>,
    /// Two or three words that stand in a row.
    pub phrases: Vec<String>,
    ranks: Arc<Ranks>,
}

impl Ranks {
    pub fn new(count: usize, shift: f64) -> Self {
        let mut sum = 0.0;
        let weights = (0..count).map(|rank| 1.0 / (rank as f64 + 1.0 + shift));
        let sums = weights.map(|weight| {
            sum += weight;
            sum
        });
        Self { sums: sums.collect() }
    }

    pub fn draw(&self, random: &mut Random) -> usize {
        const STEPS: usize = 1 << 30;
        let all = self.sums.last().copied().unwrap_or_default();
        let wanted = all * random.below(STEPS) as f64 / STEPS as f64;
        self.sums.partition_point(|sum| *sum <= wanted).min(self.sums.len().saturating_sub(1))
    }
}

impl Language {
    pub fn new() -> Self {
        let mut random = Random::of(&["rules", "language"]);
        let words = invent(&mut random);
        let ranks = Arc::new(Ranks::new(Topic::WORDS, 1.0));
        let topics = (0..TOPICS).map(|_| Topic::draw(&words, &ranks, &mut random)).collect();
        Self { words, ranks: Ranks::new(WORDS, 1.0), topics, topic_ranks: Ranks::new(TOPICS, 100.0) }
    }

    /// A word as often as it comes in the language.
    pub fn word(&self, random: &mut Random) -> &Word {
        &self.words[self.ranks.draw(random)]
    }

    /// A topic as often as it is written about.
    pub fn topic(&self, random: &mut Random) -> &Topic {
        &self.topics[self.topic_ranks.draw(random)]
    }

    /// A word that many articles hold, and that somebody may ask for nevertheless: `minister`, `election`.
    pub fn common_word(&self, random: &mut Random) -> &Word {
        &self.words[random.between(400, 4_000)]
    }

    /// A word that hardly any article holds.
    pub fn rare_word(&self, random: &mut Random) -> &Word {
        &self.words[random.between(8_000, WORDS - 1)]
    }
}

impl Topic {
    const WORDS: usize = 90;
    const PHRASES: usize = 14;

    fn draw(all: &[Word], ranks: &Arc<Ranks>, random: &mut Random) -> Self {
        let words: Vec<Word> = (0..Self::WORDS).map(|_| drawn(all, random).clone()).collect();
        Self::of(words, Vec::new(), ranks, random)
    }

    /// A topic of these words; phrases are made of them where none are given.
    pub fn of(words: Vec<Word>, phrases: Vec<String>, ranks: &Arc<Ranks>, random: &mut Random) -> Self {
        let mut topic = Self { words, phrases, ranks: Arc::clone(ranks) };
        if topic.phrases.is_empty() {
            topic.phrases = (0..Self::PHRASES).map(|_| topic.chance_phrase(random)).collect();
        }
        topic
    }

    pub fn word(&self, random: &mut Random) -> &Word {
        &self.words[self.ranks.draw(random).min(self.words.len() - 1)]
    }

    /// Words of the topic in a row that no article has put so on purpose.
    pub fn chance_phrase(&self, random: &mut Random) -> String {
        let count = if random.below(4) == 0 { 3 } else { 2 };
        let mut words: Vec<&str> = (0..count).map(|_| self.word(random).text.as_str()).collect();
        words.dedup();
        words.join(" ")
    }
}

/// A word for a topic: of the middle and the tail, as often as it comes there.
fn drawn<'a>(all: &'a [Word], random: &mut Random) -> &'a Word {
    // Evenly over the logarithm of the rank is what Zipf's law comes to.
    let (least, most) = (1_200.0_f64.ln(), (WORDS as f64).ln());
    let share = random.below(1 << 20) as f64 / f64::from(1 << 20);
    let rank = (least + (most - least) * share).exp() as usize;
    &all[rank.min(all.len() - 1)]
}

/// Function words first, then invented ones, the short ones mostly before the long ones.
fn invent(random: &mut Random) -> Vec<Word> {
    let mut seen = HashSet::new();
    let mut words: Vec<Word> = Vec::new();
    for text in FUNCTION_WORDS.split_whitespace().filter(|word| seen.insert((*word).to_owned())) {
        words.push(Word { text: text.to_owned(), is_name: false, is_function: true });
    }
    let mut invented: Vec<(usize, Word)> = Vec::new();
    while words.len() + invented.len() < WORDS {
        let is_name = random.below(10) < 3;
        let root = root(random);
        let endings = if is_name { NAME_ENDINGS } else { ENDINGS };
        for _ in 0..random.between(1, 5) {
            let text = format!("{root}{}", random.pick(endings).copied().unwrap_or_default());
            let fits = (3..=16).contains(&text.len()) && words.len() + invented.len() < WORDS;
            if fits && seen.insert(text.clone()) {
                invented.push((text.len() * 10 + random.below(60), Word { text, is_name, is_function: false }));
            }
        }
    }
    invented.sort_by(|a, b| (a.0, &a.1.text).cmp(&(b.0, &b.1.text)));
    words.extend(invented.into_iter().map(|(_, word)| word));
    words
}

fn root(random: &mut Random) -> String {
    let syllables = [1, 1, 2, 2, 2, 3][random.below(6)];
    let mut root = String::new();
    for syllable in 1..=syllables {
        // A coda inside a word is rare, so that consonants do not pile up.
        let has_coda = syllable == syllables || random.below(4) == 0;
        let parts = [ONSETS, NUCLEI, CODAS];
        for part in &parts[..if has_coda { 3 } else { 2 }] {
            root.push_str(random.pick(part).copied().unwrap_or_default());
        }
    }
    root
}
