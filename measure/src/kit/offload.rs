//! Calls that block, in the middle of work that waits.

use std::io;

use super::AsyncKit;

/// How an async runtime lives with calls that block or compute for long.
///
/// Threads need no such trait: a unit of theirs just makes the call.
pub trait Offload: AsyncKit {
    /// Makes `call` on a thread that the runtime keeps for such calls, and gives back what
    /// it returned. The unit waits for it and holds no worker meanwhile.
    ///
    /// # Errors
    /// A call that panicked, or a thread that the system refused.
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static;

    /// Makes `call` on rayon's global pool, which has one thread for each CPU, and waits for
    /// it at the community's own one-shot channel.
    ///
    /// # Errors
    /// A call that panicked.
    #[cfg(feature = "rayon")]
    async fn offload_to_rayon<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static;

    /// Makes `call` here, after the runtime was told that this worker will block. Only
    /// models that offer
    /// [`BlockInPlace`](super::capability::Capability::BlockInPlace) are asked; others have
    /// nobody to tell.
    fn block_in_place<R>(self, call: impl FnOnce() -> R) -> R {
        call()
    }
}
