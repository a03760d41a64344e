//! Which ids an event had before: what was said of it under a former id still holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::analysis::Trained;
use crate::template::Templates;

/// Former ids of one event that are kept; the smallest stay, so that the order in which they came does not matter.
const MAX_FORMER_IDS: usize = 64;

/// Old key of a sequence to its key under the present way of reading lines; those that are not there have kept theirs.
pub(super) type Moved = BTreeMap<u64, u64>;

/// The events of the last published fit.
#[derive(Debug, Default)]
pub(super) struct Former {
    /// The fit, where it is still in memory.
    pub(super) fit: Option<Arc<Trained>>,
    /// Its events alone, where it was read from disk and is no longer to be used.
    pub(super) loaded: Option<Templates>,
    /// How sequences are read since.
    pub(super) moved: Moved,
}

impl Former {
    /// Notes how sequences are read since.
    pub(super) fn moved_on(&mut self, moved: Moved) {
        for new in self.moved.values_mut() {
            *new = *moved.get(new).unwrap_or(new);
        }
        for (old, new) in moved {
            self.moved.entry(old).or_insert(new);
        }
    }

    pub(super) fn events(&self) -> Option<&Templates> {
        self.fit.as_ref().map(|trained| &trained.fit.pattern.templates).or(self.loaded.as_ref())
    }
}

/// Former ids by id of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lineage(BTreeMap<u64, BTreeSet<u64>>);

impl Lineage {
    /// The former ids of an event, smallest first.
    pub(super) fn former_ids(&self, id: u64) -> Vec<u64> {
        self.0.get(&id).map(|former| former.iter().copied().collect()).unwrap_or_default()
    }

    /// Follows each sequence from its event in `before` to its event in `after`. Where an id is gone, the events that have
    /// its lines now name it, and all that it named.
    pub(super) fn follow(&mut self, before: &Templates, after: &Templates, moved: &Moved) {
        let there: BTreeSet<u64> = after.events().iter().map(|event| event.id).collect();
        let mut heirs: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (key, event) in before.sequences() {
            let id = before.events()[event].id;
            if there.contains(&id) {
                continue;
            }
            if let Some(heir) = after.event_of(*moved.get(&key).unwrap_or(&key)) {
                heirs.entry(id).or_default().insert(after.events()[heir].id);
            }
        }
        for (id, heirs) in heirs {
            let mut all = self.0.get(&id).cloned().unwrap_or_default();
            all.insert(id);
            for heir in heirs {
                let former = self.0.entry(heir).or_default();
                former.extend(all.iter().copied().filter(|id| *id != heir));
                while former.len() > MAX_FORMER_IDS {
                    former.pop_last();
                }
            }
        }
        self.0.retain(|id, _| there.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::{Lineage, Moved};
    use crate::template::{Distinct, Templates};
    use crate::tokenize::{Sequence, Tokens, tokenize};

    fn mined(messages: &[&str]) -> Templates {
        let read: Vec<(u64, Sequence)> = messages
            .iter()
            .map(|message| {
                let mut tokens = Tokens::default();
                tokenize(message, &mut tokens);
                (tokens.key(), tokens.to_sequence())
            })
            .collect();
        let distinct: Vec<Distinct<'_>> =
            read.iter().map(|(key, sequence)| Distinct { key: *key, sequence, count: 1 }).collect();
        Templates::mine(&distinct)
    }

    fn id(templates: &Templates, text: &str) -> u64 {
        let found = templates.events().iter().find(|event| event.text == text);
        found.unwrap_or_else(|| panic!("no `{text}` among {:?}", templates.events())).id
    }

    #[test]
    fn an_event_that_became_more_general_names_the_ids_it_had() {
        let before = mined(&["mounted volume alpha on the cluster node"]);
        let names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
        let messages: Vec<String> =
            names.iter().map(|name| format!("mounted volume {name} on the cluster node")).collect();
        let after = mined(&messages.iter().map(String::as_str).collect::<Vec<_>>());
        let mut lineage = Lineage::default();
        lineage.follow(&before, &after, &Moved::new());
        let old = id(&before, "mounted volume alpha on the cluster node");
        let new = id(&after, "mounted volume <*> on the cluster node");
        assert_eq!(lineage.former_ids(new), [old]);
        // and an event that stays names nothing
        lineage.follow(&after, &after, &Moved::new());
        assert_eq!(lineage.former_ids(new), [old]);
        assert!(lineage.former_ids(old).is_empty());
    }

    #[test]
    fn a_sequence_that_is_read_in_another_way_is_followed_by_its_new_key() {
        let (before, after) = (mined(&["door opened"]), mined(&["gate opened"]));
        let key = |templates: &Templates| templates.sequences().next().unwrap().0;
        let mut lineage = Lineage::default();
        lineage.follow(&before, &after, &Moved::from([(key(&before), key(&after))]));
        assert_eq!(lineage.former_ids(after.events()[0].id), [before.events()[0].id]);
    }
}
