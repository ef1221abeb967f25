//! How a histogram is written in a row: HdrHistogram V2, deflated, in base64, which is
//! the form that HdrHistogram's libraries of all languages exchange. Rows of before are
//! not deflated; both are read.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};

/// What opens a deflated text; the length of what follows stands behind it.
const DEFLATED: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();
/// Longest text that is inflated, bytes: every count that a histogram of three digits can
/// have takes less.
const MOST: u64 = 1 << 20;

/// The text of a histogram.
pub(crate) fn written(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("a histogram of this precision fits in memory");
    STANDARD.encode(bytes)
}

/// What a text says, not deflated.
///
/// # Errors
/// A line on what is wrong with it.
pub(crate) fn read(text: &str) -> Result<Vec<u8>, String> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("histogram is not base64: {error}"))?;
    let Some(rest) = bytes.strip_prefix(&DEFLATED) else {
        return Ok(bytes);
    };
    let mut inflated = Vec::new();
    let deflated = rest.get(4..).unwrap_or_default();
    ZlibDecoder::new(deflated)
        .take(MOST + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| format!("histogram is not deflated: {error}"))?;
    if inflated.len() as u64 > MOST {
        return Err(format!("histogram is not shorter than {MOST} bytes"));
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::V2Serializer;

    use super::*;

    fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram<u64> {
        let mut histogram = Histogram::new(3).unwrap();
        for value in values {
            histogram.record(value).unwrap();
        }
        histogram
    }

    #[test]
    fn both_forms_of_a_text_say_the_same() {
        let of = histogram((1..5000).map(|i| i * i));
        let mut plain = Vec::new();
        V2Serializer::new().serialize(&of, &mut plain).unwrap();
        let (old, new) = (STANDARD.encode(&plain), written(&of));
        // The cookie of V2 deflated, as other tools know it.
        assert!(new.starts_with("HISTF"), "{new}");
        assert!(2 * new.len() < old.len());
        assert_eq!(read(&old).unwrap(), plain);
        assert_eq!(read(&new).unwrap(), plain);
    }

    #[test]
    fn what_is_broken_or_far_too_long_is_refused() {
        let whole = STANDARD.decode(written(&histogram([1, 2, 3]))).unwrap();
        for cut in 4..whole.len() {
            let text = STANDARD.encode(&whole[..cut]);
            assert!(read(&text).unwrap_err().starts_with("histogram is not"));
        }
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut zlib, &vec![0; 2 << 20]).unwrap();
        let bomb = [&DEFLATED[..], &[0; 4], &zlib.finish().unwrap()].concat();
        let error = read(&STANDARD.encode(bomb)).unwrap_err();
        assert!(error.contains("not shorter than"), "{error}");
    }
}
