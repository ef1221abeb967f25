//! `bakeoff claims`: what people say, by the committed reference run, and that every
//! command that it names can be run.

use std::path::Path;
use std::process::{Command, Output};

use bakeoff::peers;
use bakeoff::report::claims::{Claim, embedded, measuring, sweeping};
use bakeoff::scenarios;
use bakeoff::selection::{self, Guests, Set, Sweep};

fn bakeoff(args: &[&str], home: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
    command.args(args).current_dir(home).output().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The words of a command as a shell would take them; ours quote with `'` alone.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| {
            let words: Vec<String> = if at % 2 == 1 {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            };
            words
        })
        .collect()
}

/// Builds without some models cannot measure every claim.
#[cfg(feature = "default")]
#[test]
fn every_command_that_a_claim_names_can_be_planned_and_measures_its_cells() {
    let known = scenarios::embedded().unwrap();
    let offers = peers::load(&[root().join("peers")]).unwrap();
    let mut planned = 0;
    for claim in embedded(&known).unwrap() {
        let sweeps = claim.tests.iter();
        let sweeps = sweeps.filter_map(|test| sweeping(&claim, test));
        for command in measuring(&claim).into_iter().chain(sweeps) {
            let words = words(&command);
            assert_eq!(words[..2], ["bakeoff", "run"], "{command}");
            let mut patterns = Vec::new();
            let (mut sets, mut swept): (Vec<String>, Vec<Sweep>) = Default::default();
            let mut wanted: Vec<String> = Vec::new();
            let mut rest = words[2..].iter();
            while let Some(word) = rest.next() {
                match word.as_str() {
                    "--set" => sets.push(rest.next().unwrap().clone()),
                    "--sweep" => swept.push(rest.next().unwrap().parse().unwrap()),
                    "--peers" => wanted.extend(rest.next().unwrap().split(',').map(Into::into)),
                    _ => patterns.push(word.clone()),
                }
            }
            assert_eq!(wanted, claim.peers, "{command}");
            let guests = Guests {
                offers: &offers,
                wanted: &wanted,
            };
            let mut cells = selection::select_with(&guests, &known, &patterns, &[], Set::Default)
                .unwrap_or_else(|error| panic!("{command}: {error}"));
            for cell in &mut cells {
                sets.iter().for_each(|set| cell.set(set).unwrap());
            }
            let cells = selection::swept(cells, &swept).unwrap();
            for cell in &cells {
                cell.clone().resolve().unwrap();
            }
            if swept.is_empty() {
                for case in claim.tests.iter().flat_map(|test| &test.cases) {
                    for asked in std::iter::once(&case.of).chain(&case.over) {
                        let measured = cells.iter().any(|cell| cell.id() == asked.id);
                        assert!(measured, "{command} leaves out {}", asked.id);
                    }
                }
            }
            planned += 1;
        }
        for peer in &claim.peers {
            let setup = root().join("peers").join(peer).join("setup");
            assert!(setup.is_file(), "{}: {}", claim.id, setup.display());
        }
    }
    assert!(planned > 10, "{planned}");
}

/// Whether every cell that the claim is about is measured by who names none.
fn is_of_the_default_set(claim: &Claim) -> bool {
    let known = scenarios::embedded().unwrap();
    let default = selection::select(&known, &[], &[], Set::Default).unwrap();
    let cases = claim.tests.iter().flat_map(|test| &test.cases);
    let mut cells = cases.flat_map(|case| std::iter::once(&case.of).chain(&case.over));
    let swept = claim.tests.iter().any(|test| !test.set.is_empty());
    !swept && cells.all(|asked| default.iter().any(|cell| cell.id() == asked.id))
}

#[test]
fn the_reference_run_measures_every_claim_of_the_default_set() {
    let ran = bakeoff(&["claims", "results/reference", "--json"], root());
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let found: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let claims = found["claims"].as_array().unwrap();
    assert!(claims.len() >= 10);
    let mut due = 0;
    for (claim, told) in embedded(&scenarios::embedded().unwrap())
        .unwrap()
        .iter()
        .zip(claims)
    {
        assert_eq!(told["id"], claim.id);
        assert!(told["source"]["url"].as_str().unwrap().starts_with("http"));
        if is_of_the_default_set(claim) {
            assert_ne!(told["verdict"], "not-measured", "{}", claim.id);
            due += 1;
        }
    }
    assert!(due >= 10, "{due}");
}

#[test]
fn it_writes_text_and_markdown_and_tells_which_run_it_read() {
    let text = bakeoff(&["claims", "results/reference"], root());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.starts_with("Findings: ") && text.contains("said by "),
        "{text}"
    );
    let ran = bakeoff(
        &["claims", "results/reference", "--format", "markdown"],
        root(),
    );
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(
        text.starts_with("- **") && text.contains("<details>"),
        "{text}"
    );

    let home = tempfile::tempdir().unwrap();
    let ran = bakeoff(&["claims"], home.path());
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("results: no run there: measure"));
    let run = home.path().join("results/mine");
    std::fs::create_dir_all(&run).unwrap();
    let rows = std::fs::read_to_string(root().join("results/reference/rows.jsonl")).unwrap();
    let few: Vec<&str> = rows
        .lines()
        .filter(|row| row.contains("/post-json/"))
        .collect();
    std::fs::write(run.join("rows.jsonl"), few.join("\n") + "\n").unwrap();
    let ran = bakeoff(&["claims"], home.path());
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(err.contains("rows of results/mine"), "{err}");
    // Nothing of any claim was measured: each says by what command it would be.
    assert_eq!(ran.status.code(), Some(1), "{err}");
    assert!(err.contains("no claim is decided by these rows"), "{err}");
    assert_eq!(
        out.matches("to measure it:").count(),
        out.matches("not measured: ").count()
    );
    // Those about Python come together, with its installation and one command for all.
    for part in [
        "claims are about Python, of which there is no row:",
        "    peers/python/setup ",
        " --peers python\n",
    ] {
        assert_eq!(out.matches(part).count(), 1, "{part} in {out}");
    }
}

#[test]
fn a_document_shows_the_findings_in_a_block() {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::copy(
        root().join("results/reference/rows.jsonl"),
        run.join("rows.jsonl"),
    )
    .unwrap();
    let document = home.path().join("a.md");
    let marks = "<!-- bakeoff:begin findings -->\n<!-- bakeoff:end -->\n";
    std::fs::write(&document, marks).unwrap();
    let ran = bakeoff(&["report", "run", "--splice", "a.md"], home.path());
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let text = std::fs::read_to_string(&document).unwrap();
    assert!(
        text.contains("- **Holds here:**") && text.contains("</details>"),
        "{text}"
    );
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("<section id=\"findings\">") && page.contains("href=\"#findings\""));
    let tables = std::fs::read_to_string(run.join("tables.md")).unwrap();
    assert!(tables.contains("\n## Findings\n"));
}
