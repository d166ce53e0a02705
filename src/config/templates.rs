//! `templates` in `[mail]`: the user's own subject and bodies, tried with a sample of each kind of mail.

use std::path::PathBuf;

use super::files::{Files, reason, resolve};
use super::keys::TEMPLATES;
use super::reader::{Section, Text};
use super::report::Report;
use super::source::Place;
use super::values;
use crate::email::{Part, Sender, TemplateError, Templates};
use crate::model::Timestamp;

/// Where the source of a template stands, so that its lines can be named.
struct Origin {
    part: Part,
    place: Place,
    is_file: bool,
}

/// Reads `templates`. With an error in one there is none.
pub(super) fn templates(mail: &Section<'_>, from: &str, files: &dyn Files, report: &mut Report) -> Templates {
    let Some(value) = mail.get("templates") else { return Templates::default() };
    let Some(entries) = value.as_table() else {
        value.reject_type("a table with `subject`, `text_file` or `html_file`", report);
        return Templates::default();
    };
    let section = Section::read(&TEMPLATES, entries, value.place, report);
    let (mut origins, mut sources) = (Vec::new(), Vec::new());
    if let Some(subject) = section.text("subject", report) {
        origins.push(Origin { part: Part::Subject, place: subject.place, is_file: false });
        sources.push((Part::Subject, subject.text.to_owned()));
    }
    for (key, part) in [("text_file", Part::Text), ("html_file", Part::Html)] {
        let Some((place, source)) = section.text(key, report).and_then(|path| read(path, files, report)) else {
            continue;
        };
        origins.push(Origin { part, place, is_file: true });
        sources.push((part, source));
    }
    // What a sample says of times and senders changes nothing in whether it can be rendered.
    let sender = Sender::plain(from, chrono_tz::Tz::UTC);
    match Templates::new(sources, &sender, Timestamp::from_millis(1_795_355_999_000)) {
        Ok(templates) => templates,
        Err(errors) => {
            errors.iter().for_each(|error| complain(error, &origins, report));
            Templates::default()
        }
    }
}

/// The template and the file that it stands in.
fn read(path: Text<'_>, files: &dyn Files, report: &mut Report) -> Option<(Place, String)> {
    let typed = path.parse(report, |text| values::path(text).map(str::to_owned))?;
    let file: PathBuf = resolve(report.source(path.place.source).folder(), &typed);
    match files.read(&file) {
        Ok(source) => Some((Place::whole(report.add_source(file, source.clone())), source)),
        Err(error) => {
            let why = reason(&error);
            report.error(path.place, format!("the template `{}` cannot be read: {why}", file.display()));
            None
        }
    }
}

fn complain(error: &TemplateError, origins: &[Origin], report: &mut Report) {
    let Some(origin) = origins.iter().find(|origin| origin.part == error.part) else { return };
    let source = origin.place.source;
    let place = match error.line {
        Some(line) if origin.is_file => Place::new(source, report.source(source).line_span(line)),
        _ => origin.place,
    };
    let part = error.part.name();
    report
        .error(place, format!("the template for the {part} of a mail fails: {}", error.message))
        .hint("docs/templates.md lists what a template can say");
}
