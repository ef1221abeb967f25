//! What people read, compared with reviewed snapshots; and what must hold of
//! it whatever the rows.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::analysis::panel::{panels, slug};
use super::analysis::summary::{Summary, summarise, summarise_folded};
use super::text::grid::{Markup, Style};
use super::text::table;
use crate::base::word::Named as _;
use crate::record::flag::Flag;
use crate::record::fold::Digest;
use crate::record::quantity::{self, CPU, LAG_P99, MEMORY, Quantity, THROUGHPUT};
use crate::record::row::Row;
use crate::report::fixture::{cell, failed, notes, open_loop, ranked, run, swept, with};
use crate::workload::client::Client;

const COLOR: Style = Style {
    color: true,
    ..Style::PLAIN
};

fn widest(text: &str) -> usize {
    text.lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

#[test]
fn overview_in_plain_text() {
    assert_snapshot!(table::overview(&run(), &notes(), &Style::PLAIN));
}

#[test]
fn overview_in_markdown() {
    assert_snapshot!(table::overview(&run(), &notes(), &Style::MARKDOWN));
}

#[test]
fn scenarios_in_plain_text() {
    assert_snapshot!(table::scenarios(&run(), &notes(), &Style::PLAIN));
}

#[test]
fn scenarios_in_markdown() {
    assert_snapshot!(table::scenarios(&run(), &notes(), &Style::MARKDOWN));
}

#[test]
fn ranks_in_plain_text() {
    assert_snapshot!(table::scenarios(&ranked(), &notes(), &Style::PLAIN));
}

#[test]
fn ranks_in_markdown() {
    assert_snapshot!(table::scenarios(&ranked(), &notes(), &Style::MARKDOWN));
}

#[test]
fn an_open_loop_in_plain_text() {
    assert_snapshot!(table::scenarios(&open_loop(), &notes(), &Style::PLAIN));
}

#[test]
fn an_open_loop_in_markdown() {
    assert_snapshot!(table::scenarios(&open_loop(), &notes(), &Style::MARKDOWN));
}

#[test]
fn sweeps_in_plain_text() {
    assert_snapshot!(table::scenarios(&swept(), &notes(), &Style::PLAIN));
}

#[test]
fn sweeps_in_markdown() {
    assert_snapshot!(table::scenarios(&swept(), &notes(), &Style::MARKDOWN));
}

#[test]
fn an_overview_with_an_open_loop() {
    let mut rows = run();
    rows.extend(open_loop());
    rows.extend(
        swept()
            .into_iter()
            .filter(|row| row.set.contains_key("concurrency")),
    );
    assert_snapshot!(table::overview(&rows, &notes(), &Style::PLAIN));
}

#[test]
fn ranks_need_rounds_of_what_compares() {
    let text = |change: &dyn Fn(&mut Row)| {
        let mut rows = ranked();
        rows.retain(|row| row.scenario == "calm" && row.round <= 8);
        rows.iter_mut().for_each(change);
        table::scenarios(&rows, &BTreeMap::new(), &Style::PLAIN)
    };
    assert!(text(&|_| ()).contains("\nrank  model"));
    // Criterion's rows: no ranks, and no word on them here.
    let bench = text(&|row| row.round = 0);
    assert!(
        !bench.contains("rank") && !bench.contains("slower"),
        "{bench}"
    );
    let few = text(&|row| row.round = row.round.min(7));
    assert!(
        few.contains("\nno ranks: 7 rounds, 8 are needed\n"),
        "{few}"
    );
    let apart = text(&|row| {
        if row.model == "smol" {
            row.concurrency = 1;
        }
    });
    assert!(
        apart.contains("\nno ranks: its cells differ in concurrency\n"),
        "{apart}"
    );
    let alone = text(&|row| {
        if row.model != "smol" {
            row.error = Some("no ovens".into());
        }
    });
    assert!(!alone.contains("rank"), "{alone}");
}

#[test]
fn colour_changes_emphasis_alone() {
    for render in [table::overview, table::scenarios] {
        let plain = render(&run(), &notes(), &Style::PLAIN);
        let lit = render(&run(), &notes(), &COLOR);
        assert!(lit.contains("\x1b[1m159k\x1b[0m"), "{lit}");
        let mut bare = lit;
        for code in ["\x1b[1m", "\x1b[31m", "\x1b[0m"] {
            bare = bare.replace(code, "");
        }
        let lines = bare.split_inclusive('\n');
        let bare: String = lines.filter(|line| !line.starts_with("  bold ")).collect();
        // Whose absence narrows the column of words.
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&bare), words(&plain));
    }
}

#[test]
fn wide_tables_are_split_to_fit() {
    let rows: Vec<Row> = (0..30)
        .flat_map(|n| {
            cell(
                "bakery",
                &format!("scenario-number-{n}"),
                "smol",
                100.0 + n as f64,
                10,
            )
        })
        .collect();
    for markup in [Markup::Plain, Markup::Markdown] {
        let style = Style {
            markup,
            ..Style::PLAIN
        };
        let text = table::overview(&rows, &BTreeMap::new(), &style);
        assert!(widest(&text) <= style.width, "{text}");
        for n in 0..30 {
            assert!(text.contains(&format!("scenario-number-{n}")));
        }
        // Every piece names its rows.
        let pieces = text.lines().filter(|line| line.contains("smol  "));
        assert!(pieces.count() > 1, "{text}");
    }
}

#[test]
fn nothing_measured_is_nothing_said() {
    assert_eq!(table::overview(&[], &notes(), &Style::PLAIN), "");
    assert_eq!(table::scenarios(&[], &notes(), &Style::PLAIN), "");
    let rows = failed("bakery", "rush", "smol", "no ovens");
    let text = table::scenarios(&rows, &BTreeMap::new(), &Style::PLAIN);
    assert!(
        text.contains("error: smol: no ovens (10 of 10 samples)"),
        "{text}"
    );
    assert!(text.contains("no samples in no rounds"), "{text}");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = run();
    let mut shuffled = rows.clone();
    shuffled.reverse();
    shuffled.rotate_left(37);
    let text = |rows: &[Row]| {
        table::overview(rows, &notes(), &Style::PLAIN)
            + &table::scenarios(rows, &notes(), &Style::PLAIN)
    };
    assert_eq!(text(&rows), text(&shuffled));
}

#[test]
fn medians_and_sums() {
    let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
    rows.truncate(3);
    for (row, (rate, cpu, memory)) in
        rows.iter_mut()
            .zip([(10.0, 100, 5), (30.0, 200, 7), (20.0, 600, 6)])
    {
        row.orders_per_s = Some(rate);
        row.cpu_ns = Some(cpu);
        row.orders = 100;
        row.memory_bytes = Some(memory);
    }
    let summaries = summarise(&rows);
    let summary = &summaries[0];
    assert_eq!(summaries.len(), 1);
    assert_eq!((summary.samples, summary.rounds), (3, 2));
    assert_eq!(summary.of(&THROUGHPUT), Some(20.0));
    assert_eq!(summary.quartiles, Some((15.0, 25.0)));
    assert_eq!(summary.of(&CPU), Some(3.0));
    assert_eq!(summary.of(&MEMORY), Some(6.0));
    // 400 orders state no p99, 1200 do.
    assert!(
        rows.iter()
            .all(|row| row.service.as_ref().unwrap().p99_ns.is_none())
    );
    assert!(summary.service.as_ref().unwrap().p99_ns.is_some());
    assert!(summary.service.as_ref().unwrap().p999_ns.is_none());
}

#[test]
fn a_quantity_is_asked_of_rows_and_cells_alike_and_every_list_names_entries() {
    let rows = run();
    for row in &rows {
        let alone = &summarise(std::slice::from_ref(row))[0];
        for quantity in quantity::ALL {
            let of_row = quantity.of_row(row).filter(|_| row.error.is_none());
            let of_row = of_row.filter(|value| value.is_finite());
            assert_eq!(alone.of(quantity), of_row, "{quantity} of {}", row.cell);
        }
    }
    let lists: [&[Quantity]; 4] = [
        &super::export::cell::CLOSED,
        &super::export::cell::OPEN,
        &super::comparison::FIGURES,
        &super::trend::OF_CELLS,
    ];
    for list in lists {
        for (at, own) in list.iter().enumerate() {
            assert!(quantity::ALL.contains(own), "{own}");
            assert!(!list[..at].contains(own), "{own}");
        }
    }
}

#[test]
fn failed_samples_count_for_nothing_but_are_named() {
    let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
    rows[0].error = Some("wrong answer".into());
    rows[0].orders_per_s = Some(1e12);
    rows[1].service.as_mut().unwrap().hdr = "!".into();
    let summary = &summarise(&rows)[0];
    assert_eq!(summary.samples, 9);
    assert!(summary.of(&THROUGHPUT).unwrap() < 2000.0);
    assert_eq!(summary.errors["wrong answer"], 1);
    assert!(
        summary
            .errors
            .keys()
            .any(|error| error.starts_with("service times: "))
    );
}

#[test]
fn what_does_not_compare_stands_apart() {
    let of = |class: &str, version, concurrency| {
        let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
        for row in &mut rows {
            row.class = class.into();
            row.scenario_version = version;
            row.concurrency = concurrency;
        }
        rows
    };
    let titles = |rows: &[Vec<Row>]| -> Vec<(String, String)> {
        let summaries = summarise(&rows.concat());
        panels(&summaries)
            .iter()
            .map(|panel| (panel.title.clone(), slug(&panel.title)))
            .collect()
    };
    assert_eq!(
        titles(&[of("equal", 1, 64)]),
        [("bakery/rush".to_owned(), "bakery-rush".to_owned())]
    );
    let swept = titles(&[of("equal", 1, 64), of("equal", 1, 256)]);
    assert_eq!(swept[0].0, "bakery/rush (concurrency 64)");
    assert_eq!(swept[1].1, "bakery-rush-concurrency-256");
    let classes = titles(&[of("equal", 1, 64), of("shipped", 1, 64)]);
    assert_eq!(classes[1].0, "bakery/rush (shipped)");
    let set = |concurrency: &str| with(of("equal", 1, 64), "concurrency", concurrency);
    let pair = titles(&[set("100"), set("9")]);
    assert_eq!(pair[0].0, "bakery/rush (concurrency = 9)");
    assert_eq!(pair[1].0, "bakery/rush (concurrency = 100)");
    let own = titles(&[of("equal", 1, 64), set("9")]);
    assert_eq!(own[0].0, "bakery/rush");
    assert_eq!(titles(&[set("9")])[0].0, "bakery/rush");
    let mut shared = of("equal", 1, 64);
    for row in &mut shared {
        row.placement = "shared".into();
    }
    assert_eq!(titles(&[shared.clone()])[0].0, "bakery/rush");
    let mut own = shared.clone();
    for row in &mut own {
        row.placement = "own-core".into();
    }
    let placed = titles(&[shared.clone(), own]);
    assert_eq!(placed[1].0, "bakery/rush (placement shared)");
    // What was refused before it was placed has no place of its own.
    for row in &mut shared[..3] {
        row.error = Some("no ovens".into());
        row.placement = Default::default();
    }
    assert_eq!(summarise(&shared).len(), 1);
    shared.extend(failed("bakery", "rush", "tokio-mt", "no ovens"));
    assert_eq!(titles(&[shared]).len(), 1);
    let versions = titles(&[of("equal", 1, 64), of("equal", 2, 64)]);
    assert_eq!(versions[1].0, "bakery/rush (version 2)");
    // A model that carries fewer orders at once still stands beside others.
    let mut few = of("equal", 1, 1);
    for row in &mut few {
        row.model = "sequential".into();
        row.cell = "bakery/rush/sequential".into();
    }
    assert_eq!(titles(&[of("equal", 1, 64), few]).len(), 1);
}

fn scenarios_of(rows: &[Row]) -> String {
    table::scenarios(rows, &BTreeMap::new(), &Style::PLAIN)
}

#[test]
fn what_was_set_for_all_is_told_beside_the_title() {
    let text = scenarios_of(&with(
        cell("bakery", "rush", "smol", 1e3, 100),
        "payload",
        "64",
    ));
    assert!(
        text.starts_with("bakery/rush (10 samples in 5 rounds; payload = 64)\n"),
        "{text}"
    );
}

#[test]
fn lag_is_shown_of_workloads_that_have_it() {
    let mut rows = cell("bakery", "rush", "smol", 1e3, 100);
    assert!(!scenarios_of(&rows).contains("lag"));
    for row in &mut rows {
        row.lag = crate::record::latency::from_values((1..=500).map(|n| n * 1000));
        row.fairness = Some(0.25);
    }
    // Five hundred orders state no p99, and those of ten samples do.
    assert_eq!(LAG_P99.of_row(&rows[0]), None);
    let text = scenarios_of(&rows);
    for told in ["p99, µs", "495", "fairness", "25.0", "later orders ended"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // Folded while rows are read, it is the same.
    let digest: Digest = rows.clone().into_iter().collect();
    let folded = summarise_folded(&digest.rows, &digest.fold);
    let lag = |cells: &[Summary]| cells[0].lag.clone().unwrap();
    assert_eq!(lag(&folded), lag(&summarise(&rows)));
}

#[test]
fn sweeps_have_one_number_and_three_values() {
    let of = |pairs: &[(&str, &str)]| {
        let cell = cell("fetch", "rush", "smol", 1e3, 100);
        let set = |rows, &(key, value): &(&str, &str)| with(rows, key, value);
        pairs.iter().fold(cell, set)
    };
    let titles = |rows: &[Row]| -> Vec<String> {
        let text = scenarios_of(rows);
        let titles = text.lines().filter(|line| line.starts_with("fetch/rush"));
        titles
            .map(|line| line.split(" (10").next().unwrap().into())
            .collect()
    };
    let two = [of(&[("payload", "1")]), of(&[("payload", "2")])].concat();
    assert_eq!(
        titles(&two),
        ["fetch/rush (payload = 1)", "fetch/rush (payload = 2)"]
    );
    let words = ["calm", "jump", "wild"].map(|style| of(&[("style", style)]));
    assert_eq!(titles(&words.concat()).len(), 3);
    let mut product = Vec::new();
    for payload in ["1", "2"] {
        for concurrency in ["8", "16", "32"] {
            product.extend(of(&[("payload", payload), ("concurrency", concurrency)]));
        }
    }
    assert_eq!(
        titles(&product),
        [
            "fetch/rush (payload = 1) over concurrency",
            "fetch/rush (payload = 2) over concurrency",
        ]
    );
    // What the scenario itself says stays beside a sweep.
    product.retain(|row| row.set["payload"] == "1");
    product.extend(of(&[]));
    assert_eq!(titles(&product).len(), 2);
    assert_eq!(table::overview(&swept(), &notes(), &Style::PLAIN), "");
}

#[test]
fn a_knee_takes_an_interval_from_eight_rounds_and_may_be_open() {
    let mut rows = swept();
    rows.retain(|row| row.scenario == "open-loop" && row.model == "os-threads");
    assert!(scenarios_of(&rows).contains("  ≈ 4.66k/s [4."));
    // In four rounds the highest rates went well, so the knee may lie beyond.
    let fast = |row: &Row| row.set["rate"] == "1000";
    let calm: Vec<_> = rows.iter().filter(|row| fast(row)).cloned().collect();
    let mut lucky = rows.clone();
    for row in lucky.iter_mut().filter(|row| row.round <= 4) {
        row.response = calm[row.round as usize].response.clone();
    }
    let text = scenarios_of(&lucky);
    assert!(text.contains(", ≥ 10k]\n"), "{text}");
    rows.retain(|row| row.round <= 7);
    let text = scenarios_of(&rows);
    assert!(text.contains("  ≈ 4.6") && !text.contains('['), "{text}");
}

#[test]
fn open_loops_rank_by_what_every_sample_states() {
    let by = |orders: usize| {
        let mut rows = open_loop();
        rows.retain(|row| row.model == "tokio-mt" || row.model == "os-threads");
        for row in &mut rows {
            let p50 = row.response.as_ref().unwrap().p50_ns.unwrap();
            let times = (0..orders as u64).map(|at| p50 / 2 + at * p50 / orders as u64);
            row.response = crate::record::latency::from_values(times);
            row.flags = vec!["server-bound".into()];
        }
        scenarios_of(&rows)
    };
    let (many, few) = (by(1000), by(999));
    let said = "fastest: tokio-mt\nbehind tokio-mt:\n  os-threads: 3";
    assert!(
        many.contains(&format!("\nby response p99, {said}")),
        "{many}"
    );
    assert!(few.contains(&format!("\nby response p50, {said}")), "{few}");
    // A busy server hides no throughput that a schedule decides.
    assert!(!many.contains("at least as fast"), "{many}");
}

#[test]
fn what_is_not_the_default_of_all_cells_is_said() {
    let mut rows = open_loop();
    assert!(!scenarios_of(&rows).contains("class shipped"));
    for row in &mut rows {
        row.class = "shipped".into();
        row.placement = "shared".into();
    }
    let text = scenarios_of(&rows);
    assert!(text.contains("; class shipped; placement shared"), "{text}");
}

#[test]
fn overloaded_models_are_told_without_ranks_too() {
    let mut rows = open_loop();
    rows.retain(|row| row.round <= 4);
    let text = scenarios_of(&rows);
    assert!(
        text.contains("\nno ranks: 4 rounds, 8 are needed\n"),
        "{text}"
    );
    assert!(
        !text.contains("overloaded at"),
        "half of its samples are not most: {text}"
    );
    rows.retain(|row| row.round > 1);
    let text = scenarios_of(&rows);
    assert!(
        text.contains("\nprocesses is overloaded at 8,000/s\n"),
        "{text}"
    );
}

#[test]
fn an_effect_of_order_is_flagged_where_there_is_one() {
    // Four models over ten rounds, in each in another order.
    let rows = |effect: f64| -> Vec<Row> {
        let mut rows = ranked();
        rows.retain(|row| row.scenario == "calm" && row.client == Client::Wire);
        rows.retain(|row| row.model != "crossbeam" && row.model != "async-std");
        let models = ["smol", "tokio-mt", "rayon", "processes"];
        for row in &mut rows {
            let at = models.iter().position(|model| *model == row.model).unwrap();
            // Every model is at every place about as often.
            let turn = (row.round as usize * (1 + row.round as usize / 4)) % 4;
            row.position = ((at + turn) % 4) as u32;
            if row.model == "rayon" {
                let slower = 1.0 + effect * f64::from(row.position);
                row.orders_per_s = row.orders_per_s.map(|rate| rate / slower);
            }
        }
        rows
    };
    let text = scenarios_of(&rows(0.5));
    let lines: Vec<&str> = text
        .lines()
        .filter(|l| l.contains("order-effect"))
        .collect();
    assert!(
        lines.len() == 2 && lines[0].contains("rayon") && lines[1].starts_with("  order-effect  "),
        "{text}"
    );
    let calm = scenarios_of(&rows(0.0));
    assert!(!calm.contains("order-effect"), "{calm}");
    let mut few = rows(0.5);
    few.retain(|row| row.round <= 7);
    assert!(!scenarios_of(&few).contains("order-effect"));
    let mut bench = rows(0.5);
    bench.iter_mut().for_each(|row| row.round = 0);
    assert!(!scenarios_of(&bench).contains("order-effect"));
}

#[test]
fn rounds_that_resemble_the_ones_before_are_flagged_for_all_cells_of_the_scenario() {
    let rows = |ramp: f64| -> Vec<Row> {
        let mut rows = ranked();
        rows.retain(|row| row.client == Client::Wire);
        // One model becomes faster from round to round, whatever the others do.
        for row in rows.iter_mut().filter(|row| row.cell == "fetch/calm/smol") {
            let faster = 1.0 + ramp * f64::from(row.round);
            row.orders_per_s = row.orders_per_s.map(|rate| rate * faster);
        }
        rows
    };
    let text = scenarios_of(&rows(0.1));
    let (calm, rest) = text.split_once("How to read this").unwrap();
    // The six models of its table, of which one made it so, and none of the other table.
    assert_eq!(calm.matches("autocorrelated").count(), 6, "{text}");
    assert!(
        rest.contains("\n  autocorrelated  rounds of the scenario"),
        "{text}"
    );
    assert!(!scenarios_of(&rows(0.0)).contains("autocorrelated"));
}

#[test]
fn two_speeds_of_a_cell_are_both_told() {
    // Four of ten rounds are a third faster and hardly switch.
    let rows = |whole_machine: bool| -> Vec<Row> {
        let mut rows = ranked();
        rows.retain(|row| row.scenario == "calm" && row.client == Client::Wire);
        rows.retain(|row| row.model != "async-std");
        for row in &mut rows {
            let fast = [2, 5, 6, 9].contains(&row.round);
            row.voluntary_switches = Some(290);
            if fast && (whole_machine || row.model == "smol") {
                row.orders_per_s = row.orders_per_s.map(|rate| rate * 1.5);
                row.voluntary_switches = Some(3);
            }
        }
        rows
    };
    let text = scenarios_of(&rows(false));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "smol: two speeds: 6 rounds at 1.09k/s, 4 at 1.63k/s",
        "so that no single median tells it",
        "the faster rounds switch 3 times in a sample, the slower ones 290 times",
    ] {
        assert!(words.contains(told), "no {told:?} in {text}");
    }
    assert_eq!(words.matches("two speeds: ").count(), 1, "{text}");
    assert!(words.contains(Flag::TwoSpeeds.meaning()), "{text}");
    // Nobody is sent to measure what more rounds do not tell.
    let (pair, rest) = ("smol undecided against", ", and more rounds will not tell");
    let pairs = words.matches(pair).count();
    assert!(pairs > 0, "{text}");
    assert_eq!(words.matches(rest).count(), pairs, "{text}");
    // Where all cells are faster in the same rounds, it is the machine.
    let text = scenarios_of(&rows(true));
    assert!(!text.contains("two speeds: "), "{text}");
    let mut few = rows(false);
    few.retain(|row| row.round <= 7);
    assert!(!scenarios_of(&few).contains("two-speeds"));
}

#[test]
fn flags_are_counted_and_explained() {
    let mut rows = cell("fetch", "rush", "smol", 1e3, 100);
    rows[0].flags = vec!["littles-law".into(), "no-ledger".into()];
    for row in &mut rows[1..] {
        row.flags = vec!["no-ledger".into()];
    }
    let text = scenarios_of(&rows);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(" littles-law 1/10, no-ledger "), "{text}");
    for flag in ["littles-law", "no-ledger"] {
        let meaning = Flag::named(flag).unwrap().meaning();
        assert!(words.contains(&format!("{flag} {meaning}")), "{text}");
    }
}
