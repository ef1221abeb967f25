//! The gate on instruction counts, which needs no valgrind itself: what it makes
//! of figures, of the runner's output, and of files that are none.

use std::collections::BTreeMap;
use std::fs;

#[path = "../benches/instructions/cases.rs"]
mod cases;
#[path = "../benches/instructions/figures.rs"]
mod figures;
#[path = "../benches/instructions/gate.rs"]
mod gate;
#[path = "../benches/instructions/left_out.rs"]
mod left_out;
#[path = "../benches/instructions/summary.rs"]
mod summary;

use figures::{Figure, Figures, MadeWith};
use gate::{Standing, compare, table, verdict};

#[test]
fn what_is_left_out_is_there() {
    let crates = [("bakeoff_measure", "measure/src"), ("bakeoff", "src")];
    for toggle in left_out::TOGGLES.split_whitespace() {
        let name = toggle.strip_prefix("--toggle-collect=*").unwrap();
        let path: Vec<&str> = name.split("::").collect();
        let (own, modules, function) = (path[0], &path[1..path.len() - 1], path[path.len() - 1]);
        let (_, source) = crates.iter().find(|(name, _)| *name == own).unwrap();
        let file = format!(
            "{}/{source}/{}.rs",
            env!("CARGO_MANIFEST_DIR"),
            modules.join("/")
        );
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("pub fn {function}(")), "{name}");
    }
}

fn made_with() -> MadeWith {
    MadeWith {
        rustc: "rustc 1.95.0".into(),
        arch: "x86_64".into(),
        cpu: "AMD EPYC".into(),
        libc: "glibc 2.36".into(),
        valgrind: "valgrind-3.19.0".into(),
        profile: "release".into(),
    }
}

fn committed(figures: &[(&str, f64, f64)]) -> Figures {
    let figure = |&(name, instructions, spread_percent): &(&str, f64, f64)| {
        let figure = Figure {
            instructions,
            spread_percent,
        };
        (name.to_owned(), figure)
    };
    Figures {
        made_with: made_with(),
        figures: figures.iter().map(figure).collect(),
    }
}

fn counted(counts: &[(&str, f64)]) -> BTreeMap<String, f64> {
    counts
        .iter()
        .map(|&(name, count)| (name.to_owned(), count))
        .collect()
}

#[test]
fn what_fails_stands_first_and_the_worst_of_it_before_all() {
    let committed = committed(&[
        ("engine/order", 100.0, 0.0),
        ("http1/request-get", 150.0, 0.0),
        ("http1/response-length", 500.0, 0.1),
        ("spawn/rayon", 9000.0, 12.5),
        ("spawn/smol", 2000.0, 0.2),
    ]);
    let counted = counted(&[
        ("engine/order", 98.0),
        ("http1/request-get", 150.6),
        ("http1/response-length", 550.0),
        ("spawn/rayon", 18000.0),
        ("spawn/tokio-ct", 1500.0),
    ]);
    let lines = compare(&committed, &counted, 1.0);
    let order: Vec<(&str, Standing)> = lines
        .iter()
        .map(|line| (line.name.as_str(), line.standing))
        .collect();
    assert_eq!(
        order,
        [
            ("spawn/smol", Standing::Gone),
            ("spawn/tokio-ct", Standing::New),
            ("http1/response-length", Standing::Differs),
            ("engine/order", Standing::Differs),
            ("spawn/rayon", Standing::Unstable(12.5)),
            ("http1/request-get", Standing::Same),
        ]
    );
    insta::assert_snapshot!(table(&lines), @r"
    instructions per operation       committed     counted     change
    spawn/smol                          2000.0           —          —  GONE
    spawn/tokio-ct                           —      1500.0          —  NEW
    http1/response-length                500.0       550.0   +10.00 %  DIFFERS
    engine/order                         100.0        98.0    -2.00 %  DIFFERS
    spawn/rayon                         9000.0     18000.0  +100.00 %  not gated: varies by 12.5 % from run to run
    http1/request-get                    150.0       150.6    +0.40 %
    ");
    insta::assert_snapshot!(
        verdict(&lines, 1.0, &[], false).unwrap_err(),
        @"beyond 1 %: spawn/smol is gone, spawn/tokio-ct is new, http1/response-length +10.00 %, engine/order -2.00 %; if that is meant: cargo bench --bench instructions --features instructions -- --record"
    );
}

#[test]
fn figures_made_elsewhere_advise_and_say_what_differs() {
    let committed = committed(&[("engine/order", 100.0, 0.0)]);
    let here = MadeWith {
        rustc: "rustc 1.96.0".into(),
        arch: "aarch64".into(),
        profile: "lto".into(),
        ..made_with()
    };
    let elsewhere = committed.made_with.differences(&here);
    let lines = compare(&committed, &counted(&[("engine/order", 120.0)]), 1.0);
    assert!(verdict(&lines, 1.0, &[], false).is_err());
    insta::assert_snapshot!(
        verdict(&lines, 1.0, &elsewhere, true).unwrap(),
        @"beyond 1 %: engine/order +20.00 %; if that is meant: cargo bench --bench instructions --features instructions -- --record (advice only: the figures were made elsewhere; rustc: 'rustc 1.95.0' there, 'rustc 1.96.0' here; architecture: 'x86_64' there, 'aarch64' here; build profile: 'release' there, 'lto' here)"
    );
    let undecided = verdict(&lines, 1.0, &elsewhere, false).unwrap_err();
    assert!(undecided.starts_with("not decided: the figures were made elsewhere; rustc"));
    assert!(undecided.contains("--advise"), "{undecided}");
    assert!(made_with().differences(&made_with()).is_empty());
}

#[test]
fn the_tolerance_bounds_both_differences_and_what_is_gated() {
    let committed = committed(&[("engine/order", 100.0, 0.4)]);
    let standing = |count, tolerance| {
        compare(&committed, &counted(&[("engine/order", count)]), tolerance)[0].standing
    };
    assert_eq!(standing(100.9, 1.0), Standing::Same);
    assert_eq!(standing(101.1, 1.0), Standing::Differs);
    assert_eq!(standing(98.9, 1.0), Standing::Differs);
    assert_eq!(standing(101.1, 2.0), Standing::Same);
    assert_eq!(standing(101.1, 0.5), Standing::Unstable(0.4));
    let lines = compare(&committed, &counted(&[("engine/order", 100.9)]), 1.0);
    assert_eq!(
        verdict(&lines, 1.0, &[], false).unwrap(),
        "within 1 %: all 1 that are gated"
    );
    for lines in [
        compare(&committed, &counted(&[("engine/order", 100.0)]), 0.5),
        Vec::new(),
    ] {
        let undecided = verdict(&lines, 0.5, &[], false).unwrap_err();
        assert!(undecided.starts_with("not decided"), "{undecided}");
    }
}

#[test]
fn a_figure_is_the_middle_of_its_runs_with_their_spread() {
    let figure = Figure::of(&[105.0, 100.04, 99.0]);
    assert_eq!((figure.instructions, figure.spread_percent), (100.0, 6.0));
    let figure = Figure::of(&[42.0]);
    assert_eq!((figure.instructions, figure.spread_percent), (42.0, 0.0));
}

#[test]
fn figures_are_read_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("figures.json");
    let figures = committed(&[("engine/order", 100.5, 0.02), ("spawn/smol", 2000.0, 3.0)]);
    figures.write(&path).unwrap();
    assert_eq!(figures::read(&path).unwrap(), figures);
    assert!(figures.table().contains("spawn/smol"));
}

#[test]
fn files_that_are_no_figures_are_refused_with_the_place_and_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("figures.json");
    let whole = {
        let figures = committed(&[("engine/order", 100.5, 0.02)]);
        figures.write(&path).unwrap();
        fs::read_to_string(&path).unwrap()
    };
    fs::remove_file(&path).unwrap();
    let negative = whole.replace("100.5", "-100.5");
    let cases: [(Option<&str>, &str); 5] = [
        (None, "No such file"),
        (Some(""), "line 1 column 0"),
        (Some(&whole[..whole.len() / 2]), "EOF while parsing"),
        (Some(&whole.replace("100.5", "null")), "invalid type: null"),
        (Some(&negative), "engine/order: -100.5 instructions"),
    ];
    for (text, said) in cases {
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        let error = figures::read(&path).unwrap_err();
        let line = error.to_string();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(line.contains("figures.json: "), "{line}");
        assert!(line.contains(said), "{line}");
        assert!(line.contains(figures::RECORD), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

/// What gungraun-runner says of one count, as far as it is read.
fn summary_line(function: &str, id: &str, metrics: &str) -> String {
    format!(
        r#"{{"function_name":"{function}","id":"{id}","profiles":[{{"summaries":{{"total":{{"summary":{{"Callgrind":{{"Ir":{{"metrics":{metrics}}}}}}}}}}}}}]}}"#
    )
}

#[test]
fn figures_come_of_the_runners_counts() {
    let mut said = vec![
        summary_line("request", "get", r#"{"Left":{"Int":15000}}"#),
        summary_line(
            "response",
            "length",
            r#"{"Both":[{"Int":50050},{"Int":1}]}"#,
        ),
        "a word of the runner's own".into(),
    ];
    for (at, case) in cases::cases().iter().enumerate() {
        // As if each order took 70 instructions, and building a model 1,000,000.
        let count = 1_000_000 + 70 * case.orders;
        let metrics = format!(r#"{{"Left":{{"Int":{count}}}}}"#);
        said.push(summary_line("batch", &format!("model_{at}"), &metrics));
    }
    let counts = summary::counts(&said.join("\n")).unwrap();
    let figures = cases::figures(&counts).unwrap();
    assert_eq!(figures["http1/request-get"], 15_000.0 / cases::TIMES as f64);
    assert_eq!(
        figures["http1/response-length"],
        50_050.0 / cases::TIMES as f64
    );
    assert_eq!(figures["engine/order"], 70.0);
    assert_eq!(figures["spawn/os-threads"], 70.0);
    assert_eq!(figures.len(), 2 + cases::cases().len() / 2);

    said.pop();
    let counts = summary::counts(&said.join("\n")).unwrap();
    let missing = cases::figures(&counts).unwrap_err().to_string();
    assert!(missing.ends_with(" was not counted"), "{missing}");
    let strange = summary::counts("{\"function_name\":\"request\"}").unwrap_err();
    assert!(
        strange.to_string().contains("says no instructions in"),
        "{strange}"
    );
}

#[test]
fn the_committed_figures_are_those_of_the_default_build() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.json");
    let figures = figures::read(path.as_ref()).unwrap();
    for case in cases::cases() {
        let name = cases::name(case.model);
        assert!(figures.figures.contains_key(&name), "no figure {name}");
    }
    let stable = figures
        .figures
        .values()
        .filter(|figure| figure.is_stable(1.0));
    assert!(stable.count() >= 5, "hardly anything is gated");
}
