//! Programs that count the system calls of another one: which of them are here, how one
//! is started under them, and how what they print is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::first_line;
use crate::base::error::{Error, Result};

/// Who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracer {
    /// `strace -f -c`: stops the program at each call.
    Strace,
    /// `perf trace -s`: has the kernel note each call, which costs less and takes more
    /// privileges.
    Perf,
}

/// How often one kind of call was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// In all.
    pub made: u64,
    /// Of these, those that gave an error, such as that nothing is there yet.
    pub failed: u64,
}

/// Calls by their names.
pub type ByKind = BTreeMap<String, Calls>;

/// Starts what it is given in the place of the shell, whose parent it is told: the
/// tracer, with which it is to end.
const HAND_OVER: &str = r#"exec "$0" runner --parent "$PPID""#;

impl Tracer {
    /// All of them, the one first that is taken where nothing is asked for.
    pub const ALL: [Tracer; 2] = [Tracer::Strace, Tracer::Perf];

    /// The program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tracer::Strace => "strace",
            Tracer::Perf => "perf",
        }
    }

    /// The one that was asked for, or the first that is installed and may trace here.
    ///
    /// # Errors
    /// [`Error::Usage`] that names what to install, or what keeps it from tracing.
    pub fn find(asked: Option<Tracer>) -> Result<Tracer> {
        let wanted = match asked {
            Some(asked) => vec![asked],
            None => Tracer::ALL.to_vec(),
        };
        let mut refusal = None;
        for tracer in &wanted {
            if tracer.path().is_none() {
                continue;
            }
            match tracer.probe() {
                Ok(()) => return Ok(*tracer),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        let names: Vec<&str> = wanted.iter().map(|tracer| tracer.name()).collect();
        Err(refusal.unwrap_or_else(|| {
            Error::Usage(format!(
                "system calls are counted by {}, which is not installed here: install it, \
                 as with `apt install strace` or `apt install linux-perf`",
                names.join(" or ")
            ))
        }))
    }

    fn path(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let places = std::env::split_paths(&path).map(|place| place.join(self.name()));
        let mut files = places.filter(|file| file.is_file());
        files.next()
    }

    /// Traces a program that does nothing.
    fn probe(self) -> Result<()> {
        let ran = self
            .base()
            .args(["-o", "/dev/null", "true"])
            .stdin(Stdio::null())
            .output();
        let why = match ran {
            Ok(ran) if ran.status.success() => return Ok(()),
            Ok(ran) => String::from_utf8_lossy(&ran.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        let why = why.lines().map(str::trim).find(|line| !line.is_empty());
        Err(Error::Usage(format!(
            "{} may not trace here ({}): {}",
            self.name(),
            why.unwrap_or("it did not say why"),
            self.mend()
        )))
    }

    /// What lets it trace, by the settings that may forbid it.
    fn mend(self) -> String {
        let group = "in a container, start that with --cap-add SYS_PTRACE or --cap-add PERFMON";
        match self {
            Tracer::Strace => {
                let scope = first_line("/proc/sys/kernel/yama/ptrace_scope");
                match scope.as_deref() {
                    None | Some("0" | "1") => group.into(),
                    Some(scope) => format!(
                        "kernel.yama.ptrace_scope is {scope}; `sysctl kernel.yama.ptrace_scope=1` \
                         as root lets a program trace what it starts; {group}"
                    ),
                }
            }
            Tracer::Perf => {
                let level = first_line("/proc/sys/kernel/perf_event_paranoid");
                format!(
                    "kernel.perf_event_paranoid is {}; run as root, or set it to -1; {group}",
                    level.as_deref().unwrap_or("not known")
                )
            }
        }
    }

    fn base(self) -> Command {
        let mut command = Command::new(self.name());
        command.args(match self {
            // Every thread and process that it starts, and counts in place of lines.
            Tracer::Strace => ["-f", "-c"],
            Tracer::Perf => ["trace", "-s"],
        });
        command
    }

    /// Starts `program` as a runner that is traced from its start to its end. What is
    /// counted stands in `counts` when the tracer has ended. Arguments that are added
    /// to the command do not reach the program.
    #[must_use]
    pub fn runner(self, program: &Path, counts: &Path) -> Command {
        let mut command = self.base();
        command.arg("-o").arg(counts);
        command.args(["sh", "-c", HAND_OVER]).arg(program);
        command
    }

    /// Reads what it counted.
    ///
    /// # Errors
    /// A text that is no such count, or one that calls are missing from.
    pub fn read(self, text: &str) -> Result<ByKind> {
        if let Some(lost) = text.lines().find(|line| line.contains("LOST")) {
            return Err(Error::Failed(format!(
                "{} missed calls ({}): ask for fewer orders, as in --set orders=1000",
                self.name(),
                lost.trim()
            )));
        }
        let mut all = ByKind::new();
        for line in text.lines() {
            let found = match self {
                Tracer::Strace => of_strace(line),
                Tracer::Perf => of_perf(line),
            };
            // perf has a table for each thread.
            if let Some((name, calls)) = found {
                let sum = all.entry(name.to_owned()).or_default();
                sum.made += calls.made;
                sum.failed += calls.failed;
            }
        }
        if all.is_empty() {
            return Err(Error::Failed(format!("{} counted nothing", self.name())));
        }
        Ok(all)
    }
}

/// `% time  seconds  usecs/call  calls  [errors]  syscall`.
fn of_strace(line: &str) -> Option<(&str, Calls)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (made, failed, name) = match words[..] {
        [_, _, _, made, name] => (made, "0", name),
        [_, _, _, made, failed, name] => (made, failed, name),
        _ => return None,
    };
    let calls = Calls {
        made: made.parse().ok()?,
        failed: failed.parse().ok()?,
    };
    (name != "total").then_some((name, calls))
}

/// `syscall  calls  errors  total  min  avg  max  stddev`.
fn of_perf(line: &str) -> Option<(&str, Calls)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, made, failed, total, _, _, _, _] = words[..] else {
        return None;
    };
    total.parse::<f64>().ok()?;
    let calls = Calls {
        made: made.parse().ok()?,
        failed: failed.parse().ok()?,
    };
    Some((name, calls))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRACE: &str = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 96.10    0.080012          10      8000      2000 recvfrom
  3.90    0.003249           8         4           epoll_ctl
------ ----------- ----------- --------- --------- ----------------
100.00    0.083261           8      8004      2000 total
";
    const PERF: &str = "
 Summary of events:

 bakeoff (31184), 58 events, 90.6%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   recvfrom            5000    1500     0.158     0.016     0.020     0.024      5.23%
   openat                 2      0     0.040     0.019     0.020     0.021      4.85%

 tokio (31185), 6 events, 9.4%

   syscall            calls  errors  total       min       avg       max       stddev
   recvfrom            3000     500     0.158     0.016     0.020     0.024      5.23%
";

    #[test]
    fn counts_are_read_as_they_are_printed() {
        let of = |made, failed| Calls { made, failed };
        let strace = Tracer::Strace.read(STRACE).unwrap();
        assert_eq!(strace.len(), 2);
        assert_eq!(strace["recvfrom"], of(8000, 2000));
        assert_eq!(strace["epoll_ctl"], of(4, 0));
        let perf = Tracer::Perf.read(PERF).unwrap();
        assert_eq!(perf.len(), 2);
        assert_eq!(perf["recvfrom"], of(8000, 2000));
        let lost = format!("LOST 12 events!\n{PERF}");
        let error = Tracer::Perf.read(&lost).unwrap_err().to_string();
        assert!(error.contains("LOST 12 events"), "{error}");
        assert!(Tracer::Strace.read("strace: cake").is_err());
    }
}
