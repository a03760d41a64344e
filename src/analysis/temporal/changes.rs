//! Bursts and changes of rate: which part of the time holds more of an event than the rest.

use std::ops::Range;

use super::FALSE_ALARMS;
use super::clock::{Clock, Kept};
use super::counts::{Counts, better_clocks};

/// Lines of an event at least for any of it to be tested.
const MIN_LINES: u64 = 5;

/// Bins with a line, at least, that a rate is told from: what came in one or two came once.
const MIN_BINS: usize = 3;

/// Bins with a line, at least, from or until which an event changes.
const MIN_BINS_OF_STEP: usize = 5;

/// Share of the lines that tell how busy the log is from which on an event is alone with that.
const ALONE: f64 = 0.95;

/// Share of the log that comes by the time, at least, to show that it goes on.
const MIN_BY_TIME: f64 = 0.1;

/// By which clocks a window is judged, and how unevenly the event comes by each.
type Clocks = fn(&Counts, &Clock, &Range<usize>, &Range<usize>) -> Vec<(Kept, f64)>;

/// By time alone.
fn by_time(counts: &Counts, clock: &Clock, range: &Range<usize>, window: &Range<usize>) -> Vec<(Kept, f64)> {
    vec![(Kept::Time, counts.dispersion(clock, Kept::Time, range, window))]
}

/// Share of its side, in time or in lines of the log, that an event must reach over which comes more often from then on or until
/// then.
const MIN_FILLED: f64 = 0.5;

/// How many times as many lines as expected a window holds at least: days that are alike differ by less.
const MIN_RATIO: f64 = 2.0;

/// Windows that are looked at closely: those that stand out most.
const CLOSER: usize = 8;

/// Changes of one event at most: of more, it is one that changes all the time.
const CHANGES_MAX: usize = 4;

/// A window of bins that holds more of an event than the rest of a range.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    /// Its bins.
    pub(super) bins: Range<usize>,
    /// The bins that it is compared with.
    pub(super) range: Range<usize>,
    /// Lines of the event in it.
    pub(super) count: u64,
    /// Lines to be expected in it from those outside of it.
    pub(super) expected: f64,
    /// Natural logarithm of the chance of so many.
    pub(super) ln_p_value: f64,
    /// A bound on the same, were the lines independent of each other: the window that fits best has the least.
    ln_chance: f64,
}

/// Where an event comes at other rates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Windows within, earliest first.
    pub(super) bursts: Vec<Window>,
    /// Windows that begin or end with their range: from then on, or until then, it comes more often. The most telling
    /// first.
    pub(super) steps: Vec<Window>,
}

/// Finds both by binary segmentation: where the window that tells most begins or ends with the range, both sides of the
/// change are searched again.
///
/// A window is told where `ln P/φ`, made [`sharper`], is no more than `ln(α / tests)`: `P` bounds the chance of as many lines in
/// it ([`Counts::ln_chance`]), `φ` is how unevenly the event comes ([`Counts::dispersion`]), tests are all windows of all
/// events. It is judged by the clock that the event keeps better, and by the one that wonders less where it keeps both.
///
/// Source: Kulldorff, "A spatial scan statistic", Comm. Statist. 1997, for the windows; Vostrikova, "Detecting disorder in
/// multidimensional random processes", Soviet Math. Dokl. 1981, for the segmentation; Bonferroni's bound.
///
/// Cost: `O(k·log B)` for `k` of `B` bins with a line, and `O(k)` for each window looked at closely.
pub(super) fn changes(counts: &Counts, clock: &Clock, events: usize) -> Changes {
    let mut changes = Changes::default();
    let mut ranges = vec![clock.bins()];
    while let Some(range) = ranges.pop() {
        let of = counts.within(&range);
        if counts.lines(&range) < MIN_LINES || of.len() < MIN_BINS {
            continue;
        }
        let scan = Scan { counts, clock, range: &range, events };
        let bursts = scan.bursts();
        let step = scan.step();
        // A burst has two ends to choose, a change one.
        let of_bursts =
            bursts.iter().map(|burst| -burst.ln_p_value).fold(0.0, f64::max) - scan.burst_tests().ln();
        let tells_more = |step: &Window| -step.ln_p_value - scan.step_tests().ln() >= of_bursts;
        match step.filter(|step| tells_more(step) && changes.steps.len() < CHANGES_MAX) {
            Some(step) => {
                let at = if step.bins.start == range.start { step.bins.end } else { step.bins.start };
                ranges.extend([range.start..at, at..range.end]);
                changes.steps.push(step);
            }
            None => changes.bursts.extend(bursts),
        }
    }
    changes.bursts.sort_by_key(|window| window.bins.start);
    changes.steps.sort_by(|a, b| a.ln_p_value.total_cmp(&b.ln_p_value));
    changes
}

/// What is searched.
struct Scan<'s> {
    counts: &'s Counts,
    clock: &'s Clock,
    range: &'s Range<usize>,
    events: usize,
}

impl Scan<'_> {
    /// Windows of a change that are tested.
    fn step_tests(&self) -> f64 {
        2.0 * self.clock.bins().len() as f64
    }

    /// Windows of a burst that are tested.
    fn burst_tests(&self) -> f64 {
        let n_bins = self.clock.bins().len();
        (n_bins * lengths().take_while(|length| 2 * length <= n_bins).count()).max(1) as f64
    }

    /// The change that tells most, if any is no chance.
    fn step(&self) -> Option<Window> {
        let Range { start, end } = *self.range;
        let of = self.counts.within(self.range);
        // What comes more often from then on begins with a line; what did so until then ends with one.
        let windows = of.iter().flat_map(|&(bin, _)| [bin..end, start..bin + 1]);
        let windows = windows.filter(|window| *window != *self.range);
        let found = self.told(self.most_telling(windows), self.step_tests(), better_clocks).into_iter();
        let lasts = |window: &Window| {
            let of = self.counts.within(&window.bins);
            let (Some((first, _)), Some((last, _))) = (of.first(), of.last()) else { return false };
            // What comes in a small part of the time from then on is a burst at its beginning.
            let fills = |kept: Kept| {
                let share = MIN_FILLED * self.clock.exposure(kept, &window.bins);
                self.clock.exposure(kept, &(*first..last + 1)) >= share
            };
            of.len() >= MIN_BINS_OF_STEP && Kept::BOTH.into_iter().any(fills)
        };
        found.filter(lasts).min_by(|a, b| a.ln_p_value.total_cmp(&b.ln_p_value))
    }

    /// Windows within that do not meet, earliest first.
    fn bursts(&self) -> Vec<Window> {
        let Range { start, end } = *self.range;
        let longest = (end - start) / 2;
        let lengths = || lengths().take_while(|length| *length <= longest);
        let of = self.counts.within(self.range);
        let windows = lengths().flat_map(|length| of.iter().map(move |(bin, _)| *bin..bin + length));
        // One at the edge may be a change that lasts; and a bin that the log only begins or ends in is narrower.
        let windows = windows.filter(|window| window.start >= start && window.end <= end);
        let clocks = if self.is_alone() { by_time } else { better_clocks };
        let mut found = self.told(self.most_telling(windows), self.burst_tests(), clocks);
        found.retain(|window| {
            let outside = self.counts.lines(self.range) - window.count;
            let bins = self.counts.within(self.range).len() - self.counts.within(&window.bins).len();
            window.count >= MIN_LINES && outside >= MIN_LINES && bins >= MIN_BINS
        });
        found.sort_by(|a, b| a.ln_chance.total_cmp(&b.ln_chance));
        let mut apart: Vec<Window> = Vec::new();
        for window in found {
            let meets =
                |other: &Window| window.bins.start <= other.bins.end && other.bins.start <= window.bins.end;
            if !apart.iter().any(meets) {
                apart.push(window);
            }
        }
        apart.sort_by_key(|window| window.bins.start);
        apart
    }

    /// By each clock the windows with the least chance, those left out that meet one with a smaller.
    fn most_telling(&self, windows: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
        let mut graded: [Vec<(f64, Range<usize>)>; 2] = Default::default();
        let bound = (FALSE_ALARMS / self.events as f64).ln();
        for window in windows {
            for (graded, kept) in graded.iter_mut().zip(Kept::BOTH) {
                let ln_chance = self.counts.ln_chance(self.clock, kept, self.range, &window);
                if ln_chance <= bound {
                    graded.push((ln_chance, window.clone()));
                }
            }
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for mut graded in graded {
            graded.sort_by(|(a, x), (b, y)| {
                a.total_cmp(b).then_with(|| (x.start, x.end).cmp(&(y.start, y.end)))
            });
            let mut apart: Vec<Range<usize>> = Vec::new();
            for (_, window) in graded {
                if !apart.iter().any(|other| window.start < other.end && other.start < window.end) {
                    apart.push(window);
                    if apart.len() == CLOSER {
                        break;
                    }
                }
            }
            found.extend(apart);
        }
        found
    }

    /// Those of the windows that are no chance.
    fn told(&self, windows: Vec<Range<usize>>, tests: f64, clocks: Clocks) -> Vec<Window> {
        let bound = (FALSE_ALARMS / (tests * self.events as f64)).ln();
        let judged = windows.into_iter().map(|bins| self.judged(bins, clocks));
        judged
            .filter(|window| window.ln_p_value <= bound && window.count as f64 >= MIN_RATIO * window.expected)
            .collect()
    }

    /// Whether next to nothing else tells how busy the log is, so that by that clock the event would expect itself, while
    /// lines that come by the time show that the log goes on.
    fn is_alone(&self) -> bool {
        let busy = self.clock.exposure(Kept::Lines, self.range);
        let by_time = self.clock.total() - self.clock.total_busy();
        self.counts.lines(self.range) as f64 > ALONE * busy && by_time >= MIN_BY_TIME * self.clock.total()
    }

    fn judged(&self, bins: Range<usize>, clocks: Clocks) -> Window {
        let (counts, clock, range) = (self.counts, self.clock, self.range);
        let count = counts.lines(&bins);
        let by = |(kept, dispersion)| {
            let ln_chance = counts.ln_chance(clock, kept, range, &bins);
            let expected = counts.expected(clock, kept, range, &bins);
            let all = counts.lines(range);
            let variance = count as f64 * (all - count) as f64 / all as f64 / dispersion;
            (ln_chance / dispersion + sharper(variance, count as f64 / expected), ln_chance, expected)
        };
        let by_clock = clocks(counts, clock, range, &bins).into_iter().map(by);
        let least = by_clock.max_by(|a, b| a.0.total_cmp(&b.0));
        let (ln_p_value, ln_chance, expected) = least.unwrap_or_default();
        Window { bins, range: range.clone(), count, expected, ln_p_value, ln_chance }
    }
}

/// By how much the logarithm of the chance is less than its bound: `1/((1 − 1/r)·√(2πV))` for a count of variance `V` that is
/// `r` times what is expected; 0 where the variance is too small for it.
///
/// Source: Bahadur, Rao, "On deviations of the sample mean", Ann. Math. Statist. 1960.
fn sharper(variance: f64, ratio: f64) -> f64 {
    if variance <= 1.0 || ratio < MIN_RATIO {
        return 0.0;
    }
    -(std::f64::consts::TAU * variance).ln() / 2.0 - (1.0 - 1.0 / ratio).ln()
}

/// Bins of the windows within: 1, 2, 3, 4, 6, 8, 12, 16, ..., so that any is met by one of about its length.
fn lengths() -> impl Iterator<Item = usize> {
    (0..40).flat_map(|power| [1_usize << power, 3 << power >> 1]).skip(1).filter({
        let mut last = 0;
        move |length| std::mem::replace(&mut last, *length) < *length
    })
}
