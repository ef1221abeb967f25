//! `trend.html`: what changed, the worst first, and every history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::chart::{Caption, Frame};
use super::super::contents::Words;
use super::super::page::shell::{COLUMN, boxes, contents, figure, swatch, whole};
use super::super::text::html::{escaped, scrolled};
use super::run::on_machine;
use super::series::{Change, Kind, Series};
use super::{Section, Trend, sampled, words};
use crate::host::HostFacts;
use crate::record::palette::Rgb;

pub(super) fn page(trend: &Trend, caption: &Caption, prose: &Words) -> String {
    let mut out = String::new();
    for line in sampled(&trend.runs, caption) {
        let _ = writeln!(out, "<p class=\"facts\">{}</p>", escaped(&line));
    }
    out += "<p class=\"facts\">As text: <a href=\"trend.md\" download>trend.md</a>.</p>\n";
    out += &navigation(trend);
    out += &controls(trend);
    out += "<main id=\"results\">\n";
    out += &changes(trend);
    let frame = Frame::on_page(caption);
    for section in trend.all() {
        out += &shown(trend, section, &frame, prose);
    }
    out += &runs(trend);
    let _ = writeln!(
        out,
        "<section id=\"method\"><h2>How to read this</h2>\n<p class=\"about\">{}</p></section>\n</main>",
        escaped(&words::legend())
    );
    let colours = BTreeSet::new();
    whole(
        "bakeoff: trend",
        "What changed from run to run?",
        &out,
        &colours,
    )
}

fn navigation(trend: &Trend) -> String {
    let mut out = String::from("<li><a href=\"#changes\">What changed</a></li>\n");
    for section in trend.all() {
        let _ = writeln!(
            out,
            "<li><a href=\"#{}\">{}</a></li>",
            section.slug,
            escaped(&section.title)
        );
    }
    out += "<li><a href=\"#runs\">Runs</a></li>\n\
        <li><a href=\"#method\">How to read this</a></li>\n";
    contents(&out)
}

fn controls(trend: &Trend) -> String {
    let keys = trend.sections.iter().flat_map(|section| &section.series);
    let models: BTreeMap<_, (&str, Rgb)> = keys
        .map(|series| {
            let key = &series.key;
            (key.in_order(), (key.label.as_str(), key.colour))
        })
        .collect();
    let models = models.values().map(|(label, colour)| {
        let shown = format!("{} {}", swatch(*colour), escaped(label));
        ((*label).to_owned(), shown)
    });
    let titles = trend.sections.iter().map(|section| {
        let title = &section.title;
        (title.clone(), escaped(title))
    });
    format!(
        "<details class=\"controls\"><summary>Choose models and scenarios</summary>\n{}{}</details>\n\
         <p class=\"facts\" id=\"count\" role=\"status\"></p>\n",
        boxes("Models", "model", models),
        boxes("Scenarios", "scenario", titles)
    )
}

/// The table of what changed.
fn changes(trend: &Trend) -> String {
    let mut out = String::from("<section id=\"changes\"><h2>What changed</h2>\n");
    let changed = trend.changed();
    let _ = writeln!(
        out,
        "<p class=\"about\">{}</p>",
        escaped(&words::outcome(trend))
    );
    if changed.is_empty() {
        return out + "</section>\n";
    }
    let mut table = String::from(
        "<table class=\"sortable\"><caption>The largest slowdown first. In brackets: what the \
         change may be, at 99.5 % over all histories.</caption>\n<thead><tr>",
    );
    for (head, class) in [
        ("change", ""),
        ("cell", "left"),
        ("where", "left"),
        ("what else differs there", "left"),
    ] {
        let _ = write!(
            table,
            "<th scope=\"col\" class=\"{class}\"><button type=\"button\">{head}</button></th>"
        );
    }
    table += "</tr></thead>\n<tbody>\n";
    for (section, series, change) in changed {
        table += &line(trend, section, series, change);
    }
    table += "</tbody></table>";
    out + &scrolled("Table of changes", &table) + "</section>\n"
}

fn line(trend: &Trend, section: &Section, series: &Series, change: &Change) -> String {
    let key = &series.key;
    let class = if series.cost(change) > 1.0 {
        "fault"
    } else {
        ""
    };
    let names = [change.runs.0, change.runs.1].map(|run| escaped(&trend.runs[run].name));
    let [from, to] = names;
    let place = match change.kind {
        Kind::Step => format!("step at {to}<small>after {from}"),
        Kind::Drift => format!("drift over {} runs<small>{from} to {to}", change.count),
    };
    let mut also = vec![words::also(change)];
    also.extend(change.machine.iter().cloned());
    format!(
        "<tr data-model=\"{label}\"><td data-v=\"{cost}\"><span class=\"{class}\">{} {}</span>\
         <small>{}</small></td>\
         <th scope=\"row\" data-v=\"{name}\">{} <a href=\"#{chart}\">{name}</a>\
         <small>{metric}, {number} in its chart</small></th>\
         <td class=\"left run\" data-v=\"{from}\">{place}</small></td>\
         <td class=\"left run\" data-v=\"{also}\">{also}</td></tr>\n",
        words::percent(change.ratio.middle),
        words::verdict(series, change),
        words::interval(change),
        swatch(key.colour),
        label = escaped(&key.label),
        // Sorted upwards, the worst come first.
        cost = -series.cost(change),
        name = escaped(&key.name()),
        chart = section.chart_name(series.figure),
        metric = series.figure.title,
        number = change.number,
        also = escaped(&also.join("; ")),
    )
}

fn shown(trend: &Trend, section: &Section, frame: &Frame, prose: &Words) -> String {
    let (slug, title) = (&section.slug, escaped(&section.title));
    let filtered = match section.series.first().map(|series| series.figure) {
        Some(figure) if on_machine(figure) => String::new(),
        None => String::new(),
        _ => format!(" class=\"scenario\" data-scenario=\"{title}\""),
    };
    let mut out = format!(
        "<section{filtered} id=\"{slug}\">\n<h2>{title} \
         <a class=\"anchor\" href=\"#{slug}\" aria-label=\"Link to {title}\">#</a></h2>\n"
    );
    let first = section.series.first();
    let about = first.and_then(|series| prose.scenarios.get(&series.key.scenario()));
    if let Some(about) = about {
        let _ = writeln!(out, "<p class=\"about\">{}</p>", escaped(about));
    }
    for strips in section.charts() {
        let figure_of = strips[0].figure;
        let name = section.chart_name(figure_of);
        let column = Frame {
            width: COLUMN,
            ..frame.clone()
        };
        let [chart, slim] = [frame, &column]
            .map(|frame| super::charts::trend(section, &strips, &trend.runs, frame));
        out += &figure(&name, &chart, Some(&slim));
    }
    out + "</section>\n"
}

/// Every run with what it is of.
fn runs(trend: &Trend) -> String {
    let mut table = String::from(
        "<table><thead><tr><th scope=\"col\" class=\"left\">run</th>\
         <th scope=\"col\" class=\"left\">when</th><th scope=\"col\" class=\"left\">revision</th>\
         <th scope=\"col\" class=\"left\">compiler</th><th scope=\"col\" class=\"left\">host</th>\
         </tr></thead>\n<tbody>\n",
    );
    for run in &trend.runs {
        let host = run.host.as_ref();
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\">{}</th><td class=\"left\">{}</td><td class=\"left\">{}</td>\
             <td class=\"left note\">{}</td><td class=\"left note\">{}</td></tr>",
            escaped(&run.name),
            escaped(run.at()),
            escaped(run.revision().unwrap_or("")),
            escaped(host.and_then(|host| host.rustc.as_deref()).unwrap_or("")),
            escaped(&host.map_or("not recorded".to_owned(), HostFacts::line)),
        );
    }
    table += "</tbody></table>";
    format!(
        "<section id=\"runs\"><h2>Runs</h2>\n{}</section>\n",
        scrolled("Table of runs", &table)
    )
}
