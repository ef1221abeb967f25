//! A coroutine for each connection, on may's scheduler with one worker.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use may::{coroutine, go};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    configure();
    // may takes over no socket that it has not opened.
    let own = connections.into_iter().map(|connection| {
        let own = may::net::TcpStream::connect(connection.peer_addr()?)?;
        own.set_nodelay(true)?;
        Ok(own)
    });
    let own: Vec<_> = own.collect::<io::Result<_>>()?;
    work.begin_now();
    let units = own.into_iter().map(|mut connection| {
        let work = Arc::clone(work);
        go!(move || {
            let (mut exchange, mut answers) = (Exchange::new(), 0);
            while let Some(item) = work.next() {
                connection.write_all(exchange.request(item)?)?;
                loop {
                    let read = connection.read(exchange.space())?;
                    if exchange.advance(read)? {
                        break;
                    }
                }
                answers += 1;
            }
            Ok::<u64, io::Error>(answers)
        })
    });
    let units: Vec<_> = units.collect();
    let joined = units.into_iter().map(|unit| {
        unit.join()
            .map_err(|_| io::Error::other("a coroutine panicked"))?
    });
    joined.sum()
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    configure();
    let units = (0..bakers).map(|_| {
        let work = Arc::clone(work);
        go!(move || {
            let mut cakes = 0;
            while let Some(number) = work.next() {
                let cake = Cake::mixed(number);
                coroutine::sleep(cake.left());
                cake.frost();
                cakes += 1;
            }
            cakes
        })
    });
    let units: Vec<_> = units.collect();
    let joined = units.into_iter().map(|unit| {
        unit.join()
            .map_err(|_| io::Error::other("a coroutine panicked"))
    });
    joined.sum()
}

fn configure() {
    let config = may::config();
    config.set_workers(1).set_worker_pin(false);
}
