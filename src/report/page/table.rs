//! The table of one scenario as HTML, with what each figure may be below it.

use std::fmt::Write as _;

use super::super::analysis::in_flight::Fullest;
use super::super::analysis::open_loop::{by_response, is_open, pacers_cpu};
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::super::text::below::carried;
use super::super::text::column::by_throughput;
use super::super::text::html::{escaped, scrolled};
use super::shell::swatch;
use crate::base::si;
use crate::record::quantity::{
    CPU, EFFICIENCY, FAIRNESS, IN_FLIGHT, LAG_MAX, LAG_P50, LAG_P99, MEMORY, PAGE_TABLES,
    PEAK_MEMORY, Quantity, RESPONSE_P50, RESPONSE_P90, RESPONSE_P99, RESPONSE_P999, SERVICE_P50,
    SERVICE_P90, SERVICE_P99, SERVICE_P999, SHUTDOWN, STARTUP, THROUGHPUT, UNIT_PSS, Unit,
};

/// A cell: what sorts it, and what is shown.
struct Figure {
    value: Option<f64>,
    html: String,
}

impl Figure {
    fn plain(value: Option<f64>, told: impl Fn(f64) -> String) -> Self {
        Figure {
            value,
            html: value.map_or(si::ABSENT.to_owned(), told),
        }
    }
}

impl Figure {
    /// In parentheses where it does not compare with that of the fullest.
    fn beside(mut self, quantity: &Quantity, cell: &Summary, fullest: &Fullest) -> Self {
        if self.value.is_some() && !fullest.compares_by(quantity, cell) {
            self.html = format!("({})", self.html);
        }
        self
    }
}

/// One column: its heading, and its figures in the order of the rows.
struct Column {
    head: String,
    figures: Vec<Figure>,
}

/// The table of `study`, its caption, and a line on its samples.
pub(super) fn table(study: &Study<'_, '_>) -> String {
    let open = is_open(study.panel);
    let cells = if open {
        by_response(study.panel)
    } else {
        by_throughput(study.panel)
    };
    let columns = columns(study, &cells, open);
    let about = format!(
        "<p class=\"facts\">{}. {}{}Below a figure: {}.</p>\n",
        sampling(&cells),
        offered(&cells).map_or(String::new(), |rate| format!(
            "Offered: {} orders/s. ",
            si::tidy(rate)
        )),
        pacers_cpu(study.panel).map_or(String::new(), |told| escaped(&told) + ". "),
        study.whiskers(),
    );
    let mut out = String::from("<table class=\"sortable\">\n<thead><tr>");
    let ranked = !study.said.ranks.is_empty();
    if ranked {
        out += &head("rank", "");
    }
    out += &head("model", "left");
    for column in &columns {
        out += &head(&column.head, "");
    }
    out += "</tr></thead>\n<tbody>\n";
    for (at, cell) in cells.iter().enumerate() {
        let label = escaped(&cell.label());
        let _ = write!(out, "<tr data-model=\"{label}\">");
        if ranked {
            let rank = study.said.ranks.get(&cell.label());
            // Sorted by the first rank, then by the last.
            let value = rank.map(|rank| rank.first as f64 + rank.last as f64 * 1e-3);
            let told = rank.map_or(si::ABSENT.to_owned(), ToString::to_string);
            out += &data(&Figure::plain(value, |_| told.clone()));
        }
        let _ = write!(
            out,
            "<th scope=\"row\" data-v=\"{label}\">{} <a href=\"#model-{}\">{label}</a>{}</th>",
            swatch(cell.colour()),
            escaped(&cell.model),
            note(cell),
        );
        for column in &columns {
            out += &data(&column.figures[at]);
        }
        out += "</tr>\n";
    }
    out += "</tbody></table>";
    about + &scrolled(&format!("Table of {}", study.panel.title), &out)
}

fn head(name: &str, class: &str) -> String {
    format!("<th scope=\"col\" class=\"{class}\"><button type=\"button\">{name}</button></th>")
}

fn data(figure: &Figure) -> String {
    match figure.value {
        Some(value) => format!("<td data-v=\"{value}\">{}</td>", figure.html),
        None => format!("<td>{}</td>", figure.html),
    }
}

fn columns(study: &Study<'_, '_>, cells: &[&Summary], open: bool) -> Vec<Column> {
    let titled = |head: &str, quantity: &Quantity| Column {
        head: head.to_owned(),
        figures: cells
            .iter()
            .map(|cell| figure(study, cell, quantity))
            .collect(),
    };
    // With its confidence interval below it.
    let between = |quantity: &Quantity| titled(quantity.short, quantity);
    let counted =
        |head: &str, of: &dyn Fn(&Summary) -> Option<f64>, told: &dyn Fn(f64) -> String| Column {
            head: head.to_owned(),
            figures: cells
                .iter()
                .map(|cell| Figure::plain(of(cell), told))
                .collect(),
        };
    let fullest = Fullest::of(study.panel);
    let plain = |quantity: &Quantity| Column {
        head: quantity.short.to_owned(),
        figures: cells
            .iter()
            .map(|cell| {
                let figure = Figure::plain(cell.of(quantity), |value| quantity.brief(value));
                figure.beside(quantity, cell, &fullest)
            })
            .collect(),
    };
    let mut columns = Vec::new();
    if open {
        if offered(cells).is_none() {
            columns.push(counted("offered/s", &|cell| cell.offered_per_s, &si::tidy));
        }
        columns.extend([
            between(&RESPONSE_P50),
            plain(&RESPONSE_P90),
            between(&RESPONSE_P99),
            plain(&RESPONSE_P999),
            between(&SERVICE_P50),
            titled("done/s", &THROUGHPUT),
            between(&CPU),
        ]);
    } else {
        columns.extend([
            titled("orders/s", &THROUGHPUT),
            between(&SERVICE_P50),
            plain(&SERVICE_P90),
            between(&SERVICE_P99),
            plain(&SERVICE_P999),
            between(&LAG_P50),
            between(&LAG_P99),
            plain(&FAIRNESS),
            between(&CPU),
            between(&EFFICIENCY),
            plain(&IN_FLIGHT),
            plain(&LAG_MAX),
        ]);
    }
    let count =
        |of: fn(&Summary) -> Option<u64>| move |cell: &Summary| of(cell).map(|count| count as f64);
    columns.extend([
        plain(&MEMORY),
        between(&UNIT_PSS),
        counted("threads", &count(|cell| cell.threads), &si::grouped),
        counted("processes", &count(|cell| cell.processes), &si::grouped),
        plain(&STARTUP),
        plain(&SHUTDOWN),
    ]);
    // Where many units do nothing but wait, it is what they take that is asked for.
    if cells.iter().any(|cell| cell.of(&LAG_MAX).is_some()) {
        columns.extend([plain(&PAGE_TABLES), plain(&PEAK_MEMORY)]);
    }
    columns.retain(|column| column.figures.iter().any(|figure| figure.value.is_some()));
    columns
}

fn figure(study: &Study<'_, '_>, cell: &Summary, quantity: &Quantity) -> Figure {
    // The heading names the unit of a rate.
    let told = |value: f64| match quantity.unit {
        Unit::PerSecond => si::short(value),
        _ => quantity.told(value),
    };
    let fullest = Fullest::of(study.panel);
    let mut figure = Figure::plain(cell.of(quantity), told).beside(quantity, cell, &fullest);
    if let (Some(_), Some(of)) = (figure.value, study.between(cell, quantity)) {
        // A figure and its unit stay together where the interval is broken.
        let told = |end: f64| told(end).replace(' ', "\u{a0}");
        let ends = [of.low, of.high].map(told);
        let _ = write!(
            figure.html,
            "<small class=\"between\">{}\u{a0}– {}</small>",
            ends[0], ends[1]
        );
    }
    figure
}

/// What was offered to all, where that is one rate: a column of it would say nothing.
fn offered(cells: &[&Summary]) -> Option<f64> {
    let first = cells.first()?.offered_per_s?;
    let mut rest = cells.iter();
    rest.all(|cell| cell.offered_per_s == Some(first))
        .then_some(first)
}

/// Flags and errors, below the model's name: a column of them would leave figures no room.
/// Where a model is a misuse stands once, in the table of models.
fn note(cell: &Summary) -> String {
    let mut parts: Vec<String> = cell
        .flags
        .keys()
        .map(|flag| match carried(cell, flag) {
            Some(part) => format!("{} {part}", escaped(flag.as_str())),
            None => escaped(flag.as_str()),
        })
        .collect();
    parts.extend(cell.errors.iter().map(|(error, times)| {
        let all = cell.taken;
        let error = escaped(error);
        format!("<span class=\"fault\">failed: {error} ({times} of {all} samples)</span>")
    }));
    if parts.is_empty() {
        return String::new();
    }
    format!("<small>{}</small>", parts.join("; "))
}
