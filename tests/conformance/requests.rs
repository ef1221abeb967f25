//! What goes over the wire, seen by somebody else's server: wiremock expects
//! each request once, with method, path, headers and body right.

use bakeoff::kit::Class;
use bakeoff::lab::harness::{Runner, Terms};
use bakeoff::protocol::{Prepare, Sample, VERSION};
use bakeoff::workload::fetch::OrderForm;
use bakeoff::workload::items::{Pages, Profile};
use std::process::Command;
use std::time::Duration;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::conformance::exceptions::asked;

const SEED: u64 = 77;
const ORDERS: u64 = 12;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn prepare(model: &str, client: &str, verb: &str, server: &MockServer) -> Prepare {
    let params = serde_json::json!({ "orders": ORDERS, "concurrency": 3, "method": verb });
    Prepare {
        protocol: VERSION,
        workload: "fetch".into(),
        scenario: "test".into(),
        model: model.into(),
        client: client.into(),
        params: serde_json::from_value(params).unwrap(),
        workers: 2,
        class: Class::Equal,
        cpus: Vec::new(),
        hosts: vec![*server.address()],
        target_path: None,
        target_host: None,
        directory: None,
        trace: false,
    }
}

async fn expect_gets(server: &MockServer) {
    let profile = Profile {
        seed: SEED,
        ..Profile::default()
    };
    let pages = Pages::new(profile.size.max());
    for id in 0..ORDERS {
        let body = String::from_utf8(pages.body(&profile, id).to_vec()).unwrap();
        Mock::given(method("GET"))
            .and(path(format!("/items/{id}")))
            .and(query_param("sample", "5"))
            .and(wiremock::matchers::header_exists("host"))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .expect(1)
            .named(format!("GET of item {id}"))
            .mount(server)
            .await;
    }
}

async fn expect_posts(server: &MockServer) {
    let profile = Profile {
        seed: SEED,
        ..Profile::default()
    };
    for id in 0..ORDERS {
        let mut form = Vec::new();
        OrderForm::write(id, &mut form);
        let receipt = profile.receipt(id, crc32fast::hash(&form));
        Mock::given(method("POST"))
            .and(path("/items"))
            .and(query_param("sample", "5"))
            .and(header("content-type", "application/json"))
            .and(header("content-length", form.len().to_string().as_str()))
            .and(body_json(OrderForm::of(id)))
            .respond_with(ResponseTemplate::new(201).set_body_json(
                serde_json::json!({ "id": id, "receipt": format!("{receipt:016x}") }),
            ))
            .expect(1)
            .named(format!("POST of item {id}"))
            .mount(server)
            .await;
    }
}

pub(crate) fn sends_exactly_the_requests_it_should(model: &str) {
    let runtime = runtime();
    let clients: &[&str] = if cfg!(feature = "client-reqwest") && asked(model, "reqwest") {
        &["wire", "reqwest"]
    } else {
        &["wire"]
    };
    for client in clients {
        for verb in ["GET", "POST"] {
            let server = runtime.block_on(MockServer::start());
            if verb == "GET" {
                runtime.block_on(expect_gets(&server));
            } else {
                runtime.block_on(expect_posts(&server));
            }
            // A unit warms its connection up first.
            let ready = Mock::given(path("/ready")).respond_with(ResponseTemplate::new(204));
            runtime.block_on(ready.mount(&server));
            let program = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
            let prepare = prepare(model, client, verb, &server);
            let mut runner = Runner::start(program, &prepare, &Terms::default()).unwrap();
            let sample = Sample {
                sample: 5,
                orders: ORDERS,
                seed: SEED,
                due: None,
                observe: false,
            };
            runner.sample(&sample, Duration::from_secs(20)).unwrap();
            runner.stop().unwrap();
            runtime.block_on(server.verify());
            let unmatched = runtime.block_on(server.received_requests()).unwrap();
            let paths = unmatched
                .iter()
                .filter(|request| request.url.path() != "/ready");
            assert_eq!(paths.count() as u64, ORDERS, "{model}@{client}: {verb}");
        }
    }
}
