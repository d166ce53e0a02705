//! Room in memory for bodies: many hosts may send large ones at the same moment.
//!
//! A body takes its room when it has grown past a size, and keeps it until whoever asked for it is done with it. Who takes
//! room for a large body gives the one for a middling body back and waits for nothing else, so that nobody waits for
//! each other. Waiting counts as part of the request's time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// Bodies up to this size are read whatever goes on beside them.
const SMALL: usize = 128 * KIB;
/// Bodies up to this size are middling, and so many are read at a time.
const MIDDLING: usize = MIB;
const MIDDLING_AT_A_TIME: usize = 16;
/// MiB that all larger bodies share, each by the bound that was set for it: one feed or four pages, by the usual ones.
const LARGE_MIB: usize = 20;

/// The room that there is.
#[derive(Debug)]
pub(super) struct Rooms {
    middling: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// What a body has taken; given back when it is dropped.
#[derive(Debug, Default)]
pub struct Room {
    held: Option<OwnedSemaphorePermit>,
    until: usize,
}

/// Answers that say the same are the same, whatever room they take.
impl PartialEq for Room {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Room {}

impl Default for Rooms {
    fn default() -> Self {
        Self { middling: Arc::new(Semaphore::new(MIDDLING_AT_A_TIME)), large: Arc::new(Semaphore::new(LARGE_MIB)) }
    }
}

impl Rooms {
    /// Waits until there is room for a body of `size` bytes, which may grow to `most`.
    pub(super) async fn widen(&self, room: &mut Room, size: usize, most: usize) {
        if size <= room.until.max(SMALL) {
            return;
        }
        room.held = None;
        let (semaphore, permits, until) = match size <= MIDDLING {
            true => (&self.middling, 1, MIDDLING),
            false => (&self.large, most.div_ceil(MIB).clamp(1, LARGE_MIB), usize::MAX),
        };
        let permits = u32::try_from(permits).unwrap_or(u32::MAX);
        // Fails only where the semaphore was closed, and nobody does that.
        room.held = Arc::clone(semaphore).acquire_many_owned(permits).await.ok();
        room.until = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn widened(rooms: &Rooms, size: usize) -> Option<Room> {
        let mut room = Room::default();
        let most = 15 * MIB;
        let moment = std::time::Duration::from_secs(1);
        tokio::time::timeout(moment, rooms.widen(&mut room, size, most)).await.ok().map(|()| room)
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_wait_for_each_other_and_for_nobody_else() {
        let rooms = Rooms::default();
        let first = widened(&rooms, 2 * MIB).await;
        assert!(first.is_some());
        assert!(widened(&rooms, 2 * MIB).await.is_none(), "a second one of that bound finds no room");
        assert!(widened(&rooms, SMALL).await.is_some());
        assert!(widened(&rooms, MIDDLING).await.is_some());
        drop(first);
        assert!(widened(&rooms, 2 * MIB).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_grows_gives_back_what_it_had() {
        let rooms = Rooms::default();
        let mut growing = Room::default();
        for size in [SMALL, SMALL + 1, MIDDLING] {
            rooms.widen(&mut growing, size, 5 * MIB).await;
        }
        assert_eq!((rooms.middling.available_permits(), rooms.large.available_permits()), (15, 20));
        rooms.widen(&mut growing, MIDDLING + 1, 5 * MIB).await;
        assert_eq!((rooms.middling.available_permits(), rooms.large.available_permits()), (16, 15));
        rooms.widen(&mut growing, 5 * MIB, 5 * MIB).await;
        drop(growing);
        assert_eq!((rooms.middling.available_permits(), rooms.large.available_permits()), (16, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_the_bound_one_body_finds_room() {
        let rooms = Rooms::default();
        let mut room = Room::default();
        rooms.widen(&mut room, 40 * MIB, 500 * MIB).await;
        assert_eq!(rooms.large.available_permits(), 0);
    }
}
