//! The verb from outside.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bakeoff::record::row::Row;
use serde_json::json;

use crate::hlog::intervals;
use crate::run::{cell_of, failed, host, open_loop, run};

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
    rows[5].wall_ns = Some(0);
    let home = results(&rows);
    let file = home.path().join("run/rows.jsonl");
    let torn = fs::read_to_string(&file).unwrap() + "{\"schema\":1,";
    fs::write(&file, torn).unwrap();
    fs::remove_file(home.path().join("run/host.json")).unwrap();
    let said = bakeoff(home.path(), &["run", "--format", "csv"]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    let lines: Vec<&str> = stderr(&said).lines().collect();
    assert_eq!(lines.len(), 6, "{lines:?}");
    for (line, words) in lines.iter().zip([
        ["run/rows.jsonl:3: ", "left out: orders_per_s is -3"],
        [
            "run/rows.jsonl:5: its times left out: ",
            "service.hdr: histogram is not",
        ],
        ["run/rows.jsonl:6: ", "left out: wall_ns is 0"],
        ["run/rows.jsonl:81: ", "torn"],
        ["21 of 78 rows", "wrong answer"],
        ["run/host.json: no such file", "the host is left out"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    let mut reader = ::csv::Reader::from_reader(said.stdout.as_slice());
    assert_eq!(reader.records().count(), 78);
    // What has no times may still have been measured.
    let log = bakeoff(home.path(), &["run", "--format", "hlog"]);
    assert_eq!(log.status.code(), Some(0), "{}", stderr(&log));
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
            vec!["rows.jsonl:2: ", "not a row (orders_per_s: "],
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
fn the_reference_run_has_no_figure_that_cannot_be() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let said = bakeoff(&dir, &[".", "--format", "csv"]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    assert!(!stderr(&said).contains("left out"), "{}", stderr(&said));
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
    let held = || {
        let files = fs::read_dir(home.path().join("run")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files: BTreeMap<_, _> = files
            .map(|at| (at.clone(), fs::read(at).unwrap()))
            .collect();
        files
    };
    let before = held();
    symlink("run/host.json", home.path().join("link")).unwrap();
    for (out, word) in [
        ("run/rows.jsonl", "part of the run"),
        ("run/../run/rows.jsonl", "part of the run"),
        ("run/host.json", "part of the run"),
        ("run/plan.json", "part of the run"),
        ("run/state.json", "part of the run"),
        ("run/machine.jsonl", "part of the run"),
        ("run/controls.jsonl", "part of the run"),
        ("link", "part of the run"),
        ("nowhere/x", "--out"),
    ] {
        let said = bakeoff(home.path(), &["run", "--format", "csv", "--out", out]);
        assert_eq!(said.status.code(), Some(2), "{}", stderr(&said));
        assert!(stderr(&said).contains(word), "{}", stderr(&said));
    }
    assert_eq!(held(), before);
}
