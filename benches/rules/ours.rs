//! What wirewatch itself takes for so many rules.

use std::hint::black_box;
use std::time::Duration;

use wirewatch::model::ArticleText;
use wirewatch::rule::{Frequencies, Rule, RuleSet};

use crate::articles::Corpus;
use crate::drawing::Drawn;
use crate::expression::Form;
use crate::figures::{Cost, Spread, cost, each, grouped, micros, short};
use crate::stopwatch::millis;
use crate::tokenising::Surroundings;

/// CPU time for one figure.
const BUDGET: Duration = Duration::from_secs(4);

/// What an article of 808 words may take, in microseconds, by the number of rules.
pub const GOALS: &[(usize, f64)] = &[(1_000, 20.0), (10_000, 30.0), (100_000, 100.0), (1_000_000, 400.0)];

/// Rules as a daemon holds them.
pub struct Built {
    pub rules: RuleSet,
    pub reading: Cost,
    pub building: Cost,
}

/// Reads the rules, then builds the set; what was read is let go.
pub fn build(drawn: &[Drawn]) -> anyhow::Result<Built> {
    let (read, reading) = cost(|| read(drawn.iter()));
    let (rules, building) = cost(|| read.map(RuleSet::new));
    Ok(Built { rules: rules?, reading, building })
}

impl Built {
    pub fn print(&self) {
        let count = self.rules.len();
        let kept = self.reading.kept + self.building.kept;
        let peak = self.reading.peak.max(self.reading.kept + self.building.peak);
        println!("{} rules", grouped(count as i64));
        println!(
            "  read in {} ms ({} µs a rule), built in {} ms",
            short(millis(self.reading.time)),
            short(micros(self.reading.time) / count as f64),
            short(millis(self.building.time))
        );
        println!(
            "  {} bytes a rule, {:.2} MB; at the most {:.1} MB while reading and building",
            grouped(kept / count.max(1) as i64),
            kept as f64 / 1e6,
            peak as f64 / 1e6
        );
    }
}

/// Prints what an article takes in several ways; what all of it takes.
pub fn print(rules: &RuleSet, drawn: &[Drawn], corpus: &Corpus, words: Spread) -> anyhow::Result<Spread> {
    let around = Surroundings::new()?;
    let articles = &corpus.articles;
    let line = |name: &str, spread: Spread| {
        println!(
            "  {name:42} {:>8} µs, 95th percentile {:>8}: {:>5} × the words alone",
            short(spread.micros()),
            short(micros(spread.p95)),
            short(spread.micros() / words.micros())
        );
    };
    let goal = GOALS.iter().find(|(rules, _)| *rules == drawn.len());
    let goal = goal.map_or(String::new(), |(_, goal)| format!(" (goal: {goal:.0} µs)"));
    let all = matching(rules, articles, &around);
    line(&format!("an article{goal}"), all);
    line(
        "without where the terms stand",
        each(articles, BUDGET, |article| {
            black_box(rules.which_match(&around.subject(article), &around.feeds));
        }),
    );
    line("filed by learnt frequencies", matching(&learnt(drawn, corpus, &around)?, articles, &around));
    let exact = |drawn: &&Drawn| !drawn.asks(Form::Fuzzy);
    line("without rules that have fuzzy terms", matching(&some(drawn.iter().filter(exact))?, articles, &around));
    let whole = |drawn: &&Drawn| exact(drawn) && !drawn.asks(Form::Prefix);
    line("without those and ones with prefixes", matching(&some(drawn.iter().filter(whole))?, articles, &around));
    print_matching(rules, &articles[..all.articles], &around);
    Ok(all)
}

fn matching(rules: &RuleSet, articles: &[ArticleText], around: &Surroundings) -> Spread {
    each(articles, BUDGET, |article| {
        black_box(rules.matches(&around.subject(article), &around.feeds));
    })
}

fn print_matching(rules: &RuleSet, articles: &[ArticleText], around: &Surroundings) {
    let counts = articles.iter().map(|article| rules.which_match(&around.subject(article), &around.feeds).len());
    let counts: Vec<usize> = counts.collect();
    let average = counts.iter().sum::<usize>() as f64 / counts.len().max(1) as f64;
    let most = counts.iter().max().copied().unwrap_or_default();
    println!(
        "  {} rules match an article on average, {most} at the most; on {} articles",
        short(average),
        counts.len()
    );
}

/// The rules, filed by what was learnt from other articles.
fn learnt(drawn: &[Drawn], corpus: &Corpus, around: &Surroundings) -> anyhow::Result<RuleSet> {
    let mut frequencies = Frequencies::default();
    corpus.seen_before.iter().for_each(|article| frequencies.learn(&around.subject(article)));
    Ok(RuleSet::new(read(drawn.iter())?).filed_by(&frequencies))
}

fn some<'d>(drawn: impl Iterator<Item = &'d Drawn>) -> anyhow::Result<RuleSet> {
    read(drawn).map(RuleSet::new)
}

fn read<'d>(drawn: impl Iterator<Item = &'d Drawn>) -> anyhow::Result<Vec<Rule>> {
    drawn.map(Drawn::read).collect()
}
