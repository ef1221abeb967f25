//! Connections that a server closes, and names with several addresses.

use bakeoff::http1::Method;
use bakeoff::lab::Target;

use crate::target::server::{Reply, Server, answer};
use crate::target::{CONCURRENCY, ORDERS, flagged, models, sample, sample_of, with_reqwest};

/// It closes each connection after an answer and says nothing of it, as one does
/// whose limit for idle connections has passed.
#[test]
fn an_order_is_sent_again_where_its_idle_connection_was_closed() {
    for model in models() {
        for method in ["method=GET", "method=POST"] {
            let server = Server::start(|_| Reply::Close(answer(200)));
            let row = sample(&server.url(), model, &[method]);
            assert_eq!(row.error, None, "{model}");
            assert_eq!(server.requests().len() as u64, ORDERS, "{model}");
            // Those that were opened before the clock count for nothing.
            let opened = server.connections() - CONCURRENCY;
            assert!(opened >= ORDERS - CONCURRENCY, "{model}: {opened}");
            assert_eq!(row.reconnects, Some(opened), "{model}");
            assert!(flagged(&row, "reconnects"), "{model}");
            assert!(row.failures.is_empty(), "{model}");
        }
    }
}

#[test]
fn a_server_that_announces_the_end_is_reconnected_to() {
    let closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    for model in models() {
        let server = Server::start(|_| Reply::Close(closing.to_vec()));
        let row = sample(&server.url(), model, &[]);
        assert_eq!(row.error, None, "{model}");
        let opened = server.connections() - CONCURRENCY;
        assert_eq!(row.reconnects, Some(opened), "{model}");
    }
}

#[test]
fn a_server_that_keeps_connections_is_not_reconnected_to() {
    for model in with_reqwest() {
        let server = Server::start(|_| Reply::Keep(answer(200)));
        let row = sample(&server.url(), model, &[]);
        assert_eq!(row.error, None, "{model}");
        // reqwest's pool does not say.
        let known = !model.ends_with("@reqwest");
        assert_eq!(row.reconnects, known.then_some(0), "{model}");
        assert!(!flagged(&row, "reconnects"), "{model}");
    }
}

#[test]
fn a_connection_per_order_is_no_reconnection() {
    let server = Server::start(|_| Reply::Close(answer(200)));
    let row = sample(&server.url(), "os-threads", &["connection=per-order"]);
    assert_eq!((row.error, row.reconnects), (None, Some(0)));
    assert_eq!(server.connections(), ORDERS);
}

#[test]
fn a_new_connection_that_is_closed_without_an_answer_is_an_error() {
    for model in models() {
        let server = Server::start(|_| Reply::Close(Vec::new()));
        let error = sample(&server.url(), model, &[]).error.unwrap();
        let why = "closed the connection instead of answering";
        assert!(
            error.contains(why) || error.to_lowercase().contains("reset"),
            "{model}: {error}"
        );
        // Each order that was begun was sent twice, and not for ever.
        assert!(server.requests().len() as u64 <= 2 * ORDERS, "{model}");
    }
}

/// Half an answer is an answer: whether the order was carried out is not known.
#[test]
fn half_an_answer_is_not_asked_for_again() {
    let server = Server::start(|number| match number {
        0..6 => Reply::Keep(answer(200)),
        _ => Reply::Close(b"HTTP/1.1 200 OK\r\n".to_vec()),
    });
    let error = sample(&server.url(), "os-threads", &["concurrency=1"])
        .error
        .unwrap();
    assert!(error.contains("in the middle of a response"), "{error}");
    assert_eq!(server.requests().len(), 7);
}

/// Of all addresses of a name the first one that connects is used.
#[cfg(target_os = "linux")]
#[test]
fn each_address_of_a_name_is_tried() {
    for model in with_reqwest() {
        for sets in [&[][..], &["timeout=5s"], &["connection=per-order"]] {
            let server = Server::start(|_| Reply::Keep(answer(200)));
            let url = format!("http://localhost:{}/", server.port());
            let mut target = Target::parse(&url).unwrap();
            // Nobody listens at the first; the port is the same, as of a name.
            target.addresses = ["127.0.0.2", "127.0.0.1"]
                .map(|ip| format!("{ip}:{}", server.port()).parse().unwrap())
                .to_vec();
            let row = sample_of(target.clone(), model, sets);
            assert_eq!(row.error, None, "{model} {sets:?}");
            assert_eq!(server.requests().len() as u64, ORDERS, "{model}");
            // Whoever asks before measuring spares the runners that.
            assert_eq!(target.ask(Method::Get).unwrap(), 200);
            assert_eq!(target.addresses[0].ip().to_string(), "127.0.0.1");
            assert!(!target.expected.is_zero());
        }
    }
}
