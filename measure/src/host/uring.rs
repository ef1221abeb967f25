//! Whether the kernel lets this process have an io_uring.

use io_uring::IoUring;

use crate::base::error::{Error, Result};

/// Makes sure that there can be a ring, by making a small one. `why` begins the error's
/// sentence.
///
/// # Errors
/// [`Error::Usage`] with what the kernel says.
pub fn require_io_uring(why: &str) -> Result<()> {
    IoUring::new(2).map(drop).map_err(|error| {
        let switch = super::first_line("/proc/sys/kernel/io_uring_disabled");
        let mend = match switch.as_deref() {
            Some("1" | "2") => "set kernel.io_uring_disabled to 0",
            _ => "a sandbox may forbid it: Docker does by default",
        };
        Error::Usage(format!(
            "{why} needs io_uring, which the kernel refuses here ({error}): {mend}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_one_line_of_bad_usage() {
        // Where there is a ring, there is nothing to say.
        if let Err(error) = require_io_uring("fetch/no-delay/compio") {
            assert_eq!(error.exit_code(), 2);
            let line = error.to_string();
            assert!(
                line.starts_with("fetch/no-delay/compio needs io_uring"),
                "{line}"
            );
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}
