//! What `cargo bench` does with its arguments, and how it plans criterion's samples.

#[path = "../benches/matrix/arguments.rs"]
#[expect(dead_code, reason = "the bench uses more of it")]
mod arguments;
#[path = "../benches/matrix/baselines.rs"]
mod baselines;
#[path = "../benches/matrix/groups.rs"]
mod groups;
#[path = "../benches/matrix/refusal.rs"]
mod refusal;
#[path = "../benches/matrix/sampling.rs"]
mod sampling;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arguments::Arguments;
use bakeoff::base::error::{Error, Result};
use bakeoff::lab::Lab;
use bakeoff::record::row::Row;
use bakeoff::scenarios;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{self, Set};
use baselines::Benchmark;
use criterion::Criterion;
use groups::{Bench, Metric, benchmarks};
use sampling::Sampling;
use serde_json::json;

/// The arguments of `cargo bench -- WORDS`.
fn parse(words: &str) -> Result<Arguments> {
    let words = ["bench"].into_iter().chain(words.split_whitespace());
    Arguments::parse(words.chain(["--bench"]).map(Into::into))
}

/// Why these arguments are refused where there are such benchmarks and baselines.
fn refused(words: &str, home: &Path) -> Option<String> {
    let all = [("fetch/wait-10ms", "smol"), ("nothing/idle", "rayon")].map(|(group, function)| {
        Benchmark {
            group: group.into(),
            function: function.into(),
            orders: Some(500),
        }
    });
    let error = parse(words).and_then(|arguments| arguments.require(&all, home));
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
    // It was of single orders.
    let of_one = r#"{"throughput":{"Elements":1}}"#;
    std::fs::write(kept.join("benchmark.json"), of_one).unwrap();
    insta::assert_snapshot!(of("--baseline main").unwrap(), @"--baseline main: that of fetch/wait-10ms/smol is of another number of orders than now, so times do not compare; `cargo bench -- --save-baseline main` makes it anew");
    assert!(of("--baseline-lenient main").is_some());
    assert_eq!(of("--baseline main rayon"), None);
    assert_eq!(of("--save-baseline main"), None);
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

/// How many batches all samples of a benchmark took together, and the time of an
/// iteration in criterion's eyes, ns; told of each batch is `time`.
fn measured(batch: Duration, samples: u32, time: Duration) -> (u64, f64) {
    let dir = tempfile::tempdir().unwrap();
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(samples as usize)
        .nresamples(100)
        .output_directory(dir.path());
    let sampling = Sampling {
        batch,
        samples,
        time: None,
        warms_up: true,
    };
    let mut batches = 0;
    let mut group = criterion.benchmark_group("group");
    sampling::measure(&mut group, "function", &sampling, || {
        batches += 1;
        Some(time)
    });
    group.finish();
    let (iterations, times) = sample(&dir.path().join("group/function/new"));
    assert_eq!(iterations.len(), samples as usize);
    // Criterion warns where a sample is one iteration.
    assert!(
        iterations.iter().all(|&count| count >= 2.0),
        "{iterations:?}"
    );
    (batches, times[0] / iterations[0])
}

/// Iterations and times of each sample, as criterion keeps them in `dir`; times in ns.
fn sample(dir: &Path) -> (Vec<f64>, Vec<f64>) {
    let sample = read(&dir.join("sample.json"));
    let list = |key: &str| serde_json::from_value(sample[key].clone()).unwrap();
    (list("iters"), list("times"))
}

fn read(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_sample_is_whole_batches_and_its_time_what_they_told() {
    // Of another length than the batches': a part that was scaled to the whole.
    let told = Duration::from_micros(1_234_567);
    // A good part of a sample's length, or longer: one each, in as many samples as asked.
    for batch in [40, 80, 3_000] {
        let batch = Duration::from_millis(batch);
        let (batches, time) = measured(batch, 12, told);
        assert_eq!(batches, 12, "{batch:?}");
        assert!((time / told.as_nanos() as f64 - 1.0).abs() < 1e-6, "{time}");
    }
    // Shorter: as many as come nearest to it.
    for (batch, most) in [(20, 30), (5, 100), (1, 500)] {
        let (batches, time) = measured(Duration::from_millis(batch), 10, told);
        assert!((10..=most).contains(&batches), "{batch} ms: {batches}");
        assert!((time / told.as_nanos() as f64 - 1.0).abs() < 1e-6, "{time}");
    }
}

/// Orders of [`unlike`]'s scenario.
const WHOLE: u64 = 60;

/// Cells of a small scenario in which models serve unlike numbers of orders.
fn unlike() -> Vec<ResolvedCell> {
    let known = scenarios::embedded().unwrap();
    let patterns =
        ["sequential", "os-threads"].map(|model| format!("bakery/hundred-bakers/{model}"));
    let chosen = selection::select(&known, &patterns, &[], Set::Default).unwrap();
    let cells = chosen.into_iter().map(|mut spec| {
        for set in ["orders=60", "concurrency=20", "bakers=20", "bake_wait=1ms"] {
            spec.set(set).unwrap();
        }
        spec.resolve().unwrap()
    });
    cells.collect()
}

/// A group of these cells as the bench makes it, in `dir`: the directories of criterion's
/// files, cell by cell, and all rows.
fn grouped(cells: &[ResolvedCell], metric: Metric, dir: &Path) -> (Vec<PathBuf>, Vec<Row>) {
    let mut criterion = Criterion::default()
        .without_plots()
        .nresamples(100)
        .sample_size(10)
        .output_directory(dir);
    let lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    let bench = Bench::new(lab, parse("").unwrap(), dir.into(), dir.join("results"));
    let bench = RefCell::new(bench);
    benchmarks(&mut criterion, &bench, cells, metric).unwrap();
    let bench = bench.into_inner();
    assert!(bench.failures.is_empty(), "{:?}", bench.failures);
    let rows = std::fs::read_to_string(bench.notebook.unwrap().path().join("rows.jsonl"));
    let rows = rows.unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap());
    let group = dir.join(metric.group(&cells[0]).replace('/', "_"));
    let kept = cells
        .iter()
        .map(|cell| group.join(cell.function()).join("new"));
    (kept.collect(), rows.collect())
}

#[test]
fn all_functions_of_a_group_tell_the_time_of_the_same_work() {
    let dir = tempfile::tempdir().unwrap();
    let cells = unlike();
    let served: Vec<u64> = cells.iter().map(ResolvedCell::orders).collect();
    // Of single orders, from an earlier time: criterion would compare with it.
    let base = dir.path().join("bakery_hundred-bakers/sequential/base");
    std::fs::create_dir_all(&base).unwrap();
    std::fs::write(
        base.join("benchmark.json"),
        r#"{"throughput":{"Elements":1}}"#,
    )
    .unwrap();
    std::fs::write(base.join("tukey-of-old"), "").unwrap();
    assert!(served[0] < WHOLE && served[1] == WHOLE, "{served:?}");
    for metric in [Metric::Wall, Metric::Service] {
        let (kept, rows) = grouped(&cells, metric, dir.path());
        for (cell, kept) in cells.iter().zip(kept) {
            let throughput = &read(&kept.join("benchmark.json"))["throughput"];
            let work = match metric {
                Metric::Wall => json!({ "Elements": WHOLE }),
                // That of an order, of which there may be any number.
                Metric::Service => serde_json::Value::Null,
            };
            assert_eq!(*throughput, work);
            let told: Vec<f64> = rows
                .iter()
                .filter(|row| row.model == cell.model.name)
                .map(|row| match metric {
                    Metric::Wall => row.wall_ns.unwrap() as f64 / row.orders as f64 * WHOLE as f64,
                    Metric::Service => row.service.as_ref().unwrap().mean_ns,
                })
                .collect();
            let (iterations, times) = sample(&kept);
            assert_eq!(told.len() % times.len(), 0, "{told:?}");
            let batches = told.len() / times.len();
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let samples = iterations
                .iter()
                .zip(&times)
                .map(|(count, time)| time / count);
            for (sample, told) in samples.zip(told.chunks(batches)) {
                assert!(
                    (sample / mean(told) - 1.0).abs() < 1e-5,
                    "{sample} {told:?}"
                );
            }
            let estimate = &read(&kept.join("estimates.json"))["mean"]["point_estimate"];
            let estimate = estimate.as_f64().unwrap();
            assert!((estimate / mean(&told) - 1.0).abs() < 1e-5, "{estimate}");
            // It was dropped before anything was compared with it.
            assert!(kept.with_file_name("base").join("sample.json").exists());
            assert!(!kept.with_file_name("base").join("tukey-of-old").exists());
        }
    }
}
