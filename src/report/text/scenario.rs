//! The full table of one scenario.

use std::collections::BTreeMap;

use super::below::{Below, Footnotes, errors, explained, title};
use super::column::{by_throughput, count, nothing, number, throughput, time_unit};
use super::grid::Style;
use super::grid::{Cell, Column, Emphasis, Grid};
use crate::base::si::{self, ABSENT};
use crate::report::analysis::open_loop::{Tail, by_response, is_open, overloaded, quantile};
use crate::report::analysis::panel::Panel;
use crate::report::analysis::study::Study;
use crate::report::analysis::summary::Summary;
use crate::report::analysis::summary::sampling;

/// What a table is built of: a column at a time.
struct Columns<'a> {
    cells: Vec<&'a Summary>,
    grid: Grid,
}

impl Columns<'_> {
    fn add(&mut self, head: &[&str], left: bool, of: &mut dyn FnMut(&Summary) -> Cell) {
        self.grid.columns.push(Column {
            head: head.iter().map(|&line| line.to_owned()).collect(),
            left,
        });
        for (row, cell) in self.grid.rows.iter_mut().zip(&self.cells) {
            row.push(of(cell));
        }
    }

    /// A column of numbers, but none where there is not one.
    fn numbers(&mut self, head: &[&str], of: &dyn Fn(&Summary) -> Cell) {
        if self.cells.iter().any(|cell| of(cell).text != ABSENT) {
            self.add(head, false, &mut |cell| of(cell));
        }
    }

    /// A column of what a model takes, which may stand in a second piece.
    fn costs(&mut self, head: &[&str], of: &dyn Fn(&Summary) -> Cell) {
        let before = self.grid.columns.len();
        self.numbers(head, of);
        self.grid.aside.extend(before..self.grid.columns.len());
    }
}

/// The table of a panel with its title above, and ranks in it and verdicts below
/// where its rows suffice for them.
pub(crate) fn table(
    study: &Study<'_, '_>,
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let (panel, said) = (study.panel, &study.said);
    let open = is_open(panel);
    let cells = if open {
        by_response(panel)
    } else {
        by_throughput(panel)
    };
    let mut foot = Footnotes::new(notes);
    let mut columns = Columns {
        grid: Grid {
            apart: cells.iter().filter(|cell| cell.ranked()).count(),
            rows: vec![Vec::new(); cells.len()],
            names: usize::from(!said.ranks.is_empty()),
            ..Grid::default()
        },
        cells: cells.clone(),
    };
    if !said.ranks.is_empty() {
        columns.add(&["rank"], false, &mut |s| {
            count(said.ranks.get(&s.label()).map(|&rank| rank as u64))
        });
    }
    columns.add(&["model"], true, &mut |s| s.label().into());
    if open {
        answered(&mut columns, panel);
    } else {
        done(&mut columns, panel);
    }
    columns.numbers(&["CPU,", "µs/order"], &|s| number(s.cpu_ns_per_order, 1e3));
    if !open {
        columns.numbers(&["efficiency,", "%"], &|s| number(s.efficiency, 0.01));
    }
    columns.costs(&["memory,", "MB"], &|s| number(s.memory_bytes, 1e6));
    columns.costs(&["memory", "per unit,", "kB"], &|s| {
        number(s.unit_memory_bytes, 1e3)
    });
    columns.costs(&["threads"], &|s| count(s.threads));
    columns.costs(&["processes"], &|s| count(s.processes));
    // A terminal has no room for what differs little and is paid once.
    if style.markdown {
        columns.costs(&["startup,", "ms"], &|s| number(s.startup_ns, 1e6));
        columns.costs(&["shutdown,", "ms"], &|s| number(s.shutdown_ns, 1e6));
    }
    columns.add(&["note"], true, &mut |s| foot.note(s).into());

    let mut about = vec![sampling(&cells)];
    about.extend(panel.shared.untold(&panel.apart));
    let mut out = title(&panel.title, &about.join("; "), style);
    // Markdown is read where tables scroll; split ones could not be compared.
    let width = if style.markdown {
        usize::MAX
    } else {
        style.width
    };
    out += &columns.grid.render(&Style { width, ..*style });
    let mut below = Below::new(style);
    for clauses in &said.lines {
        below.clauses(clauses);
    }
    foot.write(&mut below);
    explained(cells.iter().copied(), &mut below);
    errors(cells.iter().copied(), Summary::label, &mut below);
    out + &below.text
}

/// What a closed loop shows: how many orders a model gets done.
fn done(columns: &mut Columns<'_>, panel: &Panel<'_>) {
    columns.add(&["orders/s"], false, &mut |s| throughput(s, panel, false));
    let p99 = |s: &Summary| quantile(s.service.as_ref(), |service| service.p99_ns);
    let times = columns
        .cells
        .iter()
        .flat_map(|s| [s.service_p50_ns, p99(s)]);
    let (unit, ns) = time_unit(times.flatten());
    columns.numbers(&["service", &format!("p50, {unit}")], &|s| {
        number(s.service_p50_ns, ns)
    });
    columns.numbers(&["service", &format!("p99, {unit}")], &|s| {
        number(p99(s), ns)
    });
}

/// What an open loop shows: how long orders took from when they were planned.
fn answered(columns: &mut Columns<'_>, panel: &Panel<'_>) {
    let tail = Tail::of_panel(panel);
    // What is overloaded is last; its times are of another size.
    let settled = columns.cells.iter().filter(|cell| !overloaded(cell));
    let times = settled.flat_map(|s| {
        let p99 = quantile(s.response.as_ref(), |response| response.p99_ns);
        [s.response_p50_ns, p99, s.service_p50_ns]
    });
    let (unit, ns) = time_unit(times.flatten());
    let best = columns.cells.first().map(|cell| cell.label());
    columns.numbers(&["offered/s"], &|s| {
        s.offered_per_s
            .map_or(nothing(s), |rate| si::tidy(rate).into())
    });
    let named = |name: &str| format!("{name}, {unit}");
    let response = |s: &Summary, value: Option<f64>, by: bool| {
        let Some(value) = value else {
            return nothing(s);
        };
        let best = by && best.as_ref() == Some(&s.label()) && !overloaded(s) && s.ranked();
        Cell {
            text: si::plain(value / ns),
            emphasis: if best { Emphasis::Best } else { Emphasis::None },
        }
    };
    let merged = |s: &Summary, of: fn(&crate::record::row::Latency) -> Option<u64>| {
        quantile(s.response.as_ref(), of)
    };
    columns.numbers(&["response", &named("p50")], &|s| {
        response(s, s.response_p50_ns, tail == Tail::P50)
    });
    columns.numbers(&["response", &named("p90")], &|s| {
        response(s, merged(s, |response| response.p90_ns), false)
    });
    columns.numbers(&["response", &named("p99")], &|s| {
        response(s, merged(s, |response| response.p99_ns), tail == Tail::P99)
    });
    columns.numbers(&["response", &named("p99.9")], &|s| {
        response(s, merged(s, |response| response.p999_ns), false)
    });
    columns.numbers(&["service", &named("p50")], &|s| {
        number(s.service_p50_ns, ns)
    });
    columns.numbers(&["done/s"], &|s| {
        s.orders_per_s
            .map_or(nothing(s), |rate| si::short(rate).into())
    });
}
