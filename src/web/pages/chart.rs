//! Time drawn as SVG: what happened in each span, and the versions of an article on an axis.

use maud::{Markup, html};

use super::parts::Times;
use crate::model::Timestamp;
use crate::store::{Activity, VersionRow};
use crate::words::{count, grouped};

const WIDTH: u64 = 720;
const HEIGHT: u64 = 96;
/// Room for the labels below.
const LABELS: u64 = 18;

/// Bars of first versions below and of others above, one for each span. `format` is how the beginning of a span is
/// written; every so many bars have a label.
pub(super) fn bars(title: &str, spans: &[Activity], times: Times, format: &str, label_each: usize) -> Markup {
    let most = spans.iter().map(|span| span.new + span.revised).max().unwrap_or(0).max(1);
    let step = WIDTH / (spans.len() as u64).max(1);
    let scaled = |number: u64| (number * HEIGHT).div_ceil(most);
    let at = |span: &Activity| span.at.to_utc().with_timezone(&times.zone).format(format).to_string();
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + LABELS) } role="img" aria-label=(title) {
                line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
                @for (place, span) in spans.iter().enumerate() {
                    @let (x, new, revised) = (place as u64 * step, scaled(span.new), scaled(span.revised));
                    @if span.new + span.revised > 0 {
                        g {
                            title { (at(span)) ": " (span.new) " new, " (span.revised) " revised" }
                            rect.new x=(x + 2) y=(HEIGHT.saturating_sub(new)) width=(step.saturating_sub(4)) height=(new) {}
                            rect.revised x=(x + 2) y=(HEIGHT.saturating_sub(new + revised)) width=(step.saturating_sub(4))
                                height=(revised) {}
                        }
                    }
                    @if place % label_each == 0 {
                        text x=(x) y=(HEIGHT + LABELS - 4) { (at(span)) }
                    }
                }
            }
            figcaption {
                span.key.new aria-hidden="true" {} " new " span.key.revised aria-hidden="true" {} " revised"
                details {
                    summary { "The same as a table" }
                    table {
                        thead { tr { th scope="col" { "From" } th.number scope="col" { "New" } th.number scope="col" { "Revised" } } }
                        tbody {
                            @for span in spans.iter().filter(|span| span.new + span.revised > 0) {
                                tr { th scope="row" { (at(span)) } td.number { (span.new) } td.number { (span.revised) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The same in the space of a word, with how many they are: `12 in 30 days`.
pub(super) fn sparkline(of: &str, spans: &[Activity]) -> Markup {
    let most = spans.iter().map(|span| span.new + span.revised).max().unwrap_or(0).max(1);
    let total: u64 = spans.iter().map(|span| span.new + span.revised).sum();
    html! {
        @if total > 0 {
            p.spark {
                svg viewBox={ "0 0 " (spans.len() * 5) " 20" } aria-hidden="true" {
                    line.axis x1="0" y1="19.5" x2=(spans.len() * 5) y2="19.5" {}
                    @for (place, span) in spans.iter().enumerate() {
                        @let height = ((span.new + span.revised) * 19).div_ceil(most);
                        @if height > 0 {
                            rect.new x=(place * 5) y=(20 - height) width="4" height=(height) {}
                        }
                    }
                }
                " " (grouped(total)) " " (of)
            }
        }
    }
}

/// Versions that fit on an axis; of more the latest are drawn.
const MOST_POINTS: usize = 200;

/// The versions of an article on a time axis, each a link to what it changed.
pub(super) fn axis(id: i64, versions: &[VersionRow], times: Times) -> Markup {
    let shown = &versions[versions.len().saturating_sub(MOST_POINTS)..];
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else { return html! {} };
    let span = last.observed_at.since(first.observed_at).as_millis().max(1);
    let x = |at: Timestamp| 12 + (at.since(first.observed_at).as_millis() * u128::from(WIDTH - 24) / span);
    html! {
        figure.axis {
            svg viewBox={ "0 0 " (WIDTH) " 44" } role="group" aria-label={ (count(shown.len() as u64, "version")) " in the order of time" } {
                line.axis x1="0" y1="16" x2=(WIDTH) y2="16" {}
                @for row in shown {
                    @let severity = row.change.as_ref().and_then(|change| change.severity);
                    @let class = match severity {
                        _ if row.is_technical() => "technical",
                        Some(crate::model::Severity::Major) => "major",
                        Some(crate::model::Severity::Notable) => "notable",
                        _ => "minor",
                    };
                    a href={ "/articles/" (id) "/versions/" (row.number) } aria-label={ "Version " (row.number) ", " (times.words(row.observed_at)) } {
                        title { "Version " (row.number) ", " (times.words(row.observed_at)) }
                        circle class=(class) cx=(x(row.observed_at)) cy="16" r=(if class == "major" { 8 } else { 6 }) {}
                    }
                }
                text x="0" y="40" { (times.words(first.observed_at)) }
                @if shown.len() > 1 {
                    text.end x=(WIDTH) y="40" { (times.words(last.observed_at)) }
                }
            }
        }
    }
}
