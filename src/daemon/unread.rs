//! What a look has to note of a page that cannot be read, or not be believed.

use tracing::warn;

use crate::detect;
use crate::diff;
use crate::model::{ArticleText, Capture, Fitness, Quality};
use crate::store::{CheckOutcome, ClaimedArticle, SeenText, Trouble};

use super::Daemon;

impl Daemon {
    /// Whether what a page says is what other articles of its host say.
    pub(super) async fn repeated(
        &self,
        article: &ClaimedArticle,
        capture: &Capture,
        seen: SeenText,
    ) -> Option<Fitness> {
        if capture.fitness.quality != Quality::Good {
            return None;
        }
        match self.store.echoes(article.id, seen).await {
            Ok(echoes) => detect::repeated(article.latest.as_ref(), article.entry.as_ref(), capture, &echoes),
            Err(error) => {
                warn!(article = article.id.0, %error, "could not look for the same text on other articles");
                None
            }
        }
    }
}

/// What a page says, as it is looked for on other articles.
pub(super) fn seen_text(text: &ArticleText) -> SeenText {
    let headline = text.headline.as_deref().map(|headline| blake3::hash(diff::fold(headline).as_bytes()).into());
    SeenText { text: diff::fingerprint(&detect::body(text)), headline }
}

pub(super) fn trouble(fitness: Fitness) -> Trouble {
    Trouble { quality: Some(fitness.quality), reason: fitness.reason }
}

/// Why there is no page, where that is the outcome.
pub(super) fn in_the_way(outcome: &CheckOutcome) -> Option<Trouble> {
    match outcome {
        CheckOutcome::Unfit { fitness, .. } => Some(trouble(fitness.clone())),
        CheckOutcome::Failed { status, error, .. } => {
            let quality = matches!(status, Some(404 | 410)).then_some(Quality::NotFound);
            Some(Trouble { quality, reason: error.clone() })
        }
        _ => None,
    }
}
