//! The server's side of the control path: lines in, lines out.

use std::io::{self, Write};

use super::control::{Command, Reading, Reply};
use crate::workload::items::Profile;

/// Longest line that is read, bytes.
const MAX_LINE: usize = 1 << 20;

/// What a backend does for the control path.
pub(super) trait Controlled {
    /// Begins a sample.
    ///
    /// # Errors
    /// Why this profile cannot be served; nothing has changed.
    fn begin(&mut self, sample: u64, orders: u64, profile: Profile) -> Result<(), String>;

    /// The ledger as it stands.
    fn read(&mut self) -> Reading;
}

/// A conversation on the control path.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    line: Vec<u8>,
}

impl Dialogue {
    /// Takes in what was read, answers each whole line, and says whether one
    /// of them asked for the end.
    ///
    /// # Errors
    /// The answer cannot be written: nobody listens any more.
    pub(super) fn take(&mut self, bytes: &[u8], backend: &mut impl Controlled) -> io::Result<bool> {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            // Beyond the limit only the line's end is still looked for.
            if self.line.len() <= MAX_LINE {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                let line = line.trim_ascii();
                if line.is_empty() {
                    continue;
                }
                match obey(line, backend) {
                    Some(reply) => say(&reply)?,
                    None => return Ok(true),
                }
            }
        }
        Ok(false)
    }
}

/// Carries one command out; none where it asks for the end.
fn obey(line: &[u8], backend: &mut impl Controlled) -> Option<Reply> {
    let outcome = match serde_json::from_slice(line) {
        Err(error) => Err(format!("not a command: {error}")),
        Ok(Command::Stop {}) => return None,
        Ok(Command::Read {}) => Ok(Reply::Ledger(backend.read())),
        Ok(Command::Begin { sample: 0, .. }) => {
            Err("sample 0 is what requests without a number carry; it is never counted".to_owned())
        }
        Ok(Command::Begin {
            sample,
            orders,
            profile,
        }) => backend
            .begin(sample, orders, profile)
            .map(|()| Reply::Begun { sample }),
    };
    Some(outcome.unwrap_or_else(|message| Reply::Error { message }))
}

/// Writes one line of the control path.
///
/// # Errors
/// Nobody listens any more.
pub(super) fn say(reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Fake {
        begun: Vec<u64>,
    }

    impl Controlled for Fake {
        fn begin(&mut self, sample: u64, _: u64, profile: Profile) -> Result<(), String> {
            if profile.hold > 0 {
                return Err("no hold".to_owned());
            }
            self.begun.push(sample);
            Ok(())
        }

        fn read(&mut self) -> Reading {
            Reading::default()
        }
    }

    fn begin(sample: u64, hold: u32) -> String {
        let profile = Profile {
            hold,
            ..Profile::default()
        };
        serde_json::to_string(&Command::Begin {
            sample,
            orders: 1,
            profile,
        })
        .unwrap()
    }

    #[test]
    fn commands_are_obeyed_or_refused() {
        let mut fake = Fake::default();
        let begun = obey(begin(3, 0).as_bytes(), &mut fake);
        assert_eq!(begun, Some(Reply::Begun { sample: 3 }));
        for refused in [
            begin(0, 0),
            begin(4, 1),
            "{}".to_owned(),
            "\u{0}".to_owned(),
        ] {
            let reply = obey(refused.as_bytes(), &mut fake);
            assert!(matches!(reply, Some(Reply::Error { .. })), "{refused}");
        }
        assert!(obey(br#"{"stop":{}}"#, &mut fake).is_none());
        assert_eq!(fake.begun, [3]);
    }

    #[test]
    fn lines_may_come_in_pieces() {
        let mut fake = Fake::default();
        let mut dialogue = Dialogue::default();
        let text = format!("\n{}\r\n{{\"stop\":{{}}}}\n", begin(9, 0));
        let (first, second) = text.as_bytes().split_at(10);
        assert!(!dialogue.take(first, &mut fake).unwrap());
        assert!(dialogue.take(second, &mut fake).unwrap());
        assert_eq!(fake.begun, [9]);
    }
}
