//! One thing that happens shows in many events: it is told once.

use crate::report::Finding;

/// Share of the time of both in which two findings of one kind must agree to be of one incident.
const SHARED: f64 = 0.8;

/// A finding and the time that it is about.
pub(super) struct Incident {
    pub(super) finding: Finding,
    /// First and last second of it; for a change that lasts both are its time.
    pub(super) seconds: (i64, i64),
    /// How exactly that is known, in seconds.
    pub(super) exact_to: i64,
}

impl Incident {
    /// Whether both are of one kind and of the same time: what they share over what either covers, each end as exact as
    /// it is known.
    fn is_of(&self, other: &Self) -> bool {
        let exact = self.exact_to.max(other.exact_to);
        let near = |a: i64, b: i64| (a - b).abs() <= exact;
        let (a, b) = (self.seconds, other.seconds);
        let shared = (a.1.min(b.1) - a.0.max(b.0)) as f64;
        let either = (a.1.max(b.1) - a.0.min(b.0)) as f64;
        self.finding.kind == other.finding.kind
            && (near(a.0, b.0) && near(a.1, b.1) || either > 0.0 && shared >= SHARED * either)
    }
}

/// Of the findings of one incident the most telling, which says how many more events there are.
pub(super) fn one_per_incident(mut incidents: Vec<Incident>) -> Vec<Finding> {
    incidents.sort_by(|a, b| {
        let by_score = b.finding.score.total_cmp(&a.finding.score);
        by_score.then_with(|| (a.seconds, a.finding.event).cmp(&(b.seconds, b.finding.event)))
    });
    let mut told: Vec<(Incident, usize)> = Vec::new();
    for incident in incidents {
        match told.iter_mut().find(|(most_telling, _)| most_telling.is_of(&incident)) {
            Some((most_telling, more)) => {
                *more += usize::from(most_telling.finding.event != incident.finding.event);
            }
            None => told.push((incident, 0)),
        }
    }
    let say = |(Incident { mut finding, .. }, more): (Incident, usize)| {
        let kind = finding.kind.name();
        if let Some(reason) = finding.reasons.iter_mut().find(|reason| reason.kind == kind && more > 0) {
            let events = if more == 1 { "1 more event".to_owned() } else { format!("{more} more events") };
            reason.detail = format!("{}; {events} likewise", reason.detail);
        }
        finding
    };
    told.into_iter().map(say).collect()
}
