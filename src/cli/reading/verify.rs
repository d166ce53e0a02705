//! `verify`: whether everything stored is what was stored.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::thread;

use tokio::task::JoinHandle;

use super::{Desk, print, print_json};
use crate::cli::arguments::{General, VerifyArguments};
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::render::verification::{self, Checked};
use crate::documents::Verified;
use crate::model::ArticleId;
use crate::store::{Store, StoreError, Verification};

/// Articles read at a time.
const PIECE: usize = 32;
/// Threads that read side by side. The store has one reader more, for the structure.
const MOST_THREADS: usize = 3;
/// Articles whose headline is looked up.
const NAMED: usize = 200;

/// Checks the database and everything in it.
pub async fn verify(general: &General, arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let (structure, found) = examine(&desk, &store).await?;
    let is_sound = structure.is_empty() && found.flaws.is_empty();
    let exit = if is_sound { Exit::Fine } else { Exit::Failed };
    if arguments.output.json {
        let Verification { articles, versions, pages, hidden, flaws } = &found;
        print_json(&Verified {
            sound: is_sound,
            articles: *articles,
            versions: *versions,
            pages: *pages,
            hidden: *hidden,
            structure: &structure,
            flaws,
        })?;
        return Ok(exit);
    }
    let headlines = headlines(&store, &found).await;
    let checked = Checked { structure: &structure, found: &found, headlines: &headlines };
    if !is_sound || !desk.is_quiet {
        print(&verification::told(&checked, &desk.terminal))?;
    }
    Ok(exit)
}

/// What is wrong with the structure of a store, and what was found of everything in it.
pub(super) async fn examine(desk: &Desk, store: &Store) -> Result<(Vec<String>, Verification), StoreError> {
    let structure = tokio::spawn({
        let store = store.clone();
        async move { store.structure().await }
    });
    let found = walk(desk, store).await;
    let mut structure = match structure.await.unwrap_or(Err(StoreError::Closed)) {
        Err(StoreError::Damaged(what)) => vec![what],
        structure => structure?,
    };
    let found = match found {
        Err(StoreError::Damaged(what)) => {
            structure.push(format!("the articles cannot be listed: {what}"));
            Verification::default()
        }
        found => found?,
    };
    Ok((structure, found))
}

/// Reads every article, some side by side. In memory there are the articles' numbers and what is wrong.
async fn walk(desk: &Desk, store: &Store) -> Result<Verification, StoreError> {
    let articles = store.every_article().await?;
    let progress = match desk.is_quiet {
        true => Progress::hidden(),
        false => Progress::new("checking articles", articles.len() as u64),
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    let mut pieces = articles.chunks(PIECE);
    let mut running: VecDeque<JoinHandle<Result<Verification, StoreError>>> = VecDeque::new();
    let mut found = Verification::default();
    loop {
        while running.len() <= threads
            && let Some(piece) = pieces.next()
        {
            let (store, piece) = (store.clone(), piece.to_vec());
            running.push_back(tokio::spawn(async move { store.verify_articles(piece).await }));
        }
        let Some(reading) = running.pop_front() else { break };
        let part = reading.await.unwrap_or(Err(StoreError::Closed))?;
        progress.advance(part.articles);
        found.add(part);
    }
    progress.finish();
    Ok(found)
}

/// What the articles with flaws are called, as far as that can be read.
async fn headlines(store: &Store, found: &Verification) -> BTreeMap<ArticleId, String> {
    let mut headlines = BTreeMap::new();
    for flaw in &found.flaws {
        if headlines.len() >= NAMED || headlines.contains_key(&flaw.article) {
            continue;
        }
        if let Ok(Some(article)) = store.article(flaw.article).await {
            let name = article.row.headline.unwrap_or_else(|| article.row.url.to_string());
            headlines.insert(flaw.article, name);
        }
    }
    headlines
}
