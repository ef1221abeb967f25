//! The laws of the codec: how bytes are cut into reads never changes what is
//! decoded, and nothing that a peer sends makes it panic or misread.

use std::io;

use proptest::prelude::*;

use super::*;

/// What one response became: the body that the sink saw, and the result.
type Decoded = (Vec<u8>, Result<Response, HttpError>);

/// Feeds `pieces` as reads, then the end of the stream.
fn decode<'a>(
    decoder: &mut Decoder,
    method: Method,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Decoded {
    let mut body = Vec::new();
    let mut response = None;
    decoder.begin(method);
    for mut piece in pieces {
        while !piece.is_empty() {
            let space = decoder.space();
            let n = piece.len().min(space.len());
            space[..n].copy_from_slice(&piece[..n]);
            piece = &piece[n..];
            match decoder.advance(n, &mut |bytes| body.extend_from_slice(bytes)) {
                Ok(None) => {}
                Ok(Some(done)) => response = Some(done),
                Err(error) => return (body, Err(error)),
            }
        }
    }
    let result = match response {
        Some(response) => Ok(response),
        None => decoder
            .advance(0, &mut |_| panic!("bytes out of nothing"))
            .map(|response| response.expect("nothing more comes")),
    };
    (body, result)
}

fn whole(method: Method, bytes: &[u8]) -> Decoded {
    decode(&mut Decoder::new(), method, [bytes])
}

/// Cuts at every byte, at every pair of bytes where that is quick, and into
/// single bytes; all must decode like the whole.
fn every_split(method: Method, bytes: &[u8]) -> Decoded {
    let expected = whole(method, bytes);
    let mut decoder = Decoder::new();
    for cut in 0..=bytes.len() {
        let (a, b) = bytes.split_at(cut);
        assert_eq!(
            decode(&mut decoder, method, [a, b]),
            expected,
            "cut at {cut}"
        );
        if bytes.len() <= 260 {
            for second in 0..=b.len() {
                let (b, c) = b.split_at(second);
                let got = decode(&mut decoder, method, [a, b, c]);
                assert_eq!(got, expected, "cut at {cut} and {second} behind it");
            }
        }
    }
    assert_eq!(decode(&mut decoder, method, bytes.chunks(1)), expected);
    expected
}

fn response(status: u16, body_len: u64, content_length: Option<u64>) -> Response {
    Response {
        status,
        body_len,
        content_length,
        keep_alive: true,
    }
}

#[test]
fn a_body_of_known_length() {
    let text = b"HTTP/1.1 200 OK\r\nServer: nginx/1.27.2\r\n\
        Date: Fri, 20 Nov 2026 08:15:00 GMT\r\nContent-Type: text/plain\r\n\
        content-length: 13\r\nConnection: keep-alive\r\nETag: \"673d-d\"\r\n\r\nfrosted cake\n";
    let (body, result) = every_split(Method::Get, text);
    assert_eq!(body, b"frosted cake\n");
    assert_eq!(result, Ok(response(200, 13, Some(13))));
}

#[test]
fn chunks_with_extensions_and_trailers() {
    let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: Expires\r\n\r\n\
        4\r\nmix \r\nB;name=\"va;l\\\"ue\"; x\r\nbake\r\n\r\nfro\r\n0004 \r\nst!\n\r\n\
        0;last\r\nExpires: never\r\nX-Empty:\r\n\r\n";
    let (body, result) = every_split(Method::Get, text);
    assert_eq!(body, b"mix bake\r\n\r\nfrost!\n");
    assert_eq!(result, Ok(response(200, 19, None)));
}

#[test]
fn responses_without_a_body() {
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20480000000\r\n\r\n";
    assert_eq!(
        every_split(Method::Head, head),
        (vec![], Ok(response(200, 0, Some(20_480_000_000))))
    );
    let deleted = b"HTTP/1.1 204 No Content\r\nDate: Fri, 20 Nov 2026 08:15:00 GMT\r\n\r\n";
    assert_eq!(
        every_split(Method::Delete, deleted),
        (vec![], Ok(response(204, 0, None)))
    );
    let unchanged = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n";
    assert_eq!(
        every_split(Method::Get, unchanged),
        (vec![], Ok(response(304, 0, Some(7))))
    );
    let empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        every_split(Method::Get, empty),
        (vec![], Ok(response(200, 0, Some(0))))
    );
    let no_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(
        every_split(Method::Get, no_chunks),
        (vec![], Ok(response(200, 0, None)))
    );
}

#[test]
fn interim_responses_are_skipped() {
    let text = b"HTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n\
        HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
    let (body, result) = every_split(Method::Post, text);
    assert_eq!(body, b"ok");
    assert_eq!(result, Ok(response(201, 2, Some(2))));
    // What a HEAD's response lacks, its interim responses lack too.
    let head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    assert_eq!(
        every_split(Method::Head, head).1,
        Ok(response(200, 0, Some(9)))
    );
    let endless = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(17);
    assert_eq!(
        whole(Method::Get, &endless).1,
        Err(HttpError::TooManyInterim)
    );
}

#[test]
fn what_becomes_of_the_connection() {
    for (version, field, keep_alive) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "connection: Upgrade ,\tCLOSE\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
    ] {
        let text = format!("HTTP/{version} 200 OK\r\n{field}Content-Length: 1\r\n\r\nx");
        let (_, result) = every_split(Method::Get, text.as_bytes());
        assert_eq!(result.map(|r| r.keep_alive), Ok(keep_alive), "{text}");
    }
}

#[test]
fn bodies_longer_than_the_buffer() {
    let long: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let mut text =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", long.len()).into_bytes();
    text.extend_from_slice(&long);
    let (body, result) = whole(Method::Get, &text);
    assert!(body == long);
    assert_eq!(result, Ok(response(200, 100_000, Some(100_000))));
}

#[test]
fn one_decoder_serves_many_responses() {
    let mut decoder = Decoder::new();
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    for text in [
        ok,
        &ok[..30],
        b"HTTP/1.1 200 OK\r\nBad Field: 1\r\n\r\n",
        ok,
    ] {
        assert_eq!(
            decode(&mut decoder, Method::Get, [text]),
            whole(Method::Get, text)
        );
    }
}

#[test]
fn malformed_responses_are_refused_by_name() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk_line = format!("{chunked}4;{}\r\nmix \r\n0\r\n\r\n", "x".repeat(300));
    let zeros = format!("{chunked}{}4\r\nmix \r\n0\r\n\r\n", "0".repeat(300));
    let trailers = format!("{chunked}0\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
    let trailer = format!("{chunked}0\r\na: {}\r\n\r\n", "b".repeat(9000));
    let headers = format!(
        "{ok}{}Content-Length: 0\r\n\r\n",
        "a: b\r\n".repeat(MAX_HEADERS)
    );
    let long = format!(
        "{ok}a: {}\r\nContent-Length: 0\r\n\r\n",
        "b".repeat(MAX_HEAD)
    );
    let too_long = format!("{ok}Content-Length: {}\r\n\r\n", MAX_BODY + 1);
    let corpus: Vec<(&str, HttpError)> = vec![
        (&long, HttpError::HeadTooLong),
        (&headers, HttpError::TooManyHeaders),
        (&too_long, HttpError::BodyTooLong),
        (
            "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            HttpError::BadVersion,
        ),
        (
            "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
            HttpError::BadVersion,
        ),
        (
            "SSH-2.0-OpenSSH_9.6\r\n\r\n",
            HttpError::BadHead("it does not begin with HTTP/"),
        ),
        (
            "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            HttpError::BadHead("it does not begin with HTTP/"),
        ),
        (
            "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
            HttpError::BadHead("a status below 100"),
        ),
        (
            "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
            HttpError::BadHead("the status"),
        ),
        (
            "HTTP/1.1 200 OK\r\nBad Field: 1\r\n\r\n",
            HttpError::BadHead("a field's name"),
        ),
        (
            "HTTP/1.1 200 OK\r\nfolded: 1\r\n 2\r\n\r\n",
            HttpError::BadHead("a field's name"),
        ),
        (
            "HTTP/1.1 200 OK\r\na: \x01\r\n\r\n",
            HttpError::BadHead("a field's value"),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nmix ",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\nmix ",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4,\r\n\r\nmix ",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nmix ",
            HttpError::BadContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
            HttpError::AmbiguousLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
            HttpError::AmbiguousLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
            HttpError::BadTransferCoding,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 4\r\n\r\nmix ",
            HttpError::AmbiguousLength,
        ),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            HttpError::BadTransferCoding,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            HttpError::BadTransferCoding,
        ),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            HttpError::BadTransferCoding,
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
            HttpError::Upgraded,
        ),
        (
            "HTTP/1.1 204 No Content\r\n\r\nbody",
            HttpError::BytesBeyondResponse,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmix !",
            HttpError::BytesBeyondResponse,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n!",
            HttpError::BytesBeyondResponse,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4 4\r\nmix \r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nmix \r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\nmix \r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmix and bake\r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\n",
            HttpError::BadChunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
            HttpError::ChunkSizeOverflow,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            HttpError::BodyTooLong,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n40000000\r\n",
            HttpError::BodyTooLong,
        ),
        (&chunk_line, HttpError::ChunkLineTooLong),
        (&zeros, HttpError::ChunkLineTooLong),
        (&trailers, HttpError::TooManyHeaders),
        (&trailer, HttpError::TrailersTooLong),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
            HttpError::BadTrailer,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n: no name\r\n\r\n",
            HttpError::BadTrailer,
        ),
        ("", HttpError::ClosedBeforeResponse),
        ("HTTP/1.1 200", HttpError::Truncated),
        ("HTTP/1.1 100 Continue\r\n\r\n", HttpError::Truncated),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmix",
            HttpError::Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmix \r\n0\r\n\r",
            HttpError::Truncated,
        ),
    ];
    for (text, error) in corpus {
        assert_eq!(
            whole(Method::Get, text.as_bytes()).1,
            Err(error),
            "{text:.90}"
        );
        // A byte too many is then met by an idle decoder: the same error.
        let single = decode(&mut Decoder::new(), Method::Get, text.as_bytes().chunks(1));
        assert_eq!(single.1, Err(error), "single bytes: {text:.90}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn a_body_until_the_end_of_the_connection() {
    for head in [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
    ] {
        let text = format!("{head}\r\n\r\nuntil the end");
        let (body, result) = every_split(Method::Get, text.as_bytes());
        assert_eq!(body, b"until the end");
        let closed = Response {
            keep_alive: false,
            ..response(200, 13, None)
        };
        assert_eq!(result, Ok(closed), "{head}");
    }
}

#[test]
fn other_codings_below_chunks_are_left_as_they_are() {
    for fields in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
    ] {
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n4\r\nmix \r\n0\r\n\r\n");
        let (body, result) = every_split(Method::Get, text.as_bytes());
        assert_eq!(body, b"mix ");
        assert_eq!(result, Ok(response(200, 4, None)), "{fields}");
    }
}

#[test]
fn more_fields_than_usual() {
    for fields in [63, 64, 70, MAX_HEADERS - 1] {
        let text = format!(
            "HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok",
            "a: b\r\n".repeat(fields)
        );
        let (body, result) = whole(Method::Get, text.as_bytes());
        assert_eq!(body, b"ok");
        assert_eq!(result, Ok(response(200, 2, Some(2))), "{fields} fields");
    }
}

#[test]
fn silence_is_told_from_half_a_response() {
    let mut decoder = Decoder::new();
    decoder.begin(Method::Get);
    assert!(decoder.silent());
    decoder.space()[..4].copy_from_slice(b"HTTP");
    decoder.advance(4, &mut |_| {}).unwrap();
    assert!(!decoder.silent());
    decoder.begin(Method::Get);
    assert!(decoder.silent());
}

#[test]
fn two_equal_lengths_are_one() {
    let list = b"HTTP/1.1 200 OK\r\nContent-Length: 4, 4 ,4\r\n\r\nmix ";
    assert_eq!(
        every_split(Method::Get, list).1,
        Ok(response(200, 4, Some(4)))
    );
    let text = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nmix ";
    assert_eq!(
        every_split(Method::Get, text).1,
        Ok(response(200, 4, Some(4)))
    );
}

#[test]
fn the_longest_head_that_fits() {
    let frame = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\na: \r\n\r\n".len();
    for (filler, fits) in [
        (BUFFER - frame, true),
        (BUFFER - frame + 1, true),
        (9000, true),
        (MAX_HEAD - frame, true),
        (MAX_HEAD - frame + 1, false),
    ] {
        let text = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\na: {}\r\n\r\n",
            "b".repeat(filler)
        );
        for size in [1, 4096, 8192] {
            let (_, result) = decode(
                &mut Decoder::new(),
                Method::Get,
                text.as_bytes().chunks(size),
            );
            let expected = if fits {
                Ok(response(200, 0, Some(0)))
            } else {
                Err(HttpError::HeadTooLong)
            };
            assert_eq!(result, expected, "{filler} in reads of {size}");
        }
    }
}

#[test]
fn errors_become_io_errors_of_the_right_kind() {
    let kind = |error: HttpError| io::Error::from(error).kind();
    assert_eq!(kind(HttpError::Truncated), io::ErrorKind::UnexpectedEof);
    assert_eq!(
        kind(HttpError::ClosedBeforeResponse),
        io::ErrorKind::UnexpectedEof
    );
    assert_eq!(kind(HttpError::BadChunk), io::ErrorKind::InvalidData);
}

#[test]
fn rendered_requests_read_as_meant() {
    let mut out = b"left from the last request".to_vec();
    let path = |out: &mut Vec<u8>| {
        out.extend_from_slice(b"/items/");
        push_decimal(out, 42);
    };
    let mut rendered = |method, body, keep_alive| {
        render(&mut out, method, "127.0.0.1:8080", path, body, keep_alive);
        String::from_utf8(out.clone()).unwrap()
    };
    assert_eq!(
        rendered(Method::Get, None, true),
        "GET /items/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
    );
    assert_eq!(
        rendered(Method::Put, None, false),
        "PUT /items/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(
        rendered(
            Method::Post,
            Some(("application/json", b"{\"id\":42}")),
            true
        ),
        "POST /items/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"id\":42}"
    );
}

/// A request in steady state must not touch the allocator.
#[test]
fn rendering_reuses_its_buffer() {
    let mut out = Vec::with_capacity(256);
    let before = out.as_ptr();
    for id in 0..1000 {
        let path = |out: &mut Vec<u8>| {
            out.push(b'/');
            push_decimal(out, id);
        };
        render(
            &mut out,
            Method::Put,
            "localhost",
            path,
            Some(("text/plain", &[b'x'; 100])),
            true,
        );
    }
    assert_eq!((before, out.capacity()), (out.as_ptr(), 256));
}

fn methods() -> impl Strategy<Value = Method> {
    prop::sample::select(vec![
        Method::Get,
        Method::Head,
        Method::Put,
        Method::Delete,
        Method::Post,
    ])
}

/// `bytes` cut at random into reads.
fn pieces(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2)
        .map(|pair| bytes[pair[0]..pair[1]].to_vec())
        .collect()
}

proptest! {
    #[test]
    fn decimals_read_back(n in prop_oneof![any::<u64>(), 0u64..1000, Just(u64::MAX)]) {
        let mut out = b"x".to_vec();
        push_decimal(&mut out, n);
        prop_assert_eq!(out, format!("x{n}").into_bytes());
    }

    #[test]
    fn any_request_parses_back(
        method in methods(),
        host in "[a-z0-9.]{1,20}(:[0-9]{1,5})?",
        path in "/[!-~&&[^ ]]{0,60}",
        body in prop::option::of(("[a-z]{1,9}/[a-z]{1,9}", prop::collection::vec(any::<u8>(), 0..300))),
        keep_alive: bool,
    ) {
        let mut out = Vec::new();
        let content = body.as_ref().map(|(kind, bytes)| (kind.as_str(), bytes.as_slice()));
        render(&mut out, method, &host, |out| out.extend_from_slice(path.as_bytes()), content, keep_alive);
        let mut headers = [httparse::EMPTY_HEADER; 8];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(len) = request.parse(&out).unwrap() else {
            panic!("incomplete request");
        };
        prop_assert_eq!(request.method, Some(method.as_str()));
        prop_assert_eq!(request.path, Some(path.as_str()));
        prop_assert_eq!(request.version, Some(1));
        let field = |name: &str| {
            let found: Vec<_> = request.headers.iter().filter(|h| h.name == name).collect();
            assert!(found.len() <= 1);
            found.first().map(|h| String::from_utf8(h.value.to_vec()).unwrap())
        };
        prop_assert_eq!(field("Host"), Some(host));
        prop_assert_eq!(field("Connection"), (!keep_alive).then(|| "close".to_owned()));
        let takes_body = matches!(method, Method::Put | Method::Post);
        match body {
            Some((kind, bytes)) => {
                prop_assert_eq!(field("Content-Type"), Some(kind));
                prop_assert_eq!(field("Content-Length"), Some(bytes.len().to_string()));
                prop_assert_eq!(&out[len..], &bytes[..]);
            }
            None => {
                prop_assert_eq!(field("Content-Length"), takes_body.then(|| "0".to_owned()));
                prop_assert_eq!(out.len(), len);
            }
        }
    }

    /// Any body in any chunks, cut anywhere, comes out as it went in.
    #[test]
    fn every_body_is_reassembled(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..2000), 0..12),
        chunked: bool,
        interim in 0usize..3,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let body = chunks.concat();
        let mut text = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(interim);
        if chunked {
            text.extend_from_slice(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for chunk in &chunks {
                text.extend_from_slice(format!("{:X};n=v\r\n", chunk.len()).as_bytes());
                text.extend_from_slice(chunk);
                text.extend_from_slice(b"\r\n");
            }
            text.extend_from_slice(b"0\r\nA: b\r\n\r\n");
        } else {
            text.extend_from_slice(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
            text.extend_from_slice(&body);
        }
        let pieces = pieces(&text, &cuts);
        let (got, result) = decode(&mut Decoder::new(), Method::Get, pieces.iter().map(Vec::as_slice));
        prop_assert_eq!(&got, &body);
        let announced = (!chunked).then_some(body.len() as u64);
        prop_assert_eq!(result, Ok(response(200, body.len() as u64, announced)));
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        method in methods(),
        bytes in prop::collection::vec(any::<u8>(), 0..20_000),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let pieces = pieces(&bytes, &cuts);
        let _ = decode(&mut Decoder::new(), method, pieces.iter().map(Vec::as_slice));
    }

    /// The same from close by: bytes that look like a response, one spoilt.
    #[test]
    fn spoilt_responses_never_panic_nor_depend_on_the_cuts(
        method in methods(),
        text in prop::sample::select(vec![
            &b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"[..],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n01234\r\n5\r\n56789\r\n0\r\nA: b\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 201 Created\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        ]),
        at: prop::sample::Index,
        byte: u8,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut text = text.to_vec();
        let at = at.index(text.len());
        text[at] = byte;
        let one = whole(method, &text);
        let pieces = pieces(&text, &cuts);
        let cut = decode(&mut Decoder::new(), method, pieces.iter().map(Vec::as_slice));
        // A head without its blank line is refused at once when it comes
        // whole, and at the end of the stream when it trickles in.
        prop_assert_eq!(one.1.is_ok(), cut.1.is_ok());
        if let Ok(response) = one.1 {
            prop_assert_eq!(cut.1, Ok(response));
            prop_assert_eq!(one.0, cut.0);
        }
    }
}

/// A buffer that the kernel still writes into is not given back, and the next order
/// needs one all the same.
#[test]
fn a_buffer_that_is_lent_and_lost_is_replaced() {
    const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
    let mut decoder = Decoder::new();
    // Takes these bytes as one who is lent the buffer does.
    let lent = |decoder: &mut Decoder, bytes: &[u8]| {
        let mut room = decoder.room();
        let (mut buffer, free) = room.lend();
        buffer[free..free + bytes.len()].copy_from_slice(bytes);
        room.give_back(buffer);
        decoder.advance(bytes.len(), &mut |_| panic!("there is no body"))
    };
    decoder.begin(Method::Get);
    let (begun, rest) = ANSWER.split_at(10);
    assert_eq!(lent(&mut decoder, begun), Ok(None));
    let (buffer, free) = decoder.room().lend();
    assert_eq!((buffer.len(), free), (BUFFER, begun.len()));
    drop(buffer);
    decoder.begin(Method::Get);
    assert_eq!(lent(&mut decoder, begun), Ok(None));
    let response = lent(&mut decoder, rest).unwrap().unwrap();
    assert_eq!(response.status, 204);
}
