//! One difference between a page and the latest version, which is judged by itself.

use crate::model::ArticleText;

/// One way in which a page differs from the latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The same whenever a look finds the same difference at the same place.
    pub digest: u64,
    /// The block or paragraph that came or went, and the paragraph before it.
    pub marks: Vec<u64>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// A paragraph has other words, those of a block.
    Edited {
        paragraph: usize,
        block: usize,
    },
    /// A paragraph stands at the place of a block now.
    Moved {
        paragraph: usize,
        block: usize,
    },
    /// A paragraph stands nowhere on the page.
    Went {
        paragraph: usize,
    },
    /// A block that is no known paragraph.
    Came {
        block: usize,
    },
    Field(Field),
}

/// A field beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Headline,
    Summary,
    Byline,
    Correction,
}

impl Field {
    pub fn of(self, text: &ArticleText) -> &Option<String> {
        match self {
            Self::Headline => &text.headline,
            Self::Summary => &text.summary,
            Self::Byline => &text.byline,
            Self::Correction => &text.correction,
        }
    }
}
