//! Trainings that were sent under a key, so that one that is sent twice counts once.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::ModelsError;

/// How long a key is remembered, in seconds: a day, as the contract says.
const LIFETIME_SECONDS: i64 = 24 * 60 * 60;

/// Keys that are remembered at most; beyond them the oldest go first. A training each second of a day fits; they
/// take 4 MB on disk.
pub const MAX_RECEIPTS: usize = 100_000;

/// A training that was sent under a key. Neither the key nor the body is kept, only their hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    key: u128,
    body: u128,
    /// Seconds since 1970 UTC.
    at: i64,
}

/// The hash of a body that comes in pieces.
#[derive(Clone, Default)]
pub struct BodyHash {
    hasher: Xxh3,
    /// Bytes of the part under way.
    length: u64,
}

impl BodyHash {
    /// Adds bytes to the part under way.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Ends a part: the same bytes in other parts are another body.
    pub fn end_part(&mut self) {
        self.hasher.update(&std::mem::take(&mut self.length).to_le_bytes());
    }

    /// The receipt for `key` and the parts so far, at a time in seconds since 1970 UTC.
    #[must_use]
    pub fn receipt(&self, key: &str, at: i64) -> Receipt {
        Receipt { key: xxh3_128(key.as_bytes()), body: self.hasher.digest128(), at }
    }
}

impl Receipt {
    /// The receipt for `key` and the parts of a body, at a time in seconds since 1970 UTC.
    #[must_use]
    pub fn new(key: &str, body: &[&[u8]], at: i64) -> Self {
        let mut hash = BodyHash::default();
        for part in body {
            hash.add(part);
            hash.end_part();
        }
        hash.receipt(key, at)
    }

    fn is_expired(&self, now: i64) -> bool {
        now.saturating_sub(self.at) >= LIFETIME_SECONDS
    }
}

/// Receipts in the order in which they came: what a model keeps on disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Receipts(VecDeque<Receipt>);

impl Receipts {
    /// Adds one; drops those that are too old or too many.
    pub(super) fn push(&mut self, receipt: Receipt) {
        self.0.push_back(receipt);
        while self.0.len() > MAX_RECEIPTS || self.0.front().is_some_and(|first| first.is_expired(receipt.at))
        {
            self.0.pop_front();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Receipt> {
        self.0.iter()
    }
}

/// The receipts of all models, by key, and the trainings under way.
#[derive(Debug, Default)]
pub(super) struct ReceiptBook {
    by_key: BTreeMap<u128, Entry>,
    order: VecDeque<Receipt>,
}

#[derive(Debug)]
struct Entry {
    receipt: Receipt,
    model: String,
    done: bool,
}

impl ReceiptBook {
    /// Whether the training is to be done (`true`) or was done before (`false`). Where it is to be done, it counts as
    /// under way until [`ReceiptBook::end`].
    pub(super) fn begin(&mut self, receipt: Receipt, model: &str) -> Result<bool, ModelsError> {
        match self.by_key.get(&receipt.key) {
            Some(known) if !known.done => return Err(ModelsError::KeyUnderWay),
            Some(known) if known.receipt.is_expired(receipt.at) => {}
            Some(known) if known.receipt.body == receipt.body => return Ok(false),
            Some(_) => return Err(ModelsError::KeyReused),
            None => {}
        }
        self.by_key.insert(receipt.key, Entry { receipt, model: model.to_owned(), done: false });
        Ok(true)
    }

    /// Ends a training that was begun; one that failed leaves no trace.
    pub(super) fn end(&mut self, receipt: Receipt, model: &str, succeeded: bool) {
        self.by_key.remove(&receipt.key);
        if succeeded {
            self.insert(receipt, model);
        }
    }

    /// Adds a training that is done.
    pub(super) fn insert(&mut self, receipt: Receipt, model: &str) {
        self.by_key.insert(receipt.key, Entry { receipt, model: model.to_owned(), done: true });
        self.order.push_back(receipt);
        while self.order.len() > MAX_RECEIPTS
            || self.order.front().is_some_and(|first| first.is_expired(receipt.at))
        {
            let Some(oldest) = self.order.pop_front() else { break };
            if self.by_key.get(&oldest.key).is_some_and(|entry| entry.receipt == oldest) {
                self.by_key.remove(&oldest.key);
            }
        }
    }

    /// Drops those of a model that was deleted.
    pub(super) fn forget(&mut self, model: &str) {
        self.by_key.retain(|_, entry| !entry.done || entry.model != model);
    }
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME_SECONDS, Receipt, ReceiptBook};
    use crate::models::ModelsError;

    fn receipt(key: &str, body: &str, at: i64) -> Receipt {
        Receipt::new(key, &[body.as_bytes()], at)
    }

    #[test]
    fn a_key_counts_once_for_a_day_and_for_one_body() {
        let mut book = ReceiptBook::default();
        assert!(book.begin(receipt("k", "a", 0), "m").unwrap());
        assert!(matches!(book.begin(receipt("k", "a", 1), "m"), Err(ModelsError::KeyUnderWay)));
        book.end(receipt("k", "a", 0), "m", true);
        assert!(!book.begin(receipt("k", "a", 2), "m").unwrap());
        assert!(matches!(book.begin(receipt("k", "b", 2), "m"), Err(ModelsError::KeyReused)));
        assert!(book.begin(receipt("k", "b", LIFETIME_SECONDS), "m").unwrap());
    }

    #[test]
    fn a_training_that_failed_or_a_model_that_was_deleted_leaves_its_key_free() {
        let mut book = ReceiptBook::default();
        assert!(book.begin(receipt("k", "a", 0), "m").unwrap());
        book.end(receipt("k", "a", 0), "m", false);
        assert!(book.begin(receipt("k", "b", 1), "m").unwrap());
        book.end(receipt("k", "b", 1), "m", true);
        book.forget("m");
        assert!(book.begin(receipt("k", "c", 2), "m").unwrap());
    }

    #[test]
    fn where_a_body_is_divided_makes_it_another_body() {
        assert_ne!(Receipt::new("k", &[b"ab", b"c"], 0), Receipt::new("k", &[b"a", b"bc"], 0));
    }
}
