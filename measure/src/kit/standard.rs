//! What the standard library has of a [`DirectKit`](super::DirectKit): its sleep and its
//! sockets, the same for threads and for worker processes.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::base::clock::{self, Nanos};

/// Waits until `at`.
#[inline]
pub fn sleep_until(at: Nanos) {
    std::thread::sleep(clock::until(at));
}

/// Connects, `TCP_NODELAY` set, and gives up after `limit`.
///
/// # Errors
/// Those of the connection.
pub fn connect(address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
    let conn = match limit {
        None => TcpStream::connect(address)?,
        Some(limit) => TcpStream::connect_timeout(&address, limit)?,
    };
    conn.set_nodelay(true)?;
    Ok(conn)
}
