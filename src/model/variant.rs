//! What a page shows at some looks only.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// A part of an article that can go to and fro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Headline,
    Summary,
    Byline,
    Correction,
    /// A paragraph with other words.
    Paragraph,
    /// A block that is there or not.
    Block,
}

/// Another reading of a part than the latest version has: seen at one look and away at the next, or not yet judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The two readings, the version's and this one, whichever of them is the version's.
    pub pair: u64,
    /// The place in the article, whatever stands there.
    pub slot: u64,
    pub part: Part,
    /// At most 2 KB; `None` where the part is missing.
    pub text: Option<String>,
    /// How often it was found and was away again before it was believed.
    pub times: u32,
    /// How often one of the two readings took the place of the other in a version.
    pub versions: u32,
    /// The last look that found it, or found it away.
    pub last_at: Timestamp,
    /// How many looks in a row have found it, the latest one included, and the first of them.
    pub run: u32,
    pub since: Timestamp,
}
