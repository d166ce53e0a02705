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
        let filter = ArticleFilter { limit: Some(SAMPLE), ..ArticleFilter::default() };
        let sample = match self.store.stored_articles(filter).await {
            Ok(sample) => sample,
            Err(StoreError::Closed) => return Err(StoreError::Closed),
            // Filing is a matter of speed alone: the watch goes on.
            Err(error) => {
                warn!("rules stay filed as they are, since the stored texts cannot be read: {error}");
                return Ok(());
            }
        };
        let articles = sample.len();
        let filed = self.compute(move || rules.filed_by(&frequencies(&sample))).await;
        match filed {
            Ok(filed) => setup.file(filed),
            Err(panic) => warn!("rules stay filed as they are: {panic}"),
        }
        debug!(articles, "filed the rules by the words of what is watched");
        Ok(())
    }
}

fn frequencies(sample: &[StoredArticle]) -> Frequencies {
    let mut frequencies = Frequencies::default();
    for article in sample {
        let Some(latest) = &article.latest else { continue };
        let about = About { url: &article.row.url, feeds: &article.feeds, event: None, change: None };
        frequencies.learn(&Subject::new(&latest.text, &about));
    }
    frequencies
}
