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
mod domain;
mod judge;
mod literal;
mod merge;
mod opposites;
mod render;
mod shape;
mod tail;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::tokenize::{Sequence, VARIABLE};

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
        let whole: Vec<&Sequence> = distinct.iter().map(|one| one.sequence).collect();
        let beginnings: Vec<Option<Sequence>> =
            whole.iter().map(|sequence| tail::beginning(sequence)).collect();
        let begun = beginnings.iter().zip(&distinct).enumerate().filter_map(|(member, (beginning, one))| {
            Some(Row { member, sequence: beginning.as_ref()?, count: one.count })
        });
        let rows = distinct.iter().enumerate();
        let rows: Vec<Row<'_>> =
            rows.map(|(member, one)| Row { member, sequence: one.sequence, count: one.count }).collect();
        let groups = grouped(buckets(rows.iter().copied(), &[]));
        let values = values::known(&groups, &whole);
        let groups = again(groups, &rows, &values);
        let mut by_text: BTreeMap<String, (Vec<String>, merge::Event<'_>)> = BTreeMap::new();
        let mut events = merge::merge(groups);
        for (shape, mut group, mut same) in tail::free(begun, &whole, &mut events) {
            group.members.sort_unstable();
            let sequences: Vec<&Sequence> =
                group.members.iter().filter_map(|&member| beginnings[member].as_ref()).collect();
            let (mut text, words) = render::render(&sequences);
            text.push(' ');
            text.push_str(VARIABLE);
            same.push((shape ^ tail::SHAPE, group));
            by_text.entry(text).or_insert((words, Vec::new())).1.extend(same);
        }
        for mut event in events {
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

fn grouped<'s>(buckets: BTreeMap<u64, Vec<Group<'s>>>) -> Vec<(u64, Group<'s>)> {
    buckets
        .into_iter()
        .flat_map(|(shape, rows)| cluster(rows).into_iter().map(move |group| (shape, group)))
        .collect()
}

/// Groups once more the lines of those shapes that hold known values.
fn again<'s>(groups: Vec<(u64, Group<'s>)>, rows: &[Row<'s>], values: &[u64]) -> Vec<(u64, Group<'s>)> {
    let holds_value = |(shape, group): &(u64, Group<'s>)| values::holds(group, values).then_some(*shape);
    let shapes: BTreeSet<u64> = groups.iter().filter_map(holds_value).collect();
    let (redo, mut groups): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(shape, _)| shapes.contains(shape));
    let members = redo.iter().flat_map(|(_, group)| &group.members);
    groups.extend(grouped(buckets(members.map(|&member| rows[member]), values)));
    groups
}

/// A line to be mined, or the beginning of one.
#[derive(Clone, Copy, Debug)]
struct Row<'s> {
    member: usize,
    sequence: &'s Sequence,
    count: u64,
}

/// Rows by shape; rows that differ only inside their variables are one.
fn buckets<'s>(lines: impl Iterator<Item = Row<'s>>, values: &[u64]) -> BTreeMap<u64, Vec<Group<'s>>> {
    let mut rows: BTreeMap<(u64, Vec<u64>), Group<'s>> = BTreeMap::new();
    for line in lines {
        let mut shaped = shaped(line.sequence);
        values::mark(&mut shaped, values);
        let ids: Vec<u64> = shaped.columns.iter().map(|column| column.id).collect();
        let group = rows.entry((shaped.shape, ids)).or_insert_with_key(|(_, ids)| Group {
            ids: ids.clone(),
            classes: shaped.columns.iter().map(|column| column.class).collect(),
            texts: shaped.columns.iter().map(|column| column.text).collect(),
            n_leading: shaped.n_leading,
            lines: 0,
            n_rows: 1,
            members: Vec::new(),
        });
        group.lines = group.lines.saturating_add(line.count);
        group.members.push(line.member);
    }
    let mut buckets: BTreeMap<u64, Vec<Group<'s>>> = BTreeMap::new();
    for ((shape, _), group) in rows {
        buckets.entry(shape).or_default().push(group);
    }
    buckets
}
