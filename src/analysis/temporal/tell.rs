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
use crate::wording::{counted, duration, grouped};

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
            "{} within {}, where {}: {ratio:.0} times as many",
            counted(burst.count, "line"),
            duration(seconds.1 - seconds.0 + 1),
            to_be_expected(burst.expected.max(0.5))
        );
        let tally = self.tally(&event.lines[places]);
        self.incident(event.event, Told { kind: FindingKind::Burst, tally, ratio, detail }, seconds)
    }

    fn silence(&self, event: &Event, gap: &Gap) -> Incident {
        // The lines on either side of it.
        let mut tally = self.tally(event.lines[gap.after..].iter().take(2));
        tally.count = 0;
        let (missing, long) = (to_be_expected(gap.expected), duration(gap.seconds));
        let detail = match event.lines.get(gap.after + 1) {
            Some(_) => format!("no line for {long}, where {missing}"),
            None => format!("no line any more in the last {long}, where {missing}"),
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
        let (missing, long) = (to_be_expected(outage.expected), duration(to - from));
        let detail = format!("the log holds no line at all for {long}, where {missing}");
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
        let (before, after) = rates(hourly_before, hourly_after);
        // Another change may begin where the rate of this one ends.
        let range = self.clock.seconds(&step.range);
        let bins = self.clock.bins();
        let then = match step.range.end == bins.end {
            true => "from then on".to_owned(),
            false => format!("in the {} from then on", duration(range.end - at)),
        };
        let until = match step.range.start == bins.start {
            true => "until then".to_owned(),
            false => format!("in the {} until then", duration(at - range.start)),
        };
        let detail = match kind {
            FindingKind::New => format!("it begins to come here: {after} {then}"),
            FindingKind::Gone => format!("it does not come any more: {before} {until}"),
            // By the clock of how busy the log is, the rates of its hours may go the other way.
            _ if (kind == FindingKind::More) != (hourly_after > hourly_before) => {
                let (share, side) = if kind == FindingKind::Less { ("less", until) } else { ("more", then) };
                let lines = counted(step.count, "line");
                let expected = to_be_expected(step.expected);
                format!("it makes up {share} of the log: {lines} {side}, where {expected} of so busy a log")
            }
            _ => format!("{after} {then}, {before} before"),
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
        let detail =
            format!("it is not in training, where {} at its rate here", to_be_expected(new.expected));
        let tally = self.tally(&new.times.lines);
        let told = Told { kind: FindingKind::New, tally, ratio: 1.0 + new.expected, detail };
        self.incident(new.event, told, (first, first))
    }

    /// An event of training that is not here.
    pub(super) fn missing(&self, gone: &Missing) -> Incident {
        let detail = format!(
            "{} of it in training and none here, where {}",
            counted(gone.trained_lines, "line"),
            to_be_expected(gone.expected)
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
        let Told { kind, tally, ratio, mut detail } = told;
        // What a reply shows no time of.
        if let Some(time) = tally.first_seen.filter(|time| time.dated().is_none()) {
            detail = format!("{detail} (at {})", time.civil.format("%H:%M:%S"));
        }
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

/// `2.5 were to be expected`, `1 was to be expected`.
fn to_be_expected(number: f64) -> String {
    let were = if (0.95..1.05).contains(&number) || number < 0.05 { "was" } else { "were" };
    format!("{} {were} to be expected", rounded(number))
}

/// To one digit behind the point where that says something.
fn rounded(number: f64) -> String {
    let is_whole = (number - number.round()).abs() < 0.05;
    match number {
        n if n < 0.05 => "none".to_owned(),
        n if n < 9.95 && !is_whole => format!("{n:.1}"),
        n => grouped(n.round()),
    }
}

/// Two rates of lines, told in the one unit in which the lower one that is not none is no smaller than a tenth, if there is
/// one.
fn rates(hourly_a: f64, hourly_b: f64) -> (String, String) {
    const UNITS: [(f64, &str); 3] = [(1.0, "an hour"), (24.0, "a day"), (720.0, "in 30 days")];
    let least = [hourly_a, hourly_b].into_iter().filter(|rate| *rate > 0.0).fold(f64::INFINITY, f64::min);
    let fits = |(hours, _): &&(f64, &str)| least * hours >= 0.1;
    let (hours, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[UNITS.len() - 1]);
    let told = |hourly: f64| match rounded(hourly * hours) {
        one if one == "1" => format!("1 line {unit}"),
        several if several == "none" => several,
        several => format!("{several} lines {unit}"),
    };
    (told(hourly_a), told(hourly_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_in_a_unit_in_which_both_say_something() {
        let told = |a, b| {
            let (a, b) = rates(a, b);
            format!("{a}, {b}")
        };
        assert_eq!(told(12_345.0, 0.0), "12,345 lines an hour, none");
        assert_eq!(told(1.0, 0.25), "1 line an hour, 0.2 lines an hour");
        assert_eq!(told(0.15, 0.02), "3.6 lines a day, 0.5 lines a day");
        assert_eq!(told(0.0, 0.001), "none, 0.7 lines in 30 days");
        assert_eq!(told(0.0, 0.0), "none, none");
    }

    #[test]
    fn what_was_to_be_expected_is_a_sentence() {
        let told = [0.0, 0.5, 1.01, 2.0, 9.7, 1_234.4].map(to_be_expected);
        assert_eq!(
            told,
            [
                "none was to be expected",
                "0.5 were to be expected",
                "1 was to be expected",
                "2 were to be expected",
                "9.7 were to be expected",
                "1,234 were to be expected"
            ]
        );
    }
}
