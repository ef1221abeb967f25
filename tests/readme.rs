//! README, docs/READING.md and docs/LANGUAGES.md show what the committed runs say, and
//! nothing else.

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Builds without some models know no notes on them, which the page shows.
#[cfg(feature = "default")]
#[test]
fn they_and_all_that_is_rendered_are_what_the_rows_of_committed_runs_say() {
    // Models of all languages stand in one table there.
    for (dir, words, documents) in [
        (
            "results/reference",
            &["--check"][..],
            &["README.md", "docs/READING.md"][..],
        ),
        (
            "results/languages",
            &["--check", "--rank-peers"],
            &["docs/LANGUAGES.md"],
        ),
    ] {
        let splices = documents.iter().flat_map(|document| ["--splice", document]);
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_bakeoff"))
            .args(["report", dir])
            .args(words)
            .args(splices)
            .current_dir(root())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
        assert_eq!(said, "");
        // Each was looked at.
        let out = String::from_utf8_lossy(&ran.stdout);
        for document in documents {
            let told = format!("{document} shows what {dir} says");
            assert!(out.contains(&told), "{out}");
        }
    }
}

#[test]
fn every_model_and_scenario_is_named() {
    let text = readme();
    for model in bakeoff::registry::models() {
        assert!(
            text.contains(&format!("`{}`", model.name)),
            "README.md lacks {}",
            model.name
        );
    }
    for scenario in bakeoff::scenarios::embedded().unwrap() {
        let id = scenario.id();
        assert!(
            id == "nothing/orders" || text.contains(&format!("`{id}`")),
            "README.md lacks {id}"
        );
    }
}
