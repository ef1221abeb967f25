//! The full table of one scenario.

use super::below::{Below, errors, note, title};
use super::column::{by_throughput, count, nothing, number, service, throughput, time_unit};
use super::grid::Style;
use super::grid::{Cell, Column, Emphasis, Grid};
use super::once::Once;
use crate::base::si::{self, ABSENT};
use crate::record::quantity::{
    CPU, EFFICIENCY, FILE_CALLS, IN_FLIGHT, MEMORY, OVERSHOOT_P50, OVERSHOOT_P99, Quantity,
    RESPONSE_P50, RESPONSE_P90, RESPONSE_P99, RESPONSE_P999, RUN_DELAY, SERVICE_P50, SERVICE_P99,
    SHUTDOWN, STARTUP, SWITCHES, THROUGHPUT, UNIT_PSS,
};
use crate::report::analysis::in_flight::Fullest;
use crate::report::analysis::open_loop::{by_response, is_open, overloaded, pacers_cpu, tail};
use crate::report::analysis::panel::Panel;
use crate::report::analysis::standing::RESOLUTION;
use crate::report::analysis::study::Study;
use crate::report::analysis::summary::Summary;
use crate::report::analysis::summary::sampling;
use crate::stats::verdict::Rank;

/// What a table is built of: a column at a time.
struct Columns<'a> {
    cells: Vec<&'a Summary>,
    grid: Grid,
}

impl Columns<'_> {
    fn add(&mut self, head: &[&str], left: bool, of: &dyn Fn(&Summary) -> Cell) {
        self.grid.columns.push(Column::new(head, left));
        for (row, cell) in self.grid.rows.iter_mut().zip(&self.cells) {
            row.push(of(cell));
        }
    }

    /// A column of numbers, but none where there is not one; `spare` as in [`Column`].
    fn numbers(&mut self, spare: u8, head: &[&str], of: &dyn Fn(&Summary) -> Cell) {
        if self.cells.iter().any(|cell| of(cell).text != ABSENT) {
            self.add(head, false, of);
            if let Some(column) = self.grid.columns.last_mut() {
                column.spare = spare;
            }
        }
    }

    /// Names the word that explains columns whose heading begins so.
    fn explain(&mut self, head: &str, word: &'static str) {
        let columns = self.grid.columns.iter_mut();
        for column in columns.filter(|column| column.head.concat().starts_with(head)) {
            column.word = Some(word);
        }
    }
}

/// The table of a panel with its title above, and ranks in it and verdicts below
/// where its rows suffice for them. What its words mean goes to `once`.
pub(crate) fn table(study: &Study<'_, '_>, style: &Style, once: &mut Once) -> String {
    let (panel, said) = (study.panel, &study.said);
    let open = is_open(panel);
    let cells = if open {
        by_response(panel)
    } else {
        by_throughput(panel)
    };
    let mut columns = Columns {
        grid: Grid {
            apart: cells.iter().filter(|cell| cell.ranked()).count(),
            rows: vec![Vec::new(); cells.len()],
            names: usize::from(!said.ranks.is_empty()),
            label: panel.title.clone(),
            ..Grid::default()
        },
        cells: cells.clone(),
    };
    if !said.ranks.is_empty() {
        columns.add(&["rank"], false, &|s| {
            let rank = said.ranks.get(&s.label());
            rank.map_or(ABSENT.to_owned(), Rank::to_string).into()
        });
    }
    columns.add(&["model"], true, &|s| s.label().into());
    if open {
        answered(&mut columns, panel);
    } else {
        done(&mut columns, panel);
    }
    late(&mut columns);
    columns.numbers(1, &["CPU,", "µs/order"], &|s| number(s.of(&CPU), 1e3));
    // What CPU and time went into: of these a reader can do without first.
    columns.numbers(10, &["switches", "per order"], &|s| {
        number(s.of(&SWITCHES), 1.0)
    });
    columns.numbers(11, &["CPU wait,", "µs/order"], &|s| {
        number(s.of(&RUN_DELAY), 1e3)
    });
    columns.numbers(12, &["file calls", "per order"], &|s| {
        number(s.of(&FILE_CALLS), 1.0)
    });
    if !open {
        columns.numbers(5, &["efficiency,", "%"], &|s| {
            number(s.of(&EFFICIENCY), 0.01)
        });
    }
    columns.numbers(6, &["in", "flight"], &|s| {
        s.of(&IN_FLIGHT)
            .map_or(nothing(s), |mean| si::short(mean).into())
    });
    columns.numbers(3, &["memory,", "MB"], &|s| number(s.of(&MEMORY), 1e6));
    columns.numbers(7, &["memory", "per unit,", "kB"], &|s| {
        number(s.of(&UNIT_PSS), 1e3)
    });
    columns.numbers(8, &["threads"], &|s| count(s.threads));
    columns.numbers(9, &["processes"], &|s| count(s.processes));
    // A terminal has no room for what differs little and is paid once.
    if style.scrolls() {
        columns.numbers(9, &["startup,", "ms"], &|s| number(s.of(&STARTUP), 1e6));
        columns.numbers(9, &["shutdown,", "ms"], &|s| number(s.of(&SHUTDOWN), 1e6));
    }
    for (head, word) in [
        ("rank", "rank"),
        ("orders/s", "orders/s"),
        ("offered/s", "offered/s"),
        ("service", "service"),
        ("response", "response"),
        ("late", "late"),
        ("CPU,", "CPU"),
        ("switches", "switches"),
        ("CPU wait", "CPU wait"),
        ("file calls", "file calls"),
        ("efficiency", "efficiency"),
        ("in", "in flight"),
        ("memory", "memory"),
        ("memoryper unit", "per unit"),
    ] {
        columns.explain(head, word);
    }
    if cells.iter().any(|cell| !note(cell).is_empty()) {
        columns.add(&["note"], true, &|s| note(s).into());
    }

    let mut about = vec![sampling(&cells)];
    about.extend(panel.shared.untold(&panel.apart));
    let mut out = title(&panel.title, &about.join("; "), style);
    // Where tables scroll, they stay whole: split ones could not be compared.
    let width = if style.scrolls() {
        usize::MAX
    } else {
        style.width
    };
    let wide = Style { width, ..*style };
    out += &columns.grid.render(&wide);
    let mut below = Below::new(style);
    for statement in &said.lines {
        below.statement(statement);
    }
    if let Some(pacer) = pacers_cpu(panel) {
        below.line(&pacer);
    }
    errors(cells.iter().copied(), Summary::label, &mut below);
    if let Some(resolution) = &said.resolution {
        below.statement(resolution);
    }
    out += &below.told();
    once.grid(&columns.grid, &wide);
    once.verdicts(&said.lines);
    if said.resolution.is_some() {
        once.word(RESOLUTION);
    }
    cells.iter().for_each(|cell| once.met(cell));
    out
}

/// How late sleeps ended, where orders do nothing else.
fn late(columns: &mut Columns<'_>) {
    let times = columns
        .cells
        .iter()
        .flat_map(|s| [s.of(&OVERSHOOT_P50), s.of(&OVERSHOOT_P99)]);
    let (unit, ns) = time_unit(times.flatten());
    columns.numbers(1, &["late", &format!("p50, {unit}")], &|s| {
        number(s.of(&OVERSHOOT_P50), ns)
    });
    columns.numbers(1, &["late", &format!("p99, {unit}")], &|s| {
        number(s.of(&OVERSHOOT_P99), ns)
    });
}

/// What a closed loop shows: how many orders a model gets done.
fn done(columns: &mut Columns<'_>, panel: &Panel<'_>) {
    columns.add(&["orders/s"], false, &|s| throughput(s, panel, false));
    let times = columns
        .cells
        .iter()
        .flat_map(|s| [s.of(&SERVICE_P50), s.of(&SERVICE_P99)]);
    let (unit, ns) = time_unit(times.flatten());
    let fullest = Fullest::of(panel);
    columns.numbers(2, &["service", &format!("p50, {unit}")], &|s| {
        service(s, &SERVICE_P50, ns, &fullest)
    });
    columns.numbers(4, &["service", &format!("p99, {unit}")], &|s| {
        service(s, &SERVICE_P99, ns, &fullest)
    });
}

/// What an open loop shows: how long orders took from when they were planned.
fn answered(columns: &mut Columns<'_>, panel: &Panel<'_>) {
    let tail = tail(panel);
    // What is overloaded is last; its times are of another size.
    let settled = columns.cells.iter().filter(|cell| !overloaded(cell));
    let times =
        settled.flat_map(|s| [s.of(&RESPONSE_P50), s.of(&RESPONSE_P99), s.of(&SERVICE_P50)]);
    let (unit, ns) = time_unit(times.flatten());
    let best = columns.cells.first().map(|cell| cell.label());
    columns.numbers(7, &["offered/s"], &|s| {
        s.offered_per_s
            .map_or(nothing(s), |rate| si::tidy(rate).into())
    });
    let named = |name: &str| format!("{name}, {unit}");
    let response = |s: &Summary, time: &Quantity| {
        let Some(value) = s.of(time) else {
            return nothing(s);
        };
        let best =
            *time == tail && best.as_ref() == Some(&s.label()) && !overloaded(s) && s.ranked();
        Cell {
            text: si::plain(value / ns),
            emphasis: if best { Emphasis::Best } else { Emphasis::None },
        }
    };
    columns.numbers(0, &["response", &named("p50")], &|s| {
        response(s, &RESPONSE_P50)
    });
    columns.numbers(6, &["response", &named("p90")], &|s| {
        response(s, &RESPONSE_P90)
    });
    columns.numbers(0, &["response", &named("p99")], &|s| {
        response(s, &RESPONSE_P99)
    });
    columns.numbers(4, &["response", &named("p99.9")], &|s| {
        response(s, &RESPONSE_P999)
    });
    columns.numbers(6, &["service", &named("p50")], &|s| {
        number(s.of(&SERVICE_P50), ns)
    });
    columns.numbers(2, &["done/s"], &|s| {
        s.of(&THROUGHPUT)
            .map_or(nothing(s), |rate| si::short(rate).into())
    });
}
