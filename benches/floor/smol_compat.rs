//! A task for each connection of tokio's, in async-compat, on smol's executor, run by the
//! calling thread.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use async_compat::CompatExt;
use smol::Executor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let executor = Executor::new();
    let root = async {
        let mut tasks = Vec::new();
        for connection in connections {
            connection.set_nonblocking(true)?;
            let mut connection = tokio::net::TcpStream::from_std(connection)?;
            let asks = async move {
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
            };
            tasks.push(executor.spawn(asks.compat()));
        }
        let mut answers = 0;
        for task in tasks {
            answers += task.await?;
        }
        Ok(answers)
    };
    smol::block_on(executor.run(root.compat()))
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let executor = Executor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for _ in 0..bakers {
            let bakes = async move {
                let mut cakes = 0;
                while let Some(number) = work.next() {
                    let cake = Cake::mixed(number);
                    tokio::time::sleep_until(cake.out.into()).await;
                    cake.frost();
                    cakes += 1;
                }
                cakes
            };
            tasks.push(executor.spawn(bakes.compat()));
        }
        let mut cakes = 0;
        for task in tasks {
            cakes += task.await;
        }
        Ok(cakes)
    }))
}
