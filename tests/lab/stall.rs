//! Coordinated omission, shown: a server that stalls once, for a known time, is
//! seen in the response times of an open loop and not in the service times of a
//! closed one.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

use bakeoff::base::seed::SEED;
use bakeoff::lab::{Lab, Target};
use bakeoff::record::latency::merge;
use bakeoff::record::row::Row;
use bakeoff::scenarios;
use bakeoff::selection::{self, Set};

/// How long the server stalls.
const STALL: Duration = Duration::from_secs(1);
/// How long it stalls where schedules are short: less than one of them.
const SHORT: Duration = Duration::from_millis(200);
/// Requests that it answers before.
const BEFORE: u64 = 200;

/// A server that answers at once, but for one stall in which nobody is served.
fn stalling_server(stall: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = Arc::new(AtomicU64::new(0));
    let shutter = Arc::new(RwLock::new(()));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (served, shutter) = (Arc::clone(&served), Arc::clone(&shutter));
            thread::spawn(move || serve(client.unwrap(), stall, &served, &shutter));
        }
    });
    address
}

fn serve(
    client: TcpStream,
    stall: Duration,
    served: &AtomicU64,
    shutter: &RwLock<()>,
) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut from = BufReader::new(client.try_clone().ok()?);
    let mut to = client;
    loop {
        // A GET ends with an empty line.
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if from.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        if served.fetch_add(1, SeqCst) == BEFORE {
            let _closed = shutter.write().unwrap();
            thread::sleep(stall);
        }
        drop(shutter.read().unwrap());
        to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ncake")
            .ok()?;
    }
}

/// Samples of a cell against a server of its own that stalls once.
fn measured(samples: u64, stall: Duration, sets: &[&str]) -> Vec<Row> {
    let known = scenarios::embedded().unwrap();
    let pattern = ["fetch/no-delay/os-threads".to_owned()];
    let mut cell = selection::select(&known, &pattern, &[], Set::Default)
        .unwrap()
        .remove(0);
    for text in sets.iter().chain(&["concurrency=4"]) {
        cell.set(text).unwrap();
    }
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    let url = format!("http://{}/", stalling_server(stall));
    lab.aim(Target::parse(&url).unwrap());
    let mut open = lab.open(&cell.resolve().unwrap()).unwrap();
    let sample = |at| {
        let row = open.sample(&mut lab, SEED + at, 0, 0);
        assert_eq!(row.error, None);
        row
    };
    let rows = (0..samples).map(sample).collect();
    open.close().unwrap();
    rows
}

#[test]
fn a_stall_is_in_the_response_times_of_an_open_loop_alone() {
    let stall_ns = STALL.as_nanos() as u64;
    let one = |sets: &[&str]| measured(1, STALL, sets).remove(0);
    let closed = one(&["orders=1500"]).service.unwrap();
    // Four of 1,500 orders met it: it is the maximum, and no 99th percentile.
    assert!(closed.max_ns >= stall_ns / 2);
    assert!(closed.p99_ns.unwrap() < stall_ns / 2, "{closed:?}");
    // In the second of the stall, 500 users came.
    let open = one(&["orders=1500", "arrivals=poisson", "rate=500"]);
    let (service, response) = (open.service.unwrap(), open.response.unwrap());
    assert!(response.p99_ns.unwrap() >= stall_ns / 2, "{response:?}");
    assert!(service.p99_ns.unwrap() < stall_ns / 2, "{service:?}");
}

/// Four schedules of half a second see it as one of two seconds does: it is in the
/// response times of as many users.
#[test]
fn short_schedules_together_see_a_rare_stall_as_a_long_one_does() {
    let p95 = |samples: u64| {
        let orders = format!("orders={}", 1200 / samples);
        let sets = [orders.as_str(), "arrivals=constant", "rate=600"];
        let rows = measured(samples, SHORT, &sets);
        let merged = merge(rows.iter().filter_map(|row| row.response.as_ref()));
        let merged = merged.unwrap().unwrap();
        let late = bakeoff::record::latency::decode(&merged).unwrap();
        assert_eq!(late.len(), 1200);
        // A tenth of the users came while it lasted, half of these in its first half.
        Duration::from_nanos(late.value_at_quantile(0.95))
    };
    for samples in [1, 4] {
        let late = p95(samples);
        assert!(late >= SHORT / 3, "{samples}: {late:?}");
    }
}
