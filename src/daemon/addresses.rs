//! What a look at a page tells of its article's addresses, and whether it shows that article at all.

use url::Url;

use crate::extract;
use crate::fetch::{ACCEPT_PAGE, NamedBy, Request, Response};
use crate::identity::{self, Gate, Refusal, Relation, Ruling, Strength, Witness};
use crate::model::{AliasKind, ArticleId, ArticleText, Capture, Fitness, PageAddresses, Quality};
use crate::store::{ClaimedArticle, Kin, SeenAlias};

use super::sight::MAX_PAGE_BYTES;
use super::{Daemon, Setup};

/// Pages of other articles that are fetched to see whether they lead to this one, which is new.
const MAX_PROBES: usize = 2;

/// A page as it was found under an article's link.
pub(super) struct Found<'a> {
    pub link: &'a Url,
    pub capture: &'a Capture,
    pub addresses: &'a PageAddresses,
}

/// What was learnt from it.
pub(super) struct Learnt {
    pub aliases: Vec<SeenAlias>,
    /// How fit the page is to be read, where that hangs on its address.
    pub fitness: Option<Fitness>,
}

impl Daemon {
    /// Weighs where an article's link led, and what the page there says of its address.
    pub(super) async fn learn_addresses(&self, setup: &Setup, article: &ClaimedArticle, found: &Found<'_>) -> Learnt {
        let reached = identity::normalise(&found.capture.final_url);
        // The link may differ from the article's own address, which is the first that it was known by.
        let is_redirected = reached != identity::normalise(found.link);
        let at_link = |page: &&Url| identity::normalise(page) == identity::normalise(found.link);
        let witness = Witness {
            own: &article.url,
            reached: if is_redirected { &reached } else { &article.url },
            addresses: found.addresses,
            page: &found.capture.text,
            before: article.latest.as_ref().map(|latest| &latest.text),
            before_at: article.page_url.as_ref().map(|page| if at_link(&page) { &article.url } else { page }),
        };
        let rulings = identity::rulings(&witness);
        if !article.aliases.contains(&reached)
            && let Some(fitness) = self.astray(article, &rulings).await
        {
            return Learnt { aliases: Vec::new(), fitness: Some(fitness) };
        }
        let fitness = vouched_for(article, found);
        if fitness.as_ref().unwrap_or(&found.capture.fitness).quality != Quality::Good {
            return Learnt { aliases: Vec::new(), fitness: None };
        }
        let believed = |ruling: Ruling| {
            let strength = ruling.ruling.ok()?;
            Some(SeenAlias { url: ruling.url, kind: ruling.kind, firm: strength == Strength::Firm })
        };
        let mut aliases: Vec<SeenAlias> = rulings.into_iter().filter_map(believed).collect();
        if article.latest.is_none() {
            aliases.extend(self.find_itself(setup, article, found, &aliases).await);
        }
        Learnt { aliases, fitness }
    }

    /// Where the link leads away from its article.
    async fn astray(&self, article: &ClaimedArticle, rulings: &[Ruling]) -> Option<Fitness> {
        let led = rulings.first().filter(|ruling| ruling.kind == AliasKind::Redirect)?;
        let unfit = |quality: Quality, what: &str| {
            Some(Fitness { quality, reason: format!("the article's address leads to `{}`, {what}", led.url) })
        };
        match led.ruling {
            Err(Refusal::Front) => unfit(Quality::NotFound, "a front page"),
            Err(Refusal::Section) => unfit(Quality::OtherArticle, "the section that it stood in"),
            Err(Refusal::OtherId) => unfit(Quality::OtherArticle, "another article"),
            Err(Refusal::Gate) => match identity::gate(&led.url, &article.url) {
                Some(Gate::Error) => unfit(Quality::NotFound, "an error page"),
                Some(Gate::Login) => unfit(Quality::Consent, "a login page"),
                Some(Gate::Consent) | None => unfit(Quality::Consent, "a request for consent"),
            },
            Err(Refusal::OtherHost | Refusal::Unlike) | Ok(Strength::Plausible) => {
                let other = self.other_article_at(article, &led.url).await?;
                unfit(Quality::OtherArticle, &format!("which is article {}", other.0))
            }
            Ok(Strength::Firm) => None,
        }
    }

    async fn other_article_at(&self, article: &ClaimedArticle, address: &Url) -> Option<ArticleId> {
        let owner = self.store.article_at(address).await.ok().flatten();
        owner.filter(|owner| *owner != article.id)
    }

    /// Looks whether an article that is new here is one that is known by another address: before it is told as news.
    async fn find_itself(
        &self,
        setup: &Setup,
        article: &ClaimedArticle,
        found: &Found<'_>,
        claimed: &[SeenAlias],
    ) -> Option<SeenAlias> {
        let is_claimed = |kin: &&Kin| claimed.iter().any(|alias| alias.url == kin.url && alias.firm);
        if article.kin.iter().any(|kin| is_claimed(&kin)) {
            return None;
        }
        let text = &found.capture.text;
        if let Some(kin) = article.kin.iter().find(|kin| is_same_page(kin, text)) {
            return Some(SeenAlias { url: kin.url.clone(), kind: AliasKind::Text, firm: true });
        }
        for kin in article.kin.iter().take(MAX_PROBES) {
            if let Some(kind) = self.probe(setup, article, found, kin).await {
                return Some(SeenAlias { url: kin.url.clone(), kind, firm: true });
            }
        }
        None
    }

    /// Whether a known article's link leads to this one now, or its page names this one as its address.
    async fn probe(&self, setup: &Setup, article: &ClaimedArticle, found: &Found<'_>, kin: &Kin) -> Option<AliasKind> {
        let link = kin.link.as_ref()?;
        let request = Request {
            robots: setup.config.pages.robots,
            access: setup.access_to_page(link),
            ..Request::new(link, NamedBy::Stranger, ACCEPT_PAGE, MAX_PAGE_BYTES)
        };
        let answer = setup.fetcher.get(request, self.clock.now()).await.ok().filter(|answer| answer.status == 200)?;
        let reached = identity::normalise(&answer.url);
        if reached == article.url || reached == identity::normalise(&found.capture.final_url) {
            return Some(AliasKind::Redirect);
        }
        let canonical = self.canonical(setup, answer).await?;
        (identity::normalise(&canonical) == article.url).then_some(AliasKind::Canonical)
    }

    async fn canonical(&self, setup: &Setup, answer: Response) -> Option<Url> {
        let site = setup.site(&answer.url).cloned();
        let read = move || extract::extract(&answer.body, answer.content_type(), &answer.url, site.as_ref());
        let reading = self.compute(read).await.ok()?.ok()?;
        reading.addresses.canonical.filter(|_| reading.fitness.quality == Quality::Good)
    }
}

/// A page that seemed to be another article's, but calls itself by an address that is known to be this one's.
fn vouched_for(article: &ClaimedArticle, found: &Found<'_>) -> Option<Fitness> {
    let canonical = found.capture.text.canonical_url.as_ref()?;
    let is_known = article.aliases.contains(&identity::normalise(canonical));
    let is_doubted = found.capture.fitness.quality == Quality::OtherArticle;
    (is_known && is_doubted).then(|| Fitness {
        quality: Quality::Good,
        reason: format!("`{canonical}` is known to be another address of the article"),
    })
}

/// Whether two pages of like addresses have the same text, and do not say that they are two.
fn is_same_page(kin: &Kin, text: &ArticleText) -> bool {
    let agree = match (&kin.text.canonical_url, &text.canonical_url) {
        (Some(theirs), Some(ours)) => {
            let (theirs, ours) = (identity::normalise(theirs), identity::normalise(ours));
            theirs == ours || matches!(identity::relation(&theirs, &ours), Some(Relation::Variant | Relation::SameId))
        }
        _ => true,
    };
    agree && identity::has_same_text(&kin.text, text)
}
