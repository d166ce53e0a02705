//! Subject and bodies: ours, or what the user's templates make in their place. Both are held to one size.

use minijinja::Value;

use super::letter::{Draft, Letter};
use super::story::Setting;
use super::template::{Part, TemplateError};
use super::values::Values;
use super::{header, html, plain};
use crate::model::Delivery;

/// Both bodies as they travel, in bytes, so that the whole message stays under 100 KB (Gmail clips at 102).
const MAX_BODIES: usize = 92_000;
/// A subject that a template makes, in characters.
const MAX_SUBJECT: usize = 200;

/// What stands in a mail, and the templates that could not be used for it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub problems: Vec<TemplateError>,
}

/// The fullest mail that fits. A template that fails is left out: there is always a mail.
pub(super) fn write(delivery: &Delivery, setting: Setting) -> Written {
    let letter = Letter::of(delivery);
    let templates = &setting.sender.templates;
    // A thread keeps its first subject, by which mail programs hold it together.
    let is_asked = |part: &Part| templates.has(*part) && (*part != Part::Subject || delivery.thread.is_none());
    let mut parts: Vec<Part> = Part::ALL.into_iter().filter(is_asked).collect();
    let mut problems = Vec::new();
    loop {
        match attempt(delivery, setting, &letter, &parts) {
            Ok(written) => return Written { problems, ..written },
            Err(problem) => {
                parts.retain(|part| *part != problem.part);
                problems.push(problem);
            }
        }
    }
}

/// The fullest mail that fits, with the templates of these parts; the first problem where one of them fails.
fn attempt(
    delivery: &Delivery,
    setting: Setting,
    letter: &Letter<'_>,
    parts: &[Part],
) -> Result<Written, TemplateError> {
    let mut last = Written::default();
    for draft in letter.drafts(setting) {
        last = drawn(delivery, setting, &draft, parts)?;
        if travelling(&last.text) + travelling(&last.html) <= MAX_BODIES {
            return Ok(last);
        }
    }
    let largest = [(Part::Text, &last.text), (Part::Html, &last.html)].into_iter();
    let largest = largest.filter(|(part, _)| parts.contains(part)).max_by_key(|(_, body)| travelling(body));
    match largest {
        Some((part, body)) => Err(part.fails(format!("it makes {} KB, and a mail has 90", travelling(body) / 1000))),
        None => Ok(last),
    }
}

fn drawn(
    delivery: &Delivery,
    setting: Setting,
    draft: &Draft<'_, '_>,
    parts: &[Part],
) -> Result<Written, TemplateError> {
    let (text, html) = (plain::render(&draft.document), html::render(&draft.document));
    let subject = header::subject(delivery);
    if parts.is_empty() {
        return Ok(Written { subject, text, html, problems: Vec::new() });
    }
    let values = Values::of(delivery, draft, setting);
    let render = |part: Part, ours: String, body: Value| match parts.contains(&part) {
        true => setting.sender.templates.render(part, &values, body).unwrap_or(Ok(ours)),
        false => Ok(ours),
    };
    let made = render(Part::Subject, subject, Value::from(text.clone()))?;
    let subject = if parts.contains(&Part::Subject) { header::one_line(&made, MAX_SUBJECT) } else { made };
    if subject.is_empty() {
        return Err(Part::Subject.fails("it makes an empty text".to_owned()));
    }
    let body = Value::from_safe_string(html.clone());
    Ok(Written {
        subject,
        text: plain::lines(&render(Part::Text, text.clone(), Value::from(text))?),
        html: render(Part::Html, html, body)?,
        problems: Vec::new(),
    })
}

/// The size of a text as quoted-printable: three bytes for each that is not ASCII or is `=`, a soft break each 76.
fn travelling(text: &str) -> usize {
    let bytes: usize = text.bytes().map(|byte| if byte.is_ascii() && byte != b'=' { 1 } else { 3 }).sum();
    bytes + bytes / 70 * 3
}
