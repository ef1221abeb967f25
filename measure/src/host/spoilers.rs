//! What on a machine spoils measurements, and how to mend it.

use std::fmt;

use super::HostFacts;
use super::threads::MAPPINGS;

/// What a spoiler is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// How this program was built.
    Build,
    /// What else runs.
    Load,
    /// CPU time that a control group grants.
    Quota,
    /// How many CPUs there are.
    Cpus,
    /// Bare metal or not.
    Hypervisor,
    /// Who decides frequencies.
    Governor,
    /// Frequencies that rise for a while.
    Turbo,
    /// Mains or battery.
    Power,
    /// CPUs that share a core.
    Smt,
    /// What time is read from, and for how much.
    Clock,
    /// How late sleepers may be woken.
    TimerSlack,
    /// File descriptors.
    Descriptors,
    /// Threads and processes.
    Threads,
    /// Ports of outgoing connections.
    Ports,
}

/// One thing that spoils measurements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoiler {
    /// What it is about.
    pub topic: Topic,
    /// What was found.
    pub what: String,
    /// What it does to the numbers.
    pub means: &'static str,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Spoiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.means, self.mend)
    }
}

/// Fewest descriptors and ports with which every scenario runs.
const ENOUGH: u64 = 16_384;
/// Fewest threads with which every scenario runs, and sweeps have room: a kernel's
/// default of 65,530 mappings leaves some more.
const ENOUGH_THREADS: u64 = 12_000;
/// A reading of a fast clock takes a fifth of this.
const SLOW_CLOCK_NS: f64 = 100.0;

/// What spoils measurements on the host of these facts, gravest first. What
/// is not known is not complained about.
#[must_use]
pub fn spoilers(facts: &HostFacts) -> Vec<Spoiler> {
    let mut found = Vec::new();
    let mut add = |topic: Topic, what: String, means: &'static str, mend: &str| {
        let mend = mend.to_owned();
        found.push(Spoiler {
            topic,
            what,
            means,
            mend,
        });
    };
    let cpus = facts.cpus.len();
    let online = facts.cpus_online.unwrap_or(cpus);

    if facts.debug_build {
        add(
            Topic::Build,
            "this is a debug build".into(),
            "the harness itself is slow, and so is every model",
            "build with `cargo build --release`",
        );
    }
    if let Some(load) = facts.load
        && online > 0
        && load > 0.5 * online as f64
    {
        add(
            Topic::Load,
            format!("load is {load:.2} on {online} CPUs"),
            "other programs take CPU time from what is measured",
            "end them, or wait until they have",
        );
    }
    if let Some(quota) = facts.cpu_quota
        && cpus > 0
        && quota < cpus as f64
    {
        add(
            Topic::Quota,
            format!("a control group grants {quota:.2} CPUs' worth of time on {cpus} CPUs"),
            "the kernel stops the process for milliseconds when it has used its share",
            "run without the limit, or on as many CPUs as it grants",
        );
    }
    if cpus == 1 {
        add(
            Topic::Cpus,
            "one CPU".into(),
            "nothing runs at once, and the server shares the CPU with what is measured",
            "allow two or more CPUs",
        );
    }
    if let Some(name) = &facts.hypervisor {
        let name = if name == "unknown" {
            String::new()
        } else {
            format!(" ({name})")
        };
        add(
            Topic::Hypervisor,
            format!("virtual machine{name}"),
            "neighbours take CPU time unseen, and interrupts cost more than on bare metal",
            "measure on bare metal, or trust many rounds and ratios only",
        );
    }
    if let Some(governor) = facts.governor.as_deref()
        && governor != "performance"
    {
        add(
            Topic::Governor,
            format!("frequency governor {governor}"),
            "CPUs slow down while models wait, and take time to speed up again",
            "as root: `cpupower frequency-set -g performance`",
        );
    }
    if facts.turbo == Some(true) {
        add(
            Topic::Turbo,
            "turbo is on".into(),
            "frequency depends on heat and on how many CPUs are busy",
            "as root: `echo 0 > /sys/devices/system/cpu/cpufreq/boost`, \
             or `echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo`",
        );
    }
    if facts.on_battery == Some(true) {
        add(
            Topic::Power,
            "on battery".into(),
            "the machine saves energy at the cost of speed",
            "plug it in",
        );
    }
    if facts.smt == Some(true) {
        add(
            Topic::Smt,
            "CPUs share cores (SMT)".into(),
            "two busy CPUs of one core are slower than two cores",
            "as root: `echo off > /sys/devices/system/cpu/smt/control`",
        );
    }
    let slow_source = ["hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"];
    let source = facts.clock_source.as_deref().unwrap_or("unknown");
    if facts.clock_cost_ns > SLOW_CLOCK_NS || slow_source.contains(&source) {
        add(
            Topic::Clock,
            format!(
                "reading the clock takes {:.0} ns (source {source})",
                facts.clock_cost_ns
            ),
            "two readings an order weigh on the shortest orders",
            "boot with a reliable time stamp counter (clock source tsc)",
        );
    }
    if let Some(slack) = facts.timer_slack_ns
        && slack > 50_000
    {
        add(
            Topic::TimerSlack,
            format!("timer slack is {slack} ns"),
            "every wait ends late, by a different amount on each run",
            "start from a shell whose slack is the kernel's default of 50000",
        );
    }
    limits(facts, &mut add);
    found
}

fn limits(facts: &HostFacts, add: &mut impl FnMut(Topic, String, &'static str, &str)) {
    if let Some(hard) = facts.descriptors_hard
        && hard < ENOUGH
    {
        add(
            Topic::Descriptors,
            format!("at most {hard} file descriptors"),
            "scenarios of many connections cannot run",
            "raise the hard limit, as root with `ulimit -n 65536` before the start",
        );
    }
    let threads = [
        (facts.threads_max, "kernel.threads-max"),
        (facts.pid_max, "kernel.pid_max"),
        (
            facts.max_map_count.map(|maps| maps / MAPPINGS),
            "vm.max_map_count",
        ),
        (facts.tasks_max, "pids.max of the control group"),
    ];
    let least = threads
        .into_iter()
        .filter_map(|(limit, name)| limit.map(|limit| (limit, name)))
        .min();
    if let Some((limit, name)) = least
        && limit < ENOUGH_THREADS
    {
        add(
            Topic::Threads,
            format!("at most about {limit} threads ({name})"),
            "models with a thread or process per unit cannot hold the largest scenarios",
            &format!("raise {name}"),
        );
    }
    if let Some((first, last)) = facts.ports
        && u64::from(last.saturating_sub(first)) < ENOUGH
    {
        add(
            Topic::Ports,
            format!("outgoing ports {first} to {last} only"),
            "scenarios with a connection per order run out of ports",
            "as root: `sysctl net.ipv4.ip_local_port_range='16384 65535'`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> HostFacts {
        HostFacts {
            cpus: vec![0, 1, 2, 3],
            cpus_online: Some(4),
            governor: Some("performance".into()),
            turbo: Some(false),
            smt: Some(false),
            on_battery: Some(false),
            load: Some(0.1),
            descriptors_hard: Some(1 << 20),
            threads_max: Some(100_000),
            pid_max: Some(4_194_304),
            max_map_count: Some(65_530),
            ports: Some((32_768, 60_999)),
            clock_source: Some("tsc".into()),
            clock_cost_ns: 20.0,
            timer_slack_ns: Some(50_000),
            ..HostFacts::default()
        }
    }

    #[test]
    fn a_good_host_and_an_unknown_one_spoil_nothing() {
        assert_eq!(spoilers(&good()), []);
        assert_eq!(spoilers(&HostFacts::default()), []);
    }

    #[test]
    fn every_spoiler_is_one_line_with_a_mend() {
        type Spoil = fn(&mut HostFacts);
        let cases: [(Spoil, &str); 16] = [
            (|f| f.debug_build = true, "debug build"),
            (|f| f.load = Some(2.1), "load is 2.10 on 4 CPUs"),
            (|f| f.cpu_quota = Some(1.5), "grants 1.50 CPUs"),
            (|f| f.cpus = vec![3], "one CPU"),
            (
                |f| f.hypervisor = Some("unknown".into()),
                "virtual machine: ",
            ),
            (
                |f| f.hypervisor = Some("kvm".into()),
                "virtual machine (kvm)",
            ),
            (
                |f| f.governor = Some("powersave".into()),
                "governor powersave",
            ),
            (|f| f.turbo = Some(true), "turbo"),
            (|f| f.on_battery = Some(true), "battery"),
            (|f| f.smt = Some(true), "SMT"),
            (|f| f.clock_cost_ns = 900.0, "900 ns (source tsc)"),
            (|f| f.clock_source = Some("hpet".into()), "source hpet"),
            (|f| f.timer_slack_ns = Some(1_000_000), "slack is 1000000"),
            (|f| f.descriptors_hard = Some(4096), "4096 file descriptors"),
            (
                |f| f.max_map_count = Some(20_000),
                "5000 threads (vm.max_map_count)",
            ),
            (|f| f.ports = Some((60_000, 61_000)), "60000 to 61000"),
        ];
        for (spoil, text) in cases {
            let mut facts = good();
            spoil(&mut facts);
            let found = spoilers(&facts);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            let line = found[0].to_string();
            assert!(line.contains(text) && !line.contains('\n'), "{line}");
        }
    }
}
