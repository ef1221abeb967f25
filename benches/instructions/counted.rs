//! The code that valgrind counts.

use bakeoff::http1::{Decoder, Method, fixed_work};
use bakeoff::protocol::{Prepare, Sample, VERSION};
use bakeoff::registry;
use gungraun::prelude::*;
use gungraun::{Callgrind, EntryPoint};

use super::cases::{Case, TIMES, cases};
use super::left_out;

/// As the mock server answers.
const LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 64\r\n\
    \r\n\
    {\"id\":1000,\"name\":\"a cake\",\"text\":\"with frosting, and a cherry\"}";
/// The same bytes in chunks.
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n\
    Content-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\
    \r\n\
    21\r\n{\"id\":1000,\"name\":\"a cake\",\"text\"\r\n\
    1f\r\n:\"with frosting, and a cherry\"}\r\n\
    0\r\n\
    \r\n";

/// A buffer that has its size already, as after a unit's first order.
fn buffer(method: Method) -> (Vec<u8>, Method) {
    (Vec::with_capacity(1024), method)
}

#[library_benchmark(setup = buffer)]
#[bench::get(Method::Get)]
#[bench::post(Method::Post)]
fn request((mut out, method): (Vec<u8>, Method)) -> Vec<u8> {
    fixed_work::requests(&mut out, method, TIMES);
    out
}

fn decoder(bytes: &'static [u8]) -> (Decoder, &'static [u8]) {
    (Decoder::new(), bytes)
}

#[library_benchmark(setup = decoder)]
#[bench::length(LENGTH)]
#[bench::chunked(CHUNKED)]
fn response((mut decoder, bytes): (Decoder, &'static [u8])) -> Decoder {
    fixed_work::responses(&mut decoder, bytes, 64, TIMES);
    decoder
}

// Units run on threads of their own, so all is counted from the program's start;
// the slope between two sizes leaves out what is the same for both. Left out by name
// are the look at the process tree, which grows with whatever else runs on the
// machine, and the histograms, which grow with how long things took. The names stand
// in the environment because valgrind reads that first, and a toggle that comes
// after --collect-atstart takes it back. One worker carries
// the tasks of a runtime, so that there is nothing to steal: who steals from whom
// is another tale in each run.
#[library_benchmark(config = LibraryBenchmarkConfig::default()
    .env("VALGRIND_OPTS", left_out::TOGGLES)
    .tool(
        Callgrind::with_args(["--collect-atstart=yes", "--trace-children=no", "--cache-sim=no"])
            .entry_point(EntryPoint::None)
    )
)]
#[benches::model(iter = cases())]
fn batch(case: Case) -> u64 {
    let prepare = Prepare {
        protocol: VERSION,
        workload: "nothing".into(),
        scenario: "instructions".into(),
        model: case.model.into(),
        client: "none".into(),
        params: [("concurrency".to_owned(), case.orders.into())].into(),
        workers: 1,
        class: Default::default(),
        cpus: Vec::new(),
        hosts: Vec::new(),
        target_path: None,
        target_host: None,
        directory: None,
        trace: false,
    };
    let sample = Sample {
        sample: 1,
        orders: case.orders,
        seed: 1,
        due: None,
        observe: false,
    };
    let cell = registry::cell(&prepare);
    let measured = cell.and_then(|mut cell| cell.sample(&sample));
    let measured = measured.unwrap_or_else(|error| panic!("{}: {error}", case.model));
    assert_eq!(measured.orders, case.orders);
    measured.orders
}

library_benchmark_group!(name = http1, benchmarks = [request, response]);
library_benchmark_group!(name = models, benchmarks = batch);

gungraun::main!(library_benchmark_groups = [http1, models]);

/// Gungraun's own entry: as its harness, or as one count.
pub(crate) fn run() {
    main();
}
