//! One value, one file: written whole or not at all, read whole or refused.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{self, CodecError};
use super::frame::{FrameError, HEADER_LENGTH, Header, Origin};
use super::kind::Kind;

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("`{}` does not exist", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What is there is damaged, foreign, or of another release.
    #[error("cannot use `{}`: {found}; {}", .path.display(), advice(.found))]
    Frame {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: FrameError,
    },
    /// The frame is whole and its content is not what its kind promises.
    #[error("cannot use `{}`: {source}; restore it from a backup, or move it away and train again", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: CodecError,
    },
    /// The file is whole, and nothing that was learnt can have led to what it holds.
    #[error("cannot use `{}`: no lines can have given what it holds: {source}; restore it from a backup, or move it away and train again", .path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Records of a journal are damaged or out of order, and good ones follow.
    #[error(
        "cannot use `{}`: {found} at byte {offset}, and good records follow it; restore the file from a backup, \
         or move it away and train again what was learnt since the state was written",
        .path.display()
    )]
    Record {
        /// The journal.
        path: PathBuf,
        /// Where the bad record begins.
        offset: u64,
        /// What was found, in words.
        found: String,
    },
    /// The model was deleted while the call waited for it.
    #[error("the model of `{}` was deleted meanwhile", .path.display())]
    Deleted {
        /// Its journal.
        path: PathBuf,
    },
    /// The state has grown to the most that is kept of one model.
    #[error(
        "`{}` and its journal have {bytes} bytes, and a model may have {max_bytes}: forget days of it, set a retention, or train another model",
        .path.display()
    )]
    Full {
        /// The file of the state.
        path: PathBuf,
        /// Bytes that there are.
        bytes: u64,
        /// Bytes that there may be.
        max_bytes: u64,
    },
    /// Another process has the journal open.
    #[error("`{}` is in use by another process: stop it, or take another models folder", .path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
}

fn advice(found: &FrameError) -> &'static str {
    match found {
        FrameError::Foreign | FrameError::Kind { .. } => "move it away: it does not belong here",
        FrameError::Truncated { .. } | FrameError::Trailing(_) | FrameError::Damaged { .. } => {
            "restore it from a backup, or move it away and train again"
        }
        FrameError::Version { found, supported } if found > supported => {
            "use the release that wrote it, or a later one"
        }
        FrameError::Version { .. } => "move it away and train again",
        FrameError::Pipeline { .. } => "make it again with this release",
    }
}

/// What a disk that refuses to be written lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// Room: the disk is full, or a quota is used up.
    Room,
    /// Permission: it is read-only, or belongs to somebody else.
    Permission,
}

impl StoreError {
    /// Whether room or permission is all that is lacking, so that the same call succeeds once somebody has given it.
    #[must_use]
    pub fn shortage(&self) -> Option<Shortage> {
        let Self::Io { source, .. } = self else { return None };
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Shortage::Room),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Some(Shortage::Permission),
            _ => None,
        }
    }

    /// An [`StoreError::Unsound`] from what does not fit.
    pub(crate) fn unsound<E>(path: &Path) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let path = path.to_owned();
        move |source| Self::Unsound { path, source: Box::new(source) }
    }

    /// An [`StoreError::Io`] from what the operating system said.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Writes `value` to `path` so that a crash at any moment leaves the old file or the new one, whole.
///
/// The bytes go to a temporary name in the same folder, which must exist, and are on disk when this returns.
/// `pipeline` is the fingerprint of what made the value: [`load`] refuses it for any other.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be written; the old file is then as it was.
pub fn save<T: Serialize + ?Sized>(
    path: &Path,
    kind: Kind,
    pipeline: u64,
    value: &T,
) -> Result<(), StoreError> {
    let payload =
        codec::encode(value).map_err(|source| StoreError::Content { path: path.to_owned(), source })?;
    write_parts(path, &[Header::new(kind, pipeline, &payload).as_bytes(), &payload])
}

/// Writes bytes to `path` as [`save`] does: whole, or not at all.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be written; the old file is then as it was.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_parts(path, &[bytes])
}

fn write_parts(path: &Path, parts: &[&[u8]]) -> Result<(), StoreError> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".oddlog-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(StoreError::io("write to", folder))?;
    parts
        .iter()
        .try_for_each(|part| file.write_all(part))
        .and_then(|()| file.as_file().sync_all())
        .map_err(StoreError::io("write", path))?;
    file.persist(path).map_err(|e| StoreError::io("replace", path)(e.error))?;
    sync_folder(folder)
}

/// Reads what [`save`] wrote to `path`, made by this pipeline and in the version that this release writes.
///
/// # Errors
/// [`StoreError::Missing`] where there is no file; every other variant names the file, what was found and what
/// to do. Nothing in the file decides how much memory is taken: only its length on disk does.
pub fn load<T: DeserializeOwned>(path: &Path, kind: Kind, pipeline: u64) -> Result<T, StoreError> {
    let stored = Stored::read(path, kind)?;
    let refuse = |found| StoreError::Frame { path: path.to_owned(), found };
    stored.origin.expect_pipeline(pipeline).map_err(refuse)?;
    stored.decode()
}

/// What a file holds, not yet decoded: any version that this release reads, of any pipeline.
#[derive(Debug)]
pub struct Stored {
    /// Who wrote it.
    pub origin: Origin,
    payload: Vec<u8>,
    path: PathBuf,
}

impl Stored {
    /// Reads a file and checks that it is whole.
    ///
    /// # Errors
    /// As [`load`], but for the pipeline.
    pub fn read(path: &Path, kind: Kind) -> Result<Self, StoreError> {
        let (origin, payload) = read_payload(path, kind)?;
        Ok(Self { origin, payload, path: path.to_owned() })
    }

    /// Its content, where it is a `T`.
    ///
    /// # Errors
    /// [`StoreError::Content`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        codec::decode(&self.payload).map_err(|source| StoreError::Content { path: self.path.clone(), source })
    }
}

fn read_payload(path: &Path, kind: Kind) -> Result<(Origin, Vec<u8>), StoreError> {
    let refuse = |found| StoreError::Frame { path: path.to_owned(), found };
    let mut file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        opened => opened.map_err(StoreError::io("open", path))?,
    };
    let on_disk = file.metadata().map_err(StoreError::io("read", path))?.len();
    let mut start = Vec::with_capacity(HEADER_LENGTH);
    (&mut file).take(HEADER_LENGTH as u64).read_to_end(&mut start).map_err(StoreError::io("read", path))?;
    let header = Header::read(&start).map_err(refuse)?;
    let announced = header.frame_length();
    if announced > on_disk {
        return Err(refuse(FrameError::Truncated { expected: announced, found: on_disk }));
    }
    if announced < on_disk {
        return Err(refuse(FrameError::Trailing(on_disk - announced)));
    }
    let mut payload = Vec::new();
    file.take(on_disk).read_to_end(&mut payload).map_err(StoreError::io("read", path))?;
    let origin = header.check(kind, &payload).map_err(refuse)?;
    Ok((origin, payload))
}

/// Gives the file at `path` a second name: what it holds now stays there when `path` is written anew.
///
/// # Errors
/// [`StoreError::Io`] where the operating system refuses.
pub fn keep_as(path: &Path, other: &Path) -> Result<(), StoreError> {
    remove(other)?;
    // A file system without links costs a copy.
    fs::hard_link(path, other)
        .or_else(|_| fs::copy(path, other).and_then(|_| File::open(other)?.sync_all()))
        .map_err(StoreError::io("write", other))?;
    sync_folder(folder_of(other))
}

/// Makes a rename, a new file or a removal in `folder` survive a power failure.
///
/// # Errors
/// [`StoreError::Io`] where the operating system refuses.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(StoreError::io("sync the folder", folder))
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes a file; that there is none is no error.
///
/// # Errors
/// [`StoreError::Io`] where the operating system refuses.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(e)),
        _ => Ok(()),
    }
}

/// Removes temporary files that a crash inside [`save`] has left in `folder`.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be read or a file not removed.
pub fn sweep(folder: &Path) -> Result<(), StoreError> {
    for item in fs::read_dir(folder).map_err(StoreError::io("read the folder", folder))? {
        let item = item.map_err(StoreError::io("read the folder", folder))?;
        let name = item.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".oddlog-") && name.ends_with(".tmp") {
            fs::remove_file(item.path()).map_err(StoreError::io("remove", &item.path()))?;
        }
    }
    Ok(())
}
