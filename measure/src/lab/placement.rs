//! Which CPUs the runner may use, and which the mock server has for itself.

/// Whether the mock server has a CPU that the model may not use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// It has the last one of the mask, where there are two or more.
    #[default]
    OwnCore,
    /// Both may use all of them.
    Shared,
}

/// Who is to sit where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seats {
    /// The runner's CPUs; empty where the operating system knows no masks.
    pub(super) runner: Vec<usize>,
    /// The server's own one.
    pub(super) server: Option<usize>,
}

impl Placement {
    /// Divides the CPUs of the harness's own mask, for a cell that is served by
    /// a mock server or not.
    pub(super) fn divide(self, mask: &[usize], served: bool) -> Seats {
        match mask.split_last() {
            Some((server, rest)) if served && self == Placement::OwnCore && !rest.is_empty() => {
                Seats {
                    runner: rest.to_vec(),
                    server: Some(*server),
                }
            }
            _ => Seats {
                runner: mask.to_vec(),
                server: None,
            },
        }
    }
}

impl Seats {
    /// Threads that carry units: one for each of the runner's CPUs.
    pub(super) fn workers(&self) -> usize {
        count(&self.runner)
    }
}

/// How many CPUs these are. Where the operating system does not say which, the
/// standard library still knows how many.
pub(super) fn count(cpus: &[usize]) -> usize {
    match cpus.len() {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        some => some,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_gets_the_last_cpu_where_there_are_two() {
        let seats = |placement: Placement, mask: &[usize], served| {
            let seats = placement.divide(mask, served);
            (seats.runner, seats.server)
        };
        let (own, shared) = (Placement::OwnCore, Placement::Shared);
        assert_eq!(seats(own, &[1, 2, 5], true), (vec![1, 2], Some(5)));
        assert_eq!(seats(own, &[1, 2, 5], false), (vec![1, 2, 5], None));
        assert_eq!(seats(own, &[3], true), (vec![3], None));
        assert_eq!(seats(own, &[], true), (vec![], None));
        assert_eq!(seats(shared, &[1, 2, 5], true), (vec![1, 2, 5], None));
    }

    #[test]
    fn there_is_always_a_worker() {
        assert!(Placement::OwnCore.divide(&[], true).workers() >= 1);
        assert_eq!(Placement::Shared.divide(&[4, 7], true).workers(), 2);
    }
}
