//! Listening sockets: successive addresses, one port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use crate::base::error::{Error, Result};
use crate::host;

/// Connections that may wait to be accepted; the kernel takes less where
/// `net.core.somaxconn` is lower.
const BACKLOG: i32 = 4096;

/// How often another port is tried where the first host's free port is taken
/// on a later host.
const TRIES: usize = 16;

/// Listens on `hosts` successive addresses from `addr` on, all at one port,
/// without blocking. Port 0 is any port that is free on all of them.
///
/// # Errors
/// The port is in use, an address is not of this machine, or there are not as
/// many addresses.
pub(super) fn listen(addr: SocketAddr, hosts: u32) -> Result<Vec<TcpListener>> {
    if hosts > 1 && successor(addr, hosts - 1, 0).is_none() {
        let message = format!(
            "there are no {hosts} loopback addresses from {} on",
            addr.ip()
        );
        return Err(Error::Usage(message));
    }
    for attempt in 1.. {
        match try_listen(addr, hosts) {
            Err((at, error)) => {
                let in_use = error.kind() == io::ErrorKind::AddrInUse;
                if in_use && addr.port() == 0 && attempt < TRIES {
                    continue;
                }
                return Err(Error::Usage(if in_use && addr.port() == 0 {
                    format!("cannot listen on {at}: {}", host::local_ports_used_up())
                } else if in_use {
                    format!("cannot listen on {at}: the port is in use")
                } else {
                    format!("cannot listen on {at}: {error}")
                }));
            }
            Ok(listeners) => return Ok(listeners),
        }
    }
    unreachable!("the last try returns")
}

fn try_listen(
    first: SocketAddr,
    hosts: u32,
) -> std::result::Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners = Vec::new();
    let mut addr = first;
    for host in 0..hosts {
        addr = successor(first, host, addr.port()).unwrap_or(addr);
        let listener = listen_one(addr).map_err(|error| (addr, error))?;
        addr = listener.local_addr().map_err(|error| (addr, error))?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// The address `host` steps behind `first`, still of 127.0.0.0/8 where that
/// is where it started.
fn successor(first: SocketAddr, host: u32, port: u16) -> Option<SocketAddr> {
    let ip = match first.ip() {
        ip if host == 0 => ip,
        IpAddr::V4(ip) => {
            let ip = Ipv4Addr::from(u32::from(ip).checked_add(host)?);
            IpAddr::V4(Some(ip).filter(Ipv4Addr::is_loopback)?)
        }
        IpAddr::V6(_) => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn listen_one(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of an earlier server that linger in TIME_WAIT must not keep
    // the port; one that listens still does.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if addr.ip().is_loopback() {
        // Accepted connections inherit it. Nothing is ever congested here,
        // while some defaults (bbr) pace each response with a timer, on both
        // ends' CPU time. Where it is refused, the default has to do.
        let _ = socket.set_tcp_congestion(b"reno");
    }
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_share_one_port() {
        let listeners = listen("127.0.0.1:0".parse().unwrap(), 4).unwrap();
        let addrs: Vec<_> = listeners.iter().map(|l| l.local_addr().unwrap()).collect();
        for (host, addr) in addrs.iter().enumerate() {
            assert_eq!(addr.ip(), Ipv4Addr::new(127, 0, 0, 1 + host as u8));
            assert_eq!(addr.port(), addrs[0].port());
        }
    }

    #[test]
    fn addresses_run_out_with_a_reason() {
        for (addr, hosts) in [("127.255.255.254:0", 3), ("[::1]:0", 2)] {
            let error = listen(addr.parse().unwrap(), hosts).unwrap_err();
            assert!(error.to_string().contains("addresses"), "{error}");
        }
    }
}
