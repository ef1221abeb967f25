//! Which programs are found, how they are taken, and how their rows are shown.

use std::path::Path;
use std::process::{Command, Output};

use bakeoff::record::row::Row;
use serde_json::Value;

use crate::fakes::{Fakes, Script};

const UNABLE: &str = r#"{"unable":{"reason":"no cakes on Mondays"}}"#;

fn bakeoff(args: &[&str], fakes: &Fakes) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
    command.args(args).arg("--peers-dir").arg(fakes.path());
    command.current_dir(fakes.path()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn refused(args: &[&str], fakes: &Fakes) -> String {
    let output = bakeoff(args, fakes);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
    text(&output.stderr)
}

fn fakes() -> Fakes {
    let fakes = Fakes::new();
    fakes.add("good", &Script::default());
    fakes.add("other", &Script::default());
    fakes
}

/// The cells that a command would measure.
fn planned(args: &[&str], fakes: &Fakes) -> Vec<String> {
    let output = bakeoff(&[args, &["--plan"]].concat(), fakes);
    assert!(output.status.success(), "{args:?}: {output:?}");
    let out = text(&output.stdout);
    let ids = out.lines().skip(1).map_while(|line| {
        let id = line.split_whitespace().next()?;
        id.contains('/').then(|| id.to_owned())
    });
    ids.collect()
}

#[test]
fn the_list_shows_what_is_installed_and_what_installs_the_others() {
    let fakes = fakes();
    fakes.describe("absent", "setup = \"install-me\"");
    let output = bakeoff(&["list"], &fakes);
    let out = text(&output.stdout);
    for line in [
        "installed: fake 1",
        "absent/install-me installs it",
        "A fake [sh]",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    let output = bakeoff(&["list", "--json"], &fakes);
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |at: usize, key: &str| listed["peers"][at][key].clone();
    assert_eq!(
        (of(0, "name"), of(0, "installed")),
        ("absent".into(), Value::Null)
    );
    assert_eq!(
        (of(1, "name"), of(1, "installed")),
        ("good".into(), "fake 1".into())
    );
    assert_eq!(listed["peers"][1]["models"][0]["colour"], "#123456");
    let cells = listed["cells"].as_array().unwrap();
    assert!(
        cells
            .iter()
            .all(|cell| !cell["id"].as_str().unwrap().ends_with("good"))
    );
}

#[test]
fn none_is_taken_that_nobody_asked_for() {
    let fakes = fakes();
    // The default set has cells of the mock server.
    let asked: &[&str] = if cfg!(feature = "server") {
        &["verify"]
    } else {
        &["verify", "nothing/*/*"]
    };
    let plain = planned(asked, &fakes);
    assert!(plain.iter().all(|id| !id.ends_with("/good")), "{plain:?}");
    for pattern in ["nothing/orders", "nothing/*/*", "nothing/orders/*o*"] {
        let cells = planned(&["verify", pattern], &fakes);
        assert!(
            !cells.is_empty() && cells.iter().all(|id| !id.ends_with("/good")),
            "{pattern}"
        );
    }
    let good = ["nothing/orders/good"];
    assert_eq!(planned(&["verify", "nothing/*/good"], &fakes), good);
    assert_eq!(
        planned(&["verify", "nothing/*/{good,sequential}"], &fakes).len(),
        2
    );
    assert_eq!(
        planned(&["verify", "nothing/orders", "--models", "good"], &fakes),
        good
    );
    let both = ["nothing/orders/sequential", "nothing/orders/good"];
    let models = ["verify", "nothing/orders", "--models", "good,sequential"];
    assert_eq!(planned(&models, &fakes), both);
    let peers = [
        "verify",
        "nothing/orders",
        "--models",
        "sequential",
        "--peers",
        "good",
    ];
    assert_eq!(planned(&peers, &fakes), both);
    let all = planned(
        &["verify", "nothing/orders", "--peers", "good,other"],
        &fakes,
    );
    assert!(all.len() > 5 && all.ends_with(&[both[1].to_owned(), "nothing/orders/other".into()]));
}

#[test]
fn what_cannot_be_taken_is_told() {
    let fakes = fakes();
    let said = refused(&["verify", "--peers", "goood"], &fakes);
    assert!(
        said.contains("unknown peer 'goood'; did you mean 'good'?"),
        "{said}"
    );
    let said = refused(&["verify", "--models", "goood"], &fakes);
    assert!(said.contains("unknown model 'goood'"), "{said}");
    // It knows none of these.
    let said = refused(&["verify", "bakery/*", "--peers", "good"], &fakes);
    assert!(
        said.contains("no cell is left of bakery/* with --peers good"),
        "{said}"
    );
    let said = refused(&["why", "nothing/orders/good"], &fakes);
    assert!(
        said.contains("the calls of another program are not traced"),
        "{said}"
    );
    fakes.describe("broken", "colours = 3");
    let said = refused(&["list"], &fakes);
    assert!(
        said.contains("broken/peer.toml:6: unknown field `colours`"),
        "{said}"
    );
}

#[test]
fn a_run_goes_on_whatever_one_of_them_does() {
    let fakes = fakes();
    fakes.add(
        "mortal",
        &Script {
            orders: "exit 3",
            ..Script::default()
        },
    );
    fakes.add(
        "closed",
        &Script {
            ready: UNABLE,
            ..Script::default()
        },
    );
    let run = [
        "run",
        "nothing/orders",
        "--models",
        "sequential",
        "--peers",
        "good,mortal,closed,other",
        "--set",
        "orders=8",
        "--rounds",
        "2",
        "--out",
        "mine",
    ];
    let output = bakeoff(&run, &fakes);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines = std::fs::read_to_string(fakes.path().join("mine/rows.jsonl")).unwrap();
    let rows: Vec<Row> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |model: &str| -> Vec<&Row> { rows.iter().filter(|row| row.model == model).collect() };
    for model in ["sequential", "good", "other"] {
        let found = of(model);
        assert!(
            found.len() == 2 && found.iter().all(|row| row.error.is_none()),
            "{model}"
        );
        assert_eq!(found[0].peer.is_some(), model != "sequential");
    }
    assert!(
        of("mortal")
            .iter()
            .all(|row| row.error.as_ref().unwrap().contains("died"))
    );
    // What is not offered is asked for once.
    let closed = of("closed");
    assert!(
        closed.len() == 1 && closed[0].is_not_offered(),
        "{closed:?}"
    );
    assert!(said.contains("2 samples failed"), "{said}");
    // Both groups have a table, and what is not offered is no error.
    let out = text(&output.stdout);
    for told in [
        "nothing/orders (",
        "other languages",
        "not offered: no cakes on Mondays",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
    let mine = fakes.path().join("mine");
    let titles = |page: &str| page.matches("class=\"scenario\"").count();
    let page = std::fs::read_to_string(mine.join("report.html")).unwrap();
    assert_eq!(titles(&page), 2);
    assert!(!page.contains("read -r line"), "a page holds no program");
    let report = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
        let output = command
            .arg("report")
            .arg(&mine)
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        std::fs::read_to_string(mine.join("report.html")).unwrap()
    };
    let together = report(&["--rank-peers"]);
    assert_eq!(titles(&together), 1);
    assert!(together.contains("#123456") && together.contains("sh: Does nothing"));
    assert_eq!(titles(&report(&[])), 2);
}

#[test]
fn a_run_goes_on_from_elsewhere() {
    let fakes = fakes();
    let out = fakes.path().join("mine");
    let run = [
        "run",
        "nothing/orders",
        "--models",
        "good",
        "--set",
        "orders=8",
        "--rounds",
        "1",
        "--out",
        "mine",
    ];
    assert!(bakeoff(&run, &fakes).status.success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
    command.args(["run", "--rounds", "2", "--resume"]).arg(&out);
    let output = command.current_dir(Path::new("/")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = std::fs::read_to_string(out.join("rows.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn verify_holds_what_they_say_against_what_is_seen() {
    let fakes = fakes();
    fakes.add(
        "closed",
        &Script {
            ready: UNABLE,
            ..Script::default()
        },
    );
    let verify = [
        "verify",
        "nothing/orders",
        "--models",
        "sequential,good,closed",
        "--set",
        "orders=8",
    ];
    let output = bakeoff(&verify, &fakes);
    let out = text(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(out.contains("2 of 2 cells hold, 1 not offered"), "{out}");
    assert!(
        out.contains("nothing/orders/closed: not offered: no cakes on Mondays"),
        "{out}"
    );
}
