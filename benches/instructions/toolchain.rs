//! What counts depend on beside the code: compiler, processor, C library,
//! valgrind. And whether the tools are there at all.

use std::process::Command;

use bakeoff::base::error::{Error, Result};

use crate::figures::MadeWith;

/// The tools that are here.
///
/// # Errors
/// One that is missing, with how to install it: a limit known before the start.
pub(crate) fn found() -> Result<MadeWith> {
    let valgrind = first_line(Command::new("valgrind").arg("--version")).ok_or_else(|| {
        Error::Usage(
            "valgrind is not installed, and instructions are counted under it: \
             apt-get install valgrind, or your system's package of that name"
                .into(),
        )
    })?;
    // Without its arguments it says so and ends; that it starts is what matters.
    let runner = option_env!("GUNGRAUN_RUNNER").unwrap_or("gungraun-runner");
    if Command::new(runner).output().is_err() {
        return Err(Error::Usage(format!(
            "gungraun-runner is not installed, which runs valgrind: {}",
            install_runner()
        )));
    }
    let host = bakeoff::host::facts();
    Ok(MadeWith {
        rustc: host.rustc.unwrap_or_default(),
        arch: std::env::consts::ARCH.into(),
        cpu: host.cpu_model.unwrap_or_default(),
        libc: first_line(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_default(),
        valgrind,
        profile: profile().unwrap_or_default(),
    })
}

/// The profile that this program was built with: the name of its directory above `deps`.
fn profile() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let name = program.parent()?.parent()?.file_name()?;
    Some(name.to_str()?.to_owned())
}

/// The command that installs the runner that fits the library.
#[must_use]
pub(crate) fn install_runner() -> String {
    let version = bakeoff::base::versions::of(&["gungraun"])["gungraun"].clone();
    format!("cargo install --locked --version {version} gungraun-runner")
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()?
            .trim()
            .to_owned(),
    )
}
