//! Rows and hosts of other machines: what is in them neither commands the reader's
//! terminal nor breaks a picture.

use std::fs;
use std::path::Path;

use super::{bakeoff, done};

/// Commands of terminals, a zero, marks that reorder text: as JSON writes them.
const EVIL: &str = "\\u001b[31m\\u0000\\u0007\u{202e}\\u009b2J\u{2066}\\uffff";

fn evil(text: &str) -> bool {
    let hidden = |c: char| {
        (c.is_control() && !"\n\t\r".contains(c)) || "\u{202e}\u{2066}\u{ffff}".contains(c)
    };
    text.contains(hidden)
}

#[test]
fn control_characters_of_rows_reach_no_terminal_and_no_picture() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("r");
    fs::create_dir(&dir).unwrap();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let host = fs::read_to_string(reference.join("host.json")).unwrap();
    let host = host.replace("\"hostname\": \"", &format!("\"hostname\": \"{EVIL}"));
    assert!(host.contains(EVIL));
    fs::write(dir.join("host.json"), host).unwrap();
    let rows = fs::read_to_string(reference.join("rows.jsonl")).unwrap();
    let rows: Vec<String> = rows
        .lines()
        .filter(|line| line.contains("\"scenario\":\"wait-10ms\""))
        .filter(|line| {
            line.contains("\"model\":\"smol\"") || line.contains("\"model\":\"tokio-ct\"")
        })
        .map(|line| {
            line.replace("smol\"", &format!("smol{EVIL}\""))
                .replace("wait-10ms", &format!("wait{EVIL}"))
        })
        .collect();
    assert!(rows.len() >= 16);
    let failed = rows[0].replace("\"error\":null", &format!("\"error\":\"broke{EVIL}\""));
    assert_ne!(failed, rows[0]);
    fs::write(
        dir.join("rows.jsonl"),
        format!("{}\n{failed}\n", rows.join("\n")),
    )
    .unwrap();
    done(&["report", "r"], home.path());
    let mut pictures = 0;
    for file in fs::read_dir(dir.join("charts")).unwrap() {
        let path = file.unwrap().path();
        let svg = fs::read_to_string(&path).unwrap();
        assert!(!evil(&svg), "{}", path.display());
        roxmltree::Document::parse(&svg).unwrap();
        pictures += 1;
    }
    assert!(pictures > 3);
    for file in ["report.html", "tables.md"] {
        let text = fs::read_to_string(dir.join(file)).unwrap();
        assert!(!evil(&text), "{file}");
        assert!(text.contains("smol\\u{1b}[31m\\u{0}"), "{file}");
    }
    for args in [
        &["compare", "r", "r"][..],
        &["compare", "r", "r", "--format", "markdown"],
        &["export", "r", "--format", "csv"],
        &["export", "r", "--format", "hlog"],
        &["export", "r", "--format", "bencher"],
        &["report", "r", "--chart", "smol\u{1b}[31m", "--out", "x.svg"],
        &["run", "fetch/\u{1b}[31m\u{202e}"],
        &["report", "--trend", "r"],
    ] {
        let ran = bakeoff(args, home.path());
        assert!(!evil(&ran.out) && !evil(&ran.err), "{args:?}: {}", ran.err);
    }
}
