//! A task for each connection, on tokio's current-thread runtime.

use std::future::Future;
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
use crate::jobs;

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
    serve(bakers, work, |number| async move {
        let cake = Cake::mixed(number);
        tokio::time::sleep_until(cake.out.into()).await;
        cake.frost();
        Ok(())
    })
}

pub(crate) fn offload(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, |number| async move {
        tokio::time::sleep(jobs::WAIT).await;
        if jobs::calls(number) {
            tokio::task::spawn_blocking(jobs::call).await?;
        }
        Ok(())
    })
}

pub(crate) fn responsive(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, |number| async move {
        tokio::time::sleep(jobs::BEAT).await;
        jobs::beat(number);
        Ok(())
    })
}

pub(crate) fn compute(units: usize, work: &Arc<Work>) -> io::Result<u64> {
    serve(units, work, |number| async move {
        jobs::compute(number);
        Ok(())
    })
}

/// So many tasks that serve orders until none is left.
fn serve<F, O>(units: usize, work: &Arc<Work>, order: F) -> io::Result<u64>
where
    F: Fn(u64) -> O + Copy + Send + 'static,
    O: Future<Output = io::Result<()>> + Send,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..units {
            let work = Arc::clone(work);
            tasks.spawn(async move {
                let mut served = 0;
                while let Some(number) = work.next() {
                    order(number).await?;
                    served += 1;
                }
                Ok::<u64, io::Error>(served)
            });
        }
        tasks.join_all().await.into_iter().sum()
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
