//! `/alerts`: the outbox, newest first, with what went wrong and when it is tried again.

use axum::extract::{RawQuery, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};

use super::super::lookup::delivery_state;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::layout::{self, Place};
use super::muting;
use super::parts::{self, Times};
use crate::model::DeliveryState;
use crate::store::{OutboxNotice, OutboxRow, Suspension};
use crate::words::{self, count};

/// Alerts on one page.
const PAGE: u32 = 100;
/// Notices on the first one.
const MOST_NOTICES: u32 = 50;
const STATES: [(&str, &str); 5] =
    [("", "All"), ("pending", "Pending"), ("held", "Held"), ("failed", "Failed"), ("sent", "Sent")];

/// `/alerts?state=&cursor=`
pub(in super::super) async fn alerts(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["state", "cursor"])?;
    let named = parameters.text("state").unwrap_or_default();
    let state = parameters.text("state").map(delivery_state).transpose()?;
    let before = parameters.number("cursor", 1..=i64::MAX)?;
    let (store, times) = (&site.daemon.store, Times::of(&site));
    let mut rows = store.outbox_before(state, before, PAGE + 1).await?;
    let is_cut = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let (notices, suspended) = match before {
        None => (store.outbox_notices(state, MOST_NOTICES).await?, store.suspended().await?),
        Some(_) => (Vec::new(), Vec::new()),
    };
    let failed = store.status().await?.queue.failed;
    let next = rows.last().filter(|_| is_cut).map(|last| format!("/alerts?state={named}&cursor={}", last.id));
    let content = html! {
        (self::suspended(&suspended, times))
        nav.switch aria-label="State" {
            @for (value, label) in STATES {
                a href=(if value.is_empty() { "/alerts".to_owned() } else { format!("/alerts?state={value}") })
                    aria-current=[(value == named).then_some("page")] { (label) }
            }
        }
        @if failed > 0 { (retry_all(&site, failed)) }
        p { a href="/mutes" { "Mutes and unsubscribed addresses" } }
        @if rows.is_empty() {
            (parts::empty(if named.is_empty() { "Nothing was alerted yet." } else { "No alert is in this state." }))
        } @else {
            ol.alerts { @for row in &rows { (one_alert(row, times)) } }
        }
        (parts::more(next.as_deref()))
        (of_its_own(&notices, times))
    };
    Ok(layout::page(Place::Alerts, "Alerts", &content))
}

/// `POST /alerts/retry`: all that failed, as `alerts retry` does.
pub(in super::super) async fn retry_failed(State(site): State<Site>) -> Result<Redirect, Refusal> {
    site.daemon.store.retry(None, site.daemon.clock.now()).await?;
    site.daemon.recorded();
    Ok(Redirect::to("/alerts"))
}

fn suspended(suspended: &[Suspension], times: Times) -> Markup {
    html! {
        @if !suspended.is_empty() {
            section.warning aria-labelledby="suspended" {
                h2 #suspended { (count(suspended.len() as u64, "suspended address")) }
                @for Suspension { address, since, error } in suspended {
                    p {
                        strong { (parts::text(address)) } " gets nothing since " (times.both(*since)) ", since its server refused it"
                        @if let Some(error) = error { ": " (parts::text(error)) }
                    }
                }
                p { "It is tried once a day, and whenever an alert is sent to it again." }
            }
        }
    }
}

fn retry_all(site: &Site, failed: u64) -> Markup {
    html! {
        @if muting::may_change(site) {
            form method="post" action="/alerts/retry" {
                button type="submit" { "Send again what failed: " (count(failed, "message")) }
            }
        } @else { (muting::without_password()) }
    }
}

fn one_alert(alert: &OutboxRow, times: Times) -> Markup {
    html! {
        li {
            p.headline dir="auto" { a href={ "/alerts/" (alert.id) } { (parts::headline(alert.headline.as_deref())) } }
            p.facts {
                (parts::state(words::delivery_state(alert.state))) " · " (times.ago(alert.created_at)) " · "
                (words::event(alert.event)) ", "
                a href=(parts::article_path(alert.article.0)) { "article " (alert.article.0) ", version " (alert.version) }
                " · rule " (parts::rule_link(&alert.rule)) " · to " (parts::text(&alert.recipient))
            }
            (trouble(alert, times))
        }
    }
}

/// What is in the way of an alert that was not sent.
pub(super) fn trouble(alert: &OutboxRow, times: Times) -> Markup {
    html! {
        @if alert.state != DeliveryState::Sent {
            @if let Some(mute) = &alert.mute {
                p.trouble {
                    "Held, as " (words::muted(&mute.muted)) " is muted until " (times.moment(mute.until))
                    @if let Some(why) = &mute.why { ", because: " (parts::text(why)) }
                    ". " a href="/mutes" { "Mutes" }
                }
            } @else if alert.error.is_some() || alert.attempts > 0 {
                p.trouble {
                    @if let Some(error) = &alert.error { (parts::text(error)) " · " }
                    (count(alert.attempts.into(), "attempt"))
                    @if let Some(next) = alert.next_attempt { ", next " (times.ago(next)) }
                }
            } @else if let Some(next) = alert.next_attempt {
                p.facts { "goes out " (times.ago(next)) }
            } @else if let Some(before) = alert.waits_for {
                p.facts { "goes out after " a href={ "/alerts/" (before) } { "alert " (before) } }
            }
        }
    }
}

/// What wirewatch said of itself.
fn of_its_own(notices: &[OutboxNotice], times: Times) -> Markup {
    html! {
        @if !notices.is_empty() {
            section aria-labelledby="own" {
                h2 #own { "Notices of wirewatch itself" }
                ul.plain.rows {
                    @for notice in notices {
                        li {
                            p { (parts::text(&notice.subject)) }
                            p.facts {
                                (parts::state(words::delivery_state(notice.state))) " · " (times.ago(notice.created_at))
                                " · to " (parts::text(&notice.address))
                            }
                            @if let Some(error) = &notice.error { p.trouble { (parts::text(error)) } }
                        }
                    }
                }
            }
        }
    }
}
