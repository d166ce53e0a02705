//! Articles that nobody wrote: words by Zipf's law, sentences and paragraphs as long as a newspaper's.

use wirewatch::model::{ArticleText, Paragraph, Role};

use super::random::Random;

/// Different words in all articles together.
const VOCABULARY: usize = 80_000;
/// One of so many articles tells the rare story; the next ones tell it in other scripts.
const RARE: usize = 1_000;
const STORIES: [&str; 3] = [
    "The bloc sent CSTO peacekeepers to Kazakhstan after President Tokayev had asked for them.",
    "集體安全條約組織應總統請求向哈薩克派遣維和部隊。",
    "أرسلت منظمة معاهدة الأمن الجماعي قوات حفظ السلام إلى كازاخستان.",
];

/// Makes the article of a number, always the same.
pub struct Writer {
    words: Vec<String>,
    /// Words of one article, on average.
    length: usize,
    /// Up to where in a row of `u32` numbers each word counts: the n-th as often as 1/n says.
    shares: Vec<f64>,
}

impl Writer {
    pub fn new(length: usize) -> Self {
        let words = (0..VOCABULARY).map(word).collect();
        let mut sum = 0.0;
        let shares: Vec<f64> = (1..=VOCABULARY)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        Self { words, length, shares: shares.into_iter().map(|share| share / sum).collect() }
    }

    /// The article as it was first published.
    pub fn article(&self, number: usize) -> ArticleText {
        let mut random = Random::of(&["article", &number.to_string()]);
        let mut paragraphs = Vec::new();
        let mut written = 0;
        let wanted = random.between(self.length / 2, self.length * 3 / 2);
        while written < wanted {
            let words = random.between(20, 60).min(wanted - written).max(5);
            paragraphs.push(Paragraph::new(Role::Paragraph, self.sentence(&mut random, words)));
            written += words;
        }
        if let Some(story) = STORIES.get(number % RARE) {
            paragraphs.insert(paragraphs.len().min(2), Paragraph::new(Role::Paragraph, *story));
        }
        ArticleText {
            headline: Some(self.sentence(&mut random, 9)),
            summary: Some(self.sentence(&mut random, 22)),
            byline: Some(format!("By {}", self.sentence(&mut random, 2))),
            language: Some("en".to_owned()),
            tags: vec![self.word(&mut random).to_owned(), self.word(&mut random).to_owned()],
            paragraphs,
            ..ArticleText::default()
        }
    }

    /// The same after its newsroom has been at it: one paragraph reads otherwise, one is new.
    pub fn revised(&self, number: usize, revision: u32) -> ArticleText {
        let mut text = self.article(number);
        let mut random = Random::of(&["revision", &number.to_string(), &revision.to_string()]);
        let at = random.below(text.paragraphs.len());
        text.paragraphs[at].text.push_str(&format!(" {}", self.sentence(&mut random, 12)));
        text.paragraphs.push(Paragraph::new(Role::Paragraph, self.sentence(&mut random, 35)));
        if number.is_multiple_of(RARE * 2) {
            text.paragraphs.push(Paragraph::new(Role::Paragraph, "An earlier version misstated the toll: it is 26."));
        }
        text
    }

    fn sentence(&self, random: &mut Random, words: usize) -> String {
        let mut sentence = String::new();
        for at in 0..words {
            let word = self.word(random);
            let stop = if at + 1 == words || at % 15 == 14 { "." } else { "" };
            let space = if sentence.is_empty() { "" } else { " " };
            sentence.push_str(&format!("{space}{word}{stop}"));
        }
        sentence
    }

    fn word(&self, random: &mut Random) -> &str {
        let at = random.below(1 << 30) as f64 / f64::from(1_u32 << 30);
        let rank = self.shares.partition_point(|share| *share < at);
        &self.words[rank.min(VOCABULARY - 1)]
    }
}

/// The word of a rank: the most frequent ones of English, then invented ones.
fn word(rank: usize) -> String {
    const FREQUENT: [&str; 24] = [
        "the",
        "to",
        "of",
        "and",
        "a",
        "in",
        "that",
        "said",
        "for",
        "on",
        "was",
        "with",
        "government",
        "people",
        "year",
        "minister",
        "police",
        "president",
        "country",
        "war",
        "court",
        "election",
        "budget",
        "strike",
    ];
    const BEGINNINGS: [&str; 16] =
        ["ba", "co", "de", "fi", "gra", "ho", "in", "ju", "ka", "lo", "mi", "no", "pre", "ro", "sta", "tu"];
    const MIDDLES: [&str; 20] = [
        "ber", "cal", "den", "fer", "gal", "lan", "mar", "nor", "pal", "ran", "sor", "tal", "ver", "wil", "zan", "bri",
        "cho", "dra", "fle", "gro",
    ];
    const ENDS: [&str; 16] =
        ["ed", "ing", "ion", "er", "al", "ment", "ous", "ia", "ity", "or", "ist", "an", "ic", "um", "s", "e"];
    if let Some(word) = FREQUENT.get(rank) {
        return (*word).to_owned();
    }
    let mut rest = rank - FREQUENT.len();
    let mut word = BEGINNINGS[rest % BEGINNINGS.len()].to_owned();
    rest /= BEGINNINGS.len();
    let end = ENDS[rest % ENDS.len()];
    rest /= ENDS.len();
    while rest > 0 {
        word.push_str(MIDDLES[rest % MIDDLES.len()]);
        rest /= MIDDLES.len();
    }
    word + end
}
