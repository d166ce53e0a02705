//! `/feeds/{name}`: one feed, its health in words, what it brought of late.

use axum::extract::{Path, State};
use axum::response::Html;
use maud::{Markup, html};

use super::super::refusal::Refusal;
use super::super::site::Site;
use super::calendar::last_days;
use super::chart;
use super::feeds::{next_poll, trouble};
use super::layout::{self, Place};
use super::muting;
use super::overview::one_article;
use super::parts::{self, Times};
use crate::config;
use crate::model::{Muted, Subscription};
use crate::store::{ArticleFilter, FeedRow, MuteTarget};
use crate::words::{self, count};

const DAYS: u64 = 14;
const NEWEST: u32 = 20;

/// `/feeds/{name}`
pub(in super::super) async fn feed(
    State(site): State<Site>,
    Path(name): Path<String>,
) -> Result<Html<String>, Refusal> {
    let (store, times) = (&site.daemon.store, Times::of(&site));
    let feed = store.feed(&name).await?.ok_or_else(|| {
        Refusal::not_found(&format!("there is no feed `{name}`")).hint("/feeds lists those that are watched")
    })?;
    let days = store.activity_of_feed(&name, last_days(times.now, times.zone, DAYS)).await?;
    let filter = ArticleFilter { feed: Some(name.clone()), limit: Some(NEWEST), ..ArticleFilter::default() };
    let newest = store.articles(filter).await?;
    let mut mutes = store.mutes(times.now, false).await?;
    mutes.retain(|mute| matches!(&mute.muted, Muted::Feed { name } if *name == feed.name));
    let content = html! {
        p.kicker { "Feed" }
        h1 dir="auto" { (parts::text(&feed.name)) }
        (facts(&feed, times))
        (muting::notes(&mutes, times))
        section aria-labelledby="days" {
            h2 #days { "The last 14 days" }
            (chart::bars("First versions and revisions on each of the last 14 days", &days, times, "%-d %b", 2))
        }
        section aria-labelledby="newest" {
            h2 #newest { "Newest activity" }
            @if newest.is_empty() { (parts::empty("It has announced no article yet.")) } @else {
                ol.articles { @for article in &newest { (one_article(article, times)) } }
                p { a href={ "/articles?feed=" (parts::segment(&feed.name)) } { "All articles of the feed" } }
            }
        }
        (muting::form_for(&site, &MuteTarget::Feed(feed.name.clone()), "what only this feed announces"))
    };
    Ok(layout::headed(Place::Feeds, &words::clean(&feed.name), &content))
}

/// How the subscription with the feed's hub stands.
fn standing(subscription: &Subscription, times: Times) -> Markup {
    html! {
        (words::subscription_state(subscription.state))
        @if let Some(until) = subscription.until { " until " (times.moment(until)) }
        @if let Some(at) = subscription.pushed_at { ", last " (times.ago(at)) }
        @if let Some(error) = &subscription.error { ": " (parts::text(error)) }
    }
}

fn facts(feed: &FeedRow, times: Times) -> Markup {
    html! {
        dl.facts {
            dt { "State" } dd { (parts::state(words::feed_state(feed.state))) (trouble(feed, times)) }
            dt { "Address" } dd { (parts::original(&config::without_user(&feed.url))) }
            @if !feed.tags.is_empty() {
                dt { "Tags" } dd { (parts::listed(feed.tags.iter().map(|tag| parts::text(tag)))) }
            }
            dt { "Last poll" } dd {
                @match feed.last_poll {
                    Some(at) => {
                        (times.both(at))
                        @if let Some(status) = feed.last_status { ", HTTP status " (status) }
                    },
                    None => "never",
                }
            }
            @if let Some(success) = feed.last_success.filter(|_| feed.failures > 0) {
                dt { "Last worked" } dd { (times.both(success)) }
            }
            @if let Some(next) = feed.next_poll { dt { "Next poll" } dd { (next_poll(next, times)) } }
            @if let Some(subscription) = &feed.subscription {
                dt { "News told by" } dd { (parts::text(subscription.hub.host_str().unwrap_or_default())) ", " (standing(subscription, times)) }
            }
            dt { "Brought" } dd { (count(feed.articles, "article")) " in " (count(feed.entries, "entry")) }
        }
    }
}
