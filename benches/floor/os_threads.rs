//! A thread for each connection.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use crate::Work;
use crate::cake::Cake;
use crate::exchange::{Exchange, blocking};
use crate::files::Files;
use crate::jobs;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for mut connection in connections {
            threads.push(scope.spawn(move || -> io::Result<u64> {
                let (mut exchange, mut answers) = (Exchange::new(), 0);
                while let Some(item) = work.next() {
                    blocking(&mut connection, &mut exchange, item)?;
                    answers += 1;
                }
                Ok(answers)
            }));
        }
        let mut answers = 0;
        for thread in threads {
            answers += thread
                .join()
                .map_err(|_| io::Error::other("a thread panicked"))??;
        }
        Ok(answers)
    })
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(bakers, work, |number| {
        let cake = Cake::mixed(number);
        thread::sleep(cake.left());
        cake.frost();
    })
}

pub(crate) fn offload(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, |number| {
        thread::sleep(jobs::WAIT);
        if jobs::calls(number) {
            jobs::call();
        }
    })
}

pub(crate) fn responsive(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, |number| {
        thread::sleep(jobs::BEAT);
        jobs::beat(number);
    })
}

pub(crate) fn compute(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, jobs::compute)
}

/// So many threads that serve orders until none is left.
fn serve(units: usize, work: &Arc<Work>, order: impl Fn(u64) + Sync) -> io::Result<u64> {
    thread::scope(|scope| {
        let unit = || {
            let mut served = 0;
            while let Some(number) = work.next() {
                order(number);
                served += 1;
            }
            served
        };
        let threads: Vec<_> = (0..units).map(|_| scope.spawn(unit)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| io::Error::other("a thread panicked"))
        });
        joined.sum()
    })
}

pub(crate) fn read(units: usize, work: &Arc<Work>, files: &Arc<Files>) -> io::Result<u64> {
    thread::scope(|scope| {
        let reader = || -> io::Result<u64> {
            let (mut reads, mut sums) = (0, 0);
            while let Some(number) = work.next() {
                sums ^= Files::sum(&std::fs::read(files.path(number))?);
                reads += 1;
            }
            files.keep(sums);
            Ok(reads)
        };
        let threads: Vec<_> = (0..units).map(|_| scope.spawn(reader)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| io::Error::other("a thread panicked"))?
        });
        joined.sum()
    })
}
