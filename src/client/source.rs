//! The bytes of a file or of standard input, unpacked as they come.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use super::input::InputError;

/// A file that is being read.
pub(super) struct Source {
    path: PathBuf,
    /// `gzip` or `zstd`, where it begins so.
    packing: Option<&'static str>,
    bytes: Box<dyn Read>,
}

impl Source {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        if path.as_os_str() == "-" {
            return Self::of("standard input".as_ref(), io::stdin());
        }
        let file = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound if path.as_os_str() == "log_dataset.json" => InputError::NoDefault,
            _ => InputError::Read { path: path.to_owned(), source },
        })?;
        Self::of(path, file)
    }

    /// As [`Source::open`]; `bar` shows how far a file is read.
    pub(super) fn open_shown(path: &Path, bar: &ProgressBar) -> Result<Self, InputError> {
        if bar.is_hidden() || path.as_os_str() == "-" {
            return Self::open(path);
        }
        let file = File::open(path).map_err(|source| InputError::Read { path: path.to_owned(), source })?;
        Self::of(path, bar.wrap_read(file))
    }

    /// What `bytes` give, unpacked; `path` is how they are called.
    pub(super) fn of(path: &Path, mut bytes: impl Read + 'static) -> Result<Self, InputError> {
        let mut start = Vec::new();
        let read = (&mut bytes).take(4).read_to_end(&mut start);
        read.map_err(|source| InputError::Read { path: path.to_owned(), source })?;
        let unread = match start[..] {
            [0xfd, b'7', b'z', b'X'] => Some("xz"),
            [b'B', b'Z', b'h', b'1'..=b'9'] => Some("bzip2"),
            [b'P', b'K', 3, 4] => Some("zip"),
            [b'7', b'z', 0xbc, 0xaf] => Some("7-Zip"),
            _ => None,
        };
        if let Some(packing) = unread {
            return Err(InputError::Packing { path: path.to_owned(), packing });
        }
        let packing = match start[..] {
            [0x1f, 0x8b, ..] => Some("gzip"),
            [0x28, 0xb5, 0x2f, 0xfd] => Some("zstd"),
            _ => None,
        };
        let bytes = Cursor::new(start).chain(bytes);
        let bytes: Box<dyn Read> = match packing {
            Some("gzip") => Box::new(MultiGzDecoder::new(bytes)),
            Some(packing) => Box::new(zstd::Decoder::new(bytes).map_err(|source| InputError::Unpack {
                path: path.to_owned(),
                packing,
                source,
            })?),
            None => Box::new(bytes),
        };
        Ok(Self { path: path.to_owned(), packing, bytes })
    }

    /// Adds the next `length` bytes to `into`; fewer at the end.
    pub(super) fn read_up_to(&mut self, length: usize, into: &mut Vec<u8>) -> Result<(), InputError> {
        let read = (&mut self.bytes).take(length as u64).read_to_end(into);
        read.map(|_| ()).map_err(|source| self.failed(source))
    }

    /// Adds all bytes that are left to `into`.
    pub(super) fn read_to_end(&mut self, into: &mut Vec<u8>) -> Result<(), InputError> {
        let read = self.bytes.read_to_end(into);
        read.map(|_| ()).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> InputError {
        let path = self.path.clone();
        match self.packing {
            Some(packing) => InputError::Unpack { path, packing, source },
            None => InputError::Read { path, source },
        }
    }
}
