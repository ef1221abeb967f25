//! What was found out, graded and written: pure functions of a [`Checkup`].

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::base::counted::counted;
use crate::base::si;
use crate::host::{HostFacts, Lateness, Spoiler, Topic, spoilers};
use crate::lab::selftest::{Ceiling, Floor};
use crate::runner::overhead::{MOST_NS, Overhead};

/// The document's version.
const SCHEMA: u32 = 1;
/// A finer clock tells the shortest orders apart.
const COARSE_CLOCK_NS: u64 = 1000;
/// The kernel's own slack is 50 µs; waking takes as long again on a good host.
const LATE_P50_NS: f64 = 200e3;
/// A sleep of 1 ms that takes two is no 1 ms sleep.
const LATEST_P50_NS: f64 = 1e6;
/// The shortest waits of scenarios are of this size.
const LATE_TAIL_NS: f64 = 1e6;
/// A tail of this size is seen in every scenario that waits.
const LATEST_TAIL_NS: f64 = 5e6;
/// Differences between models that people care about begin here.
const NOISY: f64 = 0.05;
/// Above this, most differences between models are noise.
const NOISIEST: f64 = 0.15;
/// Two names of one cell that differ by more are no tie.
const TIE: f64 = 0.03;

/// All that was found out.
#[derive(Clone, Debug)]
pub(super) struct Checkup {
    pub(super) facts: HostFacts,
    pub(super) clock_step_ns: u64,
    pub(super) lateness: Option<Lateness>,
    pub(super) overhead: Result<Overhead, String>,
    pub(super) ceiling: Result<Ceiling, String>,
    pub(super) floor: Result<Floor, String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    /// Nothing to do.
    Ok,
    /// To be known when results are read.
    Note,
    /// To be mended before anything is measured.
    Warning,
}

impl Grade {
    fn name(self) -> &'static str {
        match self {
            Grade::Ok => "ok",
            Grade::Note => "note",
            Grade::Warning => "warning",
        }
    }

    fn color(self) -> &'static str {
        match self {
            Grade::Ok => "\x1b[32m",
            Grade::Note => "\x1b[33m",
            Grade::Warning => "\x1b[1;31m",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Check {
    #[serde(skip)]
    name: &'static str,
    grade: Grade,
    /// The value as people read it.
    text: String,
    /// The value as programs read it; keys carry the unit.
    values: Value,
    /// What it does to numbers.
    means: String,
    /// What to do about it; absent where nothing is to be done.
    mend: Option<String>,
}

/// Grades everything, in the order of the report.
pub(super) fn checks(found: &Checkup) -> Vec<Check> {
    let mut all = machine(&found.facts);
    all.extend(limits(&found.facts));
    all.extend(time(found));
    all.push(overhead(&found.overhead, found.facts.debug_build));
    all.push(ceiling(&found.ceiling));
    all.push(floor(&found.floor));
    all
}

/// What is known of the host without measuring.
struct Known<'a> {
    spoilers: &'a [Spoiler],
}

impl Known<'_> {
    /// What a spoiler says of `topic`, where there is one; else `fine`, where
    /// the system says anything at all.
    fn check(
        &self,
        topic: Topic,
        name: &'static str,
        text: Option<String>,
        values: Value,
        fine: &str,
    ) -> Check {
        let (grade, means, mend) = match (
            self.spoilers.iter().find(|spoiler| spoiler.topic == topic),
            &text,
        ) {
            (Some(spoiler), _) => (
                grade(topic),
                spoiler.means.to_owned(),
                Some(spoiler.mend.clone()),
            ),
            (None, Some(_)) => (Grade::Ok, fine.to_owned(), None),
            (None, None) => (
                Grade::Note,
                "the system does not say, as in most virtual machines: it may change numbers unseen".into(),
                Some("look on the virtual machine's host, or in the firmware's settings".into()),
            ),
        };
        Check {
            name,
            grade,
            text: text.unwrap_or_else(|| "unknown".into()),
            values,
            means,
            mend,
        }
    }
}

/// How grave it is where something spoils.
fn grade(topic: Topic) -> Grade {
    match topic {
        // They blur ratios between models less than figures.
        Topic::Hypervisor | Topic::Turbo | Topic::Smt => Grade::Note,
        Topic::Build
        | Topic::Load
        | Topic::Quota
        | Topic::Cpus
        | Topic::Governor
        | Topic::Power
        | Topic::Clock
        | Topic::TimerSlack
        | Topic::Descriptors
        | Topic::Threads
        | Topic::Ports => Grade::Warning,
    }
}

fn machine(facts: &HostFacts) -> Vec<Check> {
    let spoilers = spoilers(facts);
    let known = Known {
        spoilers: &spoilers,
    };
    let on = |on: bool| if on { "on" } else { "off" }.to_owned();
    let build = if facts.debug_build {
        "debug"
    } else {
        "release"
    };
    let allowed = facts.cpus.len();
    let cores = match facts.cpus_online {
        Some(online) if allowed > 0 => Some(format!(
            "{allowed} of {online} online, mask {}",
            ranges(&facts.cpus)
        )),
        Some(online) => Some(format!("{online} online, mask unknown")),
        None if allowed > 0 => Some(format!("{allowed}, mask {}", ranges(&facts.cpus))),
        None => None,
    };
    vec![
        known.check(
            Topic::Build,
            "build",
            Some(build.into()),
            json!({ "debug": facts.debug_build, "rustc": facts.rustc }),
            "the harness and the models are optimised",
        ),
        known.check(
            Topic::Cpus,
            "cores",
            cores,
            json!({ "online": facts.cpus_online, "mask": facts.cpus }),
            "models get these; with a server, it has the last one for itself",
        ),
        known.check(
            Topic::Quota,
            "quota",
            Some(
                facts
                    .cpu_quota
                    .map_or_else(|| "none".into(), |cpus| format!("{cpus:.2} CPUs")),
            ),
            json!({ "cpus": facts.cpu_quota }),
            "no control group takes CPU time away",
        ),
        known.check(
            Topic::Load,
            "load",
            facts
                .load
                .map(|load| format!("{load:.2} runnable threads, mean of a minute")),
            json!({ "runnable": facts.load }),
            "hardly anything else runs",
        ),
        known.check(
            Topic::Governor,
            "governor",
            facts.governor.clone(),
            json!({ "name": facts.governor }),
            "frequencies do not fall while models wait",
        ),
        known.check(
            Topic::Turbo,
            "turbo",
            facts.turbo.map(on),
            json!({ "on": facts.turbo }),
            "frequencies do not depend on heat",
        ),
        known.check(
            Topic::Smt,
            "smt",
            facts.smt.map(on),
            json!({ "on": facts.smt }),
            "each CPU is a core of its own",
        ),
        known.check(
            Topic::Power,
            "power",
            Some(match facts.on_battery {
                Some(true) => "battery".into(),
                Some(false) => "mains".into(),
                None => "no battery".into(),
            }),
            json!({ "on_battery": facts.on_battery }),
            "nothing saves energy at the cost of speed",
        ),
        known.check(
            Topic::Hypervisor,
            "virtual_machine",
            Some(match facts.hypervisor.as_deref() {
                Some("unknown") => "yes".into(),
                Some(name) => format!("yes ({name})"),
                None => "none seen".into(),
            }),
            json!({ "hypervisor": facts.hypervisor }),
            "no neighbour takes CPU time unseen",
        ),
    ]
}

fn limits(facts: &HostFacts) -> Vec<Check> {
    let spoilers = spoilers(facts);
    let known = Known {
        spoilers: &spoilers,
    };
    let unlimited =
        |limit: Option<u64>| limit.map_or_else(|| "unlimited".into(), |limit| limit.to_string());
    let threads: Vec<String> = [
        ("threads-max", facts.threads_max),
        ("pid_max", facts.pid_max),
        ("max_map_count", facts.max_map_count),
        ("pids.max", facts.tasks_max),
    ]
    .into_iter()
    .filter_map(|(name, limit)| Some(format!("{name} {}", limit?)))
    .collect();
    vec![
        known.check(
            Topic::Descriptors,
            "descriptors",
            Some(format!(
                "{} (soft), {} (hard)",
                unlimited(facts.descriptors_soft),
                unlimited(facts.descriptors_hard)
            )),
            json!({ "soft": facts.descriptors_soft, "hard": facts.descriptors_hard }),
            "enough for every scenario: the soft limit is raised where needed",
        ),
        known.check(
            Topic::Threads,
            "threads",
            (!threads.is_empty()).then(|| threads.join(", ")),
            json!({
                "threads_max": facts.threads_max,
                "pid_max": facts.pid_max,
                "max_map_count": facts.max_map_count,
                "tasks_max": facts.tasks_max,
            }),
            "enough for a thread or process per unit; a thread takes four mappings",
        ),
        known.check(
            Topic::Ports,
            "ports",
            facts
                .ports
                .map(|(first, last)| format!("{first} to {last}")),
            json!({
                "first": facts.ports.map(|(first, _)| first),
                "last": facts.ports.map(|(_, last)| last),
            }),
            "enough for a connection per order",
        ),
    ]
}

fn time(found: &Checkup) -> Vec<Check> {
    let facts = &found.facts;
    let spoilers = spoilers(facts);
    let known = Known {
        spoilers: &spoilers,
    };
    let source = facts.clock_source.as_deref().unwrap_or("source unknown");
    let coarse = found.clock_step_ns > COARSE_CLOCK_NS;
    vec![
        known.check(
            Topic::Clock,
            "clock",
            Some(format!("{source}, {:.1} ns a reading", facts.clock_cost_ns)),
            json!({ "source": facts.clock_source, "cost_ns": facts.clock_cost_ns }),
            "two readings an order weigh little",
        ),
        Check {
            name: "clock_granularity",
            grade: if coarse { Grade::Warning } else { Grade::Ok },
            text: format!("steps of {}", si::time(found.clock_step_ns as f64)),
            values: json!({ "step_ns": found.clock_step_ns }),
            means: if coarse {
                "service times of short orders are multiples of this step"
            } else {
                "short orders can be told apart; a step is never below one reading"
            }
            .into(),
            mend: coarse.then(|| "boot with a high resolution clock source (tsc)".into()),
        },
        known.check(
            Topic::TimerSlack,
            "timer_slack",
            facts.timer_slack_ns.map(|slack| si::time(slack as f64)),
            json!({ "slack_ns": facts.timer_slack_ns }),
            "waits may end this late, the same for every model",
        ),
        sleep(found.lateness.as_ref()),
    ]
}

fn sleep(lateness: Option<&Lateness>) -> Check {
    let name = "sleep";
    let Some(late) = lateness else {
        let values = json!({ "sleeps": 0, "p50_ns": null, "p99_ns": null, "max_ns": null });
        return unmeasured(name, "no sleep of 1 ms ended in time", values);
    };
    let tail = late.p99_ns.unwrap_or(late.max_ns);
    let grade = if late.p50_ns > LATEST_P50_NS || tail > LATEST_TAIL_NS {
        Grade::Warning
    } else if late.p50_ns > LATE_P50_NS || tail > LATE_TAIL_NS {
        Grade::Note
    } else {
        Grade::Ok
    };
    let stated = if late.p99_ns.is_some() { "p99" } else { "max" };
    Check {
        name,
        grade,
        text: format!(
            "1 ms ends {} late (p50), {} ({stated}), {} sleeps",
            si::time(late.p50_ns),
            si::time(tail),
            late.sleeps
        ),
        values: json!({
            "sleeps": late.sleeps,
            "p50_ns": late.p50_ns,
            "p99_ns": late.p99_ns,
            "max_ns": late.max_ns,
        }),
        means: match grade {
            Grade::Ok => "sleepers wake in time; every wait of a model is longer by about this",
            _ => "waits last longer by this, and tails of waiting scenarios are the machine's",
        }
        .into(),
        mend: (grade != Grade::Ok)
            .then(|| "close what else runs; keep CPUs from deep sleep (as root: `cpupower idle-set -D 10`)".into()),
    }
}

fn overhead(found: &Result<Overhead, String>, debug: bool) -> Check {
    let name = "engine_overhead";
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let values = json!({ "orders": null, "pairs": null, "engine_ns": null,
                "by_hand_ns": null, "difference_ns": null });
            return unmeasured(name, error, values);
        }
    };
    let good = found.difference_ns <= MOST_NS;
    Check {
        name,
        grade: if good { Grade::Ok } else { Grade::Warning },
        text: format!(
            "{:.1} ns an order beyond two clock readings ({:.1} ns with them)",
            found.difference_ns, found.engine_ns
        ),
        values: json!({
            "orders": found.orders,
            "pairs": found.pairs,
            "engine_ns": found.engine_ns,
            "by_hand_ns": found.by_hand_ns,
            "difference_ns": found.difference_ns,
        }),
        means: if good {
            "the harness adds this to each order, the same for every model"
        } else {
            "the harness weighs on short orders"
        }
        .into(),
        mend: (!good).then(|| {
            if debug {
                "build with `cargo build --release`"
            } else {
                "close what else runs, and try again; if it stays, report it"
            }
            .into()
        }),
    }
}

fn ceiling(found: &Result<Ceiling, String>) -> Check {
    let name = "server_ceiling";
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let values = json!({ "cell": null, "samples": null, "requests_per_s": null,
                "server_cpu_share": null, "server_bound": null });
            return unmeasured(name, error, values);
        }
    };
    let (grade, limit, means, mend) = if found.server_bound {
        (
            Grade::Note,
            "it was the limit",
            "throughput near this reads \"at least\"; such rows are flagged server-bound",
            Some("compare CPU per order there; `--target` points at a server that gives more"),
        )
    } else {
        (
            Grade::Ok,
            "it was not the limit",
            "the server gives more than the fastest client takes here",
            None,
        )
    };
    Check {
        name,
        grade,
        text: format!(
            "{} requests/s ({}), server's CPU {} busy: {limit}",
            si::short(found.requests_per_s),
            found.cell,
            si::percent(found.server_share)
        ),
        values: json!({
            "cell": found.cell,
            "samples": found.samples,
            "requests_per_s": found.requests_per_s,
            "server_cpu_share": found.server_share,
            "server_bound": found.server_bound,
        }),
        means: means.into(),
        mend: mend.map(str::to_owned),
    }
}

fn floor(found: &Result<Floor, String>) -> Check {
    let name = "noise_floor";
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let values = json!({ "cell": null, "pairs": null, "median_ratio": null,
                "low_ratio": null, "high_ratio": null, "floor_percent": null });
            return unmeasured(name, error, values);
        }
    };
    let part = found.part();
    let grade = if part > NOISIEST || (found.median - 1.0).abs() > TIE {
        Grade::Warning
    } else if part > NOISY {
        Grade::Note
    } else {
        Grade::Ok
    };
    Check {
        name,
        grade,
        text: format!(
            "{} against itself: {:.3}, middle 95 % of {} pairs {:.3} to {:.3}",
            found.cell, found.median, found.pairs, found.low, found.high
        ),
        values: json!({
            "cell": found.cell,
            "pairs": found.pairs,
            "median_ratio": found.median,
            "low_ratio": found.low,
            "high_ratio": found.high,
            "floor_percent": 100.0 * part,
        }),
        means: format!(
            "a difference below {:.1} % between two samples is noise here",
            100.0 * part
        ),
        mend: (grade != Grade::Ok)
            .then(|| "see to the warnings above; take many rounds (`--rounds 20`)".into()),
    }
}

/// A check that could not be carried out.
fn unmeasured(name: &'static str, why: &str, values: Value) -> Check {
    Check {
        name,
        grade: Grade::Warning,
        text: "not measured".into(),
        values,
        means: why.into(),
        mend: Some("set right what this says, and try again".into()),
    }
}

/// CPUs as `0-3,8`.
fn ranges(cpus: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &cpu in cpus {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == cpu => *last = cpu,
            _ => runs.push((cpu, cpu)),
        }
    }
    let runs: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    runs.join(",")
}

fn worst(checks: &[Check]) -> Grade {
    checks
        .iter()
        .map(|check| check.grade)
        .max()
        .unwrap_or(Grade::Ok)
}

/// The report for people: a value a line, below it what it means and, where it
/// is not ok, how to mend it.
pub(super) fn as_text(checks: &[Check], color: bool) -> String {
    let names: Vec<String> = checks
        .iter()
        .map(|check| check.name.replace('_', " "))
        .collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let indent = " ".repeat("warning  ".len() + width + 2);
    let mut out = String::new();
    for (check, name) in checks.iter().zip(&names) {
        let grade = format!("{:7}", check.grade.name());
        let grade = if color {
            format!("{}{grade}\x1b[0m", check.grade.color())
        } else {
            grade
        };
        let _ = writeln!(out, "{grade}  {name:width$}  {}", check.text);
        let _ = writeln!(out, "{indent}{}", check.means);
        if let Some(mend) = &check.mend {
            let _ = writeln!(out, "{indent}fix: {mend}");
        }
    }
    let count = |grade| checks.iter().filter(|check| check.grade == grade).count();
    let _ = writeln!(
        out,
        "\n{}, {}, {} ok",
        counted(count(Grade::Warning), "warning"),
        counted(count(Grade::Note), "note"),
        count(Grade::Ok)
    );
    out
}

/// The same as one document.
pub(super) fn as_json(checks: &[Check], quick: bool) -> Value {
    let by_name: Map<String, Value> = checks
        .iter()
        .map(|check| (check.name.to_owned(), json!(check)))
        .collect();
    json!({
        "schema": SCHEMA,
        "quick": quick,
        "grade": worst(checks),
        "checks": by_name,
    })
}

#[cfg(test)]
mod tests;
