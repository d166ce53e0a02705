//! Files many rules by what is rare in what is really watched.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::rule::{About, Frequencies, Subject};
use crate::store::{ArticleFilter, StoreError, StoredArticle};

use super::Daemon;

/// How often the words are counted anew.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// So few rules are found quickly however they are filed.
const WORTH_WHILE: usize = 1_000;

/// Articles of which the words are counted.
const SAMPLE: u32 = 500;
/// Articles in memory at a time.
const PIECE: usize = 25;

impl Daemon {
    /// Counts words and files the rules by them: at the start, and every day.
    pub(super) async fn keep_filed(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        loop {
            self.file_rules().await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Files the rules by the words of the articles that changed last.
    pub(super) async fn file_rules(&self) -> Result<(), StoreError> {
        let setup = self.setup();
        let rules = setup.rules();
        if rules.len() < WORTH_WHILE {
            return Ok(());
        }
        let frequencies = match self.frequencies().await {
            Ok(frequencies) => frequencies,
            Err(StoreError::Closed) => return Err(StoreError::Closed),
            // Filing is a matter of speed alone: the watch goes on.
            Err(error) => {
                warn!("rules stay filed as they are, since the stored texts cannot be read: {error}");
                return Ok(());
            }
        };
        match self.compute(move || rules.filed_by(&frequencies)).await {
            Ok(filed) => setup.file(filed),
            Err(panic) => warn!("rules stay filed as they are: {panic}"),
        }
        debug!("filed the rules by the words of what is watched");
        Ok(())
    }

    /// Counts the words of the articles that changed last, a few articles at a time.
    async fn frequencies(&self) -> Result<Frequencies, StoreError> {
        let filter = ArticleFilter { limit: Some(SAMPLE), ..ArticleFilter::default() };
        let sample = self.store.select(filter, None).await?;
        let mut frequencies = Frequencies::default();
        for piece in sample.chunks(PIECE) {
            let articles = self.store.look_at(piece.to_vec(), |archived| archived.into_stored()).await?.seen;
            let counted = self.compute(move || {
                articles.iter().for_each(|article| learn(&mut frequencies, article));
                frequencies
            });
            frequencies = counted.await.unwrap_or_else(|panic| {
                warn!("the words of some articles cannot be counted: {panic}");
                Frequencies::default()
            });
        }
        Ok(frequencies)
    }
}

fn learn(frequencies: &mut Frequencies, article: &StoredArticle) {
    let Some(latest) = &article.latest else { return };
    let about = About { url: &article.row.url, feeds: &article.feeds, event: None, change: None };
    frequencies.learn(&Subject::new(&latest.text, &about));
}
