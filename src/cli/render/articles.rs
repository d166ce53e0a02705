//! `articles`: one line for each, newest activity first.

use crate::archive::{self, Earlier};
use crate::cli::table::{Column, Table};
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::model::{Match, MatchField};
use crate::store::ArticleRow;

/// What to do where nothing is stored yet.
pub const NONE: &str = "no articles yet; `wirewatch run --once` looks at every feed that is due";

/// What to do where a filter left nothing.
pub const NONE_FOUND: &str = "no article is like that";

/// An article with what is known beyond its row.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    pub row: &'a ArticleRow,
    /// The rules that its latest version matches.
    pub rules: &'a [String],
    /// Where the query was found in the latest version.
    pub matches: &'a [Match],
    /// The words around one of the places.
    pub excerpt: Option<&'a Text>,
}

pub fn listed(articles: &[Listed<'_>], terminal: &Terminal) -> String {
    if articles.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::number("ID"),
        Column::text("CHANGED"),
        Column::number("VERSIONS"),
        Column::flexible("FEEDS", 10).optional(),
        Column::flexible("RULES", 8).optional(),
        // Last, so that a headline that reads from right to left turns no other column around.
        Column::flexible("HEADLINE", 24),
    ]);
    for article in articles {
        let row = article.row;
        table.row(vec![
            Text::new().then(Mark::Strong, row.id.0.to_string()),
            terminal.when(row.last_changed).into(),
            row.versions.to_string().into(),
            row.feeds.join(", ").into(),
            Text::new().then(Mark::Link, article.rules.join(", ")),
            headline(article),
        ]);
        if let Some(excerpt) = article.excerpt {
            table.note(excerpt.clone());
        }
        if let Some(older) = row.same_as {
            table.note(Text::new().then(Mark::Faint, format!("the same as article {}", older.0)));
        } else if let Some(problem) = &row.problem {
            table.note(Text::new().then(Mark::Warning, problem));
        }
    }
    table.rendered(terminal)
}

fn headline(article: &Listed<'_>) -> Text {
    let Some(headline) = &article.row.headline else {
        return Text::new().then(Mark::Faint, article.row.url.as_str());
    };
    let mut text = Text::new();
    text.push_with_hits(Mark::Plain, headline, &archive::hits(article.matches, &[MatchField::Title], headline));
    text
}

/// Articles that matched once which are named.
const EARLIER_NAMED: usize = 10;

/// What is said of articles whose latest version does not match any more, each with the newest version that does; `None`
/// where there is none.
pub fn matched_earlier<T>(articles: &[Earlier<T>]) -> Option<String> {
    let first = articles.first()?;
    let mut told = match articles.len() as u64 {
        1 => "An earlier version of one article matches, its latest no more:".to_owned(),
        more => format!("Earlier versions of {} match, their latest no more:", count(more, "article")),
    };
    for Earlier { row, version, headline, .. } in articles.iter().take(EARLIER_NAMED) {
        let headline = Text::plain(headline.as_deref().unwrap_or(row.url.as_str())).rendered(false);
        told.push_str(&format!("\n  {}@{version}  {headline}", row.id.0));
    }
    if articles.len() > EARLIER_NAMED {
        told.push_str(&format!("\n  and {} more; `--json` names all", articles.len() - EARLIER_NAMED));
    }
    let (article, version, latest) = (first.row.id.0, first.version, first.row.versions);
    told.push_str(&format!("\n`wirewatch diff {article}@{version}..{latest}` shows what became of it"));
    Some(told)
}
