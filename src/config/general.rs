//! `timezone`, `[store]`, `[poll]` and `[pages]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;

use super::access::{self, Proxy};
use super::files::{Files, resolve};
use super::reader::{Section, Text, Value};
use super::report::{Complaint, Report};
use super::settings::{PagesConfig, PollConfig, PrivateAddresses, StoreConfig};
use super::values;
use crate::schedule::{Recheck, Schedule, parse_duration, show_duration};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const MIB: u64 = 1 << 20;

/// The zone that is named at the top level of one of the files, else the system's, else UTC.
pub(super) fn timezone(roots: &[Section<'_>], files: &dyn Files, report: &mut Report) -> Tz {
    let mut named = roots.iter().filter_map(|root| root.get("timezone"));
    let Some(first) = named.next() else {
        return files.system_timezone().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    };
    for again in named {
        report.error(again.key_place, "`timezone` is set twice").related(first.key_place, "it is set here first");
    }
    first.text(report).and_then(|text| text.parse(report, values::timezone)).unwrap_or(Tz::UTC)
}

/// Reads `[store]`; `folder` is where the configuration lies.
pub(super) fn store(section: &Section<'_>, folder: &Path, report: &mut Report) -> StoreConfig {
    StoreConfig {
        path: path(section.text("path", report), report).unwrap_or_else(|| folder.join("wirewatch.db")),
        keep_pages: section.boolean("keep_pages", report).unwrap_or(true),
        retention: section.parsed("retention", report, retention).flatten(),
    }
}

fn path(text: Option<Text<'_>>, report: &mut Report) -> Option<PathBuf> {
    let text = text?;
    let typed = text.parse(report, |typed| values::path(typed).map(str::to_owned))?;
    Some(resolve(report.source(text.place.source).folder(), &typed))
}

fn retention(text: &str) -> Result<Option<Duration>, Complaint> {
    if text == "forever" {
        return Ok(None);
    }
    match parse_duration(text) {
        Ok(duration) if duration < DAY => {
            Err(Complaint::new("articles are kept for a day at least").hint("write `400d`, or `forever`"))
        }
        Ok(duration) => Ok(Some(duration)),
        Err(error) => Err(Complaint::from(error).hint("write `400d`, or `forever`")),
    }
}

/// Reads `[poll]` but for the schedule, which is a default for feeds.
pub(super) fn poll(section: &Section<'_>, report: &mut Report) -> PollConfig {
    let concurrency = section.number("concurrency", 1..=4_096, report).and_then(|number| usize::try_from(number).ok());
    let interval = section.duration("per_host_interval", Duration::ZERO..=HOUR, report);
    let timeout = section.duration("timeout", SECOND..=10 * MINUTE, report);
    let initial = section.duration("initial", Duration::ZERO..=366 * DAY, report);
    PollConfig {
        concurrency: concurrency.unwrap_or(64),
        per_host_interval: interval.unwrap_or(2 * SECOND),
        timeout: timeout.unwrap_or(30 * SECOND),
        initial: initial.unwrap_or(DAY),
        max_body: max_body(section, report).unwrap_or(15 * MIB),
        contact: section.parsed("contact", report, contact),
        allow_private_addresses: private_addresses(section, report),
        proxy: access::proxy(section, report).unwrap_or(Proxy::Direct),
        websub: section.boolean("websub", report).unwrap_or(true),
    }
}

/// The schedule of feeds that name none.
pub(super) fn poll_schedule(section: &Section<'_>, report: &mut Report) -> Schedule {
    const DEFAULT: Duration = Duration::from_secs(600);
    let named = section.text("schedule", report).and_then(|text| schedule(text, report));
    // The text is constant and read by a test.
    named.or_else(|| "*/10 * * * *".parse().ok()).unwrap_or_else(|| Schedule::every(DEFAULT))
}

/// A schedule for polling, with a warning when it comes more than once a minute.
pub(super) fn schedule(text: Text<'_>, report: &mut Report) -> Option<Schedule> {
    let schedule: Schedule = text.parse(report, |text| text.parse().map_err(Complaint::from))?;
    if schedule.shortest_gap() < MINUTE {
        report
            .warning(text.place, format!("this polls every {}", show_duration(schedule.shortest_gap())))
            .hint("publishers may shut out who asks more often than once a minute");
    }
    Some(schedule)
}

fn max_body(section: &Section<'_>, report: &mut Report) -> Option<u64> {
    let value = section.get("max_body")?;
    let size = match (value.as_text(), value.as_number()) {
        (Some(text), _) => text.parse(report, values::size)?,
        (None, Some(bytes)) => bytes,
        (None, None) => {
            value.reject_type("a size such as `\"15 MiB\"`", report);
            return None;
        }
    };
    if !(MIB / 16..=256 * MIB).contains(&size) {
        report.error(value.place, "`max_body` must be from `64 KiB` to `256 MiB`");
        return None;
    }
    Some(size)
}

/// The contact becomes part of a header of every request.
fn contact(text: &str) -> Result<String, Complaint> {
    let is_header = !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    match is_header && !text.contains(['(', ')', ';']) {
        true => Ok(text.trim().to_owned()),
        false => Err(Complaint::new("this cannot stand in the header `User-Agent`")
            .hint("write mail or web addresses in ASCII, such as `https://example.org/bot, desk@example.org`")),
    }
}

fn private_addresses(section: &Section<'_>, report: &mut Report) -> PrivateAddresses {
    let Some(value) = section.get("allow_private_addresses") else { return PrivateAddresses::Refused };
    match value.as_boolean() {
        Some(true) => return PrivateAddresses::Allowed,
        Some(false) => return PrivateAddresses::Refused,
        None => {}
    }
    let Some(texts) = value.texts(report) else { return PrivateAddresses::Refused };
    let mut hosts = Vec::with_capacity(texts.len());
    for text in texts {
        hosts.extend(text.parse(report, values::host_or_block));
    }
    PrivateAddresses::Only(hosts)
}

/// Reads `[pages]` but for `follow`, which is a default for feeds.
pub(super) fn pages(section: &Section<'_>, report: &mut Report) -> PagesConfig {
    let confirm = section.duration("confirm", Duration::ZERO..=HOUR, report);
    PagesConfig {
        recheck: section.get("recheck").and_then(|value| recheck(value, report)).unwrap_or_default(),
        confirm: confirm.unwrap_or(45 * SECOND),
        robots: section.boolean("robots", report).unwrap_or(true),
    }
}

fn recheck(value: Value<'_>, report: &mut Report) -> Option<Recheck> {
    let texts = value.texts(report)?;
    let steps: Vec<&str> = texts.iter().map(|text| text.text).collect();
    match Recheck::parse(&steps) {
        Ok(recheck) => Some(recheck),
        Err((index, error)) => {
            let text = texts.get(index)?;
            text.parse(report, |_| Err::<Recheck, _>(Complaint::from(error)))
        }
    }
}
