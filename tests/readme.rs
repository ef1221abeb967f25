//! The README shows what the committed reference run says, and nothing else.

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
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .args([
            "report",
            "results/reference",
            "--splice",
            "README.md",
            "--check",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert_eq!(said, "");
}

#[test]
fn what_it_links_to_is_there() {
    let text = readme();
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let local: Vec<&str> = targets
        .filter(|target| !target.starts_with("http"))
        .collect();
    assert!(local.len() > 5, "{local:?}");
    for target in local {
        assert!(root().join(target).exists(), "README.md links to {target}");
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
