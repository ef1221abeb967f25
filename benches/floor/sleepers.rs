//! Units that sleep and do nothing else, as each community writes them: what one takes is
//! the least that a task, a coroutine or a thread can take there.

use std::io;
use std::thread;
use std::time::Duration;

/// Has so many units sleep at once, so long each, and waits for all of them.
pub(crate) type Sleepers = fn(usize, Duration) -> io::Result<()>;

macro_rules! sleepers {
    ($($(#[$with:meta])* $function:ident = $model:literal;)*) => {
        /// By the names of models.
        pub(crate) const ALL: &[(&str, Sleepers)] = &[$($(#[$with])* ($model, $function)),*];
    };
}

sleepers! {
    os_threads = "os-threads";
    tokio_mt = "tokio-mt";
    tokio_ct = "tokio-ct";
    tokio_local = "tokio-local";
    #[cfg(feature = "idioms")] tokio_join_all = "tokio-mt-join-all";
    smol = "smol";
    smol_local = "smol-local";
    #[cfg(feature = "async-std")] async_std = "async-std";
    #[cfg(all(feature = "completion", target_os = "linux"))] compio = "compio";
    #[cfg(all(feature = "completion", target_os = "linux"))] monoio = "monoio";
    #[cfg(feature = "green")] may = "may";
}

fn panicked<E>(_: E) -> io::Error {
    io::Error::other("a unit panicked")
}

fn os_threads(units: usize, wait: Duration) -> io::Result<()> {
    let mut threads = Vec::new();
    for _ in 0..units {
        threads.push(thread::Builder::new().spawn(move || thread::sleep(wait))?);
    }
    threads
        .into_iter()
        .try_for_each(|thread| thread.join().map_err(panicked))
}

fn tokio_mt(units: usize, wait: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(tokio::spawn(async move { tokio::time::sleep(wait).await }));
        }
        for task in tasks {
            task.await?;
        }
        Ok(())
    })
}

fn tokio_ct(units: usize, wait: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(tokio::spawn(async move { tokio::time::sleep(wait).await }));
        }
        for task in tasks {
            task.await?;
        }
        Ok(())
    })
}

fn tokio_local(units: usize, wait: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(tokio::task::spawn_local(async move {
                tokio::time::sleep(wait).await;
            }));
        }
        for task in tasks {
            task.await?;
        }
        Ok(())
    })
}

#[cfg(feature = "idioms")]
fn tokio_join_all(units: usize, wait: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let sleeps = (0..units).map(|_| tokio::time::sleep(wait));
        futures_util::future::join_all(sleeps).await;
        Ok(())
    })
}

fn smol(units: usize, wait: Duration) -> io::Result<()> {
    let executor = smol::Executor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(executor.spawn(async move {
                smol::Timer::after(wait).await;
            }));
        }
        for task in tasks {
            task.await;
        }
    }));
    Ok(())
}

fn smol_local(units: usize, wait: Duration) -> io::Result<()> {
    let executor = smol::LocalExecutor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(executor.spawn(async move {
                smol::Timer::after(wait).await;
            }));
        }
        for task in tasks {
            task.await;
        }
    }));
    Ok(())
}

#[cfg(feature = "async-std")]
fn async_std(units: usize, wait: Duration) -> io::Result<()> {
    use async_std::task;
    task::block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(task::spawn(async move { task::sleep(wait).await }));
        }
        for task in tasks {
            task.await;
        }
    });
    Ok(())
}

#[cfg(all(feature = "completion", target_os = "linux"))]
fn compio(units: usize, wait: Duration) -> io::Result<()> {
    use compio::runtime::ResumeUnwind;
    let runtime = compio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(runtime.spawn(async move { compio::time::sleep(wait).await }));
        }
        for task in tasks {
            task.await.resume_unwind();
        }
    });
    Ok(())
}

#[cfg(all(feature = "completion", target_os = "linux"))]
fn monoio(units: usize, wait: Duration) -> io::Result<()> {
    let mut runtime = monoio::RuntimeBuilder::<monoio::IoUringDriver>::new()
        .enable_timer()
        .build()?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..units {
            tasks.push(monoio::spawn(
                async move { monoio::time::sleep(wait).await },
            ));
        }
        for task in tasks {
            task.await;
        }
    });
    Ok(())
}

#[cfg(feature = "green")]
fn may(units: usize, wait: Duration) -> io::Result<()> {
    may::config().set_workers(1).set_worker_pin(false);
    let units: Vec<_> = (0..units)
        .map(|_| may::go!(move || may::coroutine::sleep(wait)))
        .collect();
    units
        .into_iter()
        .try_for_each(|unit| unit.join().map_err(panicked))
}
