//! Waiting for many descriptors at once: the only place that depends on the
//! operating system's readiness interface. The mock server waits here for its
//! sockets, the process models for their workers.

#[cfg(target_os = "linux")]
pub(crate) use epoll::Poller;
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::Poller;

/// Which readiness is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

impl Interest {
    pub(crate) const NONE: Interest = Interest {
        read: false,
        write: false,
    };
    pub(crate) const READ: Interest = Interest {
        read: true,
        write: false,
    };
}

/// What happened at one socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// The token under which it was added.
    pub(crate) token: u64,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// Both directions are shut, or the connection broke; reported whatever
    /// the interest.
    pub(crate) hangup: bool,
}

/// Most events taken at once: few enough that delays which fall due
/// meanwhile are looked at often.
const EVENTS: usize = 256;

#[cfg(target_os = "linux")]
mod epoll {
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::buffer::spare_capacity;
    use rustix::event::{Timespec, epoll};

    use super::{EVENTS, Event, Interest};
    use crate::base::clock::Nanos;

    /// Level-triggered epoll with timeouts in nanoseconds.
    pub(crate) struct Poller {
        epoll: OwnedFd,
        events: Vec<epoll::Event>,
    }

    impl Poller {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Poller {
                epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
                events: Vec::with_capacity(EVENTS),
            })
        }

        pub(crate) fn add(
            &mut self,
            fd: BorrowedFd<'_>,
            token: u64,
            interest: Interest,
        ) -> io::Result<()> {
            let data = epoll::EventData::new_u64(token);
            Ok(epoll::add(&self.epoll, fd, data, flags(interest))?)
        }

        pub(crate) fn change(
            &mut self,
            fd: BorrowedFd<'_>,
            token: u64,
            interest: Interest,
        ) -> io::Result<()> {
            let data = epoll::EventData::new_u64(token);
            Ok(epoll::modify(&self.epoll, fd, data, flags(interest))?)
        }

        /// Nothing: closing the descriptor takes it out of the epoll set.
        #[allow(clippy::unused_self)]
        pub(crate) fn forget(&mut self, _token: u64) {}

        /// Waits until something happens or `timeout` has passed, and says
        /// how many events there are.
        pub(crate) fn wait(&mut self, timeout: Option<Nanos>) -> io::Result<usize> {
            let timeout = timeout.map(|nanos| Timespec {
                tv_sec: (nanos / 1_000_000_000) as i64,
                tv_nsec: (nanos % 1_000_000_000) as i64,
            });
            self.events.clear();
            match epoll::wait(
                &self.epoll,
                spare_capacity(&mut self.events),
                timeout.as_ref(),
            ) {
                Ok(count) => Ok(count),
                Err(rustix::io::Errno::INTR) => Ok(0),
                Err(error) => Err(error.into()),
            }
        }

        /// One of the events of the last wait.
        pub(crate) fn event(&self, index: usize) -> Event {
            let event = self.events[index];
            let flags = event.flags;
            Event {
                token: event.data.u64(),
                readable: flags.contains(epoll::EventFlags::IN),
                writable: flags.contains(epoll::EventFlags::OUT),
                hangup: flags.intersects(epoll::EventFlags::HUP | epoll::EventFlags::ERR),
            }
        }
    }

    fn flags(interest: Interest) -> epoll::EventFlags {
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, interest.read);
        flags.set(epoll::EventFlags::OUT, interest.write);
        flags
    }
}

/// `poll` over duplicated descriptors: correct and slow, so that the suite
/// builds and its tests run where there is no epoll. Nothing is ranked there.
#[cfg(any(not(target_os = "linux"), test))]
#[cfg_attr(target_os = "linux", allow(dead_code))]
mod portable {
    use std::collections::BTreeMap;
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::{EVENTS, Event, Interest};
    use crate::base::clock::Nanos;

    pub(crate) struct Poller {
        sockets: BTreeMap<u64, (OwnedFd, Interest)>,
        events: Vec<Event>,
    }

    impl Poller {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Poller {
                sockets: BTreeMap::new(),
                events: Vec::with_capacity(EVENTS),
            })
        }

        pub(crate) fn add(
            &mut self,
            fd: BorrowedFd<'_>,
            token: u64,
            interest: Interest,
        ) -> io::Result<()> {
            self.sockets
                .insert(token, (fd.try_clone_to_owned()?, interest));
            Ok(())
        }

        pub(crate) fn change(
            &mut self,
            _fd: BorrowedFd<'_>,
            token: u64,
            interest: Interest,
        ) -> io::Result<()> {
            if let Some(socket) = self.sockets.get_mut(&token) {
                socket.1 = interest;
            }
            Ok(())
        }

        pub(crate) fn forget(&mut self, token: u64) {
            self.sockets.remove(&token);
        }

        pub(crate) fn wait(&mut self, timeout: Option<Nanos>) -> io::Result<usize> {
            let timeout = timeout.map(|nanos| Timespec {
                tv_sec: (nanos / 1_000_000_000) as _,
                tv_nsec: (nanos % 1_000_000_000) as _,
            });
            let mut polled: Vec<_> = self
                .sockets
                .values()
                .map(|(fd, interest)| {
                    let mut flags = PollFlags::empty();
                    flags.set(PollFlags::IN, interest.read);
                    flags.set(PollFlags::OUT, interest.write);
                    PollFd::new(fd, flags)
                })
                .collect();
            self.events.clear();
            match poll(&mut polled, timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for (token, polled) in self.sockets.keys().zip(&polled) {
                let flags = polled.revents();
                if !flags.is_empty() && self.events.len() < EVENTS {
                    self.events.push(Event {
                        token: *token,
                        readable: flags.contains(PollFlags::IN),
                        writable: flags.contains(PollFlags::OUT),
                        hangup: flags.intersects(PollFlags::HUP | PollFlags::ERR),
                    });
                }
            }
            Ok(self.events.len())
        }

        pub(crate) fn event(&self, index: usize) -> Event {
            self.events[index]
        }
    }

    #[cfg(test)]
    mod tests {
        use std::os::fd::AsFd;

        use super::*;

        #[test]
        fn readiness_is_seen_and_forgotten() {
            let (reader, writer) = rustix::pipe::pipe().unwrap();
            let mut poller = Poller::new().unwrap();
            poller.add(reader.as_fd(), 7, Interest::READ).unwrap();
            assert_eq!(poller.wait(Some(0)).unwrap(), 0);
            rustix::io::write(&writer, b"x").unwrap();
            assert_eq!(poller.wait(None).unwrap(), 1);
            assert!(poller.event(0).token == 7 && poller.event(0).readable);
            poller.forget(7);
            assert_eq!(poller.wait(Some(0)).unwrap(), 0);
        }
    }
}
