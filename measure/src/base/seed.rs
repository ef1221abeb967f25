//! Reproducible draws: every random choice is a pure function of
//! `(seed, index, lane)`, so every model, process and language meets the same
//! orders. `docs/PROTOCOL.md` specifies these functions with test vectors.

/// Seed of the orders where a caller has no reason for another.
pub const SEED: u64 = 20_240_229;

/// SplitMix64's output function (Steele, Lea, Flood 2014): a bijection of
/// 64-bit words in which every input bit reaches every output bit.
#[inline]
#[must_use]
pub const fn mix(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 64 uniform bits for draw number `lane` of order `index`.
#[inline]
#[must_use]
pub const fn draw(seed: u64, index: u64, lane: u64) -> u64 {
    mix(mix(mix(seed) ^ index) ^ lane)
}

/// A uniform number in the half-open interval (0, 1], from the top 53 bits.
#[inline]
#[must_use]
pub fn unit(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// Shuffles `order` by the draws of `index` (Fisher and Yates). The harness's own: no
/// order depends on it.
pub fn shuffle<T>(order: &mut [T], seed: u64, index: u64) {
    for last in (1..order.len()).rev() {
        let pick = draw(seed, index, last as u64) % (last as u64 + 1);
        order.swap(last, pick as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_the_protocol_document() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(1), 0x910a_2dec_8902_5cc1);
        assert!(unit(0) > 0.0 && unit(u64::MAX) == 1.0);
    }

    #[test]
    fn shuffling_keeps_all_and_depends_on_the_index() {
        let of = |index| {
            let mut order: Vec<usize> = (0..50).collect();
            shuffle(&mut order, 1, index);
            order
        };
        let mut first = of(1);
        assert_ne!(first, of(2));
        assert_eq!(first, of(1));
        first.sort_unstable();
        assert_eq!(first, (0..50).collect::<Vec<_>>());
    }
}
