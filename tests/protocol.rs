//! `docs/PROTOCOL.md`, held to the code: each of its test vectors, and whole
//! conversations with the real runner, fed by hand.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bakeoff::base::seed::{draw, mix, unit};
use bakeoff::engine::batch::{Batch, Size, with_payload};
use bakeoff::engine::slots::fold;
use bakeoff::protocol::{Measured, Ready, VERSION};
use bakeoff::record::latency;
use bakeoff::record::row::Latency;
use bakeoff::registry;
use bakeoff::workload::bakery::{knead, taste};
use bakeoff::workload::fetch::{OrderForm, answer};
use bakeoff::workload::items::{MAX_BODY, Pages, Profile};
use bakeoff::workload::nothing::Nothing;
use bakeoff::workload::params::Params;
use bakeoff::workload::schedule::{Due, Flow, planned};
use bakeoff::workload::spread::{Spread, quantity};
use bakeoff::workload::{Workload, World, payload};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../docs/PROTOCOL.md");

// ---- vectors ---------------------------------------------------------------

/// The cells of the table behind `<!-- vectors: name -->`, code marks removed.
fn vectors(name: &str) -> Vec<Vec<String>> {
    let mark = format!("<!-- vectors: {name} -->\n");
    let (_, behind) = DOCUMENT
        .split_once(&mark)
        .unwrap_or_else(|| panic!("the document has no vectors '{name}'"));
    let cell = |text: &str| {
        let text = text.trim();
        let code = text.strip_prefix('`').and_then(|t| t.strip_suffix('`'));
        code.unwrap_or(text).to_owned()
    };
    let rows: Vec<Vec<String>> = behind
        .lines()
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(cell).collect())
        .collect();
    assert!(!rows.is_empty(), "no rows in '{name}'");
    rows
}

/// A word, decimal or hexadecimal.
fn word(text: &str) -> u64 {
    let word = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    word.unwrap_or_else(|error| panic!("'{text}' is no word: {error}"))
}

/// Checks each row of a table; the last cell is what should come of the others.
fn each(name: &str, result: impl Fn(&[String]) -> u64) {
    for row in vectors(name) {
        let (due, given) = row.split_last().unwrap();
        let got = result(given);
        assert_eq!(got, word(due), "{name} of {given:?} is {got:#018x}");
    }
}

/// What each table of the document is checked by.
const TABLES: [(&str, fn()); 16] = [
    ("mix", || each("mix", |row| mix(word(&row[0])))),
    ("draw", || {
        each("draw", |row| {
            draw(word(&row[0]), word(&row[1]), word(&row[2]))
        });
    }),
    ("unit", units_are_exact),
    ("quantity", quantities_are_read_or_refused),
    ("text", distributions_are_read_or_refused),
    ("spread", distributions_yield_their_values),
    ("payload", payloads_enter_answers),
    ("fold", || {
        each("fold", |row| {
            let answers: Vec<u64> = serde_json::from_str(&row[0]).unwrap();
            fold(answers.into_iter())
        });
    }),
    ("due", || {
        each("due", |row| due(row[0].parse().unwrap(), word(&row[1])));
    }),
    ("planned", starts_are_planned_alike),
    ("knead", || {
        each("knead", |row| knead(word(&row[0]), row[1].parse().unwrap()));
    }),
    ("taste", || {
        each("taste", |row| {
            taste(word(&row[0]), word(&row[1]), word(&row[2]), word(&row[3]))
        });
    }),
    ("form", forms_are_written_alike),
    ("answer", || {
        each("answer", |row| {
            answer(word(&row[0]), row[1].parse().unwrap(), word(&row[2]))
        });
    }),
    ("body", bodies_are_windows),
    ("receipt", || {
        each("receipt", |row| {
            let profile = Profile {
                seed: word(&row[0]),
                ..Profile::default()
            };
            profile.receipt(word(&row[1]), word(&row[2]) as u32)
        });
    }),
];

#[test]
fn vectors_of_the_document_hold() {
    for (_, check) in TABLES {
        check();
    }
}

#[test]
fn every_table_of_the_document_is_checked() {
    let written: BTreeSet<&str> = DOCUMENT
        .split("<!-- vectors: ")
        .skip(1)
        .filter_map(|behind| behind.split(" -->").next())
        .collect();
    let mut checked: BTreeSet<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    checked.insert("batch");
    assert_eq!(written, checked);
}

fn units_are_exact() {
    for row in vectors("unit") {
        let due: f64 = row[1].parse().unwrap();
        assert_eq!(unit(word(&row[0])).to_bits(), due.to_bits(), "{row:?}");
    }
}

fn quantities_are_read_or_refused() {
    for row in vectors("quantity") {
        let got = quantity(&row[0]);
        match row[1].as_str() {
            "refused" => assert!(got.is_err(), "{row:?}: {got:?}"),
            due => assert_eq!(got, Ok(word(due)), "{row:?}"),
        }
    }
}

fn distributions_are_read_or_refused() {
    for row in vectors("text") {
        let got = row[0].parse::<Spread>();
        match row[1].as_str() {
            "refused" => assert!(got.is_err(), "{row:?}: {got:?}"),
            due => assert_eq!(got.unwrap().to_string(), due, "{row:?}"),
        }
    }
}

fn distributions_yield_their_values() {
    for row in vectors("spread") {
        let spread: Spread = row[0].parse().unwrap();
        let got = spread.value(word(&row[1]), word(&row[2]), word(&row[3]));
        let due = word(&row[4]);
        // Mathematical libraries differ in the last bit.
        let inexact = matches!(spread, Spread::LogNormal { .. } | Spread::Pareto { .. });
        let allowed = u64::from(inexact);
        assert!(got.abs_diff(due) <= allowed, "{row:?}: {got}");
    }
}

fn payloads_enter_answers() {
    for row in vectors("payload") {
        let bytes = payload(row[1].parse().unwrap());
        assert_eq!(u64::from(crc32fast::hash(&bytes)), word(&row[2]), "{row:?}");
        assert_eq!(
            with_payload(word(&row[0]), &bytes),
            word(&row[3]),
            "{row:?}"
        );
    }
}

fn starts_are_planned_alike() {
    for row in vectors("planned") {
        let due = Due {
            kind: serde_json::from_value(json!(row[0])).unwrap(),
            rate: row[1].parse().unwrap(),
            seed: word(&row[2]),
            burst: word(&row[3]),
        };
        let index = word(&row[4]) as usize;
        let got = planned(&due, index as u64 + 1).unwrap()[index];
        assert!(got.abs_diff(word(&row[5])) <= 1, "{row:?}: {got}");
    }
}

/// When order `index` is due at a shared rate, ns after the gate.
fn due(rate: f64, index: u64) -> u64 {
    let nothing = Nothing::new(&Params::default(), &World::default()).unwrap();
    let size = Size {
        orders: 1,
        seed: 0,
        sample: 0,
        concurrency: 1,
    };
    let flow = Flow {
        period_ns: 1e9 / rate,
        turns: 0,
    };
    // The gate of this batch never opens: times count from 0.
    let batch = Batch::new(Box::leak(Box::new(nothing)), size, flow, 0);
    batch.due(index).unwrap()
}

fn forms_are_written_alike() {
    for row in vectors("form") {
        let mut form = Vec::new();
        OrderForm::write(word(&row[0]), &mut form);
        assert_eq!(String::from_utf8(form.clone()).unwrap(), row[1]);
        assert_eq!(u64::from(crc32fast::hash(&form)), word(&row[2]), "{row:?}");
    }
}

fn bodies_are_windows() {
    let pages = Pages::new(MAX_BODY);
    for row in vectors("body") {
        let profile = Profile {
            size: row[0].parse().unwrap(),
            seed: word(&row[1]),
            ..Profile::default()
        };
        let id = word(&row[2]);
        assert_eq!(draw(profile.seed, id, 4) % 65_536, word(&row[3]), "{row:?}");
        let body = pages.body(&profile, id);
        assert_eq!(body.len() as u64, word(&row[4]), "{row:?}");
        assert_eq!(&body[..16], row[5].as_bytes(), "{row:?}");
        assert_eq!(u64::from(crc32fast::hash(body)), word(&row[6]), "{row:?}");
    }
}

/// Whole batches: what the harness expects, and what a runner replies where
/// no server is needed.
#[test]
fn batches_of_the_document_hold() {
    for row in vectors("batch") {
        let [workload, params, seed, orders, due] = row.as_slice() else {
            panic!("{row:?}");
        };
        let json: Value = serde_json::from_str(params).unwrap();
        let table = toml::Table::try_from(&json).unwrap();
        let params = Params {
            name: format!("{workload}/vector"),
            table,
        };
        let bytes = payload(params.shared().unwrap().payload);
        let plan = registry::plan(workload, &params).unwrap();
        let expected = plan.expected(word(seed), word(orders));
        let answers = expected.into_iter().map(|a| with_payload(a, &bytes));
        assert_eq!(format!("{:016x}", fold(answers)), *due, "{row:?}");
        if plan.served().is_some() {
            continue;
        }
        for model in ["sequential", "os-threads", "processes"] {
            let mut runner = Runner::start();
            let files = tempfile::tempdir().unwrap();
            let mut prepare = prepare(workload, model, &json);
            if let Some(stored) = plan.stored() {
                stored.lay_out(files.path()).unwrap();
                prepare["prepare"]["directory"] = json!(files.path());
            }
            assert_eq!(kind(&runner.ask(&prepare)), "ready");
            let sample = json!({"sample": {
                "sample": 1, "orders": word(orders), "seed": format!("{:x}", word(seed)),
            }});
            let reply = runner.ask(&sample);
            assert_eq!(reply["sample"]["answer"], **due, "{model}: {row:?}");
            if let Some(stored) = plan.stored() {
                let left = stored.check(files.path(), word(seed), 1, word(orders));
                left.unwrap();
            }
            runner.stop();
        }
    }
}

/// What is started for each order of `processes-per-order` does not first correct
/// pointers: as `build.rs` has it linked, where the system can.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
#[test]
fn the_program_lies_at_a_fixed_address() {
    let mut head = [0; 18];
    let mut file = std::fs::File::open(env!("CARGO_BIN_EXE_bakeoff")).unwrap();
    std::io::Read::read_exact(&mut file, &mut head).unwrap();
    // `e_type` of the ELF header: 2 is a program, 3 one that may lie anywhere.
    assert_eq!((&head[..4], head[16]), (&b"\x7fELF"[..], 2));
}

// ---- conversations ---------------------------------------------------------

/// A runner fed by hand.
struct Runner {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<String>,
}

impl Runner {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bakeoff"))
            .arg("runner")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (line, from) = channel();
        std::thread::spawn(move || {
            for text in out.lines().map_while(Result::ok) {
                let _ = line.send(text);
            }
        });
        Runner { child, to, from }
    }

    /// Says one line, whatever it is, and hears the one line that replies.
    fn say(&mut self, line: &[u8]) -> Value {
        let to = self.to.as_mut().unwrap();
        to.write_all(&[line, b"\n"].concat()).unwrap();
        let reply = self
            .from
            .recv_timeout(Duration::from_secs(60))
            .unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(line)));
        serde_json::from_str(&reply).unwrap()
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.say(request.to_string().as_bytes())
    }

    /// The message of an error reply; checks whose fault it is said to be.
    fn refuses(&mut self, line: &str, usage: bool) -> String {
        let reply = self.say(line.as_bytes());
        assert_eq!(kind(&reply), "error", "{line}: {reply}");
        assert_eq!(reply["error"]["usage"], usage, "{line}: {reply}");
        let message = reply["error"]["message"].as_str().unwrap();
        assert_eq!(message.lines().count(), 1, "{message}");
        message.to_owned()
    }

    fn stop(mut self) {
        let reply = self.say(br#"{"stop":{}}"#);
        assert!(reply["stopped"]["shutdown_ns"].is_u64(), "{reply}");
        self.ends(0);
    }

    /// Waits for the end, with nothing more said on either stream.
    fn ends(mut self, status: i32) -> String {
        self.to = None;
        let left = self.from.recv_timeout(Duration::from_secs(60));
        assert!(left.is_err(), "unasked: {left:?}");
        assert_eq!(self.child.wait().unwrap().code(), Some(status));
        let mut spoken = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut spoken).unwrap();
        assert_eq!(spoken.is_empty(), status == 0, "{spoken}");
        spoken
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A message's one key.
fn kind(message: &Value) -> String {
    let keys = message.as_object().unwrap();
    assert_eq!(keys.len(), 1, "{message}");
    keys.keys().next().unwrap().clone()
}

fn prepare(workload: &str, model: &str, params: &Value) -> Value {
    json!({"prepare": {
        "protocol": VERSION, "workload": workload, "scenario": "by-hand", "model": model,
        "client": if workload == "fetch" { "wire" } else { "none" },
        "params": params, "workers": 2,
    }})
}

fn cakes() -> Value {
    prepare(
        "bakery",
        "os-threads",
        &json!({"concurrency": 4, "mix_cpu": 500, "bake_wait": "2ms"}),
    )
}

const SAMPLE: &str = r#"{"sample":{"sample":1,"orders":12,"seed":"7"}}"#;

/// Fields of a message; absent ones that are lists may be so where empty.
fn fields(message: &Value) -> BTreeSet<String> {
    message.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_conversation_of_the_document_can_be_had() {
    let (_, behind) = DOCUMENT.split_once("## 2. A conversation").unwrap();
    let (_, behind) = behind.split_once("```text\n").unwrap();
    let (lines, behind) = behind.split_once("```").unwrap();
    let mut runner = Runner::start();
    let mut replies = Vec::new();
    let mut last = Value::Null;
    for line in lines.lines() {
        if let Some(request) = line.strip_prefix("→ ") {
            // The lines to paste into a shell are the same.
            assert!(behind.contains(&format!("'{request}'")), "{request}");
            last = runner.say(request.as_bytes());
        } else {
            let told = line.strip_prefix("← ").unwrap();
            let opening = format!("{{\"{}\":{{", kind(&last));
            assert!(told.starts_with(&opening), "{told}: {last}");
            if let Some((_, answer)) = told.split_once("\"answer\":\"") {
                assert_eq!(last["sample"]["answer"], answer[..16]);
            }
            replies.push(kind(&last));
        }
    }
    assert_eq!(replies, ["ready", "sample", "stopped"]);
    runner.ends(0);
}

#[test]
fn every_field_is_documented_and_plausible() {
    let mut runner = Runner::start();
    let ready = runner.ask(&cakes());
    for field in fields(&ready["ready"]) {
        assert!(DOCUMENT.contains(&format!("| `{field}` |")), "{field}");
    }
    let ready: Ready = serde_json::from_value(ready["ready"].clone()).unwrap();
    assert_eq!((ready.protocol, ready.shape.as_str()), (2, "per-unit"));
    assert_eq!((ready.threads, ready.processes), (Some(5), Some(1)));
    assert_eq!(ready.in_flight, 4);
    assert_eq!(ready.cpus, bakeoff::host::affinity());
    assert!(ready.overhead_ns.unwrap() > 0.0 && ready.clock_step_ns.unwrap() > 0);
    assert!(ready.descriptors.is_none_or(|most| most > 0));
    assert!(ready.startup_ns > 0 && ready.ns_per_iteration.unwrap() > 0.0);
    assert_eq!(ready.versions["bakeoff"], env!("CARGO_PKG_VERSION"));

    let reply = runner.ask(&json!({"sample": {"sample": 9, "orders": 40, "seed": "7"}}));
    let names = fields(&reply["sample"]);
    for field in &names {
        assert!(DOCUMENT.contains(&format!("`{field}`")), "{field}");
    }
    assert!(!names.contains("holds"), "nothing was traced");
    let measured: Measured = serde_json::from_value(reply["sample"].clone()).unwrap();
    assert_eq!((measured.sample, measured.orders), (9, 40));
    // Ten rounds of four cakes that are in the oven for 2 ms each.
    assert!(measured.wall_ns >= 20_000_000, "{}", measured.wall_ns);
    assert!(measured.service.mean_ns >= 2e6);
    assert!(measured.service.p50_ns.unwrap() <= measured.service.max_ns);
    assert_eq!(measured.service.p90_ns, None, "40 orders: 4 lie beyond");
    assert_eq!(latency::decode(&measured.service).unwrap().len(), 40);
    assert!(measured.cpu_ns().unwrap() > 0);
    assert_eq!(measured.peak_in_service, 0, "nothing was traced");
    if cfg!(target_os = "linux") {
        assert_eq!((measured.threads, measured.processes), (Some(5), Some(1)));
        assert!(measured.memory_bytes.unwrap() > 1 << 20);
    }
    runner.stop();
}

#[test]
fn a_paced_sample_keeps_to_its_rate() {
    let mut runner = Runner::start();
    let params = json!({"concurrency": 4});
    runner.ask(&prepare("nothing", "os-threads", &params));
    let reply = runner.ask(&json!({"sample": {
        "sample": 1, "orders": 21, "seed": "1", "due": {"kind": "shared", "rate": 1000.0},
    }}));
    // The last order is due at 20 ms; waiting for it is no service time.
    assert!(reply["sample"]["wall_ns"].as_u64().unwrap() >= 20_000_000);
    let service: Latency = serde_json::from_value(reply["sample"]["service"].clone()).unwrap();
    assert!(service.p50_ns.unwrap() < 1_000_000, "{service:?}");
    runner.stop();
}

#[test]
fn an_open_loop_reports_response_times_and_its_pacer() {
    let mut runner = Runner::start();
    runner.ask(&prepare(
        "nothing",
        "os-threads",
        &json!({"concurrency": 4}),
    ));
    let reply = runner.ask(&json!({"sample": {
        "sample": 1, "orders": 40, "seed": "1",
        "due": {"kind": "burst", "rate": 2000.0, "burst": 20},
    }}));
    for field in fields(&reply["sample"]) {
        assert!(DOCUMENT.contains(&format!("`{field}`")), "{field}");
    }
    let measured: Measured = serde_json::from_value(reply["sample"].clone()).unwrap();
    // The second burst comes 10 ms after the first.
    assert!(measured.wall_ns >= 10_000_000, "{}", measured.wall_ns);
    let response = measured.response.unwrap();
    assert!(response.mean_ns >= measured.service.mean_ns, "{response:?}");
    assert_eq!(latency::decode(&response).unwrap().len(), 40);
    let lateness = measured.pacer_lateness.unwrap();
    assert!(lateness.max_ns <= response.max_ns, "{lateness:?}");
    assert!(measured.pacer_cpu_ns.unwrap() > 0);
    assert!(measured.behind_ns.unwrap() <= response.max_ns);
    let asked = json!({"sample": {"sample": 2, "orders": 4, "seed": "1",
        "due": {"kind": "burst", "rate": 2000.0, "burst": 0}}});
    runner.refuses(&asked.to_string(), true);
    runner.stop();
}

#[test]
fn traces_tell_stays_and_peaks() {
    let mut runner = Runner::start();
    let mut request = cakes();
    request["prepare"]["trace"] = json!(true);
    request["prepare"]["params"]["ovens"] = json!(2);
    runner.ask(&request);
    let reply = runner.say(SAMPLE.as_bytes());
    let stays = reply["sample"]["holds"].as_array().unwrap();
    assert_eq!(stays.len(), 12, "one an oven's cake");
    for stay in stays {
        assert_eq!(stay["station"], 2);
        let of = |key: &str| stay[key].as_u64().unwrap();
        assert!(of("to") - of("from") >= 2_000_000, "{stay}");
    }
    assert_eq!(reply["sample"]["peak_in_service"], 4);
    // The traced batch gives the same answer.
    assert_eq!(reply["sample"]["answer"], "88972f9df2798308");
    runner.stop();
}

#[test]
fn a_bad_request_is_refused_and_ends_nothing() {
    let mut runner = Runner::start();
    let before = runner.refuses(SAMPLE, true);
    assert!(before.contains("before 'prepare'"), "{before}");
    for line in [
        "{",
        "hello",
        "[]",
        r#"{"sampel":{}}"#,
        r#"{"sample":{"sample":1}}"#,
        r#"{"sample":{"sample":1,"orders":-1,"seed":"1"}}"#,
        r#"{"sample":{"sample":1,"orders":1,"seed":1}}"#,
        r#"{"sample":{"sample":1,"orders":1,"seed":"one"}}"#,
        r#"{"sample":{"sample":1,"orders":1,"seed":"1","colour":2}}"#,
        r#"{"stop":{"now":true}}"#,
        "{\"stop\":{}} {}",
    ] {
        let message = runner.refuses(line, true);
        assert!(message.contains("protocol version 2"), "{line}: {message}");
    }
    let mut other = cakes();
    other["prepare"]["protocol"] = json!(1);
    let message = runner.refuses(&other.to_string(), true);
    assert!(
        message.contains("version 2") && message.contains("version 1"),
        "{message}"
    );

    let misspelled = [
        ("model", "os-thread", "did you mean 'os-threads'?"),
        ("workload", "bakrey", "did you mean 'bakery'?"),
        ("client", "wire", "unknown client of bakery 'wire'"),
    ];
    for (field, word, told) in misspelled {
        let mut request = cakes();
        request["prepare"][field] = json!(word);
        let message = runner.refuses(&request.to_string(), true);
        assert!(message.contains(told), "{message}");
    }
    for workers in [0, 1025, u64::from(u32::MAX), u64::MAX] {
        let mut request = cakes();
        request["prepare"]["workers"] = json!(workers);
        let message = runner.refuses(&request.to_string(), true);
        assert!(message.contains("'workers' is"), "{message}");
    }
    let parameters = [
        ("concurrency", json!(u64::MAX), "from 1 to"),
        ("orders", json!(1e300), "from 1 to"),
        ("ovns", json!(1), "did you mean 'ovens'?"),
        ("concurrency", json!(0), "from 1 to"),
        ("bake_wait", json!("2 parsecs"), "unknown unit"),
        ("style", json!("jmp"), "did you mean 'jump'?"),
    ];
    for (key, value, told) in parameters {
        let mut request = cakes();
        request["prepare"]["params"][key] = value;
        let message = runner.refuses(&request.to_string(), true);
        assert!(message.contains(told), "{message}");
    }

    // After all that it still does what it is asked, and goes on doing so
    // after a sample that cannot be.
    assert_eq!(kind(&runner.ask(&cakes())), "ready");
    let none = runner.refuses(r#"{"sample":{"sample":1,"orders":0,"seed":"7"}}"#, true);
    assert!(none.contains("'orders' of the sample is 0"), "{none}");
    let still = r#"{"sample":{"sample":1,"orders":5,"seed":"7","due":{"kind":"shared","rate":0}}}"#;
    assert!(runner.refuses(still, true).contains("rate"));
    let due = |kind: &str, rate: &str, burst: u64| {
        format!(
            r#"{{"sample":{{"sample":1,"orders":5,"seed":"7","due":{{"kind":"{kind}","rate":{rate},"burst":{burst}}}}}}}"#
        )
    };
    for (absurd, named) in [
        (
            format!(
                r#"{{"sample":{{"sample":1,"orders":{},"seed":"7"}}}}"#,
                u64::MAX
            ),
            "orders",
        ),
        (due("poisson", "1e-300", 1), "more than a day"),
        (due("constant", "1e300", 1), "rate"),
        (due("burst", "100", u64::MAX), "burst"),
    ] {
        let message = runner.refuses(&absurd, true);
        assert!(message.contains(named), "{message}");
    }
    for _ in 0..2 {
        assert_eq!(
            runner.say(SAMPLE.as_bytes())["sample"]["answer"],
            "88972f9df2798308"
        );
    }
    // A blank line is none.
    let blank = [b"  \n".as_slice(), SAMPLE.as_bytes()].concat();
    assert_eq!(kind(&runner.say(&blank)), "sample");
    runner.stop();
}

#[test]
fn a_sample_that_is_observed_waits_at_the_gate_and_at_the_close() {
    let mut runner = Runner::start();
    for (model, workload) in [("os-threads", "bakery"), ("processes", "nothing")] {
        runner.ask(&prepare(workload, model, &json!({"concurrency": 4})));
        let sample = json!({"sample": {"sample": 3, "orders": 40, "seed": "7", "observe": true}});
        assert_eq!(runner.ask(&sample), json!({"gate": {"sample": 3}}));
        let closed = runner.say(br#"{"go":{}}"#);
        assert_eq!(closed["closed"]["sample"], 3, "{closed}");
        let reply = runner.say(br#"{"settle":{}}"#);
        let of = |reply: &Value| reply["wall_ns"].as_u64().unwrap();
        assert!(
            of(&closed["closed"]) >= of(&reply["sample"]),
            "{closed} {reply}"
        );
    }
    // Nothing else is heard there, and nobody waits for these words elsewhere.
    runner.ask(&cakes());
    let sample = r#"{"sample":{"sample":1,"orders":4,"seed":"7","observe":true}}"#;
    assert_eq!(kind(&runner.say(sample.as_bytes())), "gate");
    let message = runner.say(br#"{"settle":{}}"#);
    // The units still go to their end, where the runner says that they are there.
    let error = if kind(&message) == "closed" {
        runner.refuses(r#"{"settle":{}}"#, false)
    } else {
        message["error"]["message"].as_str().unwrap().to_owned()
    };
    assert!(error.contains("'go' was due"), "{error}");
    for word in [r#"{"go":{}}"#, r#"{"settle":{}}"#] {
        assert!(runner.refuses(word, true).contains("no sample"), "{word}");
    }
    assert_eq!(kind(&runner.ask(&cakes())), "ready");
    runner.stop();
}

/// What was obtained is told, and ends nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_mask_that_is_refused_is_no_error() {
    let mut runner = Runner::start();
    let mut request = cakes();
    request["prepare"]["cpus"] = json!([900]);
    let ready = runner.ask(&request);
    let cpus: Vec<usize> = serde_json::from_value(ready["ready"]["cpus"].clone()).unwrap();
    assert_eq!(cpus, bakeoff::host::affinity());
    request["prepare"]["cpus"] = json!([cpus[0]]);
    let ready = runner.ask(&request);
    assert_eq!(ready["ready"]["cpus"], json!([cpus[0]]));
    assert_eq!(kind(&runner.say(SAMPLE.as_bytes())), "sample");
    runner.stop();
}

#[test]
fn a_failed_sample_ends_its_cell_and_not_the_conversation() {
    let mut runner = Runner::start();
    let mut request = prepare("fetch", "sequential", &json!({}));
    // Nobody listens on port 1.
    request["prepare"]["hosts"] = json!(["127.0.0.1:1"]);
    assert_eq!(kind(&runner.ask(&request)), "ready");
    let message = runner.refuses(SAMPLE, false);
    assert!(message.contains("session"), "{message}");
    runner.refuses(SAMPLE, true);
    assert_eq!(kind(&runner.ask(&cakes())), "ready");
    assert_eq!(kind(&runner.say(SAMPLE.as_bytes())), "sample");
    runner.stop();
}

#[test]
fn the_end_of_input_is_an_end() {
    Runner::start().ends(0);
    let mut runner = Runner::start();
    runner.ask(&cakes());
    runner.say(SAMPLE.as_bytes());
    runner.ends(0);
}

#[test]
fn what_is_no_text_ends_the_runner() {
    let mut runner = Runner::start();
    runner
        .to
        .as_mut()
        .unwrap()
        .write_all(b"\xff\xfe\n")
        .unwrap();
    let spoken = runner.ends(1);
    assert!(spoken.contains("UTF-8"), "{spoken}");
}
