//! What the machine itself does at this moment: fixed work that no change of ours
//! touches, so that two runs made at different times can be compared.
//!
//! A loop of arithmetic, and exchanges over loopback with both ends in the
//! calling thread, so that nobody has to be woken and only system calls and the
//! network stack take time. Each is cut in slices, of which the median counts: an
//! interruption is no speed. About 20 ms each on a machine of 2020.

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use super::clock;
use crate::report::machine::{Moment, Reading, SCHEMA};
use crate::stats::quantile::median;
use crate::workload::seed::mix;

/// Slices of each reference; one more goes before them and is not counted.
const SLICES: usize = 15;
/// Dependent multiplications and shifts of a slice: as many [`mix`].
const STEPS: u64 = 250_000;
/// Exchanges of a slice.
const EXCHANGES: usize = 100;
/// What goes each way in an exchange: a small request, a small response.
const BYTES: usize = 128;
/// Loopback that takes longer than this is no reference.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads both references. Where loopback does not work, that is absent.
#[must_use]
pub fn read(run: &str, round: u32, moment: Moment) -> Reading {
    Reading {
        schema: SCHEMA,
        run: run.into(),
        round,
        moment,
        cpu_ns: cpu(),
        loopback_ns: loopback().ok(),
    }
}

/// Time of a slice of arithmetic, ns.
fn cpu() -> f64 {
    let mut word = 0;
    slices(|| {
        for _ in 0..STEPS {
            word = mix(word);
        }
        word = black_box(word);
        Ok(())
    })
    .unwrap_or(f64::NAN)
}

/// Time of a slice of exchanges, ns.
fn loopback() -> io::Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut near = TcpStream::connect(listener.local_addr()?)?;
    let (mut far, _) = listener.accept()?;
    for end in [&near, &far] {
        end.set_nodelay(true)?;
        end.set_read_timeout(Some(PATIENCE))?;
    }
    let mut bytes = [0; BYTES];
    slices(|| {
        for _ in 0..EXCHANGES {
            near.write_all(&bytes)?;
            far.read_exact(&mut bytes)?;
            far.write_all(&bytes)?;
            near.read_exact(&mut bytes)?;
        }
        Ok(())
    })
}

/// The median time of [`SLICES`] calls, ns, after one that only warms up.
fn slices(mut slice: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
    slice()?;
    let mut times = Vec::with_capacity(SLICES);
    for _ in 0..SLICES {
        let begun = clock::now();
        slice()?;
        times.push((clock::now() - begun) as f64);
    }
    Ok(median(&times).unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_references_are_read() {
        let reading = read("mine", 3, Moment::Start);
        assert_eq!((reading.run.as_str(), reading.round), ("mine", 3));
        assert!(reading.cpu_ns > 0.0, "{reading:?}");
        assert!(
            reading.loopback_ns.is_some_and(|ns| ns > 0.0),
            "{reading:?}"
        );
    }
}
