//! What files hold: lines of text, each file others, and what reading them comes to.

use std::sync::OnceLock;

use crate::base::seed::mix;

/// Places at which the text of a file may begin within the text of all.
const BEGINNINGS: usize = 65_536;
/// Bytes at the beginning that name the file's number.
const STAMP: usize = 16;
/// What lines are made of.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .";
/// Shortest line, and how much longer the longest may be.
const LINE: (usize, u64) = (20, 80);

/// The text that every file is a piece of, so that making one costs a copy. It is made when
/// it is first needed: most who know a workload make no file.
pub(super) struct Contents {
    bytes: usize,
    text: OnceLock<Vec<u8>>,
}

impl Contents {
    /// Text for files of up to `largest` bytes.
    pub(super) fn new(largest: usize) -> Self {
        Contents {
            bytes: largest + BEGINNINGS,
            text: OnceLock::new(),
        }
    }

    /// Makes the text now, so that no order has to.
    pub(super) fn make(&self) -> &[u8] {
        self.text.get_or_init(|| text(self.bytes))
    }

    /// What the file of this number holds, `size` bytes: its number in hexadecimal as far as
    /// there is room, and a piece of the text.
    pub(super) fn of(&self, number: u64, size: usize) -> Vec<u8> {
        let from = (mix(number) % BEGINNINGS as u64) as usize;
        let mut bytes = self.make()[from..from + size].to_vec();
        let stamp = number.to_be_bytes();
        for (at, byte) in bytes.iter_mut().take(STAMP).enumerate() {
            let half = stamp[at / 2] >> (4 * (1 - at % 2)) & 15;
            *byte = b"0123456789abcdef"[usize::from(half)];
        }
        bytes
    }
}

/// Lines of letters, the last of them cut off.
fn text(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 9);
    let mut end = LINE.0;
    while text.len() < bytes {
        let at = text.len();
        if at >= end {
            end = at + LINE.0 + (mix(!(at as u64)) % LINE.1) as usize;
            text.push(b'\n');
        }
        let letters = mix(at as u64).to_le_bytes();
        text.extend(letters.map(|letter| LETTERS[usize::from(letter % 64)]));
    }
    text.truncate(bytes);
    text
}

/// What a file that was read whole comes to: its checksum and its length.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    both(crc32fast::hash(bytes), bytes.len() as u64)
}

/// What a file that was read line by line comes to: the checksum of all lines, and their
/// number.
#[derive(Default)]
pub(super) struct Sum {
    bytes: crc32fast::Hasher,
    lines: u64,
}

impl Sum {
    pub(super) fn line(&mut self, line: &str) {
        self.bytes.update(line.as_bytes());
        self.lines += 1;
    }

    pub(super) fn finish(self) -> u64 {
        both(self.bytes.finalize(), self.lines)
    }
}

fn both(checksum: u32, count: u64) -> u64 {
    u64::from(checksum) << 32 | count
}
