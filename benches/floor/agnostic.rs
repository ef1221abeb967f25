//! A task for each connection over agnostic's traits, on tokio's multi-threaded runtime.
//! What uses the traits knows no runtime: `serve` and `bake_all`.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use agnostic_net::Net;
use agnostic_net::io::futures_io::{AsyncReadExt, AsyncWriteExt};
use agnostic_net::runtime::{LocalRuntimeLite, RuntimeLite};
use tokio::runtime::Runtime;

use crate::Work;
use crate::cake::Cake;
use crate::exchange::Exchange;

pub(crate) fn fetch(connections: Vec<TcpStream>, work: &Arc<Work>) -> io::Result<u64> {
    on_a_worker(serve::<agnostic_net::tokio::Net>(
        connections,
        Arc::clone(work),
    ))
}

pub(crate) fn bake(bakers: usize, work: &Arc<Work>) -> io::Result<u64> {
    on_a_worker(bake_all::<agnostic_net::tokio::Net>(
        bakers,
        Arc::clone(work),
    ))
}

/// Runs the root where its tasks run, on as many threads as this process may use.
fn on_a_worker<F>(root: F) -> io::Result<u64>
where
    F: Future<Output = io::Result<u64>> + Send + 'static,
{
    let runtime = Runtime::new()?;
    let _inside = runtime.enter();
    type Tokio = <agnostic_net::tokio::Net as Net>::Runtime;
    Tokio::block_on(async { Tokio::spawn(root).await? })
}

async fn serve<N: Net>(connections: Vec<TcpStream>, work: Arc<Work>) -> io::Result<u64> {
    let mut tasks = Vec::new();
    for connection in connections {
        connection.set_nonblocking(true)?;
        let mut connection = N::TcpStream::try_from(connection)?;
        let work = Arc::clone(&work);
        tasks.push(N::Runtime::spawn(async move {
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
        answers += task.await.map_err(Into::into)??;
    }
    Ok(answers)
}

async fn bake_all<N: Net>(bakers: usize, work: Arc<Work>) -> io::Result<u64> {
    let mut tasks = Vec::new();
    for _ in 0..bakers {
        let work = Arc::clone(&work);
        tasks.push(N::Runtime::spawn(async move {
            let mut cakes = 0;
            while let Some(number) = work.next() {
                let cake = Cake::mixed(number);
                N::Runtime::sleep_until(cake.out.into()).await;
                cake.frost();
                cakes += 1;
            }
            cakes
        }));
    }
    let mut cakes = 0;
    for task in tasks {
        cakes += task.await.map_err(Into::into)?;
    }
    Ok(cakes)
}
