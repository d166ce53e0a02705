//! The fields of a form, as browsers and mail programs send them.

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

/// Parts of a form that are looked at.
const MOST_FIELDS: usize = 20;

/// The fields of `application/x-www-form-urlencoded` or `multipart/form-data` (RFC 7578), at most 20. Of anything else, and of
/// what cannot be read, there are none.
pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Vec<(String, String)> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => form_urlencoded::parse(body).take(MOST_FIELDS).map(owned).collect(),
        "multipart/form-data" => boundary(parameters).map(|boundary| parts(&boundary, body)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn owned((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

/// The line between two parts, without its end.
fn boundary(parameters: &str) -> Option<String> {
    let named = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    };
    parameters
        .split(';')
        .find_map(named)
        .filter(|boundary| !boundary.is_empty())
        .map(|boundary| format!("--{boundary}"))
}

fn parts(boundary: &str, body: &[u8]) -> Vec<(String, String)> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    // Before the first boundary stands nothing, behind the last one `--`.
    text.split(boundary).skip(1).take(MOST_FIELDS).filter_map(part).collect()
}

/// `\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n`
fn part(part: &str) -> Option<(String, String)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let named = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("name").then(|| value.trim().trim_matches('"').to_owned())
    };
    let name = disposition.split(';').find_map(named)?;
    Some((name, value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(content_type: &'static str, body: &str) -> Vec<(String, String)> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        fields(&headers, body.as_bytes())
    }

    #[test]
    fn a_form_is_read_in_both_of_its_ways() {
        let asked = [("List-Unsubscribe".to_owned(), "One-Click".to_owned())];
        assert_eq!(read("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"), asked);
        assert_eq!(read("Application/X-WWW-Form-Urlencoded; charset=utf-8", "List%2DUnsubscribe=One-Click"), asked);
        let body = "--x1\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x1--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x1", body), asked);
        assert_eq!(read("multipart/form-data; charset=utf-8; boundary=\"x1\"", body), asked);
    }

    #[test]
    fn what_is_no_form_has_no_fields() {
        for (content_type, body) in [
            ("text/plain", "List-Unsubscribe=One-Click"),
            ("", "List-Unsubscribe=One-Click"),
            ("multipart/form-data", "--\r\n\r\n"),
            ("multipart/form-data; boundary=", "--\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"),
            ("multipart/form-data; boundary=x", "--x\r\n\r\nno name\r\n--x--"),
            ("multipart/form-data; boundary=x", "--x--"),
            ("application/x-www-form-urlencoded", ""),
        ] {
            assert_eq!(read(content_type, body), [], "{content_type} {body}");
        }
    }
}
