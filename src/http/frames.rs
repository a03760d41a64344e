//! A body as it comes, for a thread that waits for it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::arrival::Pace;
use super::error::ApiError;

/// Frames that wait to be read; a sender that is faster waits too.
const WAITING: usize = 4;

/// How long, and up to how many bytes, what nobody wants any more is still taken.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 64 << 20;

/// Takes what is still under way of a body that was answered before its end. A connection that is closed on unread bytes is
/// reset, and the reset overtakes the answer: the client would learn of a broken pipe and not of what was wrong.
async fn linger(body: &mut Body) {
    let mut left = LINGER_BYTES;
    let drain = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    let _ = timeout(LINGER, drain).await;
}

/// Why a body could not be read to its end, for whoever has to answer; the reader itself knows only of an I/O error.
#[derive(Clone, Debug, Default)]
pub(super) struct Fault(Arc<Mutex<Option<ApiError>>>);

impl Fault {
    /// Keeps the first fault.
    pub(super) fn set(&self, error: ApiError) -> io::Error {
        let said = io::Error::other(error.to_string());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        said
    }

    pub(super) fn take(&self) -> Option<ApiError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The bytes of a body, frame by frame.
#[derive(Debug, Default)]
pub(super) struct Frames {
    frames: Option<mpsc::Receiver<Result<Bytes, ApiError>>>,
    current: Bytes,
    fault: Fault,
    taken: Taken,
}

/// How many bytes were read of a body.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(Arc<AtomicU64>);

impl Taken {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Frames {
    /// The bytes that were read `first`, and then those of the `rest`, which is read from now on, a few frames ahead, until
    /// the reader is dropped. Must be called inside a tokio runtime.
    pub(super) fn of(first: Bytes, rest: Option<Body>, pace: Pace, fault: Fault) -> Self {
        let frames = rest.map(|body| {
            let (sender, frames) = mpsc::channel(WAITING);
            tokio::spawn(read_ahead(body, pace, sender));
            frames
        });
        Self { frames, current: first, fault, taken: Taken::default() }
    }

    /// How many bytes are read so far, also later.
    pub(super) fn taken(&self) -> Taken {
        self.taken.clone()
    }
}

async fn read_ahead(mut body: Body, mut pace: Pace, sender: mpsc::Sender<Result<Bytes, ApiError>>) {
    loop {
        let frame = match pace.next(&mut body).await {
            Ok(None) => break,
            Ok(Some(data)) => Ok(data),
            Err(error) => Err(error),
        };
        let is_last = frame.is_err();
        if sender.send(frame).await.is_err() {
            linger(&mut body).await;
            break;
        }
        if is_last {
            break;
        }
    }
}

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.frames.as_mut().and_then(mpsc::Receiver::blocking_recv) {
                Some(Ok(frame)) => self.current = frame,
                Some(Err(error)) => return Err(self.fault.set(error)),
                None => return Ok(0),
            }
        }
        let size = into.len().min(self.current.len());
        self.current.copy_to_slice(&mut into[..size]);
        self.taken.0.fetch_add(size as u64, Ordering::Relaxed);
        Ok(size)
    }
}
