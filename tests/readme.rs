//! The README shows what the committed reference run says, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bakeoff::report::table::{Style, overview, scenarios};
use bakeoff::report::{row::Row, rows};
use bakeoff::workload::scenario;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn its_tables_are_those_of_the_reference_run() {
    let found = rows::read(&root().join("results/reference")).unwrap();
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let notes = BTreeMap::new();
    let kept = |keep: &dyn Fn(&Row) -> bool| -> Vec<Row> {
        found.rows.iter().filter(|row| keep(row)).cloned().collect()
    };
    // At a glance: what the quick set has of the run.
    let known = scenario::embedded().unwrap();
    let quick: BTreeSet<String> = known
        .iter()
        .flat_map(|scenario| {
            let cell = |model| format!("{}/{model}", scenario.id());
            scenario.quick.iter().map(cell).collect::<Vec<_>>()
        })
        .collect();
    let glance = kept(&|row| quick.contains(&row.cell));
    for table in [
        overview(&glance, &notes, &Style::PLAIN),
        scenarios(
            &kept(&|row| row.scenario == "wait-10ms"),
            &notes,
            &Style::PLAIN,
        ),
        scenarios(
            &kept(&|row| row.scenario == "open-loop"),
            &notes,
            &Style::PLAIN,
        ),
    ] {
        let table = table.trim();
        assert!(
            readme().contains(table),
            "README.md does not show:\n{table}"
        );
    }
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
    for scenario in bakeoff::workload::scenario::embedded().unwrap() {
        let id = scenario.id();
        assert!(
            id == "nothing/orders" || text.contains(&format!("`{id}`")),
            "README.md lacks {id}"
        );
    }
}
