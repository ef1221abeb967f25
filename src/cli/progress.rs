//! Progress with the time left, on standard error: a bar on a terminal, a
//! line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Time between two lines where standard error is no terminal.
const QUIET: Duration = Duration::from_secs(15);

/// Progress over a known number of steps.
pub(super) struct Progress {
    bar: ProgressBar,
    terminal: bool,
    total: u64,
    done: u64,
    begun: Instant,
    said: Instant,
}

impl Progress {
    /// Nothing done yet of `total` steps.
    pub(super) fn new(total: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {eta} left  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = if terminal {
            ProgressBar::new(total as u64)
        } else {
            ProgressBar::hidden()
        };
        let now = Instant::now();
        Progress {
            bar: bar.with_style(style),
            terminal,
            total: total as u64,
            done: 0,
            begun: now,
            said: now,
        }
    }

    /// Names the step that begins.
    pub(super) fn begin(&mut self, what: &str) {
        self.bar.set_message(what.to_owned());
        if !self.terminal && self.done > 0 && self.said.elapsed() >= QUIET {
            self.said = Instant::now();
            let left = self
                .begun
                .elapsed()
                .mul_f64((self.total - self.done) as f64 / self.done as f64);
            eprintln!(
                "{}/{} cells, about {} s left: {what}",
                self.done,
                self.total,
                left.as_secs()
            );
        }
    }

    /// One step is done.
    pub(super) fn advance(&mut self) {
        self.done += 1;
        self.bar.inc(1);
    }

    /// A line that stays above the bar.
    pub(super) fn say(&self, line: &str) {
        if self.terminal {
            self.bar.println(line);
        } else {
            eprintln!("{line}");
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
