//! A thread for each connection.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use crate::Work;
use crate::exchange::{Exchange, blocking};

pub(crate) fn run(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
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
