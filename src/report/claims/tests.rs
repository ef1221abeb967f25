use proptest::prelude::*;

use super::*;
use crate::base::seed::{draw, unit};
use crate::record::row::{Latency, Ledger, Row};
use crate::report::text::grid::Style;
use crate::scenarios;

/// A claim with these tests.
fn claims(tests: &str) -> Vec<Claim> {
    parse("my.toml", &entry(tests), &scenarios::embedded().unwrap()).unwrap()
}

fn entry(tests: &str) -> String {
    format!(
        "[mine]\nsays = \"Cakes bake.\"\nwho = \"A baker\"\ntitle = \"On cakes\"\n\
         url = \"https://example.org/cakes\"\nholds = \"They do.\"\nfails = \"They do not.\"\n\
         depends = \"Some do.\"\n{tests}"
    )
}

const RATIO: &str = "[[mine.tests]]\nfigure = \"throughput\"\n\
    of = [\"bakery/hundred-bakers/smol\"]\nover = [\"bakery/hundred-bakers/sequential\"]\n";

/// Samples of `cell` about `rate`, one a round, within `spread` of it.
fn rows(cell: &str, rate: f64, spread: f64, rounds: u32) -> Vec<Row> {
    let (id, label) = cell.rsplit_once('/').unwrap();
    let (workload, name) = id.split_once('/').unwrap();
    let known = scenarios::embedded().unwrap();
    let version = known.iter().find(|own| own.id() == id).unwrap().version;
    let seed = cell
        .bytes()
        .fold(7, |seed, byte| draw(seed, u64::from(byte), 0));
    (1..=rounds)
        .map(|round| {
            let noise = 1.0 + spread * (2.0 * unit(draw(seed, u64::from(round), 1)) - 1.0);
            Row {
                run: "mine".into(),
                cell: cell.into(),
                workload: workload.into(),
                scenario: name.into(),
                scenario_version: version,
                model: label.into(),
                class: "equal".into(),
                round,
                orders: 100,
                concurrency: 100,
                cpus: vec![0, 1],
                orders_per_s: Some(rate * noise),
                cpu_ns: Some((1e9 / (rate * noise)) as u64),
                ..Row::default()
            }
        })
        .collect()
}

fn two(ratio: f64, spread: f64, rounds: u32) -> Vec<Row> {
    let mut all = rows("bakery/hundred-bakers/smol", 50.0 * ratio, spread, rounds);
    all.extend(rows(
        "bakery/hundred-bakers/sequential",
        50.0,
        spread,
        rounds,
    ));
    all
}

fn verdict(tests: &str, rows: &[Row]) -> Verdict {
    findings(&claims(tests), rows).list[0].verdict
}

fn said(tests: &str, rows: &[Row]) -> String {
    let claims = claims(tests);
    let text = whole(&findings(&claims, rows), &Style::PLAIN);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn changed(mut rows: Vec<Row>, change: impl Fn(&mut Row)) -> Vec<Row> {
    rows.iter_mut().for_each(change);
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_clearly_beyond_the_limit_is_decided_and_what_is_about_it_is_not(
        limit in 0.01..100.0f64, by in 1.1..50.0f64, rounds in 12u32..20, scale in 0.01..1e4f64,
    ) {
        let least = format!("{RATIO}at_least = {limit}\n");
        let most = format!("{RATIO}at_most = {limit}\n");
        let above = changed(two(limit * by, 0.01, rounds), |row| {
            row.orders_per_s = row.orders_per_s.map(|rate| rate * scale);
        });
        prop_assert_eq!(verdict(&least, &above), Verdict::Holds);
        prop_assert_eq!(verdict(&most, &above), Verdict::Fails);
        let below = two(limit / by, 0.01, rounds);
        prop_assert_eq!(verdict(&least, &below), Verdict::Fails);
        prop_assert_eq!(verdict(&most, &below), Verdict::Holds);
        let about = two(limit, 0.1, rounds);
        prop_assert_eq!(verdict(&least, &about), Verdict::NotDecided);
        prop_assert_eq!(verdict(&most, &about), Verdict::NotDecided);
    }

    #[test]
    fn the_interval_holds_the_ratio_whatever_the_limit(
        ratio in 0.01..100.0f64, limit in 0.01..100.0f64, spread in 0.001..0.2f64,
    ) {
        let claims = claims(&format!("{RATIO}at_least = {limit}\n"));
        let all = two(ratio, spread, 10);
        let found = findings(&claims, &all);
        let case = &found.list[0].tests[0].cases[0];
        let own = case.ratio.unwrap();
        prop_assert!(own.interval.low <= own.middle && own.middle <= own.interval.high);
        prop_assert!((own.middle / ratio).ln().abs() < 3.0 * spread);
        // A verdict has the whole interval on its side.
        match case.verdict {
            Verdict::Holds => prop_assert!(own.interval.low > limit),
            Verdict::Fails => prop_assert!(own.interval.high < limit),
            _ => prop_assert!(case.why.is_some()),
        }
    }

    #[test]
    fn too_few_rounds_never_decide(rounds in 1u32..8, ratio in 0.01..100.0f64) {
        let tests = format!("{RATIO}at_least = 1\n");
        prop_assert_eq!(verdict(&tests, &two(ratio, 0.001, rounds)), Verdict::NotDecided);
    }
}

#[test]
fn more_claims_make_one_family_and_each_stays_careful() {
    let tests = format!("{RATIO}at_least = 2\n").repeat(40);
    let all = claims(&tests);
    let found = findings(&all, &two(2.02, 0.012, 14));
    assert_eq!(found.family, 40);
    let alone = claims(&format!("{RATIO}at_least = 2\n"));
    let of = |findings: &Findings<'_>| findings.list[0].tests[0].cases[0].ratio.unwrap();
    let (many, one) = (of(&found), of(&findings(&alone, &two(2.02, 0.012, 14))));
    let (wide, narrow) = (many.interval, one.interval);
    assert!(
        wide.low <= narrow.low && wide.high >= narrow.high,
        "{wide:?} {narrow:?}"
    );
    assert!(many.interval != one.interval);
}

#[test]
fn cells_without_rows_name_the_command() {
    let tests = format!("{RATIO}at_least = 2\n");
    assert_eq!(verdict(&tests, &[]), Verdict::NotMeasured);
    let half = rows("bakery/hundred-bakers/smol", 100.0, 0.01, 10);
    assert_eq!(verdict(&tests, &half), Verdict::NotMeasured);
    let text = said(&tests, &half);
    assert!(
        text.contains(
            "not measured: \"Cakes bake.\" Rows of these cells are missing. to measure it: \
             bakeoff run 'bakery/hundred-bakers/{smol,sequential}'"
        ),
        "{text}"
    );
}

#[test]
fn rows_of_something_else_decide_nothing() {
    let tests = format!("{RATIO}at_least = 2\n");
    let change: [fn(&mut Row); 4] = [
        |row| row.class = "shipped".into(),
        |row| row.scenario_version += 1,
        |row| {
            row.set.insert("orders".into(), "7".into());
        },
        |row| row.flags.push("no-ledger".into()),
    ];
    for change in change {
        let other = changed(two(9.0, 0.01, 12), change);
        assert_eq!(verdict(&tests, &other), Verdict::NotMeasured);
        // Beside the claim's own rows they change nothing.
        let both = [two(0.5, 0.01, 12), other].concat();
        assert_eq!(verdict(&tests, &both), Verdict::Fails);
    }
}

#[test]
fn a_cell_of_which_a_sample_failed_decides_nothing() {
    let tests = format!("{RATIO}at_least = 2\n");
    let mut all = two(9.0, 0.01, 12);
    assert_eq!(verdict(&tests, &all), Verdict::Holds);
    all[20].error = Some("order 17: wrong answer\nmore".into());
    assert_eq!(verdict(&tests, &all), Verdict::NotDecided);
    let text = said(&tests, &all);
    assert!(
        text.contains("bakery/hundred-bakers/sequential failed: order 17: wrong answer ("),
        "{text}"
    );
}

#[test]
fn rows_of_cargo_bench_show_their_figures_and_are_not_decided() {
    let tests = format!("{RATIO}at_least = 2\n");
    let bench = changed(two(9.0, 0.0, 12), |row| row.round = 0);
    assert_eq!(verdict(&tests, &bench), Verdict::NotDecided);
    let text = said(&tests, &bench);
    for part in [
        "the cells ran one after the other, without rounds",
        "smol 9.00× sequential (450/s, 50.0/s)",
        "to decide it: bakeoff run 'bakery/hundred-bakers/{smol,sequential}'",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_sweep_shows_from_where_on_a_claim_holds() {
    let tests = format!(
        "{RATIO}at_least = 0.5\nper = \"concurrency\"\nsweep = \"concurrency=10,100,1000\"\n"
    );
    let at = |concurrency: u64, ratio: f64| {
        changed(two(ratio, 0.01, 12), |row| {
            row.concurrency = concurrency;
            // The scenario's own value is no change of it.
            if concurrency != 100 {
                row.set
                    .insert("concurrency".into(), concurrency.to_string());
            }
        })
    };
    let all = [at(1000, 900.0), at(10, 2.0), at(100, 90.0)].concat();
    assert_eq!(verdict(&tests, &all), Verdict::Depends);
    let text = said(&tests, &all);
    assert!(
        text.contains(
            "Some do. It holds with smol from concurrency = 100 on; it does not with smol up to \
             concurrency = 10."
        ),
        "{text}"
    );
    let scattered = [at(1000, 90.0), at(10, 2.0), at(100, 90.0)].concat();
    let text = said(&tests, &scattered);
    assert!(
        text.contains(
            "with smol at concurrency = 100; it does not with smol at concurrency = 10, 1000."
        ),
        "{text}"
    );
    assert_eq!(
        verdict(&tests, &[at(10, 9.0), at(1000, 900.0)].concat()),
        Verdict::Holds
    );
    assert_eq!(
        verdict(&tests, &[at(10, 2.0), at(1000, 90.0)].concat()),
        Verdict::Fails
    );
}

#[test]
fn models_and_settings_may_differ_and_then_it_depends() {
    let several = "[[mine.tests]]\nfigure = \"cpu\"\nat_most = 0.5\n\
        of = [\"fetch/no-delay/smol\", \"fetch/no-delay/tokio-ct\"]\n\
        over = [\"fetch/no-delay/os-threads\"]\n";
    let cells = [("smol", 300.0), ("tokio-ct", 110.0), ("os-threads", 100.0)];
    let all: Vec<Row> = cells
        .iter()
        .flat_map(|(model, rate)| rows(&format!("fetch/no-delay/{model}"), *rate, 0.01, 12))
        .collect();
    assert_eq!(verdict(several, &all), Verdict::Depends);
    let text = said(several, &all);
    assert!(
        text.contains("It holds with smol (0.333×); it does not with tokio-ct (0.9"),
        "{text}"
    );

    let setting = |scenario: &str, when: &str| {
        format!(
            "[[mine.tests]]\nfigure = \"throughput\"\nat_least = 2\n{when}\n\
             of = [\"fetch/{scenario}/smol\"]\nover = [\"fetch/{scenario}/os-threads\"]\n"
        )
    };
    let hot = setting("no-delay", "when = \"pages are warm\"");
    let cold = setting("long-tail", "when = \"pages are cold\"");
    let both = format!("{hot}{cold}");
    let slow: Vec<Row> = [("smol", 101.0), ("os-threads", 100.0)]
        .iter()
        .flat_map(|(model, rate)| rows(&format!("fetch/long-tail/{model}"), *rate, 0.01, 12))
        .collect();
    assert_eq!(verdict(&both, &all), Verdict::NotMeasured);
    let all = [all, slow].concat();
    assert_eq!(verdict(&both, &all), Verdict::Depends);
    let text = said(&both, &all);
    assert!(
        text.contains("It holds when pages are warm (3.0")
            && text.contains("not when pages are cold (1.0"),
        "{text}"
    );
    // What is of no setting must hold as well.
    let must = format!("{both}{}", setting("long-tail", ""));
    assert_eq!(verdict(&must, &all), Verdict::Fails);
}

#[test]
fn every_sample_must_keep_to_a_limit_without_comparison() {
    let tests = "[[mine.tests]]\nfigure = \"peak-in-flight\"\nat_most = 80\n\
        of = [\"fetch/scraper/smol\"]\n";
    let peak = |peak| {
        Some(Ledger {
            peak_in_flight: Some(peak),
            ..Ledger::default()
        })
    };
    let mut all = changed(rows("fetch/scraper/smol", 9.0, 0.0, 3), |row| {
        row.round = 0;
        row.ledger = peak(80);
    });
    assert_eq!(verdict(tests, &all), Verdict::Holds);
    all[1].ledger = peak(81);
    assert_eq!(verdict(tests, &all), Verdict::Fails);
    assert!(said(tests, &all).contains("smol 80 to 81"));
    all[1].ledger = None;
    assert_eq!(verdict(tests, &all), Verdict::NotDecided);
}

#[test]
fn what_a_server_held_back_is_not_said_to_be_slow() {
    let bound = |model: &'static str| {
        move |row: &mut Row| {
            if row.model == model {
                row.flags.push("server-bound".into());
            }
        }
    };
    let tests = format!("{RATIO}at_least = 2\n");
    assert_eq!(
        verdict(&tests, &changed(two(9.0, 0.01, 12), bound("smol"))),
        Verdict::Holds
    );
    assert_eq!(
        verdict(&tests, &changed(two(1.0, 0.01, 12), bound("smol"))),
        Verdict::NotDecided
    );
    let held = changed(two(9.0, 0.01, 12), bound("sequential"));
    assert_eq!(verdict(&tests, &held), Verdict::NotDecided);
    assert!(said(&tests, &held).contains("the server was at its limit"));
    assert_eq!(
        verdict(&tests.replace("throughput", "cpu"), &held),
        Verdict::Fails
    );
}

/// A claim about Python, beside [`RATIO`]'s.
const THEIRS: &str = "peers = [\"python\"]\n[[mine.tests]]\nfigure = \"throughput\"\n\
    of = [\"bakery/hundred-bakers/asyncio\"]\nover = [\"bakery/hundred-bakers/python-sequential\"]\n\
    at_least = 50\nsweep = \"concurrency=10,1000\"\n";

/// Rows that decide [`THEIRS`].
fn python(ratio: f64) -> Vec<Row> {
    let mut all = rows("bakery/hundred-bakers/asyncio", 20.0 * ratio, 0.01, 12);
    all.extend(rows(
        "bakery/hundred-bakers/python-sequential",
        20.0,
        0.01,
        12,
    ));
    all
}

#[test]
fn a_claim_about_a_program_that_had_no_part_is_told_of_in_one_line() {
    let mut all = claims(&format!("{RATIO}at_least = 2\n"));
    all.extend(claims(THEIRS));
    all.extend(claims(&THEIRS.replace("hundred-bakers", "jumping-bakers")));
    let ours = two(9.0, 0.01, 12);
    let found = findings(&all, &ours);
    insta::assert_snapshot!(whole(&found, &Style::PLAIN));
    let line = "2 more claims are about Python, of which there is no row: `bakeoff claims` names the \
                command that measures them.";
    for text in [
        whole(&found, &Style::MARKDOWN),
        measured(&found, &Style::MARKDOWN),
        measured(&found, &Style::HTML),
    ] {
        assert_eq!(text.matches(line).count(), 1, "{text}");
        assert!(!text.contains("asyncio") && !text.contains("not measured"));
    }
    // At the end of a run of one's own models nothing speaks of others.
    let end = measured(&found, &Style::PLAIN);
    assert!(end.starts_with("Findings: 1 holds here\n"), "{end}");
    assert!(!end.contains("Python"), "{end}");
    // Nothing of one's own models is measured either: no findings at all.
    assert_eq!(measured(&findings(&all, &[]), &Style::PLAIN), "");
    // Other programs see each claim.
    let json = json(&found);
    assert_eq!(json["claims"].as_array().unwrap().len(), 3);
    assert_eq!(json["claims"][1]["verdict"], "not-measured");
    assert_eq!(json["claims"][1]["peers"][0], "python");
}

#[test]
fn a_claim_about_a_program_that_was_measured_is_a_finding_as_any() {
    let said = said(THEIRS, &python(20.0));
    assert!(said.starts_with("Findings: 1 does not hold here"), "{said}");
    assert!(
        said.contains(
            "bakeoff run 'bakery/hundred-bakers/{asyncio,python-sequential}' --peers python --sweep \
             concurrency=10,1000"
        ),
        "{said}"
    );
    assert!(!said.contains("more claim"), "{said}");
    // Some of it: what is missing is said, with the command.
    let half = rows("bakery/hundred-bakers/asyncio", 100.0, 0.01, 12);
    let said = self::said(THEIRS, &half);
    assert!(
        said.contains(
            "not measured: \"Cakes bake.\" Rows of these cells are missing. to measure it: bakeoff run \
             'bakery/hundred-bakers/{asyncio,python-sequential}' --peers python"
        ),
        "{said}"
    );
}

#[test]
fn faults_of_the_file_are_named_with_their_claim() {
    let scenarios = scenarios::embedded().unwrap();
    let test = |text: &str| entry(&format!("[[mine.tests]]\n{text}"));
    let cells = "of = [\"fetch/scraper/smol\"]\nover = [\"fetch/scraper/sequential\"]\n";
    for (text, fault) in [
        ("[mine\n".to_owned(), "my.toml:1: "),
        ("a = 1\n[mine]\nb =\n".to_owned(), "my.toml:3: "),
        (
            "[mine]\nsays = \"x\"\n".to_owned(),
            "my.toml: claim 'mine': missing field `who`",
        ),
        (
            entry("colour = 1\ntests = []\n"),
            "claim 'mine': unknown field `colour`",
        ),
        (entry("tests = []\n"), "claim 'mine': no test has a limit"),
        (
            test(&format!("figure = \"troughput\"\nat_least = 1\n{cells}")),
            "claim 'mine': test 1: unknown figure 'troughput'; did you mean 'throughput'?",
        ),
        (
            test(&format!(
                "figure = \"cpu\"\nat_least = 1\nat_most = 2\n{cells}"
            )),
            "claim 'mine': test 1: at_least and at_most: keep one",
        ),
        (
            test(&format!("figure = \"cpu\"\nat_least = -1\n{cells}")),
            "claim 'mine': test 1: the limit -1 is not above 0",
        ),
        (
            test("figure = \"cpu\"\nat_least = 1\nof = [\"fetch/scrapper/smol\"]\n"),
            "claim 'mine': test 1: unknown scenario 'fetch/scrapper'; did you mean 'fetch/scraper'?",
        ),
        (
            test("figure = \"cpu\"\nat_least = 1\nof = [\"smol\"]\n"),
            "'smol' is no cell",
        ),
        (
            test("figure = \"cpu\"\nat_least = 1\nof = []\n"),
            "of names no cell",
        ),
        (
            test(
                "figure = \"cpu\"\nat_least = 1\nof = [\"fetch/scraper/a\", \"fetch/scraper/b\"]\n\
                 over = [\"fetch/scraper/a\", \"fetch/scraper/b\", \"fetch/scraper/c\"]\n",
            ),
            "of names 2 cells and the other 3",
        ),
        (
            test(&format!(
                "figure = \"cpu\"\nat_least = 1\nset = [\"orders\"]\n{cells}"
            )),
            "set takes key=value; 'orders' has no '='",
        ),
        (
            test(&format!(
                "figure = \"cpu\"\nat_least = 1\nsweep = \"orders\"\n{cells}"
            )),
            "sweep takes key=v1,v2,…; 'orders' is none",
        ),
        (
            test(&format!("figure = \"cpu\"\nwhen = \"it rains\"\n{cells}")),
            "belong to a limit",
        ),
        (
            test("figure = \"cpu\"\nof = [\"fetch/scraper/smol\"]\n"),
            "nothing to show",
        ),
        (
            test(&format!("figure = \"cpu\"\nat_most = 1\n{cells}").replace("/smol", "/asyncio")),
            "claim 'mine': 'fetch/scraper/asyncio' is of no model that bakeoff has itself: name its \
             program, as in peers = [\"python\"]",
        ),
        (
            entry(&format!(
                "peers = [\"python\"]\n[[mine.tests]]\nfigure = \"cpu\"\nat_most = 1\n{cells}"
            )),
            "claim 'mine': peers are named, and all cells are of models that bakeoff has itself",
        ),
        (
            test(&format!("figure = \"cpu\"\nat_most = 1\n{cells}")).replace("https://", "see "),
            "claim 'mine': url 'see example.org/cakes' is no address",
        ),
        (
            test(&format!("figure = \"cpu\"\nat_most = 1\n{cells}")).replace("They do.", " "),
            "claim 'mine': holds is empty",
        ),
    ] {
        let error = parse("my.toml", &text, &scenarios).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let line = error.to_string();
        assert!(
            line.starts_with("my.toml:") && line.contains(fault),
            "{line}\nfor {text}"
        );
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn our_own_claims_are_read_in_their_order() {
    let all = embedded(&scenarios::embedded().unwrap()).unwrap();
    let ids: Vec<&str> = all.iter().map(|claim| claim.id.as_str()).collect();
    // A line of its own opens each.
    let opens = include_str!("../../../benches/claims.toml").lines();
    let opens = opens.filter(|line| line.starts_with('[') && !line.starts_with("[["));
    let written: Vec<&str> = opens.map(|line| line.trim_matches(['[', ']'])).collect();
    assert_eq!(ids, written);
    for claim in &all {
        for text in [
            &claim.says,
            &claim.saying.holds,
            &claim.saying.fails,
            &claim.saying.depends,
        ] {
            assert!(text.ends_with('.'), "{}: {text}", claim.id);
        }
    }
}

/// Two claims that depend and fail, one that is open, one that is not measured.
fn everything() -> (Vec<Claim>, Vec<Row>) {
    let mut all = claims(&format!("{RATIO}at_least = 0.85\nper = \"concurrency\"\n"));
    all.extend(claims(&format!(
        "{RATIO}at_least = 1000\nsweep = \"concurrency=10,1000\"\n"
    )));
    all.extend(claims(&format!("{RATIO}at_least = 95\n")));
    all.extend(claims(
        &RATIO
            .replace("smol", "tokio-ct")
            .replace("over", "at_least = 2\nover"),
    ));
    (all, two(95.0, 0.03, 12))
}

#[test]
fn findings_in_plain_text() {
    let (claims, rows) = everything();
    insta::assert_snapshot!(whole(&findings(&claims, &rows), &Style::PLAIN));
}

#[test]
fn findings_in_markdown() {
    let (claims, rows) = everything();
    insta::assert_snapshot!(whole(&findings(&claims, &rows), &Style::MARKDOWN));
}

#[test]
fn the_end_of_a_run_tells_what_was_measured_alone() {
    let (claims, rows) = everything();
    insta::assert_snapshot!(measured(&findings(&claims, &rows), &Style::PLAIN));
    assert_eq!(measured(&findings(&claims, &[]), &Style::PLAIN), "");
    assert_eq!(measured(&findings(&claims, &[]), &Style::HTML), "");
}

#[test]
fn json_says_the_same() {
    let (claims, rows) = everything();
    let found = json(&findings(&claims, &rows));
    let verdicts: Vec<&str> = found["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| claim["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        ["holds", "does-not-hold", "not-decided", "not-measured"]
    );
    assert_eq!(found["comparisons"], 3);
    let case = &found["claims"][0]["tests"][0]["cases"][0];
    assert_eq!(case["of"], "bakery/hundred-bakers/smol");
    assert_eq!(case["limit"], 85.0);
    assert!(case["ratio"]["low"].as_f64().unwrap() > 85.0);
}

#[test]
fn on_the_page_other_languages_and_what_is_missing_are_a_line_each() {
    let (mut claims, mut rows) = everything();
    claims.extend(self::claims(THEIRS));
    rows.extend(python(20.0));
    let page = measured(&findings(&claims, &rows), &Style::HTML);
    for line in [
        "<summary>About Python: 1 does not hold here</summary>",
        "<summary>1 was not measured</summary>",
    ] {
        assert_eq!(page.matches(line).count(), 1, "{line} in {page}");
    }
    let opened = page.matches("<details").count();
    assert_eq!(opened, page.matches("</details>").count());
    // The section, five findings, two lines for several, and how they were decided.
    assert_eq!(opened, 9);
}

#[test]
fn the_page_shows_texts_and_not_tags() {
    let (mut claims, rows) = everything();
    claims[0].says = "Cakes <bake> & rise.".into();
    let page = measured(&findings(&claims, &rows), &Style::HTML);
    assert!(page.contains("<strong>holds here:</strong> Cakes &lt;bake&gt; &amp; rise.</summary>"));
    assert!(page.contains("href=\"https://example.org/cakes\""));
}

#[test]
fn service_times_are_not_compared_where_other_numbers_are_in_flight() {
    let tests = RATIO.replace("throughput", "service-p50") + "at_most = 0.5\n";
    let timed = |in_flight: f64| {
        changed(two(1.0, 0.01, 12), |row| {
            let of = if row.model == "smol" { 1.0 } else { in_flight };
            let ns = if row.model == "smol" { 100.0 } else { 1000.0 };
            row.orders_per_s = Some(of * 1e9 / ns);
            row.service = Some(Latency {
                mean_ns: ns,
                p50_ns: Some(ns as u64),
                ..Latency::default()
            });
        })
    };
    assert_eq!(verdict(&tests, &timed(1.05)), Verdict::Holds);
    assert_eq!(verdict(&tests, &timed(1.2)), Verdict::NotDecided);
    let said = said(&tests, &timed(1.2));
    assert!(said.contains("it was 1.00 here and 1.20 there"), "{said}");
}
