//! Which version another copy of this program is.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// More is no version.
const LONGEST_BYTES: u64 = 4096;

/// Asks `program`, which is called firstmate, for its version.
///
/// # Errors
/// When it cannot be started, does not answer in time, or says something else.
pub fn version_of(program: &Path) -> anyhow::Result<String> {
    asked(program, PATIENCE)
}

fn asked(program: &Path, patience: Duration) -> anyhow::Result<String> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("it cannot be started")?;
    let stdout = child.stdout.take().context("what it says was not heard")?;
    let (teller, told) = mpsc::channel();
    // A thread of its own: what the program started may hold its stdout open for ever.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout.take(LONGEST_BYTES)).read_line(&mut line);
        // Nobody listens any more where patience has ended.
        let _heard = teller.send(read.map(|_| line)).is_ok();
    });
    let said = told.recv_timeout(patience);
    // It has said what it was asked for, or never will.
    let _ended = child.kill().is_ok();
    child.wait().context("its end was not seen")?;
    let said = said.map_err(|_| anyhow!("it says nothing for {} s", patience.as_secs()))?;
    let said = said.context("what it says was not heard")?;
    let version = said.trim().strip_prefix("firstmate ");
    Ok(version.context("it does not say its version")?.to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Instant;

    use super::*;

    /// What a script is taken for, and that it did not hold anybody up.
    fn asked_of(script: &str, patience: Duration) -> anyhow::Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("firstmate");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let began = Instant::now();
        let said = asked(&program, patience);
        assert!(began.elapsed() < Duration::from_secs(50), "{said:?}");
        said
    }

    #[test]
    fn who_inherits_its_stdout_holds_nobody_up() {
        let said = asked_of("sleep 60 & echo firstmate 1.2.3", Duration::from_secs(40));
        assert_eq!(said.unwrap(), "1.2.3");
        let said = asked_of("sleep 60 & wait", Duration::from_millis(300));
        assert!(said.unwrap_err().to_string().contains("says nothing"));
    }

    #[test]
    fn what_says_something_else_has_no_version() {
        for script in ["echo 1.2.3", "exit 1", "head -c 100000 /dev/zero"] {
            assert!(asked_of(script, Duration::from_secs(40)).is_err(), "{script}");
        }
    }
}
