//! Class `shipped`: every model serves right as its library ships it, with the
//! threads that its documentation promises, on a machine of any number of CPUs.

use bakeoff::base::seed::SEED;
use bakeoff::kit::Class;
use bakeoff::lab::Lab;
use bakeoff::record::flag::Flag;
use bakeoff::record::row::Row;

use crate::honesty::bench::{HONEST, cell};

/// A row of this class, and the threads that its runner declares.
fn of(class: Class, model: &str) -> (Row, Option<u64>) {
    let mut lab = Lab::new(HONEST);
    lab.class = class;
    let params = ["orders=512", "concurrency=256", "delay=1ms"];
    let mut open = lab.open(&cell("fetch", model, &params)).unwrap();
    // The second meets a library that has started whatever it starts late.
    let rows = [SEED, SEED + 1].map(|seed| open.sample(&mut lab, seed, 0, 0));
    let declared = open.runner().unwrap().ready().threads;
    open.close().unwrap();
    for row in &rows {
        assert_eq!(row.error, None, "{model}");
        assert!(
            ![Flag::HiddenThread, Flag::MissingThread]
                .iter()
                .any(|flag| row.flagged(*flag)),
            "{row:?}"
        );
    }
    let [_, row] = rows;
    assert_eq!(row.class, class);
    (row, declared)
}

/// CPUs as a runner counts them that has these.
#[cfg(any(feature = "tokio", feature = "rayon", feature = "async-std"))]
fn cpus(row: &Row) -> u64 {
    // A control group may grant less time than the mask has CPUs.
    let granted = std::thread::available_parallelism().unwrap().get();
    match row.cpus.len() {
        0 => granted as u64,
        some => some.min(granted) as u64,
    }
}

/// With `own` threads besides the library's, of which there are `default`.
#[cfg(any(
    feature = "tokio",
    feature = "rayon",
    feature = "smol",
    feature = "async-std"
))]
fn ships(model: &str, own: u64, default: impl Fn(&Row) -> u64) {
    let (shipped, declared) = of(Class::Shipped, model);
    assert_eq!(shipped.workers, None, "{model} is told no number");
    assert_eq!(declared, Some(own + default(&shipped)), "{model}");
    let (equal, declared) = of(Class::Equal, model);
    if !equal.cpus.is_empty() {
        assert_eq!(equal.workers, Some(equal.cpus.len() as u64));
    }
    assert_eq!(declared, Some(own + equal.workers.unwrap()), "{model}");
    if cfg!(target_os = "linux") {
        assert_eq!(shipped.threads, Some(own + default(&shipped)), "{model}");
        assert_eq!(equal.threads, Some(own + equal.workers.unwrap()), "{model}");
    }
}

/// "The default value is the number of cores available to the system."
#[cfg(feature = "tokio")]
#[test]
fn tokio_starts_a_worker_for_each_cpu() {
    ships("tokio-mt", 1, cpus);
}

#[cfg(feature = "tokio")]
#[test]
fn tokio_does_so_for_a_task_per_order_too() {
    ships("tokio-mt-per-order", 1, cpus);
}

/// "By default, the global executor is run by a single background thread."
#[cfg(feature = "smol")]
#[test]
fn smol_starts_one_thread() {
    ships("smol", 2, |_| 1);
}

#[cfg(feature = "smol")]
#[test]
fn smol_does_so_for_a_task_per_order_too() {
    ships("smol-per-order", 2, |_| 1);
}

/// Its traits spawn on the executor that smol ships: in class `equal` it is told a number
/// by its variable.
#[cfg(feature = "portable")]
#[test]
fn agnostic_starts_what_its_runtimes_start() {
    ships("agnostic-tokio", 1, cpus);
    ships("agnostic-smol", 2, |_| 1);
}

/// Whoever starts a runner by hand learns how.
#[cfg(feature = "portable")]
#[test]
fn a_library_that_listens_to_its_environment_alone_is_told_there() {
    use std::process::Command;

    use bakeoff::lab::harness::{Lines, Runner, Terms};
    use bakeoff::protocol::{Prepare, Reply, Request};

    let prepare: Prepare = serde_json::from_str(
        r#"{"protocol":2,"workload":"nothing","scenario":"x","model":"agnostic-smol",
            "client":"none","params":{},"workers":3}"#,
    )
    .unwrap();
    let terms = Terms::default();
    let runner = Runner::start(Command::new(HONEST), &prepare, &terms).unwrap();
    assert_eq!(runner.ready().threads, Some(5));
    runner.stop().unwrap();

    let mut bare = Command::new(HONEST);
    bare.arg("runner");
    let mut lines = Lines::start(bare, "runner", &[], terms.deadline).unwrap();
    lines.say(&Request::Prepare(Box::new(prepare))).unwrap();
    let reply: Reply = lines.hear(terms.ready_within, "a reply").unwrap();
    let Reply::Error {
        message,
        usage: true,
    } = reply
    else {
        panic!("{reply:?}");
    };
    assert!(message.contains("SMOL_THREADS=3"), "{message}");
}

/// async-compat has a thread of its own for tokio.
#[cfg(feature = "portable")]
#[test]
fn smol_with_tokio_inside_starts_a_thread_more() {
    ships("smol-compat", 3, |_| 1);
}

#[cfg(feature = "async-std")]
#[test]
fn async_std_starts_a_thread_for_each_cpu_and_does_not_grow() {
    ships("async-std", 2, cpus);
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_starts_a_thread_for_each_cpu() {
    ships("rayon-cores", 1, cpus);
}

/// Their size is the scenario's, or there is nothing to size.
#[test]
fn what_is_sized_by_the_scenario_is_the_same_in_both_classes() {
    for model in ["sequential", "os-threads", "rayon", "crossbeam", "tokio-ct"] {
        if bakeoff::registry::model(model).is_err() {
            continue;
        }
        let (shipped, declared) = of(Class::Shipped, model);
        let (equal, as_declared) = of(Class::Equal, model);
        assert_eq!(declared, as_declared, "{model}");
        assert_eq!(shipped.threads, equal.threads, "{model}");
    }
}

#[test]
fn a_scenario_of_fewer_orders_in_flight_than_cpus_is_kept() {
    let mut lab = Lab::new(HONEST);
    lab.class = Class::Shipped;
    for model in ["rayon-cores", "tokio-mt", "smol", "async-std"] {
        if bakeoff::registry::model(model).is_err() {
            continue;
        }
        let one = cell("fetch", model, &["orders=6", "concurrency=1"]);
        let row = crate::honesty::bench::held(&mut lab, &one);
        assert_eq!(row.ledger.unwrap().peak_in_flight, Some(1), "{model}");
    }
}

/// A variable of the shell that changes a library's default reaches no runner:
/// here it would be a hidden thread.
#[test]
fn no_shell_changes_what_a_library_ships() {
    let mut verify = std::process::Command::new(HONEST);
    verify.args(["verify", "--class", "shipped"]);
    let models = ["tokio-mt", "smol", "async-std", "rayon-cores", "os-threads"];
    let built = models.into_iter();
    let built = built.filter(|model| bakeoff::registry::model(model).is_ok());
    verify.args(built.map(|model| format!("nothing/orders/{model}")));
    for name in [
        "TOKIO_WORKER_THREADS",
        "SMOL_THREADS",
        "ASYNC_STD_THREAD_COUNT",
        "RAYON_NUM_THREADS",
    ] {
        verify.env(name, "37");
    }
    let done = verify.output().unwrap();
    assert!(done.status.success(), "{done:?}");
}
