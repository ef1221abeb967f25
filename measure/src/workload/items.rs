//! The pages of the bakery's web shop: delay, size and bytes of an item are a
//! pure function of `(seed, id)`. The mock server serves them, and the
//! expected answer of `fetch` is computed from them, without a word between.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::spread::Spread;
use crate::base::seed::{draw, mix};

/// Draw lanes of an item, so that its delay and its size are independent.
const LANE_DELAY: u64 = 0;
const LANE_SIZE: u64 = 2;
const LANE_BODY: u64 = 4;

/// Largest body that a profile may ask for, in bytes.
pub const MAX_BODY: u64 = 1 << 20;

/// Bodies are windows into one pattern this much longer than the largest.
const OFFSETS: u64 = 1 << 16;

/// What a server does wrong with a faulty item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Answers 500 with a short body.
    Status500,
    /// Closes with a TCP reset instead of answering.
    Reset,
    /// Sends the head and half of the body, then closes.
    Truncate,
    /// Never answers; the connection stays open.
    Silence,
    /// Sends the response a few bytes at a time, slowly but rightly.
    Drip,
}

/// Every `every`-th item is faulty: those with `id % every == every - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Distance between faulty ids; 1 means all of them.
    pub every: u64,
}

/// The kinds of faults by their names in text.
const FAULTS: [(&str, FaultKind); 5] = [
    ("status500", FaultKind::Status500),
    ("reset", FaultKind::Reset),
    ("truncate", FaultKind::Truncate),
    ("silence", FaultKind::Silence),
    ("drip", FaultKind::Drip),
];

/// Reads `KIND:N`, as in `reset:100`: every 100th item ends in a reset.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "KIND:N, as in reset:100, with status500, reset, truncate, silence or drip";
        let (kind, every) = text
            .split_once(':')
            .ok_or_else(|| format!("'{text}' is not {wanted}"))?;
        let (_, kind) = FAULTS
            .iter()
            .find(|(name, _)| *name == kind)
            .ok_or_else(|| format!("'{kind}' is no fault: {wanted}"))?;
        match every.parse() {
            Ok(every) if every > 0 => Ok(Fault { kind: *kind, every }),
            _ => Err(format!("'{every}' is no distance of at least 1: {wanted}")),
        }
    }
}

/// All that shapes a server's answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Seed of every draw below.
    pub seed: u64,
    /// Time between parsing a request and writing its response, ns.
    pub delay: Spread,
    /// Body size, bytes.
    pub size: Spread,
    /// What goes wrong, if anything does.
    pub fault: Option<Fault>,
    /// Hold every response until this many requests are in flight, then
    /// answer them all; 0 holds none. Shows what concurrency a client reaches.
    pub hold: u32,
}

impl Default for Profile {
    /// 128-byte bodies without delay or fault.
    fn default() -> Self {
        Profile {
            seed: 1,
            delay: Spread::None,
            size: Spread::Fixed(128),
            fault: None,
            hold: 0,
        }
    }
}

impl Profile {
    /// Delay of item `id`, ns.
    #[must_use]
    pub fn delay_ns(&self, id: u64) -> u64 {
        self.delay.value(self.seed, id, LANE_DELAY)
    }

    /// Body length of item `id`, bytes.
    #[must_use]
    pub fn body_len(&self, id: u64) -> usize {
        self.size.value(self.seed, id, LANE_SIZE).min(MAX_BODY) as usize
    }

    /// What goes wrong with item `id`.
    #[must_use]
    pub fn fault_of(&self, id: u64) -> Option<FaultKind> {
        self.fault
            .filter(|fault| id % fault.every == fault.every - 1)
            .map(|fault| fault.kind)
    }

    /// The receipt of a `POST` or `PUT`: a function of `(seed, id, payload)`,
    /// where the payload enters as its CRC-32 (IEEE), so that only a server
    /// that read the payload can issue it.
    #[must_use]
    pub fn receipt(&self, id: u64, payload_crc: u32) -> u64 {
        mix(draw(self.seed, id, LANE_BODY) ^ u64::from(payload_crc))
    }
}

/// The bytes that item bodies are cut from.
#[derive(Debug)]
pub struct Pages {
    pattern: Vec<u8>,
}

impl Pages {
    /// Pages whose bodies are at most `max_body` bytes (a profile's
    /// [`Spread::max`], itself at most [`MAX_BODY`]).
    #[must_use]
    pub fn new(max_body: u64) -> Self {
        let words = (max_body.min(MAX_BODY) + OFFSETS).div_ceil(8);
        // Printable text, so that a person may look at a response.
        let pattern = (0..words)
            .flat_map(|word| mix(word).to_le_bytes())
            .map(|byte| {
                b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789"
                    [usize::from(byte & 63)]
            })
            .collect();
        Pages { pattern }
    }

    /// The body of item `id` under `profile`.
    ///
    /// # Panics
    /// If the profile's bodies are longer than these pages were made for.
    #[must_use]
    pub fn body(&self, profile: &Profile, id: u64) -> &[u8] {
        let offset = (draw(profile.seed, id, LANE_BODY) % OFFSETS) as usize;
        &self.pattern[offset..offset + profile.body_len(id)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_depends_on_seed_and_id_alone() {
        let profile = Profile {
            size: "uniform:1000,150000".parse().unwrap(),
            ..Profile::default()
        };
        let (small, large) = (Pages::new(profile.size.max()), Pages::new(MAX_BODY));
        for id in 0..100 {
            assert_eq!(small.body(&profile, id), large.body(&profile, id));
        }
        let other = Profile {
            seed: 2,
            ..profile.clone()
        };
        assert_ne!(small.body(&profile, 3), small.body(&other, 3));
    }

    #[test]
    fn faults_are_read_or_refused_with_a_hint() {
        let reset: Fault = "reset:100".parse().unwrap();
        assert_eq!((reset.kind, reset.every), (FaultKind::Reset, 100));
        for text in ["reset", "reset:0", "reset:x", "rest:1", ""] {
            assert!(
                text.parse::<Fault>().unwrap_err().contains("KIND:N"),
                "{text}"
            );
        }
    }

    #[test]
    fn faults_fall_on_every_nth_item() {
        let fault = Some(Fault {
            kind: FaultKind::Reset,
            every: 10,
        });
        let profile = Profile {
            fault,
            ..Profile::default()
        };
        assert_eq!(
            (0..100)
                .filter(|&id| profile.fault_of(id).is_some())
                .count(),
            10
        );
        assert_eq!(profile.fault_of(9), Some(FaultKind::Reset));
    }
}
