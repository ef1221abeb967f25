//! What this machine is, for whoever reads its numbers.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::Command;

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

use super::{affinity, cgroup, field, first_line, kibibytes, number};
use crate::base::clock;
use crate::base::visible::make_visible;

/// A machine and this process's share of it: `host.json`. What is absent
/// could not be known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostFacts {
    /// When this was gathered, RFC 3339 with the local zone's offset.
    pub at: String,
    /// The machine's name.
    pub hostname: String,
    /// Operating system and version of its kernel.
    pub os: String,
    /// The distribution's own name for itself.
    pub distribution: Option<String>,
    /// Instruction set.
    pub arch: String,
    /// The CPU's own name for itself.
    pub cpu_model: Option<String>,
    /// CPUs that are switched on.
    pub cpus_online: Option<usize>,
    /// CPUs that this process may run on.
    pub cpus: Vec<usize>,
    /// CPUs' worth of time that a control group grants; absent without limit.
    pub cpu_quota: Option<f64>,
    /// Whether CPUs share cores in pairs (hyper-threading).
    pub smt: Option<bool>,
    /// Main memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Frequency governors of the CPUs, more than one joined by commas.
    pub governor: Option<String>,
    /// Whether frequencies may rise for a while.
    pub turbo: Option<bool>,
    /// Whether it runs on a battery.
    pub on_battery: Option<bool>,
    /// The hypervisor's name, or `unknown`; absent on bare metal.
    pub hypervisor: Option<String>,
    /// Runnable threads, mean over the last minute.
    pub load: Option<f64>,
    /// Soft limit of file descriptors; absent without limit.
    pub descriptors_soft: Option<u64>,
    /// Hard limit of file descriptors; absent without limit.
    pub descriptors_hard: Option<u64>,
    /// Threads that the machine can have.
    pub threads_max: Option<u64>,
    /// Greatest process or thread id.
    pub pid_max: Option<u64>,
    /// Memory mappings that a process may have; a Rust thread takes four.
    pub max_map_count: Option<u64>,
    /// Tasks that the control group allows; absent without limit.
    pub tasks_max: Option<u64>,
    /// First and last port of outgoing connections.
    pub ports: Option<(u16, u16)>,
    /// What the kernel reads time from.
    pub clock_source: Option<String>,
    /// One reading of the clock that measures, ns.
    pub clock_cost_ns: f64,
    /// How late the kernel may wake a sleeping thread to save energy, ns.
    pub timer_slack_ns: Option<u64>,
    /// The compiler that built this program.
    pub rustc: Option<String>,
    /// Whether this program was built without optimisation.
    pub debug_build: bool,
    /// Revision of the source tree in the working directory.
    pub revision: Option<String>,
}

impl HostFacts {
    /// Makes what a file of another machine says safe to show.
    pub fn make_visible(&mut self) {
        for text in [
            &mut self.at,
            &mut self.hostname,
            &mut self.os,
            &mut self.arch,
        ] {
            make_visible(text);
        }
        for text in [
            &mut self.distribution,
            &mut self.cpu_model,
            &mut self.governor,
            &mut self.hypervisor,
            &mut self.clock_source,
            &mut self.rustc,
            &mut self.revision,
        ] {
            text.iter_mut().for_each(make_visible);
        }
    }

    /// The machine in one line, for captions.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        parts.push(match &self.cpu_model {
            Some(model) => format!("{}: {model}", self.hostname),
            None => format!("{}: {}", self.hostname, self.arch),
        });
        match (self.cpus.len(), self.cpus_online) {
            (0, None) => {}
            (0, Some(online)) => parts.push(format!("{online} CPUs")),
            (used, Some(online)) if online != used => {
                parts.push(format!("{used} of {online} CPUs"));
            }
            (1, _) => parts.push("1 CPU".into()),
            (used, _) => parts.push(format!("{used} CPUs")),
        }
        parts.push(self.os.clone());
        if let Some(governor) = &self.governor {
            parts.push(format!("governor {governor}"));
        }
        match self.turbo {
            Some(true) => parts.push("turbo on".into()),
            Some(false) => parts.push("turbo off".into()),
            None => {}
        }
        match self.hypervisor.as_deref() {
            Some("unknown") => parts.push("virtual machine".into()),
            Some(name) => parts.push(format!("virtual machine ({name})")),
            None => {}
        }
        parts.join(", ")
    }
}

/// Gathers what can be known. Takes some milliseconds: not while measuring.
#[must_use]
pub fn facts() -> HostFacts {
    let uname = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let descriptors = getrlimit(Resource::Nofile);
    let grants = cgroup::grants();
    HostFacts {
        at: jiff::Zoned::now()
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string(),
        hostname: text(uname.nodename()),
        os: format!("{} {}", text(uname.sysname()), text(uname.release())),
        distribution: distribution(),
        arch: std::env::consts::ARCH.to_owned(),
        cpu_model: field("/proc/cpuinfo", "model name"),
        cpus_online: first_line("/sys/devices/system/cpu/online")
            .map(|list| cpus_in(&list))
            .or_else(|| Some(std::thread::available_parallelism().ok()?.get())),
        cpus: affinity(),
        cpu_quota: grants.cpus,
        smt: number::<u8>("/sys/devices/system/cpu/smt/active").map(|active| active == 1),
        memory_bytes: kibibytes("/proc/meminfo", "MemTotal"),
        governor: governor(),
        turbo: turbo(),
        on_battery: on_battery(),
        hypervisor: hypervisor(),
        load: first_line("/proc/loadavg")
            .and_then(|line| line.split_whitespace().next()?.parse().ok()),
        descriptors_soft: descriptors.current,
        descriptors_hard: descriptors.maximum,
        threads_max: number("/proc/sys/kernel/threads-max"),
        pid_max: number("/proc/sys/kernel/pid_max"),
        max_map_count: number("/proc/sys/vm/max_map_count"),
        tasks_max: grants.tasks,
        ports: ports(),
        clock_source: first_line(
            "/sys/devices/system/clocksource/clocksource0/current_clocksource",
        ),
        clock_cost_ns: clock_cost_ns(),
        timer_slack_ns: timer_slack_ns(),
        rustc: option_env!("BAKEOFF_RUSTC").map(str::to_owned),
        debug_build: cfg!(debug_assertions),
        revision: revision(),
    }
}

/// Short revision of the git tree in the working directory, with `-dirty`
/// behind it where files differ from it; `None` without git or a tree.
#[must_use]
pub fn revision() -> Option<String> {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--exclude=*"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let revision = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!revision.is_empty()).then_some(revision)
}

/// Memory that can be had without driving anything else out, bytes.
pub(super) fn memory_available() -> Option<u64> {
    kibibytes("/proc/meminfo", "MemAvailable")
}

fn distribution() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// How many CPUs a list like `0-3,8` names.
fn cpus_in(list: &str) -> usize {
    list.split(',')
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (usize, usize) =
                (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (last + 1).checked_sub(first)
        })
        .sum()
}

fn governor() -> Option<String> {
    let governors: BTreeSet<String> = affinity()
        .into_iter()
        .filter_map(|cpu| {
            first_line(format!(
                "/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"
            ))
        })
        .collect();
    let governors: Vec<String> = governors.into_iter().collect();
    (!governors.is_empty()).then(|| governors.join(","))
}

fn turbo() -> Option<bool> {
    let forbidden = number::<u8>("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|no| no == 0);
    forbidden
        .or_else(|| number::<u8>("/sys/devices/system/cpu/cpufreq/boost").map(|boost| boost == 1))
}

fn on_battery() -> Option<bool> {
    let supplies = std::fs::read_dir("/sys/class/power_supply").ok()?;
    let states: Vec<String> = supplies
        .filter_map(|supply| first_line(supply.ok()?.path().join("status")))
        .collect();
    (!states.is_empty()).then(|| states.iter().any(|state| state == "Discharging"))
}

fn hypervisor() -> Option<String> {
    let flags = field("/proc/cpuinfo", "flags")?;
    if !flags.split_whitespace().any(|flag| flag == "hypervisor") {
        return None;
    }
    let name =
        first_line("/sys/hypervisor/type").or_else(|| first_line("/sys/class/dmi/id/sys_vendor"));
    Some(name.unwrap_or_else(|| "unknown".into()))
}

fn ports() -> Option<(u16, u16)> {
    let line = first_line("/proc/sys/net/ipv4/ip_local_port_range")?;
    let mut ports = line.split_whitespace();
    Some((ports.next()?.parse().ok()?, ports.next()?.parse().ok()?))
}

/// The best of several batches: whatever interrupted the others is no part
/// of the clock.
fn clock_cost_ns() -> f64 {
    const READS: u32 = 2000;
    let batch = || {
        let start = clock::now();
        for _ in 0..READS {
            black_box(clock::now());
        }
        (clock::now() - start) as f64 / f64::from(READS)
    };
    (0..7).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

fn timer_slack_ns() -> Option<u64> {
    #[cfg(target_os = "linux")]
    return rustix::thread::current_timer_slack().ok();
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_the_round_trip() {
        let facts = facts();
        let text = serde_json::to_string_pretty(&facts).unwrap();
        let mut got: HostFacts = serde_json::from_str(&text).unwrap();
        // Fractions may lose their last bit on the way through text.
        assert!((got.clock_cost_ns - facts.clock_cost_ns).abs() < 1e-6);
        got.clock_cost_ns = facts.clock_cost_ns;
        got.load = got.load.and(facts.load);
        got.cpu_quota = got.cpu_quota.and(facts.cpu_quota);
        assert_eq!(got, facts);
        assert!(facts.clock_cost_ns > 0.0 && facts.clock_cost_ns < 1e5);
        assert!(!facts.line().contains('\n'));
        #[cfg(target_os = "linux")]
        {
            assert!(facts.os.starts_with("Linux "));
            assert!(facts.memory_bytes > Some(1 << 20));
            assert!(!facts.cpus.is_empty() && facts.cpus_online >= Some(facts.cpus.len()));
            assert!(facts.ports.is_some_and(|(first, last)| first < last));
        }
    }

    #[test]
    fn lists_of_cpus_are_counted() {
        for (list, count) in [
            ("0", 1),
            ("0-3", 4),
            ("0-3,8,10-11", 7),
            ("", 0),
            ("3-1", 0),
            ("x", 0),
        ] {
            assert_eq!(cpus_in(list), count, "{list}");
        }
    }

    #[test]
    fn the_line_says_what_is_known() {
        let known = HostFacts {
            hostname: "oven".into(),
            os: "Linux 6.1.0".into(),
            arch: "x86_64".into(),
            cpu_model: Some("AMD EPYC".into()),
            cpus_online: Some(8),
            cpus: vec![0, 1],
            governor: Some("performance".into()),
            turbo: Some(false),
            hypervisor: Some("kvm".into()),
            ..HostFacts::default()
        };
        assert_eq!(
            known.line(),
            "oven: AMD EPYC, 2 of 8 CPUs, Linux 6.1.0, governor performance, turbo off, virtual machine (kvm)"
        );
        let unknown = HostFacts {
            hostname: "stove".into(),
            os: "Darwin 24".into(),
            arch: "aarch64".into(),
            ..HostFacts::default()
        };
        assert_eq!(unknown.line(), "stove: aarch64, Darwin 24");
    }
}
