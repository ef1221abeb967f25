//! `bakeoff report`: a page, tables and charts of rows; one chart; a document.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use bakeoff::report::chart::Kind;
use tempfile::TempDir;

use super::{Ran, bakeoff, done};

/// A results directory `r` with some of the reference run's rows, in a directory of
/// its own.
fn results() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("r");
    fs::create_dir(&dir).unwrap();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    fs::copy(reference.join("host.json"), dir.join("host.json")).unwrap();
    let rows = fs::read_to_string(reference.join("rows.jsonl")).unwrap();
    let some: Vec<&str> = rows
        .lines()
        .filter(|line| line.contains("\"scenario\":\"wait-10ms\""))
        .filter(|line| {
            ["smol", "os-threads", "tokio-ct"]
                .iter()
                .any(|model| line.contains(&format!("\"model\":\"{model}\"")))
        })
        .collect();
    assert!(some.len() >= 24, "{} rows", some.len());
    fs::write(dir.join("rows.jsonl"), some.join("\n") + "\n").unwrap();
    home
}

/// The rows of `home` as `change` makes them, reported.
fn changed(home: &TempDir, change: impl FnOnce(String) -> String) -> Ran {
    let path = home.path().join("r/rows.jsonl");
    let rows = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(rows)).unwrap();
    bakeoff(&["report", "r"], home.path())
}

/// Exit status 2 and one line with all of `words`.
fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert_eq!(
        (ran.out.as_str(), ran.err.lines().count()),
        ("", 1),
        "{}",
        ran.err
    );
    for word in words {
        assert!(ran.err.contains(word), "no {word:?} in {}", ran.err);
    }
}

#[test]
fn rows_become_a_page_tables_and_charts() {
    let home = results();
    let ran = done(&["report", "r"], home.path());
    assert_eq!(ran.out, "r/report.html\n");
    let page = fs::read_to_string(home.path().join("r/report.html")).unwrap();
    let costs = "What a model costs to write and to keep";
    for text in ["fetch/wait-10ms", "tokio-ct", "rows.jsonl", costs] {
        assert!(page.contains(text), "{text}");
    }
    let charts = home.path().join("r/charts");
    for name in [
        "overview",
        "heatmap",
        "fetch-wait-10ms-latency",
        "fetch-wait-10ms-cpu",
    ] {
        let svg = fs::read_to_string(charts.join(format!("{name}.svg"))).unwrap();
        assert!(svg.contains("<title>") && svg.contains("<desc>"), "{name}");
        assert!(
            svg.contains("Linux") && svg.contains("measured 20") && svg.contains(", run reference"),
            "{name}"
        );
    }
    let tables = fs::read_to_string(home.path().join("r/tables.md")).unwrap();
    assert!(tables.contains("### fetch/wait-10ms"));
    assert!(tables.contains(&format!("### {costs}")));
}

#[test]
fn bad_rows_are_named_by_file_and_line() {
    refused(
        &bakeoff(&["report", "gone"], tempfile::tempdir().unwrap().path()),
        &["gone: no such file", "bakeoff run"],
    );
    refused(
        &changed(&results(), |_| String::new()),
        &["r/rows.jsonl: no row that can be used"],
    );
    let second = |text: &'static str| {
        move |rows: String| {
            let (first, rest) = rows.split_once('\n').unwrap();
            format!("{first}\n{text}\n{rest}")
        }
    };
    for (line, words) in [
        (
            "{\"schema\":2,\"cell\":\"a\"}",
            ["r/rows.jsonl:2:", "has schema 2"],
        ),
        (
            "{\"schema\":1,\"orders_per_s\":NaN}",
            [
                "r/rows.jsonl:2:",
                "not a row (orders_per_s: expected value at column",
            ],
        ),
        ("[]", ["r/rows.jsonl:2:", "not a row"]),
    ] {
        refused(&changed(&results(), second(line)), &words);
    }
}

#[test]
fn what_can_be_used_is_used_and_the_rest_is_said() {
    let home = results();
    fs::remove_file(home.path().join("r/host.json")).unwrap();
    let ran = changed(&home, |rows| rows + "{\"schema\":1,\"ru");
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for text in [
        "skipped a torn last line",
        "host.json",
        "the host is left out",
    ] {
        assert!(ran.err.contains(text), "{text} in {}", ran.err);
    }
    let page = fs::read_to_string(home.path().join("r/report.html")).unwrap();
    assert!(page.contains("host not recorded"));

    let ran = changed(&results(), |rows| {
        let spoiled = rows.replacen("\"orders_per_s\":", "\"orders_per_s\":-", 1);
        let (first, rest) = spoiled.split_once('\n').unwrap();
        let rest = rest.replacen("\"hdr\":\"", "\"hdr\":\"cake", 1);
        format!("{first}\n{rest}")
    });
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let said: Vec<&str> = ran.err.lines().collect();
    assert_eq!(said.len(), 3, "{}", ran.err);
    assert!(said[0].starts_with("r/rows.jsonl:1: left out: orders_per_s is -"));
    let words = "r/rows.jsonl:2: its times left out: service.hdr: histogram is not";
    assert!(said[1].starts_with(words), "{}", ran.err);
}

#[test]
fn torn_rows_alone_are_named_and_rows_that_all_failed_are_shown_and_do_not_hold() {
    let ran = changed(&results(), |rows| rows[..100].into());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    let said: Vec<&str> = ran.err.lines().collect();
    assert_eq!(said.len(), 2, "{}", ran.err);
    assert!(said[0].starts_with("r/rows.jsonl:1: skipped a torn last line"));
    assert!(said[1].contains("r/rows.jsonl: no row that can be used"));

    let home = results();
    let ran = changed(&home, |rows| {
        rows.replace("\"error\":null", "\"error\":\"order 3: wrong answer\"")
    });
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.err
            .ends_with("bakeoff: r: every row failed, so that there is no figure to show\n"),
        "{}",
        ran.err
    );
    let tables = fs::read_to_string(home.path().join("r/tables.md")).unwrap();
    assert!(tables.contains("wrong answer"), "{tables}");
}

#[test]
fn rows_stand_for_their_run_and_other_files_do_not() {
    let home = results();
    let ran = done(&["report", "r/rows.jsonl"], home.path());
    assert_eq!(ran.out, "r/report.html\n");
    let ran = done(&["report", "rows.jsonl"], &home.path().join("r"));
    assert_eq!(ran.out, "./report.html\n");
    refused(
        &bakeoff(&["report", "r/host.json"], home.path()),
        &["r/host.json: no results directory", "rows.jsonl"],
    );
}

#[test]
fn what_the_run_keeps_is_not_written_over() {
    let home = results();
    let host = fs::read(home.path().join("r/host.json")).unwrap();
    symlink("r/host.json", home.path().join("x.svg")).unwrap();
    let chart = ["report", "r", "--chart", "overview", "--out", "x.svg"];
    refused(&bakeoff(&chart, home.path()), &["x.svg is part of the run"]);
    for file in ["r/rows.jsonl", "r/host.json", "r/plan.json"] {
        let splice = ["report", "r", "--splice", file];
        refused(
            &bakeoff(&splice, home.path()),
            &[&format!("{file} is part of the run")],
        );
    }
    assert_eq!(fs::read(home.path().join("r/host.json")).unwrap(), host);
    let nowhere = ["report", "r", "--chart", "overview", "--out", "none/x.svg"];
    refused(&bakeoff(&nowhere, home.path()), &["none/x.svg", "--out"]);
}

#[test]
fn one_chart_is_drawn_by_name_with_a_caption_and_a_line_to_cite() {
    let home = results();
    let ran = done(
        &[
            "report",
            "r",
            "--chart",
            "latency",
            "--scenario",
            "fetch/wait-10ms",
            "--theme",
            "dark",
            "--size",
            "1200x675",
            "--out",
            "x.svg",
        ],
        home.path(),
    );
    let svg = fs::read_to_string(home.path().join("x.svg")).unwrap();
    assert!(svg.starts_with("<svg width=\"1200\" height=\"675\""));
    assert!(svg.contains("#0D1117") && svg.contains("service time p99"));
    for text in [
        "Service times of fetch/wait-10ms by percentile: ",
        "Measured on ",
        "\ncite: bakeoff ",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    // Whoever is cited can be followed: the command draws the same again.
    let command = ran.out.rsplit('`').nth(1).unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    fs::remove_file(home.path().join("x.svg")).unwrap();
    done(&words, home.path());
    assert_eq!(fs::read_to_string(home.path().join("x.svg")).unwrap(), svg);
    assert!(
        !home.path().join("r/report.html").exists(),
        "the chart alone"
    );
}

#[test]
fn hosts_stand_side_by_side_in_one_chart_and_nowhere_else() {
    let home = results();
    fs::create_dir(home.path().join("s")).unwrap();
    for name in ["rows.jsonl", "host.json"] {
        fs::copy(
            home.path().join("r").join(name),
            home.path().join("s").join(name),
        )
        .unwrap();
    }
    let host = home.path().join("s/host.json");
    let text = fs::read_to_string(&host).unwrap();
    fs::write(
        &host,
        text.replace("\"hostname\": \"", "\"hostname\": \"far-"),
    )
    .unwrap();
    let chart = [
        "report",
        "r",
        "s",
        "--chart",
        "throughput",
        "--out",
        "x.svg",
    ];
    let ran = done(&chart, home.path());
    assert!(ran.out.contains("shown, not tested"), "{}", ran.out);
    let svg = fs::read_to_string(home.path().join("x.svg")).unwrap();
    assert!(
        svg.contains("smol on far-") && svg.contains("smol on "),
        "{svg}"
    );
    // Each host with its own versions, date and run.
    let dated = ran.out.matches("measured 20").count();
    assert_eq!((dated, ran.out.matches("run reference").count()), (2, 3));
    assert!(!ran.out.contains(" is far-"), "{}", ran.out);
    let twice = [
        "report",
        "r",
        "s/../r",
        "--chart",
        "throughput",
        "--out",
        "y.svg",
    ];
    refused(&bakeoff(&twice, home.path()), &["s/../r", "named twice"]);
    refused(
        &bakeoff(&["report", "r", "s"], home.path()),
        &["one chart", "--chart"],
    );
}

#[test]
fn every_chart_is_named_where_readers_look_for_its_name() {
    let home = tempfile::tempdir().unwrap();
    let help = done(&["report", "--help"], home.path()).out;
    let (_, listed) = help.split_once("Charts of one scenario: ").unwrap();
    let listed: Vec<&str> = listed.split(|c: char| !c.is_alphanumeric()).collect();
    let reading = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/READING.md");
    let reading = fs::read_to_string(reading).unwrap();
    for kind in Kind::ALL {
        let name = kind.name();
        assert!(listed.contains(&name), "{name}: {help}");
        let row = format!("\n| `{name}` | ");
        assert!(reading.contains(&row), "{name} in docs/READING.md");
    }
}

#[test]
fn charts_that_cannot_be_drawn_are_refused() {
    let home = results();
    for (args, words) in [
        (
            vec!["--chart", "latncy"],
            vec!["latncy", "did you mean 'latency'"],
        ),
        (
            vec!["--chart", "cpu", "--scenario", "fetch/wait-10s"],
            vec!["did you mean 'fetch/wait-10ms'"],
        ),
        (vec!["--chart", "load"], vec!["no load chart"]),
        (
            vec!["--chart", "heatmap", "--scenario", "fetch/wait-10ms"],
            vec!["heatmap", "all scenarios", "--scenario fetch/wait-10ms"],
        ),
        (
            vec!["--chart", "cpu", "--size", "100x100"],
            vec!["--size 100x100", "too small to read", "or more"],
        ),
    ] {
        let all = [vec!["report", "r", "--out", "x.svg"], args].concat();
        refused(&bakeoff(&all, home.path()), &words);
    }
    refused(
        &bakeoff(
            &["report", "r", "--chart", "cpu", "--out", "x.gif"],
            home.path(),
        ),
        &["x.gif", ".svg"],
    );
    let size = [
        "report", "r", "--chart", "cpu", "--out", "x.svg", "--size", "big",
    ];
    let ran = bakeoff(&size, home.path());
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("1200x675"), "{}", ran.err);
    assert!(!home.path().join("x.svg").exists());
}

#[test]
fn a_document_shows_what_the_rows_say_until_one_of_them_changes() {
    let home = results();
    let path = home.path().join("README.md");
    let blocks: String = [
        "table overview",
        "text fetch/wait-10ms",
        "chart overview",
        "chart latency fetch/wait-10ms",
        "cost",
    ]
    .iter()
    .map(|what| format!("<!-- bakeoff:begin {what} -->\n<!-- bakeoff:end -->\n\n"))
    .collect();
    fs::write(&path, format!("# Mine\n\n{blocks}The end.\n")).unwrap();
    let check = ["report", "r", "--splice", "README.md", "--check"];

    let ran = bakeoff(&check, home.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("README.md:4: not what r says"),
        "{}",
        ran.err
    );
    assert!(
        !fs::read_to_string(&path).unwrap().contains("```"),
        "a check writes nothing"
    );

    done(&["report", "r", "--splice", "README.md"], home.path());
    let text = fs::read_to_string(&path).unwrap();
    for part in [
        "# Mine\n",
        "### orders/s of all scenarios",
        "```text\nfetch/wait-10ms (",
        "(r/charts/overview.svg)",
        "(r/charts/fetch-wait-10ms-latency.svg)",
        "| os-threads |",
        "orders/s and CPU are those of fetch/wait-10ms",
        "Made by `bakeoff report r --splice README.md`.",
        "\nThe end.\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    done(&check, home.path());

    let chart = home.path().join("r/charts/fetch-wait-10ms-latency.svg");
    let drawn = fs::read(&chart).unwrap();
    fs::write(&chart, "<svg/>").unwrap();
    let ran = bakeoff(&check, home.path());
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.err
            .contains("fetch-wait-10ms-latency.svg: not what the rows say"),
        "{}",
        ran.err
    );
    fs::write(&chart, drawn).unwrap();

    // What no block shows is held to the rows as well, where it is there.
    let tables = home.path().join("r/tables.md");
    fs::write(&tables, "# Others\n").unwrap();
    let ran = bakeoff(&check, home.path());
    assert!(
        ran.err.contains("tables.md: not what the rows say"),
        "{}",
        ran.err
    );
    fs::remove_file(&tables).unwrap();
    done(&check, home.path());

    fs::write(&path, text.replace("smol", "smal")).unwrap();
    assert_eq!(bakeoff(&check, home.path()).status, Some(1));
}

#[test]
fn a_document_says_once_how_its_figures_came_about() {
    let home = results();
    let path = home.path().join("README.md");
    let block = |what: &str| format!("<!-- bakeoff:begin {what} -->\n<!-- bakeoff:end -->\n");
    let text = ["text quick", "facts", "text fetch/wait-10ms"].map(block);
    fs::write(&path, text.concat()).unwrap();
    let plan = r#"{"command": "bakeoff run 'fetch/*' --budget 1h"}"#;
    fs::write(home.path().join("r/plan.json"), plan).unwrap();
    done(&["report", "r", "--splice", "README.md"], home.path());
    let text = fs::read_to_string(&path).unwrap();
    for part in [
        "\nMeasured by `bakeoff run 'fetch/*' --budget 1h` on ",
        "Linux",
        "; measured 20",
        "(r/rows.jsonl)",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(text.matches("Made by `").count(), 1, "{text}");

    // Rows of `cargo bench` have no plan. Several documents are filled at once, each with
    // its own way to the rows; where one cannot be, none is.
    fs::remove_file(home.path().join("r/plan.json")).unwrap();
    fs::create_dir(home.path().join("docs")).unwrap();
    let other = home.path().join("docs/a.md");
    let both = [
        "report",
        "r",
        "--splice",
        "README.md",
        "--splice",
        "docs/a.md",
    ];
    fs::write(&other, block("cake")).unwrap();
    refused(
        &bakeoff(&both, home.path()),
        &["docs/a.md:1: unknown block"],
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    fs::write(&other, block("facts")).unwrap();
    done(&both, home.path());
    for (path, link) in [(&path, "(r/rows.jsonl)"), (&other, "(../r/rows.jsonl)")] {
        let text = fs::read_to_string(path).unwrap();
        assert!(
            text.contains("\nMeasured on ") && text.contains(link),
            "{text}"
        );
    }
    let check = [&both[..], &["--check"]].concat();
    done(&check, home.path());
    fs::write(&other, block("facts")).unwrap();
    let ran = bakeoff(&check, home.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("docs/a.md:2: not what r says"),
        "{}",
        ran.err
    );
}

#[test]
fn a_document_without_blocks_or_with_unknown_ones_is_refused() {
    let home = results();
    let path = home.path().join("README.md");
    let args = ["report", "r", "--splice", "README.md"];
    refused(&bakeoff(&args, home.path()), &["README.md"]);
    for (text, words) in [
        ("nothing\n", "README.md: no block to fill"),
        (
            "a\n<!-- bakeoff:begin table fetch/wait-10s -->\n<!-- bakeoff:end -->\n",
            "README.md:2: unknown scenario 'fetch/wait-10s'; did you mean 'fetch/wait-10ms'?",
        ),
        (
            "<!-- bakeoff:begin chart pie fetch/wait-10ms -->\n<!-- bakeoff:end -->\n",
            "README.md:1: no chart 'pie fetch/wait-10ms'",
        ),
        (
            "<!-- bakeoff:begin cake -->\n<!-- bakeoff:end -->\n",
            "README.md:1: unknown block 'cake'",
        ),
    ] {
        fs::write(&path, text).unwrap();
        refused(&bakeoff(&args, home.path()), &[words]);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
