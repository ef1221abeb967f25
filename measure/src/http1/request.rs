//! Requests, rendered.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Fetch an item.
    Get,
    /// Fetch an item's head alone: its response has no body.
    Head,
    /// Replace an item.
    Put,
    /// Remove an item.
    Delete,
    /// Add an item.
    Post,
}

impl Method {
    /// The method as it stands in a request line.
    #[inline]
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Post => "POST",
        }
    }
}

/// Renders one request into `out`, head and body together, so that one write
/// sends it.
///
/// `out` is cleared first and keeps its capacity: in steady state nothing is
/// allocated. `path` appends the path and query, starting with `/`; `body` is
/// its content type and its bytes. A `PUT` or `POST` without a body announces
/// a length of 0, as servers expect. `path`, `host` and the content type must
/// be free of spaces and line ends (checked in debug builds).
#[inline]
pub fn render(
    out: &mut Vec<u8>,
    method: Method,
    host: &str,
    path: impl FnOnce(&mut Vec<u8>),
    body: Option<(&str, &[u8])>,
    keep_alive: bool,
) {
    out.clear();
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    let path_at = out.len();
    path(out);
    debug_assert!(
        out.get(path_at) == Some(&b'/') && out[path_at..].iter().all(u8::is_ascii_graphic)
    );
    debug_assert!(host.bytes().all(|byte| byte.is_ascii_graphic()));
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    out.extend_from_slice(host.as_bytes());
    if !keep_alive {
        out.extend_from_slice(b"\r\nConnection: close");
    }
    match body {
        Some((content_type, bytes)) => {
            debug_assert!(!content_type.bytes().any(|byte| byte.is_ascii_control()));
            out.extend_from_slice(b"\r\nContent-Type: ");
            out.extend_from_slice(content_type.as_bytes());
            out.extend_from_slice(b"\r\nContent-Length: ");
            push_decimal(out, bytes.len() as u64);
            out.extend_from_slice(b"\r\n\r\n");
            out.extend_from_slice(bytes);
        }
        None if matches!(method, Method::Put | Method::Post) => {
            out.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
        }
        None => out.extend_from_slice(b"\r\n\r\n"),
    }
}

/// Appends `n` in decimal, without allocation beyond `out`'s own growth.
#[inline]
pub fn push_decimal(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
