//! Values to files and back, so that a crash or a damaged disk is noticed and never believed.
//!
//! In: any serde value. Out: one file, or a clear refusal. Knows nothing of logs or models.
//! The format is written down byte by byte in `models/README.md`.

mod codec;
mod files;
mod frame;
mod framed;
mod journal;
mod kind;
mod lock;

pub use codec::{CodecError, decode, encode};
pub use files::{Shortage, StoreError, Stored, keep_as, load, remove, save, sweep, sync_folder, write_file};
pub use frame::{FrameError, Origin};
pub use framed::{FramedError, from_frame, to_frame};
pub use journal::{Journal, Record};
pub use kind::Kind;
pub use lock::FolderLock;
