//! One process at a time uses a folder of models.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::files::StoreError;

/// The file that is locked; it stays behind, and means nothing by itself.
const FILE_NAME: &str = ".lock";

/// How long another process may take to be gone: one that was killed holds its locks until the system has cleared it away.
const PATIENCE: Duration = Duration::from_secs(2);

/// A folder that no other process may claim until this is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Claims a folder, making it where needed; `None` where it cannot be written, or the file system has no locks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it; [`StoreError::Io`] where the folder cannot be made.
    pub fn take(dir: &Path) -> Result<Option<Self>, StoreError> {
        if !dir.is_dir() {
            std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        }
        let path = dir.join(FILE_NAME);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = match opened.map_err(StoreError::io("open", &path)) {
            Ok(file) => file,
            Err(e) if e.shortage().is_some() => return Ok(None),
            Err(e) => return Err(e),
        };
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path: dir.to_owned() }),
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => return Ok(None),
                Err(TryLockError::Error(e)) => return Err(StoreError::io("lock", &path)(e)),
            }
        }
    }
}
