//! A state machine for each connection, on an event loop of mio.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use mio::{Events, Interest, Poll, Token};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(256);
    let mut units = Vec::new();
    let (mut answers, mut asking) = (0, 0);
    for (number, connection) in connections.into_iter().enumerate() {
        connection.set_nonblocking(true)?;
        let mut connection = mio::net::TcpStream::from_std(connection);
        poll.registry()
            .register(&mut connection, Token(number), Interest::READABLE)?;
        let mut exchange = Exchange::new();
        if let Some(item) = work.next() {
            // A request is shorter than any socket's buffer.
            connection.write_all(exchange.request(item)?)?;
            asking += 1;
        }
        units.push((connection, exchange));
    }
    while asking > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            let (connection, exchange) = &mut units[event.token().0];
            let read = match connection.read(exchange.space()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                read => read?,
            };
            if exchange.advance(read)? {
                answers += 1;
                match work.next() {
                    Some(item) => connection.write_all(exchange.request(item)?)?,
                    None => asking -= 1,
                }
            }
        }
    }
    Ok(answers)
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(256);
    let mut ovens = BinaryHeap::new();
    let mut cakes = vec![];
    for baker in 0..bakers {
        cakes.push(work.next().map(Cake::mixed));
        ovens.extend(cakes[baker].iter().map(|cake| Reverse((cake.out, baker))));
    }
    let mut done = 0;
    while let Some(&Reverse((out, baker))) = ovens.peek() {
        let left = out.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            poll.poll(&mut events, Some(left))?;
            continue;
        }
        ovens.pop();
        if let Some(cake) = cakes[baker].take() {
            cake.frost();
            done += 1;
        }
        cakes[baker] = work.next().map(Cake::mixed);
        ovens.extend(cakes[baker].iter().map(|cake| Reverse((cake.out, baker))));
    }
    Ok(done)
}
