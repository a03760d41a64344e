//! When the lines of a difference came, on either side, for a picture.

use rustc_hash::FxHashMap;

use super::side::Side;
use super::{Change, SideStatistics};
use crate::template::Templates;

/// Equal parts that each side is cut into: by time where at least half of its lines have one, else by their number.
pub const PARTS: usize = 120;

/// Puts into each change how many lines of its event are in each part of either side. Returns which side is cut by time.
pub(super) fn show(
    changes: &mut [Change],
    templates: &Templates,
    sides: [(&Side<'_>, &SideStatistics); 2],
) -> [bool; 2] {
    let mut by_time = [false; 2];
    let of_id: FxHashMap<u64, usize> =
        templates.events().iter().enumerate().map(|(event, template)| (template.id, event)).collect();
    let changed: FxHashMap<u32, Vec<usize>> = changes.iter().enumerate().fold(
        FxHashMap::default(),
        |mut changed: FxHashMap<u32, Vec<usize>>, (place, change)| {
            if let Some(event) = of_id.get(&change.event_id) {
                changed.entry(*event as u32).or_default().push(place);
            }
            changed
        },
    );
    for (which, (side, statistics)) in sides.into_iter().enumerate() {
        let Some(lines) = side.lines else { continue };
        let timed = lines.entries.iter().filter(|entry| entry.timestamp.is_some()).count();
        let range = statistics.time_range.filter(|_| 2 * timed >= lines.entries.len());
        let range = range.map(|(first, last)| (first.epoch_seconds(), last.epoch_seconds()));
        by_time[which] = range.is_some();
        for change in changes.iter_mut() {
            change.parts[which] = vec![0; PARTS];
        }
        for (line, event) in side.events.iter().enumerate() {
            let Some(places) = event.and_then(|event| changed.get(&event)) else { continue };
            let time = || lines.entries[line].timestamp.map(|time| time.epoch_seconds());
            let part = match range {
                Some((first, last)) => time().map(|time| part(time - first, last - first + 1)),
                None => Some(part(line as i64, side.events.len() as i64)),
            };
            for (place, part) in places.iter().filter_map(|place| Some((place, part?))) {
                changes[*place].parts[which][part] += 1;
            }
        }
    }
    by_time
}

/// Which part holds what is `at` of so many.
fn part(at: i64, of: i64) -> usize {
    (at.clamp(0, of - 1) as i128 * PARTS as i128 / i128::from(of)) as usize
}

#[cfg(test)]
mod tests {
    use super::{PARTS, part};

    #[test]
    fn the_first_is_in_the_first_part_and_the_last_in_the_last() {
        for of in [1, 7, 120, 86_400] {
            assert_eq!(part(0, of), 0);
            assert_eq!(part(of - 1, of), (of as usize - 1) * PARTS / of as usize);
        }
        assert_eq!((part(86_399, 86_400), part(43_200, 86_400)), (PARTS - 1, PARTS / 2));
    }
}
