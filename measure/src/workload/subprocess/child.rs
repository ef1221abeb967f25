//! The program that orders start: reads a line, answers it, and ends when its input does.

use std::io::{self, BufRead as _, Read as _, Write as _};

use crate::workload::bakery::knead;

/// The hidden argument that makes the binary such a program.
pub const ARGUMENT: &str = "--bakeoff-child";

/// What a program does wrong, where a scenario asks for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// Ends without an answer, with exit status 3.
    Dies,
    /// Answers what is no number.
    Nonsense,
}

impl Fault {
    pub(super) const ALL: [Fault; 3] = [Fault::None, Fault::Dies, Fault::Nonsense];
    pub(super) const WORDS: [&'static str; 3] = ["none", "dies", "nonsense"];
}

/// The line that asks for `number`, computed on for so many iterations.
pub(super) fn question(number: u64, iterations: u32, fault: Fault) -> Vec<u8> {
    let fault = Fault::WORDS[fault as usize];
    format!("{number} {iterations} {fault}\n").into_bytes()
}

/// The number of an answer; `None` where it is none.
pub(super) fn answer(said: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(said).ok()?;
    line.strip_suffix('\n')?.parse().ok()
}

/// Such a program's life; its exit status.
///
/// # Errors
/// Those of the standard streams, and a line that asks nothing.
pub fn main() -> io::Result<u8> {
    let mut input = io::stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    let said = match reply(&line) {
        Some(Ok(said)) => said,
        Some(Err(status)) => return Ok(status),
        None => {
            let asked = format!("'{}' asks nothing", line.trim_end().escape_debug());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, asked));
        }
    };
    let mut output = io::stdout().lock();
    output.write_all(said.as_bytes())?;
    output.flush()?;
    // Whoever started it decides when it ends: a parent that is gone has ended its input too.
    io::copy(&mut input.by_ref(), &mut io::sink())?;
    Ok(0)
}

/// What it says to a line, or the status with which it ends; `None` to what asks nothing.
fn reply(line: &str) -> Option<Result<String, u8>> {
    let mut words = line.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let iterations = words.next()?.parse().ok()?;
    Some(match words.next()? {
        "none" => Ok(format!("{}\n", knead(number, iterations))),
        "dies" => Err(3),
        "nonsense" => Ok("as you like it\n".into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_answered() {
        let line = |fault| String::from_utf8(question(7, 500, fault)).unwrap();
        let said = reply(&line(Fault::None)).unwrap().unwrap();
        assert_eq!(answer(said.as_bytes()), Some(knead(7, 500)));
        assert_eq!(reply(&line(Fault::Dies)), Some(Err(3)));
        let said = reply(&line(Fault::Nonsense)).unwrap().unwrap();
        assert_eq!(answer(said.as_bytes()), None);
        for nothing in ["", "7", "7 0", "-7 0 none", "7 0 perhaps"] {
            assert_eq!(reply(nothing), None, "{nothing}");
        }
        for half in [&b"12"[..], b"", b"\xff\n", b"12\n13\n"] {
            assert_eq!(answer(half), None);
        }
    }
}
