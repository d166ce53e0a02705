//! Which address is which article: one spelling for every address that names the same thing, and what it takes to
//! believe that two addresses do.

mod claims;
mod keys;
mod number;
mod percent;
mod recognition;
mod relation;
mod shape;
mod wrapped;

use std::collections::HashSet;
use std::sync::LazyLock;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Keys longer than this are hashed in [`of_entry`], so that an address stays below every limit on its length.
const MAX_KEY_BYTES: usize = 512;

pub use claims::{Refusal, Ruling, Strength, Witness, has_same_text, rulings};
pub use keys::{Basis, KeyPolicy, heading};
pub use recognition::{Bearing, Resemblance, Sight, Verdict, bearing};
pub use relation::{Relation, kin_key, names_other_id, relation};
pub use shape::{Gate, gate, is_front, is_part_of};
pub use wrapped::unwrapped;

use shape::MADE_UP;

/// The identity of an article's address.
///
/// The publisher's own address where a service that counts clicks, or an AMP cache, carries it inside its own. Scheme
/// and host in lower case, international names in punycode, no default port, credentials or session, no parameters of
/// [tracking](https://en.wikipedia.org/wiki/UTM_parameters), no empty query, percent-encoding in one spelling
/// (RFC 3986 §6.2.2). What is left of the query keeps its order. The fragment goes, unless a script reads it as the
/// address of a page (`#!/story/1`, `#/story/1`). Variants that only experience can tell to be the same (http and
/// https, `www.`, AMP) stay different here.
pub fn normalise(url: &Url) -> Url {
    let url = &*unwrapped(url);
    let mut identity = url.clone();
    if identity.cannot_be_a_base() {
        identity.set_fragment(None);
        return identity;
    }
    let fragment = url.fragment().filter(|fragment| is_route(fragment)).map(percent::normalised);
    identity.set_fragment(fragment.as_deref());
    // These fail only for addresses that cannot carry credentials, and then there is nothing to drop.
    let _ = identity.set_username("");
    let _ = identity.set_password(None);
    drop_final_dot(&mut identity);

    let path = without_session(&percent::normalised(url.path()));
    identity.set_path(&path);
    let query = url.query().and_then(kept_query);
    identity.set_query(query.as_deref());
    identity
}

/// An address for an entry without a usable link: the feed's own without its query and credentials, with the entry's
/// key as fragment.
///
/// [`normalise`] would drop the fragment; this is an identity already.
pub fn of_entry(feed: &Url, key: &str) -> Url {
    let mut address = feed.clone();
    let name = short_name(key);
    let _ = address.set_username("");
    let _ = address.set_password(None);
    // A query may hold the reader's token, and this address is shown and mailed; what it told apart still is.
    let query = address.query().map(|query| blake3::hash(query.as_bytes()).to_hex()[..8].to_owned());
    address.set_query(None);
    let apart = query.map(|digest| format!("{digest}-")).unwrap_or_default();
    address.set_fragment(Some(&format!("{MADE_UP}{apart}{name}")));
    address
}

/// An address for an entry that shares its page with others: the page's, with a name of its own in it as fragment.
///
/// Like that of [`of_entry`], an identity already.
pub fn of_part(page: &Url, name: &str) -> Url {
    let mut address = page.clone();
    address.set_fragment(Some(&format!("{MADE_UP}{}", short_name(name))));
    address
}

fn short_name(key: &str) -> String {
    if key.len() <= MAX_KEY_BYTES {
        utf8_percent_encode(key, NON_ALPHANUMERIC).to_string()
    } else {
        blake3::hash(key.as_bytes()).to_hex().to_string()
    }
}

/// The host without `www.`, for people and for the `site:` field; empty when the address has none.
pub fn site(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// `example.org.` names the same host as `example.org`.
fn drop_final_dot(url: &mut Url) {
    let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) else { return };
    if !host.is_empty() && !host.ends_with('.') {
        let _ = url.set_host(Some(&host));
    }
}

/// Whether a fragment names a page of a site that is one script: `!…` (the crawlers' hash-bang) or a path.
fn is_route(fragment: &str) -> bool {
    fragment.len() > 1 && !fragment.contains(":~:") && (fragment.starts_with('!') || fragment.starts_with('/'))
}

/// Drops `;jsessionid=…` and its kin, which servlets write behind a path.
fn without_session(path: &str) -> String {
    const SESSIONS: [&str; 3] = [";jsessionid=", ";phpsessid=", ";sid="];
    let lower = path.to_ascii_lowercase();
    let Some(at) = SESSIONS.iter().filter_map(|session| lower.find(session)).min() else { return path.to_owned() };
    let end = path[at + 1..].find(['/', ';']).map_or(path.len(), |end| at + 1 + end);
    without_session(&(path[..at].to_owned() + &path[end..]))
}

fn kept_query(query: &str) -> Option<String> {
    let kept: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty() && !TRACKING.covers(pair)).map(percent::normalised).collect();
    if kept.is_empty() { None } else { Some(kept.join("&")) }
}

static TRACKING: LazyLock<Tracking> = LazyLock::new(|| Tracking::read(include_str!("tracking.txt")));

/// The parameters of `tracking.txt`.
struct Tracking {
    /// Names, and `name=value` pairs.
    exact: HashSet<&'static str>,
    prefixes: Vec<&'static str>,
}

impl Tracking {
    fn read(list: &'static str) -> Self {
        let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (prefixes, exact): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with('*'));
        Self {
            exact: exact.into_iter().collect(),
            prefixes: prefixes.into_iter().map(|prefix| prefix.trim_end_matches('*')).collect(),
        }
    }

    /// Whether `pair`, a `name=value` or a bare name as it stands in a query, is tracking.
    fn covers(&self, pair: &str) -> bool {
        let pair = percent::normalised(pair).to_ascii_lowercase();
        let name = pair.split('=').next().unwrap_or_default();
        self.exact.contains(name)
            || self.exact.contains(pair.as_str())
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}
