//! Scripts for a shell, and what a terminal shows of them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{Language, ellipsis, error, grammar};

/// The first thing that makes `block` no script, after prompts and placeholders were set aside.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let prompted = prompted(&block.code);
    // What a terminal shows beside its prompts is output.
    if block.language == Language::Console && prompted.is_none() {
        return Ok(Vec::new());
    }
    let read_as = match prompted {
        Some(commands) => block.keep(commands),
        None => block.clone(),
    };
    let Some(found) = grammar::complaint(&Language::Shell, &read_as.code)? else {
        return Ok(Vec::new());
    };
    if block.fenced {
        let filled = ellipsis::filled_in(&read_as.code);
        if let Some(code) = &filled
            && grammar::complaint(&Language::Shell, code)?.is_none()
        {
            return Ok(Vec::new());
        }
        if let Some((code, places)) = ellipsis::without(filled.as_ref().unwrap_or(&read_as.code))
            && grammar::complaint(&Language::Shell, &code)?.is_none()
        {
            return Ok(ellipsis::elisions(&read_as, &places));
        }
    }
    let defect = error(&read_as, &found.range, found.message);
    // The grammar does not know all of bash, and prose calls much `bash` that is none.
    let certain = !block.fenced && (found.missing || found.range.start >= read_as.code.trim_end().len());
    Ok(vec![if certain {
        defect
    } else {
        defect.at_most(Severity::Warning)
    }])
}

/// The commands behind `$ `, `% ` or a longer prompt, with the lines that go on with them; `None` without a prompt.
fn prompted(code: &str) -> Option<Vec<Range<usize>>> {
    let first = code
        .lines()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with("# "))?;
    PROMPT.find(first)?;
    let mut commands = Vec::new();
    let mut start = 0;
    let mut goes_on = false;
    for line in code.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        if let Some(prompt) = PROMPT.find(line) {
            commands.push(range.start + prompt.end()..range.end);
        } else if goes_on {
            let continued = line.strip_prefix("> ").map_or(0, |_| 2);
            commands.push(range.start + continued..range.end);
        } else {
            continue;
        }
        goes_on = line.trim_end().ends_with(['\\', '|']) || line.trim_end().ends_with("&&");
    }
    Some(commands)
}

static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"^\s*(?:\([\w.-]+\) ?)?(?:[\w.-]+@[\w.-]+[^$#%\n]{0,60}[$#%] |[$%] |\$> |\$$)")
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and the tests compile them"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}
