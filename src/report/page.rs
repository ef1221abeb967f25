//! `report.html`: everything that the rows say on one page, which needs no network
//! and nothing beside it but the rows for whoever wants them.

mod attachment;
pub(super) mod shell;
mod sources;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::analysis::panel::Index;
use super::analysis::standing::Statement;
use super::analysis::study::Study;
use super::analysis::summary::Summary;
use super::analysis::sweeps::Sweep;
use super::chart::{Caption, Frame, Kind, Subject};
use super::claims;
use super::contents::{Contents, Words};
use super::text::capacity;
use super::text::controls::told as controls_told;
use super::text::cost;
use super::text::grid::Style;
use super::text::html::{escaped, list, paragraph, scrolled};
use super::text::once::{Once, legend};
use super::text::table::decided;
use crate::base::at_once::at_once;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::palette::Rgb;
use crate::record::row::Row;
use shell::{boxes, figure, swatch};

/// The whole page.
pub(super) fn page(contents: &Contents<'_, '_>, caption: &Caption, words: &Words) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "<p class=\"facts\">{}</p>", escaped(&caption.host));
    let _ = writeln!(
        out,
        "<p class=\"facts\">{}. <a href=\"#rows\">Download the rows</a></p>",
        escaped(&sampled(contents.rows))
    );
    let findings = claims::findings(&words.claims, contents.rows);
    let findings = claims::measured(&findings, &Style::HTML);
    out += "<div class=\"folds\">\n";
    out += &navigation(contents, !findings.is_empty());
    out += &controls(contents);
    out += "</div>\n";
    out += "<main id=\"results\">\n";
    out += &findings;
    let frame = Frame::on_page(caption);
    let column = Frame {
        width: shell::COLUMN,
        ..frame.clone()
    };
    let all = charts(Subject::All(&contents.studies), "", [&frame, &column]);
    if !all.is_empty() {
        let _ = writeln!(
            out,
            "<section id=\"all\"><h2>All scenarios</h2>\n{all}</section>"
        );
    }
    let studies: Vec<_> = contents.slugs.iter().zip(&contents.studies).collect();
    let drawn = at_once(&studies, |(slug, study)| {
        scenario(slug, study, words, &column)
    });
    out += &drawn.concat();
    for (slug, sweep) in contents.sweep_slugs.iter().zip(&contents.sweeps) {
        out += &swept(slug, sweep, &contents.index, [&frame, &column]);
    }
    let searches = capacity::tables(contents.searches, &Style::HTML);
    if !searches.is_empty() {
        let _ = writeln!(
            out,
            "<section id=\"capacities\"><h2>Capacities</h2>\n{searches}</section>"
        );
    }
    let mut told = decided(&contents.studies, &Style::HTML);
    told += &controls_told(contents.controls, &Style::HTML);
    if !told.is_empty() {
        let _ = writeln!(out, "<section id=\"controls\">{told}</section>");
    }
    out += &models(contents, words);
    let _ = writeln!(
        out,
        "<section id=\"method\"><h2>How to read this</h2>\n<p class=\"about\">{}</p>",
        escaped(&legend())
    );
    let _ = writeln!(
        out,
        "<p class=\"about\">{}</p></section>",
        escaped(&caption.versions)
    );
    out += &downloads(contents.rows);
    out += "</main>\n";
    let theirs = contents.cells().filter(|cell| cell.peer.is_some());
    let theirs = theirs.flat_map(|cell| [cell.colour(), cell.family().colour()]);
    shell::whole(
        "bakeoff: results",
        "Which concurrency model, for which work, at what cost?",
        &out,
        &theirs.collect(),
    )
}

/// Where every figure comes from.
fn downloads(rows: &[Row]) -> String {
    let within = attachment::link(rows).map_or(String::new(), |link| {
        format!(
            "<p class=\"about\">In this page: {link}, a line a sample, without histograms.</p>\n"
        )
    });
    format!(
        "<section id=\"rows\"><h2>Rows</h2>\n{within}<p class=\"about\">Beside this page: \
         <a href=\"rows.jsonl\" download>rows.jsonl</a> (every sample with its histograms), \
         <a href=\"host.json\" download>host.json</a> (the machine), \
         <a href=\"tables.md\" download>tables.md</a>.</p></section>\n"
    )
}

/// Runs, samples and rounds in a line.
fn sampled(rows: &[Row]) -> String {
    let runs: BTreeSet<&str> = rows.iter().map(|row| row.run.as_str()).collect();
    let rounds: BTreeSet<(&str, u32)> = rows
        .iter()
        .map(|row| (row.run.as_str(), row.round))
        .collect();
    let failed = rows.iter().filter(|row| row.error.is_some()).count();
    let runs: Vec<&str> = runs.into_iter().collect();
    format!(
        "Run {}: {} samples ({failed} failed) in {} rounds",
        runs.join(", "),
        rows.len(),
        rounds.len()
    )
}

fn navigation(contents: &Contents<'_, '_>, findings: bool) -> String {
    let mut out = String::new();
    if findings {
        out += "<li><a href=\"#findings\">Findings</a></li>\n";
    }
    if !contents.studies.is_empty() {
        out += "<li><a href=\"#all\">All scenarios</a></li>\n";
    }
    for (slug, title) in contents.titles() {
        let _ = writeln!(out, "<li><a href=\"#{slug}\">{}</a></li>", escaped(&title));
    }
    out += "<li><a href=\"#models\">Models</a></li>\n\
        <li><a href=\"#method\">How to read this</a></li>\n\
        <li><a href=\"#rows\">Rows</a></li>\n";
    shell::contents(&out)
}

/// Boxes to choose models and scenarios by.
fn controls(contents: &Contents<'_, '_>) -> String {
    let mut out = String::from(
        "<details class=\"controls\"><summary>Choose models and scenarios</summary>\n",
    );
    let labels = labels(contents);
    let models = labels
        .iter()
        .map(|(label, colour)| format!("{} {}", swatch(*colour), escaped(label)));
    let values = labels.iter().map(|(label, _)| label.clone());
    out += &boxes("Models", "model", values.zip(models));
    let titles = contents.titles();
    let shown = titles.iter().map(|(_, title)| escaped(title));
    let values = titles.iter().map(|(_, title)| title.clone());
    out += &boxes("Scenarios", "scenario", values.zip(shown));
    out + "<p class=\"facts\" id=\"count\" role=\"status\"></p>\n</details>\n"
}

/// Every cell's label with its colour, in the order of all tables.
fn labels(contents: &Contents<'_, '_>) -> Vec<(String, Rgb)> {
    let found: BTreeSet<(bool, usize, String, Rgb)> = contents
        .cells()
        .map(|cell| (!cell.ranked(), cell.place(), cell.label(), cell.colour()))
        .collect();
    found
        .into_iter()
        .map(|(_, _, label, model)| (label, model))
        .collect()
}

fn scenario(slug: &str, study: &Study<'_, '_>, words: &Words, frame: &Frame) -> String {
    let title = escaped(&study.panel.title);
    let mut out = format!(
        "<section class=\"scenario\" id=\"{slug}\" data-scenario=\"{title}\">\n<h2>{title} \
         <a class=\"anchor\" href=\"#{slug}\" aria-label=\"Link to {title}\">#</a></h2>\n"
    );
    let first = study.panel.cells.first();
    let about = first.and_then(|cell| {
        words
            .scenarios
            .get(&format!("{}/{}", cell.workload, cell.scenario))
    });
    if let Some(about) = about {
        let _ = writeln!(out, "<p class=\"about\">{}</p>", escaped(about));
    }
    let said = study.said.lines.iter().chain(&study.said.resolution);
    let said: Vec<String> = said.map(Statement::sentence).collect();
    out += &list(said.iter().map(String::as_str));
    out += &table::table(study);
    let flags: BTreeSet<&Word<Flag>> = study
        .panel
        .cells
        .iter()
        .flat_map(|cell| cell.flags.keys())
        .collect();
    let meanings: Vec<String> = flags
        .into_iter()
        .filter_map(|flag| Some(format!("{flag}: {}", flag.known()?.meaning())))
        .collect();
    out += &list(meanings.iter().map(String::as_str));
    out += &what_they_are(&study.panel.cells, words);
    out += "<div class=\"charts\">\n";
    for kind in Kind::ALL.into_iter().filter(|kind| kind.on_page()) {
        if let Some(draw) = kind.drawing(Subject::Scenario(study)) {
            out += &figure(&format!("{slug}-{}", kind.name()), &draw(frame), None);
        }
    }
    out + "</div>\n</section>\n"
}

/// Charts that are as wide as the page, each with one for a phone; `before` stands
/// before their names.
fn charts(subject: Subject<'_, '_, '_>, before: &str, frames: [&Frame; 2]) -> String {
    let mut out = String::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.on_page()) {
        if let Some(draw) = kind.drawing(subject) {
            let [chart, slim] = frames.map(draw);
            let name = format!("{before}{}", kind.name());
            out += &figure(&name, &chart, Some(&slim));
        }
    }
    out
}

/// How a model works, by what this build knows or by what its program says.
fn about(cell: &Summary, words: &Words) -> Option<String> {
    match &cell.peer {
        Some(peer) => Some(format!("{}: {}", peer.language, peer.about)),
        None => words.about.get(&cell.model).cloned(),
    }
}

/// How each model of a scenario works, beside its figures.
fn what_they_are(cells: &[&Summary], words: &Words) -> String {
    let models: BTreeMap<(usize, &str), Option<String>> = cells
        .iter()
        .map(|cell| ((cell.place(), cell.model.as_str()), about(cell, words)))
        .collect();
    let mut out = String::new();
    for ((_, model), about) in &models {
        if let Some(about) = about {
            let _ = writeln!(
                out,
                "<dt data-model=\"{name}\">{name}</dt><dd data-model=\"{name}\">{}{}</dd>",
                escaped(about),
                sources::link(model, words).map_or(String::new(), |link| format!(": {link}")),
                name = escaped(model)
            );
        }
    }
    if out.is_empty() {
        return out;
    }
    format!("<details><summary>How these models work</summary><dl>\n{out}</dl></details>\n")
}

fn swept(slug: &str, sweep: &Sweep<'_, '_>, rows: &Index<'_>, frames: [&Frame; 2]) -> String {
    let title = escaped(&format!("{} over {}", sweep.title(), sweep.key()));
    let mut once = Once::default();
    let figures = sweep.figures(rows, &Style::HTML, &mut once);
    format!(
        "<section class=\"scenario\" id=\"{slug}\" data-scenario=\"{title}\">\n<h2>{title} \
         <a class=\"anchor\" href=\"#{slug}\" aria-label=\"Link to {title}\">#</a></h2>\n\
         {charts}{about}{figures}{marks}</section>\n",
        charts = charts(Subject::Sweep(sweep, rows), &format!("{slug}-"), frames),
        about = paragraph(&sweep.about()),
        marks = once.marks(&Style::HTML),
    )
}

/// Every model with its way of working, where it is a misuse, and its versions.
fn models(contents: &Contents<'_, '_>, words: &Words) -> String {
    let mut table = String::from(
        "<table><thead><tr><th scope=\"col\" class=\"left\">model</th>\
         <th scope=\"col\" class=\"left\">how it works</th><th scope=\"col\" class=\"left\">note</th>\
         <th scope=\"col\" class=\"left\">versions</th><th scope=\"col\" class=\"left\">source</th>\
         </tr></thead>\n<tbody>\n",
    );
    let mut versions: BTreeMap<(usize, &str), (&Summary, BTreeSet<String>)> = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for cell in contents.cells() {
        shown.insert(cell.model.as_str());
        let (_, own) = versions
            .entry((cell.place(), &cell.model))
            .or_insert_with(|| (cell, BTreeSet::new()));
        own.extend(
            cell.versions
                .iter()
                .map(|(name, version)| format!("{name} {version}")),
        );
    }
    for ((_, model), (cell, versions)) in versions {
        let said = |text: Option<&String>| text.map_or(String::new(), |text| escaped(text));
        let versions: Vec<String> = versions.iter().map(|version| escaped(version)).collect();
        let _ = writeln!(
            table,
            "<tr id=\"model-{name}\"><th scope=\"row\">{} {name}</th><td class=\"left note\">{}</td>\
             <td class=\"left note\">{}</td><td class=\"left note\">{}</td>\
             <td class=\"left\">{source}</td></tr>",
            swatch(cell.colour()),
            said(about(cell, words).as_ref()),
            said(words.notes.get(model)),
            versions.join(", "),
            source = sources::link(model, words).unwrap_or_default(),
            name = escaped(model),
        );
    }
    table += "</tbody></table>";
    format!(
        "<section id=\"models\"><h2>Models</h2>\n{}{}</section>\n<section id=\"cost\">{}</section>\n",
        scrolled("Table of models", &table),
        sources::texts(&shown, words),
        cost::beside(&words.costs, contents.cells(), &Style::HTML)
    )
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::super::analysis::panel::panels;
    use super::super::analysis::summary::summarise_folded;
    use super::*;
    use crate::record::fold::Digest;
    use crate::report::fixture::{cell, notes, open_loop, ranked, run, swept};

    fn shown(rows: Vec<Row>) -> String {
        let words = Words {
            about: [("smol".to_owned(), "an executor of its own".to_owned())].into(),
            notes: notes(),
            scenarios: [("fetch/rush".to_owned(), "A rush of <users>.".to_owned())].into(),
            ..Words::default()
        };
        let caption = Caption {
            host: "oven: AMD EPYC".into(),
            versions: "bakeoff 0.1.0; measured 2026-11-20, run mine".into(),
            brief: "oven, measured 2026-11-20, run mine".into(),
        };
        let digest: Digest = rows.into_iter().collect();
        let summaries = summarise_folded(&digest.rows, &digest.fold);
        let panels = panels(&summaries);
        page(&Contents::of(&panels, &digest), &caption, &words)
    }

    /// The page of all kinds of rows, drawn once for all tests.
    fn everything() -> &'static str {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| shown([run(), ranked(), open_loop(), swept()].concat()));
        &PAGE
    }

    #[test]
    fn it_needs_nothing_from_elsewhere() {
        let page = everything();
        for outside in ["src=", "@import", "url(", "https://"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let others = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!others.contains("http://"));
    }

    #[test]
    fn every_link_within_leads_somewhere_and_no_two_things_share_a_name() {
        let page = everything();
        let named = |attribute: &str| -> Vec<String> {
            page.split(&format!(" {attribute}=\""))
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
                .collect()
        };
        let ids = named("id");
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len());
        for id in [
            "fetch-rush-latency",
            "heatmap",
            "model-smol",
            "fetch-open-loop-over-rate-load",
        ] {
            assert!(ids.iter().any(|own| own == id), "{id} in {ids:?}");
        }
        for target in named("href")
            .iter()
            .filter_map(|link| link.strip_prefix('#'))
        {
            assert!(ids.iter().any(|id| id == target), "#{target}");
        }
    }

    #[test]
    fn every_chart_says_where_it_is_from() {
        let page = everything();
        let charts: Vec<&str> = page
            .split("<figure ")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("</figure>")?.0))
            .collect();
        assert!(charts.len() > 10);
        for chart in charts {
            let picture = chart.split_once("</svg>").unwrap().0;
            assert!(picture.contains("oven, measured 2026-11-20, run mine"));
        }
    }

    #[test]
    fn models_stand_with_their_words_beside_their_figures() {
        let page = everything();
        for text in [
            "an executor of its own",
            "made for CPU work; its threads block while an order waits",
            "A rush of &lt;users&gt;.",
            "oven: AMD EPYC",
            "<th scope=\"row\" data-v=\"smol\">",
            "href=\"rows.jsonl\" download",
            "failed: order 17: wrong answer",
            "<small>",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("<nil>"), "text from rows is escaped");
    }

    #[test]
    fn what_another_program_asks_for_is_lightened_in_the_dark() {
        let page = shown(super::super::fixture::many());
        let rule =
            |colour: &str| format!("[data-theme=\"dark\"] svg [fill=\"{colour}\"] {{ fill: #");
        assert!(page.contains("fill=\"#1F5F60\""));
        assert_eq!(page.matches(&rule("#1F5F60")).count(), 1);
        assert!(!page.contains(&(rule("#1F5F60") + "1F5F60")));
    }

    #[test]
    fn a_whole_run_stays_under_two_mebibytes() {
        let models = [
            "sequential",
            "processes",
            "os-threads",
            "crossbeam",
            "rayon",
            "tokio-mt",
            "tokio-ct",
            "smol",
            "async-std",
        ];
        let once: Vec<Row> = models
            .into_iter()
            .zip(1..)
            .flat_map(|(model, rate)| {
                let rate = f64::from(1000 * rate);
                let mut rows = cell("fetch", "scenario", model, rate, 900);
                for (row, round) in rows.iter_mut().zip(1..) {
                    row.round = round;
                    row.unit_memory_bytes = Some(rate);
                    row.efficiency = Some(0.5);
                }
                rows
            })
            .collect();
        let rows: Vec<Row> = (0..16)
            .flat_map(|scenario| {
                let name = format!("scenario-{scenario}");
                once.iter().map(move |row| Row {
                    cell: row.cell.replace("scenario", &name),
                    scenario: name.clone(),
                    ..row.clone()
                })
            })
            .collect();
        let page = shown(rows);
        assert!(page.matches("<figure").count() > 96);
        assert!(page.len() < 2 << 20, "{} bytes", page.len());
    }
}
