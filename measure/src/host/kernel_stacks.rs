//! What the kernel keeps for each thread, which no process is charged for.

/// A kernel stack, bytes: `THREAD_SIZE` of Linux on x86-64 and on arm64, there
/// with pages of at most as much (`page_64_types.h`, `memory.h`).
const THREAD_SIZE: u64 = 16 << 10;

/// Kernel stacks of so many threads, bytes: computed, not measured. `None`
/// where the size of one is not known.
#[must_use]
pub fn kernel_stack_bytes(threads: u64) -> Option<u64> {
    let known = cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )) && rustix::param::page_size() as u64 <= THREAD_SIZE;
    known.then_some(threads * THREAD_SIZE)
}
