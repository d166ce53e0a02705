//! The nouns: plain values that every other module passes on. No behaviour beyond what keeps a value whole.

mod address;
mod alert;
mod article;
mod change;
mod feed;
mod reader;
mod notice;
mod subscription;
mod surroundings;
mod host;
mod mute;
mod time;
mod unsubscription;
mod variant;

pub use address::{Alias, AliasKind, PageAddresses};
pub use alert::{
    Alert, AlertId, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, DeliveryState, Event,
    FiredRule, Match, MatchField, Note, Thread,
};
pub use article::{
    ArticleId, ArticleText, Baseline, Candidate, Capture, Echoes, Fitness, Foreign, Missing, PageBlock, Paragraph,
    Quality, Role, Sightings, Source, Version, Wall, size,
};
pub use change::{Change, Diff, Figure, Kind, Mark, Op, ParagraphChange, ParagraphOp, Severity, WordChange};
pub use feed::{Entry, FeedDocument, FeedFacts, FeedId, FeedKind, Validators};
pub use host::{HostMemory, Lesson};
pub use mute::{Mute, MuteId, Muted};
pub use notice::{EndedNotice, FoundNotice, Notice, NoticeKind, Subject};
pub use reader::{Choice, Reader};
pub use subscription::{Hub, Subscription, SubscriptionState};
pub use surroundings::{HostLooks, SharedStep, Surroundings};
pub use time::Timestamp;
pub use unsubscription::{MailLink, Stopped, UnsubscribedBy, Unsubscription, UnsubscriptionId};
pub use variant::{Part, Variant};
