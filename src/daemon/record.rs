//! Records a look at an article with all that follows from it, and tells of it.

use tracing::{debug, info, warn};

use crate::alert;
use crate::detect;
use crate::model::{ArticleId, Baseline};
use crate::store::{CheckOutcome, CheckRecord, ClaimedArticle, NewVersion, StoreError};

use super::check::{Checked, known};
use super::due::next_due;
use super::{Daemon, Happening, Setup, notices};

impl Daemon {
    pub(super) async fn record_check(
        &self,
        setup: &Setup,
        article: ClaimedArticle,
        checked: Checked,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let known = known(setup, &article);
        let is_braked = detect::is_braked(&known, now);
        let mut deliveries = alert::plan(&setup.outbox, &checked.alerts, baseline(&article, &checked), now);
        let mut found = checked.notices.clone();
        if is_braked && matches!(checked.outcome, CheckOutcome::Version(_)) {
            alert::once_a_day(&mut deliveries, &checked.alerts);
            found.push(notices::braked(&article));
        }
        let record = CheckRecord {
            article: article.id,
            token: article.token,
            now,
            next_due_at: tokio::task::block_in_place(|| next_due(setup, &article, &known, &checked, now)),
            outcome: checked.outcome.clone(),
            aliases: checked.aliases.clone(),
            sightings: checked.sightings.clone(),
            reader: checked.reader,
            lesson: checked.lesson.clone(),
            seen: checked.seen,
            trouble: checked.trouble.clone(),
            alerts: checked.alerts.clone(),
            deliveries,
            notices: found.clone(),
            ended: notices::ended(&article, &known, &checked.outcome, now),
        };
        let summary = self.store.record_check(record).await?;
        self.seen.state().looked_at = Some(now);
        self.recorded();
        for notice in summary.notices.iter().filter_map(|place| found.get(*place)) {
            warn!(article = article.id.0, url = %article.url, kind = ?notice.kind, subject = ?notice.subject, "{}", notice.text);
        }
        match summary.same_as {
            Some(older) => self.tell_of_joining(&article, older),
            None => self.tell_of_check(&article, checked),
        }
        Ok(())
    }

    fn tell_of_joining(&self, article: &ClaimedArticle, older: ArticleId) {
        let (id, url) = (article.id, article.url.clone());
        info!(article = id.0, url = %url, same_as = older.0, "article is one that is known by another address");
        self.happened(|| Happening::Looked { article: id, url, seen: format!("the same as article {}", older.0) });
    }

    fn tell_of_check(&self, article: &ClaimedArticle, checked: Checked) {
        let (id, url) = (article.id, article.url.clone());
        let rules: Vec<String> = checked.alerts.iter().map(|alert| alert.rule.clone()).collect();
        let seen = match checked.outcome {
            CheckOutcome::Version(NewVersion { version, change, .. }) => {
                info!(article = id.0, url = %url, version = version.number, alerts = rules.len(), "stored version");
                let (number, text) = (version.number, Box::new(version.text));
                self.happened(|| Happening::Stored { article: id, url, number, text, change, rules });
                return;
            }
            CheckOutcome::Unchanged { .. } => {
                debug!(article = id.0, url = %url, "article unchanged");
                "unchanged".to_owned()
            }
            CheckOutcome::Unreached => {
                debug!(article = id.0, url = %url, "could not reach article, as any other host");
                "not reached, as any other host".to_owned()
            }
            CheckOutcome::Unconfirmed { .. } => {
                debug!(article = id.0, url = %url, "page reads differently; looking again");
                "reads differently, looking again".to_owned()
            }
            CheckOutcome::Failed { error, .. } => {
                warn!(article = id.0, url = %url, error = %error, "could not read page");
                error
            }
            CheckOutcome::Unfit { fitness, .. } => {
                warn!(article = id.0, url = %url, quality = ?fitness.quality, reason = %fitness.reason, "page not fit to be read");
                fitness.reason
            }
            CheckOutcome::Gone { .. } => {
                info!(article = id.0, url = %url, alerts = rules.len(), "article is gone");
                "gone".to_owned()
            }
            CheckOutcome::Back { .. } => {
                info!(article = id.0, url = %url, alerts = rules.len(), "article is back");
                "back".to_owned()
            }
        };
        self.happened(|| Happening::Looked { article: id, url, seen });
    }
}

/// Another story at an address that was watched is news, however the address came to be known.
fn baseline(article: &ClaimedArticle, checked: &Checked) -> Baseline {
    match &checked.outcome {
        CheckOutcome::Version(new) if new.is_reused() => Baseline::News,
        _ => article.baseline,
    }
}
