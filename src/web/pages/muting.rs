//! What is silent: `/mutes`, and the forms that mute and unmute, on it and on the pages of feeds, rules and articles.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::super::form;
use super::super::guard;
use super::super::parameters::Parameters;
use super::super::refusal::{InWords, Refusal};
use super::super::site::Site;
use super::layout::{self, Place};
use super::parts::{self, Times};
use crate::alert;
use crate::config;
use crate::model::{ArticleId, Mute, MuteId, Muted, Stopped, Unsubscription, UnsubscriptionId};
use crate::store::{MuteRequest, MuteTarget};
use crate::words;

/// What the forms offer; on the command line any span can be named.
const SPANS: [(&str, &str); 6] =
    [("1h", "1 hour"), ("8h", "8 hours"), ("1d", "a day"), ("3d", "3 days"), ("7d", "a week"), ("30d", "30 days")];
const USUAL_SPAN: &str = "8h";
const KINDS: [&str; 3] = ["rule", "feed", "article"];

/// What somebody typed into the form.
#[derive(Debug, Default)]
struct Typed {
    kind: String,
    name: String,
    span: String,
    why: String,
}

impl Typed {
    fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in form::fields(headers, body) {
            match name.as_str() {
                "kind" => typed.kind = value,
                "name" => value.trim().clone_into(&mut typed.name),
                "for" => value.trim().clone_into(&mut typed.span),
                "why" => value.trim().clone_into(&mut typed.why),
                _ => {}
            }
        }
        typed
    }
}

/// `/mutes?all=`
pub(in super::super) async fn mutes(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["all"])?;
    page(&site, parameters.flag("all")?, &Typed { span: USUAL_SPAN.to_owned(), ..Typed::default() }, None).await
}

/// `POST /mutes`: as `mute KIND NAME --for SPAN --why TEXT`. What cannot be done is said above the form as it was filled in.
pub(in super::super) async fn mute(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let typed = Typed::read(&headers, &body);
    match begun(&site, &typed, guard::user(&headers)).await? {
        Ok(()) => Ok(Redirect::to("/mutes").into_response()),
        Err(problem) => {
            let page = page(&site, false, &typed, Some(&problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Extension(InWords), page).into_response())
        }
    }
}

/// Mutes, or says what stands in the way.
async fn begun(site: &Site, typed: &Typed, who: Option<String>) -> Result<Result<(), String>, Refusal> {
    let target = match target(site, typed).await? {
        Ok(target) => target,
        Err(problem) => return Ok(Err(problem)),
    };
    let span = match alert::mute_span(&typed.span) {
        Ok(span) => span,
        Err(problem) => return Ok(Err(format!("for how long: {problem}"))),
    };
    let why = match typed.why.is_empty() {
        true => None,
        false => match alert::reason(&typed.why) {
            Ok(why) => Some(why),
            Err(problem) => return Ok(Err(format!("why: {problem}"))),
        },
    };
    let now = site.daemon.clock.now();
    let request = MuteRequest { target, why, who, now, until: now + span };
    if site.daemon.store.mute(request).await?.is_none() {
        return Ok(Err(format!("the {} `{}` is not watched yet", typed.kind, typed.name)));
    }
    site.daemon.recorded();
    Ok(Ok(()))
}

async fn target(site: &Site, typed: &Typed) -> Result<Result<MuteTarget, String>, Refusal> {
    let (setup, name) = (site.setup(), typed.name.clone());
    let rules = setup.rules();
    let rule_names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
    Ok(match typed.kind.as_str() {
        "rule" => known("rule", &name, rule_names.iter().copied()).map(|()| MuteTarget::Rule(name.clone())),
        "feed" => known("feed", &name, setup.config.feeds.iter().map(|feed| feed.name.as_str()))
            .map(|()| MuteTarget::Feed(name.clone())),
        "article" => {
            let found = site.daemon.store.find_article(&name).await?;
            found.map(MuteTarget::Article).ok_or_else(|| format!("there is no article `{name}`"))
        }
        _ => Err("choose a rule, a feed or an article".to_owned()),
    })
}

fn known<'n>(kind: &str, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), String> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    Err(match config::nearest(name, names) {
        Some(near) => format!("there is no {kind} `{name}`; did you mean `{near}`?"),
        None => format!("there is no {kind} `{name}`"),
    })
}

/// `POST /mutes/{id}/lift`: as `unmute ID`.
pub(in super::super) async fn lift(State(site): State<Site>, Path(id): Path<i64>) -> Result<Redirect, Refusal> {
    let now = site.daemon.clock.now();
    let mute = site.daemon.store.unmute(MuteId(id), now).await?;
    let mute = mute.ok_or_else(|| Refusal::not_found(&format!("there is no mute {id}")))?;
    if !mute.is_active(now) {
        return Err(over(&format!("mute {id} is over already")));
    }
    site.daemon.recorded();
    Ok(Redirect::to("/mutes"))
}

/// `POST /unsubscriptions/{id}/end`: as `unmute uID`.
pub(in super::super) async fn end(State(site): State<Site>, Path(id): Path<i64>) -> Result<Redirect, Refusal> {
    let ended = site.daemon.store.resubscribe(vec![UnsubscriptionId(id)], site.daemon.clock.now()).await?;
    if ended.is_empty() {
        return Err(over(&format!("unsubscription u{id} is not in force")));
    }
    Ok(Redirect::to("/mutes"))
}

fn over(message: &str) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "over", message).hint("/mutes lists what is silent now")
}

async fn page(site: &Site, all: bool, typed: &Typed, problem: Option<&str>) -> Result<Html<String>, Refusal> {
    let times = Times::of(site);
    let store = &site.daemon.store;
    let (mutes, unsubscribed) = (store.mutes(times.now, all).await?, store.unsubscriptions(all).await?);
    let may_change = may_change(site);
    let content = html! {
        p.facts {
            "What is muted is still watched, stored and found: only its messages are held. They go out as one digest when the mute ends."
        }
        @if may_change { (whole_form(typed, problem)) } @else { (without_password()) }
        section aria-labelledby="muted" {
            h2 #muted { "Muted" }
            @if mutes.is_empty() { (parts::empty(if all { "Nothing was ever muted." } else { "Nothing is muted." })) } @else {
                ul.plain.rows { @for mute in &mutes { (one_mute(mute, may_change, times)) } }
            }
        }
        section aria-labelledby="unsubscribed" {
            h2 #unsubscribed { "Unsubscribed" }
            @if unsubscribed.is_empty() { (parts::empty("No address has unsubscribed by the link in its mails.")) } @else {
                ul.plain.rows { @for one in &unsubscribed { (one_unsubscription(one, may_change, times)) } }
            }
        }
        p { @if all { a href="/mutes" { "Only what is silent now" } } @else { a href="/mutes?all=true" { "Also what is over" } } }
    };
    Ok(layout::page(Place::Alerts, "Mutes", &content))
}

fn one_mute(mute: &Mute, may_change: bool, times: Times) -> Markup {
    let is_active = mute.is_active(times.now);
    html! {
        li {
            p {
                strong { (name(&mute.muted)) } " "
                @match mute.lifted_at {
                    Some(lifted) => { "lifted " (times.both(lifted)) },
                    None if is_active => { "until " (times.both(mute.until)) },
                    None => { "was over " (times.both(mute.until)) },
                }
            }
            @if let Some(why) = &mute.why { p { (parts::text(why)) } }
            p.facts {
                "mute " (mute.id.0) ", since " (times.moment(mute.begun_at))
                @if let Some(who) = &mute.who { ", by " (parts::text(who)) }
            }
            @if is_active && may_change {
                form method="post" action={ "/mutes/" (mute.id.0) "/lift" } {
                    button.small type="submit" { "Unmute" span.unseen { " " (words::muted(&mute.muted)) } }
                }
            }
        }
    }
}

fn name(muted: &Muted) -> Markup {
    match muted {
        Muted::Feed { name } => html! { "feed " (parts::feed_link(name)) },
        Muted::Rule { name } => html! { "rule " (parts::rule_link(name)) },
        Muted::Article { article, headline } => html! {
            "article " (article.0) ", " a href=(parts::article_path(article.0)) { (parts::headline(headline.as_deref())) }
        },
        Muted::Burst { .. } => html! { (words::muted(muted)) },
    }
}

fn one_unsubscription(one: &Unsubscription, may_change: bool, times: Times) -> Markup {
    let what = match &one.stopped {
        Stopped::Rule(name) => html! { "rule " (parts::rule_link(name)) },
        Stopped::Recipient(_) | Stopped::Everything => html! { (words::stopped(&one.stopped)) },
    };
    html! {
        li {
            p { strong { (parts::text(&one.address)) } " gets no more of " (what) }
            p.facts {
                "u" (one.id.0) ", since " (times.moment(one.begun_at)) ", by " (words::unsubscribed_by(one.how))
                @if let Some(ended) = one.ended_at { ", taken back " (times.moment(ended)) }
            }
            @if one.ended_at.is_none() && may_change {
                form method="post" action={ "/unsubscriptions/" (one.id.0) "/end" } {
                    button.small type="submit" { "Send it again" span.unseen { " to " (words::clean(&one.address)) } }
                }
            }
        }
    }
}

fn whole_form(typed: &Typed, problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem { p.warning #problem role="alert" { (layout::sentence(problem)) } }
        form.act action="/mutes" method="post" aria-describedby=[problem.map(|_| "problem")] {
            p {
                label for="kind" { "Mute" }
                select #kind name="kind" { @for kind in KINDS { option value=(kind) selected[typed.kind == kind] { (kind) } } }
            }
            p {
                label for="name" { "Name, or the article's number or address" }
                input #name name="name" value=(typed.name) required maxlength="2000" autocomplete="off" spellcheck="false" dir="auto";
            }
            p {
                label for="for" { "For" }
                input #for name="for" value=(typed.span) required size="8" maxlength="30" list="spans" autocomplete="off";
                datalist #spans { @for (value, words) in SPANS { option value=(value) { (words) } } }
            }
            p.wide {
                label for="why" { "Why, for whoever wonders why it is silent" }
                input #why name="why" value=(typed.why) maxlength="500" autocomplete="off" dir="auto";
            }
            p { button type="submit" { "Mute" } }
        }
    }
}

/// The short form on the page of what it mutes; `of` says what that is: `this rule`.
pub(super) fn form_for(site: &Site, target: &MuteTarget, of: &str) -> Markup {
    let (kind, name) = match target {
        MuteTarget::Feed(name) => ("feed", name.clone()),
        MuteTarget::Rule(name) => ("rule", name.clone()),
        MuteTarget::Article(ArticleId(id)) => ("article", id.to_string()),
    };
    html! {
        section.muting aria-labelledby="mute" {
            h2 #mute { "Mute" }
            @if may_change(site) {
                form.act action="/mutes" method="post" {
                    input type="hidden" name="kind" value=(kind);
                    input type="hidden" name="name" value=(name);
                    p {
                        label for="for" { "Hold the messages of " (of) " for" }
                        select #for name="for" {
                            @for (value, words) in SPANS { option value=(value) selected[value == USUAL_SPAN] { (words) } }
                        }
                    }
                    p.grows { label for="why" { "Why" } input #why name="why" maxlength="500" autocomplete="off" dir="auto"; }
                    p { button type="submit" { "Mute" } }
                }
            } @else { (without_password()) }
        }
    }
}

/// The mutes that hold it now.
pub(super) fn notes(mutes: &[Mute], times: Times) -> Markup {
    html! {
        @for mute in mutes {
            p.note { (layout::sentence(&words::muted(&mute.muted)).trim_end_matches('.')) " is muted until " (times.moment(mute.until))
                @if let Some(why) = &mute.why { ", because: " (parts::text(why)) }
                ". " a href="/mutes" { "All mutes" } }
        }
    }
}

/// Whether what the forms ask for can be done at all.
pub(super) fn may_change(site: &Site) -> bool {
    site.web().password.is_some()
}

/// How to make that so.
pub(super) fn without_password() -> Markup {
    html! {
        p.note {
            "To mute and to send again from here, set a password: write " code { "password_file = \"…\"" } " below "
            code { "[web]" } " in the configuration, and reload it. On this machine " code { "wirewatch mute" } " and "
            code { "wirewatch alerts retry" } " do the same."
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_span_on_offer_can_be_muted() {
        for (span, _) in SPANS {
            assert!(alert::mute_span(span).is_ok_and(|span| span >= Duration::from_secs(3600)), "{span}");
        }
        assert!(SPANS.iter().any(|(span, _)| *span == USUAL_SPAN));
    }
}
