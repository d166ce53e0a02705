//! Measures how steady the decision is: what it makes of pages on which only the noise changed, and of real edits.
//!
//! `cargo bench --bench steady -- FOLDER [--aside] [--list] [--rounds N] [--siblings N] [--page ID]`; FOLDER is laid out as for the bench
//! `corpus` (`articles/html/ID.html.gz`, `articles/ground-truth.json`). Every page is fetched six times. In each fetch,
//! and in each that confirms one, every kind of noise changes what stands around the article with a probability of one
//! half; in the fourth fetch, on half of the pages, the article itself was edited as well. Rounds differ in the noise, the
//! pages that are edited, and the edits. Everything is drawn from seeds, so that two runs give the same.
//!
//! Before that, the daemon has watched some other articles of the same host: the page's template around other texts, with
//! noise of the same making; `--siblings 0` measures a host that was never read before.
//!
//! A third of the pages is kept aside, and meets other phrases and other markup of noise. **Nobody looks at the failures
//! of these pages while improving the decision**: `--aside` gives their figures, and `--list` does not name them.

mod edits;
mod figures;
mod noise;
mod pages;
mod random;
mod shuffle;
mod siblings;
#[path = "../corpus/stopwatch.rs"]
mod stopwatch;
mod tree;
mod watch;

use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{anyhow, bail};

use wirewatch::detect::FoundVersion;
use wirewatch::model::{ArticleId, ArticleText, HostMemory, Kind, Version};

use edits::{Edit, TASKS};
use figures::{Edited, Figures, Outcome};
use noise::{Fetched, Noise};
use pages::{Page, Part};
use random::Random;
use watch::Watch;

const USAGE: &str =
    "wanted: `cargo bench --bench steady -- FOLDER [--aside] [--list] [--rounds N] [--siblings N] [--page ID]`";
/// What the extractor asks for.
const STACK_BYTES: usize = 8 * 1024 * 1024;
const FETCHES: usize = 6;
/// The fetch, counted from 0, that finds the edit.
const EDITED_FETCH: usize = 3;

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench` itself.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut folder, mut part, mut lists) = (None, Part::Tuning, false);
    let (mut rounds, mut siblings, mut only) = (4, 12, String::new());
    let number = |argument: Option<String>| argument.and_then(|number| number.parse().ok()).ok_or(anyhow!(USAGE));
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--aside" => part = Part::Aside,
            "--list" => lists = true,
            "--rounds" => rounds = number(arguments.next())?,
            "--page" => only = arguments.next().ok_or(anyhow!(USAGE))?,
            "--siblings" => siblings = number(arguments.next())?,
            word if word.starts_with('-') || folder.is_some() => bail!(USAGE),
            word => folder = Some(PathBuf::from(word)),
        }
    }
    let Some(folder) = folder else {
        println!("{USAGE}");
        return Ok(());
    };
    let measured = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || measure(&folder, part, &only, rounds, siblings))?;
    let figures = measured.join().map_err(|_| anyhow!("the measurement panicked"))??;
    figures.print();
    if lists && part == Part::Tuning {
        figures.print_failures();
    }
    Ok(())
}

fn measure(folder: &Path, part: Part, only: &str, rounds: usize, siblings: usize) -> anyhow::Result<Figures> {
    let pages = pages::load(folder)?;
    let noise = Noise::new(&pages, part);
    let mut figures = Figures::default();
    for page in pages.iter().filter(|page| page.part == part && page.id.starts_with(only)) {
        figures.pages += 1;
        let host = siblings::memory(page, &noise, siblings);
        for round in 0..rounds {
            figures.add(watch_page(page, &noise, &host, round));
        }
    }
    Ok(figures)
}

/// Six fetches of a page.
fn watch_page(page: &Page, noise: &Noise<'_>, host: &HostMemory, round: usize) -> Outcome {
    let round_name = round.to_string();
    let edit = draw_edit(page, round);
    let mut watch = Watch::new(ArticleId(1), &page.url, host.clone());
    let mut outcome = Outcome::new(page);
    let mut fetches: Vec<Fetched> = Vec::new();
    let mut edited = edit.as_ref().map(|edit| Edited {
        task: edit.task,
        versions: 0,
        is_found: false,
        is_said: false,
        is_in_text: false,
    });
    for number in 0..FETCHES {
        let is_edited = number >= EDITED_FETCH;
        let now = match &edit {
            Some(edit) if is_edited => &edit.after,
            Some(edit) => &edit.before,
            None => page,
        };
        let before = watch.latest.clone();
        if let (Some(edit), Some(edited), Some(before)) = (&edit, &mut edited, &before)
            && number == EDITED_FETCH
        {
            edited.is_in_text = edit.is_of(&before.text);
        }
        let found = watch.look(|attempt| {
            fetches.push(noise.fetch(now, &[&round_name, &number.to_string(), &attempt.to_string()]));
            fetches.last().map(|fetched| fetched.html.clone()).unwrap_or_default()
        });
        outcome.refetches += usize::from(before.is_some());
        let mut before = before;
        for found in found {
            let latest = before.replace(found.version.clone());
            let Some(latest) = latest else { continue };
            if found.change.as_ref().is_some_and(|change| change.severity.is_none()) {
                outcome.technical += 1;
                continue;
            }
            let shown = edit
                .as_ref()
                .filter(|edit| is_edited && edit.is_shown_by(&found.version.text) && !edit.is_shown_by(&latest.text));
            if let Some(edited) = edited.as_mut().filter(|_| is_edited) {
                edited.versions += 1;
                edited.is_said |= shown.is_some() && edited.task.is_said_by(kinds(&found));
                edited.is_found |= shown.is_some();
            }
            match shown {
                Some(edit) if !edit.task.is_said_by(kinds(&found)) => outcome.note_kinds(edit, &found, &latest),
                Some(_) => {}
                None => outcome.blame(number, &latest, &found.version.text, &fetches),
            }
        }
    }
    if let (Some(edit), Some(edited)) = (&edit, &edited)
        && !edited.is_found
    {
        let read = watch.latest.as_ref().and_then(|latest| latest.text.headline.clone()).unwrap_or_default();
        outcome.notes.push(format!("missed {} (headline `{read}`)", edit.told()));
    }
    outcome.edited = edited;
    outcome.times = watch.times;
    outcome.unfit = watch.unfit;
    outcome
}

fn kinds(found: &FoundVersion) -> &[Kind] {
    found.change.as_ref().map(|change| change.kinds.as_slice()).unwrap_or_default()
}

/// Half of the pages are edited in each round, each time in another way.
fn draw_edit(page: &Page, round: usize) -> Option<Edit> {
    let mut random = Random::of(&[&page.id, "edit", &round.to_string()]);
    if (page.id.len() + usize::from(page.id.as_bytes()[0]) + round).is_multiple_of(2) {
        return None;
    }
    let start = random.below(TASKS.len());
    (0..TASKS.len()).find_map(|next| TASKS[(start + next) % TASKS.len()].apply(page, &mut random))
}

/// The blocks that only one of two texts has.
fn differing(before: &Version, after: &ArticleText) -> Vec<(char, String)> {
    let old: Vec<String> = before.text.paragraphs.iter().map(|paragraph| pages::folded(&paragraph.text)).collect();
    let new: Vec<String> = after.paragraphs.iter().map(|paragraph| pages::folded(&paragraph.text)).collect();
    let gone = old.iter().filter(|text| !new.contains(text)).map(|text| ('-', text.clone()));
    let came = new.iter().filter(|text| !old.contains(text)).map(|text| ('+', text.clone()));
    let mut found: Vec<(char, String)> = gone.chain(came).collect();
    let fields = [
        ("headline", &before.text.headline, &after.headline),
        ("summary", &before.text.summary, &after.summary),
        ("byline", &before.text.byline, &after.byline),
        ("correction", &before.text.correction, &after.correction),
    ];
    for (name, old, new) in fields.into_iter().filter(|(_, old, new)| old != new) {
        let shown = |text: &Option<String>| text.clone().unwrap_or_default();
        found.push(('~', format!("{name} `{}` → `{}`", shown(old), shown(new))));
    }
    found
}
