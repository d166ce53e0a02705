//! `/alerts/{id}`: one alert, its message as it was sent, and sending it again.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use maud::{Markup, html};

use super::super::refusal::Refusal;
use super::super::site::Site;
use super::alerts::trouble;
use super::layout::{self, Place};
use super::muting;
use super::parts::{self, Times};
use crate::model::DeliveryState;
use crate::store::OutboxRow;
use crate::transport::{self, ReadMessage};
use crate::words;

/// `/alerts/{id}`
pub(in super::super) async fn alert(State(site): State<Site>, Path(id): Path<i64>) -> Result<Html<String>, Refusal> {
    let row = find(&site, id).await?;
    let message = site.daemon.store.message(id).await?;
    let read = message.as_deref().map(transport::read);
    let times = Times::of(&site);
    let content = html! {
        p.kicker { "Alert " (id) ", " (words::event(row.event)) }
        h1 dir="auto" { a href=(parts::article_path(row.article.0)) { (parts::headline(row.headline.as_deref())) } }
        (facts(&row, times))
        @if can_be_sent(&row) { (again(&site, &row)) }
        section aria-labelledby="message" {
            h2 #message { "The message" }
            @match &read {
                Some(message) => (shown(message)),
                None if row.state == DeliveryState::Sent => (parts::empty(words::NO_MESSAGE_ANY_MORE)),
                None => (parts::empty(words::NO_MESSAGE_YET)),
            }
        }
    };
    Ok(layout::headed(Place::Alerts, &format!("Alert {id}"), &content))
}

/// `POST /alerts/{id}/retry`: makes its message due now, as `alerts retry ID` does.
pub(in super::super) async fn retry(State(site): State<Site>, Path(id): Path<i64>) -> Result<Redirect, Refusal> {
    let row = find(&site, id).await?;
    if row.state == DeliveryState::Sent {
        let message = format!("alert {id} was sent already");
        return Err(Refusal::new(StatusCode::CONFLICT, "sent", &message).hint("only what was not sent is sent again"));
    }
    if !can_be_sent(&row) {
        let message = format!("alert {id} was not tried yet, and goes out by itself");
        return Err(Refusal::new(StatusCode::CONFLICT, "waiting", &message).hint("its page says when"));
    }
    site.daemon.store.retry(Some(&[id]), site.daemon.clock.now()).await?;
    site.daemon.recorded();
    Ok(Redirect::to(&format!("/alerts/{id}")))
}

/// Whether sending it now means anything: what waits for its time, and nothing else, cannot be hurried.
fn can_be_sent(row: &OutboxRow) -> bool {
    match row.state {
        DeliveryState::Failed | DeliveryState::Held => true,
        DeliveryState::Pending => row.attempts > 0,
        DeliveryState::Sent => false,
    }
}

async fn find(site: &Site, id: i64) -> Result<OutboxRow, Refusal> {
    let row = site.daemon.store.outbox_row(id).await?;
    row.ok_or_else(|| Refusal::not_found(&format!("there is no alert {id}")))
}

fn facts(row: &OutboxRow, times: Times) -> Markup {
    let id = row.article.0;
    html! {
        dl.facts {
            dt { "State" } dd {
                (parts::state(words::delivery_state(row.state)))
                @if let Some(sent) = row.sent_at { " " (times.both(sent)) }
                (trouble(row, times))
            }
            dt { "Created" } dd { (times.both(row.created_at)) }
            dt { "Rule" } dd { (parts::rule_link(&row.rule)) }
            dt { "Article" } dd {
                a href={ "/articles/" (id) "/versions/" (row.version) } { "version " (row.version) }
                @if row.version > 1 {
                    ", " a href=(parts::diff_path(id, row.version - 1, row.version)) { "what changed in it" }
                }
            }
            dt { "To" } dd { (parts::text(&row.recipient)) ", " (parts::text(&row.address)) " by " (row.channel) }
            dt { "Message-ID" } dd { code { (words::clean(&row.message_id)) } }
        }
    }
}

fn again(site: &Site, row: &OutboxRow) -> Markup {
    let label = if row.state == DeliveryState::Failed { "Send it again" } else { "Send it now" };
    html! {
        @if muting::may_change(site) {
            form method="post" action={ "/alerts/" (row.id) "/retry" } { button type="submit" { (label) } }
        } @else { (muting::without_password()) }
    }
}

/// Head and text; the HTML part shows the same and is never rendered here.
fn shown(message: &ReadMessage) -> Markup {
    html! {
        @if !message.headers.is_empty() {
            dl.facts.head {
                @for (name, value) in &message.headers { dt { (words::clean(name)) } dd dir="auto" { (words::clean(value)) } }
            }
        }
        pre.message dir="auto" tabindex="0" { (clean_lines(&message.text)) }
    }
}

fn clean_lines(text: &str) -> String {
    text.lines().map(words::clean).collect::<Vec<_>>().join("\n")
}
