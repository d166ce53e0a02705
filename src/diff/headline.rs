//! The site's name at the end of a headline, which is not part of what the headline says.

use url::Url;

/// Words that end a headline after a dash and mean something.
const NEWS: [&str; 14] = [
    "live",
    "report",
    "reports",
    "police",
    "update",
    "updates",
    "video",
    "exclusive",
    "opinion",
    "analysis",
    "sources",
    "study",
    "officials",
    "poll",
];

/// Whether two headlines differ in a site's suffix only (`… | The Wire`, `… - Reuters`). Both are folded.
pub(super) fn differ_in_suffix_only(old: &str, new: &str, canonical: Option<&Url>) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let cut = |headline| stem(headline, canonical).map(lower);
    match (cut(old), cut(new)) {
        (Some(cut), _) if cut == lower(new) => true,
        (_, Some(cut)) if cut == lower(old) => true,
        // Two suffixes: few words after a bar may be half of the headline.
        (Some(one), Some(other)) => one == other && [old, new].iter().all(|headline| ends_in_site(headline, canonical)),
        _ => false,
    }
}

fn ends_in_site(headline: &str, canonical: Option<&Url>) -> bool {
    let suffix = headline.rsplit_once(" | ").or_else(|| headline.rsplit_once(" - ")).map_or("", |(_, suffix)| suffix);
    is_site(suffix.trim(), canonical)
}

/// The headline without its last part where that reads as a site's name.
fn stem<'h>(headline: &'h str, canonical: Option<&Url>) -> Option<&'h str> {
    let separators = [" | ", " - ", " · ", " » ", " : "];
    let (at, separator) =
        separators.iter().filter_map(|separator| Some((headline.rfind(separator)?, *separator))).max()?;
    let suffix = headline[at + separator.len()..].trim();
    let is_name = match separator {
        " | " => suffix.split_whitespace().count() <= 6 && !suffix.contains(char::is_numeric),
        _ => is_site(suffix, canonical),
    };
    let stem = headline[..at].trim_end();
    (is_name && !stem.is_empty()).then(|| stem_again(stem, canonical))
}

/// Sections stand before the name: `Headline | World | The Wire`.
fn stem_again<'h>(headline: &'h str, canonical: Option<&Url>) -> &'h str {
    if headline.contains(" | ") { stem(headline, canonical).unwrap_or(headline) } else { headline }
}

/// A name of the page's host, or up to five capitalised words that are no news.
fn is_site(suffix: &str, canonical: Option<&Url>) -> bool {
    let squeezed: String = suffix.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let host = canonical.and_then(Url::host_str).unwrap_or_default().replace(['-', '.'], "");
    if squeezed.len() >= 3 && host.contains(&squeezed) {
        return true;
    }
    let mut words = suffix.split_whitespace().filter(|word| !matches!(*word, "of" | "the" | "and" | "&"));
    let is_short = suffix.split_whitespace().count() <= 5 && !suffix.contains(char::is_numeric);
    let is_news = NEWS.contains(&suffix.to_lowercase().as_str());
    is_short && !is_news && !suffix.ends_with(['?', '!', '"']) && words.all(|word| word.starts_with(char::is_uppercase))
}
