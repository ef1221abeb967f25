//! Every program is started, asked and waited for once; none of them stays, and neither does
//! a pipe to one.

use std::fs;

use bakeoff::base::seed::SEED;
use bakeoff::kit::capability::Capability;
use bakeoff::record::flag::Flag;
use bakeoff::registry;
use bakeoff::workload::subprocess::child::ARGUMENT;

use crate::conformance::bench::{holds, lab, open};
use crate::conformance::cell::try_cell;
use crate::conformance::endings::{alive, eventually, kill};

const SHAPE: [&str; 3] = ["orders=12", "concurrency=4", "cpu=100"];

pub(crate) fn asks_every_program_and_leaves_none(model: &str) {
    if !registry::offers(model).contains(&Capability::Children) {
        let refused = try_cell("subprocess", model, "none", &SHAPE).unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{refused}");
        assert!(refused.to_string().contains(model), "{refused}");
        return;
    }
    holds("subprocess", model, &[&SHAPE[..], &["by=pool"]].concat());
    let mut lab = lab();
    let mut cell = open(&mut lab, "subprocess", model, &SHAPE);
    let runner = cell.runner().unwrap().id();
    // What a library opens once, for all children, it may keep.
    assert_eq!(cell.sample(&mut lab, SEED, 0, 0).error, None, "{model}");
    let descriptors = descriptors(runner);
    for seed in 1..4 {
        assert_eq!(
            cell.sample(&mut lab, SEED + seed, 0, 0).error,
            None,
            "{model}"
        );
    }
    assert_eq!(
        programs(runner),
        Vec::<u32>::new(),
        "{model}: zombies count"
    );
    // A library that waits for programs on a thread of its own closes a moment later; when
    // the first were counted, some may have been open still.
    eventually(&format!("{model}: pipes stay open"), || {
        self::descriptors(runner) <= descriptors
    });
    cell.close().unwrap();
}

fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// Programs of orders that descend from `runner`, also those that have ended and that nobody
/// has waited for.
fn programs(runner: u32) -> Vec<u32> {
    let children = |of: u32| -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{of}/task"))
            .into_iter()
            .flatten()
            .flatten();
        let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        lists
            .flat_map(|list| {
                list.split_whitespace()
                    .filter_map(|id| id.parse().ok())
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    let is_worker = |id: &u32| {
        fs::read_to_string(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| line.contains("--bakeoff-worker"))
    };
    let (workers, mut programs): (Vec<u32>, Vec<u32>) =
        children(runner).into_iter().partition(is_worker);
    programs.extend(workers.into_iter().flat_map(children));
    programs
}

/// A cell whose programs do this wrong.
fn fails(model: &str, fault: &str, due: &str) {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "subprocess",
        model,
        &[&SHAPE[..], &[fault]].concat(),
    );
    let error = cell.sample(&mut lab, SEED, 0, 0).error.expect(fault);
    assert!(error.contains(due), "{model}: {error}");
    // Closing says so where something is left.
    cell.close().unwrap();
}

#[test]
fn a_program_that_fails_is_a_clear_error() {
    let models = ["os-threads", "processes", "tokio-mt", "smol", "compio"];
    for model in models
        .into_iter()
        .filter(|model| registry::model(model).is_ok())
    {
        fails(model, "fault=dies", "its program ended with exit status: 3");
        fails(model, "fault=nonsense", "said 'as you like it");
    }
}

/// They end when their input does, which is the runner's end.
#[test]
fn programs_of_a_killed_runner_end_with_it() {
    let mut lab = lab();
    let params = ["orders=100000", "concurrency=4", "cpu=1000000"];
    let mut cell = open(&mut lab, "subprocess", "os-threads", &params);
    let runner = cell.runner().unwrap().id();
    let killer = std::thread::spawn(move || {
        eventually("no program was started", || !programs(runner).is_empty());
        let programs = programs(runner);
        kill(runner);
        programs
    });
    let error = cell
        .sample(&mut lab, SEED, 0, 0)
        .error
        .expect("it was killed");
    assert!(error.contains("signal: 9"), "{error}");
    for program in killer.join().unwrap() {
        let is_ours = || {
            fs::read_to_string(format!("/proc/{program}/cmdline"))
                .is_ok_and(|line| line.contains(ARGUMENT))
        };
        eventually("a program outlived its runner", || {
            !alive(program) || !is_ours()
        });
    }
}

/// Loading a program and what it computes is an order's cost, as it is seen from outside.
#[test]
fn what_programs_use_is_what_orders_cost() {
    for model in ["os-threads", "processes"] {
        let mut lab = lab();
        lab.observe = true;
        let params = ["orders=40", "concurrency=4", "cpu=1000000"];
        let mut cell = open(&mut lab, "subprocess", model, &params);
        let row = cell.sample(&mut lab, SEED, 0, 0);
        assert_eq!(row.error, None, "{model}");
        // A flag for a tenth of it and 30 ms is far less than what they compute.
        let differs = row.flags.iter().any(|flag| *flag == Flag::ClaimsDiffer);
        assert!(!differs, "{model}: {:?}", row.cpu_ns);
        cell.close().unwrap();
    }
}
