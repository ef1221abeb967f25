//! A task for each connection, on one of monoio's runtimes.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use monoio::buf::{IoBufMut, SliceMut};
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::{IoUringDriver, RuntimeBuilder};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let mut runtime = RuntimeBuilder::<IoUringDriver>::new()
        .enable_timer()
        .build()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for connection in connections {
            let mut connection = monoio::net::TcpStream::from_std(connection)?;
            let work = Arc::clone(work);
            tasks.push(monoio::spawn(async move {
                let (mut exchange, mut answers) = (Exchange::new(), 0);
                while let Some(item) = work.next() {
                    let request = exchange.lend_request(item)?;
                    let (written, request) = connection.write_all(request).await;
                    exchange.take_request_back(request);
                    written?;
                    loop {
                        let (answer, filled) = exchange.lend();
                        let (read, answer): (_, SliceMut<_>) =
                            connection.read(answer.slice_mut(filled..)).await;
                        exchange.take_back(answer.into_inner());
                        if exchange.advance(read?)? {
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
    })
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let mut runtime = RuntimeBuilder::<IoUringDriver>::new()
        .enable_timer()
        .build()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..bakers {
            let work = Arc::clone(work);
            tasks.push(monoio::spawn(async move {
                let mut cakes = 0;
                while let Some(number) = work.next() {
                    let cake = Cake::mixed(number);
                    let out = monoio::time::Instant::from_std(cake.out);
                    monoio::time::sleep_until(out).await;
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
    })
}
