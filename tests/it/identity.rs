//! Which addresses name the same article.

use proptest::prelude::*;
use url::Url;
use wirewatch::identity::{self, Bearing, Refusal, Relation, Strength, Witness};
use wirewatch::model::{AliasKind, ArticleText, PageAddresses, Paragraph, Role};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn normalised(text: &str) -> String {
    identity::normalise(&url(text)).into()
}

#[test]
fn addresses_have_the_identity_that_is_listed() {
    for line in lines(include_str!("../fixtures/identity/addresses.txt")) {
        let (address, identity) = line.split_once(" -> ").unwrap();
        assert_eq!(normalised(address.trim()), identity.trim(), "{address}");
        assert_eq!(normalised(identity.trim()), identity.trim(), "an identity is its own");
    }
}

#[test]
fn addresses_are_related_as_is_listed() {
    for line in lines(include_str!("../fixtures/identity/relations.txt")) {
        let [relation, one, other] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (one, other) = (url(&normalised(one)), url(&normalised(other)));
        for (one, other) in [(&one, &other), (&other, &one)] {
            let found = match identity::relation(one, other) {
                Some(Relation::Variant) => "variant",
                Some(Relation::SameId) => "id",
                Some(Relation::SameSlug) => "slug",
                None if identity::names_other_id(one, other) => "other",
                None => "none",
            };
            assert_eq!(found, relation, "{line}");
        }
        if matches!(relation, "variant" | "id") {
            assert_eq!(identity::kin_key(&one), identity::kin_key(&other), "{line}");
        }
    }
}

#[test]
fn claims_are_weighed_as_is_listed() {
    let page = storm();
    for line in lines(include_str!("../fixtures/identity/claims.txt")) {
        let [own, kind, claim, verdict] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (own, claim) = (url(&normalised(own)), url(claim));
        let mut addresses = PageAddresses::default();
        let mut reached = own.clone();
        match kind {
            "redirect" => reached = claim,
            "canonical" => addresses.canonical = Some(claim),
            "og_url" => addresses.og_url = Some(claim),
            "amp" => addresses.amp = Some(claim),
            _ => panic!("{line}"),
        }
        let witness =
            Witness { own: &own, reached: &reached, addresses: &addresses, page: &page, before: None, before_at: None };
        let rulings = identity::rulings(&witness);
        assert_eq!(rulings.len(), 1, "{line}: {rulings:?}");
        let found = match rulings[0].ruling {
            Ok(Strength::Firm) => "firm",
            Ok(Strength::Plausible) => "plausible",
            Err(Refusal::OtherHost) => "other host",
            Err(Refusal::Front) => "front",
            Err(Refusal::Section) => "section",
            Err(Refusal::Gate) => "gate",
            Err(Refusal::OtherId) => "other id",
            Err(Refusal::Unlike) => "unlike",
        };
        assert_eq!(found, verdict, "{line}");
    }
}

#[test]
fn a_redirect_to_a_page_that_reads_as_before_is_believed() {
    let (own, reached) =
        (url("https://news.example/minister-resigns-over-loan"), url("https://news.example/moved-story"));
    let page = storm();
    let addresses = PageAddresses::default();
    let ruling = |before_at: Option<&Url>| {
        let before = Some(&page);
        let witness = Witness { own: &own, reached: &reached, addresses: &addresses, page: &page, before, before_at };
        identity::rulings(&witness)[0].ruling
    };
    assert_eq!(ruling(Some(&own)), Ok(Strength::Firm));
    assert_eq!(ruling(Some(&reached)), Err(Refusal::Unlike), "it led there before");
    assert_eq!(ruling(None), Err(Refusal::Unlike), "nor is it firm where that is not known");
    let elsewhere = url("https://news.example/live/storm-as-it-happened");
    assert_eq!(ruling(Some(&elsewhere)), Err(Refusal::Unlike), "and elsewhere before");
}

#[test]
fn a_page_behind_a_redirect_that_is_not_believed_may_claim_nothing() {
    let own = url("https://news.example/world/storm-hits-coast-123456");
    let addresses = PageAddresses {
        canonical: Some(url("https://news.example/front-page-of-the-day")),
        ..PageAddresses::default()
    };
    let page = storm();
    let front = url("https://news.example/");
    let witness =
        Witness { own: &own, reached: &front, addresses: &addresses, page: &page, before: None, before_at: None };
    let rulings = identity::rulings(&witness);
    assert_eq!(rulings.iter().map(|ruling| ruling.kind).collect::<Vec<_>>(), [AliasKind::Redirect]);
}

#[test]
fn addresses_lie_to_each_other_as_is_listed() {
    let parameters = |names: &[&str]| Bearing::Parameters(names.iter().map(|name| (*name).to_owned()).collect());
    let story = "https://news.example/a?id=7&t=1f";
    let cases = [
        (story, story, Bearing::Same),
        (story, "http://www.news.example/a?id=7&t=1f", Bearing::Variant),
        (story, "https://news.example/a?id=7&T=2b", parameters(&["t"])),
        (story, "https://news.example/a?id=7", parameters(&["t"])),
        (story, "https://news.example/a?id=8&t=2b", parameters(&["id", "t"])),
        (story, "https://news.example/b?id=7&t=1f", Bearing::Other),
        (story, "https://other.example/a?id=7&t=1f", Bearing::Other),
        ("https://news.example/storm-1234567", "https://news.example/flood-1234567", Bearing::Alike),
        (story, "https://news.example/feed#entry=7", Bearing::Nowhere),
    ];
    for (one, other, expected) in cases {
        let found = identity::bearing(&url(&normalised(one)), &url(other));
        assert_eq!(found, expected, "{one} {other}");
    }
}

fn storm() -> ArticleText {
    let says = [
        "A storm hit the coast of Brittany in the night, and dozens of people are missing, the prefecture said.",
        "Rescuers searched the harbours of the islands with helicopters while the sea was still rising at noon.",
        "The railway between the two towns stays closed until the water has gone down, its operator announced.",
    ];
    ArticleText {
        headline: Some("Storm hits the coast of Brittany, dozens missing".to_owned()),
        paragraphs: says
            .iter()
            .map(|text| Paragraph { role: Role::Paragraph, text: (*text).to_owned(), at: None })
            .collect(),
        ..ArticleText::default()
    }
}

fn lines(cases: &'static str) -> impl Iterator<Item = &'static str> {
    cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn variants_that_only_experience_can_tell_stay_different() {
    let same = "https://news.example/a";
    for other in
        ["http://news.example/a", "https://www.news.example/a", "https://news.example/a/", "https://news.example/amp/a"]
    {
        assert_ne!(normalised(same), normalised(other));
    }
}

#[test]
fn an_entry_without_a_link_has_an_address_in_its_feed() {
    let feed = url("https://user:secret@news.example/feed?format=rss");
    let address = identity::of_entry(&feed, "tag:news, 1 #2");
    assert_eq!(address.as_str(), "https://news.example/feed#entry=1ea2fd39-tag%3Anews%2C%201%20%232");
    assert_ne!(address, identity::of_entry(&feed, "tag:news, 1 #3"));
}

#[test]
fn a_long_key_gives_a_short_address() {
    let feed = url("https://news.example/feed");
    let (one, other) = ("x".repeat(100_000), format!("{}y", "x".repeat(100_000)));
    assert!(identity::of_entry(&feed, &one).as_str().len() < 200);
    assert_ne!(identity::of_entry(&feed, &one), identity::of_entry(&feed, &other));
}

#[test]
fn a_site_is_the_host_without_www() {
    assert_eq!(identity::site(&url("https://www.News.example:8080/a")), "news.example");
    assert_eq!(identity::site(&url("https://www2.news.example/")), "www2.news.example");
    assert_eq!(identity::site(&url("mailto:desk@news.example")), "");
}

proptest! {
    #[test]
    fn an_identity_is_its_own_identity(address in "https?://[a-zA-Z.:@]{1,12}/[ -~é]{0,40}") {
        if let Ok(address) = Url::parse(&address) {
            let once = identity::normalise(&address);
            prop_assert_eq!(&identity::normalise(&once), &once);
            let reread = Url::parse(once.as_str()).unwrap();
            prop_assert_eq!(reread, once);
        }
    }

    #[test]
    fn percent_signs_in_any_order_have_one_identity(path in "[%0-9A-Fa-f/?&=.]{0,30}") {
        let once = identity::normalise(&url(&format!("https://news.example/{path}")));
        prop_assert_eq!(&identity::normalise(&once), &once);
    }

    #[test]
    fn nothing_panics(address: String, key: String, path in "[a-z0-9%./?&=#!;-]{0,60}") {
        let other = url(&format!("https://news.example/{path}"));
        identity::kin_key(&other);
        identity::relation(&other, &url("https://www.news.example/a-123456"));
        if let Ok(address) = Url::parse(&address) {
            identity::relation(&address, &other);
            identity::gate(&address, &other);
            identity::site(&identity::normalise(&address));
            identity::of_entry(&address, &key);
        }
    }
}
