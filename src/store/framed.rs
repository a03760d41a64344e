//! One value, one frame, in memory: what travels between machines.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{self, CodecError};
use super::frame::{self, FrameError, Header};
use super::kind::Kind;

/// Why bytes are not the value asked for.
#[derive(Debug, thiserror::Error)]
pub enum FramedError {
    /// They are damaged, foreign, or of another release.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The frame is whole and its content is not what its kind promises.
    #[error(transparent)]
    Content(#[from] CodecError),
}

/// The bytes of a file that holds `value`: what [`save`](super::save) writes. `pipeline` is the fingerprint of what
/// made the value: [`from_frame`] refuses it for any other.
///
/// # Errors
/// [`CodecError::Encode`] for a type that cannot be written.
pub fn to_frame<T: Serialize + ?Sized>(kind: Kind, pipeline: u64, value: &T) -> Result<Vec<u8>, CodecError> {
    let payload = codec::encode(value)?;
    Ok([Header::new(kind, pipeline, &payload).as_bytes(), payload.as_slice()].concat())
}

/// Reads what [`to_frame`] made, using every byte of it.
///
/// # Errors
/// [`FramedError`]. Nothing in the bytes decides how much memory is taken: only their number does.
pub fn from_frame<T: DeserializeOwned>(kind: Kind, pipeline: u64, bytes: &[u8]) -> Result<T, FramedError> {
    let (origin, payload, rest) = frame::split(kind, bytes)?;
    origin.expect_pipeline(pipeline)?;
    if !rest.is_empty() {
        return Err(FrameError::Trailing(rest.len() as u64).into());
    }
    Ok(codec::decode(payload)?)
}
