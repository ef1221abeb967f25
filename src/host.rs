//! temporary
#![allow(missing_docs)]
use crate::error::{Error, Result};
use std::ops::{Add, Sub};
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub user_ns: u64,
    pub sys_ns: u64,
    pub voluntary: u64,
    pub involuntary: u64,
}
impl Add for Usage {
    type Output = Usage;
    fn add(self, o: Usage) -> Usage {
        Usage {
            user_ns: self.user_ns + o.user_ns,
            sys_ns: self.sys_ns + o.sys_ns,
            voluntary: self.voluntary + o.voluntary,
            involuntary: self.involuntary + o.involuntary,
        }
    }
}
impl Sub for Usage {
    type Output = Usage;
    fn sub(self, o: Usage) -> Usage {
        Usage {
            user_ns: self.user_ns.saturating_sub(o.user_ns),
            sys_ns: self.sys_ns.saturating_sub(o.sys_ns),
            voluntary: self.voluntary.saturating_sub(o.voluntary),
            involuntary: self.involuntary.saturating_sub(o.involuntary),
        }
    }
}
impl serde::Serialize for Usage {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        (self.user_ns, self.sys_ns, self.voluntary, self.involuntary).serialize(s)
    }
}
impl<'d> serde::Deserialize<'d> for Usage {
    fn deserialize<D: serde::Deserializer<'d>>(d: D) -> Result<Self, D::Error> {
        let (a, b, c, e) = serde::Deserialize::deserialize(d)?;
        Ok(Usage {
            user_ns: a,
            sys_ns: b,
            voluntary: c,
            involuntary: e,
        })
    }
}
fn of(who: nix::sys::resource::UsageWho) -> Usage {
    let u = nix::sys::resource::getrusage(who).unwrap();
    let t =
        |t: nix::sys::time::TimeVal| t.tv_sec() as u64 * 1_000_000_000 + t.tv_usec() as u64 * 1000;
    Usage {
        user_ns: t(u.user_time()),
        sys_ns: t(u.system_time()),
        voluntary: u.voluntary_context_switches() as u64,
        involuntary: u.involuntary_context_switches() as u64,
    }
}
pub fn usage() -> Usage {
    of(nix::sys::resource::UsageWho::RUSAGE_SELF)
}
pub fn children_usage() -> Usage {
    of(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)
}
pub fn peak_rss_bytes() -> Option<u64> {
    field("/proc/self/status", "VmHWM:")
}
fn field(p: &str, k: &str) -> Option<u64> {
    std::fs::read_to_string(p)
        .ok()?
        .lines()
        .find(|l| l.starts_with(k))?
        .split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|k| k * 1024)
}
pub fn tree() -> Vec<u32> {
    let mut v = vec![std::process::id()];
    let mut at = 0;
    while at < v.len() {
        for t in std::fs::read_dir(format!("/proc/{}/task", v[at]))
            .into_iter()
            .flatten()
            .flatten()
        {
            if let Ok(s) = std::fs::read_to_string(t.path().join("children")) {
                v.extend(s.split_whitespace().filter_map(|x| x.parse::<u32>().ok()));
            }
        }
        at += 1;
    }
    v
}
pub fn tree_pss_bytes() -> Option<u64> {
    tree()
        .into_iter()
        .map(|p| field(&format!("/proc/{p}/smaps_rollup"), "Pss:"))
        .sum()
}
pub fn tree_threads() -> Option<u64> {
    tree()
        .into_iter()
        .map(|p| {
            std::fs::read_dir(format!("/proc/{p}/task"))
                .ok()
                .map(|d| d.count() as u64)
        })
        .sum()
}
pub fn tree_processes() -> Option<u64> {
    Some(tree().len() as u64)
}
pub fn cpus() -> Vec<usize> {
    let s = rustix::thread::sched_getaffinity(None).unwrap();
    (0..1024).filter(|&c| s.is_set(c)).collect()
}
pub fn set_affinity(cpus: &[usize]) -> Result<()> {
    let mut s = rustix::thread::CpuSet::new();
    for &c in cpus {
        s.set(c)
    }
    rustix::thread::sched_setaffinity(None, &s).map_err(std::io::Error::from)?;
    Ok(())
}
pub fn raise_descriptor_limit() {}
pub fn die_with_parent(parent: u32) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(std::io::Error::from)?;
    if rustix::process::getppid().map(|p| p.as_raw_nonzero().get() as u32) != Some(parent) {
        return Err(Error::Failed("parent gone".into()));
    }
    Ok(())
}
pub fn require_descriptors(_n: u64, _why: &str) -> Result<()> {
    Ok(())
}
