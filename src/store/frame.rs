//! The frame around every stored content: what it is, how long, and whether it is whole.
//!
//! ```text
//!  0  6  magic `ODDLOG`
//!  6  2  kind
//!  8  4  version of the content
//! 12  8  length of the payload
//! 20  8  fingerprint of the pipeline that made the content
//! 28  4  CRC-32 (IEEE) of bytes 0 to 27 and the payload
//! 32     payload
//! ```
//! Numbers are little-endian.

use super::kind::Kind;

const MAGIC: [u8; 6] = *b"ODDLOG";

/// Where the checksum stands: it covers all before it, and the payload.
const CHECKSUM_AT: usize = 28;

/// Bytes before the payload.
pub(super) const HEADER_LENGTH: usize = 32;

/// What is wrong with a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It does not begin with the magic bytes.
    #[error("it is not an oddlog file: it does not begin with `ODDLOG`")]
    Foreign,
    /// It ends before its header or its payload does.
    #[error("it is cut off: it should have {expected} bytes and has {found}")]
    Truncated {
        /// Bytes that it announces.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Bytes follow its payload.
    #[error("{0} bytes follow its end")]
    Trailing(u64),
    /// The checksum does not match.
    #[error("it is damaged: its checksum is {found:08x} and should be {expected:08x}")]
    Damaged {
        /// What the header says.
        expected: u32,
        /// What the bytes give.
        found: u32,
    },
    /// It is whole and holds something else.
    #[error("it holds {found} where a {expected} belongs")]
    Kind {
        /// What was asked for.
        expected: Kind,
        /// What it holds, in words.
        found: String,
    },
    /// It is whole and of another release.
    #[error("it has format version {found}, and this release reads versions up to {supported}")]
    Version {
        /// What it has.
        found: u32,
        /// What this release reads.
        supported: u32,
    },
    /// It is whole and was made by a pipeline that reads lines in another way, so it cannot be added to.
    #[error(
        "it was made by a release that reads lines in another way: pipeline {found:016x}, and this release has \
         {expected:016x}"
    )]
    Pipeline {
        /// The fingerprint of this release.
        expected: u64,
        /// The one that it has.
        found: u64,
    },
}

/// Which release wrote a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Version of the content, counted for each kind by itself.
    pub version: u32,
    /// Fingerprint of the pipeline that made the content.
    pub pipeline: u64,
}

impl Origin {
    /// Refuses what another pipeline made.
    ///
    /// # Errors
    /// [`FrameError::Pipeline`].
    pub fn expect_pipeline(self, expected: u64) -> Result<(), FrameError> {
        if self.pipeline == expected {
            Ok(())
        } else {
            Err(FrameError::Pipeline { expected, found: self.pipeline })
        }
    }
}

/// A header that has been read; nothing in it is to be believed before [`Header::check`].
pub(super) struct Header {
    bytes: [u8; HEADER_LENGTH],
}

impl Header {
    /// The header for `payload`.
    pub(super) fn new(kind: Kind, pipeline: u64, payload: &[u8]) -> Self {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[..6].copy_from_slice(&MAGIC);
        bytes[6..8].copy_from_slice(&kind.code().to_le_bytes());
        bytes[8..12].copy_from_slice(&kind.version().to_le_bytes());
        bytes[12..20].copy_from_slice(&(payload.len() as u64).to_le_bytes());
        bytes[20..28].copy_from_slice(&pipeline.to_le_bytes());
        let mut header = Self { bytes };
        let checksum = header.checksum_with(payload);
        header.bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    /// The first bytes of `bytes` as a header.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
            return Err(FrameError::Foreign);
        }
        match bytes.first_chunk() {
            Some(&bytes) => Ok(Self { bytes }),
            None => {
                let found = bytes.len() as u64;
                Err(FrameError::Truncated { expected: HEADER_LENGTH as u64, found })
            }
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8; HEADER_LENGTH] {
        &self.bytes
    }

    /// How long it says that the whole frame is; saturates, so that a hostile length is merely too long.
    pub(super) fn frame_length(&self) -> u64 {
        u64::from_le_bytes(self.field(12)).saturating_add(HEADER_LENGTH as u64)
    }

    /// Whether `payload` is the one it was made for, and of the kind asked for, in a version that this release reads.
    ///
    /// The checksum comes first: only of a whole header are kind and version worth reporting.
    pub(super) fn check(&self, kind: Kind, payload: &[u8]) -> Result<Origin, FrameError> {
        let expected = u32::from_le_bytes(self.field(CHECKSUM_AT));
        let found = self.checksum_with(payload);
        if expected != found {
            return Err(FrameError::Damaged { expected, found });
        }
        let code = u16::from_le_bytes(self.field(6));
        if code != kind.code() {
            let found =
                Kind::from_code(code).map_or(format!("content of unknown kind {code}"), |k| format!("a {k}"));
            return Err(FrameError::Kind { expected: kind, found });
        }
        let version = u32::from_le_bytes(self.field(8));
        if !(kind.oldest_version()..=kind.version()).contains(&version) {
            return Err(FrameError::Version { found: version, supported: kind.version() });
        }
        Ok(Origin { version, pipeline: u64::from_le_bytes(self.field(20)) })
    }

    fn checksum_with(&self, payload: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.bytes[..CHECKSUM_AT]);
        hasher.update(payload);
        hasher.finalize()
    }

    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        *self.bytes[at..].first_chunk().expect("every field lies inside the header")
    }
}

/// Reads the frame that `bytes` begin with. Returns who wrote it, its payload and the bytes after it.
pub(super) fn split(kind: Kind, bytes: &[u8]) -> Result<(Origin, &[u8], &[u8]), FrameError> {
    let header = Header::read(bytes)?;
    let (expected, found) = (header.frame_length(), bytes.len() as u64);
    if expected > found {
        return Err(FrameError::Truncated { expected, found });
    }
    let length = usize::try_from(expected).expect("no longer than a slice that is in memory");
    let payload = &bytes[HEADER_LENGTH..length];
    let origin = header.check(kind, payload)?;
    Ok((origin, payload, &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use super::{FrameError, Header, Origin, split};
    use crate::store::Kind;

    const PIPELINE: u64 = 0x0102;

    fn framed(kind: Kind, payload: &[u8]) -> Vec<u8> {
        [Header::new(kind, PIPELINE, payload).as_bytes(), payload].concat()
    }

    #[test]
    fn the_header_is_laid_out_as_documented() {
        let frame = framed(Kind::Word2Vec, b"abc");
        assert_eq!(&frame[..6], b"ODDLOG");
        assert_eq!(&frame[6..8], [4, 0]); // the term vectors
        assert_eq!(&frame[8..12], [1, 0, 0, 0]); // version 1
        assert_eq!(&frame[12..20], [3, 0, 0, 0, 0, 0, 0, 0]); // three bytes of payload
        assert_eq!(&frame[20..28], [2, 1, 0, 0, 0, 0, 0, 0]); // the pipeline
        // CRC-32 of the 28 bytes above and `abc`, from Python:
        // zlib.crc32(b"ODDLOG\x04\0\x01\0\0\0\x03\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0abc")
        assert_eq!(u32::from_le_bytes(*frame[28..].first_chunk().unwrap()), 0x87bd_7ecb);
        assert_eq!(&frame[32..], b"abc");
    }

    #[test]
    fn a_length_of_all_ones_is_a_frame_that_is_cut_off() {
        let mut frame = framed(Kind::State, b"abc");
        frame[12..20].fill(0xff);
        assert_eq!(split(Kind::State, &frame), Err(FrameError::Truncated { expected: u64::MAX, found: 35 }));
    }

    #[test]
    fn what_follows_a_frame_is_returned() {
        let two = [framed(Kind::Journal, b"one"), framed(Kind::Journal, b"two")].concat();
        let (origin, first, rest) = split(Kind::Journal, &two).unwrap();
        assert_eq!(first, b"one");
        assert_eq!(origin, Origin { version: Kind::Journal.version(), pipeline: PIPELINE });
        assert_eq!(split(Kind::Journal, rest), Ok((origin, &b"two"[..], &[][..])));
    }
}
