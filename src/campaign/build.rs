//! A build of the suite, as it is started.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::base::error::{Error, Result};
use crate::lab::Lab;
use crate::report::ab::Side;
use crate::selection::resolved::ResolvedCell;

/// One build of the suite, as it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Which of the two it is.
    pub side: Side,
    /// What the caller wrote.
    pub text: String,
    words: Vec<String>,
}

impl Build {
    /// A file that can be run, or a command and its arguments apart by spaces.
    ///
    /// # Errors
    /// [`Error::Usage`] where nothing is written.
    pub fn new(side: Side, text: &str) -> Result<Self> {
        let words = if Path::new(text).is_file() {
            // A bare name would be looked for in PATH.
            let path = std::path::absolute(text)?;
            vec![path.to_string_lossy().into_owned()]
        } else {
            text.split_whitespace().map(str::to_owned).collect()
        };
        if words.is_empty() {
            return Err(Error::Usage(format!("--{} is empty: {MEND}", side.name())));
        }
        Ok(Build {
            side,
            text: text.to_owned(),
            words,
        })
    }

    /// The command, without what a runner's harness puts behind it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    /// Has a runner prepare one of `cells`, in their order, which shows that it speaks
    /// the protocol; its versions, by name.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be started, is no runner, or knows none of them.
    pub fn greet(&self, lab: &mut Lab, cells: &[ResolvedCell]) -> Result<BTreeMap<String, String>> {
        let mut refusal = String::new();
        for cell in cells {
            let greeted = lab.open_with(self.command(), cell).and_then(|open| {
                let versions = open.runner().map(|runner| runner.ready().versions.clone());
                open.close()?;
                Ok(versions.unwrap_or_default())
            });
            match greeted {
                Ok(versions) => return Ok(versions),
                // What it does not know, the other may: such a cell is new or gone.
                Err(Error::Usage(why) | Error::Unable(why)) => refusal = why,
                Err(Error::Failed(why)) => {
                    refusal = why;
                    break;
                }
                Err(interrupted) => return Err(interrupted),
            }
        }
        Err(Error::Usage(format!(
            "--{} '{}': {refusal}: {MEND}",
            self.side.name(),
            self.text
        )))
    }
}

/// What a build may be.
const MEND: &str = "name a bakeoff binary, or a command that speaks the runner protocol";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_a_file_or_a_command_with_arguments() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("my build");
        std::fs::write(&path, "").unwrap();
        let build = Build::new(Side::Base, path.to_str().unwrap()).unwrap();
        assert_eq!(build.words, [path.to_str().unwrap()]);
        let build = Build::new(Side::Head, " nice -n 5 /opt/bakeoff ").unwrap();
        assert_eq!(build.words, ["nice", "-n", "5", "/opt/bakeoff"]);
        let refused = Build::new(Side::Head, " ").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(refused.to_string().contains("--head is empty"), "{refused}");
    }
}
