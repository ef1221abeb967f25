//! The limit on the size of files, `ulimit -f`.

use nix::sys::signal::{SigSet, Signal};

/// Has a write beyond the limit on the size of files fail, as one on a full disk does: by
/// default the kernel ends the process (`SIGXFSZ`, setrlimit(2)). Threads that are started
/// from here on inherit it. Processes do not: the standard library starts them with no
/// signal blocked.
pub fn take_file_limit_as_error() {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    // It cannot fail: signal and action are valid.
    let _ = signals.thread_block();
}
