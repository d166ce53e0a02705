//! The User-Agent: who asks, and where to complain.

use reqwest::header::HeaderValue;

/// Where the program is described, where whoever built it says so (`homepage` in Cargo.toml).
const HOMEPAGE: &str = env!("CARGO_PKG_HOMEPAGE");

/// `wirewatch/0.1.0 (+https://news.example.org/bot; desk@example.org)`, for `contact` as it is configured: web and mail
/// addresses, separated by commas. Web addresses come first, with the `+` by which crawlers mark theirs.
pub(super) fn user_agent(contact: Option<&str>) -> HeaderValue {
    let plain = concat!("wirewatch/", env!("CARGO_PKG_VERSION"));
    let named: Vec<&str> = contact.into_iter().flat_map(|contact| contact.split(',')).map(str::trim).collect();
    let is_web = |part: &&str| part.starts_with("http://") || part.starts_with("https://");
    let (mut web, others): (Vec<&str>, Vec<&str>) = named.into_iter().filter(|part| !part.is_empty()).partition(is_web);
    if web.is_empty() && !HOMEPAGE.is_empty() {
        web.push(HOMEPAGE);
    }
    let parts: Vec<String> =
        web.into_iter().map(|url| format!("+{url}")).chain(others.into_iter().map(str::to_owned)).collect();
    if parts.is_empty() {
        return HeaderValue::from_static(plain);
    }
    HeaderValue::from_str(&format!("{plain} ({})", parts.join("; "))).unwrap_or(HeaderValue::from_static(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_says_who_and_where() {
        let shown = |contact| user_agent(contact).to_str().map(str::to_owned).unwrap_or_default();
        let named = concat!("wirewatch/", env!("CARGO_PKG_VERSION"));
        assert!(shown(None).starts_with(named));
        for (contact, wanted) in [
            ("https://news.example.org/bot", "+https://news.example.org/bot"),
            ("https://a.example/bot, desk@a.example", "+https://a.example/bot; desk@a.example"),
            ("desk@a.example,https://a.example/bot,", "+https://a.example/bot; desk@a.example"),
        ] {
            assert_eq!(shown(Some(contact)), format!("{named} ({wanted})"));
        }
        assert!(shown(Some("desk@a.example")).ends_with("desk@a.example)"));
    }
}
