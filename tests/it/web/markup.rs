//! Reads a page as strictly as its makers should write it.

use std::collections::BTreeSet;

/// Elements without an end.
const VOID: [&str; 6] = ["br", "img", "input", "link", "meta", "hr"];

/// What a page is made of, once it is known to be well-formed and without anything that a browser would act on.
#[derive(Debug, Default)]
pub struct Page {
    /// Where its links and forms lead, without fragments.
    pub links: BTreeSet<String>,
    /// Its words, one blank between two elements.
    pub words: String,
}

/// Reads a page, or says what is wrong with it.
pub fn read(html: &str) -> Result<Page, String> {
    let mut page = Page::default();
    let mut open: Vec<&str> = Vec::new();
    let (mut ids, mut named): (BTreeSet<String>, Vec<String>) = Default::default();
    let mut headings = 0;
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        page.words.push_str(text);
        page.words.push(' ');
        // A `>` in a value is written as an entity by our pages, so the first one ends the tag.
        let end = tag.find('>').ok_or_else(|| format!("a tag without end: {tag:.60}"))?;
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            let last = open.pop();
            if last != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
            continue;
        }
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        if matches!(name, "script" | "style" | "iframe" | "object" | "embed" | "base" | "img") {
            return Err(format!("<{name}> stands there"));
        }
        headings += usize::from(name == "h1");
        for (attribute, value) in read_attributes(attributes)? {
            match attribute {
                "id" if !ids.insert(value.to_owned()) => return Err(format!("two elements are `{value}`")),
                "style" => return Err(format!("<{name}> has a style of its own")),
                "for" | "aria-labelledby" | "aria-describedby" => named.extend(value.split(' ').map(str::to_owned)),
                "href" | "action" => _ = page.links.insert(link(value)?),
                _ if attribute.starts_with("on") => return Err(format!("<{name}> has a handler: {attribute}")),
                _ => {}
            }
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    if !open.is_empty() {
        return Err(format!("never closed: {open:?}"));
    }
    if let Some(missing) = named.iter().find(|id| !ids.contains(*id)) {
        return Err(format!("no element is `{missing}`"));
    }
    if headings != 1 {
        return Err(format!("{headings} main headings"));
    }
    Ok(page)
}

/// `name="value"` one behind the other; names alone have no value.
fn read_attributes(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut read = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let value = match behind.strip_prefix("=\"") {
            Some(quoted) => {
                let (value, behind) = quoted.split_once('"').ok_or_else(|| format!("no end of a value: {text}"))?;
                rest = behind.trim_start();
                value
            }
            None if behind.starts_with('=') => return Err(format!("a value without quotation marks: {text}")),
            None => {
                rest = behind.trim_start();
                ""
            }
        };
        read.push((name, value));
    }
    Ok(read)
}

fn link(value: &str) -> Result<String, String> {
    let value = value.replace("&amp;", "&");
    let is_ours = value.starts_with('/') && !value.starts_with("//");
    let is_web = value.starts_with("https://") || value.starts_with("http://");
    match is_ours || is_web || value.starts_with('#') {
        true => Ok(value.split('#').next().unwrap_or_default().to_owned()),
        false => Err(format!("a link to {value}")),
    }
}
