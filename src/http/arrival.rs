//! How a body arrives: how slowly it may come, and how much memory those of all requests may take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::config::Config;
use super::error::ApiError;

/// Fewest bytes that a body brings in each span of the read timeout that is waited for it: two log lines. With more, the
/// slowest networks would be too slow; with none, a byte now and then would hold a connection for ever.
pub(super) const BYTES_LEAST: usize = 256;

/// What is read of a body that is worked on as it comes before it takes a place among the requests under way. A sender
/// that is slow from the start has none, and keeps nobody out.
const FIRST_BYTES: usize = 64 << 10;

/// Bodies up to this size are taken however much memory others have, so that large ones keep no small ones out: at most
/// so much for each connection.
const FREE_BYTES: usize = 1 << 20;

/// Bytes of memory that are given at once.
const UNIT_BYTES: usize = 64 << 10;

/// The memory for bodies.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / UNIT_BYTES).min(Semaphore::MAX_PERMITS))))
    }
}

/// The memory that one body has, until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    room: Room,
    units: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    fn none(room: &Room) -> Self {
        Self { room: room.clone(), units: 0, permit: None }
    }

    /// Takes as much more as a body of so many bytes needs.
    fn grow(&mut self, bytes: usize) -> Result<(), ApiError> {
        let units = bytes.saturating_sub(FREE_BYTES).div_ceil(UNIT_BYTES);
        if units <= self.units {
            return Ok(());
        }
        let more = u32::try_from(units - self.units).map_err(|_| ApiError::Busy)?;
        let more = Arc::clone(&self.room.0).try_acquire_many_owned(more).map_err(|_| ApiError::Busy)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        self.units = units;
        Ok(())
    }
}

/// How slowly a body comes.
#[derive(Debug)]
pub(super) struct Pace {
    span: Duration,
    /// What is left of the span, and of the bytes that are wanted in it.
    left: Duration,
    wanted: usize,
}

impl Pace {
    /// At least [`BYTES_LEAST`] in each `span` of waiting.
    pub(super) fn new(span: Duration) -> Self {
        Self { span, left: span, wanted: BYTES_LEAST }
    }

    /// The next bytes of a body; `None` at its end.
    pub(super) async fn next(&mut self, body: &mut Body) -> Result<Option<Bytes>, ApiError> {
        loop {
            let asked = Instant::now();
            let frame = timeout(self.left, body.frame()).await;
            let frame = frame.map_err(|_| ApiError::Slow(self.span.as_secs()))?;
            self.left = self.left.saturating_sub(asked.elapsed());
            let Some(frame) = frame else { return Ok(None) };
            let Ok(data) = frame.map_err(|_| ApiError::Interrupted)?.into_data() else { continue };
            if data.len() >= self.wanted {
                *self = Self::new(self.span);
            } else {
                self.wanted -= data.len();
            }
            return Ok(Some(data));
        }
    }
}

/// All bytes of a body, and the memory that they have; 413 where they are more than `limit`.
pub(super) async fn whole(
    body: Body,
    room: &Room,
    limit: usize,
    config: &Config,
) -> Result<(Bytes, Held), ApiError> {
    let read = read(body, room, limit, Pace::new(config.read_timeout()));
    let late = |_| ApiError::Late(config.request_timeout_seconds);
    timeout(config.request_timeout(), read).await.map_err(late)?
}

/// Of a body that is too large, as much again is read and thrown away, because a client that is still sending would see
/// a broken connection instead of the answer.
async fn read(mut body: Body, room: &Room, limit: usize, mut pace: Pace) -> Result<(Bytes, Held), ApiError> {
    // What announces itself as too large is not kept while it comes.
    let announced_too_large = HttpBody::size_hint(&body).lower() > limit as u64;
    let (mut bytes, mut held) = (BytesMut::new(), Held::none(room));
    let mut total = 0_usize;
    while let Some(data) = pace.next(&mut body).await? {
        total = total.saturating_add(data.len());
        if total <= limit && !announced_too_large {
            held.grow(total)?;
            bytes.extend_from_slice(&data);
        } else if total / 2 > limit {
            break;
        } else {
            (bytes, held) = (BytesMut::new(), Held::none(room));
        }
    }
    if total > limit || announced_too_large {
        Err(ApiError::TooLarge(limit))
    } else {
        Ok((bytes.freeze(), held))
    }
}

/// The first bytes of a body that is worked on as it comes, and the rest of it; `None` where that was all.
pub(super) async fn first(mut body: Body, pace: &mut Pace) -> Result<(Bytes, Option<Body>), ApiError> {
    let mut bytes = BytesMut::new();
    while bytes.len() < FIRST_BYTES {
        match pace.next(&mut body).await? {
            Some(data) => bytes.extend_from_slice(&data),
            None => return Ok((bytes.freeze(), None)),
        }
    }
    Ok((bytes.freeze(), Some(body)))
}

#[cfg(test)]
mod tests {
    use super::{FREE_BYTES, Held, Room, UNIT_BYTES};

    #[test]
    fn memory_that_one_body_has_is_there_again_when_it_is_done_and_small_bodies_need_none() {
        let room = Room::of(2 * UNIT_BYTES);
        let (mut one, mut other) = (Held::none(&room), Held::none(&room));
        // a byte more than is free takes a unit, and so do the bytes up to its end
        assert!(one.grow(FREE_BYTES + 1).is_ok() && one.grow(FREE_BYTES + UNIT_BYTES).is_ok());
        assert!(other.grow(FREE_BYTES + UNIT_BYTES).is_ok());
        assert!(one.grow(FREE_BYTES + UNIT_BYTES + 1).is_err());
        assert!(Held::none(&room).grow(FREE_BYTES).is_ok());
        drop(other);
        assert!(one.grow(FREE_BYTES + 2 * UNIT_BYTES).is_ok());
    }
}
