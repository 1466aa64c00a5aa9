//! JSON, and the loose JSON that models write: each looseness has a name, and is mended where that is certain.

mod around;
mod examine;
mod lines;
mod loose;
mod quotes;
mod refused;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::Value;

use crate::domain::Severity;

use super::block::Block;
use super::markdown;
use super::report::{Defect, Skipped};
use super::span_index::SpanIndex;
use super::syntax::Language;

use loose::Loose;

/// What a text that should be JSON says.
#[derive(Debug)]
pub(super) struct Reading {
    /// The value, if there is exactly one and it is whole.
    pub(super) value: Option<Value>,
    /// The JSON itself, as it should be; its places are those in the output.
    pub(super) json: Block,
    /// Whether anything had to be changed, and what is left says the same.
    pub(super) mended: bool,
    pub(super) defects: Vec<Defect>,
}

/// Reads `block`. Where JSON was `asked` for, looseness is an error; in prose it is a warning.
pub(super) fn read(block: &Block, asked: bool) -> Result<Reading, Skipped> {
    if let Some(value) = parse(&block.code)? {
        return Ok(Reading {
            value: Some(value),
            defects: duplicates(block),
            json: block.clone(),
            mended: false,
        });
    }
    let mut reading = match unfenced(block).filter(|_| asked) {
        Some((inner, defect)) => {
            let mut reading = read(&inner, asked)?;
            reading.mended |= reading.value.is_some();
            reading.defects.push(defect);
            reading
        }
        None => read_loose(block)?,
    };
    if !asked {
        let mild = |defect: Defect| {
            let loose = defect.rule.starts_with("json.");
            if loose {
                defect.at_most(Severity::Warning)
            } else {
                defect
            }
        };
        reading.defects = reading.defects.into_iter().map(mild).collect();
    }
    Ok(reading)
}

/// The value of `text`; `None` when it is not JSON.
fn parse(text: &str) -> Result<Option<Value>, Skipped> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(Some(value)),
        Err(error) => refused::limit(&error).map_or(Ok(None), Err),
    }
}

fn duplicates(block: &Block) -> Vec<Defect> {
    let twice = SpanIndex::of(&block.code, &HashSet::new()).duplicates;
    let defects = twice.into_iter().map(|(name, range)| {
        let message = format!("the key {name:?} is there twice: most parsers keep only the last value");
        let place = block.place(&range);
        Defect::new("json.duplicate-key", Severity::Error, place, message)
            .with_fix("keep one of them, or rename one")
    });
    defects.collect()
}

/// The one fenced JSON block of a text that is otherwise prose or nothing.
fn unfenced(block: &Block) -> Option<(Block, Defect)> {
    if block.code.trim_start().starts_with(['{', '[']) || !markdown::has_fence(&block.code) {
        return None;
    }
    let mut blocks = markdown::read(block, &Language::Json).blocks.into_iter();
    let inner = blocks.find(|inner| matches!(inner.language, Language::Json | Language::Jsonc))?;
    if blocks.any(|other| other.language == Language::Json) {
        return None;
    }
    let start = block.code.len() - block.code.trim_start().len();
    let place = block.place(&(start..start + 3));
    let message = "the JSON stands in a Markdown fence";
    let defect = Defect::new("json.fenced", Severity::Error, place, message)
        .with_fix("give the JSON alone, without the fence and the text around it");
    Some((inner, defect))
}

fn read_loose(block: &Block) -> Result<Reading, Skipped> {
    let loose = Loose::scan(&block.code, 0, false);
    let json = block.edited(&loose.edits);
    if let Some(value) = parse(&json.code)? {
        let mut defects = told(block, &loose);
        defects.extend(duplicates(&json));
        return Ok(Reading {
            value: Some(value).filter(|_| loose.certain && loose.whole),
            json,
            mended: loose.certain,
            defects,
        });
    }
    if let Some(reading) = around::read(block)? {
        return Ok(reading);
    }
    let mut defects = told(block, &loose);
    // Closing brackets that do not make it JSON say nothing.
    defects.retain(|defect| defect.rule != "json.unclosed");
    if block.fenced && parse(&format!("{{{}}}", json.code))?.is_some() {
        let message = "these are members of an object without its braces";
        let place = json.place(&(0..1));
        defects.push(Defect::new("json.fragment", Severity::Warning, place, message));
    } else {
        defects.push(refused::tell(&block.edited(loose.without_closers())));
    }
    Ok(Reading {
        value: None,
        json,
        mended: false,
        defects,
    })
}

/// What is loose about `block`; editors' settings may have comments and commas.
fn told(block: &Block, loose: &Loose) -> Vec<Defect> {
    let tolerated = |rule: &str| {
        block.language == Language::Jsonc && matches!(rule, "json.comment" | "json.trailing-comma")
    };
    let told = loose.flaws.iter().filter(|flaw| !tolerated(flaw.rule));
    told.map(|flaw| {
        let place = block.place(&flaw.range);
        Defect::new(flaw.rule, Severity::Error, place, flaw.message.clone()).with_fix(flaw.fix)
    })
    .collect()
}
