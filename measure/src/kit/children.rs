//! Programs that an order starts, talks to and waits for.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::Offload;

/// How an async runtime starts a program, writes to it, reads what it says and waits for it.
///
/// Threads need no such trait: a unit of theirs calls [`ask_program`]. So does a runtime's
/// thread for calls that block.
pub trait Children: Offload {
    /// Starts `program` with one argument, writes `input` to it, ends its input, reads what
    /// it says until it says no more, and waits for its end: by the community's own calls.
    /// What it writes to its standard error is dropped.
    ///
    /// A program that ends without having read its input is no error here: its exit status
    /// tells.
    ///
    /// # Errors
    /// A program that cannot be started, or pipes that fail.
    async fn ask_program(
        self,
        program: &Path,
        argument: &str,
        input: Vec<u8>,
    ) -> io::Result<Output>;
}

/// The same with the standard library's calls, which block.
///
/// # Errors
/// As [`Children::ask_program`].
pub fn ask_program(program: &Path, argument: &str, input: &[u8]) -> io::Result<Output> {
    let mut child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut to) = child.stdin.take() {
        // One that has ended takes nothing.
        let _ = to.write_all(input);
    }
    child.wait_with_output()
}
