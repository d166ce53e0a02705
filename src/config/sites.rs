//! `[[site]]`: the escape hatch for one publisher's pages.

use super::reader::{Section, Text, Value, strings_of};
use super::report::{Complaint, Report};
use super::source::Place;
use super::tree::Entry;
use super::values;
use crate::extract::{SelectorError, SiteRule, SiteSelectors};

const MOST_HEADERS: usize = 100;

/// Reads `[[site]]`.
pub(super) fn sites(sections: &[Section<'_>], report: &mut Report) -> Vec<SiteRule> {
    let mut sites: Vec<SiteRule> = Vec::with_capacity(sections.len());
    let mut hosts: Vec<(String, Place)> = Vec::new();
    for section in sections {
        let typed = section.require("host", report).and_then(|value| value.text(report));
        let host = typed.and_then(|text| text.parse(report, host));
        let selectors = selectors(section, report);
        let headers = section.get("headers").map(|value| headers(value, report)).unwrap_or_default();
        let cookies = section.get("cookies").map(|value| cookies(value, report)).unwrap_or_default();
        let (Some(host), Some(text), Some(selectors)) = (host, typed, selectors) else { continue };
        if let Some((_, first)) = hosts.iter().find(|(known, _)| *known == host) {
            report.error(text.place, format!("two sites are for `{host}`")).related(*first, "the first is here");
            continue;
        }
        hosts.push((host.clone(), text.place));
        match SiteRule::new(&host, selectors, headers, cookies) {
            Ok(site) => sites.push(site),
            Err(error) => {
                report.error(section.place, error.to_string());
            }
        }
    }
    sites
}

/// A host name, or `*.example.org` for it and all below it.
fn host(text: &str) -> Result<String, Complaint> {
    let (star, name) = match text.strip_prefix("*.") {
        Some(name) => ("*.", name),
        None => ("", text),
    };
    match values::host_name(name) {
        Some(name) => Ok(format!("{star}{name}")),
        None => Err(Complaint::new("this is no host name").hint("write it like `example.org` or `*.example.org`")),
    }
}

/// The selectors, each tried alone so that every bad one is told at its place.
fn selectors(section: &Section<'_>, report: &mut Report) -> Option<SiteSelectors> {
    let mut selectors = SiteSelectors::default();
    let mut is_good = true;
    if let Some(text) = section.text("text", report) {
        is_good &= try_selector(text, |text| SiteSelectors { text, ..SiteSelectors::default() }, report);
        selectors.text = Some(text.text.to_owned());
    }
    if let Some(text) = section.text("headline", report) {
        is_good &= try_selector(text, |headline| SiteSelectors { headline, ..SiteSelectors::default() }, report);
        selectors.headline = Some(text.text.to_owned());
    }
    let remove = section.get("remove").and_then(|value| value.texts(report)).unwrap_or_default();
    for text in remove {
        let alone =
            |remove: Option<String>| SiteSelectors { remove: remove.into_iter().collect(), ..SiteSelectors::default() };
        is_good &= try_selector(text, alone, report);
        selectors.remove.push(text.text.to_owned());
    }
    is_good.then_some(selectors)
}

fn try_selector(text: Text<'_>, alone: impl FnOnce(Option<String>) -> SiteSelectors, report: &mut Report) -> bool {
    let selectors = alone(Some(text.text.to_owned()));
    match SiteRule::new("example.org", selectors, Vec::new(), Vec::new()) {
        Ok(_) => true,
        Err(SelectorError { message, .. }) => {
            report.error(text.place, "this is no CSS selector").maybe_hint(hint_of_parser(&message));
            false
        }
    }
}

/// What the selectors' parser says, where it speaks to people: some of its messages are values of its own.
fn hint_of_parser(message: &str) -> Option<String> {
    let line = message.lines().next().unwrap_or_default().trim();
    let is_for_people = !line.is_empty() && line.len() < 80 && !line.contains("report this to the developer");
    is_for_people.then(|| line.replace("Unexpected EOL", "it ends too early"))
}

fn headers(value: Value<'_>, report: &mut Report) -> Vec<(String, String)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let is_value = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte) || byte == b'\t');
    let mut headers = Vec::new();
    for (entry, text) in pairs(value, report) {
        let (name, name_place) = (entry.key.as_str(), entry.key_place);
        let is_ours = ["host", "content-length", "connection", "transfer-encoding", "cookie"];
        if name.is_empty() || !name.chars().all(is_name) {
            report.error(name_place, "this is no name of a header");
        } else if is_ours.contains(&name.to_ascii_lowercase().as_str()) {
            report.error(name_place, format!("the header `{name}` cannot be set here"));
        } else if !is_value(text.text) {
            report.error(text.place, format!("the header `{name}` holds a character that no header may hold"));
        } else {
            headers.push((name.to_owned(), text.text.trim().to_owned()));
        }
    }
    headers
}

fn cookies(value: Value<'_>, report: &mut Report) -> Vec<(String, String)> {
    let is_name = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    let is_value = |c: char| c.is_ascii_graphic() && !"\",;\\".contains(c);
    let mut cookies = Vec::new();
    for (entry, text) in pairs(value, report) {
        let (name, name_place) = (entry.key.as_str(), entry.key_place);
        if name.is_empty() || !name.chars().all(is_name) {
            report.error(name_place, "this is no name of a cookie");
        } else if !text.text.chars().all(is_value) {
            report.error(text.place, format!("the cookie `{name}` holds a character that no cookie may hold"));
        } else {
            cookies.push((name.to_owned(), text.text.to_owned()));
        }
    }
    cookies
}

fn pairs<'t>(value: Value<'t>, report: &mut Report) -> Vec<(&'t Entry, Text<'t>)> {
    let Some(entries) = value.as_table() else {
        value.reject_type("a table", report).hint("write `{ Name = \"value\" }`");
        return Vec::new();
    };
    if entries.len() > MOST_HEADERS {
        report.error(value.place, format!("`{}` holds more than {MOST_HEADERS} entries", value.key));
        return Vec::new();
    }
    strings_of(entries, report)
}
