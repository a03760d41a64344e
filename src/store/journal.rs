//! An append-only file of numbered records: what was acknowledged since the state was last written.
//!
//! Each record is a frame of kind [`Kind::Journal`] whose payload is the record's number, 8 bytes
//! little-endian, and its content.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tracing::warn;

use super::files::{StoreError, folder_of, sync_folder};
use super::frame::{self, FrameError, HEADER_LENGTH, Header, Origin};
use super::kind::Kind;

/// An open journal. It is locked: no other process can open it until this is dropped.
///
/// In a folder that cannot be written it is opened for reading, without a lock; the first record that is to be added
/// then tries again.
#[derive(Debug)]
pub struct Journal {
    /// `None` while the folder cannot be written.
    file: Option<File>,
    path: PathBuf,
    length_bytes: u64,
    last_seq: Option<u64>,
    /// A failed record could not be taken back: that comes before anything else is written.
    unusable: bool,
}

/// For the owner alone, as the temporary files that become all others are: a log's words are nobody else's business.
const PRIVATE: u32 = 0o600;

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// Who wrote it.
    pub origin: Origin,
    /// Its content.
    pub content: Vec<u8>,
}

impl Journal {
    /// Opens the journal at `path`, making an empty one where there is none, and reads its records in order.
    ///
    /// A last record that a crash has torn was never acknowledged and is cut off.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it open; [`StoreError::Record`] for a bad record that
    /// good ones follow; [`StoreError::Frame`] for a journal of a later release or of another kind.
    pub fn open(path: &Path) -> Result<(Self, Vec<Record>), StoreError> {
        let opened = match open_for_writing(path) {
            Ok(file) => Some(file),
            Err(e) if e.shortage().is_some() => None,
            Err(e) => return Err(e),
        };
        let mut bytes = Vec::new();
        let read = match opened.as_ref() {
            Some(file) => (&*file).read_to_end(&mut bytes),
            None => match File::open(path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
                file => file.and_then(|mut file| file.read_to_end(&mut bytes)),
            },
        };
        read.map_err(StoreError::io("read", path))?;
        let (records, good) = read_records(path, &bytes)?;
        let last_seq = records.last().map(|record| record.seq);
        let mut journal =
            Self { file: opened, path: path.to_owned(), length_bytes: good, last_seq, unusable: false };
        let torn_bytes = bytes.len() as u64 - good;
        if torn_bytes > 0 {
            warn!(torn_bytes, "cut {torn_bytes} bytes of an unfinished record off `{}`", path.display());
            journal.unusable = true;
        }
        if journal.file.is_some() {
            journal.make_usable()?;
            sync_folder(folder_of(path))?;
        }
        Ok((journal, records))
    }

    /// Adds a record; when this returns, it survives a power failure. `pipeline` is the fingerprint of what made it.
    ///
    /// Numbers must rise, gaps are allowed.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the disk refuses; the journal then holds what it held before. If even that
    /// could not be restored, the next call tries it first.
    pub fn append(&mut self, seq: u64, pipeline: u64, payload: &[u8]) -> Result<(), StoreError> {
        self.make_usable()?;
        let refused = |e| StoreError::io("append to", &self.path)(e);
        if self.last_seq.is_some_and(|last| seq <= last) {
            return Err(refused(io::Error::other(format!("record number {seq} does not rise"))));
        }
        let payload = [&seq.to_le_bytes(), payload].concat();
        let record = [Header::new(Kind::Journal, pipeline, &payload).as_bytes(), payload.as_slice()].concat();
        let mut file = self.file.as_ref().expect("a journal that is usable is open");
        let written = file.write_all(&record).and_then(|()| file.sync_data());
        if let Err(e) = written {
            let error = StoreError::io("append to", &self.path)(e);
            self.unusable = self.cut_back().is_err();
            return Err(error);
        }
        self.length_bytes += record.len() as u64;
        self.last_seq = Some(seq);
        Ok(())
    }

    /// Whether it is locked and can be written, tried again where it was not.
    ///
    /// # Errors
    /// [`StoreError::Io`] while the disk refuses; [`StoreError::InUse`] where another process has taken it meanwhile.
    fn make_usable(&mut self) -> Result<(), StoreError> {
        if self.file.is_none() {
            let file = open_for_writing(&self.path)?;
            let now = file.metadata().map_err(StoreError::io("read", &self.path))?.len();
            if now != self.length_bytes && !self.unusable {
                let said = io::Error::other("another process has written it meanwhile; start anew");
                return Err(StoreError::io("append to", &self.path)(said));
            }
            self.file = Some(file);
            self.unusable = true;
        }
        if self.unusable {
            self.cut_back().map_err(|e| StoreError::io("cut half a record off", &self.path)(e))?;
            self.unusable = false;
        }
        Ok(())
    }

    /// Empties the journal, once all that it holds is in the state file. Numbers go on rising.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the disk refuses; its records are then still there, or all gone.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        self.make_usable()?;
        let before = std::mem::replace(&mut self.length_bytes, 0);
        if let Err(e) = self.cut_back() {
            self.length_bytes =
                self.file.as_ref().and_then(|file| file.metadata().ok()).map_or(before, |found| found.len());
            self.unusable = true;
            return Err(StoreError::io("empty", &self.path)(e));
        }
        self.unusable = false;
        Ok(())
    }

    /// Its size on disk, to decide when to write the state instead.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    fn cut_back(&mut self) -> io::Result<()> {
        let mut file = self.file.as_ref().ok_or(io::ErrorKind::PermissionDenied)?;
        file.set_len(self.length_bytes)?;
        file.seek(SeekFrom::Start(self.length_bytes))?;
        file.sync_all()
    }
}

fn open_for_writing(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(path)
        .map_err(StoreError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        // Some network file systems have no locks: better a journal without than none.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(e)) => Err(StoreError::io("lock", path)(e)),
    }
}

/// The records in `bytes`, and how many bytes of it are good.
fn read_records(path: &Path, bytes: &[u8]) -> Result<(Vec<Record>, u64), StoreError> {
    let mut records: Vec<Record> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = (bytes.len() - rest.len()) as u64;
        let bad = |found: String| StoreError::Record { path: path.to_owned(), offset, found };
        match frame::split(Kind::Journal, rest) {
            Ok((origin, payload, after)) => {
                let Some((seq, content)) = payload.split_first_chunk() else {
                    return Err(bad("a record without a number".to_owned()));
                };
                let seq = u64::from_le_bytes(*seq);
                if records.last().is_some_and(|last| seq <= last.seq) {
                    return Err(bad(format!("record number {seq}, which does not rise,")));
                }
                records.push(Record { seq, origin, content: content.to_vec() });
                rest = after;
            }
            // Whole, and not ours to read: cutting it off would lose what another release has acknowledged.
            Err(found @ (FrameError::Kind { .. } | FrameError::Version { .. })) => {
                return Err(StoreError::Frame { path: path.to_owned(), found });
            }
            Err(found) if holds_a_record(&rest[1..]) => return Err(bad(format!("{found},"))),
            // A whole file of something else is not a torn record; a power failure leaves zeros at most.
            Err(found @ FrameError::Foreign) if offset == 0 && rest.iter().any(|&byte| byte != 0) => {
                return Err(StoreError::Frame { path: path.to_owned(), found });
            }
            Err(_) => return Ok((records, offset)),
        }
    }
    Ok((records, bytes.len() as u64))
}

/// Whether a good record begins anywhere in `bytes`.
fn holds_a_record(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"ODDLOG")
        .filter(|&at| bytes.len() - at > HEADER_LENGTH)
        .any(|at| frame::split(Kind::Journal, &bytes[at..]).is_ok())
}
