//! The same for each of many, on all CPUs at once.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// What `of` says of each of `all`, in their order.
pub fn at_once<T: Sync, R: Send>(all: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(one) = all.get(at) else {
                return done;
            };
            done.push((at, of(one)));
        }
    };
    let mut done = thread::scope(|scope| {
        // Where there may be no more threads, those that there are do it.
        let others: Vec<_> = (1..threads.min(all.len()))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, said)| said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_once_and_answers_stand_in_their_order() {
        for count in [0, 1, 2, 1000] {
            let asked = AtomicUsize::new(0);
            let all: Vec<usize> = (0..count).collect();
            let said = at_once(&all, |at| {
                asked.fetch_add(1, Relaxed);
                at * 2
            });
            assert_eq!(asked.into_inner(), count);
            assert_eq!(said, all.iter().map(|at| at * 2).collect::<Vec<_>>());
        }
    }
}
