//! One request head, from bytes to what is asked for. Pure.

use std::mem::MaybeUninit;

use httparse::Status;
use serde::Deserialize;

/// Longest head that is read, bytes.
pub(super) const MAX_HEAD: usize = 16 * 1024;

/// Longest body that is read, bytes.
pub(super) const MAX_BODY: usize = 1 << 20;

/// Most header fields that are read.
const MAX_HEADERS: usize = 64;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `GET /items/{id}`.
    Get(u64),
    /// `HEAD /items/{id}`.
    Head(u64),
    /// `PUT /items/{id}`.
    Put(u64),
    /// `DELETE /items/{id}`.
    Delete(u64),
    /// `POST /items`, whose id stands in its body.
    Post,
    /// `GET /ready`.
    Ready,
    /// A known path, another method; these would do.
    NotAllowed(&'static str),
    /// No such path.
    NotFound,
}

/// What becomes of the connection behind the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    /// HTTP/1.1 without a word: stays open.
    Implied,
    /// HTTP/1.0 that asked for it: stays open, and the response says so.
    Agreed,
    /// Closes, and the response says so.
    Close,
}

/// How the body's end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes; 0 where there is none.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// A request head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What is asked for.
    pub(super) route: Route,
    /// `?sample=N`, or 0.
    pub(super) sample: u64,
    /// `?chunked=1`, and the client's version can read it.
    pub(super) chunked: bool,
    /// Whether the method forbids a body in the response.
    pub(super) bodiless: bool,
    /// What becomes of the connection.
    pub(super) persistence: Persistence,
    /// How the body's end is found.
    pub(super) framing: Framing,
    /// The client waits for `100 Continue` before it sends the body.
    pub(super) expects: bool,
}

/// Why a request is refused; its connection closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not HTTP, or ambiguous HTTP: 400.
    Malformed,
    /// A body above [`MAX_BODY`]: 413.
    BodyTooLarge,
    /// A head above [`MAX_HEAD`] or with too many fields: 431.
    HeadTooLarge,
    /// A transfer coding other than chunked: 501.
    Coding,
}

/// What the bytes so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// More is needed.
    Partial,
    /// A whole head, and its length in bytes.
    Whole(Head, usize),
    /// Nothing that can be served.
    Refused(Refusal),
}

/// Reads one request head from the start of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(Status::Partial) if bytes.len() <= MAX_HEAD => return Parsed::Partial,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return Parsed::Refused(Refusal::HeadTooLarge);
        }
        Err(_) => return Parsed::Refused(Refusal::Malformed),
    };
    match interpret(&request) {
        Ok(head) => Parsed::Whole(head, length),
        Err(refusal) => Parsed::Refused(refusal),
    }
}

fn interpret(request: &httparse::Request<'_, '_>) -> Result<Head, Refusal> {
    let (Some(method), Some(target), Some(version)) =
        (request.method, request.path, request.version)
    else {
        return Err(Refusal::Malformed);
    };
    let mut fields = Fields::default();
    for field in request.headers.iter() {
        fields.read(field.name.as_bytes(), field.value)?;
    }
    // A length beside a coding is how requests are smuggled past proxies.
    if (fields.chunked && fields.length.is_some()) || (version == 1 && !fields.host) {
        return Err(Refusal::Malformed);
    }
    let target = target.strip_prefix("http://").map_or(target, |absolute| {
        absolute.find('/').map_or("/", |path| &absolute[path..])
    });
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = Query::read(query)?;
    Ok(Head {
        route: route(method, path),
        sample: query.sample,
        chunked: query.chunked && version == 1,
        bodiless: method == "HEAD",
        persistence: match (version, fields.close, fields.keep_alive) {
            (1, false, _) => Persistence::Implied,
            (0, false, true) => Persistence::Agreed,
            _ => Persistence::Close,
        },
        framing: if fields.chunked {
            Framing::Chunked
        } else {
            Framing::Length(fields.length.unwrap_or(0))
        },
        expects: fields.expects && version == 1,
    })
}

/// What a method and a path ask for.
pub(super) fn route(method: &str, path: &str) -> Route {
    if let Some(id) = path.strip_prefix("/items/") {
        return match (method, decimal(id.as_bytes())) {
            (_, None) => Route::NotFound,
            ("GET", Some(id)) => Route::Get(id),
            ("HEAD", Some(id)) => Route::Head(id),
            ("PUT", Some(id)) => Route::Put(id),
            ("DELETE", Some(id)) => Route::Delete(id),
            _ => Route::NotAllowed("GET, HEAD, PUT, DELETE"),
        };
    }
    match (path, method) {
        ("/items", "POST") => Route::Post,
        ("/items", _) => Route::NotAllowed("POST"),
        ("/ready", "GET" | "HEAD") => Route::Ready,
        ("/ready", _) => Route::NotAllowed("GET, HEAD"),
        _ => Route::NotFound,
    }
}

/// The id in the JSON body of a `POST`, whatever else stands there; none
/// where the body is no such thing.
pub(super) fn ordered_id(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Order {
        id: u64,
    }
    serde_json::from_slice::<Order>(body)
        .ok()
        .map(|order| order.id)
}

/// The header fields that matter.
#[derive(Default)]
struct Fields {
    length: Option<usize>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    expects: bool,
    host: bool,
}

impl Fields {
    fn read(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
        // By length first: most fields are none of these.
        match name.len() {
            4 if is(b"host") => {
                if self.host {
                    return Err(Refusal::Malformed);
                }
                self.host = true;
            }
            6 if is(b"expect") => self.expects = value.eq_ignore_ascii_case(b"100-continue"),
            10 if is(b"connection") => {
                for token in value.split(|&byte| byte == b',') {
                    let token = token.trim_ascii();
                    self.close |= token.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if is(b"content-length") => {
                let length = decimal(value).ok_or(Refusal::Malformed)?;
                let length = usize::try_from(length)
                    .ok()
                    .filter(|&length| length <= MAX_BODY)
                    .ok_or(Refusal::BodyTooLarge)?;
                if self.length.replace(length).is_some_and(|old| old != length) {
                    return Err(Refusal::Malformed);
                }
            }
            17 if is(b"transfer-encoding") => {
                if !value.eq_ignore_ascii_case(b"chunked") || self.chunked {
                    return Err(Refusal::Coding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Query {
    sample: u64,
    chunked: bool,
}

impl Query {
    /// A number that cannot be read is refused: served uncounted, it would
    /// surface much later, as a ledger that does not add up.
    fn read(text: &str) -> Result<Self, Refusal> {
        let mut query = Query::default();
        if text.is_empty() {
            return Ok(query);
        }
        for pair in text.split('&') {
            match pair.split_once('=') {
                Some(("sample", number)) => {
                    query.sample = decimal(number.as_bytes()).ok_or(Refusal::Malformed)?;
                }
                Some(("chunked", flag)) => query.chunked = flag == "1",
                _ => {}
            }
        }
        Ok(query)
    }
}

/// Decimal digits and nothing else, within 64 bits.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Head {
        match parse(text.as_bytes()) {
            Parsed::Whole(head, length) if length == text.len() => head,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn refused(text: &str) -> Refusal {
        match parse(text.as_bytes()) {
            Parsed::Refused(refusal) => refusal,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn routed(line: &str) -> Route {
        whole(&format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n")).route
    }

    #[test]
    fn routes() {
        assert_eq!(routed("GET /items/7"), Route::Get(7));
        assert_eq!(routed("GET http://h:1/items/7?sample=1"), Route::Get(7));
        assert_eq!(routed("HEAD /items/7"), Route::Head(7));
        assert_eq!(
            routed("PUT /items/18446744073709551615"),
            Route::Put(u64::MAX)
        );
        assert_eq!(routed("DELETE /items/0"), Route::Delete(0));
        assert_eq!(routed("POST /items"), Route::Post);
        assert_eq!(routed("GET /ready"), Route::Ready);
        for missing in [
            "/",
            "/item/1",
            "/items/",
            "/items/x",
            "/items/1/2",
            "/items/-1",
        ] {
            assert_eq!(routed(&format!("GET {missing}")), Route::NotFound);
        }
        assert_eq!(routed("GET /items/18446744073709551616"), Route::NotFound);
        assert_eq!(routed("GET /items"), Route::NotAllowed("POST"));
        assert!(matches!(routed("POST /items/1"), Route::NotAllowed(_)));
    }

    #[test]
    fn query_carries_the_sample() {
        let head = whole("GET /items/1?x=&sample=42&chunked=1 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert_eq!((head.sample, head.chunked), (42, true));
        let head = whole("GET /items/1?chunked=1 HTTP/1.0\r\n\r\n");
        assert_eq!((head.sample, head.chunked), (0, false));
        let bad = "GET /items/1?sample=two HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(refused(bad), Refusal::Malformed);
    }

    #[test]
    fn persistence_follows_version_and_connection() {
        let of = |version: &str, field: &str| {
            whole(&format!(
                "GET /ready HTTP/{version}\r\nHost: x\r\n{field}\r\n"
            ))
            .persistence
        };
        assert_eq!(of("1.1", ""), Persistence::Implied);
        assert_eq!(of("1.1", "Connection: foo, Close\r\n"), Persistence::Close);
        assert_eq!(of("1.0", ""), Persistence::Close);
        assert_eq!(of("1.0", "Connection: Keep-Alive\r\n"), Persistence::Agreed);
    }

    #[test]
    fn framing_is_never_guessed() {
        let with = |fields: &str| format!("PUT /items/1 HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        let framing = |fields: &str| whole(&with(fields)).framing;
        assert_eq!(framing(""), Framing::Length(0));
        assert_eq!(framing("content-LENGTH: 12\r\n"), Framing::Length(12));
        assert_eq!(framing("Transfer-Encoding: chunked\r\n"), Framing::Chunked);
        for (fields, refusal) in [
            ("Content-Length: +1\r\n", Refusal::Malformed),
            (
                "Content-Length: 1\r\nContent-Length: 2\r\n",
                Refusal::Malformed,
            ),
            (
                "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                Refusal::Malformed,
            ),
            ("Content-Length: 1048577\r\n", Refusal::BodyTooLarge),
            ("Transfer-Encoding: gzip\r\n", Refusal::Coding),
            ("Host: y\r\n", Refusal::Malformed),
        ] {
            assert_eq!(refused(&with(fields)), refusal, "{fields}");
        }
        assert_eq!(refused("GET /ready HTTP/1.1\r\n\r\n"), Refusal::Malformed);
        assert_eq!(refused("GARBAGE\r\n\r\n"), Refusal::Malformed);
    }

    #[test]
    fn an_order_names_its_id() {
        assert_eq!(ordered_id(br#"{"note":[1],"id":7,"x":{}}"#), Some(7));
        for body in [
            "",
            "{}",
            r#"{"id":-1}"#,
            r#"{"id":"7"}"#,
            r#"{"id":7"#,
            "[7",
        ] {
            assert_eq!(ordered_id(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn every_prefix_of_a_head_is_partial() {
        let text = "GET /items/1?sample=3 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
        for end in 0..text.len() {
            assert_eq!(parse(&text.as_bytes()[..end]), Parsed::Partial, "{end}");
        }
    }

    #[test]
    fn heads_are_bounded() {
        let long = format!("GET /items/1 HTTP/1.1\r\nHost: {}", "x".repeat(MAX_HEAD));
        assert_eq!(refused(&long), Refusal::HeadTooLarge);
        let many = format!("GET /ready HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        assert_eq!(refused(&many), Refusal::HeadTooLarge);
    }
}
