//! The same rules in other engines, on the same articles in the same run.

use std::time::Duration;

use wirewatch::model::ArticleText;
use wirewatch::rule::{Query, RuleSet, Subject};

use crate::automaton::Automaton;
use crate::drawing::Drawn;
use crate::figures::{Cost, cost, each, grouped, micros, short};
use crate::search::Search;
use crate::stopwatch::millis;
use crate::tokenising::Surroundings;

/// Beyond so many rules, FTS5 is asked so many, and what all would take is reckoned from that.
const MOST_ASKED: usize = 10_000;

/// The same of the queries that are asked one by one.
const MOST_ONE_BY_ONE: usize = 1_000;

const BUDGET: Duration = Duration::from_secs(5);

/// How many rules that differ are named for each engine.
const NAMED: usize = 5;

/// Our own answers to compare with.
pub struct Ours<'a> {
    pub rules: &'a RuleSet,
    pub around: &'a Surroundings,
    /// The median for an article.
    pub micros: f64,
    pub names_differences: bool,
}

/// Prints a line for each peer.
pub fn print(drawn: &[Drawn], articles: &[ArticleText], ours: &Ours<'_>) -> anyhow::Result<()> {
    println!(
        "  {:34} {:>9} {:>12} {:>12} {:>12} {:>10}  rules that differ, of those that match",
        "", "build ms", "bytes/rule", "µs median", "µs p95", "× ours"
    );
    one_by_one(drawn, articles, ours)?;
    automaton(drawn, articles, ours)?;
    search(drawn, articles, ours)
}

fn one_by_one(drawn: &[Drawn], articles: &[ArticleText], ours: &Ours<'_>) -> anyhow::Result<()> {
    let asked = &drawn[..drawn.len().min(MOST_ONE_BY_ONE)];
    let (read, cost) = cost(|| asked.iter().map(Drawn::read).collect::<anyhow::Result<Vec<_>>>());
    let read = read?;
    let matching = |subject: &Subject<'_>| -> Vec<usize> {
        let covering = read.iter().zip(asked).enumerate().filter(|(_, (_, drawn))| drawn.covers(&ours.around.feeds));
        covering.filter(|(_, (rule, _))| Query::matches(&rule.query, subject).is_some()).map(|(at, _)| at).collect()
    };
    let spread = each(articles, BUDGET, |article| {
        std::hint::black_box(matching(&ours.around.subject(article)));
    });
    let mut differing = Differing::new("one by one", asked);
    for article in &articles[..spread.articles.min(articles.len())] {
        let subject = ours.around.subject(article);
        differing.compare(&subject, ours, &matching(&subject));
    }
    Line { name: "one by one, each reads the text", asked: asked.len(), of: drawn.len(), cost: Some(cost) }
        .print(spread, ours, &differing);
    Ok(())
}

fn automaton(drawn: &[Drawn], articles: &[ArticleText], ours: &Ours<'_>) -> anyhow::Result<()> {
    let (engine, cost) = cost(|| Automaton::new(drawn));
    let engine = engine?;
    let mut scratch = engine.scratch();
    let spread = each(articles, BUDGET, |article| {
        std::hint::black_box(engine.matches(article, &ours.around.feeds, &mut scratch));
    });
    let mut differing = Differing::new("Aho-Corasick", drawn);
    for article in &articles[..spread.articles.min(articles.len())] {
        let found = engine.matches(article, &ours.around.feeds, &mut scratch);
        differing.compare(&ours.around.subject(article), ours, &found);
    }
    Line { name: "one Aho-Corasick automaton", asked: drawn.len(), of: drawn.len(), cost: Some(cost) }
        .print(spread, ours, &differing);
    Ok(())
}

fn search(drawn: &[Drawn], articles: &[ArticleText], ours: &Ours<'_>) -> anyhow::Result<()> {
    let asked = &drawn[..drawn.len().min(MOST_ASKED)];
    let engine = Search::new(asked)?;
    let mut differing = Differing::new("FTS5", asked);
    let mut failure = None;
    let spread = each(articles, BUDGET, |article| {
        let found = engine.index(article).and_then(|()| engine.matches(asked, &ours.around.feeds));
        failure = failure.take().or(found.err());
    });
    if let Some(error) = failure {
        return Err(error.context("FTS5 refused a rule"));
    }
    for article in &articles[..spread.articles.min(articles.len())] {
        engine.index(article)?;
        let found = engine.matches(asked, &ours.around.feeds)?;
        differing.compare(&ours.around.subject(article), ours, &found);
    }
    Line { name: "SQLite FTS5, a query for each rule", asked: asked.len(), of: drawn.len(), cost: None }
        .print(spread, ours, &differing);
    println!("  {:34} FTS5 has no fuzzy terms: {} rules are never found there", "", engine.untold());
    Ok(())
}

struct Line<'a> {
    name: &'a str,
    asked: usize,
    of: usize,
    cost: Option<Cost>,
}

impl Line<'_> {
    fn print(&self, spread: crate::figures::Spread, ours: &Ours<'_>, differing: &Differing<'_>) {
        // Reckoned where not all rules were asked.
        let share = self.of as f64 / self.asked as f64;
        let sign = if self.asked < self.of { "~" } else { "" };
        let build = self.cost.map_or("–".to_owned(), |cost| format!("{sign}{}", short(millis(cost.time) * share)));
        let bytes = self.cost.map_or("–".to_owned(), |cost| grouped(cost.kept / self.asked.max(1) as i64));
        let (median, p95) = (spread.micros() * share, micros(spread.p95) * share);
        println!(
            "  {:34} {:>9} {:>12} {:>12} {:>12} {:>10}  {}",
            self.name,
            build,
            bytes,
            format!("{sign}{}", short(median)),
            format!("{sign}{}", short(p95)),
            format!("{sign}{}", short(median / ours.micros)),
            differing.told(spread.articles)
        );
        differing.name();
    }
}

/// Rules on which an engine and ours disagree.
struct Differing<'a> {
    engine: &'a str,
    rules: &'a [Drawn],
    matching: usize,
    only_ours: Vec<usize>,
    only_theirs: Vec<usize>,
    names_them: bool,
}

impl<'a> Differing<'a> {
    fn new(engine: &'a str, rules: &'a [Drawn]) -> Self {
        Self { engine, rules, matching: 0, only_ours: Vec::new(), only_theirs: Vec::new(), names_them: false }
    }

    fn compare(&mut self, subject: &Subject<'_>, ours: &Ours<'_>, theirs: &[usize]) {
        let found = ours.rules.matches(subject, &ours.around.feeds);
        let found: Vec<usize> = found.into_iter().map(|(at, _)| at).filter(|at| *at < self.rules.len()).collect();
        self.names_them = ours.names_differences;
        self.matching += found.len();
        self.only_ours.extend(found.iter().filter(|at| theirs.binary_search(at).is_err()));
        self.only_theirs.extend(theirs.iter().filter(|at| found.binary_search(at).is_err()));
    }

    fn told(&self, articles: usize) -> String {
        let (matching, misses, extra) = (self.matching, self.only_ours.len(), self.only_theirs.len());
        format!("misses {misses}, has {extra} more, of {matching} on {articles} articles")
    }

    fn name(&self) {
        let sides = [("misses", &self.only_ours), ("alone finds", &self.only_theirs)];
        for (what, rules) in sides.into_iter().filter(|_| self.names_them) {
            for at in rules.iter().take(NAMED) {
                println!("      {} {what} {}", self.engine, self.rules[*at].query);
            }
        }
    }
}
