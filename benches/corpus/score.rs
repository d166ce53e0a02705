//! The metric of article-extraction-benchmark: shingles of four words, counted in the marked text and in ours.
//!
//! See <https://github.com/scrapinghub/article-extraction-benchmark>, `evaluate.py`.

use std::collections::HashMap;

const WORDS: usize = 4;

/// What a text has in common with the marked one.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    common: f64,
    surplus: f64,
    missing: f64,
}

/// Means over pages; `f1` is that of the two means.
#[derive(Debug)]
pub struct Summary {
    pub f1: f64,
    pub precision: f64,
    pub recall: f64,
}

impl Score {
    pub fn new(marked: &str, ours: &str) -> Self {
        let (marked, ours) = (shingles(marked), shingles(ours));
        let common = marked.iter().map(|(shingle, count)| *count.min(ours.get(shingle).unwrap_or(&0))).sum::<u32>();
        let total = |shingles: &HashMap<_, u32>| f64::from(shingles.values().sum::<u32>());
        let (marked, ours, common) = (total(&marked), total(&ours), f64::from(common));
        Self { common, surplus: ours - common, missing: marked - common }
    }

    /// The share of ours that is marked, or `None` where ours is empty.
    pub fn precision(self) -> Option<f64> {
        share(self.common, self.surplus)
    }

    /// The share of what is marked that is ours, or `None` where nothing is marked.
    pub fn recall(self) -> Option<f64> {
        share(self.common, self.missing)
    }

    pub fn f1(self) -> f64 {
        share(2.0 * self.common, self.surplus + self.missing).unwrap_or(1.0)
    }
}

impl Summary {
    pub fn new(scores: &[Score]) -> Self {
        let precision = mean(scores.iter().filter_map(|score| score.precision()));
        let recall = mean(scores.iter().filter_map(|score| score.recall()));
        Self { f1: 2.0 * precision * recall / (precision + recall), precision, recall }
    }
}

fn shingles(text: &str) -> HashMap<Vec<&str>, u32> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let mut shingles = HashMap::new();
    // A text of fewer words is one shingle.
    for shingle in words.windows(WORDS.min(words.len().max(1))) {
        *shingles.entry(shingle.to_vec()).or_default() += 1;
    }
    shingles
}

fn share(part: f64, rest: f64) -> Option<f64> {
    (part + rest > 0.0).then(|| part / (part + rest))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}
