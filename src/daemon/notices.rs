//! What the operator should know of a look: notices that it opens, counts once more, or ends.

use std::time::Duration;

use crate::detect::{self, FoundVersion, Known};
use crate::model::{FoundNotice, NoticeKind, Sightings, Subject, Timestamp};
use crate::store::{CheckOutcome, ClaimedArticle};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Articles that are missing are looked at once a day in the end.
const MISSING_LASTS: Duration = Duration::from_secs(36 * 60 * 60);

/// The page goes to and fro, if this look showed it.
pub(super) fn alternating(article: &ClaimedArticle, sightings: &Sightings, now: Timestamp) -> Option<FoundNotice> {
    let text = detect::alternation(sightings, now)?;
    Some(FoundNotice {
        kind: NoticeKind::Alternating,
        subject: Subject::Article(article.id),
        text,
        since: None,
        lasts: DAY,
    })
}

/// The article is revised all the time.
pub(super) fn braked(article: &ClaimedArticle) -> FoundNotice {
    FoundNotice {
        kind: NoticeKind::Braked,
        subject: Subject::Article(article.id),
        text: "it is revised so often that it is stored once an hour and mailed once a day".to_owned(),
        since: None,
        lasts: DAY,
    }
}

/// The site changed many of its pages at once.
pub(super) fn site_change(article: &ClaimedArticle, found: &FoundVersion) -> Option<FoundNotice> {
    let text = found.site_change.clone()?;
    Some(FoundNotice { kind: NoticeKind::SiteChange, subject: host(article)?, text, since: None, lasts: DAY })
}

/// Hardly a page of the site is there any more.
pub(super) fn site_missing(article: &ClaimedArticle, error: &str, articles: u32) -> Option<FoundNotice> {
    let text = format!(
        "{articles} of its articles went missing together ({error}), so the site is broken or has moved; none is told as \
         taken down until others are there again"
    );
    Some(FoundNotice {
        kind: NoticeKind::SiteMissing,
        subject: host(article)?,
        text,
        since: None,
        lasts: MISSING_LASTS,
    })
}

/// The notices that this look shows to be over.
pub(super) fn ended(
    article: &ClaimedArticle,
    known: &Known<'_>,
    outcome: &CheckOutcome,
    now: Timestamp,
) -> Vec<(NoticeKind, Subject)> {
    let mut ended = Vec::new();
    if article.surroundings.is_braked && !detect::is_braked(known, now) {
        ended.push((NoticeKind::Braked, Subject::Article(article.id)));
    }
    let is_there = !matches!(
        outcome,
        CheckOutcome::Failed { .. } | CheckOutcome::Unreached | CheckOutcome::Unfit { .. } | CheckOutcome::Gone { .. }
    );
    let looks = &article.surroundings.host;
    if is_there && looks.is_noticed && !detect::is_host_missing(looks) {
        ended.extend(host(article).map(|host| (NoticeKind::SiteMissing, host)));
    }
    ended
}

fn host(article: &ClaimedArticle) -> Option<Subject> {
    let link = article.link.as_ref()?;
    Some(Subject::Host(link.host_str()?.to_owned()))
}
