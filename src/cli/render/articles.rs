//! `articles`: one line for each, newest activity first.

use crate::archive;
use crate::cli::table::{Column, Table};
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::model::{ArticleId, Match, MatchField};
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

/// What is said of articles whose latest version does not match any more; `None` where there is none.
pub fn matched_earlier(articles: &[ArticleId]) -> Option<String> {
    let first = articles.first()?.0;
    Some(match articles.len() as u64 {
        1 => format!(
            "article {first} matched in an earlier version only; `wirewatch history {first}` shows its versions"
        ),
        more => format!(
            "{} matched in an earlier version only; `wirewatch history {first}` shows those of the newest",
            count(more, "further article")
        ),
    })
}
