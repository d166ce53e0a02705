//! `/unsubscribe/{token}`: where the link in a mail leads. The token is the key, so that nothing else is asked for.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};

use crate::model::{MailLink, Stopped, UnsubscribedBy, Unsubscription};

use super::super::form;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::layout;
use super::parts::Times;

/// The field of the page's own buttons, and what they say in it.
const FIELD: &str = "what";
const LINK: &str = "link";
const EVERYTHING: &str = "everything";
const AGAIN: &str = "again";

/// What somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// By the button of a mail program (RFC 8058).
    OneClick,
    Link,
    Everything,
    Again,
}

/// `GET`: what the link would stop, and what it has stopped. Changes nothing, since programs that look for malice follow the
/// links in mails.
pub(in super::super) async fn show(
    State(site): State<Site>,
    Path(token): Path<String>,
) -> Result<Html<String>, Refusal> {
    let link = find(&site, &token).await?;
    Ok(page(&link, Times::of(&site)))
}

/// `POST`: stops it, or takes that back. A mail program gets its answer at once, a reader the page as it is then.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let link = find(&site, &token).await?;
    let asked = asked(&form::fields(&headers, &body)).ok_or_else(|| {
        Refusal::new(StatusCode::BAD_REQUEST, "bad_request", "the request does not say what to stop")
            .hint("a mail program posts `List-Unsubscribe=One-Click` (RFC 8058)")
    })?;
    match asked {
        Asked::OneClick => site.daemon.unsubscribe(&link, link.stops(), UnsubscribedBy::OneClick).await?,
        Asked::Link => site.daemon.unsubscribe(&link, link.stops(), UnsubscribedBy::Page).await?,
        Asked::Everything => {
            site.daemon.unsubscribe(&link, vec![Stopped::Everything], UnsubscribedBy::Page).await?;
        }
        Asked::Again => site.daemon.resubscribe(&link.stopped).await?,
    }
    if asked != Asked::OneClick {
        // Relative, so that it holds behind a proxy too.
        return Ok(Redirect::to(&token).into_response());
    }
    let link = find(&site, &token).await?;
    Ok(page(&link, Times::of(&site)).into_response())
}

async fn find(site: &Site, token: &str) -> Result<MailLink, Refusal> {
    let known = site.daemon.store.mail_link(token).await?;
    known.ok_or_else(|| {
        Refusal::not_found("this link leads nowhere").hint("it may have been cut where it was copied from the mail")
    })
}

fn asked(fields: &[(String, String)]) -> Option<Asked> {
    fields.iter().find_map(|(name, value)| match (name.as_str(), value.as_str()) {
        ("List-Unsubscribe", "One-Click") => Some(Asked::OneClick),
        (FIELD, LINK) => Some(Asked::Link),
        (FIELD, EVERYTHING) => Some(Asked::Everything),
        (FIELD, AGAIN) => Some(Asked::Again),
        _ => None,
    })
}

fn page(link: &MailLink, times: Times) -> Html<String> {
    let left: Vec<Stopped> = link.stops().into_iter().filter(|stop| !is_stopped(link, stop)).collect();
    let content = html! {
        @if !link.stopped.is_empty() { (stopped(link, times)) }
        @if !left.is_empty() {
            p { (address(link)) " gets " (in_words(&left)) "." }
            (button(LINK, None, &html! { "Stop " (in_words(&left)) }))
        }
        @if !is_stopped(link, &Stopped::Everything) {
            (button(EVERYTHING, Some("other"), &html! { "Stop everything to " (address(link)) }))
        }
        p.facts { "The archive keeps every alert, and other recipients get them as before." }
    };
    let title = if left.is_empty() { "Unsubscribed" } else { "Unsubscribe" };
    layout::alone(title, &content)
}

fn stopped(link: &MailLink, times: Times) -> Markup {
    html! {
        p { (address(link)) " gets no more:" }
        ul {
            @for Unsubscription { stopped, begun_at, .. } in &link.stopped {
                li { (in_words(std::slice::from_ref(stopped))) ", since " (times.moment(*begun_at)) }
            }
        }
        (button(AGAIN, None, &html! { "Send it again from now on" }))
    }
}

/// Whether it is stopped, by itself or with more; a rule's mail to this recipient with all that the recipient gets.
fn is_stopped(link: &MailLink, stop: &Stopped) -> bool {
    link.stopped.iter().any(|unsubscription| match (&unsubscription.stopped, stop) {
        (Stopped::Everything, _) | (Stopped::Recipient(_), Stopped::Rule(_)) => true,
        (known, stop) => known == stop,
    })
}

fn button(what: &str, class: Option<&str>, label: &Markup) -> Markup {
    html! {
        form.alone method="post" { button class=[class] name=(FIELD) value=(what) { (label) } }
    }
}

fn address(link: &MailLink) -> Markup {
    html! { strong dir="auto" { (link.address) } }
}

/// `mails of the rules fed-rates and ferries`
fn in_words(stopped: &[Stopped]) -> Markup {
    let rules: Vec<&str> = stopped
        .iter()
        .filter_map(|stopped| if let Stopped::Rule(rule) = stopped { Some(rule.as_str()) } else { None })
        .collect();
    match stopped {
        [Stopped::Everything, ..] => html! { "everything" },
        [Stopped::Recipient(name), ..] => html! { "mails for the recipient " strong dir="auto" { (name) } },
        _ => html! {
            @if rules.len() == 1 { "mails of the rule " } @else { "mails of the rules " }
            @for (at, rule) in rules.iter().enumerate() {
                @if at > 0 { @if at + 1 == rules.len() { " and " } @else { ", " } }
                strong dir="auto" { (rule) }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Timestamp, UnsubscriptionId};

    use super::*;

    fn link(rules: &[&str], stopped: &[Stopped]) -> MailLink {
        let begun = |stopped: &Stopped| Unsubscription {
            id: UnsubscriptionId(1),
            address: "desk@example.org".to_owned(),
            stopped: stopped.clone(),
            how: UnsubscribedBy::Page,
            begun_at: Timestamp::from_millis(1_795_356_000_000),
            ended_at: None,
        };
        MailLink {
            address: "desk@example.org".to_owned(),
            recipient: "de<sk".to_owned(),
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            stopped: stopped.iter().map(begun).collect(),
        }
    }

    /// The page's words below its heading, and what its buttons ask for.
    fn words(link: &MailLink) -> (String, Vec<String>) {
        let Html(page) = page(link, Times { zone: chrono_tz::Tz::UTC, now: Timestamp::from_millis(0) });
        let (_, content) = page.split_once("</h1>").unwrap();
        let buttons = content.split("name=\"what\" value=\"").skip(1);
        let buttons = buttons.map(|button| button.split('"').next().unwrap().to_owned()).collect();
        let mut text = String::new();
        for part in content.split('<') {
            text += part.split_once('>').map_or(part, |(_, text)| text);
        }
        (text, buttons)
    }

    #[test]
    fn the_page_says_what_would_stop_and_what_has_stopped() {
        let rule = |name: &str| Stopped::Rule(name.to_owned());
        let recipient = Stopped::Recipient("de<sk".to_owned());
        for (link, said, buttons) in [
            (link(&["ferries"], &[]), "desk@example.org gets mails of the rule ferries.", &["link", "everything"][..]),
            (link(&["a", "b", "c"], &[]), "gets mails of the rules a, b and c.", &["link", "everything"]),
            (link(&[], &[]), "gets mails for the recipient de&lt;sk.", &["link", "everything"]),
            (
                link(&["a", "b"], &[rule("a")]),
                "desk@example.org gets mails of the rule b.",
                &["again", "link", "everything"],
            ),
            (
                link(&["a"], &[rule("a")]),
                "gets no more:mails of the rule a, since 22 Nov 2026",
                &["again", "everything"],
            ),
            (
                link(&["a"], &[recipient]),
                "gets no more:mails for the recipient de&lt;sk, since",
                &["again", "everything"],
            ),
            (link(&["a"], &[Stopped::Everything]), "gets no more:everything, since 22 Nov 2026", &["again"]),
        ] {
            let (text, offered) = words(&link);
            assert!(text.contains(said), "{said}: {text}");
            assert_eq!(offered, buttons, "{said}");
        }
    }
}
