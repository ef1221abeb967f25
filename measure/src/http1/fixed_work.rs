//! Fixed pieces of the codec's work, whose instructions `benches/instructions` counts.
//! They stand here because generic code is built by the crate that calls it: the ranked
//! path calls the codec from this crate, so its counts must come from this crate too.

use std::hint::black_box;

use super::{Decoder, Method, push_decimal, render};

/// Renders `times` requests into `out`, one behind the other.
#[inline(never)]
pub fn requests(out: &mut Vec<u8>, method: Method, times: u64) {
    let body =
        (method == Method::Post).then_some(("application/json", &b"{\"cake\":\"round\"}"[..]));
    for id in 1000..1000 + times {
        let path = |out: &mut Vec<u8>| {
            out.extend_from_slice(b"/items/");
            push_decimal(out, black_box(id));
        };
        render(
            out,
            method,
            black_box("bakery.test"),
            path,
            black_box(body),
            true,
        );
        black_box(&out);
    }
}

/// Decodes the response `bytes`, whose body has `body` bytes, `times` times.
///
/// # Panics
/// If `bytes` are no whole response with such a body.
#[inline(never)]
pub fn responses(decoder: &mut Decoder, bytes: &[u8], body: u64, times: u64) {
    for _ in 0..times {
        decoder.begin(Method::Get);
        // Stands for the system's copy from the socket.
        decoder.space()[..bytes.len()].copy_from_slice(black_box(bytes));
        let advanced = decoder.advance(bytes.len(), &mut |part| {
            black_box(part);
        });
        let response = advanced.ok().flatten().expect("one read brings it whole");
        assert_eq!(black_box(response).body_len, body);
    }
}
