//! Groups of different shapes that say the same: equal constants in equal order, other punctuation or more variables.

use xxhash_rust::xxh3::Xxh3;

use crate::tokenize::Class;

use super::cluster::Group;
use super::shape::VARIABLE_ID;

/// Fewer constants than this are too little to know an event by.
const CONSTANTS_MIN: usize = 2;
/// Natural words alone are less: it takes more of them.
const WORDS_MIN: usize = 3;

/// The groups of one event, each with its shape.
pub(super) type Event<'s> = Vec<(u64, Group<'s>)>;

/// Joins groups into events.
pub(super) fn merge(groups: Vec<(u64, Group<'_>)>) -> Vec<Event<'_>> {
    let events: Vec<Event<'_>> = groups.into_iter().map(|group| vec![group]).collect();
    let events = join_by(
        events,
        |event| constants(&event[0].1.ids, &event[0].1.classes, is_constant, CONSTANTS_MIN),
        false,
    );
    join_by(
        events,
        |event| {
            constants(
                &event[0].1.ids,
                &event[0].1.classes,
                |class| matches!(class, Class::Word | Class::Key),
                WORDS_MIN,
            )
        },
        true,
    )
}

/// Classes that say what the event is.
pub(super) fn is_constant(class: Class) -> bool {
    matches!(class, Class::Word | Class::Compound | Class::Key | Class::Name | Class::Value)
}

/// Hash of the constants among the columns; `None` if they are fewer than `min`, or if nothing else is there.
pub(super) fn constants(
    ids: &[u64],
    classes: &[Class],
    counts: impl Fn(Class) -> bool,
    min: usize,
) -> Option<u64> {
    let mut hasher = Xxh3::new();
    let mut n = 0;
    for (&id, _) in ids.iter().zip(classes).filter(|&(&id, &class)| id != VARIABLE_ID && counts(class)) {
        hasher.update(&id.to_le_bytes());
        n += 1;
    }
    let varies = n < ids.len();
    (n >= min && varies).then(|| hasher.digest())
}

/// Joins events of one key; with `unique_shapes`, only where no two of them have the same shape (for if two groups of one
/// shape were kept apart, what keeps them apart is not among the words).
fn join_by<'s>(
    events: Vec<Event<'s>>,
    key: impl Fn(&Event<'s>) -> Option<u64>,
    unique_shapes: bool,
) -> Vec<Event<'s>> {
    let mut joined = Vec::with_capacity(events.len());
    let mut keyed = Vec::new();
    for event in events {
        match key(&event) {
            Some(key) => keyed.push((key, event)),
            None => joined.push(event),
        }
    }
    keyed.sort_by_key(|(key, _)| *key);
    let mut keyed = keyed.into_iter().peekable();
    while let Some((key, event)) = keyed.next() {
        let mut class = vec![event];
        while let Some((_, event)) = keyed.next_if(|(next, _)| *next == key) {
            class.push(event);
        }
        if unique_shapes && repeats_shape(&class) {
            joined.extend(class);
        } else {
            joined.push(class.into_iter().flatten().collect());
        }
    }
    joined
}

fn repeats_shape(events: &[Event<'_>]) -> bool {
    let mut shapes: Vec<u64> = Vec::new();
    for event in events {
        let first = shapes.len();
        shapes.extend(event.iter().map(|(shape, _)| *shape));
        shapes[first..].sort_unstable();
        let mut own = shapes.split_off(first);
        own.dedup();
        shapes.extend(own);
    }
    let n = shapes.len();
    shapes.sort_unstable();
    shapes.dedup();
    shapes.len() < n
}
