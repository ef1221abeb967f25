//! What `bakeoff run --target` refuses before it measures, and what it says.

use std::net::TcpListener;
use std::process::{Command, Output};

use crate::target::server::{Reply, Server, answer};

fn run(dir: &tempfile::TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .arg("run")
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap()
}

/// Refuses with exit status 2 and one line, which holds all of `words`.
fn refused(args: &[&str], words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let Output { status, stderr, .. } = run(&dir, args);
    let line = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{args:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{args:?}: no {word:?} in {line}");
    }
    assert!(std::fs::read_dir(&dir).unwrap().next().is_none());
}

const CELL: &str = "fetch/no-delay/os-threads";

#[test]
fn what_a_target_does_not_heed_is_refused() {
    let server = Server::start(|_| Reply::Keep(answer(200)));
    let url = server.url();
    for set in [
        "delay=1s",
        "size=500kB",
        "fault=reset:10",
        "hold=4",
        "backend=wiremock",
        "hosts=1",
    ] {
        let key = set.split('=').next().unwrap();
        let args = [CELL, "--target", &url, "--set", set];
        let told = format!("{CELL}: {key} changes nothing here");
        refused(&args, &[&told, "a target decides that"]);
    }
    let swept = [CELL, "--target", &url, "--sweep", "delay=1ms,2ms"];
    refused(&swept, &["delay changes nothing here"]);
    let placed = [CELL, "--target", &url, "--placement", "shared"];
    refused(&placed, &["--placement shared"]);
    for other in [&["bakery/cpu-bound"][..], &[]] {
        let args = [other, &["--target", &url]].concat();
        refused(
            &args,
            &["bakery/", "orders that ask a server", "--target URL"],
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_only_a_target_heeds_is_refused_without_one() {
    for (set, key) in [("accept=200", "accept"), ("errors=1%", "errors")] {
        let told = format!("{CELL}: {key} changes nothing here");
        refused(&[CELL, "--set", set], &[&told, "--target"]);
    }
    refused(&[CELL, "--set", "accept=ok"], &["accept = ok", "200,304"]);
    let placed = ["bakery/cpu-bound", "--placement", "shared"];
    refused(&placed, &["--placement shared"]);
}

#[test]
fn a_target_is_met_before_anything_is_measured() {
    let port = {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().port()
    };
    let gone = format!("http://127.0.0.1:{port}/");
    for cell in [CELL, "fetch/post-json/os-threads"] {
        refused(&[cell, "--target", &gone], &[&gone, "no connection"]);
    }
    let server = Server::start(|_| Reply::Keep(answer(404)));
    let (url, mend) = (server.url(), "--set accept=404 accepts it");
    refused(&[CELL, "--target", &url], &[&url, "status 404", mend]);
    let mail = Server::start(|_| Reply::Close(b"220 mail.test ESMTP\r\n\r\n".to_vec()));
    refused(
        &[CELL, "--target", &mail.url()],
        &["one GET failed", "HTTP/"],
    );
    let secret = url.replace("127", "user:secret@127");
    refused(&[CELL, "--target", &secret], &["a user and a password"]);
}

#[test]
fn what_of_a_scenario_a_target_does_not_heed_is_said() {
    let server = Server::start(|_| Reply::Keep(answer(200)));
    let dir = tempfile::tempdir().unwrap();
    let url = format!("{}#top", server.url());
    let args = [
        "fetch/scraper/os-threads",
        "--target",
        &url,
        "--rounds",
        "1",
        "--set",
        "orders=8",
        "--set",
        "concurrency=2",
        "--out",
        "mine",
    ];
    let Output { status, stderr, .. } = run(&dir, &args);
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    for line in [
        "fetch/scraper: its hosts = 4 changes nothing here: a target decides that by itself",
        "fetch/scraper: its delay = 100ms changes nothing here",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{said}");
    }
    // One to meet it, and twice eight: to warm up, and to measure.
    assert_eq!(server.requests().len(), 17);
    assert!(server.requests()[0].starts_with("GET / HTTP/1.1\r\n"));
}
