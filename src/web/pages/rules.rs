//! `/rules`: the rules with how often they alerted.

use axum::extract::{RawQuery, State};
use axum::response::Html;
use maud::{Markup, html};
use url::form_urlencoded;

use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::calendar::last_days;
use super::chart;
use super::layout::{self, Place};
use super::parts::{self, Times};
use crate::documents::RuleRow;
use crate::rule::{RuleRef, RuleSet};
use crate::store::Activity;
use crate::words::{self, count};

/// Rules on one page.
const PAGE: usize = 50;
/// The days of a sparkline.
const DAYS: u64 = 30;

/// `/rules?find=&cursor=`
pub(in super::super) async fn rules(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["find", "cursor"])?;
    let part = parameters.text("find").unwrap_or_default();
    let from = parameters.number("cursor", 0..=usize::MAX)?.unwrap_or(0);
    let (store, times, rules) = (&site.daemon.store, Times::of(&site), site.setup().rules());
    let (shown, next) = some_of(&rules, part, from);
    let rows = RuleRow::all(shown.iter().map(|index| rules.rule(*index)), &store.rule_hits().await?);
    let names = rows.iter().map(|row| row.name.clone()).collect();
    let activity = store.activity_of_each_rule(names, last_days(times.now, times.zone, DAYS)).await?;
    let next = next.map(|cursor| address(part, cursor));
    let content = html! {
        form.search role="search" action="/rules" method="get" {
            p.grows {
                label for="find" { "Name or words of the query" }
                input #find type="search" name="find" value=(part) maxlength="500" autocomplete="off" dir="auto";
            }
            p { button type="submit" { "Show" } }
        }
        @if rows.is_empty() {
            (parts::empty(if part.is_empty() { "No rule is configured yet." } else { "No rule is like that." }))
        } @else {
            ul.plain.rows { @for (row, activity) in rows.iter().zip(&activity) { (one_rule(row, activity, times)) } }
        }
        (parts::more(next.as_deref()))
    };
    Ok(layout::page(Place::Rules, "Rules", &content))
}

/// The indexes of the rules on a page, in the order of the configuration, and where the next page begins.
fn some_of(rules: &RuleSet, part: &str, from: usize) -> (Vec<usize>, Option<usize>) {
    let part = part.to_lowercase();
    let is_like = |rule: RuleRef<'_>| [rule.name, rule.query].iter().any(|text| text.to_lowercase().contains(&part));
    let mut found = (from..rules.len()).filter(|index| part.is_empty() || is_like(rules.rule(*index)));
    let shown = found.by_ref().take(PAGE).collect();
    (shown, found.next())
}

fn address(part: &str, cursor: usize) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if !part.is_empty() {
        pairs.append_pair("find", part);
    }
    format!("/rules?{}", pairs.append_pair("cursor", &cursor.to_string()).finish())
}

fn one_rule(rule: &RuleRow, activity: &[Activity], times: Times) -> Markup {
    html! {
        li.feed {
            div {
                p { strong { (parts::rule_link(&rule.name)) } }
                p { code dir="auto" { (words::clean(&rule.query)) } }
                p.facts {
                    @match rule.last_alert {
                        Some(last) => { (count(rule.alerts, "alert")) ", last " (times.ago(last)) },
                        None => "no alerts yet",
                    }
                    @if !rule.to.is_empty() { " · to " (parts::listed(rule.to.iter().map(|to| parts::text(to)))) }
                    @if rule.urgent { " · " strong { "urgent" } }
                }
            }
            (chart::sparkline("in 30 days", activity))
        }
    }
}
