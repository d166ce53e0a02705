//! Every key that the configuration knows, section by section.

/// A section and its keys.
#[derive(Debug)]
pub(super) struct Schema {
    /// As people write it: `[mail]`, `[[feed]]`.
    pub title: &'static str,
    pub keys: &'static [&'static str],
}

impl Schema {
    /// The section at the end of a sentence: "in [[feed]]".
    pub fn place(&self) -> String {
        match self.title {
            "" => "at the top level".to_owned(),
            title => format!("in {title}"),
        }
    }
}

pub(super) const ROOT: Schema = Schema {
    title: "",
    keys: &[
        "timezone",
        "include",
        "opml",
        "store",
        "poll",
        "pages",
        "feed",
        "rule",
        "recipient",
        "mail",
        "sets",
        "site",
        "web",
    ],
};
pub(super) const STORE: Schema = Schema { title: "[store]", keys: &["path", "keep_pages", "retention"] };
pub(super) const POLL: Schema = Schema {
    title: "[poll]",
    keys: &[
        "schedule",
        "concurrency",
        "per_host_interval",
        "timeout",
        "initial",
        "max_body",
        "contact",
        "websub",
        "allow_private_addresses",
        "proxy",
    ],
};
pub(super) const PAGES: Schema = Schema { title: "[pages]", keys: &["follow", "recheck", "confirm", "robots"] };
pub(super) const FEED: Schema = Schema {
    title: "[[feed]]",
    keys: &[
        "name",
        "url",
        "schedule",
        "tags",
        "follow",
        "enabled",
        "headers",
        "user",
        "password",
        "password_file",
        "token",
        "token_file",
        "cookie",
        "cookie_file",
        "proxy",
        "client_certificate",
    ],
};
pub(super) const RULE: Schema =
    Schema { title: "[[rule]]", keys: &["name", "match", "feeds", "on", "min_severity", "to", "urgent"] };
pub(super) const RECIPIENT: Schema = Schema {
    title: "[[recipient]]",
    keys: &["name", "email", "webhook", "ntfy", "deliver", "settle", "update_interval", "quiet"],
};
/// `dkim = { … }`
pub(super) const DKIM: Schema = Schema { title: "a DKIM signature", keys: &["domain", "selector", "key_file"] };
/// `[mail.templates]`
pub(super) const TEMPLATES: Schema = Schema { title: "[mail.templates]", keys: &["subject", "text_file", "html_file"] };
/// `webhook = { … }`
pub(super) const WEBHOOK: Schema = Schema { title: "a webhook", keys: &["url", "secret", "secret_file"] };
/// `ntfy = { … }`
pub(super) const NTFY: Schema = Schema { title: "an ntfy address", keys: &["url", "token", "token_file"] };
pub(super) const MAIL: Schema = Schema {
    title: "[mail]",
    keys: &[
        "from",
        "smtp",
        "password",
        "password_file",
        "oauth_token_file",
        "maildir",
        "max_per_hour",
        "operator",
        "dkim",
        "templates",
    ],
};
pub(super) const SITE: Schema = Schema {
    title: "[[site]]",
    keys: &[
        "host",
        "text",
        "headline",
        "remove",
        "cookies",
        "headers",
        "user",
        "password",
        "password_file",
        "token",
        "token_file",
        "cookie",
        "cookie_file",
        "proxy",
        "client_certificate",
    ],
};
pub(super) const WEB: Schema = Schema { title: "[web]", keys: &["listen", "public_url", "password", "password_file"] };
/// `password = { … }`
pub(super) const SECRET: Schema = Schema { title: "a password", keys: &["credential", "env"] };

const SCHEMAS: [&Schema; 15] = [
    &ROOT, &STORE, &POLL, &PAGES, &FEED, &RULE, &RECIPIENT, &MAIL, &SITE, &WEB, &SECRET, &DKIM, &TEMPLATES, &WEBHOOK,
    &NTFY,
];

/// Keys whose values are shown nowhere. Of a webhook and an ntfy topic the address itself is the key to it.
const SECRETS: [&str; 9] = ["password", "headers", "cookie", "cookies", "secret", "token", "webhook", "ntfy", "proxy"];

/// Parts of words that stand for a secret in the keys of people and other programs.
const SECRET_PARTS: [&str; 9] =
    ["passw", "passphrase", "secret", "token", "cookie", "authoriz", "api_key", "api-key", "apikey"];

/// What some write for a key of ours.
const OTHER_WORDS: [(&str, &str); 11] = [
    ("username", "user"),
    ("bearer", "token"),
    ("certificate", "client_certificate"),
    ("query", "match"),
    ("keywords", "match"),
    ("cron", "schedule"),
    ("interval", "schedule"),
    ("address", "email"),
    ("mail", "email"),
    ("recipients", "to"),
    ("selector", "text"),
];

/// Every key with the section it stands in.
pub fn known_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCHEMAS.into_iter().flat_map(|schema| schema.keys.iter().map(|key| (schema.title, *key)))
}

/// Whether the value under such a key, perhaps misspelt, must not be shown.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    if SECRETS.contains(&key.as_str()) {
        return true;
    }
    if known_keys().any(|(_, known)| known == key) {
        return false;
    }
    SECRET_PARTS.iter().any(|part| key.contains(part))
        || SECRETS.iter().any(|secret| strsim::jaro_winkler(secret, &key) > 0.85)
}

/// What to write in place of a key that the section does not know.
pub(super) fn suggest_key(schema: &Schema, unknown: &str) -> Option<String> {
    let folded = unknown.to_ascii_lowercase().replace('-', "_");
    let meant = OTHER_WORDS.iter().find(|(other, key)| *other == folded && schema.keys.contains(key));
    if let Some(key) = meant.map(|(_, key)| *key).or_else(|| nearest(&folded, schema.keys.iter().copied())) {
        return Some(format!("did you mean `{}`?", header_of(key).filter(|_| schema.title.is_empty()).unwrap_or(key)));
    }
    let homes: Vec<&str> = SCHEMAS
        .into_iter()
        .filter(|other| other.keys.contains(&folded.as_str()) && other.title.starts_with('['))
        .map(|other| other.title)
        .collect();
    (!homes.is_empty()).then(|| format!("`{folded}` belongs in {}", homes.join(" or ")))
}

/// How a section is opened: `feed` by `[[feed]]`.
fn header_of(key: &str) -> Option<&'static str> {
    SCHEMAS.into_iter().map(|schema| schema.title).find(|title| title.trim_matches(['[', ']']) == key)
}

/// The candidate that a misspelt word most likely stands for.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let folded = word.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
