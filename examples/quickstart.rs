//! oddlog as a library: judges a few lines by themselves, without a model or a server, and prints what a person
//! should look at and why. Run with `cargo run --example quickstart`.

#![expect(clippy::print_stdout, reason = "an example prints what it shows")]

use oddlog::analysis::{AnalyzeOptions, analyze};

fn main() {
    // An hour of two ordinary events, and one line that belongs to neither.
    let mut lines: Vec<String> = (0..120)
        .map(|i| match i % 2 {
            0 => {
                format!("2024-05-14 10:{:02}:00 INFO order {} shipped in {} ms", i / 2, 7000 + i, 20 + i % 9)
            }
            _ => format!("2024-05-14 10:{:02}:30 INFO cache hit for session {}", i / 2, i * 7919 % 9973),
        })
        .collect();
    lines.insert(60, "2024-05-14 10:29:59 ERROR disk /dev/sdb1 failed: I/O error".to_owned());

    let report = analyze(&lines, None, &AnalyzeOptions::default());

    for finding in &report.findings {
        println!("{} (score {:.2})", report.events[finding.event].template, finding.score);
        for reason in &finding.reasons {
            println!("  {:.2} of it: {}", reason.contribution, reason.detail);
        }
    }
    for pattern in &report.patterns {
        println!("{:>4} lines: {}", pattern.count, pattern.template);
    }

    assert_eq!(report.findings.len(), 1, "the disk and nothing else");
    assert_eq!(report.findings[0].examples, [60]);
    assert_eq!(report.patterns.iter().map(|pattern| pattern.count).collect::<Vec<_>>(), [60, 60]);
}
