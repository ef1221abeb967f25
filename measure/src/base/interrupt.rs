//! Ctrl-C: what was measured is kept, and nothing is left running.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::error::{Error, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on, SIGINT, SIGTERM and SIGHUP ask for an end instead of being one.
///
/// # Errors
/// A system that lets no handler be set.
pub fn catch() -> Result<()> {
    ctrlc::set_handler(|| REQUESTED.store(true, Relaxed))
        .map_err(|error| Error::Failed(format!("Ctrl-C cannot be caught: {error}")))
}

/// Whether an end was asked for.
#[must_use]
pub fn requested() -> bool {
    REQUESTED.load(Relaxed)
}
