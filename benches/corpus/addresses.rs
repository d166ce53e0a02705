//! `addresses`: what is made of the addresses that pages claim, and which entries of a feed share one identity.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use anyhow::anyhow;
use url::Url;

use wirewatch::identity::{self, Ruling, Witness};
use wirewatch::{feed, model::FeedDocument};

use crate::Listing;
use crate::documents::{self, Document};
use crate::pages::{self, Page, STACK_BYTES};

pub fn measure(folder: &Path, listing: Listing) -> anyhow::Result<()> {
    let articles = folder.join("articles");
    let reader = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || pages::read_all(&articles))?;
    let pages = reader.join().map_err(|_| anyhow!("the extractor panicked"))??;
    print_claims(&pages, listing);
    print_entries(&documents::load(folder)?, listing)
}

fn print_claims(pages: &[Page], listing: Listing) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines: Vec<String> = Vec::new();
    for page in pages {
        let own = identity::normalise(&page.url);
        let Ok(reading) = &page.reading else { continue };
        let claims = &reading.addresses;
        for (name, claim) in [("canonical", &claims.canonical), ("og_url", &claims.og_url), ("amp", &claims.amp)] {
            let what = match claim {
                None => "missing",
                Some(url) if identity::normalise(url) == own => "the article's own",
                Some(_) => "another",
            };
            *counts.entry(format!("{name}: {what}")).or_default() += 1;
        }
        let witness =
            Witness { own: &own, reached: &own, addresses: claims, page: &reading.text, before: None, before_at: None };
        for Ruling { url, kind, ruling } in identity::rulings(&witness) {
            *counts.entry(format!("{kind:?} beside the own: {ruling:?}")).or_default() += 1;
            lines.push(format!("{} {kind:?} {ruling:?}\n    {own}\n    {url}", page.id));
        }
    }
    println!("{:9}  pages", pages.len());
    counts.iter().for_each(|(what, count)| println!("{count:9}  {what}"));
    if listing == Listing::Each {
        lines.iter().for_each(|line| println!("{line}"));
    }
}

fn print_entries(documents: &[Document], listing: Listing) -> anyhow::Result<()> {
    let (mut links, mut articles, mut kin, mut numbered) = (0, 0, 0, 0);
    let mut lines = Vec::new();
    let mut everywhere: BTreeMap<String, BTreeSet<Url>> = BTreeMap::new();
    for document in documents.iter().filter(|document| document.is_real()) {
        let address = document.address()?;
        let Ok(FeedDocument { entries, .. }) = feed::parse(&document.bytes, document.content_type(), &address) else {
            continue;
        };
        let mut by_identity: BTreeMap<Url, BTreeSet<Url>> = BTreeMap::new();
        for link in entries.iter().filter_map(|entry| entry.link.clone()) {
            links += 1;
            by_identity.entry(identity::normalise(&link)).or_default().insert(link);
        }
        articles += by_identity.len();
        let mut by_kin: BTreeMap<String, Vec<&Url>> = BTreeMap::new();
        for (identity, links) in &by_identity {
            if links.len() > 1 {
                lines.push(format!("{}: {identity} from {links:?}", document.file));
            }
            if let Some(key) = identity::kin_key(identity) {
                // Behind the publisher stands the number.
                numbered += usize::from(key.contains(' '));
                everywhere.entry(key.clone()).or_default().insert(identity.clone());
                by_kin.entry(key).or_default().push(identity);
            }
        }
        for (key, identities) in by_kin.into_iter().filter(|(_, identities)| identities.len() > 1) {
            kin += identities.len();
            let identities: Vec<&str> = identities.iter().map(|url| url.as_str()).collect();
            lines.push(format!("{}: kin `{key}`: {}", document.file, identities.join(" ")));
        }
    }
    for (key, identities) in everywhere.iter().filter(|(_, identities)| identities.len() > 1) {
        let identities: Vec<&str> = identities.iter().map(Url::as_str).collect();
        lines.push(format!("across feeds: kin `{key}`: {}", identities.join(" ")));
    }
    println!("{numbered:9}  identities of entries carry a publisher's number");
    println!(
        "{links:9}  links of real feeds, {articles} identities; {kin} of them could be one with another of their feed"
    );
    if listing == Listing::Each {
        lines.iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}
