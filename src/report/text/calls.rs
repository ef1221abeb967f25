//! The system calls of a cell by kind, and what counting them cost.

use std::collections::BTreeMap;

use serde::Serialize;

use super::grid::{Cell, Column, Grid, Style};
use super::lines::wrapped;
use crate::base::si::{self, ABSENT};
use crate::record::quantity::{CPU, Quantity, RUN_DELAY, SWITCHES, THROUGHPUT};
use crate::record::row::Row;
use crate::stats::quantile::median;

/// Kinds with fewer calls an order than this stand together in one line.
const LEAST: f64 = 0.005;
/// A tracer that slows a cell by more than this is warned of.
const SLOWED: f64 = 1.5;
/// What is compared between traced and untraced samples.
const COMPARED: [Quantity; 4] = [THROUGHPUT, CPU, SWITCHES, RUN_DELAY];

/// Calls of one kind for an order, over rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PerOrder {
    /// The median over rounds.
    pub median: f64,
    /// The least of any round.
    pub least: f64,
    /// The greatest of any round.
    pub greatest: f64,
    /// Of these, those that gave an error; the median likewise.
    pub failed: f64,
}

/// What was counted of a cell.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Its id.
    pub cell: String,
    /// Who counted.
    pub tracer: &'static str,
    /// Rounds that were counted.
    pub rounds: usize,
    /// Orders of the smaller and of the larger traced sample.
    pub orders: (u64, u64),
    /// By kind.
    pub calls: BTreeMap<String, PerOrder>,
    /// All kinds together.
    pub all: PerOrder,
    /// Samples of the larger size, traced.
    pub traced: Vec<Row>,
    /// The same without a tracer.
    pub untraced: Vec<Row>,
}

impl Counted {
    /// By which factor the tracer slowed the cell, by its throughput.
    #[must_use]
    pub fn slowed(&self) -> Option<f64> {
        Some(middle(&THROUGHPUT, &self.untraced)? / middle(&THROUGHPUT, &self.traced)?)
    }

    /// As one JSON document.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let figures = |rows: &[Row]| -> BTreeMap<&'static str, Option<f64>> {
            let figures = COMPARED.iter();
            figures.map(|of| (of.field, middle(of, rows))).collect()
        };
        serde_json::json!({
            "cell": self.cell,
            "tracer": self.tracer,
            "rounds": self.rounds,
            "orders": { "fewer": self.orders.0, "more": self.orders.1 },
            "calls_per_order": self.calls,
            "all_calls_per_order": self.all,
            "traced": figures(&self.traced),
            "untraced": figures(&self.untraced),
        })
    }

    /// As two tables: calls by kind, most first, and what the tracer changed.
    #[must_use]
    pub fn table(&self, style: &Style) -> String {
        let (fewer, more) = self.orders;
        let title = format!(
            "{}: system calls per order, by {} (a sample of {} orders less one of {}, {} rounds)",
            self.cell,
            self.tracer,
            si::grouped(more as f64),
            si::grouped(fewer as f64),
            self.rounds
        );
        let mut out = wrapped(&title, "", "  ", style.width) + "\n";
        out += &self.by_kind().render(style);
        out.push('\n');
        out += &self.cost().render(style);
        if let Some(slowed) = self.slowed().filter(|slowed| *slowed > SLOWED) {
            let line = format!(
                "The tracer made the cell {} times slower: read its counts as those of a slower \
                 machine, which finds more ready at a time and waits less often.",
                si::plain(slowed)
            );
            out.push('\n');
            out += &wrapped(&line, "", "", style.width);
        }
        out
    }

    fn by_kind(&self) -> Grid {
        let column = Column::new;
        let mut grid = Grid {
            columns: vec![
                column(&["call"], true),
                column(&["per order"], false),
                column(&["least"], false),
                column(&["greatest"], false),
                column(&["of them", "failed"], false),
            ],
            label: format!("system calls of {}", self.cell),
            ..Grid::default()
        };
        let (mut shown, rare): (Vec<_>, Vec<_>) =
            (self.calls.iter()).partition(|(_, calls)| calls.median >= LEAST);
        shown.sort_by(|(_, a), (_, b)| b.median.total_cmp(&a.median));
        let line = |name: &str, calls: &PerOrder| -> Vec<Cell> {
            let figures = [calls.median, calls.least, calls.greatest, calls.failed];
            let figures = figures.map(|of| hundredths(of).into());
            std::iter::once(name.to_owned().into())
                .chain(figures)
                .collect()
        };
        grid.rows
            .extend(shown.iter().map(|(name, calls)| line(name, calls)));
        if !rare.is_empty() {
            let rest: f64 = rare.iter().map(|(_, calls)| calls.median).sum();
            let mut row = vec![Cell::from(format!("{} others", rare.len()))];
            row.push(hundredths(rest).into());
            row.resize_with(grid.columns.len(), Cell::default);
            grid.rows.push(row);
        }
        grid.apart = grid.rows.len();
        grid.rows.push(line("all", &self.all));
        grid
    }

    fn cost(&self) -> Grid {
        let column = Column::new;
        let mut grid = Grid {
            columns: vec![
                column(&["median over rounds"], true),
                column(&["untraced"], false),
                column(&["traced"], false),
            ],
            label: "what the tracer changed".into(),
            ..Grid::default()
        };
        for of in COMPARED {
            let told = |rows: &[Row]| {
                let value = middle(&of, rows);
                Cell::from(value.map_or(ABSENT.to_owned(), |value| of.brief(value)))
            };
            let (untraced, traced) = (told(&self.untraced), told(&self.traced));
            grid.rows
                .push(vec![of.title.to_owned().into(), untraced, traced]);
        }
        grid.apart = grid.rows.len();
        grid
    }
}

/// With two decimals; a difference of nearly nothing has no sign.
fn hundredths(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.as_str() {
        "-0.00" => "0.00".into(),
        _ => text,
    }
}

fn middle(of: &Quantity, rows: &[Row]) -> Option<f64> {
    median(
        &rows
            .iter()
            .filter_map(|row| of.of_row(row))
            .collect::<Vec<_>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rate: f64) -> Row {
        Row {
            orders: 8000,
            orders_per_s: Some(rate),
            cpu_ns: Some(64_000_000),
            voluntary_switches: Some(16),
            involuntary_switches: Some(0),
            ..Row::default()
        }
    }

    fn counted() -> Counted {
        let of = |median: f64, failed: f64| PerOrder {
            median,
            least: median - 0.01,
            greatest: median + 0.01,
            failed,
        };
        Counted {
            cell: "fetch/no-delay/smol".into(),
            tracer: "strace",
            rounds: 5,
            orders: (2000, 8000),
            calls: BTreeMap::from([
                ("recvfrom".into(), of(2.0, 1.0)),
                ("sendto".into(), of(1.0, 0.0)),
                ("epoll_ctl".into(), of(1.0, 0.0)),
                ("epoll_wait".into(), of(0.1, 0.0)),
                ("munmap".into(), of(0.0004, 0.0)),
                ("brk".into(), of(0.0001, 0.0)),
            ]),
            all: of(4.1, 1.0),
            traced: vec![row(20_000.0)],
            untraced: vec![row(120_000.0)],
        }
    }

    #[test]
    fn calls_in_plain_text() {
        insta::assert_snapshot!(counted().table(&Style::PLAIN));
    }

    #[test]
    fn nearly_nothing_has_no_sign() {
        assert_eq!(hundredths(-0.004), "0.00");
        assert_eq!(hundredths(-0.26), "-0.26");
        assert_eq!(hundredths(2.0), "2.00");
    }

    #[test]
    fn calls_as_json() {
        let told = counted().json();
        assert_eq!(told["calls_per_order"]["recvfrom"]["failed"], 1.0);
        assert_eq!(told["untraced"]["orders_per_s"], 120_000.0);
        assert_eq!(told["traced"]["cpu_ns_per_order"], 8000.0);
        assert_eq!(
            told["traced"]["run_delay_ns_per_order"],
            serde_json::Value::Null
        );
    }
}
