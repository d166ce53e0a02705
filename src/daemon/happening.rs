//! What the daemon did, for whoever watches it: a progress bar, `watch`, `demo`, a test.

use url::Url;

use crate::model::{ArticleId, ArticleText, Change, Delivery};

/// One finished thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    Polled {
        feed: String,
        status: Option<u16>,
        new_entries: usize,
        changed_entries: usize,
        error: Option<String>,
    },
    /// A look at an article that brought no version; `seen` says why in a few words.
    Looked {
        article: ArticleId,
        url: Url,
        seen: String,
    },
    /// A version was stored.
    Stored {
        article: ArticleId,
        url: Url,
        number: u32,
        text: Box<ArticleText>,
        change: Option<Change>,
        rules: Vec<String>,
    },
    /// A message was accepted by the transport.
    Sent {
        delivery: Box<Delivery>,
        subject: String,
    },
    /// A message was not accepted: it will be tried again, or was given up.
    NotSent {
        delivery: Box<Delivery>,
        error: String,
        again: bool,
    },
}
