//! One article, as it is told of.

use crate::diff;
use crate::model::{Change, Mute, Muted, Timestamp, Version};
use crate::store::{History, Store, StoreError, VersionRow};

/// The mutes in force on an article and on its feeds.
pub async fn mutes_of(store: &Store, history: &History, now: Timestamp) -> Result<Vec<Mute>, StoreError> {
    let mut mutes = store.mutes(now, false).await?;
    mutes.retain(|mute| match &mute.muted {
        Muted::Article { article, .. } => *article == history.article.id,
        Muted::Feed { name } => history.article.feeds.contains(name),
        Muted::Rule { .. } | Muted::Burst { .. } => false,
    });
    Ok(mutes)
}

/// The last step that the publisher made, from one version to the next that is shown still; one that leads from or to a
/// hidden version only where there is no other. What was only read otherwise since is no part of it.
pub fn last_revision(history: &History) -> Option<(&VersionRow, &VersionRow)> {
    let last_among = |rows: Vec<&'_ VersionRow>| {
        rows.windows(2).rev().find(|step| !step[1].is_technical()).map(|step| (step[0].number, step[1].number))
    };
    let shown = history.versions.iter().filter(|row| row.hidden.is_none()).collect();
    let (from, to) = last_among(shown).or_else(|| last_among(history.versions.iter().collect()))?;
    let row = |number: u32| history.versions.iter().find(|row| row.number == number);
    Some((row(from)?, row(to)?))
}

/// What lies between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    /// What the publisher changed; `None` where that is nothing.
    pub change: Option<Change>,
    /// Versions in between that were only read otherwise, where others are the publisher's: some of the words that differ
    /// are our reading's.
    pub read_otherwise: Vec<u32>,
}

/// What the publisher changed between two versions of an article.
pub async fn change_between(
    store: &Store,
    history: &History,
    (from, old): (&VersionRow, &Version),
    (to, new): (&VersionRow, &Version),
) -> Result<Between, StoreError> {
    let only = |change| Between { change, read_otherwise: Vec::new() };
    if from.number + 1 == to.number {
        return Ok(only(to.change.clone()));
    }
    let between = history.versions.iter().filter(|row| row.number > from.number && row.number <= to.number);
    let (technical, revised): (Vec<_>, Vec<_>) = between.partition(|row| row.is_technical());
    if technical.is_empty() {
        return Ok(only(diff::compare(&old.text, &new.text)));
    }
    if revised.is_empty() {
        return Ok(only(technical.first().and_then(|row| row.change.clone())));
    }
    let old = store.version_as_read_by(history.article.id, from.number, to.number).await?;
    let read_otherwise = technical.iter().map(|row| row.number).collect();
    Ok(Between { change: diff::compare(&old.text, &new.text), read_otherwise })
}
