//! Whether code is code: one file per language or way of reading, and the words by which languages are called.

mod attempts;
mod brackets;
mod css;
pub(super) mod depth;
mod ellipsis;
mod grammar;
pub(super) mod guess;
mod javascript;
mod language;
mod lexis;
mod python;
mod python_names;
mod python_scope;
mod python_stub;
mod rust;
mod rust_depth;
mod rust_old;
mod shell;
mod toml;
mod yaml;

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};

pub(super) use language::Language;
pub(super) use rust::Sources as RustSources;
pub(super) use rust_depth::check as rust_depth;

/// Parses a block of code.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    match &block.language {
        Language::Python => depth::check_without_elements(&block.code).map(|()| python::check(block)),
        Language::JavaScript | Language::TypeScript => {
            depth::check(&block.code)?;
            attempts::check(&block.code)?;
            Ok(javascript::check(block))
        }
        Language::Rust => rust::check(block),
        Language::Toml => toml::check(block),
        Language::Yaml => yaml::check(block),
        Language::Shell | Language::Console => shell::check(block),
        Language::Go | Language::Java | Language::Php | Language::Ruby | Language::Css | Language::Html => {
            grammar::check(block)
        }
        Language::C | Language::Cpp | Language::CSharp | Language::Sql => Ok(brackets::check(block)),
        other => Err(Skipped::Unknown(format!("no parser for {}", other.name()))),
    }
}

/// A parser's complaint about `range` of the block's code.
fn error(block: &Block, range: &Range<usize>, message: impl Into<String>) -> Defect {
    let rule = format!("syntax.{}", block.language.name());
    let end = block.code.trim_end().len();
    if range.start >= end {
        // Behind the last line is not in the code any more: in Markdown it is the closing fence.
        return Defect::new(rule, Severity::Error, block.place(&(end..end)), message)
            .with_fix("the code ends too early: give all of it");
    }
    if is_fence(&block.code, range.start) {
        let message = "a Markdown fence was left in the code";
        return Defect::new(rule, Severity::Error, block.place(range), message)
            .with_fix("give the code alone, without fences and the text around them");
    }
    Defect::new(rule, Severity::Error, block.place(range), message)
}

/// Whether the line around `offset` opens or closes a fence.
fn is_fence(code: &str, offset: usize) -> bool {
    let (before, after) = code.split_at(code.floor_char_boundary(offset));
    let head = before.rsplit('\n').next().unwrap_or_default();
    let tail = after.split('\n').next().unwrap_or_default();
    if head.trim().is_empty() {
        tail.trim_start().starts_with("```")
    } else {
        head.trim_start().starts_with("```")
    }
}
