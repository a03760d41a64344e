//! The files of former generations: `state-17.bin`.

use std::path::{Path, PathBuf};

use tracing::warn;

use super::{Writer, digest_of, tolerate};
use crate::models::generations::Generation;
use crate::models::ledger::{Saved, SavedRef};
use crate::state::{Days, State};
use crate::store::{Kind, StoreError, Stored, keep_as, remove, save};

impl Writer {
    /// The state of a generation.
    pub(in crate::models) fn load_generation(&self, number: u64) -> Result<State, StoreError> {
        let path = self.path_of(number);
        let stored = Stored::read(&path, Kind::State)?;
        let state = Saved::decode(&stored)?.state;
        let is_foreign = stored.origin.pipeline != self.pipeline();
        let state = if is_foreign { state.reread(&self.rules).0 } else { state };
        state.check_kept().map_err(StoreError::unsound(&path))?;
        Ok(state)
    }

    /// Makes the files of generations and the list of them agree: a crash may have come between the two.
    pub(super) fn find_generations(&mut self) -> Result<(), StoreError> {
        let mut on_disk = self.generations_on_disk()?;
        if let Some(current) = self.ledger.generations.current().copied()
            && !on_disk.contains(&current.number)
            && self.saved_seq == self.ledger.seq
            && current.digest == self.digest()
        {
            tolerate(keep_as(&self.path(Kind::State), &self.path_of(current.number)))?;
            on_disk.push(current.number);
        }
        self.ledger.generations.retain(|number| on_disk.contains(&number));
        for number in on_disk {
            if self.ledger.generations.get(number).is_none() {
                tolerate(remove(&self.path_of(number)))?;
            }
        }
        Ok(())
    }

    /// Takes days out of the generations that are kept: what was forgotten is in no file any more. One that cannot be
    /// written anew goes.
    pub(super) fn reduce_generations(&mut self, days: &Days) -> Result<(), StoreError> {
        for Generation { number, digest, .. } in self.ledger.generations.all().to_vec() {
            let path = self.path_of(number);
            match reduce(&path, days, digest) {
                Ok(None) | Err(StoreError::Missing { .. }) => {}
                Ok(Some((lines, digest))) => self.ledger.generations.reduce(number, lines, digest),
                Err(e) => {
                    warn!("{e}; it is removed, because it holds days that were to be forgotten");
                    remove(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Reads the generations that are kept again, so that what a rule hides is in no file any more. One that cannot be
    /// written anew goes.
    pub(super) fn reread_generations(&mut self) -> Result<(), StoreError> {
        for Generation { number, digest, .. } in self.ledger.generations.all().to_vec() {
            let path = self.path_of(number);
            let again = Stored::read(&path, Kind::State).and_then(|stored| {
                let Saved { ledger, state } = Saved::decode(&stored)?;
                let state = state.reread(&self.rules).0;
                save(&path, Kind::State, self.pipeline(), &SavedRef { ledger: &ledger, state: &state })?;
                Ok((state.lines(), digest_of(&state)))
            });
            match again {
                Ok((_, now)) if now == digest => {}
                Ok((lines, now)) => self.ledger.generations.reduce(number, lines, now),
                Err(StoreError::Missing { .. }) => {}
                Err(e) => {
                    warn!("{e}; it is removed, because it was read without the rules of now");
                    remove(&path)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn generations_on_disk(&self) -> Result<Vec<u64>, StoreError> {
        let entries = std::fs::read_dir(&self.dir).map_err(StoreError::io("read the folder", &self.dir))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter_map(|name| name.strip_prefix("state-")?.strip_suffix(".bin")?.parse().ok()).collect())
    }

    /// The file of a generation.
    pub(super) fn path_of(&self, number: u64) -> PathBuf {
        self.dir.join(format!("state-{number}.bin"))
    }
}

/// Takes days out of the state in a file; returns how many lines are left, and the digest of it. `None` where it is the
/// one of `digest` and has no such day; a crash may have come after they were taken out and before that was noted.
fn reduce(path: &Path, days: &Days, digest: u64) -> Result<Option<(u64, u64)>, StoreError> {
    let stored = Stored::read(path, Kind::State)?;
    let Saved { ledger, mut state } = Saved::decode(&stored)?;
    if state.forget(days) == 0 {
        let found = digest_of(&state);
        return Ok((found != digest).then(|| (state.lines(), found)));
    }
    save(path, Kind::State, stored.origin.pipeline, &SavedRef { ledger: &ledger, state: &state })?;
    Ok(Some((state.lines(), digest_of(&state))))
}
