//! How often an event comes, in classes so wide that two ordinary days are in the same.

/// How often an event comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// In a single hour of a log of a quarter of a day or more. How many such there are says how many more are to be expected.
    Once,
    /// Seldom, or in bursts: no number of lines is unusual, and none is.
    Any,
    /// Seldom, but in each of the short logs that the file was made of.
    Every,
    /// At least 10 of 10,000 lines.
    Ten,
    /// At least 100 of 10,000 lines.
    Hundred,
    /// At least 1,000 of 10,000 lines.
    Thousand,
}

/// What a rate is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Lines of the event.
    pub(super) lines: u64,
    /// Lines of the log.
    pub(super) of: u64,
    /// Minutes in which it comes.
    pub(super) minutes: u64,
    /// Minutes in which anything does; 0 for a log without times.
    pub(super) of_minutes: u64,
    /// Whether it is in each of at least [`Rate::RUNS`] short logs.
    pub(super) is_in_every_run: bool,
    /// Hours in which it comes.
    pub(super) hours: u64,
    /// Hours in which anything does; 0 for a log without times.
    pub(super) of_hours: u64,
    /// Whether the log is of something that goes on.
    pub(super) is_long: bool,
}

/// Lines of an event at least to speak of its rate: of fewer, a day is half or twice another by chance.
const MIN_LINES: u64 = 30;

impl Rate {
    /// Logs from which on what is in each of them is expected in the next.
    pub const RUNS: usize = 3;

    /// All, as the text writes them.
    pub(super) const NAMES: [(Self, &'static str); 6] = [
        (Self::Once, "once"),
        (Self::Any, "any"),
        (Self::Every, "every"),
        (Self::Ten, "10+"),
        (Self::Hundred, "100+"),
        (Self::Thousand, "1000+"),
    ];

    /// As the text writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    pub(super) fn of(counts: &Counts) -> Self {
        let rate = counts.per_ten_thousand();
        match () {
            () if counts.lines >= MIN_LINES && counts.is_steady() && rate >= 1000.0 => Self::Thousand,
            () if counts.lines >= MIN_LINES && counts.is_steady() && rate >= 100.0 => Self::Hundred,
            () if counts.lines >= MIN_LINES && counts.is_steady() && rate >= 10.0 => Self::Ten,
            () if counts.is_in_every_run => Self::Every,
            () if counts.is_long && counts.hours <= 1 => Self::Once,
            () => Self::Any,
        }
    }
}

impl Rate {
    /// Lines in 10,000 that an event of the class has at least, and at most.
    fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Once | Self::Any | Self::Every => None,
            Self::Ten => Some((10.0, 100.0)),
            Self::Hundred => Some((100.0, 1000.0)),
            Self::Thousand => Some((1000.0, 10_000.0)),
        }
    }

    /// Whether a log of so many lines without the event should have held it; `tests` events are asked about.
    pub(super) fn is_missed(self, lines: u64, tests: usize) -> bool {
        match self.bounds() {
            None => self == Self::Every && lines > 0,
            Some((low, high)) => {
                let usual = (low * high).sqrt();
                is_improbable(0, usual * lines as f64 / 1e4, tests)
            }
        }
    }

    /// Whether the class is of what comes all the time.
    pub(super) fn is_steady(self) -> bool {
        self.bounds().is_some()
    }

    /// The class that an event has come into, where that is far enough from this one to be no chance: by a factor of
    /// [`BEYOND`] beyond its bounds.
    pub(super) fn changed(self, counts: &Counts, tests: usize) -> Option<Self> {
        let (low, high) = self.bounds().unwrap_or((0.0, 100.0));
        let rate = counts.per_ten_thousand();
        let lines = |rate: f64| rate * counts.of as f64 / 1e4;
        let up =
            rate >= BEYOND * high && counts.is_steady() && is_improbable(counts.lines, lines(high), tests);
        let down = rate * BEYOND <= low && is_improbable(counts.lines, lines(low), tests);
        (up || down)
            .then(|| Self::of(counts))
            .filter(|rate| *rate != self && (self.is_steady() || rate.is_steady()))
    }
}

/// How far beyond the bounds of its class a rate is told.
const BEYOND: f64 = 3.0;

/// Chance of any false change of a rate in a log of even rates.
const FALSE_ALARMS: f64 = 0.001;

/// Whether so many lines or more, or so few or fewer, have a chance of at most `α / tests` where `mean` are expected.
///
/// The bound `P ≤ exp(−(λ − n + n·ln(n/λ)))` for a Poisson number, on either side of its mean.
/// Source: Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis", Ann. Math. Statist. 1952.
fn is_improbable(n: u64, mean: f64, tests: usize) -> bool {
    let n = n as f64;
    let part = if n > 0.0 { n * (n / mean.max(1e-9)).ln() } else { 0.0 };
    mean - n + part >= (tests.max(1) as f64 / FALSE_ALARMS).ln()
}

impl Counts {
    /// Lines of it in 10,000.
    pub(super) fn per_ten_thousand(&self) -> f64 {
        1e4 * self.lines as f64 / self.of.max(1) as f64
    }

    /// Whether it comes in at least half as many minutes as that many lines would by chance, `W·(1 − e^(−n/W))` of `W`, and in
    /// as many hours: what comes in one burst may make up most minutes of a quiet day. A log without times is taken for
    /// steady.
    fn is_steady(&self) -> bool {
        let is_spread = |held: u64, of: u64| {
            let of = of as f64;
            let by_chance = of * (1.0 - (-(self.lines as f64) / of.max(1.0)).exp());
            2.0 * held as f64 >= by_chance
        };
        is_spread(self.minutes, self.of_minutes) && is_spread(self.hours, self.of_hours)
    }
}
