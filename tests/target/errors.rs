//! Failures of single orders: tolerated, counted by kind, and in no time.

use std::net::TcpListener;

use bakeoff::record::latency;
use bakeoff::record::row::Row;

use crate::target::server::{Reply, Server, answer};
use crate::target::{ORDERS, flagged, models, sample, with_reqwest};

/// Every fourth request of it goes wrong.
fn faulty(wrong: fn() -> Reply) -> Server {
    Server::start(move |number| match number % 4 {
        3 => wrong(),
        _ => Reply::Keep(answer(200)),
    })
}

/// So many failed of this kind, and the figures are those of the others.
fn holds(row: &Row, kind: &str, failed: u64, of: &str) {
    assert_eq!(row.error, None, "{of}");
    let failures: Vec<_> = row.failures.iter().collect();
    assert_eq!(failures, [(&kind.to_owned(), &failed)], "{of}");
    assert!(flagged(row, "order-errors"), "{of}");
    assert_eq!(row.orders, ORDERS, "{of}");
    let answered = ORDERS - failed;
    let rate = answered as f64 * 1e9 / row.wall_ns.unwrap() as f64;
    assert!(
        (row.orders_per_s.unwrap() / rate - 1.0).abs() < 1e-9,
        "{of}"
    );
    let times = latency::decode(row.service.as_ref().unwrap()).unwrap();
    assert_eq!(times.len(), answered, "{of}");
}

#[test]
fn a_status_that_is_not_accepted_is_counted() {
    for model in with_reqwest() {
        let server = faulty(|| Reply::Keep(answer(503)));
        let row = sample(&server.url(), model, &["errors=25%"]);
        holds(&row, "status 503", ORDERS / 4, model);
    }
}

#[test]
fn a_status_that_is_accepted_is_none() {
    let server = faulty(|| Reply::Keep(answer(503)));
    let row = sample(&server.url(), "os-threads", &["accept=200,503"]);
    assert_eq!((&row.error, row.failures.len()), (&None, 0));
    assert!(!flagged(&row, "order-errors"));
}

#[test]
fn more_failures_than_are_tolerated_void_the_sample() {
    for model in with_reqwest() {
        let server = faulty(|| Reply::Keep(answer(503)));
        let error = sample(&server.url(), model, &["errors=1%"]).error.unwrap();
        for word in [
            "3 of 12 orders failed (25.000 %)",
            "1.000 % may",
            "3 × status 503",
        ] {
            assert!(error.contains(word), "{model}: {error}");
        }
    }
}

#[test]
fn an_answer_that_never_comes_is_counted_where_it_is_waited_for_so_long() {
    for model in with_reqwest() {
        let server = faulty(|| Reply::Silence);
        // A pooled connection that was given up must not be used again.
        let sets = ["errors=50%", "timeout=300ms"];
        let row = sample(&server.url(), model, &sets);
        assert_eq!(row.error, None, "{model}");
        holds(&row, "timeout", ORDERS / 4, model);
    }
}

#[test]
fn half_an_answer_is_counted() {
    for model in models() {
        let server = faulty(|| Reply::Close(b"HTTP/1.1 200 OK\r\nContent-".to_vec()));
        let row = sample(&server.url(), model, &["errors=25%"]);
        holds(&row, "closed", ORDERS / 4, model);
    }
}

#[test]
fn what_is_not_http_is_counted() {
    for model in with_reqwest() {
        let server = faulty(|| Reply::Close(b"220 mail.test ESMTP\r\n\r\n".to_vec()));
        let row = sample(&server.url(), model, &["errors=25%"]);
        holds(&row, "malformed", ORDERS / 4, model);
    }
}

/// The connections before the clock fail too, and their units go on.
#[test]
fn a_server_that_is_gone_is_too_many_failures() {
    let port = {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().port()
    };
    for model in with_reqwest() {
        let url = format!("http://127.0.0.1:{port}/");
        let error = sample(&url, model, &["errors=50%"]).error.unwrap();
        assert!(error.contains("12 × refused"), "{model}: {error}");
    }
}

/// With orders from outside, response times leave out the same orders.
#[test]
fn response_times_are_those_of_the_others() {
    let server = faulty(|| Reply::Keep(answer(500)));
    let sets = ["errors=25%", "arrivals=constant", "rate=1000"];
    let row = sample(&server.url(), "os-threads", &sets);
    holds(&row, "status 500", ORDERS / 4, "open loop");
    let times = latency::decode(row.response.as_ref().unwrap()).unwrap();
    assert_eq!(times.len(), ORDERS - ORDERS / 4);
}
