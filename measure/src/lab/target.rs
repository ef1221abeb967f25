//! A server that is not ours: its URL, where it is found, and a first look at it
//! before anything is measured.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::base::error::{Error, Result};
use crate::host;
use crate::http1::{self, Decoder, Method};

/// How long one address may take to connect.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long the first answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// What an answer may take of a server that was asked for none.
const UNASKED: Duration = Duration::from_secs(3);
/// Characters that a URL must not hold as they are (RFC 3986, 2).
const FORBIDDEN: &str = "\"<>\\^`{|}";

/// A server that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URL, as it is asked for: lower-case host, no default port, no fragment.
    pub url: String,
    /// What requests name as their host: with the port unless it is 80.
    pub host: String,
    /// Where it listens: all addresses of its name, in the resolver's order.
    pub addresses: Vec<SocketAddr>,
    /// Path and query.
    pub path: String,
    /// What an answer is expected to take; the watchdog grants a multiple.
    pub expected: Duration,
}

impl Target {
    /// Reads `http://host:port/path?query` and resolves the name.
    ///
    /// # Errors
    /// What is no such URL, or a name that is not known, with the reason.
    pub fn parse(url: &str) -> Result<Self> {
        let read = || {
            let (host, name, port, path) = parts(url)?;
            let addresses = resolve(&name, port)?;
            Ok(Target {
                url: format!("http://{host}{path}"),
                host,
                addresses,
                path,
                expected: Duration::ZERO,
            })
        };
        read().map_err(|why: String| {
            Error::Usage(format!(
                "--target '{url}': {why}; as in http://127.0.0.1:8080/"
            ))
        })
    }

    /// Connects, and moves the first address that does so to the front.
    ///
    /// # Errors
    /// A server that none of the addresses leads to.
    fn connect(&mut self) -> Result<TcpStream> {
        let mut reasons = Vec::new();
        for at in 0..self.addresses.len() {
            let address = self.addresses[at];
            match TcpStream::connect_timeout(&address, CONNECT_LIMIT) {
                Ok(conn) => {
                    self.addresses[..=at].rotate_right(1);
                    return Ok(conn);
                }
                Err(error) => reasons.push(host::with_local_ports(format!("{address}: {error}"))),
            }
        }
        Err(Error::Usage(format!(
            "--target {}: no connection ({})",
            self.url,
            reasons.join("; ")
        )))
    }

    /// Connects to a server that is asked for nothing because that
    /// would change something there: it may be slow.
    ///
    /// # Errors
    /// A server that cannot be reached.
    pub fn greet(&mut self) -> Result<()> {
        self.connect()?;
        self.expected = self.expected.max(UNASKED);
        Ok(())
    }

    /// Asks for one answer and notes how long it took; its status.
    ///
    /// # Errors
    /// A server that cannot be reached, does not answer in time, or not in HTTP.
    pub fn ask(&mut self, method: Method) -> Result<u16> {
        let mut conn = self.connect()?;
        let mut request = Vec::new();
        let path = |out: &mut Vec<u8>| out.extend_from_slice(self.path.as_bytes());
        http1::render(&mut request, method, &self.host, path, None, false);
        let mut decoder = Decoder::new();
        decoder.begin(method);
        let begun = Instant::now();
        let mut exchange = || {
            conn.write_all(&request)?;
            loop {
                let left = ANSWER_LIMIT.saturating_sub(begun.elapsed());
                // The system call takes zero for "for ever".
                conn.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
                let read = conn.read(decoder.space());
                let read = match read {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    read => read?,
                };
                if let Some(response) = decoder.advance(read, &mut |_| {})? {
                    return Ok(response.status);
                }
            }
        };
        let status = exchange().map_err(|error: std::io::Error| {
            let why = match error.kind() {
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => format!(
                    "no whole answer to one {} within {} s",
                    method.as_str(),
                    ANSWER_LIMIT.as_secs()
                ),
                _ => format!("one {} failed: {error}", method.as_str()),
            };
            Error::Usage(format!("--target {}: {why}", self.url))
        })?;
        self.expected = self.expected.max(begun.elapsed());
        Ok(status)
    }
}

/// The field `Host`, the name or address to look up, the port, and what to ask for.
fn parts(url: &str) -> Result<(String, String, u16, String), String> {
    let scheme = url.split_once("://").map(|(scheme, rest)| {
        let scheme = scheme.to_ascii_lowercase();
        (scheme, rest)
    });
    let rest = match &scheme {
        Some((scheme, rest)) if scheme == "http" => *rest,
        Some((scheme, _)) if scheme == "https" => {
            return Err("only plain http is spoken, no TLS: put a proxy before it".into());
        }
        _ => return Err("only plain http is spoken".into()),
    };
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it holds a space or what is no ASCII; write that as %20 and so on".into());
    }
    if let Some(bad) = rest.chars().find(|c| FORBIDDEN.contains(*c)) {
        return Err(format!(
            "it holds '{bad}'; write that as %{:02X}",
            bad as u32
        ));
    }
    // A fragment is for the reader alone (RFC 3986, 3.5).
    let rest = rest.split('#').next().unwrap_or_default();
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    if authority.contains('@') {
        return Err("a user and a password are not sent; leave them out".into());
    }
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (name, behind) = rest
                .split_once(']')
                .ok_or("an IPv6 address ends with ']'")?;
            let address: Ipv6Addr = name
                .parse()
                .map_err(|_| format!("'{name}' is no IPv6 address"))?;
            let port = match behind.strip_prefix(':') {
                None if behind.is_empty() => "",
                Some(port) => port,
                None => return Err(format!("'{behind}' behind the address is no port")),
            };
            (format!("[{address}]"), port)
        }
        None => {
            let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
            (named(name)?, port)
        }
    };
    let port = match port {
        "" => 80,
        text => text
            .parse::<u16>()
            .ok()
            .filter(|port| *port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .ok_or_else(|| format!("{authority}: the port is not from 1 to 65535"))?,
    };
    let host = match port {
        80 => name.clone(),
        _ => format!("{name}:{port}"),
    };
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (path, String::new()),
    };
    Ok((host, name, port, format!("{}{query}", without_dots(path))))
}

/// A name or an IPv4 address as a host.
fn named(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("it names no host".into());
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !name.bytes().all(known) {
        return Err(format!(
            "'{name}' is no host name: letters, digits, '-', '.' and '_'"
        ));
    }
    let last = name.trim_end_matches('.').rsplit('.').next();
    // Where the last part is a number it is an address, and others than the usual
    // notation are read differently by different programs.
    let numeric = last.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        && last.is_some_and(|part| {
            part.bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'x')
        });
    if numeric && name.parse::<Ipv4Addr>().is_err() {
        return Err(format!("'{name}' is no IPv4 address of four numbers"));
    }
    Ok(name.to_ascii_lowercase())
}

/// A path without `.` and `..`, as every client sends it (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let found = format!("{name}:{port}")
        .to_socket_addrs()
        .map_err(|error| format!("{name}:{port}: {error}"))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(format!("{name} has no address"));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_clients_read_them() {
        for (url, host, path) in [
            ("http://127.0.0.1", "127.0.0.1", "/"),
            ("HTTP://127.0.0.1:80/", "127.0.0.1", "/"),
            ("http://127.0.0.1:/", "127.0.0.1", "/"),
            ("http://127.0.0.1:8080/a/b?c", "127.0.0.1:8080", "/a/b?c"),
            ("http://127.0.0.1:8080?c=/d", "127.0.0.1:8080", "/?c=/d"),
            ("http://LocalHost:81/A#b/?c", "localhost:81", "/A"),
            ("http://localhost#top", "localhost", "/"),
            ("http://[::1]/", "[::1]", "/"),
            ("http://[0:0::1]:8080/x", "[::1]:8080", "/x"),
            ("http://localhost/a/./b/../c/..", "localhost", "/a/"),
            ("http://localhost/../a//b/.", "localhost", "/a//b/"),
            ("http://localhost/a%20b;c=d,e", "localhost", "/a%20b;c=d,e"),
        ] {
            let (read, _, _, asked) = parts(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!((read.as_str(), asked.as_str()), (host, path), "{url}");
        }
        let target = Target::parse("http://127.0.0.1:8080/a#b").unwrap();
        assert_eq!(target.url, "http://127.0.0.1:8080/a");
        assert_eq!(target.addresses, ["127.0.0.1:8080".parse().unwrap()]);
    }

    #[test]
    fn what_is_no_such_url_is_refused_with_the_reason() {
        for (url, why) in [
            ("https://127.0.0.1/", "no TLS"),
            ("ftp://127.0.0.1/", "only plain http"),
            ("127.0.0.1:8080", "only plain http"),
            ("localhost", "only plain http"),
            ("http://", "names no host"),
            ("http:///x", "names no host"),
            ("http://:80/", "names no host"),
            ("http://127.0.0.1/a b", "%20"),
            ("http://127.0.0.1/\r\nx", "%20"),
            ("http://bäckerei.test/", "no ASCII"),
            ("http://127.0.0.1/{id}", "%7B"),
            ("http://127.0.0.1\\x", "%5C"),
            ("http://user:secret@127.0.0.1/", "a password are not sent"),
            ("http://user@127.0.0.1/", "a password are not sent"),
            ("http://127.0.0.1:0/", "the port"),
            ("http://127.0.0.1:65536/", "127.0.0.1:65536: the port"),
            ("http://127.0.0.1:+80/", "the port"),
            ("http://127.0.0.1:http/", "the port"),
            ("http://127.0.0.1:80:80/", "the port"),
            ("http://[::1/", "']'"),
            ("http://[fe80::1%25lo]/", "no IPv6 address"),
            ("http://[::1]80/", "no port"),
            ("http://127.1/", "no IPv4 address"),
            ("http://0x7f000001/", "no IPv4 address"),
            ("http://256.0.0.1/", "no IPv4 address"),
            ("http://a%41.test/", "no host name"),
        ] {
            let error = Target::parse(url).unwrap_err();
            let line = error.to_string();
            assert_eq!(error.exit_code(), 2, "{url}");
            assert!(line.contains(why), "{url}: {line}");
            assert!(line.contains("as in http://127.0.0.1:8080/"), "{line}");
        }
    }
}
