//! What changed between two texts of one article: whether at all, of what kind and how much, and where.
//!
//! [`fingerprint`] says whether a reader sees a difference, [`compare`] what the difference means, [`align`] where it
//! is, for people to read. All three are pure, give the same answer every time, and take bounded time on any input: past
//! a bound the answer gets coarser, never wrong.

mod fold;
mod token;
mod lexicon;
mod language;
mod sentence;
mod script;
mod pair;
mod paragraphs;
mod quotes;
mod typo;
mod figures;
mod names;
mod side;
mod findings;
mod examination;
mod headline;
mod body;
mod compare;
mod align;
mod excerpt;

pub use align::align;
pub use compare::compare;
pub use excerpt::{Excerpt, changed_sentences};
pub use fold::{fingerprint, fold};
pub use language::other_language;
