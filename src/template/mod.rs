//! Masked sequences to event templates: which lines say the same, and what of them is filled in.
//!
//! In: the distinct [`Sequence`]s of many lines with their counts. Out: [`Templates`]. A pure function of the set.
//!
//! Sequences are sorted into buckets by shape (their punctuation). In a bucket, DBSCAN over a weighted distance of columns
//! proposes what belongs together, and a judge takes proposals apart by every column that is not filled in. Groups
//! of different shapes with the same constants are then one event.

mod assign;
mod cluster;
mod distance;
mod judge;
mod merge;
mod opposites;
mod render;
mod shape;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::tokenize::Sequence;

use assign::Index;
use cluster::{Group, cluster};
use shape::shaped;

pub(crate) use opposites::holds_opposites;

/// A masked sequence that one or more lines share.
#[derive(Clone, Copy, Debug)]
pub struct Distinct<'s> {
    /// The key of the sequence, from [`crate::tokenize::Tokens::key`].
    pub key: u64,
    /// The sequence.
    pub sequence: &'s Sequence,
    /// How many lines have it.
    pub count: u64,
}

/// What lines of one event have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTemplate {
    /// A hash of the text: the same in every model, on every machine.
    pub id: u64,
    /// The message with `<*>` for what is filled in.
    pub text: String,
    /// Constant words in lower case, in order; camel case is split.
    pub words: Vec<String>,
}

/// The events of a log, and the way from a line to its event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Templates {
    events: Vec<EventTemplate>,
    index: Index,
}

/// Goes into every event id, so that a change of the rules that keeps a text may still change its id.
const ID_VERSION: &str = "event template 1\n";

impl Templates {
    /// Finds the events of distinct sequences. Their order does not matter; of equal keys the counts add up.
    ///
    /// # Cost
    /// Linear in the distinct sequences, but for chunks of some hundreds within a shape, which are compared pairwise.
    #[must_use]
    pub fn mine(distinct: &[Distinct<'_>]) -> Self {
        let distinct = by_key(distinct);
        let groups = buckets(&distinct)
            .into_iter()
            .flat_map(|(shape, rows)| cluster(rows).into_iter().map(move |group| (shape, group)))
            .collect();
        let mut by_text: BTreeMap<String, (Vec<String>, merge::Event<'_>)> = BTreeMap::new();
        for mut event in merge::merge(groups) {
            event.iter_mut().for_each(|(_, group)| group.members.sort_unstable());
            let members = event.iter().flat_map(|(_, group)| &group.members);
            let sequences: Vec<&Sequence> = members.map(|&member| distinct[member].sequence).collect();
            let (text, words) = render::render(&sequences);
            by_text.entry(text).or_insert((words, Vec::new())).1.extend(event);
        }
        Self::from_events(by_text, &distinct)
    }

    fn from_events(
        by_text: BTreeMap<String, (Vec<String>, merge::Event<'_>)>,
        distinct: &[Distinct<'_>],
    ) -> Self {
        let keys: Vec<u64> = distinct.iter().map(|one| one.key).collect();
        let mut templates = Self::default();
        for (event, (text, (words, groups))) in by_text.into_iter().enumerate() {
            templates.index.add(event as u32, &groups, &keys);
            templates.events.push(EventTemplate { id: event_id(&text), text, words });
        }
        templates.index.finish();
        templates
    }

    /// All events, in order of their text; each text once.
    #[must_use]
    pub fn events(&self) -> &[EventTemplate] {
        &self.events
    }

    /// The position among [`events`](Self::events) of a mined sequence, by its key.
    #[must_use]
    pub fn event_of(&self, key: u64) -> Option<usize> {
        self.index.event_of(key).filter(|&event| event < self.events.len())
    }

    /// The keys of all mined sequences, each with the position of its event.
    pub fn sequences(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.index.sequences().filter(|&(_, event)| event < self.events.len())
    }

    /// The position among [`events`](Self::events) of the event that a sequence not seen at mining fits.
    ///
    /// It fits a template of the same shape if each column is equal or under a variable (the template with the fewest
    /// variables is taken), or else the one event that has exactly its constants.
    #[must_use]
    pub fn assign(&self, sequence: &Sequence) -> Option<usize> {
        self.index.assign(sequence).filter(|&event| event < self.events.len())
    }
}

/// The id of the event with this template text.
fn event_id(text: &str) -> u64 {
    xxh3_64(format!("{ID_VERSION}{text}").as_bytes())
}

fn by_key<'s>(distinct: &[Distinct<'s>]) -> Vec<Distinct<'s>> {
    let mut sorted = distinct.to_vec();
    sorted.sort_by(|a, b| (a.key, a.sequence).cmp(&(b.key, b.sequence)));
    sorted.dedup_by(|next, kept| {
        let same = next.key == kept.key;
        if same {
            kept.count = kept.count.saturating_add(next.count);
        }
        same
    });
    sorted
}

/// Rows by shape; rows that differ only inside their variables are one.
fn buckets<'s>(distinct: &[Distinct<'s>]) -> BTreeMap<u64, Vec<Group<'s>>> {
    let mut rows: BTreeMap<(u64, Vec<u64>), Group<'s>> = BTreeMap::new();
    for (member, one) in distinct.iter().enumerate() {
        let shaped = shaped(one.sequence);
        let ids: Vec<u64> = shaped.columns.iter().map(|column| column.id).collect();
        let group = rows.entry((shaped.shape, ids)).or_insert_with_key(|(_, ids)| Group {
            ids: ids.clone(),
            classes: shaped.columns.iter().map(|column| column.class).collect(),
            texts: shaped.columns.iter().map(|column| column.text).collect(),
            lines: 0,
            n_rows: 1,
            members: Vec::new(),
        });
        group.lines = group.lines.saturating_add(one.count);
        group.members.push(member);
    }
    let mut buckets: BTreeMap<u64, Vec<Group<'s>>> = BTreeMap::new();
    for ((shape, _), group) in rows {
        buckets.entry(shape).or_default().push(group);
    }
    buckets
}
