//! Kinds and figures, as they are gathered.

use crate::model::{Figure, Kind};

/// A change tells this many figures at most.
pub(super) const MAX_FIGURES: usize = 50;

/// Kinds and figures as they are found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kinds: Vec<Kind>,
    pub figures: Vec<Figure>,
}

impl Findings {
    pub fn note(&mut self, kind: Kind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    pub fn forget(&mut self, kinds: &[Kind]) {
        self.kinds.retain(|kind| !kinds.contains(kind));
    }

    pub fn take_kinds(&mut self) -> Vec<Kind> {
        std::mem::take(&mut self.kinds)
    }

    pub fn into_kinds(mut self) -> Vec<Kind> {
        self.kinds.sort_unstable();
        self.kinds
    }

    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    pub fn merge(&mut self, other: Findings) {
        other.kinds.into_iter().for_each(|kind| self.note(kind));
        for figure in other.figures {
            let is_known =
                self.figures.iter().any(|known| known.before == figure.before && known.after == figure.after);
            if !is_known && self.figures.len() < MAX_FIGURES {
                self.figures.push(figure);
            }
        }
    }
}
