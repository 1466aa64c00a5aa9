//! Which version another copy of this program is.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `program`, which is called firstmate, for its version.
///
/// # Errors
/// When it cannot be started, does not end in time, or says something else.
pub fn version_of(program: &Path) -> anyhow::Result<String> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("it cannot be started")?;
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().context("its end was not seen")?.is_none() {
        if Instant::now() >= deadline {
            child.kill().context("it does not end")?;
            child.wait().context("it does not end")?;
            bail!("it does not say its version");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().context("what it says was not heard")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.trim().strip_prefix("firstmate ");
    Ok(version.context("it does not say its version")?.to_owned())
}
