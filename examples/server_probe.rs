//! The two halves of `scripts/server-lateness`: a load of evenly spaced
//! requests, and the bare sleep that the server's delays are compared with.

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};
    use std::num::NonZeroU64;
    use std::time::Duration;

    use bakeoff::base::clock::{self, Nanos};
    use bakeoff::base::streams::say;
    use clap::Parser;
    use hdrhistogram::Histogram;
    use rustix::thread::{CpuSet, clock_nanosleep_absolute, sched_setaffinity};
    use rustix::time::{ClockId, Timespec};

    /// Probes of the mock server's timing.
    #[derive(Clone, Copy, Parser)]
    pub(super) enum Probe {
        /// Sends evenly spaced GETs over keep-alive connections, each on the
        /// connection that was used longest ago.
        Load {
            /// Where the server listens.
            addr: SocketAddr,
            /// Sample number that the requests carry.
            #[arg(long)]
            sample: u64,
            /// Requests per second.
            #[arg(long)]
            rate: u64,
            /// Connections: above rate times delay, or answers are waited for.
            #[arg(long)]
            connections: usize,
            /// How long, seconds.
            #[arg(long)]
            seconds: u64,
            /// CPU to run on.
            #[arg(long)]
            cpu: usize,
        },
        /// Sleeps from one absolute time to the next with `clock_nanosleep`,
        /// and prints how late it woke, ns, as JSON.
        Sleep {
            /// Sleeps per second.
            #[arg(long)]
            rate: u64,
            /// How long, seconds.
            #[arg(long)]
            seconds: u64,
            /// CPU to run on.
            #[arg(long)]
            cpu: usize,
        },
    }

    pub(super) fn run(probe: Probe) -> Result<(), Box<dyn Error>> {
        // The same sharp timers as the server's.
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
        match probe {
            Probe::Load {
                addr,
                sample,
                rate,
                connections,
                seconds,
                cpu,
            } => {
                pin(cpu)?;
                load(addr, sample, rate * seconds, rate, connections)
            }
            Probe::Sleep { rate, seconds, cpu } => {
                pin(cpu)?;
                sleep(rate * seconds, rate)
            }
        }
    }

    fn load(
        addr: SocketAddr,
        sample: u64,
        requests: u64,
        rate: u64,
        connections: usize,
    ) -> Result<(), Box<dyn Error>> {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(addr)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            streams.push(stream);
        }
        let mut buffer = [0; 16 * 1024];
        let start = clock::now() + 1_000_000;
        for request in 0..requests {
            wait_until(start + request * 1_000_000_000 / rate)?;
            let stream = &mut streams[request as usize % connections];
            if request as usize >= connections {
                receive(stream, &mut buffer)?;
            }
            write!(
                stream,
                "GET /items/{request}?sample={sample} HTTP/1.1\r\nHost: x\r\n\r\n"
            )?;
        }
        for late in requests.saturating_sub(connections as u64)..requests {
            receive(&mut streams[late as usize % connections], &mut buffer)?;
        }
        Ok(())
    }

    /// Small responses come in one piece.
    fn receive(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<(), Box<dyn Error>> {
        let count = stream.read(buffer)?;
        if !buffer[..count].starts_with(b"HTTP/1.1 200 ") {
            return Err("the server did not answer 200".into());
        }
        Ok(())
    }

    fn sleep(sleeps: u64, rate: u64) -> Result<(), Box<dyn Error>> {
        let mut lateness = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3)?;
        let start = clock::now() + 1_000_000;
        for index in 0..sleeps {
            let due = start + index * 1_000_000_000 / rate;
            wait_until(due)?;
            lateness.saturating_record(clock::now().saturating_sub(due));
        }
        say(&format!(
            "{{\"lateness_p50_ns\":{},\"lateness_p99_ns\":{}}}\n",
            lateness.value_at_quantile(0.5),
            lateness.value_at_quantile(0.99)
        ))?;
        Ok(())
    }

    fn wait_until(due: Nanos) -> rustix::io::Result<()> {
        let due = Timespec {
            tv_sec: (due / 1_000_000_000) as i64,
            tv_nsec: (due % 1_000_000_000) as i64,
        };
        loop {
            match clock_nanosleep_absolute(ClockId::Monotonic, &due) {
                Err(rustix::io::Errno::INTR) => {}
                outcome => return outcome,
            }
        }
    }

    fn pin(cpu: usize) -> rustix::io::Result<()> {
        let mut set = CpuSet::new();
        set.set(cpu);
        sched_setaffinity(None, &set)
    }
}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run(clap::Parser::parse())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    bakeoff::note!("server_probe: clock_nanosleep and CPU pinning are Linux's");
    std::process::exit(2);
}
