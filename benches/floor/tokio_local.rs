//! A task for each connection, on a tokio runtime whose tasks never move.

use std::io;
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::JoinSet;

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    // What stays on one thread needs no atomic count.
    let work = Rc::new(Arc::clone(work));
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for connection in connections {
            connection.set_nonblocking(true)?;
            let mut connection = tokio::net::TcpStream::from_std(connection)?;
            let work = Rc::clone(&work);
            tasks.spawn_local(async move {
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
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    let work = Rc::new(Arc::clone(work));
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..bakers {
            let work = Rc::clone(&work);
            tasks.spawn_local(async move {
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
