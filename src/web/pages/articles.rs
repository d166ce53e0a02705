//! `/articles`: the stored articles, filtered and searched in the language of the rules.

use std::ops::Range;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Html;
use maud::{Markup, html};
use unicode_width::UnicodeWidthStr;
use url::form_urlencoded;

use super::super::lookup::{cursor, wanted};
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::layout::{self, Place};
use super::overview::facts;
use super::parts::{self, Times};
use crate::archive::{self, Earlier, Excerpt, Found, Search};
use crate::model::{Match, MatchField, Timestamp};
use crate::rule::{Note, Place as Meant, Query};
use crate::words::{clean, count};

/// Articles on one page of the list.
const PAGE: u32 = 50;
/// How long one search may take; then the page shows what was found, and leads on from there.
const PATIENCE: Duration = Duration::from_secs(5);
/// Filters by name that are offered as a list; more are typed.
const MOST_NAMES: usize = 500;
/// So much of what is damaged is named.
const DAMAGES_NAMED: usize = 10;
const KNOWN: [&str; 6] = ["q", "rule", "feed", "since", "revised", "cursor"];

/// `/articles?q=&rule=&feed=&since=&revised=&cursor=`
pub(in super::super) async fn articles(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &KNOWN)?;
    let setup = site.setup();
    let typed = parameters.text("q").unwrap_or_default();
    let parsed = (!typed.trim().is_empty()).then(|| Query::parse(typed, &setup.config.sets));
    let content = match parsed.transpose() {
        Err(notes) => html! { (form(&site, &parameters)) (teaching(typed, &notes, "This is no query.")) },
        Ok(parsed) => {
            let warnings = parsed.as_ref().map(|parsed| parsed.warnings.clone()).unwrap_or_default();
            let is_asked = parsed.is_some();
            let wanted = wanted(&site, &parameters, parsed.map(|parsed| parsed.query), PAGE).await?;
            let store = &site.daemon.store;
            // Searches read much: a few at a time, and the daemon's own reading goes on beside them.
            let turn = site.searches.acquire().await;
            let search = Search::new(store, setup.rules(), wanted).await?.within(PATIENCE);
            let listing =
                search.run(store, |_| {}, |seen, matches| archive::excerpt(matches, &seen.version.text)).await?;
            drop(turn);
            let last = listing.articles.last().filter(|_| listing.is_cut);
            let next = last.map(|last| address(&parameters, &cursor(last.row.last_changed, last.row.id)));
            let onward = listing.broken_off.map(|(at, id)| address(&parameters, &cursor(at, id)));
            let times = Times::of(&site);
            html! {
                (form(&site, &parameters))
                @if !warnings.is_empty() { (teaching(typed, &warnings, "Is that what you mean?")) }
                @match (listing.articles.is_empty(), &onward) {
                    (true, Some(_)) => {},
                    (true, None) if !listing.matched_earlier.is_empty() => (parts::empty("No article matches as it stands now.")),
                    (true, None) => (parts::empty(if is_asked { "No article matches." } else { "There is no such article." })),
                    (false, _) => {
                        p.facts role="status" { (found_words(listing.articles.len(), next.is_some(), parameters.text("cursor").is_some())) }
                        ol.articles { @for found in &listing.articles { (one(found, times)) } }
                    },
                }
                @if !listing.matched_earlier.is_empty() { (earlier(&listing.matched_earlier, times)) }
                @if !listing.damaged.is_empty() { (left_out(&listing.damaged)) }
                @if let Some(onward) = &onward { (broken_off(onward, listing.broken_off.map(|(at, _)| at), times)) }
                @else { (parts::more(next.as_deref())) }
            }
        }
    };
    Ok(layout::page(Place::Articles, "Articles", &content))
}

/// `7 articles`; of what goes on, or began on an earlier page, nobody has counted the whole.
fn found_words(articles: usize, goes_on: bool, began_before: bool) -> String {
    let counted = count(articles as u64, "article");
    match (goes_on, began_before) {
        (false, false) => counted,
        (true, false) => format!("the newest {counted}"),
        (true, true) => format!("the next {counted}"),
        (false, true) => format!("the last {counted}"),
    }
}

/// Articles that matched once: the newest version that does, and what became of it.
fn earlier(articles: &[Earlier<Option<Excerpt>>], times: Times) -> Markup {
    html! {
        section aria-labelledby="earlier" {
            h2 #earlier { "Matched in an earlier version only" }
            ol.articles { @for article in articles {
                li {
                    p.headline dir="auto" {
                        a href=(format!("/articles/{}/versions/{}", article.row.id.0, article.version)) { (headline(article.headline.as_deref(), &article.matches)) }
                    }
                    @if let Some(excerpt) = &article.shown { (shown(excerpt)) }
                    p.facts {
                        "version " (article.version) " of " (article.row.versions) " · "
                        a href=(parts::diff_path(article.row.id.0, article.version, article.row.versions)) { "what became of it" }
                        " · " (facts(&article.row, times))
                    }
                }
            } }
        }
    }
}

/// A headline with what was found in it.
fn headline(headline: Option<&str>, matches: &[Match]) -> Markup {
    let title = headline.unwrap_or_default();
    let hits: Vec<Range<usize>> = archive::apart(archive::hits(matches, &[MatchField::Title], title));
    if hits.is_empty() {
        parts::headline(headline)
    } else {
        html! { bdi { (parts::with_hits(title, &hits)) } }
    }
}

fn shown(excerpt: &Excerpt) -> Markup {
    html! {
        p.excerpt dir="auto" {
            @if excerpt.is_cut_before { "… " }
            (parts::with_hits(&excerpt.text, &excerpt.hits))
            @if excerpt.is_cut_behind { " …" }
        }
    }
}

/// What is damaged of the articles of which nobody can say whether they match.
fn left_out(damaged: &[String]) -> Markup {
    let more = damaged.len().saturating_sub(DAMAGES_NAMED);
    html! {
        section.warning aria-label="Damaged articles" {
            p { "Left out, because what is stored of them is damaged:" }
            ul { @for what in damaged.iter().take(DAMAGES_NAMED) { li { (parts::text(what)) } } }
            @if more > 0 { p { "And " (count(more as u64, "more article")) "." } }
            p { code { "wirewatch verify" } " names all that is damaged." }
        }
    }
}

/// That there may be more than what was found in time, and the way to it.
fn broken_off(onward: &str, reached: Option<Timestamp>, times: Times) -> Markup {
    html! {
        section.warning aria-label="The search is not at its end" {
            p {
                "This search reads many articles and was broken off after " (PATIENCE.as_secs()) " seconds"
                @if let Some(reached) = reached { ", at those last changed on " (times.moment(reached)) }
                ". Older ones may match too. A rarer word, a feed or a time makes it quick."
            }
            p { a href=(onward) rel="next" { "Search on from there" } }
        }
    }
}

fn form(site: &Site, parameters: &Parameters) -> Markup {
    let setup = site.setup();
    let rules: Vec<String> = setup.rules().iter().take(MOST_NAMES).map(|rule| rule.name.to_owned()).collect();
    let feeds: Vec<&str> = setup.config.feeds.iter().take(MOST_NAMES).map(|feed| feed.name.as_str()).collect();
    let value = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
    html! {
        form.search role="search" action="/articles" method="get" {
            p.wide {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(value("q")) placeholder="kazakh* AND (csto OR \"security treaty\") NOT football" dir="auto"
                    maxlength="10000" autocomplete="off" spellcheck="false";
            }
            p { label for="rule" { "Rule" } (choice("rule", &value("rule"), rules.iter().map(String::as_str))) }
            p { label for="feed" { "Feed" } (choice("feed", &value("feed"), feeds.iter().copied())) }
            p {
                label for="since" { "Since" }
                input #since name="since" value=(value("since")) placeholder="7d or 2026-11-22" size="14" autocomplete="off";
            }
            p.check {
                input #revised type="checkbox" name="revised" value="true" checked[parameters.flag("revised").unwrap_or(false)];
                label for="revised" { "Only revised ones" }
            }
            p { button type="submit" { "Show" } }
        }
    }
}

fn choice<'n>(name: &str, chosen: &str, names: impl Iterator<Item = &'n str>) -> Markup {
    let names: Vec<&str> = names.collect();
    html! {
        select id=(name) name=(name) {
            option value="" { "all" }
            @if !chosen.is_empty() && !names.contains(&chosen) { option value=(chosen) selected { (chosen) } }
            @for name in &names { option value=(name) selected[*name == chosen] { (name) } }
        }
    }
}

/// The address of the next page.
fn address(parameters: &Parameters, cursor: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for name in KNOWN.iter().filter(|name| **name != "cursor") {
        if let Some(value) = parameters.text(name) {
            pairs.append_pair(name, value);
        }
    }
    pairs.append_pair("cursor", cursor);
    format!("/articles?{}", pairs.finish())
}

fn one(found: &Found<Option<Excerpt>>, times: Times) -> Markup {
    let row = &found.row;
    html! {
        li {
            p.headline dir="auto" {
                a href=(parts::article_path(row.id.0)) { (headline(row.headline.as_deref(), &found.matches)) }
            }
            @if let Some(excerpt) = found.shown.as_ref().and_then(Option::as_ref) {
                (shown(excerpt))
            }
            p.facts {
                (facts(row, times))
                @if !found.rules.is_empty() { " · matches " (parts::listed(found.rules.iter().map(|rule| parts::rule_link(rule)))) }
            }
        }
    }
}

/// What is wrong or doubtful about a query, with the place.
pub(super) fn teaching(typed: &str, notes: &[Note], title: &str) -> Markup {
    html! {
        section.warning aria-label=(title) {
            p { strong { (title) } }
            @for note in notes {
                p {
                    (layout::sentence(&note.message))
                    @if let Some(hint) = &note.hint { " " (layout::sentence(hint)) }
                }
                @if let Some(place) = note.place(typed) { (pointed_at(&place)) }
            }
        }
    }
}

/// The place in the query, and carets under it as on the command line.
fn pointed_at(place: &Meant<'_>) -> Markup {
    let lead = format!("{}{}", if place.is_cut_before { "… " } else { "" }, clean(place.before));
    let meant = clean(place.meant);
    let tail = format!("{}{}", clean(place.behind), if place.is_cut_behind { " …" } else { "" });
    let carets = " ".repeat(lead.width()) + &"^".repeat(meant.width().max(1));
    html! {
        pre.query dir="ltr" tabindex="0" { (lead) @if !meant.is_empty() { mark { (meant) } } (tail) "\n" span aria-hidden="true" { (carets) } }
    }
}
