//! Programs that are started, asked and waited for, many at once: a shell script's work,
//! by each runtime's own calls for processes or by the standard library's.
//!
//! The program is this one, in a part that begins before anything else does and does nothing
//! but read a line and answer it: no other program is on every machine.

pub mod child;
mod plan;

use std::io;
use std::path::PathBuf;
use std::process::Output;

use serde::{Deserialize, Serialize};

use self::child::{ARGUMENT, Fault};
use super::params::Params;
use super::{Workload, World};
use crate::base::error::{Error, Result};
use crate::base::seed::{draw, mix};
use crate::base::visible::visible;
use crate::kit::{self, DirectKit};

/// Whose calls an async runtime makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Those of its own library.
    Own,
    /// Those of the standard library, on threads that it keeps for calls that block.
    Pool,
}

impl By {
    const ALL: [By; 2] = [By::Own, By::Pool];
    const WORDS: [&'static str; 2] = ["own", "pool"];
}

/// Work that other programs do.
pub struct Subprocess {
    by: By,
    cpu: u32,
    fault: Fault,
    program: PathBuf,
}

const KEYS: [&str; 3] = ["by", "cpu", "fault"];

/// Most iterations of a child's arithmetic, some tens of milliseconds: one that computes
/// does not see that its parent is gone.
const MAX_ITERATIONS: i64 = 10_000_000;
/// Characters of what a program said that an error shows.
const SHOWN: usize = 40;

/// Draw lanes.
const ASKED: u64 = 0;
const ANSWER: u64 = 1;

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    seed: u64,
    index: u64,
}

impl Workload for Subprocess {
    type Spec = Order;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        Ok(Subprocess {
            by: By::ALL[params.choice("by", "own", &By::WORDS)?],
            cpu: params.int("cpu", 0, 0, MAX_ITERATIONS)? as u32,
            fault: Fault::ALL[params.choice("fault", "none", &Fault::WORDS)?],
            program: std::env::current_exe().map_err(|error| {
                Error::Failed(format!("this program does not know where it is: {error}"))
            })?,
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Order {
        Order { seed, index }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }

    fn starts_threads(&self) -> bool {
        true
    }

    fn starts_programs(&self) -> bool {
        true
    }
}

impl Subprocess {
    /// The line that an order's program is given.
    fn line(&self, order: Order) -> Vec<u8> {
        child::question(Self::asked(order), self.cpu, self.fault)
    }

    /// The number that it is asked.
    fn asked(order: Order) -> u64 {
        draw(order.seed, order.index, ASKED)
    }

    /// The order's answer, where its program answered so.
    fn answer(order: Order, answered: u64) -> u64 {
        mix(answered ^ draw(order.seed, order.index, ANSWER))
    }

    fn heard(order: Order, output: io::Result<Output>) -> io::Result<u64> {
        let output = output.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("its program could not be asked: {error}"),
            )
        })?;
        if !output.status.success() {
            let line = format!("its program ended with {}", output.status);
            return Err(io::Error::other(line));
        }
        let answered = child::answer(&output.stdout).ok_or_else(|| {
            let text = String::from_utf8_lossy(&output.stdout);
            let start: String = text.chars().take(SHOWN).collect();
            let line = format!("its program said '{}', which is no answer", visible(&start));
            io::Error::new(io::ErrorKind::InvalidData, line)
        })?;
        Ok(Self::answer(order, answered))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: kit::Children>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// An order on an async runtime.
    pub async fn asynch<K: kit::Children>(
        &self,
        kit: K,
        session: (),
        order: Order,
    ) -> ((), io::Result<u64>) {
        let line = self.line(order);
        let output = match self.by {
            By::Own => kit.ask_program(&self.program, ARGUMENT, line).await,
            By::Pool => {
                let program = self.program.clone();
                let ask = move || kit::ask_program(&program, ARGUMENT, &line);
                kit.offload(ask).await.and_then(|output| output)
            }
        };
        (session, Self::heard(order, output))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// An order on a thread.
    ///
    /// # Errors
    /// Those of its program.
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        _session: &mut (),
        order: Order,
    ) -> io::Result<u64> {
        let output = kit::ask_program(&self.program, ARGUMENT, &self.line(order));
        Self::heard(order, output)
    }
}

#[cfg(test)]
mod tests;
