//! Looks after feeds, sites, rules, queues and the disk now and then, and tells the operator what began and what ended.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::health::{self, Concerned, Judgement, MAX_RULES, Queue, QueueSigns, RuleSample, RuleSigns, SAMPLE, Signs};
use crate::model::Timestamp;
use crate::rule::{About, RuleSet, Subject};
use crate::store::{ArticleFilter, StoreError, StoredArticle, Telling, Warning};

use super::{Courier, Daemon};

const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);
const TELL_EVERY: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Polls that are so late are too late, although others are done.
const FAR_BEHIND: Duration = Duration::from_secs(6 * 60 * 60);

/// Whether the daemon is there all the time, so that work which waits can be expected to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    Steady,
    Once,
}

impl Daemon {
    /// Looks every ten minutes and tells what there is to tell, until `stop`.
    pub(super) async fn keep_healthy(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut looked_at: Option<Timestamp> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(TELL_EVERY) => {}
            }
            let now = self.clock.now();
            if looked_at.is_none_or(|at| now.since(at) >= LOOK_EVERY || at > now) {
                self.look_after(Watch::Steady).await?;
                looked_at = Some(now);
            }
            self.tell_of_bursts(Watch::Steady).await?;
            self.tell_operator(Watch::Steady).await?;
        }
    }

    /// Looks once at everything, and notes what began and what ended.
    pub(super) async fn look_after(&self, watch: Watch) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut signs = match self.store.signs(now).await {
            Ok(signs) => signs,
            // What cannot be read is told elsewhere; the watch goes on.
            Err(StoreError::Unreadable(what)) => {
                warn!(what, "cannot say how feeds and sites fare");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        signs.disk = self.disk.as_ref().map_or_else(|| self.store.disk(), |disk| Some(disk()));
        signs.is_offline = self.is_offline();
        if watch == Watch::Steady {
            signs.queues.extend(self.stuck_work(now).await?);
        }
        signs.rules = self.rule_signs(now).await?;
        self.note(&signs, now).await
    }

    async fn note(&self, signs: &Signs, now: Timestamp) -> Result<(), StoreError> {
        let judgement = health::judge(signs, now);
        if judgement == Judgement::default() {
            return Ok(());
        }
        for ended in judgement.ended.iter().filter(|ended| ended.text.is_some()) {
            info!(kind = ?ended.kind, subject = ?ended.subject, "{}", ended.text.as_deref().unwrap_or_default());
        }
        let found = judgement.found.clone();
        for place in self.store.record_health(judgement, now).await? {
            let Some(notice) = found.get(place) else { continue };
            warn!(kind = ?notice.kind, subject = ?notice.subject, "{}", notice.text);
        }
        Ok(())
    }

    /// Work that was due an hour ago while none of its kind was done since.
    async fn stuck_work(&self, now: Timestamp) -> Result<Vec<QueueSigns>, StoreError> {
        let (able_since, done) = {
            let state = self.seen.state();
            (state.able_since, [state.polled_at, state.looked_at])
        };
        if now.since(able_since) < HOUR {
            return Ok(Vec::new());
        }
        let waiting = self.store.waiting_since().await?;
        let queues = [Queue::Polls, Queue::Pages].into_iter().zip(waiting).zip(done);
        let stuck = queues.filter_map(|((queue, since), done_at)| {
            let late = now.since(since?);
            let is_idle = done_at.is_none_or(|at| now.since(at) >= HOUR);
            let is_stuck = (late >= HOUR && is_idle) || (late >= FAR_BEHIND && queue == Queue::Polls);
            is_stuck.then_some(QueueSigns { queue, waiting: None, since: since?, error: None })
        });
        Ok(stuck.collect())
    }

    /// What came of the rules, once a day.
    async fn rule_signs(&self, now: Timestamp) -> Result<Option<Vec<RuleSigns>>, StoreError> {
        let rules = self.setup().rules();
        if rules.len() > MAX_RULES {
            return Ok(None);
        }
        let Some((known, articles)) = self.store.rules_to_judge(now).await? else { return Ok(None) };
        let hash = |query: &str| {
            let mut first = [0; 8];
            first.copy_from_slice(&blake3::hash(query.as_bytes()).as_bytes()[..8]);
            i64::from_le_bytes(first)
        };
        let configured: Vec<(String, i64)> =
            rules.iter().map(|rule| (rule.name.to_owned(), hash(rule.query))).collect();
        let (new, gone) = health::changed_rules(&known, &configured, now);
        self.store.remember_rules(new, gone, now).await?;
        let names: Vec<String> = configured.into_iter().map(|(name, _)| name).collect();
        let alerts = self.store.last_alerts(names.clone()).await?;
        let samples = self.sampled(&rules).await?;
        let since = |name: &str| known.iter().find(|rule| rule.name == name).map_or(now, |rule| rule.since);
        let signs = names.iter().zip(alerts).enumerate().map(|(index, (name, last_alert))| RuleSigns {
            name: name.clone(),
            since: since(name),
            last_alert,
            articles,
            sample: samples.get(index).copied(),
        });
        Ok(Some(signs.collect()))
    }

    /// On how many of the latest articles each rule matches, in the order of the rules; nothing where they cannot be read.
    async fn sampled(&self, rules: &Arc<RuleSet>) -> Result<Vec<RuleSample>, StoreError> {
        let filter = ArticleFilter { limit: Some(SAMPLE), ..ArticleFilter::default() };
        let articles = match self.store.stored_articles(filter).await {
            Ok(articles) => articles,
            Err(StoreError::Unreadable(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let rules = Arc::clone(rules);
        Ok(self.compute(move || tried(&rules, &articles)).await.unwrap_or_default())
    }

    /// Tells of bursts whose alerts are held, at once: the operator, or the recipients concerned where there is none.
    pub(super) async fn tell_of_bursts(&self, watch: Watch) -> Result<(), StoreError> {
        let (setup, now) = (self.setup(), self.clock.now());
        let Courier::Mail(_) = &setup.courier else { return Ok(()) };
        for burst in self.store.untold_bursts(now).await? {
            if watch == Watch::Steady && !burst.is_gathered(now) {
                continue;
            }
            let unmute = setup.sender.command_line(&format!("unmute {}", burst.mute.0));
            let retry = setup.sender.command_line("alerts retry --held");
            let note = health::burst_letter(&burst, &unmute, &retry, setup.sender.zone);
            let mail = setup.outbox.channel.clone();
            let operator = setup.config.mail.operator.iter().map(|operator| Concerned {
                recipient: "operator".to_owned(),
                address: operator.clone(),
                channel: mail.clone(),
            });
            let mut to: Vec<Concerned> = operator.collect();
            if to.is_empty() {
                to = health::ways(burst.to, &mail);
            }
            let warnings = to.into_iter().map(|Concerned { recipient, address, channel }| Warning {
                note: note.clone(),
                channel,
                to: vec![(recipient, address)],
            });
            self.store.tell_of_burst(burst.notice, warnings.collect(), setup.outbox.host.clone(), now).await?;
            self.recorded();
        }
        Ok(())
    }

    /// Mails the operator what began and what ended, where there is one; what comes together goes into one mail.
    pub(super) async fn tell_operator(&self, watch: Watch) -> Result<(), StoreError> {
        let (setup, now) = (self.setup(), self.clock.now());
        let (Some(operator), Courier::Mail(_)) = (&setup.config.mail.operator, &setup.courier) else { return Ok(()) };
        let untold = self.store.untold(now).await?;
        // In a single run nothing more will come.
        if untold.is_empty() || (watch == Watch::Steady && !health::gathered(&untold, now)) {
            return Ok(());
        }
        let note = health::letter(&untold, &setup.sender.command_line("status"), setup.sender.zone, now);
        let to = vec![("operator".to_owned(), operator.clone())];
        let telling = Telling {
            told: untold.iter().map(|one| (one.id, one.part)).collect(),
            warning: Warning { note, channel: setup.outbox.channel.clone(), to },
            host: setup.outbox.host.clone(),
            now,
        };
        self.store.tell(telling).await?;
        self.recorded();
        Ok(())
    }
}

fn tried(rules: &RuleSet, articles: &[StoredArticle]) -> Vec<RuleSample> {
    let mut samples = vec![RuleSample { articles: 0, matched: 0 }; rules.len()];
    for article in articles {
        let Some(latest) = &article.latest else { continue };
        let about = About { url: &article.row.url, feeds: &article.feeds, event: None, change: None };
        samples.iter_mut().for_each(|sample| sample.articles += 1);
        for index in rules.which_match(&Subject::new(&latest.text, &about), &article.feeds) {
            samples[index].matched += 1;
        }
    }
    samples
}
