//! What was found over time, said as findings.

use super::buckets::Bucketing;
use super::changes::Window;
use super::clock::Clock;
use super::incidents::Incident;
use super::outages::Outage;
use super::silences::Gap;
use super::training::{Missing, New};
use super::{Event, OfEvent, Slope};
use crate::analysis::judge::Judge;
use crate::analysis::summary::Tally;
use crate::entry::Level;
use crate::features::severity::severity_factor;
use crate::report::{ChangePoint, Finding, FindingKind, LineReport, NumberShift, Reason};

/// Says what was found.
pub(super) struct Teller<'t> {
    pub(super) judge: &'t Judge<'t>,
    pub(super) lines: &'t [LineReport<'t>],
    pub(super) bucketing: &'t Bucketing,
    pub(super) clock: &'t Clock,
}

/// What one finding says.
struct Told {
    kind: FindingKind,
    tally: Tally,
    /// How many times as many, as few, or as large.
    ratio: f64,
    detail: String,
}

impl Teller<'_> {
    /// The findings of one event: of each kind the most telling; the section lists all.
    pub(super) fn incidents(&self, event: &Event, found: &OfEvent) -> Vec<Incident> {
        let mut incidents = Vec::new();
        let least = |a: &&Window, b: &&Window| a.ln_p_value.total_cmp(&b.ln_p_value);
        incidents.extend(found.changes.bursts.iter().min_by(least).map(|burst| self.burst(event, burst)));
        match &found.trend {
            Some(slope) => incidents.push(self.trend(event, slope)),
            None => incidents.extend(found.changes.steps.first().map(|step| self.step(event, step))),
        }
        incidents.extend(found.gaps.iter().map(|gap| self.silence(event, gap)));
        let least = |a: &&NumberShift, b: &&NumberShift| a.ln_p_value.total_cmp(&b.ln_p_value);
        incidents.extend(found.shifts.iter().min_by(least).map(|shift| self.shift(event, shift)));
        incidents
    }

    fn tally<'l>(&self, lines: impl IntoIterator<Item = &'l u32>) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.add(*line as usize, &self.lines[*line as usize].entry);
        }
        tally
    }

    fn burst(&self, event: &Event, burst: &Window) -> Incident {
        let places = event.within(burst, self.clock);
        let seconds = event.seconds(burst, self.clock);
        let ratio = burst.count as f64 / burst.expected.max(0.5);
        let detail = format!(
            "{} lines within {}, where {} were to be expected: {ratio:.0} times as many",
            burst.count,
            duration(seconds.1 - seconds.0 + 1),
            rounded(burst.expected.max(0.5))
        );
        let tally = self.tally(&event.lines[places]);
        self.incident(event.event, Told { kind: FindingKind::Burst, tally, ratio, detail }, seconds)
    }

    fn silence(&self, event: &Event, gap: &Gap) -> Incident {
        // The lines on either side of it.
        let mut tally = self.tally(event.lines[gap.after..].iter().take(2));
        tally.count = 0;
        let (missing, long) = (rounded(gap.expected), duration(gap.seconds));
        let detail = match event.lines.get(gap.after + 1) {
            Some(_) => format!("no line for {long}, where {missing} were to be expected"),
            None => format!("no line any more in the last {long}, where {missing} were to be expected"),
        };
        let from = event.times[gap.after];
        let told = Told { kind: FindingKind::Silence, tally, ratio: 1.0 + gap.expected, detail };
        self.incident(event.event, told, (from, from + gap.seconds))
    }

    /// A time without any line, told of the event that is the last before it. `None` where no line begins a record.
    pub(super) fn outage(&self, events: &[Event], outage: &Outage) -> Option<Incident> {
        let (from, to) = outage.seconds;
        let last_before = events.iter().filter_map(|event| {
            let place = event.times.partition_point(|time| *time <= from).checked_sub(1)?;
            Some((event.times[place], event.lines[place], event.event))
        });
        let first_after = events.iter().filter_map(|event| {
            let place = event.times.partition_point(|time| *time < to);
            Some((*event.times.get(place)?, event.lines[place]))
        });
        let (_, last, event) = last_before.max()?;
        let (_, first) = first_after.min()?;
        // Where the lines go back in time, as at the end of a year that none of them writes, the log does not stop.
        if (last < first) != self.is_ascending() {
            return None;
        }
        let mut tally = self.tally(&[last, first]);
        tally.count = 0;
        let (missing, long) = (rounded(outage.expected), duration(to - from));
        let detail = format!("the log holds no line at all for {long}, where {missing} were to be expected");
        let told = Told { kind: FindingKind::Silence, tally, ratio: 1.0 + outage.expected, detail };
        Some(self.incident(event, told, outage.seconds))
    }

    /// Whether the lines are in the order of their times, rather than the newest first.
    fn is_ascending(&self) -> bool {
        let times = (0..self.lines.len()).filter_map(|line| Some(self.bucketing.time(line)?.epoch_seconds()));
        let times: Vec<i64> = times.collect();
        let steps = times.windows(2).map(|pair| (pair[1] - pair[0]).signum()).sum::<i64>();
        steps >= 0
    }

    fn seconds(&self, line: usize) -> i64 {
        self.bucketing.time(line).map_or(0, |time| time.epoch_seconds())
    }

    fn step(&self, event: &Event, step: &Window) -> Incident {
        let ChangePoint { kind, line, hourly_before, hourly_after, .. } = event.change(step, self.clock);
        let tally = self.tally(&event.lines[event.within(step, self.clock)]);
        let at = self.seconds(line);
        let (before, after) = (rounded(hourly_before), rounded(hourly_after));
        let detail = match kind {
            FindingKind::New => format!("it begins to come here: {after} lines an hour from then on"),
            FindingKind::Gone => format!("it does not come any more: {before} lines an hour until then"),
            // By the clock of how busy the log is, the rates of its hours may go the other way.
            _ if (kind == FindingKind::More) != (hourly_after > hourly_before) => {
                let side = if kind == FindingKind::Less { "until then" } else { "from then on" };
                let expected = rounded(step.expected);
                format!("{} lines {side}, where {expected} of so busy a log were to be expected", step.count)
            }
            _ => format!("{after} lines an hour from then on, {before} before"),
        };
        let ratio = step.count as f64 / step.expected.max(0.5);
        self.incident(event.event, Told { kind, tally, ratio, detail }, (at, at))
    }

    fn trend(&self, event: &Event, slope: &Slope) -> Incident {
        let times = slope.effect.abs().exp2();
        let more = if slope.effect > 0.0 { "more often" } else { "less often" };
        let detail = format!("it comes {more} all along: {times:.1} times at the end");
        let told = Told { kind: FindingKind::Trend, tally: self.tally(&event.lines), ratio: times, detail };
        // Rising and falling are two things.
        let (start, end) = self.clock.span();
        self.incident(event.event, told, if slope.effect > 0.0 { (start, start) } else { (end, end) })
    }

    fn shift(&self, event: &Event, shift: &NumberShift) -> Incident {
        let seconds = (self.seconds(shift.first), self.seconds(shift.last));
        let ends = event.times.last().is_some_and(|last| seconds.1 >= *last - self.exact_to());
        let detail = format!(
            "a number of about {} before is about {} {}",
            shift.before,
            shift.after,
            if ends { "from then on".to_owned() } else { format!("for {}", duration(seconds.1 - seconds.0)) }
        );
        let places = event.times.partition_point(|time| *time < seconds.0)
            ..event.times.partition_point(|time| *time <= seconds.1);
        let mut tally = self.tally(&event.lines[places]);
        tally.count = shift.count;
        let told = Told { kind: FindingKind::Parameter, tally, ratio: shift.effect.abs().exp2(), detail };
        self.incident(event.event, told, seconds)
    }

    /// An event that training never saw.
    pub(super) fn unseen(&self, new: &New<'_>) -> Incident {
        let first = new.times.times[0];
        let detail = format!(
            "it is not in training, where {} lines were to be expected at its rate here",
            rounded(new.expected)
        );
        let tally = self.tally(&new.times.lines);
        let told = Told { kind: FindingKind::New, tally, ratio: 1.0 + new.expected, detail };
        self.incident(new.event, told, (first, first))
    }

    /// An event of training that is not here.
    pub(super) fn missing(&self, gone: &Missing) -> Incident {
        let detail = format!(
            "{} lines of it in training and none here, where {} were to be expected",
            gone.trained_lines,
            rounded(gone.expected)
        );
        let told =
            Told { kind: FindingKind::Gone, tally: Tally::default(), ratio: 1.0 + gone.expected, detail };
        let start = self.clock.span().0;
        self.incident(gone.event, told, (start, start))
    }

    fn exact_to(&self) -> i64 {
        let (start, end) = self.clock.span();
        (end - start) / 100
    }

    /// The more times as many, or the more lines that are missing, the nearer the surprise is to 0.8: it is `1 − 1/√ratio`
    /// of that, times severity as in every score.
    fn incident(&self, event: usize, told: Told, seconds: (i64, i64)) -> Incident {
        let Told { kind, tally, ratio, detail } = told;
        let level: Option<Level> = tally.worst_level();
        let surprise = 0.8 * (1.0 - 1.0 / ratio.max(1.0).sqrt());
        // That something bad stops is no worse than that anything stops.
        let eases = matches!(kind, FindingKind::Silence | FindingKind::Gone | FindingKind::Less);
        let word_weight = self.judge.events().get(event).map_or(0.0, |event| event.word_weight);
        let severity = if eases { 1.0 } else { severity_factor(level, word_weight, 0.0) };
        let mut reasons = vec![Reason { kind: kind.name(), contribution: surprise, detail }];
        if severity > 1.0 {
            let detail = match level {
                Some(level) if severity_factor(Some(level), 0.0, 0.0) >= severity => format!("level {level}"),
                _ => "its words speak of trouble".to_owned(),
            };
            reasons.push(Reason { kind: "severity", contribution: surprise * (severity - 1.0), detail });
            reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        }
        let finding = Finding {
            kind,
            event,
            level,
            count: tally.count,
            score: surprise * severity,
            first_seen: tally.first_seen,
            last_seen: tally.last_seen,
            reasons,
            examples: tally.examples,
        };
        Incident { finding, seconds, exact_to: self.exact_to() }
    }
}

/// `90 s`, `10 minutes`, `3 hours`, for people.
fn duration(seconds: i64) -> String {
    match seconds {
        s if s < 120 => format!("{s} s"),
        s if s < 7_200 => format!("{:.0} minutes", s as f64 / 60.0),
        s if s < 172_800 => format!("{:.0} hours", s as f64 / 3_600.0),
        s => format!("{:.0} days", s as f64 / 86_400.0),
    }
}

fn rounded(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}
