//! `[[site]]`: the escape hatch for one publisher's pages.

use super::access::access;
use super::files::Files;
use super::reader::{Section, Text};
use super::report::{Complaint, Report};
use super::settings::SiteConfig;
use super::source::Place;
use super::values;
use crate::extract::{SelectorError, SiteRule, SiteSelectors};

/// Reads `[[site]]`.
pub(super) fn sites(sections: &[Section<'_>], files: &dyn Files, report: &mut Report) -> Vec<SiteConfig> {
    let mut sites: Vec<SiteConfig> = Vec::with_capacity(sections.len());
    let mut hosts: Vec<(String, Place)> = Vec::new();
    for section in sections {
        let typed = section.require("host", report).and_then(|value| value.text(report));
        let host = typed.and_then(|text| text.parse(report, host));
        let selectors = selectors(section, report);
        let access = access(section, None, files, report);
        let (Some(host), Some(text), Some(selectors)) = (host, typed, selectors) else { continue };
        if let Some((_, first)) = hosts.iter().find(|(known, _)| *known == host) {
            report.error(text.place, format!("two sites are for `{host}`")).related(*first, "the first is here");
            continue;
        }
        hosts.push((host.clone(), text.place));
        match SiteRule::new(&host, selectors) {
            Ok(rule) => sites.push(SiteConfig { rule, access }),
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
    match SiteRule::new("example.org", selectors) {
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
