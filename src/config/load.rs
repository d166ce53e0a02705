//! From files to a complete configuration, or to everything that is wrong with them.

use std::collections::BTreeSet;
use std::path::Path;

use super::documents::{Document, gather};
use super::feeds::{self, FeedDefaults};
use super::files::Files;
use super::keys::{self, Schema};
use super::problem::Problems;
use super::reader::Section;
use super::report::Report;
use super::rules::{self, Known};
use super::settings::{Config, MailTransport};
use super::source::Place;
use super::{general, mail, sites, web};
use crate::rule::Rule;

/// A configuration that can be used, and what is odd about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Problems,
}

/// Reads a configuration with all files it includes. With any error there is none, and all problems come back at once.
pub fn load(path: &Path, files: &dyn Files) -> Result<Loaded, Problems> {
    let mut report = Report::default();
    let documents = gather(path, files, &mut report);
    let config = Assembly::new(&documents, &mut report).config(files, &mut report);
    match report.has_errors() {
        true => Err(report.finish()),
        false => Ok(Loaded { config, warnings: report.finish() }),
    }
}

/// The top levels of all files.
struct Assembly<'d> {
    roots: Vec<Section<'d>>,
}

impl<'d> Assembly<'d> {
    fn new(documents: &'d [Document], report: &mut Report) -> Self {
        let read = |document: &'d Document, report: &mut Report| {
            Section::read(&keys::ROOT, &document.entries, Place::whole(document.source), report)
        };
        Self { roots: documents.iter().map(|document| read(document, report)).collect() }
    }

    fn config(&self, files: &dyn Files, report: &mut Report) -> Config {
        let folder = report.source(0).folder().to_owned();
        let poll_section = self.merged("poll", &keys::POLL, report);
        let pages_section = self.merged("pages", &keys::PAGES, report);
        let store_section = self.merged("store", &keys::STORE, report);
        let mail_section = self.merged("mail", &keys::MAIL, report);
        let web_section = self.merged("web", &keys::WEB, report);

        for include in self.roots.iter().filter_map(|root| root.get("include")) {
            // Its files are here already; this tells what in it is no string.
            include.texts(report);
        }
        let timezone = general::timezone(&self.roots, files, report);
        let store = general::store(&store_section, &folder, report);
        let database_folder = store.path.parent().unwrap_or(Path::new("")).to_owned();
        let mail = mail::mail(&mail_section, &database_folder, files, report);
        let defaults = FeedDefaults {
            schedule: general::poll_schedule(&poll_section, report),
            follow: pages_section.boolean("follow", report).unwrap_or(true),
        };
        let outlines = feeds::outlines(&self.roots, files, report);
        let feeds = feeds::feeds(&self.items("feed", &keys::FEED, report), outlines, &defaults, files, report);
        let are_feeds_whole = !report.has_errors();
        let rule_sections = self.items("rule", &keys::RULE, report);
        let mut recipients = mail::recipients(&self.items("recipient", &keys::RECIPIENT, report), files, report);
        if let Some(first_rule) = rule_sections.first().filter(|_| recipients.names.is_empty()) {
            let desk = mail::desk();
            recipients.names.insert(desk.name.clone(), first_rule.place);
            recipients.all.push(desk);
            if matches!(mail.transport, MailTransport::Smtp(_)) {
                report
                    .error(first_rule.place, "there are rules, and nobody to tell")
                    .hint("write a `[[recipient]]` with `name = \"desk\"` and `email = \"…\"`");
            }
        }
        let sets = rules::sets(&self.roots, report);
        let names: BTreeSet<String> = recipients.names.keys().cloned().collect();
        let known = Known { feeds: &feeds, recipients: &names, sets: &sets, is_whole: are_feeds_whole };
        let rules: Vec<Rule> = rules::rules(&rule_sections, &known, report);
        let config = Config {
            timezone,
            poll: general::poll(&poll_section, report),
            pages: general::pages(&pages_section, report),
            recipients: recipients.all,
            hooks: recipients.hooks,
            rules,
            sets: sets.sets,
            sites: sites::sites(&self.items("site", &keys::SITE, report), files, report),
            web: web::web(&web_section, files, report),
            feeds: feeds.all,
            access: feeds.access,
            store,
            mail,
        };
        // With errors, a feed may be missing only because of one of them.
        if config.feeds.is_empty() && !report.has_errors() {
            report.warning(Place::whole(0), "there is no feed to watch").hint(
                "write a `[[feed]]` with `url = \"…\"`; `wirewatch feeds discover URL` finds the feeds of a site",
            );
        }
        config
    }

    /// The one section of a name, with the keys that any file sets.
    fn merged(&self, key: &str, schema: &'static Schema, report: &mut Report) -> Section<'d> {
        let mut section = Section::absent(schema, Place::whole(0));
        for value in self.roots.iter().filter_map(|root| root.get(key)) {
            if let Some(entries) = value.table(report) {
                section.add(entries, report);
            }
        }
        section
    }

    /// The sections of a name that may stand many times, in the order of the files.
    fn items(&self, key: &str, schema: &'static Schema, report: &mut Report) -> Vec<Section<'d>> {
        let mut sections = Vec::new();
        for value in self.roots.iter().filter_map(|root| root.get(key)) {
            for (entries, place) in value.tables(report) {
                sections.push(Section::read(schema, entries, place, report));
            }
        }
        sections
    }
}
