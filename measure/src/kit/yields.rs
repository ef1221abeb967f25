//! Work that lets others go first.

use super::AsyncKit;

/// How a task that computes for long lets others have its worker meanwhile.
pub trait Yield: AsyncKit {
    /// Lets the worker's other tasks go first, and goes on after them.
    async fn yield_now(self);
}
