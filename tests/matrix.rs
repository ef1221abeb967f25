//! What `cargo bench` does with its arguments, and how it plans criterion's samples.

#[path = "../benches/matrix/arguments.rs"]
#[expect(dead_code, reason = "the bench uses more of it")]
mod arguments;
#[path = "../benches/matrix/refusal.rs"]
mod refusal;
#[path = "../benches/matrix/sampling.rs"]
mod sampling;

use std::path::Path;
use std::time::Duration;

use arguments::Arguments;
use bakeoff::base::error::{Error, Result};
use criterion::Criterion;
use sampling::Sampling;

/// The arguments of `cargo bench -- WORDS`.
fn parse(words: &str) -> Result<Arguments> {
    let words = ["bench"].into_iter().chain(words.split_whitespace());
    Arguments::parse(words.chain(["--bench"]).map(Into::into))
}

/// Why these arguments are refused where there are such benchmarks and baselines.
fn refused(words: &str, home: &Path) -> Option<String> {
    let names = ["fetch/wait-10ms/smol", "nothing/idle/rayon"].map(str::to_owned);
    let error = parse(words).and_then(|arguments| arguments.require(&names, home));
    error.err().map(|error| {
        assert_eq!(error.exit_code(), 2, "{error}");
        let line = error.to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    })
}

#[test]
fn what_would_come_to_nothing_is_refused_in_one_line() {
    let home = tempfile::tempdir().unwrap();
    let of = |words: &str| refused(words, home.path());
    assert_eq!(of(""), None);
    assert_eq!(of("wait-10ms"), None);
    assert_eq!(of("--sample-size 20 -n smol$ --quiet"), None);
    assert_eq!(of("--ignored"), None);
    insta::assert_snapshot!(of("wait-11ms").unwrap(), @"no benchmark matches 'wait-11ms'; `cargo bench -- --list` names all 2");
    assert!(
        of("--exact wait-10ms")
            .unwrap()
            .contains("no benchmark matches")
    );
    assert_eq!(of("--exact fetch/wait-10ms/smol"), None);
    insta::assert_snapshot!(of("[").unwrap(), @"the filter '[' is no regular expression (unclosed character class); `cargo bench -- --list` names the benchmarks, and --exact takes a name as it is");
    assert!(
        of("--baseline main")
            .unwrap()
            .contains("--save-baseline main` makes it")
    );
    assert!(of("--baseline a --load-baseline main").is_some());
    let kept = home.path().join("fetch_wait-10ms/smol/main");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join("estimates.json"), "{}").unwrap();
    assert_eq!(of("--baseline main"), None);
}

#[test]
fn as_tests_benchmarks_may_be_none() {
    let args = ["bench", "no-such-name", "--test"].map(Into::into);
    let arguments = Arguments::parse(args.into_iter()).unwrap();
    assert!(!arguments.measures());
    assert!(arguments.require(&[], Path::new("nowhere")).is_ok());
    let measures = |words: &str| parse(words).unwrap().measures();
    assert!(measures("") && measures("--quick"));
    assert!(!measures("--list") && !measures("--test") && !measures("--profile-time 5"));
}

#[test]
fn criterions_own_refusal_is_one_line_and_other_panics_stay() {
    let refused = refusal::told(|| {
        let _ = Criterion::default().with_filter("(");
        Ok(())
    });
    let Err(Error::Usage(line)) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        line.starts_with("criterion refuses this: Unable to parse '('"),
        "{line}"
    );
    assert!(!line.contains('\n'), "{line}");
    let ours = std::panic::catch_unwind(|| refusal::told(|| panic!("ours")));
    assert!(ours.is_err());
}

/// How many batches the warm-up and each sample of a benchmark took, and its time in
/// criterion's eyes, ns.
fn measured(batch: Duration, orders: u64, samples: u32) -> (u64, f64) {
    let dir = tempfile::tempdir().unwrap();
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(samples as usize)
        .nresamples(100)
        .output_directory(dir.path());
    let sampling = Sampling {
        orders,
        batch,
        samples,
        time: None,
        warms_up: true,
    };
    let mut batches = 0;
    let mut group = criterion.benchmark_group("group");
    sampling::measure(&mut group, "function", &sampling, || {
        batches += 1;
        Some(batch / u32::try_from(orders).unwrap())
    });
    group.finish();
    let kept = std::fs::read_to_string(dir.path().join("group/function/new/sample.json"));
    let sample: serde_json::Value = serde_json::from_str(&kept.unwrap()).unwrap();
    let iterations: Vec<f64> = serde_json::from_value(sample["iters"].clone()).unwrap();
    let times: Vec<f64> = serde_json::from_value(sample["times"].clone()).unwrap();
    assert_eq!(iterations.len(), samples as usize);
    // Criterion warns where a sample is one iteration.
    assert!(
        iterations.iter().all(|&count| count >= 2.0),
        "{iterations:?}"
    );
    (batches, times[0] / iterations[0])
}

#[test]
fn a_sample_is_whole_batches_and_its_time_that_of_an_order() {
    // Longer than a sample should be at least: one each, in as many samples as asked for.
    for (batch, orders) in [(60, 2), (80, 400), (3_000, 3_000)] {
        let batch = Duration::from_millis(batch);
        let (batches, time) = measured(batch, orders, 12);
        assert_eq!(batches, 12, "{batch:?}");
        let order = batch.as_nanos() as f64 / orders as f64;
        assert!((time / order - 1.0).abs() < 0.01, "{time} {order}");
    }
    // Shorter: as many as fill it, and at the very least one.
    let (batches, _) = measured(Duration::from_millis(5), 100, 10);
    assert!((10..=110).contains(&batches), "{batches}");
    // A batch of one order is no exception to the two that criterion wants.
    let (batches, _) = measured(Duration::from_millis(70), 1, 10);
    assert_eq!(batches, 20);
}
