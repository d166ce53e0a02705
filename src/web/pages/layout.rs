//! What every page has: head, landmarks, navigation.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::super::assets;
use super::super::refusal::Refusal;

/// A whole page. `title` is its heading too.
pub(super) fn page(title: &str, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · wirewatch" }
                link rel="stylesheet" href=(assets::stylesheet());
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    nav aria-label="Main" { a.home href="/" { "wirewatch" } }
                }
                main #content {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    Html(page.into_string())
}

/// A page that says why there is none.
pub(in super::super) fn refusal(refusal: &Refusal) -> Html<String> {
    let title = refusal.status.canonical_reason().unwrap_or("Refused");
    let content = html! {
        p { (sentence(&refusal.message)) }
        @if let Some(hint) = &refusal.hint {
            p { (sentence(hint)) }
        }
        p { a href="/" { "To the first page" } }
    };
    page(title, &content)
}

/// With a capital in front and a stop behind. Messages are written without, as errors are.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
