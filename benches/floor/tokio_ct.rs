//! A task for each connection, on tokio's current-thread runtime.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;
use crate::files::Files;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for connection in connections {
            connection.set_nonblocking(true)?;
            let mut connection = tokio::net::TcpStream::from_std(connection)?;
            let work = Arc::clone(work);
            tasks.spawn(async move {
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
            });
        }
        tasks.join_all().await.into_iter().sum()
    })
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..bakers {
            let work = Arc::clone(work);
            tasks.spawn(async move {
                let mut cakes = 0;
                while let Some(number) = work.next() {
                    let cake = Cake::mixed(number);
                    tokio::time::sleep_until(cake.out.into()).await;
                    cake.frost();
                    cakes += 1;
                }
                cakes
            });
        }
        Ok(tasks.join_all().await.into_iter().sum())
    })
}

pub(crate) fn read(units: usize, work: &Arc<Work>, files: &Arc<Files>) -> io::Result<u64> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..units {
            let (work, files) = (Arc::clone(work), Arc::clone(files));
            tasks.spawn(async move {
                let (mut reads, mut sums) = (0, 0);
                while let Some(number) = work.next() {
                    let bytes = tokio::fs::read(files.path(number)).await?;
                    sums ^= Files::sum(&bytes);
                    reads += 1;
                }
                files.keep(sums);
                Ok::<u64, io::Error>(reads)
            });
        }
        tasks.join_all().await.into_iter().sum()
    })
}
