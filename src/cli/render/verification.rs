//! `verify`: what is whole, and what is damaged and where.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, grouped};
use crate::model::ArticleId;
use crate::store::{Flaw, FlawKind, Verification};

/// Flaws that are shown; of more, `--json` has all.
const SHOWN: usize = 200;

/// What was found, with the names of the articles it was found in.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// What is wrong with the database itself.
    pub structure: &'a [String],
    pub found: &'a Verification,
    pub headlines: &'a BTreeMap<ArticleId, String>,
}

pub fn told(checked: &Checked<'_>, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    sheet.prose(&Text::plain(read(checked.found)));
    structure(&mut sheet, checked.structure);
    let flaws = &checked.found.flaws;
    if flaws.is_empty() {
        let whole = "every text and page is what was stored, and every hash follows from the one before";
        sheet.prose(&Text::new().then(Mark::Good, whole));
        return sheet.finish();
    }
    for of_article in flaws[..flaws.len().min(SHOWN)].chunk_by(|one, next| one.article == next.article) {
        sheet.blank();
        let id = of_article[0].article;
        let name = checked.headlines.get(&id).map(|name| format!("  {name}")).unwrap_or_default();
        sheet.prose(&Text::new().then(Mark::Strong, format!("article {}", id.0)).then(Mark::Plain, name));
        of_article.iter().for_each(|flaw| sheet.indented("  ", &line(flaw)));
    }
    if flaws.len() > SHOWN {
        sheet.blank();
        sheet.prose(&Text::plain(format!("and {} more; `--json` has all", grouped((flaws.len() - SHOWN) as u64))));
    }
    sheet.blank();
    sheet.prose(&Text::new().then(Mark::Bad, summary(flaws)));
    sheet.finish()
}

/// `812 articles, 1,004 versions and 998 stored pages were read`
fn read(found: &Verification) -> String {
    let Verification { articles, versions, pages, hidden, .. } = found;
    let hidden = match hidden {
        0 => String::new(),
        1 => "; 1 version is hidden, and its hashes remain".to_owned(),
        hidden => format!("; {} versions are hidden, and their hashes remain", grouped(*hidden)),
    };
    let read = [count(*articles, "article"), count(*versions, "version"), count(*pages, "stored page")];
    format!("read {}, {} and {}{hidden}", read[0], read[1], read[2])
}

fn structure(sheet: &mut Sheet<'_>, lines: &[String]) {
    if lines.is_empty() {
        return sheet.prose(&Text::new().then(Mark::Good, "the structure of the database is whole"));
    }
    sheet.prose(&Text::new().then(Mark::Bad, "the structure of the database is damaged:"));
    lines.iter().for_each(|line| sheet.indented("  ", &Text::plain(line)));
    if lines.iter().all(|line| line.contains("vocabulary")) {
        sheet.prose(&Text::plain(
            "That is the full-text index alone, and loses nothing: `wirewatch run` makes it anew.",
        ));
    }
}

fn line(flaw: &Flaw) -> Text {
    let place = flaw.version.map(|version| format!("version {version}: ")).unwrap_or_default();
    Text::plain(place).then(Mark::Bad, &flaw.what)
}

/// How bad it is, in one sentence.
fn summary(flaws: &[Flaw]) -> String {
    let articles = flaws.chunk_by(|one, next| one.article == next.article).count() as u64;
    let damaged = count(articles, "article");
    let is_altered =
        flaws.iter().any(|flaw| matches!(flaw.kind, FlawKind::Chain | FlawKind::Missing | FlawKind::Hiding));
    let advice = match is_altered {
        true => "what does not follow from the version before, or from who hid it, was altered behind wirewatch's back",
        false => "what cannot be read was damaged on its disk, or altered",
    };
    format!("{damaged} not as stored: {advice}; a backup may have what was there. Nothing was changed.")
}
