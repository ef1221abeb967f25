//! A task for each connection, on one of compio's runtimes.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use compio::BufResult;
use compio::buf::{IntoInner, IoBuf};
use compio::io::{AsyncRead, AsyncWriteExt};
use compio::runtime::{ResumeUnwind, Runtime};

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for connection in connections {
            let mut connection = compio::net::TcpStream::from_std(connection)?;
            let work = Arc::clone(work);
            tasks.push(runtime.spawn(async move {
                let (mut exchange, mut answers) = (Exchange::new(), 0);
                while let Some(item) = work.next() {
                    let request = exchange.lend_request(item)?;
                    let BufResult(written, request) = connection.write_all(request).await;
                    exchange.take_request_back(request);
                    written?;
                    loop {
                        let (answer, filled) = exchange.lend();
                        let BufResult(read, answer) = connection.read(answer.slice(filled..)).await;
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
            answers += task.await.resume_unwind().unwrap_or(Ok(0))?;
        }
        Ok(answers)
    })
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..bakers {
            let work = Arc::clone(work);
            tasks.push(runtime.spawn(async move {
                let mut cakes = 0;
                while let Some(number) = work.next() {
                    let cake = Cake::mixed(number);
                    compio::time::sleep_until(cake.out).await;
                    cake.frost();
                    cakes += 1;
                }
                cakes
            }));
        }
        let mut cakes = 0;
        for task in tasks {
            cakes += task.await.resume_unwind().unwrap_or(0);
        }
        Ok(cakes)
    })
}
