//! The counts of a histogram's text, one after the other. The library sets each
//! histogram up in full, some hundred kilobytes, and goes over all of it to add it to
//! another; most samples hold some hundred counts.

use hdrhistogram::Histogram;

use super::hdr;
use super::row::Latency;

/// What opens the text of an HdrHistogram V2 that is not compressed.
const COOKIE: u32 = 0x1c84_9313;

/// How many counts share a width, and the binary logarithm of that: three significant
/// digits.
const HALF: usize = 1 << HALF_BITS;
const HALF_BITS: u32 = 10;

/// What a histogram of the precision that rows have counts.
#[derive(Debug, Default, PartialEq)]
pub struct Counts {
    /// Place and count of each that is not 0, by ascending place.
    of: Vec<(usize, u64)>,
    /// All of them together.
    pub total: u64,
}

impl Counts {
    /// What the distribution counts. `None` of a text that is not as rows have it,
    /// whatever is the matter with it: the library may still know it.
    pub fn of(latency: &Latency) -> Option<Self> {
        Self::read(&hdr::read(&latency.hdr).ok()?)
    }

    fn read(mut text: &[u8]) -> Option<Self> {
        let text = &mut text;
        let cookie = u32::from_be_bytes(next(text)?);
        let length = u32::from_be_bytes(next(text)?);
        let offset = u32::from_be_bytes(next(text)?);
        let digits = u32::from_be_bytes(next(text)?);
        let low = u64::from_be_bytes(next(text)?);
        let high = u64::from_be_bytes(next(text)?);
        let scale = f64::from_be_bytes(next(text)?);
        if (cookie, offset, digits, low, scale) != (COOKIE, 0, 3, 1, 1.0) || high < 2 {
            return None;
        }
        let mut counts = text.get(..usize::try_from(length).ok()?)?;
        let places = places(high);
        let mut found = Counts::default();
        let mut at = 0usize;
        while !counts.is_empty() {
            let number = varint(&mut counts)?;
            // Every other number is negative, and skips as many places.
            let number = (number >> 1) as i64 ^ -((number & 1) as i64);
            let step = match u64::try_from(number) {
                Ok(count) => {
                    if count > 0 {
                        found.of.push((at, count));
                        found.total = found.total.saturating_add(count);
                    }
                    1
                }
                Err(_) => usize::try_from(number.checked_neg()?).ok()?,
            };
            at = at.checked_add(step)?;
        }
        let last = found.of.last().map(|(last, _)| *last);
        last.is_none_or(|last| last < places).then_some(found)
    }

    /// Whether `all`, of the same precision, has a place for each of them.
    pub fn fit(&self, all: &Histogram<u64>) -> bool {
        let last = self.of.last();
        last.is_none_or(|(last, _)| *last < all.distinct_values())
    }

    /// Place and count of each that is not 0, by ascending place.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, u64)> {
        self.of.iter().copied()
    }

    /// Adds them to `all`, in which they [fit](Self::fit).
    pub fn add_to(&self, all: &mut Histogram<u64>) {
        for &(place, count) in &self.of {
            // It is the sum that saturates; the value has its place.
            all.saturating_record_n(value(place), count);
        }
    }
}

/// As many bytes as are asked for, off the front of `text`.
fn next<const N: usize>(text: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = text.split_first_chunk()?;
    *text = rest;
    Some(*first)
}

/// A number of seven bits a byte, the least first and the ninth byte whole, off the
/// front of `text`.
fn varint(text: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..56).step_by(7) {
        let [byte] = next(text)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    let [byte] = next(text)?;
    Some(number | u64::from(byte) << 56)
}

/// How many counts a histogram has that goes up to `high`: each power of two from
/// the second range on has [`HALF`] of them, the range from 0 twice as many.
fn places(high: u64) -> usize {
    let bits = u64::BITS - high.leading_zeros();
    HALF * (bits.saturating_sub(HALF_BITS + 1) as usize + 2)
}

/// The binary logarithm of how many values are counted at `place`.
fn width(place: usize) -> usize {
    (place / HALF).saturating_sub(1)
}

/// The least value that is counted at `place`.
pub(super) fn value(place: usize) -> u64 {
    let width = width(place);
    ((place - width * HALF) as u64) << width
}

/// The greatest value that is counted at `place`.
pub(super) fn greatest(place: usize) -> u64 {
    value(place) + ((1u64 << width(place)) - 1)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use proptest::prelude::*;

    use super::super::latency::from_values;
    use super::*;

    /// Each value with its count.
    fn told(all: &Histogram<u64>) -> Vec<(u64, u64)> {
        let values = all.iter_recorded();
        values
            .map(|of| (of.value_iterated_to(), of.count_at_value()))
            .collect()
    }

    /// As the library reads it.
    fn library(text: &[u8]) -> Option<Vec<(u64, u64)>> {
        let all = Deserializer::new().deserialize(&mut &*text).ok()?;
        Some(told(&all))
    }

    fn text(values: &[u64]) -> Vec<u8> {
        let times = from_values(values.iter().copied()).unwrap();
        hdr::read(&times.hdr).unwrap()
    }

    /// As it is read here.
    fn own(text: &[u8]) -> Option<Vec<(u64, u64)>> {
        let mut all = Histogram::new_with_bounds(1, 1 << 56, 3).unwrap();
        let counts = Counts::read(text)?;
        assert!(counts.fit(&all));
        counts.add_to(&mut all);
        assert_eq!(all.len(), counts.total);
        Some(told(&all))
    }

    #[test]
    fn places_are_the_librarys() {
        for high in [2, 2047, 2048, 4095, 4096, 1 << 20, (1 << 62) - 1, u64::MAX] {
            let all = Histogram::<u64>::new_with_bounds(1, high, 3).unwrap();
            assert_eq!(places(high), all.distinct_values(), "{high}");
        }
    }

    #[test]
    fn other_forms_are_left_to_the_library() {
        let good = text(&[5, 5000, 5_000_000]);
        assert!(Counts::read(&good).is_some());
        // Cookie, offset, digits, least value and scale, each another.
        for at in [0, 11, 15, 23, 32] {
            let mut other = good.clone();
            other[at] ^= 2;
            assert_eq!(Counts::read(&other), None, "{at}");
        }
        for cut in 0..good.len() {
            assert_eq!(Counts::read(&good[..cut]), None, "{cut}");
        }
        let narrow = {
            let mut narrow = good.clone();
            // Up to 2 ns, with a count at 5 ms behind.
            narrow[24..32].copy_from_slice(&2u64.to_be_bytes());
            narrow
        };
        assert_eq!((Counts::read(&narrow), library(&narrow)), (None, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn counts_are_the_librarys(
            values in prop::collection::vec(prop_oneof![0u64..5000, 0u64..1 << 50], 1..200),
        ) {
            let text = text(&values);
            prop_assert!(own(&text).is_some());
            prop_assert_eq!(own(&text), library(&text));
        }

        #[test]
        fn what_is_read_of_spoiled_text_is_what_the_library_reads(
            values in prop::collection::vec(0u64..1 << 40, 1..20),
            spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut text = text(&values);
            for (at, byte) in spoiled {
                let at = at.index(text.len());
                text[at] = byte;
            }
            // More than 2^56 ns would take more memory than a test should.
            prop_assume!(text[24] == 0);
            if let Some(own) = own(&text) {
                prop_assert_eq!(Some(own), library(&text));
            }
        }
    }
}
