//! A task for each connection, on smol's executor, run by the calling thread.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, Executor, Timer};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let executor = Executor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for connection in connections {
            let mut connection = smol::net::TcpStream::from(Async::new(connection)?);
            tasks.push(executor.spawn(async move {
                let (mut exchange, mut answers) = (Exchange::new(), 0);
                while let Some(item) = work.next() {
                    connection.write_all(exchange.request(item)?).await?;
                    loop {
                        let read = connection.read(exchange.space()).await?;
                        if exchange.advance(read)? {
                            break;
                        }
                    }
                    answers += 1;
                }
                Ok::<u64, io::Error>(answers)
            }));
        }
        let mut answers = 0;
        for task in tasks {
            answers += task.await?;
        }
        Ok(answers)
    }))
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let executor = Executor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for _ in 0..bakers {
            tasks.push(executor.spawn(async move {
                let mut cakes = 0;
                while let Some(number) = work.next() {
                    let cake = Cake::mixed(number);
                    Timer::at(cake.out).await;
                    cake.frost();
                    cakes += 1;
                }
                cakes
            }));
        }
        let mut cakes = 0;
        for task in tasks {
            cakes += task.await;
        }
        Ok(cakes)
    }))
}
