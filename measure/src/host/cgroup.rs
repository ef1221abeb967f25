//! What control groups grant this process, in versions 1 and 2: of all groups that it
//! is in, one inside the other, the least counts.

use std::fs;
use std::path::{Path, PathBuf};

/// What the groups of a process grant it; `None` where none sets a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Grants {
    /// CPUs' worth of time.
    pub(super) cpus: Option<f64>,
    /// Tasks: threads and processes.
    pub(super) tasks: Option<u64>,
    /// Tasks that may still be added.
    pub(super) tasks_left: Option<u64>,
}

/// What this process is granted.
pub(super) fn grants() -> Grants {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let (own, mounts) = (read("/proc/self/cgroup"), read("/proc/self/mountinfo"));
    granted(&own, &mounts, Path::new("/"))
}

/// What a process is granted whose `/proc/self/cgroup` and `/proc/self/mountinfo` read
/// so, where the file system begins at `root`.
fn granted(own: &str, mounts: &str, root: &Path) -> Grants {
    let mounts: Vec<Mount> = mounts.lines().filter_map(Mount::of).collect();
    let groups = |controller: &str| -> Vec<(bool, PathBuf)> {
        let found = own.lines().filter_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            let unified = controllers.is_empty();
            let named = controllers.split(',').any(|name| name == controller);
            let mount = mounts.iter().find(|mount| match unified {
                true => mount.unified,
                false => named && mount.holds(controller),
            })?;
            Some(mount.groups(path).map(move |dir| (unified, dir)))
        });
        found.flatten().collect()
    };
    let read = |dir: &Path, file: &str| {
        let path = root.join(dir.strip_prefix("/").unwrap_or(dir)).join(file);
        fs::read_to_string(path).ok()
    };
    let mut all = Grants::default();
    for (unified, dir) in groups("cpu") {
        let cpus = if unified {
            read(&dir, "cpu.max").and_then(|text| share(&text))
        } else {
            let quota = read(&dir, "cpu.cfs_quota_us");
            let period = read(&dir, "cpu.cfs_period_us");
            quota
                .zip(period)
                .and_then(|(quota, period)| share(&format!("{quota} {period}")))
        };
        all.cpus = least(all.cpus, cpus);
    }
    for (_, dir) in groups("pids") {
        let number = |file| read(&dir, file)?.trim().parse::<u64>().ok();
        let (most, now) = (number("pids.max"), number("pids.current"));
        let left = most.map(|most| most.saturating_sub(now.unwrap_or(0)));
        all.tasks = all.tasks.into_iter().chain(most).min();
        all.tasks_left = all.tasks_left.into_iter().chain(left).min();
    }
    all
}

fn least(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).min_by(f64::total_cmp)
}

/// CPUs' worth of time of `quota period`; without limit the quota is `max` or -1.
fn share(text: &str) -> Option<f64> {
    let mut words = text.split_whitespace();
    let quota: f64 = words.next()?.parse().ok()?;
    let period: f64 = words.next()?.parse().ok()?;
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// A mounted hierarchy of groups.
struct Mount {
    /// Which of its groups stands at the mount point: in a container its own.
    top: String,
    at: PathBuf,
    unified: bool,
    options: String,
}

impl Mount {
    /// `36 35 98:0 /top /at rw,noatime shared:1 - cgroup2 cgroup2 rw,cpu`.
    fn of(line: &str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut fields = before.split(' ');
        let (top, at) = (fields.nth(3)?, fields.next()?);
        let mut fields = after.split(' ');
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        matches!(kind, "cgroup" | "cgroup2").then(|| Mount {
            top: top.to_owned(),
            at: PathBuf::from(at),
            unified: kind == "cgroup2",
            options: options.to_owned(),
        })
    }

    fn holds(&self, controller: &str) -> bool {
        !self.unified && self.options.split(',').any(|name| name == controller)
    }

    /// Where the group of this path lies, and those around it.
    fn groups(&self, path: &str) -> impl Iterator<Item = PathBuf> {
        let inside = match path.strip_prefix(self.top.trim_end_matches('/')) {
            Some(inside) if inside.is_empty() || inside.starts_with('/') => inside,
            // A container may see its group as the root, whatever its path says.
            _ => "",
        };
        let own = self.at.join(inside.trim_start_matches('/'));
        let top = self.at.clone();
        let around: Vec<PathBuf> = own
            .ancestors()
            .take_while(|dir| dir.starts_with(&top))
            .map(Path::to_owned)
            .collect();
        around.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system with these files.
    fn planted(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      32 25 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";

    #[test]
    fn a_quota_of_version_1_is_seen() {
        let root = planted(&[
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            (
                "sys/fs/cgroup/cpu,cpuacct/ci/job/cpu.cfs_quota_us",
                "150000\n",
            ),
            (
                "sys/fs/cgroup/cpu,cpuacct/ci/job/cpu.cfs_period_us",
                "100000\n",
            ),
            ("sys/fs/cgroup/pids/ci/pids.max", "500\n"),
            ("sys/fs/cgroup/pids/ci/pids.current", "20\n"),
            ("sys/fs/cgroup/pids/ci/job/pids.max", "max\n"),
        ]);
        let own = "4:pids:/ci/job\n3:cpu,cpuacct:/ci/job\n1:name=systemd:/init.scope\n";
        assert_eq!(
            granted(own, V1, root.path()),
            Grants {
                cpus: Some(1.5),
                tasks: Some(500),
                tasks_left: Some(480),
            }
        );
    }

    #[test]
    fn the_least_of_nested_groups_counts() {
        let root = planted(&[
            ("sys/fs/cgroup/ci/cpu.max", "50000 100000\n"),
            ("sys/fs/cgroup/ci/job/cpu.max", "200000 100000\n"),
            ("sys/fs/cgroup/ci/job/pids.max", "64\n"),
            ("sys/fs/cgroup/ci/job/pids.current", "70\n"),
        ]);
        let found = granted("0::/ci/job\n", V2, root.path());
        assert_eq!(found.cpus, Some(0.5));
        assert_eq!((found.tasks, found.tasks_left), (Some(64), Some(0)));
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_root() {
        let root = planted(&[
            ("sys/fs/cgroup/cpu.max", "250000 100000\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n"),
        ]);
        assert_eq!(granted("0::/\n", V2, root.path()).cpus, Some(2.5));
        // Version 1 shows the path that it has outside.
        let mounts = "40 39 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
        let found = granted("3:cpu:/docker/abc\n", mounts, root.path());
        assert_eq!(found.cpus, Some(1.0));
    }

    #[test]
    fn without_limit_there_is_none() {
        let root = planted(&[
            ("sys/fs/cgroup/a/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/a/pids.max", "max\n"),
        ]);
        assert_eq!(granted("0::/a\n", V2, root.path()), Grants::default());
        assert_eq!(granted("0::/gone\n", V2, root.path()), Grants::default());
        assert_eq!(granted("", "", root.path()), Grants::default());
        assert_eq!(
            granted("x\n0:\n", "y - z\n", root.path()),
            Grants::default()
        );
        // Of both versions at once, the one that holds the controller counts.
        let mounts = V1.to_owned() + &V2.replace("cgroup rw", "cgroup/unified rw");
        let own = "3:cpu,cpuacct:/\n0::/\n";
        assert_eq!(granted(own, &mounts, root.path()), Grants::default());
    }
}
