//! A query as a tree: what it asks for, and which of its parts hold in a version.

use maud::{Markup, html};
use url::Url;

use super::parts;
use crate::archive;
use crate::model::{ArticleId, ArticleText, Match, Version};
use crate::rule::{About, Explanation, Operator, Query, Subject};
use crate::words;

/// Places of a part that are quoted.
const MOST_FOUND: usize = 6;

/// A query and what it makes of a version.
#[derive(Debug)]
pub(super) struct Asked {
    pub article: ArticleId,
    pub version: Version,
    pub explanation: Explanation,
}

/// What a query asks for, part by part.
pub(super) fn meaning(query: &Query) -> Markup {
    let text = ArticleText::default();
    // Of a version without a word: the parts are the same whatever is asked.
    let Ok(url) = Url::parse("http://localhost/") else { return html! {} };
    let about = About { url: &url, feeds: &[], event: None, change: None };
    let explanation = query.explain(&Subject::new(&text, &about));
    html! { ul.tree { (meant(&explanation)) } }
}

fn meant(part: &Explanation) -> Markup {
    html! {
        li {
            @match part.operator {
                Operator::Words | Operator::Fact => code dir="auto" { (words::clean(&part.text)) },
                operator => { (words::operator(operator)) @if part.parts.is_empty() { ": " code dir="auto" { (words::clean(&part.text)) } } },
            }
            @if !part.parts.is_empty() { ul { @for part in &part.parts { (meant(part)) } } }
        }
    }
}

/// Whether the query matches, and each part with its own verdict and what it found.
pub(super) fn verdicts(asked: &Asked) -> Markup {
    let Asked { article, version, explanation } = asked;
    let (sign, word) = if explanation.held { ("mark good", "It matches") } else { ("mark major", "It does not match") };
    html! {
        p { span class=(sign) { (word) } ": " a href={ "/articles/" (article.0) "/versions/" (version.number) } {
            "article " (article.0) ", version " (version.number)
        } ", " (parts::headline(version.text.headline.as_deref())) }
        ul.tree { (verdict(explanation, &version.text)) }
    }
}

fn verdict(part: &Explanation, text: &ArticleText) -> Markup {
    let (word, because) = words::verdict(part);
    let (class, sign) = if part.held { ("mark good", "✓") } else { ("mark major", "✗") };
    html! {
        li {
            code dir="auto" { (words::clean(&part.text)) } " "
            span class=(class) { span aria-hidden="true" { (sign) " " } (word) }
            @if !because.is_empty() { ": " (because) }
            @if part.parts.is_empty() { (found(&part.matches, text)) }
            @if !part.parts.is_empty() { ul { @for part in &part.parts { (verdict(part, text)) } } }
        }
    }
}

/// The words that were found, and the first of them in its sentence.
fn found(matches: &[Match], text: &ArticleText) -> Markup {
    let mut named: Vec<(&str, &str)> = Vec::new();
    for found in matches {
        let place = (found.text.as_str(), words::field(found.field));
        if !named.contains(&place) {
            named.push(place);
        }
    }
    let excerpt = archive::brief(matches, text);
    html! {
        @if !named.is_empty() {
            " " span.faint {
                (parts::listed(named.iter().take(MOST_FOUND).map(|(word, field)| html! { "“" (parts::text(word)) "” in the " (field) })))
                @if named.len() > MOST_FOUND { ", and more" }
            }
        }
        @if let Some(excerpt) = excerpt {
            p.excerpt dir="auto" {
                @if excerpt.is_cut_before { "… " }
                (parts::with_hits(&excerpt.text, &excerpt.hits))
                @if excerpt.is_cut_behind { " …" }
            }
        }
    }
}
