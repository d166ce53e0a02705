//! The text of one field, gathered piece by piece in the form that the field's type announces.

use std::sync::Arc;

use url::Url;

use super::draft::{Field, Form, Term};
use super::scanner::Tag;
use super::vocabulary::Space;

/// Bounds on the text of a field; what is over is dropped.
const MAX_TEXT_BYTES: usize = 1_000_000;
const MAX_TITLE_BYTES: usize = 64 * 1024;
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// The attributes that say something we use, of any field.
const ATTRIBUTES: [&str; 7] = ["rel", "type", "href", "ispermalink", "term", "label", "src"];

/// Starts the field `term` at `tag`; `is_atom` when the element means what Atom says it does.
pub(super) fn begin(tag: &Tag<'_>, term: Term, space: Space, is_atom: bool, base: &Arc<Url>) -> Field {
    let mut field = Field::new(term, String::new(), base);
    field.form = form(tag, term, space, is_atom);
    for (name, value) in tag.attributes() {
        let known = ATTRIBUTES.iter().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known.filter(|known| value.len() <= MAX_VALUE_BYTES && field.attribute(known).is_none()) {
            field.attributes.push((known, value.into_owned()));
        }
    }
    field
}

/// The field once its end has come; `None` when it holds something other than text.
pub(super) fn finish(mut field: Field) -> Option<Field> {
    if field.form != Form::Base64 {
        return Some(field);
    }
    field.text = base64(&field.text).and_then(|bytes| String::from_utf8(bytes).ok())?;
    field.form =
        if field.attribute("type").is_some_and(|kind| kind.contains("html")) { Form::Html } else { Form::Plain };
    Some(field)
}

/// Adds text that stands in the field, or in markup in the field.
pub(super) fn append_text(field: &mut Field, text: &str) {
    if field.form == Form::Xhtml {
        append_escaped(field, text);
    } else {
        append(field, text);
    }
}

/// Adds the start (`opening` is `<`) or the end (`</`) of an element that stands in the field.
pub(super) fn append_markup(field: &mut Field, opening: &str, name: &str) {
    match field.form {
        Form::Plain if holds_prose(field.term) => {
            let text = std::mem::take(&mut field.text);
            field.form = Form::Xhtml;
            append_escaped(field, &text);
        }
        Form::Html | Form::Xhtml => {}
        Form::Plain | Form::Base64 => return,
    }
    // Half a tag would be read as text.
    if field.text.len() + opening.len() + name.len() < max_bytes(field.term) {
        field.text.push_str(opening);
        field.text.push_str(name);
        field.text.push('>');
    }
}

/// How the text of the element is to be read (RFC 4287 §3.1.1 and §4.1.3, and `mode` of Atom 0.3).
fn form(tag: &Tag<'_>, term: Term, space: Space, is_atom: bool) -> Form {
    if matches!(term, Term::Author | Term::Creator | Term::OtherAuthor) || space == Space::Xhtml {
        return Form::Xhtml;
    }
    if !holds_prose(term) {
        return Form::Plain;
    }
    if !is_atom || matches!(space, Space::Content | Space::DublinCore | Space::Media | Space::Podcast) {
        return Form::Html;
    }
    let media_type = tag.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    if tag.attribute("mode").is_some_and(|mode| mode.trim().eq_ignore_ascii_case("base64")) {
        return Form::Base64;
    }
    match media_type.as_str() {
        "" | "text" | "plain" => Form::Plain,
        "html" | "text/html" => Form::Html,
        "xhtml" | "xml" => Form::Xhtml,
        other if other.ends_with("+xml") || other.ends_with("/xml") => Form::Xhtml,
        other if other.contains('/') && !other.starts_with("text/") => Form::Base64,
        _ => Form::Plain,
    }
}

fn holds_prose(term: Term) -> bool {
    matches!(term, Term::Title | Term::OtherTitle | Term::Summary | Term::OtherSummary | Term::Content)
}

fn max_bytes(term: Term) -> usize {
    match term {
        Term::Summary | Term::OtherSummary | Term::Content => MAX_TEXT_BYTES,
        Term::Title | Term::OtherTitle => MAX_TITLE_BYTES,
        _ => MAX_VALUE_BYTES,
    }
}

fn append(field: &mut Field, text: &str) {
    let room = max_bytes(field.term).saturating_sub(field.text.len());
    field.text.push_str(&text[..text.floor_char_boundary(room)]);
}

fn append_escaped(field: &mut Field, text: &str) {
    let room = max_bytes(field.term).saturating_sub(field.text.len());
    escape_into(&mut field.text, &text[..text.floor_char_boundary(room)]);
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for symbol in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// Appends `text` to `out` so that it is text in XML and HTML.
pub(super) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(position) = rest.find(['&', '<', '>', '"']) {
        out.push_str(&rest[..position]);
        out.push_str(match rest.as_bytes()[position] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[position + 1..];
    }
    out.push_str(rest);
}
