//! README and docs/READING.md show what the committed reference run says, and
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
fn it_and_all_that_is_rendered_are_what_the_rows_of_the_reference_run_say() {
    let asked = "report results/reference --splice README.md --splice docs/READING.md --check";
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .args(asked.split(' '))
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert_eq!(said, "");
    // Each was looked at.
    let out = String::from_utf8_lossy(&ran.stdout);
    for document in ["README.md", "docs/READING.md"] {
        let told = format!("{document} shows what results/reference says");
        assert!(out.contains(&told), "{out}");
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
