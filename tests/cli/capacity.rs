//! The search for the rate that a model can take.

use bakeoff::record::objective::Objective;
use bakeoff::report::text::capacity::keeps;

use super::{done, refused, rows};

#[test]
fn a_search_keeps_its_answers_and_tells_what_it_found() {
    let dir = tempfile::tempdir().unwrap();
    let args = "run nothing/orders/os-threads --set concurrency=2 --set rate=100 \
                --slo p50=1s --budget 8s --out mine";
    let args: Vec<&str> = args.split_whitespace().collect();
    let ran = done(&args, dir.path());
    let rows = rows(&dir.path().join("mine"));
    assert!(rows.len() >= 2, "{}", ran.err);
    let objective: Objective = "p50=1s".parse().unwrap();
    for row in &rows {
        assert_eq!(row.set["slo"].parse::<Objective>().unwrap(), objective);
        // Each sample lasts 2 s at the rate that it was asked at.
        let rate: f64 = row.set["rate"].parse().unwrap();
        assert_eq!(row.offered_per_s, Some(rate));
        assert!(row.orders as f64 >= 2.0 * rate, "{rate}: {}", row.orders);
        assert!(keeps(row, &objective), "{:?}", row.error);
    }
    // Two answers that agree double the rate.
    assert_eq!(
        (&*rows[0].set["rate"], &*rows[1].set["rate"]),
        ("100", "100")
    );
    assert!(
        rows.iter()
            .skip(2)
            .all(|row| row.offered_per_s > Some(100.0))
    );
    for told in [
        "nothing/orders (concurrency = 2): capacity with response p50 ≤ 1.00 s",
        "the budget of 8s is spent; 0 of 1 capacities are known to 5 %",
    ] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    let tables = std::fs::read_to_string(dir.path().join("mine/tables.md")).unwrap();
    assert!(tables.contains("capacity with response p50"), "{tables}");
}

#[test]
fn a_scenario_with_a_rate_of_its_own_kind_is_not_searched() {
    let run = [
        "run",
        "nothing/orders/os-threads",
        "--slo",
        "p99=1ms",
        "--set",
    ];
    refused(
        &[&run[..], &["load=0.5"]].concat(),
        &["nothing/orders", "load"],
    );
    let polite = ["run", "fetch/polite", "--slo", "p99=1ms"];
    refused(&polite, &["fetch/polite", "shared rate"]);
}
