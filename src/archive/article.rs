//! One article, as it is told of.

use crate::model::{Mute, Muted, Timestamp};
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

/// The last step that the publisher made, from one version to the next. What was only read otherwise since is no part of it.
pub fn last_revision(history: &History) -> Option<(&VersionRow, &VersionRow)> {
    history.versions.windows(2).rev().find_map(|step| match step {
        [from, to] if !to.is_technical() => Some((from, to)),
        _ => None,
    })
}
