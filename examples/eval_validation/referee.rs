//! `CPython` itself, asked whether it compiles a text.

use std::io::{BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;

/// One interpreter that compiles what it is sent, and runs none of it.
#[derive(Debug)]
pub(crate) struct Referee {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const SCRIPT: &str = r"
import sys, warnings
warnings.simplefilter('ignore')
read, write = sys.stdin.buffer, sys.stdout.buffer
while size := read.read(8):
    source = read.read(int.from_bytes(size, 'little'))
    try:
        compile(source, 'mutant', 'exec', dont_inherit=True)
        write.write(b'1')
    except (SyntaxError, ValueError):
        write.write(b'0')
    except (RecursionError, MemoryError, OverflowError):
        write.write(b'?')
    write.flush()
";

impl Referee {
    pub(crate) fn start(python: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(python)
            .args(["-X", "utf8", "-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", python.display()))?;
        let input = child.stdin.take().context("it has no input")?;
        let output = BufReader::new(child.stdout.take().context("it has no output")?);
        Ok(Self { child, input, output })
    }

    /// Whether it compiles `source`; `None` when it gives up.
    pub(crate) fn compiles(&mut self, source: &str) -> anyhow::Result<Option<bool>> {
        self.input.write_all(&(source.len() as u64).to_le_bytes())?;
        self.input.write_all(source.as_bytes())?;
        self.input.flush()?;
        let mut answer = [0];
        self.output.read_exact(&mut answer)?;
        Ok(match answer {
            [b'1'] => Some(true),
            [b'0'] => Some(false),
            _ => None,
        })
    }
}

impl Drop for Referee {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}
