//! What is sent, and which answers are taken.

use crate::target::server::{Reply, Server, answer};
use crate::target::{CONCURRENCY, ORDERS, sample, with_reqwest};

fn field<'a>(request: &'a str, name: &str) -> Vec<&'a str> {
    request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn requests_name_the_host_of_the_url_and_no_fragment() {
    for model in with_reqwest() {
        let server = Server::start(|_| Reply::Keep(answer(200)));
        let host = format!("localhost:{}", server.port());
        let row = sample(&format!("http://{host}/a/../b?c=d#e"), model, &[]);
        assert_eq!(row.error, None, "{model}");
        let requests = server.requests();
        assert_eq!(requests.len() as u64, ORDERS, "{model}");
        for request in &requests {
            assert!(request.starts_with("GET /b?c=d HTTP/1.1\r\n"), "{request}");
            assert_eq!(field(request, "host"), [host.as_str()], "{model}");
        }
    }
}

#[test]
fn forms_are_posted_to_a_target_too() {
    for model in with_reqwest() {
        let server = Server::start(|_| Reply::Keep(answer(201)));
        let row = sample(&server.url(), model, &["method=POST"]);
        assert_eq!(row.error, None, "{model}");
        for request in server.requests() {
            assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("\"customer\":"), "{request}");
        }
    }
}

/// Answers that every client takes, each with what must be set for it.
fn taken() -> Vec<(&'static str, Vec<u8>, bool, &'static str)> {
    let fields = |count: usize, value: &str| -> String {
        (0..count)
            .map(|number| format!("X-Field-{number}: {value}\r\n"))
            .collect()
    };
    let ok = "HTTP/1.1 200 OK\r\n";
    let all = "accept=2xx";
    let text = |text: String| text.into_bytes();
    vec![
        (
            "a body until the end",
            text(format!("{ok}\r\nuntil the end")),
            true,
            all,
        ),
        (
            "the same of HTTP/1.0",
            text("HTTP/1.0 200 OK\r\n\r\nuntil the end".into()),
            true,
            all,
        ),
        (
            "a head of 9 kB",
            text(format!("{ok}{}Content-Length: 2\r\n\r\nok", fields(9, &"x".repeat(1000)))),
            false,
            all,
        ),
        (
            "70 fields",
            text(format!("{ok}{}Content-Length: 2\r\n\r\nok", fields(70, "x"))),
            false,
            all,
        ),
        (
            "one length twice",
            text(format!("{ok}Content-Length: 6, 6\r\n\r\nsix ok")),
            false,
            all,
        ),
        (
            "gzip below chunks",
            text(format!(
                "{ok}Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nzzzz\r\n0\r\n\r\n"
            )),
            false,
            all,
        ),
        (
            "an interim answer before",
            text(format!(
                "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{ok}Content-Length: 2\r\n\r\nok"
            )),
            false,
            all,
        ),
        (
            "no content",
            text("HTTP/1.1 204 No Content\r\n\r\n".into()),
            false,
            all,
        ),
        (
            "not modified, with the length of what was not sent",
            text("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n".into()),
            false,
            "accept=200,304",
        ),
        (
            "a redirection, which nobody follows",
            text("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nok".into()),
            false,
            "accept=302",
        ),
    ]
}

#[test]
fn what_one_client_takes_the_other_takes() {
    for model in with_reqwest() {
        for (what, bytes, close, accept) in taken() {
            let server = Server::start(move |_| match close {
                true => Reply::Close(bytes.clone()),
                false => Reply::Keep(bytes.clone()),
            });
            let row = sample(&server.url(), model, &[accept]);
            assert_eq!(row.error, None, "{model}, {what}");
            assert_eq!(server.requests().len() as u64, ORDERS, "{model}, {what}");
            // A pool may open more than are needed at once.
            if !close && !model.ends_with("@reqwest") {
                assert!(server.connections() <= CONCURRENCY, "{model}, {what}");
            }
        }
    }
}

#[test]
fn what_is_not_taken_is_told_with_the_reason() {
    for (bytes, why) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
            "given twice with two values",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "both Content-Length and Transfer-Encoding",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            "switched protocols",
        ),
        ("220 mail.test ESMTP\r\n", "does not begin with HTTP/"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
            "in the middle of a response",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nok",
            "status 404 is not accepted",
        ),
    ] {
        let server = Server::start(move |_| Reply::Close(bytes.into()));
        let error = sample(&server.url(), "os-threads", &[]).error.unwrap();
        assert!(error.contains(why), "{bytes:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
