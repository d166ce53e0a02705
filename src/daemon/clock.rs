//! The one place that reads the clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Timestamp;

/// Where `now` comes from, and what waits: the system, or a test that plays days in seconds.
#[derive(Clone)]
pub struct Clock {
    read: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Lets time pass at once; `None` where it has to be waited for.
    skip: Option<Arc<dyn Fn(Duration) + Send + Sync>>,
}

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn system() -> Self {
        Self { read: Arc::new(|| chrono::Utc::now().into()), skip: None }
    }

    /// A clock of the caller's own, with what moves it on by a time that `run --once` would wait.
    pub fn played(
        read: impl Fn() -> Timestamp + Send + Sync + 'static,
        skip: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self { read: Arc::new(read), skip: Some(Arc::new(skip)) }
    }

    pub fn now(&self) -> Timestamp {
        (self.read)()
    }

    /// Returns when so much time has passed on this clock.
    pub(super) async fn wait(&self, time: Duration) {
        match &self.skip {
            Some(skip) => skip(time),
            None => tokio::time::sleep(time).await,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
