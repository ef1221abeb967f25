//! The mock server from outside: the real binary, real sockets. Time is only
//! ever compared with what was asked for as a lower bound.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use bakeoff::server::control::{Command as Order, Reading, Reply};
use bakeoff::workload::items::{Fault, FaultKind, MAX_BODY, Pages, Profile};

const BINARY: &str = env!("CARGO_BIN_EXE_bakeoff");

/// Long enough for any machine; only a hang meets it.
const HANG: Duration = Duration::from_secs(20);

/// How long silence is listened to before it is believed.
const SILENCE: Duration = Duration::from_millis(60);

// --- the server's side -----------------------------------------------------

struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    addr: SocketAddr,
}

impl Server {
    fn start(args: &[&str]) -> Server {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--control"]).args(args);
        Server::spawn(command)
    }

    fn spawn(mut command: Command) -> Server {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Server {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            child,
        };
        match server.reply() {
            Reply::Listening { addr, pid, .. } => {
                assert_eq!(pid, server.child.id());
                server.addr = addr;
            }
            other => panic!("{other:?}"),
        }
        server
    }

    fn reply(&mut self) -> Reply {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn say(&mut self, line: &str) -> Reply {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
        self.reply()
    }

    fn order(&mut self, order: &Order) -> Reply {
        self.say(&serde_json::to_string(order).unwrap())
    }

    fn begin(&mut self, sample: u64, profile: &Profile) {
        let order = Order::Begin {
            sample,
            orders: 100,
            profile: profile.clone(),
        };
        assert_eq!(self.order(&order), Reply::Begun { sample });
    }

    fn read(&mut self) -> Reading {
        match self.order(&Order::Read {}) {
            Reply::Ledger(reading) => reading,
            other => panic!("{other:?}"),
        }
    }

    /// Reads until the ledger is as wanted.
    fn read_until(&mut self, wanted: impl Fn(&Reading) -> bool) -> Reading {
        let start = Instant::now();
        loop {
            let reading = self.read();
            if wanted(&reading) {
                return reading;
            }
            assert!(start.elapsed() < HANG, "{reading:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn connect(&self) -> Client {
        Client::new(TcpStream::connect(self.addr).unwrap())
    }

    /// Resident memory, bytes.
    fn resident(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stdin = None;
        if !std::thread::panicking() {
            assert!(self.child.wait().unwrap().success());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// --- the client's side -----------------------------------------------------

#[derive(Debug, PartialEq, Eq)]
struct Response {
    status: u16,
    head: String,
    body: Vec<u8>,
}

struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn new(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(HANG)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client {
            reader: BufReader::new(stream.try_clone().unwrap()),
            stream,
        }
    }

    fn send(&mut self, request: impl AsRef<[u8]>) {
        self.stream.write_all(request.as_ref()).unwrap();
    }

    /// The next response; none where the connection ends before it is whole.
    fn receive(&mut self, bodiless: bool) -> Option<Response> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let field = |name: &str| {
            head.lines().find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then_some(value)
            })
        };
        let mut body = Vec::new();
        if bodiless || status == 204 || status == 100 {
        } else if field("Transfer-Encoding") == Some("chunked") {
            loop {
                let mut line = String::new();
                self.reader.read_line(&mut line).ok()?;
                let size = usize::from_str_radix(line.trim_end(), 16).ok()?;
                let mut chunk = vec![0; size + 2];
                self.reader.read_exact(&mut chunk).ok()?;
                body.extend_from_slice(&chunk[..size]);
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = field("Content-Length").unwrap_or_else(|| panic!("no length: {head}"));
            body.resize(length.parse().unwrap(), 0);
            self.reader.read_exact(&mut body).ok()?;
        }
        Some(Response { status, head, body })
    }

    fn ask(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.receive(false).expect("a response")
    }

    fn get(&mut self, path: &str) -> Response {
        self.ask(get(path))
    }

    /// Whether nothing comes for a while.
    fn is_quiet(&mut self) -> bool {
        self.stream.set_read_timeout(Some(SILENCE)).unwrap();
        let quiet = matches!(
            self.reader.fill_buf().map_err(|error| error.kind()),
            Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)
        );
        self.stream.set_read_timeout(Some(HANG)).unwrap();
        quiet
    }

    /// Whether the connection ends here, in good order.
    fn is_closed(&mut self) -> bool {
        matches!(self.reader.fill_buf(), Ok([]))
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n")
}

fn put(path: &str, body: &str) -> String {
    let length = body.len();
    format!("PUT {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn post(path: &str, body: &str) -> String {
    put(path, body).replacen("PUT", "POST", 1)
}

fn sized(size: &str) -> Profile {
    Profile {
        size: size.parse().unwrap(),
        ..Profile::default()
    }
}

fn faulty(kind: FaultKind) -> Profile {
    Profile {
        fault: Some(Fault { kind, every: 2 }),
        ..sized("1000")
    }
}

fn delayed(delay: &str) -> Profile {
    Profile {
        delay: delay.parse().unwrap(),
        ..Profile::default()
    }
}

fn receipt(profile: &Profile, id: u64, body: &str) -> String {
    let receipt = profile.receipt(id, crc32fast::hash(body.as_bytes()));
    format!(r#"{{"id":{id},"receipt":"{receipt:016x}"}}"#)
}

// --- what is answered ------------------------------------------------------

#[test]
fn items_are_what_the_profile_says() {
    let mut server = Server::start(&[]);
    let profile = sized("uniform:0,200000");
    server.begin(1, &profile);
    let pages = Pages::new(MAX_BODY);
    let mut client = server.connect();
    for id in (0..40).chain([u64::MAX]) {
        let page = client.get(&format!("/items/{id}"));
        assert_eq!(page.status, 200);
        assert!(page.body == pages.body(&profile, id), "item {id}");
        let chunked = client.get(&format!("/items/{id}?chunked=1"));
        assert!(chunked.head.contains("Transfer-Encoding: chunked"));
        assert!(chunked.body == page.body, "item {id} in chunks");
        client.send(format!("HEAD /items/{id} HTTP/1.1\r\nHost: shop\r\n\r\n"));
        assert_eq!(client.receive(true).unwrap().head, page.head);
    }
}

#[test]
fn receipts_prove_that_the_payload_was_read() {
    let mut server = Server::start(&[]);
    let profile = Profile {
        seed: 99,
        ..Profile::default()
    };
    server.begin(1, &profile);
    let mut client = server.connect();
    let put_answer = client.ask(put("/items/5", "flour"));
    assert_eq!(put_answer.status, 200);
    assert!(put_answer.head.contains("Content-Type: application/json"));
    assert_eq!(put_answer.body, receipt(&profile, 5, "flour").as_bytes());
    let order = r#"{"cake":"lemon","id":77}"#;
    let posted = client.ask(post("/items", order));
    assert_eq!(posted.status, 201);
    assert_eq!(posted.body, receipt(&profile, 77, order).as_bytes());
    let deleted = client.ask("DELETE /items/5 HTTP/1.1\r\nHost: shop\r\n\r\n");
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(client.get("/ready").status, 204);
}

#[test]
fn what_is_not_there_is_said_and_the_connection_goes_on() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    for path in [
        "/",
        "/items/",
        "/items/seven",
        "/items/99999999999999999999",
    ] {
        assert_eq!(client.get(path).status, 404, "{path}");
    }
    let refused = client.get("/items");
    assert_eq!(refused.status, 405);
    assert!(refused.head.contains("Allow: POST\r\n"));
    assert_eq!(client.ask(post("/items/1", "{}")).status, 405);
    assert_eq!(client.ask(put("/nowhere", "some body")).status, 404);
    assert_eq!(client.get("/ready").status, 204);
}

#[test]
fn requests_may_come_in_any_pieces() {
    let mut server = Server::start(&[]);
    let profile = Profile::default();
    server.begin(1, &profile);
    let chunked = "PUT /items/1 HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n\
                   4\r\nflou\r\n1;x=y\r\nr\r\n0\r\nTrailer: x\r\n\r\n";
    let requests = [
        get("/items/1"),
        put("/items/1", "flour"),
        post("/items", r#"{"id":1}"#),
        chunked.to_owned(),
    ];
    let mut whole = server.connect();
    let expected: Vec<Response> = requests.iter().map(|request| whole.ask(request)).collect();
    assert_eq!(expected[3].body, receipt(&profile, 1, "flour").as_bytes());
    let mut split = server.connect();
    for (request, expected) in requests.iter().zip(&expected) {
        for byte in request.as_bytes() {
            split.send([*byte]);
        }
        assert_eq!(&split.receive(false).unwrap(), expected);
    }
    // All of them at once, many times over.
    let mut pipelined = server.connect();
    let burst = requests.concat().repeat(200);
    let mut writer = pipelined.stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(burst.as_bytes()).unwrap());
    for _ in 0..200 {
        for expected in &expected {
            assert_eq!(&pipelined.receive(false).unwrap(), expected);
        }
    }
    writing.join().unwrap();
}

#[test]
fn pipelined_requests_keep_their_order_through_delays() {
    let mut server = Server::start(&[]);
    let profile = delayed("uniform:0,3ms");
    server.begin(1, &profile);
    let pages = Pages::new(128);
    let mut client = server.connect();
    let burst: String = (0..20)
        .map(|id| get(&format!("/items/{id}?sample=1")))
        .collect();
    client.send(burst);
    for id in 0..20 {
        assert_eq!(
            client.receive(false).unwrap().body,
            pages.body(&profile, id)
        );
    }
    let ledger = server.read().ledger;
    assert_eq!((ledger.requests, ledger.peak_in_flight), (20, Some(1)));
}

#[test]
fn a_client_that_reads_late_gets_every_byte() {
    let mut server = Server::start(&[]);
    let profile = sized("1_000_000");
    server.begin(1, &profile);
    let pages = Pages::new(MAX_BODY);
    let mut client = server.connect();
    // More than any kernel buffer holds, so that writes fall short.
    client.send(
        (0..24)
            .map(|id| get(&format!("/items/{id}?sample=1")))
            .collect::<String>(),
    );
    client.stream.shutdown(Shutdown::Write).unwrap();
    std::thread::sleep(SILENCE);
    for id in 0..24 {
        let page = client.receive(false).unwrap_or_else(|| panic!("item {id}"));
        assert!(page.body == pages.body(&profile, id), "item {id}");
    }
    assert!(client.is_closed());
    let reading = server.read_until(|reading| reading.in_flight == Some(0));
    assert_eq!(reading.ledger.body_bytes, 24_000_000);
}

#[test]
fn what_cannot_be_read_is_refused_and_closed() {
    let server = Server::start(&[]);
    let long = format!("GET /{} HTTP/1.1\r\nHost: shop\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET /ready HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100));
    for (request, status) in [
        ("nonsense\r\n\r\n", 400),
        ("GET /ready HTTP/1.1\r\n\r\n", 400),
        ("GET /items/1?sample=x HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
        (
            "POST /items HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\n{}",
            400,
        ),
        (
            "PUT /items/1 HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        (
            "PUT /items/1 HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
        (
            "PUT /items/1 HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: gzip\r\n\r\n",
            501,
        ),
        (long.as_str(), 431),
        (many.as_str(), 431),
    ] {
        let mut client = server.connect();
        let refused = client.ask(request);
        assert_eq!(refused.status, status, "{request:.60}");
        assert!(refused.head.contains("Connection: close"));
        assert!(client.is_closed(), "{request:.60}");
    }
    // The refusal reaches a client that goes on sending.
    let mut client = server.connect();
    client.send("PUT /items/1 HTTP/1.1\r\nHost: shop\r\nContent-Length: 2000000\r\n\r\n");
    client.send(vec![b'x'; 2_000_000]);
    assert_eq!(client.receive(false).unwrap().status, 413);
    assert!(client.is_closed());
    let mut fine = server.connect();
    let largest = "x".repeat(1 << 20);
    assert_eq!(fine.ask(put("/items/1", &largest)).status, 200);
}

#[test]
fn connections_close_when_asked_and_stay_otherwise() {
    let server = Server::start(&[]);
    let ask = |version: &str, field: &str| {
        let mut client = server.connect();
        let request = format!("GET /items/1 HTTP/{version}\r\nHost: shop\r\n{field}\r\n");
        let first = client.ask(&request);
        assert_eq!(first.body.len(), 128);
        (first.head, client)
    };
    for (version, field) in [("1.1", "Connection: close\r\n"), ("1.0", "")] {
        let (head, mut client) = ask(version, field);
        assert!(head.contains("Connection: close"));
        assert!(client.is_closed());
    }
    for (version, field) in [("1.1", ""), ("1.0", "Connection: keep-alive\r\n")] {
        let (head, mut client) = ask(version, field);
        assert_eq!(head.contains("Connection: keep-alive"), version == "1.0");
        assert_eq!(client.get("/items/2").status, 200);
    }
}

#[test]
fn a_client_that_waits_for_leave_to_send_gets_it() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let head =
        "PUT /items/1 HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(client.ask(head).status, 100);
    assert_eq!(client.ask("flour").status, 200);
}

// --- when it is answered ---------------------------------------------------

#[test]
fn no_answer_comes_before_its_time() {
    let mut server = Server::start(&[]);
    let profile = delayed("uniform:1ms,30ms");
    server.begin(1, &profile);
    std::thread::scope(|scope| {
        for id in 0..16 {
            let (mut client, profile) = (server.connect(), &profile);
            scope.spawn(move || {
                for id in [id, id + 100] {
                    let start = Instant::now();
                    client.get(&format!("/items/{id}?sample=1"));
                    let least = Duration::from_nanos(profile.delay_ns(id));
                    assert!(start.elapsed() >= least, "item {id}");
                }
            });
        }
    });
    let reading = server.read();
    assert_eq!(reading.delayed, 32);
    assert!(reading.lateness_p50_ns <= reading.lateness_p99_ns);
    // Little's law: time in flight is at least the delays together.
    let delays: u64 = (0..16).chain(100..116).map(|id| profile.delay_ns(id)).sum();
    assert!(reading.ledger.in_flight_ns.unwrap() >= delays);
    // Warming up is never delayed, nor counted.
    server.begin(2, &delayed("1000s"));
    assert_eq!(server.connect().get("/ready?sample=2").status, 204);
    assert_eq!(server.read().ledger.requests, 0);
}

#[test]
fn held_requests_wait_for_company() {
    let mut server = Server::start(&[]);
    let profile = Profile {
        hold: 3,
        ..delayed("1ms")
    };
    server.begin(1, &profile);
    let mut clients: Vec<Client> = (0..3).map(|_| server.connect()).collect();
    for _ in 0..2 {
        for client in &mut clients[..2] {
            client.send(get("/items/1?sample=1"));
        }
        assert!(clients[0].is_quiet() && clients[1].is_quiet());
        // One that gives up is no company.
        let mut fleeting = server.connect();
        fleeting.send(get("/items/1?sample=1"));
        drop(clients.pop());
        for client in clients.iter_mut().chain([&mut fleeting]) {
            assert_eq!(client.receive(false).unwrap().status, 200);
        }
        clients.push(fleeting);
    }
    let ledger = server.read().ledger;
    assert_eq!((ledger.requests, ledger.peak_in_flight), (6, Some(3)));
    clients[0].send(get("/items/1?sample=1"));
    server.read_until(|reading| reading.in_flight == Some(1));
    drop(clients);
    server.read_until(|reading| reading.in_flight == Some(0));
    let mut others: Vec<Client> = (0..3).map(|_| server.connect()).collect();
    for client in &mut others[..2] {
        client.send(get("/items/1?sample=1"));
    }
    assert!(others[0].is_quiet());
    others[2].send(get("/items/1?sample=1"));
    assert!(
        others
            .iter_mut()
            .all(|client| client.receive(false).is_some())
    );
}

// --- what goes wrong on purpose --------------------------------------------

#[test]
fn each_fault_is_as_described() {
    let mut server = Server::start(&[]);
    let pages = Pages::new(1000);
    let path = "/items/1?sample=1";

    server.begin(1, &faulty(FaultKind::Status500));
    let mut client = server.connect();
    assert_eq!(client.get(path).status, 500);
    assert_eq!(client.get("/items/2?sample=1").status, 200);
    let ledger = server.read().ledger;
    assert_eq!((ledger.requests, ledger.body_bytes), (2, 1000));

    server.begin(1, &faulty(FaultKind::Reset));
    let mut client = server.connect();
    client.send(get(path));
    let error = client.reader.fill_buf().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    let profile = faulty(FaultKind::Truncate);
    server.begin(1, &profile);
    let mut client = server.connect();
    client.send(get(path));
    let mut text = Vec::new();
    client.reader.read_to_end(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Length: 1000"));
    assert_eq!(body.as_bytes(), &pages.body(&profile, 1)[..500]);

    server.begin(1, &faulty(FaultKind::Silence));
    let mut client = server.connect();
    client.send(get(path));
    assert!(client.is_quiet());
    assert_eq!(server.read().in_flight, Some(1));
    drop(client);
    server.read_until(|reading| reading.in_flight == Some(0));

    let profile = faulty(FaultKind::Drip);
    server.begin(1, &profile);
    let mut client = server.connect();
    let start = Instant::now();
    assert_eq!(client.get(path).body, pages.body(&profile, 1));
    // Eight pieces have seven pauses between them.
    assert!(start.elapsed() >= Duration::from_millis(14));
    assert_eq!(client.get("/items/2").body, pages.body(&profile, 2));
    let close = format!(
        "{}Connection: close\r\n\r\n",
        get(path).trim_end_matches("\r\n\r\n").to_owned() + "\r\n"
    );
    assert_eq!(client.ask(close).body, pages.body(&profile, 1));
    assert!(client.is_closed());
}

// --- what is counted -------------------------------------------------------

#[test]
fn the_ledger_is_exact() {
    let mut server = Server::start(&[]);
    let profile = Profile {
        hold: 4,
        ..sized("uniform:1,50000")
    };
    server.begin(7, &profile);
    std::thread::scope(|scope| {
        for lane in 0..4 {
            let mut client = server.connect();
            scope.spawn(move || {
                for turn in 0..25 {
                    let id = (lane * 25 + turn) % 60;
                    client.get(&format!("/items/{id}?sample=7"));
                }
            });
        }
    });
    let bytes = |id: u64| profile.body_len(id % 60) as u64;
    let reading = server.read();
    let ledger = &reading.ledger;
    assert_eq!(ledger.requests, 100);
    assert_eq!(ledger.distinct, 60);
    assert_eq!(ledger.body_bytes, (0..100).map(bytes).sum::<u64>());
    assert_eq!(ledger.connections, Some(4));
    assert_eq!(ledger.peak_in_flight, Some(4));
    assert_eq!(reading.in_flight, Some(0));
    assert!(reading.cpu_ns > 0);

    // Every method counts, with the bytes that its response carries.
    server.begin(8, &Profile::default());
    let mut client = server.connect();
    client.send("HEAD /items/1?sample=8 HTTP/1.1\r\nHost: shop\r\n\r\n");
    client.receive(true).unwrap();
    let put = client.ask(put("/items/2?sample=8", "x"));
    let post = client.ask(post("/items?sample=8", r#"{"id":3}"#));
    client.ask("DELETE /items/4?sample=8 HTTP/1.1\r\nHost: shop\r\n\r\n");
    let ledger = server.read().ledger;
    assert_eq!((ledger.requests, ledger.distinct), (4, 4));
    assert_eq!(ledger.body_bytes, (put.body.len() + post.body.len()) as u64);
    assert_eq!(
        (ledger.connections, ledger.peak_in_flight),
        (Some(1), Some(1))
    );
}

#[test]
fn samples_do_not_mix() {
    let mut server = Server::start(&[]);
    let mut client = server.connect();
    server.begin(1, &Profile::default());
    client.get("/items/1?sample=1");
    server.begin(2, &Profile::default());
    for stale in ["/items/1?sample=1", "/items/1", "/items/1?sample=0"] {
        assert_eq!(client.get(stale).status, 200);
    }
    assert_eq!(server.read().ledger.requests, 0);
    client.get("/items/1?sample=2");
    let ledger = server.read().ledger;
    assert_eq!((ledger.requests, ledger.connections), (1, Some(1)));

    // What an earlier sample left unanswered is given up; idle connections stay.
    server.begin(3, &delayed("1000s"));
    let mut waiting = server.connect();
    waiting.send(get("/items/1?sample=3"));
    server.read_until(|reading| reading.in_flight == Some(1));
    server.begin(4, &Profile::default());
    assert_eq!(server.read().in_flight, Some(0));
    assert!(waiting.is_closed());
    assert_eq!(client.get("/items/1?sample=4").status, 200);
}

#[test]
fn who_gives_up_is_no_longer_in_flight() {
    let mut server = Server::start(&[]);
    server.begin(1, &delayed("1000s"));
    let mut clients: Vec<Client> = (0..10).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(get("/items/1?sample=1"));
    }
    server.read_until(|reading| reading.in_flight == Some(10));
    clients.truncate(3);
    server.read_until(|reading| reading.in_flight == Some(3));
    assert_eq!(server.read().ledger.peak_in_flight, Some(10));
}

// --- how it is run ---------------------------------------------------------

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_bad_command_is_answered_and_survived() {
    let mut server = Server::start(&[]);
    let broken = r#"{"begin":{"sample":1,"orders":1,"profile":{"seed":1,"delay":"none","size":"1","fault":{"kind":"reset","every":0},"hold":0}}}"#;
    for line in ["{", "{\"fly\":{}}", "begin", broken] {
        assert!(matches!(server.say(line), Reply::Error { .. }), "{line}");
    }
    server.begin(1, &Profile::default());
}

#[test]
fn the_end_of_the_control_path_is_the_end() {
    let mut stopped = Server::start(&[]);
    writeln!(stopped.stdin.as_mut().unwrap(), r#"{{"stop":{{}}}}"#).unwrap();
    assert!(stopped.child.wait().unwrap().success());
    // Dropping one closes its input, and expects exit 0: also under load.
    let mut busy = Server::start(&[]);
    busy.begin(1, &delayed("1000s"));
    let mut client = busy.connect();
    client.send(get("/items/1"));
    drop(busy);
    assert!(client.receive(false).is_none());
    // Inputs that no poll takes.
    assert!(
        output(Command::new(BINARY).args(["serve", "--control"]))
            .status
            .success()
    );
}

/// A child that no failing test leaves behind.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        for backend in ["native", "wiremock"] {
            let mut child = Reaped(
                Command::new(BINARY)
                    .args(["serve", "--backend", backend])
                    .stdin(Stdio::null())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap(),
            );
            let mut url = String::new();
            let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
            stdout.read_line(&mut url).unwrap();
            let addr = url.trim().strip_prefix("http://").unwrap();
            let mut client = Client::new(TcpStream::connect(addr).unwrap());
            client.get("/items/1");
            let pid = child.0.id().to_string();
            assert!(
                Command::new("kill")
                    .args([signal, &pid])
                    .status()
                    .unwrap()
                    .success()
            );
            let status = child.0.wait().unwrap();
            assert_eq!(status.code(), Some(0), "{backend} {signal}");
            let mut said = String::new();
            let mut stderr = child.0.stderr.take().unwrap();
            stderr.read_to_string(&mut said).unwrap();
            assert_eq!(said.lines().count(), 1);
            assert!(said.contains("1 request"), "{said}");
        }
    }
}

#[test]
fn what_cannot_be_had_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    for (args, word) in [
        (vec!["--addr", &addr], "in use"),
        (vec!["--cpu", "100000"], "CPU 100000"),
        (vec!["--addr", "192.0.2.1:0"], "192.0.2.1"),
        (vec!["--backend", "wiremock", "--hosts", "2"], "one host"),
        (
            vec!["--backend", "wiremock", "--fault", "reset:2"],
            "status500",
        ),
        (vec!["--addr", "[::1]:0", "--hosts", "2"], "addresses"),
    ] {
        let output = output(Command::new(BINARY).arg("serve").args(&args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let errors: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("bakeoff:"))
            .collect();
        assert!(errors.len() == 1 && errors[0].contains(word), "{said}");
        // The harness reads the control path alone, and rows say what it heard there.
        let output = self::output(
            Command::new(BINARY)
                .args(["serve", "--control"])
                .args(&args),
        );
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        match serde_json::from_slice(&output.stdout).unwrap() {
            Reply::Error { message } => assert!(message.contains(word), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn hosts_are_served_at_one_port() {
    let mut server = Server::start(&["--hosts", "5"]);
    server.begin(1, &Profile::default());
    for host in 1..=5 {
        let addr = SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), server.addr.port()));
        let mut client = Client::new(TcpStream::connect(addr).unwrap());
        assert_eq!(client.get("/items/1?sample=1").status, 200);
    }
    assert_eq!(server.read().ledger.connections, Some(5));
}

/// More clients than descriptors: as the first go, the later ones come in,
/// from the backlog, in order; and one line says why they waited.
fn outnumber(mut server: Server) {
    server.begin(1, &Profile::default());
    let mut clients: Vec<Client> = (0..100).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(get("/items/1?sample=1"));
    }
    for mut client in clients {
        assert_eq!(client.receive(false).expect("an answer").status, 200);
    }
    assert_eq!(server.read().ledger.requests, 100);
    server.stdin = None;
    server.child.wait().unwrap();
    let mut said = String::new();
    let mut stderr = server.child.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[cfg(unix)]
#[test]
fn few_descriptors_are_kept_to() {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" serve --control", BINARY]);
    outnumber(Server::spawn(command));
}

#[cfg(target_os = "linux")]
#[test]
fn running_out_of_descriptors_is_survived() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let server = Server::start(&[]);
    // Under its feet, so that accepting really fails.
    let limit = Rlimit {
        current: Some(30),
        maximum: Some(30),
    };
    prlimit(
        Some(Pid::from_child(&server.child)),
        Resource::Nofile,
        limit,
    )
    .unwrap();
    outnumber(server);
}

#[cfg(target_os = "linux")]
#[test]
fn it_dies_with_its_parent_even_where_its_input_stays_open() {
    let mut parent = Command::new("sh")
        .args(["-c", "exec 3<&0; \"$0\" serve --control <&3 & wait", BINARY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(parent.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let Reply::Listening { pid, .. } = serde_json::from_str(&line).unwrap() else {
        panic!("{line}");
    };
    let stdin = parent.stdin.take();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let start = Instant::now();
    // Gone, or dead and not yet buried by whoever inherits it.
    while std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
    {
        assert!(start.elapsed() < HANG);
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(stdin);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat() {
    let mut server = Server::start(&[]);
    let mut client = server.connect();
    let mut serve = |server: &mut Server, requests: u64| {
        server.begin(1, &Profile::default());
        let mut body = vec![0; 128];
        for batch in 0..requests / 100 {
            let ids = batch * 100..(batch + 1) * 100;
            client.send(
                ids.map(|id| get(&format!("/items/{id}?sample=1")))
                    .collect::<String>(),
            );
            for _ in 0..100 {
                let mut line = String::new();
                while line != "\r\n" {
                    line.clear();
                    client.reader.read_line(&mut line).unwrap();
                }
                client.reader.read_exact(&mut body).unwrap();
            }
        }
        assert_eq!(server.read().ledger.distinct, requests);
        server.resident()
    };
    let few = serve(&mut server, 50_000);
    let many = serve(&mut server, 250_000);
    assert!(many < few + 2_000_000, "{few} bytes became {many}");
    // Connections come and go without a trace, too, even abandoned ones.
    server.begin(2, &delayed("1000s"));
    let churn = |connections: u64| {
        for _ in 0..connections {
            server.connect().send(get("/items/1?sample=2"));
        }
        server.resident()
    };
    let few = churn(500);
    let many = churn(3000);
    assert!(many < few + 2_000_000, "{few} bytes became {many}");
}

// --- the other backend -----------------------------------------------------

#[cfg(target_os = "linux")]
#[test]
fn wiremock_alone_forgets_its_requests_and_misses_none() {
    let mut child = Reaped(
        Command::new(BINARY)
            .args(["serve", "--backend", "wiremock", "--size", "8"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut url = String::new();
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    stdout.read_line(&mut url).unwrap();
    let addr = url.trim().strip_prefix("http://").unwrap().to_owned();
    let id = child.0.id();
    // What is resident after so many more requests, kB.
    let resident_after = |requests: usize| -> u64 {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let addr = addr.clone();
                std::thread::spawn(move || {
                    let mut client = Client::new(TcpStream::connect(addr).unwrap());
                    (0..requests / 4).all(|_| client.get("/items/1").status == 200)
                })
            })
            .collect();
        for client in clients {
            assert!(client.join().unwrap(), "a request found no mock");
        }
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse().unwrap()
    };
    let before = resident_after(12_000);
    let after = resident_after(24_000);
    // 24,000 requests of 4.5 kB would be 108 MB more.
    assert!(after < before + 60_000, "{before} kB became {after} kB");
}

#[test]
fn wiremock_serves_the_same() {
    let mut native = Server::start(&[]);
    let mut mocked = Server::start(&["--backend", "wiremock"]);
    let profile = Profile {
        delay: "uniform:0,2ms".parse().unwrap(),
        ..sized("uniform:0,9000")
    };
    let mut answers = Vec::new();
    for server in [&mut native, &mut mocked] {
        server.begin(3, &profile);
        let mut client = server.connect();
        let mut bodies = Vec::new();
        for id in 0..20 {
            let start = Instant::now();
            bodies.push(client.get(&format!("/items/{id}?sample=3")).body);
            assert!(start.elapsed() >= Duration::from_nanos(profile.delay_ns(id)));
        }
        bodies.push(client.ask(put("/items/7?sample=3", "flour")).body);
        bodies.push(client.ask(post("/items?sample=3", r#"{"id":8}"#)).body);
        client.send("HEAD /items/1?sample=3 HTTP/1.1\r\nHost: shop\r\n\r\n");
        bodies.push(client.receive(true).unwrap().body);
        client.get("/ready?sample=3");
        assert_eq!(
            client
                .ask("DELETE /items/1?sample=3 HTTP/1.1\r\nHost: shop\r\n\r\n")
                .status,
            204
        );
        client.get("/items/5?sample=2");
        let ledger = server.read().ledger;
        answers.push((bodies, ledger.requests, ledger.distinct, ledger.body_bytes));
    }
    assert!(answers[0] == answers[1]);
    assert_eq!(mocked.read().ledger.connections, None);
    let refused = Order::Begin {
        sample: 4,
        orders: 1,
        profile: faulty(FaultKind::Reset),
    };
    match mocked.order(&refused) {
        Reply::Error { message } => assert!(message.contains("status500"), "{message}"),
        other => panic!("{other:?}"),
    }
    mocked.begin(4, &faulty(FaultKind::Status500));
    assert_eq!(mocked.connect().get("/items/1?sample=4").status, 500);
}
