//! `pages`: what the extractor makes of every article's page.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use flate2::read::GzDecoder;
use serde::Deserialize;
use url::Url;

use wirewatch::extract::{self, ExtractError, Reading};
use wirewatch::model::{ArticleText, Quality};

use crate::Listing;
use crate::score::{Score, Summary};
use crate::stopwatch::{millis, timed};
use crate::tally::{Tally, cause, percent};

/// What the extractor asks for.
pub const STACK_BYTES: usize = 8 * 1024 * 1024;
/// How many of the worst pages are named.
const NAMED: usize = 10;

/// What people marked as the article.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    url: Url,
    article_body: String,
}

/// A page with what became of it.
pub struct Page {
    pub id: String,
    pub url: Url,
    pub reading: Result<Reading, ExtractError>,
    score: Score,
    time: Duration,
}

pub fn measure(folder: &Path, listing: Listing) -> anyhow::Result<()> {
    let folder = folder.join("articles");
    let reader = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read_all(&folder))?;
    let pages = reader.join().map_err(|_| anyhow!("the extractor panicked"))??;
    print_readings(&pages);
    print_text(&pages);
    print_time(&pages);
    print_fields(&pages);
    if listing == Listing::Each {
        print_worst(&pages);
    }
    Ok(())
}

/// Every marked page, read.
pub fn read_all(folder: &Path) -> anyhow::Result<Vec<Page>> {
    let list = folder.join("ground-truth.json");
    let marked = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let marked: BTreeMap<String, Marked> = serde_json::from_str(&marked)?;
    marked.into_iter().map(|(id, marked)| read(folder, id, marked)).collect()
}

fn read(folder: &Path, id: String, marked: Marked) -> anyhow::Result<Page> {
    let path = folder.join("html").join(format!("{id}.html.gz"));
    let mut html = Vec::new();
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    GzDecoder::new(file).read_to_end(&mut html).with_context(|| format!("cannot unpack {}", path.display()))?;
    let (reading, time) = timed(|| extract::extract(&html, None, &marked.url, None));
    let text = reading.as_ref().map(|reading| reading.text.text()).unwrap_or_default();
    Ok(Page { id, url: marked.url, reading, score: Score::new(&marked.article_body, &text), time })
}

fn print_readings(pages: &[Page]) {
    let refused: Tally =
        pages.iter().filter_map(|page| page.reading.as_ref().err()).map(|e| cause(&e.to_string())).collect();
    let has_panicked = |page: &&Page| matches!(page.reading, Err(ExtractError::ParserPanicked { .. }));
    let unfit: Vec<&Page> = pages.iter().filter(|page| page.quality().is_some_and(|q| q != Quality::Good)).collect();
    println!("{:9}  pages", pages.len());
    println!("{:9}  panics", pages.iter().filter(has_panicked).count());
    println!("{:9}  refused, by cause:", refused.total());
    print!("{refused}");
    println!("{:9}  judged unfit to be read:", unfit.len());
    for page in unfit {
        println!("           {}", page.verdict());
    }
}

fn print_text(pages: &[Page]) {
    let scores: Vec<Score> = pages.iter().map(|page| page.score).collect();
    let Summary { f1, precision, recall } = Summary::new(&scores);
    println!("\ntext: F1 {f1:.4}, precision {precision:.4}, recall {recall:.4}");
}

fn print_time(pages: &[Page]) {
    let mut times: Vec<Duration> = pages.iter().map(|page| page.time).collect();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).or(times.last()).copied().unwrap_or_default();
    let [median, most, longest] = [at(50), at(95), at(100)].map(millis);
    println!("CPU a page: median {median:.1} ms, 95th percentile {most:.1} ms, longest {longest:.1} ms");
}

fn print_fields(pages: &[Page]) {
    let share = |has: fn(&ArticleText) -> bool| {
        let having = pages.iter().filter(|page| page.reading.as_ref().is_ok_and(|reading| has(&reading.text)));
        percent(having.count(), pages.len())
    };
    println!(
        "headline on {}, published on {}, byline on {}",
        share(|text| text.headline.is_some()),
        share(|text| text.published_at.is_some()),
        share(|text| text.byline.is_some()),
    );
}

fn print_worst(pages: &[Page]) {
    let mut sorted: Vec<&Page> = pages.iter().collect();
    sorted.sort_by(|a, b| a.score.f1().total_cmp(&b.score.f1()));
    println!("\nthe worst texts:");
    for page in sorted.into_iter().take(NAMED) {
        let [precision, recall] = [page.score.precision(), page.score.recall()].map(Option::unwrap_or_default);
        println!("  F1 {:.3}, precision {precision:.3}, recall {recall:.3}  {}", page.score.f1(), page.verdict());
    }
}

impl Page {
    fn quality(&self) -> Option<Quality> {
        self.reading.as_ref().ok().map(|reading| reading.fitness.quality)
    }

    /// The page, and what was said of it.
    fn verdict(&self) -> String {
        let said = match &self.reading {
            Ok(Reading { fitness, .. }) if fitness.quality == Quality::Good => "good".to_owned(),
            Ok(Reading { fitness, .. }) => format!("{:?}: {}", fitness.quality, fitness.reason),
            Err(error) => error.to_string(),
        };
        let id = self.id.get(..8).unwrap_or(&self.id);
        format!("{id}  {}  {said}", self.url)
    }
}
