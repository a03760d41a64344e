//! `oddlog backtest`: what a model would have sent on each day of a user's own logs.

use std::io::Write;

use super::args::BacktestArgs;
use super::log::Log;
use super::screen::{Screen, Style, excerpt, printable};
use super::{ClientError, Outcome, progress};
use crate::analysis::AnalyzeOptions;
use crate::analysis::backtest::{BacktestDay, backtest};
use crate::analysis::maturity::name_of;
use crate::analysis::reading::Reading;
use crate::report::{FindingKind, Promise};
use crate::wording::counted;

/// Prints what was promised and what would have been sent, and then each finding with its day.
pub(super) fn run(
    args: &BacktestArgs,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let reading = Reading { timezone: args.timezone, ..Reading::default() };
    let log = Log::read(&args.files, &reading, err)?;
    let reading = Reading { reference_times: log.reference_times.clone(), ..reading };
    let options = AnalyzeOptions { reading, ..AnalyzeOptions::default() };
    let shown = progress::waiting("judging day by day", log.lines.len());
    let days = backtest(&log.lines, args.alarms_per_day, &options);
    shown.finish_and_clear();
    if !days.iter().any(|day| day.promise.is_some()) {
        let text = format!(
            "The log tells {} with a date, in {}; it takes eight, of which the first seven are learnt.",
            counted(days.len(), "day"),
            counted(log.lines.len(), "line")
        );
        writeln!(out, "{}", screen.wrap(&text, 0, 4))?;
        return Ok(Outcome::Done);
    }
    writeln!(out, "{}", screen.wrap(&summary(&days, args.alarms_per_day), 0, 4))?;
    for day in days.iter().filter(|day| !day.findings.is_empty()) {
        writeln!(out)?;
        let head = format!("{} ({})", name_of(day.day), counted(day.lines, "line"));
        writeln!(out, "{}", screen.paint(Style::Heading, &head))?;
        for (finding, template) in &day.findings {
            let level = finding.level.map_or("", |level| level.name());
            let gap = if level.is_empty() { "" } else { " " };
            let times = match (finding.kind, finding.count) {
                (FindingKind::Event, 1) => "once".to_owned(),
                (_, n) => format!("{n} times"),
            };
            let text = format!("{} ({times}, score {:.3})", excerpt(template), finding.score);
            let text = screen.wrap(&printable(&text), level.len() + gap.len(), 4);
            writeln!(out, "{}{gap}{text}", screen.level(level))?;
            if let Some(reason) = finding.reasons.first() {
                writeln!(out, "    {}", screen.cut(&printable(&reason.detail), 4))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// What was promised, and what would have been sent.
fn summary(days: &[BacktestDay], budget: u32) -> String {
    let judged: Vec<(&BacktestDay, Promise)> =
        days.iter().filter_map(|day| Some((day, day.promise?))).collect();
    let n = judged.len() as f64;
    let sent = judged.iter().map(|(day, _)| day.findings.len()).sum::<usize>() as f64 / n;
    let promised = judged.iter().map(|(_, promise)| promise.expected).sum::<f64>() / n;
    let silent = judged.iter().filter(|(day, _)| day.findings.is_empty()).count() as f64 / n;
    let most = judged.iter().map(|(day, _)| day.findings.len()).max().unwrap_or(0);
    format!(
        "At most {budget} findings a day were asked for. {} days were learnt, {} judged by the days before them: promised \
         {promised:.1} a day, would have sent {sent:.1}; on {:.0} % of days none, at most {most} on one.",
        days.len() - judged.len(),
        judged.len(),
        100.0 * silent
    )
}
