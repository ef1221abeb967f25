//! Progress with the time left, on standard error: a bar on a terminal, a
//! line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::campaign::At;

/// Time between two lines where standard error is no terminal.
const QUIET: Duration = Duration::from_secs(15);

/// Progress over a number of steps, or over rounds of them.
pub(super) struct Progress {
    bar: ProgressBar,
    terminal: bool,
    total: u64,
    done: u64,
    begun: Instant,
    /// When the last line was; `None` where the next is due at once.
    said: Option<Instant>,
    round: u32,
}

impl Progress {
    /// Nothing done yet of `total` steps.
    pub(super) fn new(total: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:24} {prefix}{pos}/{len}  {msg}")
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
            said: Some(now),
            round: 0,
        }
    }

    /// Names the step that begins.
    pub(super) fn begin(&mut self, what: &str) {
        let left = (self.done > 0).then(|| {
            let to_come = (self.total - self.done) as f64 / self.done as f64;
            self.begun.elapsed().mul_f64(to_come)
        });
        self.show(left, what);
    }

    /// Names the visit that begins. The first round tells how long it will
    /// take, so its end is worth a line.
    pub(super) fn visit(&mut self, at: &At) {
        if self.round == 1 && at.round == 2 {
            self.said = None;
        }
        self.round = at.round;
        (self.done, self.total) = (at.done as u64, at.cells as u64);
        self.bar.set_prefix(format!("round {}, ", at.round));
        self.bar.set_length(self.total);
        self.bar.set_position(self.done);
        self.show(at.left, &at.cell);
    }

    fn show(&mut self, left: Option<Duration>, what: &str) {
        let left = left.map_or_else(String::new, |left| format!("about {} left: ", time(left)));
        self.bar.set_message(format!("{left}{what}"));
        let due = self.said.is_none_or(|said| said.elapsed() >= QUIET);
        if !self.terminal && !left.is_empty() && due {
            self.said = Some(Instant::now());
            let round = self.bar.prefix();
            crate::note!("{round}{}/{} cells, {left}{what}", self.done, self.total);
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
            crate::note!("{line}");
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// `45 s`, `3 min 20 s`, `1 h 5 min`: two units say enough.
fn time(left: Duration) -> String {
    let seconds = left.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_told_in_two_units() {
        for (seconds, told) in [(45, "45 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")] {
            assert_eq!(time(Duration::from_secs(seconds)), told);
        }
    }
}
