//! Responses as bytes. Pure: what is sent is a function of the request and
//! the site alone, which is also why there is no `Date` field.

use super::request::{Persistence, Refusal};
use super::site::Site;
use crate::workload::items::FaultKind;

/// Bodies up to this many bytes are copied behind their head, so that both
/// leave in one plain write; longer ones are gathered from where they lie.
const COPIED: usize = 16 * 1024;

/// Most pieces of a chunked response.
const CHUNKS: usize = 4;

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The item's body.
    Page,
    /// The item's body in chunks.
    ChunkedPage,
    /// The head alone.
    Head,
    /// The receipt of a payload with this CRC-32; whether it was created.
    Receipt(u32, bool),
    /// Nothing is left.
    Deleted,
}

/// One item request that is understood and not yet answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) id: u64,
    pub(super) persistence: Persistence,
    /// Whether the ledger counts it.
    pub(super) counted: bool,
}

/// What [`answer`] left to its caller.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// Body bytes of a right answer.
    pub(super) body: usize,
    /// The body was too long to copy: send the item's behind the head.
    pub(super) tail: bool,
    /// The response is cut short: close the connection behind it.
    pub(super) cut: bool,
}

/// Appends the response to `job` to `out`.
pub(super) fn answer(
    job: &Job,
    site: &Site,
    fault: Option<FaultKind>,
    out: &mut Vec<u8>,
) -> Answer {
    if fault == Some(FaultKind::Status500) {
        let body = if job.kind == Kind::Head {
            ""
        } else {
            "fault\n"
        };
        head(
            out,
            "500 Internal Server Error",
            "text/plain",
            6,
            job.persistence,
        );
        out.extend_from_slice(body.as_bytes());
        return Answer::default();
    }
    let cut = fault == Some(FaultKind::Truncate);
    // A dripped response is cut by bytes, so all of it has to be in one place.
    let whole = cut || fault == Some(FaultKind::Drip);
    match job.kind {
        Kind::Page => {
            let body = site.body(job.id);
            head(out, "200 OK", "text/plain", body.len(), job.persistence);
            if body.len() > COPIED && !whole {
                return Answer {
                    body: body.len(),
                    tail: true,
                    cut,
                };
            }
            append(out, body, cut)
        }
        Kind::ChunkedPage => {
            let body = site.body(job.id);
            out.extend_from_slice(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked",
            );
            end_of_head(out, job.persistence);
            let sent = if cut { &body[..body.len() / 2] } else { body };
            for chunk in sent.chunks(body.len().div_ceil(CHUNKS).max(1)) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            if !cut {
                out.extend_from_slice(b"0\r\n\r\n");
            }
            Answer {
                body: if cut { 0 } else { body.len() },
                tail: false,
                cut,
            }
        }
        Kind::Head => {
            let length = site.body(job.id).len();
            head(out, "200 OK", "text/plain", length, job.persistence);
            Answer {
                cut,
                ..Answer::default()
            }
        }
        Kind::Receipt(crc, created) => {
            let receipt = site.receipt(job.id, crc);
            let status = if created { "201 Created" } else { "200 OK" };
            head(
                out,
                status,
                "application/json",
                receipt.len(),
                job.persistence,
            );
            append(out, receipt.as_bytes(), cut)
        }
        Kind::Deleted => {
            no_content(out, job.persistence);
            Answer {
                cut,
                ..Answer::default()
            }
        }
    }
}

fn append(out: &mut Vec<u8>, body: &[u8], cut: bool) -> Answer {
    let sent = if cut { &body[..body.len() / 2] } else { body };
    out.extend_from_slice(sent);
    Answer {
        body: if cut { 0 } else { body.len() },
        tail: false,
        cut,
    }
}

/// Appends a 204.
pub(super) fn no_content(out: &mut Vec<u8>, persistence: Persistence) {
    out.extend_from_slice(b"HTTP/1.1 204 No Content");
    end_of_head(out, persistence);
}

/// Appends a 404; `bodiless` answers a `HEAD`.
pub(super) fn not_found(out: &mut Vec<u8>, bodiless: bool, persistence: Persistence) {
    let body = "no such path: /items/{id}, /items or /ready\n";
    head(out, "404 Not Found", "text/plain", body.len(), persistence);
    if !bodiless {
        out.extend_from_slice(body.as_bytes());
    }
}

/// Appends a 405 that names the methods allowed.
pub(super) fn not_allowed(out: &mut Vec<u8>, allowed: &str, persistence: Persistence) {
    out.extend_from_slice(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nAllow: ");
    out.extend_from_slice(allowed.as_bytes());
    end_of_head(out, persistence);
}

/// Appends the answer to a request that is refused.
pub(super) fn refused(out: &mut Vec<u8>, refusal: Refusal) {
    let (status, body) = match refusal {
        Refusal::Malformed => ("400 Bad Request", "malformed request\n"),
        Refusal::BodyTooLarge => ("413 Content Too Large", "bodies end at 1 MiB\n"),
        Refusal::HeadTooLarge => (
            "431 Request Header Fields Too Large",
            "heads end at 16 KiB and 64 fields\n",
        ),
        Refusal::Coding => ("501 Not Implemented", "no coding but chunked\n"),
    };
    head(out, status, "text/plain", body.len(), Persistence::Close);
    out.extend_from_slice(body.as_bytes());
}

/// Appends the interim response to `Expect: 100-continue`.
pub(super) fn go_on(out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
}

fn head(out: &mut Vec<u8>, status: &str, kind: &str, length: usize, persistence: Persistence) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_bytes());
    out.extend_from_slice(b"\r\nContent-Type: ");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\r\nContent-Length: ");
    decimal(out, length);
    end_of_head(out, persistence);
}

fn end_of_head(out: &mut Vec<u8>, persistence: Persistence) {
    out.extend_from_slice(match persistence {
        Persistence::Implied => b"\r\n\r\n",
        Persistence::Agreed => b"\r\nConnection: keep-alive\r\n\r\n",
        Persistence::Close => b"\r\nConnection: close\r\n\r\n",
    });
}

/// By hand, because the formatting machinery costs more than the rest of the
/// head together.
fn decimal(out: &mut Vec<u8>, mut number: usize) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::items::Profile;

    fn text(kind: Kind, size: &str, fault: Option<FaultKind>) -> (String, Answer) {
        let profile = Profile {
            size: size.parse().unwrap(),
            ..Profile::default()
        };
        let site = Site::new(profile).unwrap();
        let mut out = Vec::new();
        let job = Job {
            kind,
            id: 5,
            persistence: Persistence::Implied,
            counted: true,
        };
        let answer = answer(&job, &site, fault, &mut out);
        (String::from_utf8(out).unwrap(), answer)
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 128, 1_048_576, usize::MAX] {
            let mut out = Vec::new();
            decimal(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
    }

    #[test]
    fn a_head_is_the_page_without_its_body() {
        let (page, answer) = text(Kind::Page, "100", None);
        assert_eq!(answer.body, 100);
        let (head, answer) = text(Kind::Head, "100", None);
        assert_eq!(answer, Answer::default());
        assert!(page.starts_with(&head) && page.len() == head.len() + 100);
    }

    #[test]
    fn long_bodies_are_left_to_the_gathering_write() {
        let (head, answer) = text(Kind::Page, "100kB", None);
        assert!(answer.tail && head.ends_with("Content-Length: 100000\r\n\r\n"));
        let (whole, answer) = text(Kind::Page, "100kB", Some(FaultKind::Drip));
        assert!(!answer.tail && whole.len() > 100_000);
    }

    #[test]
    fn a_cut_response_is_no_right_answer() {
        let (page, answer) = text(Kind::Page, "100", Some(FaultKind::Truncate));
        assert!(answer.cut && answer.body == 0);
        assert!(page.contains("Content-Length: 100\r\n"));
        assert_eq!(page.split_once("\r\n\r\n").unwrap().1.len(), 50);
    }

    #[test]
    fn chunks_add_up_to_the_page() {
        let (page, _) = text(Kind::Page, "10", None);
        let (chunked, answer) = text(Kind::ChunkedPage, "10", None);
        assert_eq!(answer.body, 10);
        let body = page.split_once("\r\n\r\n").unwrap().1;
        let expected = format!(
            "3\r\n{}\r\n3\r\n{}\r\n3\r\n{}\r\n1\r\n{}\r\n0\r\n\r\n",
            &body[..3],
            &body[3..6],
            &body[6..9],
            &body[9..]
        );
        assert_eq!(chunked.split_once("\r\n\r\n").unwrap().1, expected);
    }
}
