//! Exports are what other tools read: each format is read back, on rows of a run that
//! never was and on the reference run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use bakeoff::host::HostFacts;
use bakeoff::report::export::cell::{Cell, Measure, cells};
use bakeoff::report::export::github::Better;
use bakeoff::report::export::{bencher, csv, github, hlog, json};
use bakeoff::report::latency;
use bakeoff::report::row::{Ledger, Row, SCHEMA};
use bakeoff::report::rows;
use bakeoff::stats::ALPHA;
use bakeoff::stats::bootstrap::median_interval;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

// --- rows of a run that never was ------------------------------------------------

/// Ten rounds of two samples; throughput is `rate` and 10 more each round.
fn cell_of(scenario: &str, model: &str, rate: f64) -> Vec<Row> {
    (0..20)
        .map(|at| {
            let (round, sample) = (1 + at / 2, at % 2);
            let orders = 100;
            let orders_per_s = rate + f64::from(10 * round + sample);
            let wall_ns = (orders as f64 / orders_per_s * 1e9) as u64;
            Row {
                schema: SCHEMA,
                run: "synthetic".into(),
                cell: format!("bakery/{scenario}/{model}"),
                workload: "bakery".into(),
                scenario: scenario.into(),
                scenario_version: 1,
                model: model.into(),
                client: "none".into(),
                class: "equal".into(),
                shape: "multiplexed".into(),
                round,
                orders,
                concurrency: 16,
                workers: Some(2),
                placement: "alone".into(),
                cpus: vec![0, 1],
                wall_ns: Some(wall_ns),
                orders_per_s: Some(orders_per_s),
                service: latency::from_values(
                    (1..=orders).map(|order| 1_000_000 + 10_000 * order + u64::from(round)),
                ),
                cpu_ns: Some(orders * (5000 + 10 * u64::from(round))),
                memory_bytes: Some(1_000_000 + 1000 * u64::from(round)),
                versions: BTreeMap::from([
                    ("bakeoff".into(), "0.1.0".into()),
                    ("smol".into(), "2.0.0".into()),
                ]),
                ..Row::default()
            }
        })
        .collect()
}

/// The same with orders that came from outside.
fn open_loop(rows: Vec<Row>) -> Vec<Row> {
    let open = |row: Row| Row {
        offered_per_s: Some(1000.0),
        response: latency::from_values((1..=row.orders).map(|order| 20_000 * order)),
        ..row
    };
    rows.into_iter().map(open).collect()
}

fn failed(row: Row, why: &str) -> Row {
    Row {
        wall_ns: None,
        orders_per_s: None,
        service: None,
        cpu_ns: None,
        memory_bytes: None,
        error: Some(why.into()),
        ..row
    }
}

/// A cell of each kind.
fn run() -> Vec<Row> {
    let mut rows = cell_of("rush", "smol", 1000.0);
    let last = rows.pop().unwrap();
    rows.push(failed(last, "order 17: wrong answer:\n\"3\", not 4"));
    rows.extend(open_loop(cell_of("arrivals", "tokio-mt", 990.0)));
    for mut row in cell_of("rush", "tokio-mt", 500.0) {
        row.class = "shipped".into();
        row.scenario_version = 2;
        row.set = BTreeMap::from([
            ("bake".into(), "uniform:1ms, 2ms".into()),
            ("orders".into(), "100".into()),
        ]);
        row.flags = vec!["harness-bound".into()];
        rows.push(row);
    }
    let gone = cell_of("rush", "rayon", 1.0);
    rows.extend(gone.into_iter().map(|row| failed(row, "it was silent")));
    rows
}

fn reference() -> Vec<Row> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    rows::read(&dir).unwrap().rows
}

/// Both, for what must hold of any rows.
fn every() -> [Vec<Row>; 2] {
    [run(), reference()]
}

// --- how a format is read --------------------------------------------------------

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What `tests/schemas/bencher.json` says of a metric.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bmf {
    value: f64,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

/// What `tests/schemas/github.json` says of an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    unit: String,
    value: f64,
    range: Option<String>,
    extra: Option<String>,
}

/// What `tests/schemas/export.json` says of the document, but for the cells.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    export: u32,
    level: f64,
    host: Option<HostFacts>,
    cells: Vec<Value>,
    rows: Vec<Row>,
}

/// What was written, by types that refuse what the schemas do not name. That the schemas
/// themselves hold is for `scripts/check-exports`: a validator for this language
/// would change how the measured programs parse numbers.
fn read<T: DeserializeOwned>(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> T {
    let text = written(write);
    assert!(text.ends_with('\n'));
    serde_json::from_str(&text).unwrap()
}

fn named<'a>(cells: &'a [Cell], name: &str) -> &'a Cell {
    let found = cells.iter().find(|cell| cell.name == name);
    found.unwrap_or_else(|| panic!("no cell {name}"))
}

fn figure(cell: &Cell, measure: Measure) -> (f64, Option<(f64, f64)>) {
    let found = cell.metrics.iter().find(|metric| metric.measure == measure);
    let metric = found.unwrap_or_else(|| panic!("{} has no {measure:?}", cell.name));
    (metric.value, metric.interval.map(|i| (i.low, i.high)))
}

// --- cells -----------------------------------------------------------------------

#[test]
fn a_figure_is_the_median_over_rounds_with_its_bootstrap_interval() {
    let cells = cells(&run());
    let cell = named(&cells, "bakery/arrivals/tokio-mt");
    let rounds: Vec<f64> = (1..=10).map(|round| f64::from(5000 + 10 * round)).collect();
    let interval = median_interval(&rounds, ALPHA).unwrap();
    assert!(interval.low < 5055.0 && 5055.0 < interval.high);
    assert_eq!(
        figure(cell, Measure::CpuPerOrder),
        (5055.0, Some((interval.low, interval.high)))
    );
    // Of the last round one sample failed, and the other stands for it.
    let cell = named(&cells, "bakery/rush/smol");
    assert_eq!((cell.summary.taken, cell.summary.samples), (20, 19));
    assert_eq!(figure(cell, Measure::Throughput).0, 1055.5);
}

#[test]
fn a_quantile_that_samples_are_too_small_for_is_stated_by_all_of_them() {
    let cells = cells(&run());
    let cell = named(&cells, "bakery/rush/smol");
    let (p99, interval) = figure(cell, Measure::ServiceP99);
    assert!((1_980_000.0..2_010_000.0).contains(&p99), "{p99}");
    assert_eq!(interval, None);
}

#[test]
fn a_schedule_decides_the_throughput_of_an_open_loop_which_is_no_figure() {
    let cells = cells(&run());
    let of = |name: &str| -> BTreeSet<Measure> {
        let metrics = &named(&cells, name).metrics;
        metrics.iter().map(|metric| metric.measure).collect()
    };
    assert_eq!(
        of("bakery/arrivals/tokio-mt"),
        BTreeSet::from([
            Measure::ResponseP50,
            Measure::ResponseP99,
            Measure::CpuPerOrder,
            Measure::Memory
        ])
    );
    assert!(of("bakery/rush/smol").contains(&Measure::Throughput));
    assert!(of("bakery/rush/rayon").is_empty());
}

#[test]
fn a_name_tells_what_is_out_of_the_ordinary_and_nothing_else_of_the_run() {
    let rows = run();
    let shipped = "bakery/rush/tokio-mt[bake=uniform:1ms, 2ms;orders=100;shipped;v2]";
    named(&cells(&rows), shipped);
    let alone: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.class == "shipped")
        .collect();
    named(&cells(&alone), shipped);
    for rows in every() {
        let cells = cells(&rows);
        let names: BTreeSet<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!(names.len(), cells.len());
    }
}

#[test]
fn cells_of_one_name_are_told_apart() {
    let mut rows = cell_of("rush", "smol", 1000.0);
    let mut more = cell_of("rush", "smol", 2000.0);
    more.iter_mut().for_each(|row| row.concurrency = 32);
    rows.extend(more);
    let cells = cells(&rows);
    let names: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bakery/rush/smol[class=equal;concurrency=16;placement=alone]",
            "bakery/rush/smol[class=equal;concurrency=32;placement=alone]",
        ]
    );
}

#[test]
fn few_rounds_support_no_interval() {
    let mut rows = cell_of("rush", "smol", 1000.0);
    rows.retain(|row| row.round < 8);
    let (value, interval) = figure(&cells(&rows)[0], Measure::Throughput);
    assert_eq!((value, interval), (1040.5, None));
    // Rows of criterion know no rounds.
    rows.iter_mut().for_each(|row| row.round = 0);
    let (value, interval) = figure(&cells(&rows)[0], Measure::Throughput);
    assert_eq!((value, interval), (1040.5, None));
}

#[test]
fn a_search_for_a_capacity_is_no_cell_to_track() {
    let mut rows = run();
    let before = cells(&rows).len();
    for mut row in open_loop(cell_of("arrivals", "smol", 1000.0)) {
        row.set.insert("slo".into(), "p99<10ms".into());
        rows.push(row);
    }
    assert_eq!(cells(&rows).len(), before);
}

// --- csv -------------------------------------------------------------------------

/// Every leaf of a row that has all its parts.
fn leaves(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    let open = ["", "service", "response", "pacer_lateness", "ledger"].contains(&name);
    match value {
        Value::Object(members) if open => {
            for (key, value) in members {
                let sub = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}_{key}")
                };
                leaves(value, &sub, found);
            }
        }
        _ => {
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn every_field_is_a_column_and_every_column_is_documented() {
    let times = latency::from_values([1]);
    let full = Row {
        service: times.clone(),
        response: times.clone(),
        pacer_lateness: times,
        ledger: Some(Ledger::default()),
        ..Row::default()
    };
    let mut expected = BTreeSet::new();
    leaves(&serde_json::to_value(full).unwrap(), "", &mut expected);
    // Histograms are what hlog is for.
    expected.retain(|name| !name.ends_with("_hdr"));
    let columns: Vec<String> = csv::columns().collect();
    assert_eq!(columns.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(columns.len(), expected.len());
    let docs = include_str!("../docs/EXPORT.md");
    for column in columns {
        assert!(
            docs.contains(&format!("`{column}`")),
            "docs/EXPORT.md lacks {column}"
        );
    }
}

#[test]
fn csv_holds_what_rows_hold() {
    for rows in every() {
        let text = written(|out| csv::write(&rows, out));
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        assert!(header.iter().eq(csv::columns().collect::<Vec<_>>().iter()));
        let lines: Vec<BTreeMap<String, String>> =
            reader.deserialize().collect::<Result<_, _>>().unwrap();
        assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(&rows) {
            assert_eq!(line["cell"], row.cell);
            assert_eq!(line["error"], row.error.clone().unwrap_or_default());
            assert_eq!(line["orders"].parse(), Ok(row.orders));
            assert_eq!(line["orders_per_s"].parse().ok(), row.orders_per_s);
            let p50 = row.service.as_ref().and_then(|times| times.p50_ns);
            assert_eq!(line["service_p50_ns"].parse().ok(), p50);
            assert_eq!(line["flags"], row.flags.join(";"));
        }
    }
}

#[test]
fn csv_is_quoted_where_it_must_be_and_ends_lines_as_rfc_4180_does() {
    let mut rows = run();
    rows.retain(|row| row.error.is_some() || row.class == "shipped");
    rows.dedup_by_key(|row| row.cell.clone());
    rows[0].orders_per_s = Some(1.5e-7);
    rows[0].seed = u64::MAX;
    rows[0].service = None;
    insta::assert_snapshot!(written(|out| csv::write(&rows, out)).replace("\r\n", "␍␊\n"));
}

// --- json ------------------------------------------------------------------------

fn host() -> HostFacts {
    HostFacts {
        at: "2026-11-20T08:15:00+01:00".into(),
        hostname: "oven".into(),
        os: "Linux 6.1.0".into(),
        arch: "x86_64".into(),
        ..HostFacts::default()
    }
}

/// The same but for what reading a number from its text may cost: a unit in the last
/// place.
fn same(one: &Row, other: &Row) -> bool {
    let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= one.abs() * 1e-15,
        (one, other) => one == other,
    };
    let efficiency = other.efficiency;
    near(one.orders_per_s, other.orders_per_s)
        && near(one.efficiency, efficiency)
        && one.service.as_ref().map(|times| &times.hdr)
            == other.service.as_ref().map(|times| &times.hdr)
        && one.response.as_ref().map(|times| &times.hdr)
            == other.response.as_ref().map(|times| &times.hdr)
        && (&one.cell, one.round, one.wall_ns, &one.flags, &one.error)
            == (
                &other.cell,
                other.round,
                other.wall_ns,
                &other.flags,
                &other.error,
            )
}

#[test]
fn the_json_document_holds_host_cells_and_every_row() {
    for rows in every() {
        for host in [None, Some(host())] {
            let document: Document = read(|out| json::write(&rows, host.as_ref(), out));
            assert_eq!((document.export, document.level), (json::VERSION, 0.995));
            assert_eq!(document.host, host);
            assert_eq!(document.cells.len(), cells(&rows).len());
            assert_eq!(document.rows.len(), rows.len());
            let pairs = document.rows.iter().zip(&rows);
            for (found, row) in pairs {
                assert!(same(found, row), "{found:?} is not {row:?}");
            }
        }
    }
}

#[test]
fn the_json_document_tells_of_each_cell() {
    let document: Document = read(|out| json::write(&run(), None, out));
    let text = serde_json::to_string_pretty(&document.cells).unwrap();
    insta::assert_snapshot!(text);
}

// --- bencher ---------------------------------------------------------------------

#[test]
fn bencher_metrics_are_the_figures_of_all_cells() {
    for rows in every() {
        let cells = cells(&rows);
        let benchmarks: BTreeMap<String, BTreeMap<String, Bmf>> =
            read(|out| bencher::write(&cells, out));
        let with_figures = cells.iter().filter(|cell| !cell.metrics.is_empty());
        assert_eq!(benchmarks.len(), with_figures.count());
        for (name, metrics) in benchmarks {
            assert_eq!(metrics.len(), named(&cells, &name).metrics.len());
            for (slug, metric) in metrics {
                let value = metric.value;
                assert!(value > 0.0, "{name}, {slug}: {value}");
                match (metric.lower_value, metric.upper_value) {
                    (Some(lower), Some(upper)) => {
                        assert!(lower <= value && value <= upper, "{name}, {slug}");
                    }
                    (lower, upper) => assert_eq!(lower, upper, "{name}, {slug}"),
                }
                assert!(slug.len() <= 64, "{slug}");
                let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(slug.chars().all(kebab), "{slug}");
            }
        }
    }
}

#[test]
fn bencher_metrics_of_a_run() {
    insta::assert_snapshot!(written(|out| bencher::write(&cells(&run()), out)));
}

// --- github-action-benchmark -----------------------------------------------------

#[test]
fn entries_for_github_are_all_figures_each_in_the_file_of_its_direction() {
    for rows in every() {
        let cells = cells(&rows);
        let mut names = BTreeSet::new();
        let mut count = 0;
        for better in [Better::Smaller, Better::Bigger] {
            let entries: Vec<Entry> = read(|out| github::write(&cells, better, out));
            for entry in entries {
                assert_eq!(
                    entry.name.ends_with(" throughput"),
                    better == Better::Bigger
                );
                assert!(
                    entry.value > 0.0 && !entry.unit.is_empty(),
                    "{}",
                    entry.name
                );
                if let Some(range) = entry.range {
                    // What the tool takes for a width.
                    let half: f64 = range.strip_prefix("± ").unwrap().parse().unwrap();
                    assert!(half >= 0.0, "{}: {range}", entry.name);
                }
                assert!(entry.extra.unwrap().contains(" rounds, "));
                names.insert(entry.name);
                count += 1;
            }
        }
        assert_eq!(names.len(), count);
        let figures: usize = cells.iter().map(|cell| cell.metrics.len()).sum();
        assert_eq!(count, figures);
    }
}

#[test]
fn entries_for_github_of_a_run() {
    let cells = cells(&run());
    for better in [Better::Smaller, Better::Bigger] {
        insta::assert_snapshot!(written(|out| github::write(&cells, better, out)));
    }
}

// --- hlog ------------------------------------------------------------------------

struct Interval {
    tag: String,
    start: Duration,
    length: Duration,
    max: f64,
    histogram: Histogram<u64>,
}

fn intervals(log: &str) -> (Option<Duration>, Vec<Interval>) {
    let (mut began, mut found) = (None, Vec::new());
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        match entry.unwrap() {
            LogEntry::StartTime(at) => began = Some(at),
            LogEntry::BaseTime(_) => panic!("readers differ in what a base time means"),
            LogEntry::Interval(interval) => {
                let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
                found.push(Interval {
                    tag: interval.tag().unwrap().as_str().to_owned(),
                    start: interval.start_timestamp(),
                    length: interval.duration(),
                    max: interval.max(),
                    histogram: Deserializer::new()
                        .deserialize(&mut bytes.as_slice())
                        .unwrap(),
                });
            }
        }
    }
    (began, found)
}

#[test]
fn a_log_has_an_interval_for_the_times_of_each_row() {
    for rows in every() {
        let (began, found) = intervals(&written(|out| hlog::write(&rows, None, out)));
        assert_eq!(began, None);
        let mut found = found.into_iter();
        let mut clock = 0;
        for row in &rows {
            let wall = row.wall_ns.unwrap_or(0);
            for (kind, times) in [("service", &row.service), ("response", &row.response)] {
                let Some(times) = times else { continue };
                let interval = found.next().unwrap();
                assert!(interval.tag.starts_with(&row.cell), "{}", interval.tag);
                assert!(
                    interval.tag.ends_with(&format!(":{kind}")),
                    "{}",
                    interval.tag
                );
                assert_eq!(interval.histogram, latency::decode(times).unwrap());
                let off = |at: Duration, ns: u64| at.abs_diff(Duration::from_nanos(ns));
                let half = Duration::from_micros(500);
                assert!(off(interval.start, clock) <= half, "{:?}", interval.start);
                assert!(off(interval.length, wall) <= half, "{:?}", interval.length);
                let max = times.max_ns as f64 / 1e6;
                // A bucket's edge, told in milliseconds with three decimals.
                assert!(
                    (interval.max - max).abs() <= 0.001 * max + 0.0005,
                    "{} is not {max}",
                    interval.max
                );
            }
            clock += wall;
        }
        assert!(found.next().is_none());
        assert_eq!(hlog::intervals(&rows), intervals_in(&rows));
    }
}

fn intervals_in(rows: &[Row]) -> usize {
    let times =
        |row: &Row| usize::from(row.service.is_some()) + usize::from(row.response.is_some());
    rows.iter().map(times).sum()
}

#[test]
fn a_log_begins_with_its_format_its_start_and_a_legend() {
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_000_000);
    let log = written(|out| hlog::write(&run()[..1], Some(began), out));
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[1..4],
        [
            "#[Histogram log format version 1.3]",
            "#[StartTime: 1793000000.000 (seconds since epoch)]",
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ]
    );
    let intervals: Vec<&&str> = lines
        .iter()
        .filter(|line| line.starts_with("Tag="))
        .collect();
    // The cookie of V2, compressed.
    let [line] = intervals[..] else {
        panic!("{log}")
    };
    assert!(
        line.starts_with("Tag=bakery/rush/smol:service,0.000,"),
        "{line}"
    );
    assert!(line.contains(",HISTFAAA"), "{line}");
}

#[test]
fn tags_hold_nothing_that_ends_them() {
    let (_, found) = intervals(&written(|out| hlog::write(&run(), None, out)));
    let tags: BTreeSet<&str> = found.iter().map(|interval| interval.tag.as_str()).collect();
    assert_eq!(
        tags,
        BTreeSet::from([
            "bakery/arrivals/tokio-mt:response",
            "bakery/arrivals/tokio-mt:service",
            "bakery/rush/smol:service",
            "bakery/rush/tokio-mt[bake=uniform:1ms%2C%202ms;orders=100;shipped;v2]:service",
        ])
    );
}

// --- the command line --------------------------------------------------------------

const FORMATS: [&str; 6] = [
    "csv",
    "json",
    "bencher",
    "github-smaller",
    "github-bigger",
    "hlog",
];

fn bakeoff(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .arg("export")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// A results directory `run` in a directory of its own.
fn results(rows: &[Row]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    fs::create_dir(&dir).unwrap();
    let lines: String = rows
        .iter()
        .map(|row| serde_json::to_string(row).unwrap() + "\n")
        .collect();
    fs::write(dir.join("rows.jsonl"), lines).unwrap();
    fs::write(dir.join("host.json"), json!(host()).to_string()).unwrap();
    home
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn every_format_goes_to_standard_output_or_to_a_file() {
    let home = results(&run());
    for format in FORMATS {
        let said = bakeoff(home.path(), &["run", "--format", format]);
        assert_eq!(said.status.code(), Some(0), "{format}: {}", stderr(&said));
        assert!(!said.stdout.is_empty(), "{format}");
        let rows = ["run/rows.jsonl", "--format", format, "--out", "exported"];
        let kept = bakeoff(home.path(), &rows);
        assert_eq!(kept.status.code(), Some(0), "{format}: {}", stderr(&kept));
        assert!(kept.stdout.is_empty(), "{format}");
        let file = fs::read(home.path().join("exported")).unwrap();
        assert_eq!(file, said.stdout, "{format}");
    }
    let log = bakeoff(home.path(), &["run", "--format", "hlog"]).stdout;
    let (began, _) = intervals(str::from_utf8(&log).unwrap());
    assert_eq!(began, Some(Duration::from_secs(1_795_158_900)));
}

#[test]
fn failed_rows_and_cells_without_figures_are_counted() {
    let home = results(&run());
    let said = bakeoff(home.path(), &["run", "--format", "bencher"]);
    assert_eq!(
        stderr(&said),
        "21 of 80 rows failed and count in no figure; the first, of bakery/rush/smol: \
         order 17: wrong answer:\n1 of 4 cells have no figures\n"
    );
}

#[test]
fn what_can_be_used_is_used_and_the_rest_is_named() {
    let mut rows = run();
    rows[2].orders_per_s = Some(-3.0);
    rows[4].service.as_mut().unwrap().hdr = "cake".into();
    let home = results(&rows);
    let file = home.path().join("run/rows.jsonl");
    let torn = fs::read_to_string(&file).unwrap() + "{\"schema\":1,";
    fs::write(&file, torn).unwrap();
    fs::remove_file(home.path().join("run/host.json")).unwrap();
    let said = bakeoff(home.path(), &["run", "--format", "csv"]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    let lines: Vec<&str> = stderr(&said).lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    for (line, words) in lines.iter().zip([
        ["run/rows.jsonl:81: ", "torn"],
        ["run/rows.jsonl:3: ", "orders_per_s is -3"],
        ["run/rows.jsonl:5: ", "service.hdr: histogram is not"],
        ["21 of 78 rows", "wrong answer"],
        ["run/host.json", "No such file"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    let mut reader = ::csv::Reader::from_reader(said.stdout.as_slice());
    assert_eq!(reader.records().count(), 78);
}

#[test]
fn bad_input_is_refused_in_a_line_that_names_file_line_and_mend() {
    let good = serde_json::to_string(&run()[0]).unwrap();
    let newer = good.replace("\"schema\":1", "\"schema\":2");
    let nan = good.replace("\"orders_per_s\":1010.0", "\"orders_per_s\":NaN");
    assert!(newer != good && nan != good);
    for (text, words) in [
        (None, vec!["rows.jsonl: no such file", "bakeoff run"]),
        (Some(String::new()), vec!["rows.jsonl: ", "no row"]),
        (
            Some(format!("{good}\n{newer}\n")),
            vec!["rows.jsonl:2: ", "schema 2"],
        ),
        (
            Some(format!("{good}\n{nan}\n")),
            vec!["rows.jsonl:2: ", "not a row"],
        ),
        (
            Some(format!("{good}\n{{\n{good}\n")),
            vec!["rows.jsonl:2: ", "not a row"],
        ),
    ] {
        let home = results(&[]);
        let file = home.path().join("run/rows.jsonl");
        match text {
            Some(text) => fs::write(file, text).unwrap(),
            None => fs::remove_file(file).unwrap(),
        }
        for format in FORMATS {
            let said = bakeoff(
                home.path(),
                &["run", "--format", format, "--out", "exported"],
            );
            assert_eq!(said.status.code(), Some(2), "{}", stderr(&said));
            assert_eq!(stderr(&said).lines().count(), 1, "{}", stderr(&said));
            assert!(
                words.iter().all(|word| stderr(&said).contains(word)),
                "{}",
                stderr(&said)
            );
            assert!(!home.path().join("exported").exists());
        }
    }
}

#[test]
fn a_file_without_anything_in_it_is_not_written() {
    let open = results(&open_loop(cell_of("arrivals", "smol", 1000.0)));
    let said = bakeoff(
        open.path(),
        &["run", "--format", "github-bigger", "--out", "x"],
    );
    assert_eq!(said.status.code(), Some(1), "{}", stderr(&said));
    assert!(
        stderr(&said).contains("github-smaller"),
        "{}",
        stderr(&said)
    );
    let rows = cell_of("rush", "smol", 1000.0);
    let lost: Vec<Row> = rows.into_iter().map(|row| failed(row, "lost")).collect();
    let lost = results(&lost);
    for format in ["bencher", "github-smaller", "hlog"] {
        let said = bakeoff(lost.path(), &["run", "--format", format, "--out", "x"]);
        assert_eq!(said.status.code(), Some(1), "{}", stderr(&said));
        assert!(
            stderr(&said).contains("nothing to export"),
            "{}",
            stderr(&said)
        );
    }
    for home in [open, lost] {
        assert!(!home.path().join("x").exists());
    }
}

#[test]
fn a_place_that_cannot_take_the_file_is_refused() {
    let home = results(&run());
    let rows = fs::read(home.path().join("run/rows.jsonl")).unwrap();
    for (out, word) in [
        ("run/rows.jsonl", "the run's own rows"),
        ("run/../run/rows.jsonl", "the run's own rows"),
        ("nowhere/x", "--out"),
    ] {
        let said = bakeoff(home.path(), &["run", "--format", "csv", "--out", out]);
        assert_eq!(said.status.code(), Some(2), "{}", stderr(&said));
        assert!(stderr(&said).contains(word), "{}", stderr(&said));
    }
    assert_eq!(fs::read(home.path().join("run/rows.jsonl")).unwrap(), rows);
}
