//! Lines to rows: threads read and parse them while this one keeps what came before,
//! so that a long file takes as long as its parsing takes on all CPUs.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::{iter, thread};

use super::super::fold::Sample;
use super::super::sound::{Fault, Notices, fault};
use super::line::row;
use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;

/// Bytes that are parsed at a time, but for the rest of their last line.
const BLOCK: u64 = 1 << 18;

/// Most threads that parse: more would wait for the one that keeps rows.
const THREADS: usize = 4;

/// Whether a row with a figure that no measurement gives is left out, or kept all the
/// same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    Possible,
    Any,
}

/// Some lines, parsed.
struct Block<T> {
    /// Its lines up to the first that is no row.
    lines: usize,
    /// What was made of each row that can be used.
    rows: Vec<T>,
    /// What is wrong with others, or with parts of them, each by its line, from 0.
    faults: Vec<(usize, Fault)>,
    stop: Option<Stop>,
}

/// Why nothing behind the last row of a block counts.
enum Stop {
    /// A line that is no row, and why.
    Fault(String),
    /// A line without its end.
    Torn,
    /// What cannot be read.
    Unread(io::Error),
}

/// Hands what `make` makes of all rows to `keep`, in their order, and returns what was
/// skipped and why; `path` is for messages alone.
pub(super) fn lines<T: Send>(
    reader: impl BufRead + Send,
    path: &Path,
    figures: Figures,
    make: impl Fn(Sample) -> T + Sync,
    mut keep: impl FnMut(T),
) -> Result<Vec<String>> {
    let source = Mutex::new((0, reader));
    // The next block, and which one it is, from 1.
    let next = || {
        let mut text = Vec::with_capacity(2 * BLOCK as usize);
        let (at, read) = {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            let (at, reader) = &mut *source;
            *at += 1;
            (*at, read(reader, &mut text))
        };
        let mut block = Block::parse(&text, figures, &make);
        if let Err(error) = read {
            block.stop.get_or_insert(Stop::Unread(error));
        }
        (!text.is_empty() || block.stop.is_some()).then_some((at, block))
    };
    let mut number = 0;
    let mut notices = Notices::default();
    let stop = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let (give, take) = sync_channel(THREADS);
        let mut parsing = 0;
        for _ in 0..threads.min(THREADS) {
            let (next, give) = (&next, give.clone());
            let parse = move || {
                // Behind a stop nobody takes any more.
                let _ = iter::from_fn(next).try_for_each(|block| give.send(block));
            };
            let thread = thread::Builder::new().spawn_scoped(scope, parse);
            parsing += usize::from(thread.is_ok());
        }
        drop(give);
        // Where there may be no more threads, this one parses.
        let own = iter::from_fn(|| if parsing == 0 { next() } else { None });
        let (mut early, mut due) = (BTreeMap::new(), 1);
        for (at, block) in take.into_iter().chain(own) {
            early.insert(at, block);
            while let Some(block) = early.remove(&due) {
                due += 1;
                for (line, fault) in &block.faults {
                    let place = format!("{}:{}", path.display(), number + line + 1);
                    notices.add(&place, fault);
                }
                number += block.lines;
                block.rows.into_iter().for_each(&mut keep);
                if block.stop.is_some() {
                    return block.stop;
                }
            }
        }
        None
    });
    let place = || format!("{}:{}", path.display(), number + 1);
    let mut said = notices.said(&path.display().to_string());
    match stop {
        None => {}
        Some(Stop::Torn) => said.push(format!(
            "{}: skipped a torn last line, as an interrupted run leaves it",
            place()
        )),
        Some(Stop::Fault(fault)) => return Err(Error::Usage(format!("{}: {fault}", place()))),
        Some(Stop::Unread(error)) => return Err(Error::Usage(cannot("read", path, &error))),
    }
    Ok(said)
}

/// Reads whole lines, [`BLOCK`] bytes or more where there are as many.
fn read(reader: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<()> {
    reader.by_ref().take(BLOCK).read_to_end(text)?;
    reader.read_until(b'\n', text)?;
    Ok(())
}

impl<T> Block<T> {
    fn parse(mut text: &[u8], figures: Figures, make: impl Fn(Sample) -> T) -> Self {
        let mut block = Block {
            lines: 0,
            rows: Vec::new(),
            faults: Vec::new(),
            stop: None,
        };
        while !text.is_empty() && block.stop.is_none() {
            let whole = text;
            // Of bytes in memory this cannot fail.
            let length = text.skip_until(b'\n').unwrap_or(whole.len());
            match whole[..length].strip_suffix(b"\n") {
                Some(line) => match row(line) {
                    Ok(row) => {
                        let fault = fault(&row).filter(|_| figures == Figures::Possible);
                        match fault {
                            Some(fault) => block.faults.push((block.lines, fault)),
                            None => block.keep(Sample::from(row), figures, &make),
                        }
                        block.lines += 1;
                    }
                    Err(fault) => block.stop = Some(Stop::Fault(fault)),
                },
                None => block.stop = Some(Stop::Torn),
            }
        }
        block
    }

    fn keep(&mut self, mut sample: Sample, figures: Figures, make: impl Fn(Sample) -> T) {
        if figures == Figures::Possible {
            let faults = sample.without_unreadable();
            self.faults
                .extend(faults.into_iter().map(|fault| (self.lines, fault)));
        }
        self.rows.push(make(sample));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::row::{Row, SCHEMA};
    use super::*;

    #[test]
    fn rows_of_many_blocks_come_in_their_order_up_to_the_fault() {
        let rows: Vec<Row> = (0..300)
            .map(|at| Row {
                orders: at,
                answer: Some("7".repeat(BLOCK as usize / 30)),
                schema: SCHEMA,
                cell: "a/b/smol".into(),
                model: "smol".into(),
                ..Row::default()
            })
            .collect();
        let text: Vec<String> = rows
            .iter()
            .map(|row| serde_json::to_string(row).unwrap() + "\n")
            .collect();
        let text = text.concat();
        assert!(text.len() as u64 > 2 * BLOCK * THREADS as u64);
        let of = |text: &str| {
            let (mut rows, path) = (Vec::new(), Path::new("r/rows.jsonl"));
            let keep = |row| rows.push(row);
            let warnings = lines(text.as_bytes(), path, Figures::Any, Row::from, keep);
            (rows, warnings)
        };
        let (kept, warnings) = of(&text);
        assert!(kept == rows && warnings.unwrap().is_empty());
        let (kept, warnings) = of(&format!("{text}{{"));
        assert!(kept == rows);
        assert!(warnings.unwrap()[0].starts_with("r/rows.jsonl:301: skipped a torn"));
        // Of two faults the first.
        let broken = text.replacen("\"orders\":250,", "\"orders\":-1,", 1);
        let broken = broken.replacen("\"orders\":280,", "\"orders\":-1,", 1);
        let (kept, error) = of(&broken);
        assert!(kept == rows[..250]);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("r/rows.jsonl:251: not a row"), "{error}");
    }
}
