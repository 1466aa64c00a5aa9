//! How the demo prints what went over the wire: short, with the reason below.

use std::io::Write;

use anyhow::bail;
use serde_json::Value;

use crate::cli::wire::Wire;

/// How much of a message is shown unless `--full` is given.
const SHORT: usize = 150;

/// The demo's page.
pub(super) struct Show<'a> {
    out: &'a mut dyn Write,
    full: bool,
    headings: usize,
}

impl<'a> Show<'a> {
    pub(super) fn new(out: &'a mut dyn Write, full: bool) -> Self {
        Self {
            out,
            full,
            headings: 0,
        }
    }

    pub(super) fn line(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{text}")?)
    }

    pub(super) fn heading(&mut self, text: &str) -> anyhow::Result<()> {
        self.headings += 1;
        let number = self.headings;
        self.line(&format!("\n{number}. {text}"))
    }

    /// Why the answer above came.
    pub(super) fn because(&mut self, text: &str) -> anyhow::Result<()> {
        self.line(&format!("     {text}"))
    }

    /// Calls a tool and shows both directions.
    pub(super) fn call(&mut self, wire: &mut Wire, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
        let asked = self.short(arguments);
        self.line(&format!("  -> {tool} {asked}"))?;
        match wire.call(tool, arguments)? {
            Ok(answer) => {
                let answered = self.short(&answer);
                self.line(&format!("  <- {answered}"))?;
                Ok(answer)
            }
            Err(problem) => bail!("{tool} answered with an error: {problem}"),
        }
    }

    fn short(&self, message: &Value) -> String {
        let text = message.to_string();
        if self.full || text.len() <= SHORT {
            return text;
        }
        format!(
            "{}... ({} bytes)",
            &text[..text.floor_char_boundary(SHORT)],
            text.len()
        )
    }
}
