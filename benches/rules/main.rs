//! Measures what it costs to hold an article against many rules, beside other ways to do it.
//!
//! `cargo bench --bench rules -- [--rules 1000,10000] [--peers] [--articles FOLDER] [--list] [--samples]` draws rules of
//! two to four terms in an invented language with the statistics of English, and 200 articles of about 808 words.
//! `--articles` takes real ones instead (`FOLDER/articles/ground-truth.json`), and draws a third of the rules from what
//! they are about. For each number of rules, it prints what reading and building them takes, the memory they keep, and
//! the time for an article: turning it into words alone, all that `RuleSet::matches` does with it, and the same without
//! some of its work. `--peers` asks the same rules in other engines and compares the answers, `--list` names rules on
//! which they differ; `--samples` shows some rules and an article. Everything is drawn from seeds.
//!
//! Times are those of the thread's CPU. Memory is what the thread allocated and did not free; the allocator that counts
//! adds some nanoseconds to each allocation.

mod articles;
mod automaton;
mod drawing;
mod expression;
mod figures;
mod ours;
mod peers;
#[expect(dead_code, reason = "nothing is shuffled here")]
#[path = "../steady/random.rs"]
mod random;
mod scripts;
mod search;
#[path = "../corpus/stopwatch.rs"]
mod stopwatch;
mod tokenising;
mod vocabulary;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, bail};

use wirewatch::model::ArticleText;

use articles::Corpus;
use drawing::{Drawing, Drawn};
use figures::{Spread, each, micros, short};
use tokenising::{Surroundings, Tokenising};
use vocabulary::Language;

const USAGE: &str = "wanted: `cargo bench --bench rules -- [--rules 1000,10000] [--peers] [--articles FOLDER] [--list] \
    [--samples]`";

/// CPU time for one figure.
const BUDGET: Duration = Duration::from_secs(4);

#[derive(Debug)]
struct Wanted {
    sizes: Vec<usize>,
    folder: Option<PathBuf>,
    has_peers: bool,
    names_differences: bool,
    shows_samples: bool,
}

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench` itself.
    let wanted = Wanted::read(std::env::args().skip(1).filter(|argument| argument != "--bench"))?;
    let language = Language::new();
    let corpus = match &wanted.folder {
        Some(folder) => articles::real(folder)?,
        None => articles::generated(&language),
    };
    if corpus.articles.is_empty() {
        bail!("there is no article of 500 words or more");
    }
    describe(&corpus.articles);
    if wanted.shows_samples {
        return show(&language, &corpus);
    }
    scripts::print()?;
    let tokenising = Tokenising::new()?;
    let words = each(&corpus.articles, BUDGET, |article| {
        std::hint::black_box(tokenising.run(article));
    });
    let clock = each(&corpus.articles, BUDGET, |_| {});
    println!(
        "Turning an article into words: {} µs, 95th percentile {}; reading the clock: {}\n",
        short(words.micros()),
        short(micros(words.p95)),
        short(clock.micros())
    );
    for size in &wanted.sizes {
        measure(*size, &language, &corpus, words, &wanted)?;
    }
    println!(
        "Goals, of an article on one core: 1,000 rules 20 µs; 10,000 rules 30 µs and twice the words alone; 100,000"
    );
    println!("rules 100 µs, 16 MB, built in 0.5 s; 1,000,000 rules 400 µs; 150 bytes for a rule.");
    Ok(())
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut wanted = Self {
            sizes: ours::GOALS.iter().map(|(size, _)| *size).collect(),
            folder: None,
            has_peers: false,
            names_differences: false,
            shows_samples: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rules" => {
                    let list = arguments.next().ok_or(anyhow!(USAGE))?;
                    let sizes: Result<Vec<usize>, _> = list.split(',').map(str::parse).collect();
                    wanted.sizes = sizes.map_err(|_| anyhow!(USAGE))?;
                }
                "--articles" => wanted.folder = Some(PathBuf::from(arguments.next().ok_or(anyhow!(USAGE))?)),
                "--peers" => wanted.has_peers = true,
                "--list" => wanted.names_differences = true,
                "--samples" => wanted.shows_samples = true,
                _ => bail!(USAGE),
            }
        }
        Ok(wanted)
    }
}

/// One number of rules.
fn measure(size: usize, language: &Language, corpus: &Corpus, words: Spread, wanted: &Wanted) -> anyhow::Result<()> {
    let drawn: Vec<Drawn> = Drawing::new(language, &corpus.topics).take(size).collect();
    let built = ours::build(&drawn)?;
    built.print();
    let matching = ours::print(&built.rules, &drawn, corpus, words)?;
    if wanted.has_peers {
        let ours = peers::Ours {
            rules: &built.rules,
            around: &Surroundings::new()?,
            micros: matching.micros(),
            names_differences: wanted.names_differences,
        };
        peers::print(&drawn, &corpus.articles, &ours)?;
    }
    println!();
    Ok(())
}

fn describe(articles: &[ArticleText]) {
    let (mut words, mut distinct, mut bytes) = (0, 0, 0);
    for article in articles {
        let text = [article.headline.as_deref(), article.summary.as_deref(), Some(&article.text())];
        let text: Vec<&str> = text.into_iter().flatten().collect();
        let text = text.join("\n");
        let split = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let all: Vec<String> = split.map(str::to_lowercase).collect();
        (words, bytes) = (words + all.len(), bytes + text.len());
        distinct += all.iter().collect::<HashSet<_>>().len();
    }
    let count = articles.len();
    println!(
        "{count} articles: on average {} words, {} distinct, {} bytes\n",
        words / count,
        distinct / count,
        bytes / count
    );
}

fn show(language: &Language, corpus: &Corpus) -> anyhow::Result<()> {
    for drawn in Drawing::new(language, &corpus.topics).take(60) {
        println!("{}  {}", drawn.name, drawn.query);
    }
    if let Some(article) = corpus.articles.first() {
        println!(
            "\n# {}\n\n{}\n",
            article.headline.as_deref().unwrap_or_default(),
            article.summary.as_deref().unwrap_or_default()
        );
        println!("{}", article.text());
    }
    Ok(())
}
