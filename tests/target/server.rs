//! A server that answers as a function says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

/// What comes of one request.
pub(crate) enum Reply {
    /// These bytes; the connection stays.
    Keep(Vec<u8>),
    /// These bytes, and then the end of the connection.
    Close(Vec<u8>),
    /// Nothing, for as long as the client waits.
    Silence,
}

/// A server on a free port. It lives until the test's process ends.
pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicU64>,
}

impl Server {
    /// `reply` is given the number of the request over all connections, from 0.
    pub(crate) fn start(reply: impl Fn(u64) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (requests, connections) = (
            Arc::clone(&server.requests),
            Arc::clone(&server.connections),
        );
        let reply = Arc::new(reply);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                connections.fetch_add(1, SeqCst);
                let (requests, reply) = (Arc::clone(&requests), Arc::clone(&reply));
                thread::spawn(move || serve(client, &requests, reply.as_ref()));
            }
        });
        server
    }

    /// Its URL, by address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Heads of the requests so far, their bodies behind them.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Connections that it accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(SeqCst)
    }
}

fn serve(
    mut client: TcpStream,
    requests: &Mutex<Vec<String>>,
    reply: &(dyn Fn(u64) -> Reply + Sync),
) {
    client.set_nodelay(true).unwrap();
    while let Some(request) = read(&mut client) {
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            requests.len() as u64 - 1
        };
        let written = match reply(number) {
            Reply::Keep(bytes) => client.write_all(&bytes),
            Reply::Close(bytes) => {
                let _ = client.write_all(&bytes);
                return;
            }
            Reply::Silence => Ok(()),
        };
        if written.is_err() {
            return;
        }
    }
}

/// A request with its body; `None` at the end of the connection.
fn read(client: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes.clone()).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    bytes.extend(body);
    String::from_utf8(bytes).ok()
}

/// An answer of two bytes with this status.
pub(crate) fn answer(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 2\r\n\r\nok").into_bytes()
}
