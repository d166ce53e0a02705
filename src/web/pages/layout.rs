//! What every page has: head, landmarks, navigation.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::super::assets;
use super::super::refusal::Refusal;

/// The places that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Articles,
    Rules,
    Feeds,
    Alerts,
}

impl Place {
    const ALL: [Self; 5] = [Self::Overview, Self::Articles, Self::Rules, Self::Feeds, Self::Alerts];

    fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Articles => "Articles",
            Self::Rules => "Rules",
            Self::Feeds => "Feeds",
            Self::Alerts => "Alerts",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Articles => "/articles",
            Self::Rules => "/rules",
            Self::Feeds => "/feeds",
            Self::Alerts => "/alerts",
        }
    }
}

/// A whole page below its own heading.
pub(super) fn page(place: Place, title: &str, content: &Markup) -> Html<String> {
    whole(Some(place), title, &html! { h1 { (title) } (content) })
}

/// A page for those who may see no other.
pub(super) fn alone(title: &str, content: &Markup) -> Html<String> {
    whole(None, title, &html! { h1 { (title) } (content) })
}

/// A page whose content brings its heading.
pub(super) fn headed(place: Place, title: &str, content: &Markup) -> Html<String> {
    whole(Some(place), title, content)
}

fn whole(place: Option<Place>, title: &str, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · wirewatch" }
                link rel="stylesheet" href=(assets::stylesheet());
                link rel="icon" href=(assets::icon()) type="image/svg+xml";
                link rel="alternate" type="application/atom+xml" title="Changes" href="/changes.atom";
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.site {
                    nav aria-label="Main" {
                        a.home href="/" { "wirewatch" }
                        @if place.is_some() { ul {
                            @for other in Place::ALL.into_iter().filter(|_| place.is_some()) {
                                li {
                                    a href=(other.path()) aria-current=[(place == Some(other)).then_some("page")] {
                                        (other.name())
                                    }
                                }
                            }
                        } }
                    }
                }
                main #content tabindex="-1" { (content) }
                @if place.is_some() { footer {
                    p {
                        "wirewatch " (env!("CARGO_PKG_VERSION")) " · "
                        a href="/changes.atom" { "Changes as a feed" } " · "
                        a href="/api/v1/openapi.json" { "For programs" }
                    }
                } }
            }
        }
    };
    Html(page.into_string())
}

/// A page that says why there is none.
pub(in super::super) fn refusal(refusal: &Refusal) -> Html<String> {
    let title = refusal.status.canonical_reason().unwrap_or("Refused");
    let content = html! {
        h1 { (title) }
        p { (sentence(&refusal.message)) }
        @if let Some(hint) = &refusal.hint {
            p { (sentence(hint)) }
        }
        @if let Some(path) = &refusal.listed_at {
            p { a href={ "/" (path) } { "/" (path) } " lists them." }
        }
        p { a href="/" { "To the first page" } }
    };
    whole(None, title, &content)
}

/// With a capital in front and a stop behind. Messages are written without, as errors are.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
