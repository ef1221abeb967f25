//! From bytes received to bytes sent: one connection's requests and answers.

use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;

use rustix::net::{Shutdown, shutdown, sockopt::set_socket_linger};

use super::super::connection::{Drip, Phase, Sent, Tail};
use super::super::request::{self, Framing, Head, Parsed, Persistence, Refusal, Route};
use super::super::response::{self, Job, Kind};
use super::super::upload::Upload;
use super::Native;
use crate::base::clock::{self, Nanos};
use crate::workload::items::FaultKind;

/// Responses are gathered up to about this many bytes before they are sent.
const BATCH: usize = 64 * 1024;

/// How long a refused client may go on sending, ns.
const DRAIN: Nanos = 1_000_000_000;

/// Pieces of a dripped response.
const DRIPS: usize = 8;

/// Pause between two of them, ns.
const DRIP_PAUSE: Nanos = 2_000_000;

impl Native {
    /// Takes in what a read brought.
    pub(super) fn received(&mut self, token: u64, bytes: &[u8]) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        if matches!(connection.phase, Phase::Draining) {
            return;
        }
        if !connection.input.is_empty() {
            connection.input.extend_from_slice(bytes);
            return self.process_kept(token);
        }
        let used = self.process(token, bytes);
        if used < bytes.len()
            && let Some(connection) = self.slab.get(token)
        {
            connection.input.extend_from_slice(&bytes[used..]);
            self.register(token);
        }
    }

    /// Goes on with what was read before.
    pub(super) fn process_kept(&mut self, token: u64) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        let kept = std::mem::take(&mut connection.input);
        let used = self.process(token, &kept);
        if let Some(connection) = self.slab.get(token) {
            connection.input = kept;
            connection.consume(used);
            if connection.ended && !connection.is_busy() {
                return self.close(token);
            }
            self.register(token);
        }
    }

    /// Handles the requests in `bytes` until one has to wait, and says how
    /// many bytes are done with.
    fn process(&mut self, token: u64, bytes: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let Some(connection) = self.slab.get(token) else {
                return used;
            };
            let rest = &bytes[used..];
            match &mut connection.phase {
                Phase::Idle => {
                    if rest.is_empty() || connection.unsent() {
                        break;
                    }
                    if self.out.len() > BATCH {
                        self.flush(token);
                        continue;
                    }
                    match request::parse(rest) {
                        Parsed::Partial => break,
                        Parsed::Refused(refusal) => self.refuse(token, refusal),
                        Parsed::Whole(head, length) => {
                            used += length;
                            used += self.headed(token, &head, &rest[length..]);
                        }
                    }
                }
                Phase::Receiving(upload) => match upload.push(rest) {
                    Err(refusal) => self.refuse(token, refusal),
                    Ok(count) => {
                        used += count;
                        if !upload.is_done() {
                            break;
                        }
                        let phase = std::mem::replace(&mut connection.phase, Phase::Idle);
                        if let Phase::Receiving(upload) = phase {
                            self.requested(token, &upload.head, &upload.body);
                        }
                    }
                },
                // What comes behind a last request is of no interest.
                Phase::Closing | Phase::Draining => {
                    used = bytes.len();
                    break;
                }
                _ => break,
            }
        }
        self.flush(token);
        used
    }

    /// A head was read; says how many bytes of `rest` were its body.
    fn headed(&mut self, token: u64, head: &Head, rest: &[u8]) -> usize {
        if let Framing::Length(length) = head.framing
            && rest.len() >= length
        {
            self.requested(token, head, &rest[..length]);
            return length;
        }
        if head.expects && rest.is_empty() {
            response::go_on(&mut self.out);
            self.flush(token);
        }
        if let Some(connection) = self.slab.get(token) {
            connection.phase = Phase::Receiving(Box::new(Upload::new(*head)));
        }
        0
    }

    /// A request is whole.
    fn requested(&mut self, token: u64, head: &Head, body: &[u8]) {
        self.requests += 1;
        let persistence = head.persistence;
        let (kind, id) = match head.route {
            Route::Get(id) if head.chunked => (Kind::ChunkedPage, id),
            Route::Get(id) => (Kind::Page, id),
            Route::Head(id) => (Kind::Head, id),
            Route::Put(id) => (Kind::Receipt(crc32fast::hash(body), false), id),
            Route::Delete(id) => (Kind::Deleted, id),
            Route::Post => match request::ordered_id(body) {
                Some(id) => (Kind::Receipt(crc32fast::hash(body), true), id),
                None => return self.refuse(token, Refusal::Malformed),
            },
            Route::Ready => {
                response::no_content(&mut self.out, persistence);
                return self.answered(token, persistence);
            }
            Route::NotFound => {
                response::not_found(&mut self.out, head.bodiless, persistence);
                return self.answered(token, persistence);
            }
            Route::NotAllowed(allowed) => {
                response::not_allowed(&mut self.out, allowed, persistence);
                return self.answered(token, persistence);
            }
        };
        let counted = self.keeper.counts(head.sample);
        let job = Job {
            kind,
            id,
            persistence,
            counted,
        };
        self.admit(token, job);
    }

    /// An item request enters: it is answered now, later, together with
    /// others, or never.
    fn admit(&mut self, token: u64, job: Job) {
        let profile = &self.site.profile;
        let delay = profile.delay_ns(job.id);
        let hold = profile.hold as usize;
        let silent = profile.fault_of(job.id) == Some(FaultKind::Silence);
        let waits = delay > 0 || hold > 0 || silent;
        if waits {
            self.now = clock::now();
            // What was answered before must not wait with it.
            self.flush(token);
        }
        if job.counted && self.keeper.is_untouched() {
            self.first_cpu = self.work_cpu_ns();
        }
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        if job.counted {
            self.keeper.enter(job.id, &mut connection.epoch, self.now);
        }
        let due = self.now.saturating_add(delay);
        if silent {
            connection.phase = Phase::Silent(job);
        } else if hold > 0 {
            connection.phase = Phase::Held(job, due);
            self.held.push(token);
            if self.held.len() >= hold {
                self.release();
            }
        } else if waits {
            connection.phase = Phase::Delayed(job, due);
            self.wake_at(due, token);
        } else {
            self.answer(token, job);
        }
    }

    /// There are as many requests as are held for: lets all of them go, each
    /// at its own time.
    fn release(&mut self) {
        for token in std::mem::take(&mut self.held) {
            let Some(connection) = self.slab.get(token) else {
                continue;
            };
            if let Phase::Held(job, due) = connection.phase {
                if due > self.now {
                    connection.phase = Phase::Delayed(job, due);
                    self.wake_at(due, token);
                } else {
                    connection.phase = Phase::Idle;
                    self.answer(token, job);
                    self.flush(token);
                }
            }
        }
    }

    fn wake_at(&mut self, due: Nanos, token: u64) {
        self.timers.push(due, token);
        let slab = &self.slab;
        self.timers.prune(slab.len(), |token| slab.contains(token));
    }

    /// Renders the answer to an item request, or does what is wrong with it.
    /// The caller sees to it that the answer is flushed.
    pub(super) fn answer(&mut self, token: u64, job: Job) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        connection.answered += u32::from(job.counted);
        let fault = self.site.profile.fault_of(job.id);
        if fault == Some(FaultKind::Reset) {
            // Closing with a linger of zero sends a reset, not an end.
            let _ = set_socket_linger(&connection.fd, Some(Duration::ZERO));
            self.out.clear();
            return self.close(token);
        }
        let answer = response::answer(&job, &self.site, fault, &mut self.out);
        if job.counted {
            self.keeper.body(answer.body);
        }
        let last = answer.cut || job.persistence == Persistence::Close;
        if last {
            connection.phase = Phase::Closing;
        }
        if fault == Some(FaultKind::Drip) {
            connection.queue(&self.out);
            self.out.clear();
            let piece = connection.rendered().div_ceil(DRIPS);
            connection.phase = Phase::Dripping(Drip {
                allowed: 0,
                piece,
                last,
            });
            self.drip(token);
        } else if answer.tail {
            let tail = Tail {
                site: Rc::clone(&self.site),
                id: job.id,
                sent: 0,
            };
            let sent = connection.send(&self.out, Some(tail));
            self.out.clear();
            self.after_send(token, sent);
        }
    }

    /// A response that is none of the ledger's business was rendered.
    fn answered(&mut self, token: u64, persistence: Persistence) {
        if persistence == Persistence::Close
            && let Some(connection) = self.slab.get(token)
        {
            connection.phase = Phase::Closing;
        }
    }

    /// Answers what cannot be served, and has the connection closed.
    fn refuse(&mut self, token: u64, refusal: Refusal) {
        response::refused(&mut self.out, refusal);
        if let Some(connection) = self.slab.get(token) {
            connection.phase = Phase::Closing;
            connection.drain = true;
        }
    }

    /// Lets another piece of a dripping response go.
    pub(super) fn drip(&mut self, token: u64) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        if let Phase::Dripping(drip) = &mut connection.phase {
            drip.allowed += drip.piece;
            let more = drip.allowed < connection.rendered();
            let sent = connection.resume();
            if more {
                self.wake_at(self.now + DRIP_PAUSE, token);
            }
            self.after_send(token, sent);
        }
    }

    /// Sends what was rendered for a connection.
    pub(super) fn flush(&mut self, token: u64) {
        if self.out.is_empty() {
            return;
        }
        if let Some(connection) = self.slab.get(token) {
            let sent = connection.send(&self.out, None);
            self.after_send(token, sent);
        }
        self.out.clear();
    }

    /// Draws the consequences of a write.
    pub(super) fn after_send(&mut self, token: u64, sent: Sent) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        match sent {
            Sent::Broken => return self.close(token),
            Sent::Part => return self.register(token),
            Sent::All => {}
        }
        if connection.answered > 0 {
            self.keeper.leave(connection.answered, self.now);
            connection.answered = 0;
        }
        if let Phase::Dripping(drip) = connection.phase {
            connection.phase = if drip.last {
                Phase::Closing
            } else {
                Phase::Idle
            };
        }
        if matches!(connection.phase, Phase::Closing) {
            if !connection.drain {
                return self.close(token);
            }
            connection.phase = Phase::Draining;
            // Refused only where the client is gone, which the next read tells.
            let _ = shutdown(connection.fd.as_fd(), Shutdown::Write);
            self.wake_at(self.now + DRAIN, token);
        } else if connection.ended || !connection.input.is_empty() {
            self.ready.push(token);
        }
        self.register(token);
    }
}
