//! What a model keeps on disk besides the files of its fit: one file of all that is true, and records of what came
//! since.

use serde::{Deserialize, Serialize};

use super::feedback::Feedback;
use super::generations::{Generation, Generations};
use super::lineage::Lineage;
use super::receipts::{Receipt, Receipts};
use super::settings::{Settings, Settings3};
use super::writer::digest_of;
use crate::analysis::feedback::Mark;
use crate::state::{Days, State};
use crate::store::{StoreError, Stored};

/// What is kept of a model besides its state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Number of the last journal record that is in it.
    pub(super) seq: u64,
    pub(super) generations: Generations,
    pub(super) receipts: Receipts,
    pub(super) settings: Settings,
    pub(super) lineage: Lineage,
    pub(super) feedback: Feedback,
}

/// The same of versions 2 and 3: there was no budget of alarms, and nothing could be said of events.
#[derive(Debug, Deserialize)]
struct Ledger3 {
    seq: u64,
    generations: Generations,
    receipts: Receipts,
    settings: Settings3,
    lineage: Lineage,
}

/// The file of the state, versions 2 and 3.
#[derive(Debug, Deserialize)]
struct Saved3 {
    ledger: Ledger3,
    state: State,
}

/// The file of the state, versions 4 and 5. Version 3 brought the fronts of shapes, version 4 the times of numbers, version 5
/// the kinds of values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) ledger: Ledger,
    pub(super) state: State,
}

/// As [`Saved`], borrowed.
#[derive(Serialize)]
pub(super) struct SavedRef<'s> {
    pub(super) ledger: &'s Ledger,
    pub(super) state: &'s State,
}

/// The file of the state, version 1: the only generation was the newest, and nothing could be set.
#[derive(Debug, Deserialize)]
struct Saved1 {
    seq: u64,
    generation: u64,
    trained_at: i64,
    receipts: Receipts,
    state: State,
}

impl Saved {
    /// Reads any version. Version 1 wrote the state with each fit, so it is that of its generation.
    pub(super) fn decode(stored: &Stored) -> Result<Self, StoreError> {
        match stored.origin.version {
            1 => {}
            2 | 3 => {
                let Saved3 { ledger, state } = stored.decode()?;
                let Ledger3 { seq, generations, receipts, settings, lineage } = ledger;
                let (settings, feedback) = (settings.into(), Feedback::default());
                return Ok(Self {
                    ledger: Ledger { seq, generations, receipts, settings, lineage, feedback },
                    state,
                });
            }
            _ => return stored.decode(),
        }
        let saved: Saved1 = stored.decode()?;
        let digest = digest_of(&saved.state);
        let generations = match saved.generation {
            0 => Generations::default(),
            number => Generations::of_one(Generation {
                number,
                trained_at: saved.trained_at,
                lines: saved.state.lines(),
                events: 0,
                digest,
                half_life_days: None,
                reduced: false,
            }),
        };
        let ledger = Ledger { seq: saved.seq, generations, receipts: saved.receipts, ..Ledger::default() };
        Ok(Self { ledger, state: saved.state })
    }
}

/// A record of the journal: what was acknowledged. New kinds come last: their place is their number on disk.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Change {
    /// Lines were learnt.
    Train { learnt: State, receipt: Option<Receipt> },
    /// Days were forgotten.
    Forget(Days),
    /// The model was deleted.
    Delete,
    /// A former generation was taken into use again, and this is its state.
    RollBack { to: u64, state: State },
    /// The owner chose, in versions 1 to 3.
    Set(Settings3),
    /// Days were older than they are to be kept. Former generations keep them, so that a mistake can be taken back.
    Expire(Days),
    /// The owner chose.
    Choose(Settings),
    /// The owner said something of an event, or took it back.
    Mark { event: u64, mark: Option<Mark> },
}

impl Change {
    /// The state that it brings.
    pub(super) fn state_mut(&mut self) -> Option<&mut State> {
        match self {
            Self::Train { learnt: state, .. } | Self::RollBack { state, .. } => Some(state),
            Self::Forget(_)
            | Self::Delete
            | Self::Set(_)
            | Self::Expire(_)
            | Self::Choose(_)
            | Self::Mark { .. } => None,
        }
    }
}
