//! A parallel iterator over the requests, on a pool of a thread for each connection.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::{Exchange, blocking};

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(connections.len())
        .build()
        .map_err(io::Error::other)?;
    let connections: Vec<_> = connections
        .into_iter()
        .map(|connection| Mutex::new((connection, Exchange::new())))
        .collect();
    pool.install(|| {
        (0..work.all as usize)
            .into_par_iter()
            .with_max_len(1)
            .map(|item| {
                // Each thread has a connection of its own, which nobody waits for.
                let thread = rayon::current_thread_index().unwrap_or_default();
                let own = connections[thread].lock();
                let (connection, exchange) = &mut *own.unwrap_or_else(PoisonError::into_inner);
                blocking(connection, exchange, item as u64)?;
                Ok(1)
            })
            .sum()
    })
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let pool = ThreadPoolBuilder::new().num_threads(bakers).build();
    pool.map_err(io::Error::other)?.install(|| {
        let cakes = (0..work.all as usize)
            .into_par_iter()
            .with_max_len(1)
            .map(|number| {
                let cake = Cake::mixed(number as u64);
                std::thread::sleep(cake.left());
                cake.frost();
                1
            });
        Ok(cakes.sum())
    })
}
