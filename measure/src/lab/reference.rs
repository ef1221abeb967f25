//! What the machine itself does at this moment: fixed work that no change of ours
//! touches, so that two runs made at different times can be compared.
//!
//! A loop of arithmetic, and exchanges over loopback with both ends in the
//! calling thread, so that nobody has to be woken and only system calls and the
//! network stack take time. Each is cut in slices, of which the median counts: an
//! interruption is no speed. About 20 ms each on a machine of 2020. Other programs
//! take time from it and no CPU time, as they do from what is measured, so both are
//! read.

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use crate::base::clock;
use crate::base::seed::mix;
use crate::record::machine::{Moment, Reading, SCHEMA, Slice};
use crate::stats::quantile::median;

/// Slices of each reference; one more goes before them and is not counted.
const SLICES: usize = 15;
/// Dependent multiplications and shifts of a slice: as many [`mix`].
const STEPS: u64 = 250_000;
/// Exchanges of a slice.
const EXCHANGES: usize = 300;
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
        arithmetic: arithmetic(),
        loopback: loopback().ok(),
    }
}

/// A slice of arithmetic.
fn arithmetic() -> Slice {
    let mut word = 0;
    slices(|| {
        for _ in 0..STEPS {
            word = mix(word);
        }
        word = black_box(word);
        Ok(())
    })
    .unwrap_or_default()
}

/// A slice of exchanges.
fn loopback() -> io::Result<Slice> {
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

/// The medians of [`SLICES`] calls, after one that only warms up.
fn slices(mut slice: impl FnMut() -> io::Result<()>) -> io::Result<Slice> {
    slice()?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..SLICES {
        let (begun, used) = (clock::now(), clock::thread_cpu());
        slice()?;
        cpu.push((clock::thread_cpu() - used) as f64);
        wall.push((clock::now() - begun) as f64);
    }
    Ok(Slice {
        wall_ns: median(&wall).unwrap_or_default(),
        cpu_ns: median(&cpu).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_references_are_read() {
        let reading = read("mine", 3, Moment::Start);
        assert_eq!((reading.run.as_str(), reading.round), ("mine", 3));
        for slice in [Some(reading.arithmetic), reading.loopback] {
            let read =
                slice.is_some_and(|slice| slice.wall_ns >= slice.cpu_ns && slice.cpu_ns > 0.0);
            assert!(read, "{reading:?}");
        }
    }
}
