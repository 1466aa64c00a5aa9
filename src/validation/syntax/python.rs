//! Python: the parser of ruff, what `CPython` refuses at compile time, and the ways Python is quoted in prose.

use std::ops::Range;

use ruff_python_ast::{Mod, PythonVersion, Stmt};
use ruff_python_parser::semantic_errors::SemanticSyntaxErrorKind;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged as _, TextRange};

use crate::domain::Severity;

use super::super::block::Block;
use super::super::dangers;
use super::super::imports;
use super::super::report::Defect;
use super::{error, python_scope, python_stub};

/// The defects of `block`, after every way to read it as Python was tried.
pub(super) fn check(block: &Block) -> Vec<Defect> {
    let module = parse(&block.code, Mode::Module);
    let Some((range, message)) = first_error(&module) else {
        return semantic(&module, block);
    };
    let (read_as, mode) = if let Some(lines) = transcript(&block.code) {
        (block.keep(lines), Mode::Ipython)
    } else if is_magic(&block.code, range.start) {
        (block.clone(), Mode::Ipython)
    } else if let Some(lines) = indented(&block.code).filter(|_| block.fenced) {
        (block.keep(lines), Mode::Module)
    } else {
        return vec![error(block, &range, message)];
    };
    // A dialect is part of something larger: what may stand where is for the whole to say.
    first_error(&parse(&read_as.code, mode))
        .map(|(range, message)| error(&read_as, &range, message))
        .into_iter()
        .collect()
}

fn parse(code: &str, mode: Mode) -> Parsed<Mod> {
    // Not the default, 3.10: newer syntax would be refused.
    parse_unchecked(
        code,
        ParseOptions::from(mode).with_target_version(PythonVersion::latest()),
    )
}

/// Only the first: those behind it are mostly its consequences.
fn first_error(parsed: &Parsed<Mod>) -> Option<(Range<usize>, String)> {
    let syntax = parsed.errors().iter().map(|e| (e.location, e.error.to_string()));
    let removed = parsed
        .unsupported_syntax_errors()
        .iter()
        .map(|e| (e.range(), e.to_string()));
    syntax
        .chain(removed)
        .min_by_key(|(range, _)| range.start())
        .map(|(range, message)| (bytes(range), message))
}

fn semantic(parsed: &Parsed<Mod>, block: &Block) -> Vec<Defect> {
    let Mod::Module(module) = parsed.syntax() else {
        return Vec::new();
    };
    // A few lines quoted in prose stand somewhere in a function or a loop; what defines something is whole.
    let quoted = block.fenced && !module.body.iter().any(is_definition);
    let errors = python_scope::errors(module, &block.code, block.fenced);
    let errors = errors
        .into_iter()
        .filter(|e| !(quoted && is_misplaced(&e.kind)))
        .map(|e| error(block, &bytes(e.range), e.to_string()));
    let stubs = python_stub::stubs(module).into_iter().map(|name| {
        let message = "this function does nothing yet";
        Defect::new(
            "complete.stub",
            Severity::Warning,
            block.place(&bytes(name)),
            message,
        )
        .with_fix("write the body")
    });
    let names = imports::python_names(module, block);
    let dangers = dangers::python::find(module, &block.code).into_iter();
    let dangers = dangers.map(|(danger, range)| danger.at(block, &range));
    errors.chain(stubs).chain(names).chain(dangers).collect()
}

fn is_definition(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) | Stmt::ImportFrom(_)
    )
}

/// Whether the code would be right in a function or a loop.
fn is_misplaced(error: &SemanticSyntaxErrorKind) -> bool {
    matches!(
        error,
        SemanticSyntaxErrorKind::ReturnOutsideFunction
            | SemanticSyntaxErrorKind::YieldOutsideFunction(_)
            | SemanticSyntaxErrorKind::AwaitOutsideAsyncFunction(_)
            | SemanticSyntaxErrorKind::BreakOutsideLoop
            | SemanticSyntaxErrorKind::ContinueOutsideLoop
    )
}

fn bytes(range: TextRange) -> Range<usize> {
    range.start().into()..range.end().into()
}

/// The lines of a `>>>` transcript without prompts and without what was printed.
fn transcript(code: &str) -> Option<Vec<Range<usize>>> {
    // Modules have transcripts in their docstrings; what begins with a prompt is one.
    let mut texts = lines(code).map(|(_, line)| line.trim());
    let first = texts.find(|text| !text.is_empty() && !text.starts_with('#'))?;
    if !first.starts_with(">>>") {
        return None;
    }
    let prompted = lines(code).filter_map(|(start, line)| {
        let text = line.trim_start();
        let rest = text.strip_prefix(">>>").or_else(|| text.strip_prefix("..."))?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        Some(start + line.len() - rest.len()..start + line.len())
    });
    Some(prompted.collect())
}

/// The lines of code that is indented as a whole, without that indentation.
fn indented(code: &str) -> Option<Vec<Range<usize>>> {
    let first = lines(code).find(|(_, line)| !line.trim().is_empty())?.1;
    let indentation = first.len() - first.trim_start_matches([' ', '\t']).len();
    let prefix = first.get(..indentation).filter(|prefix| !prefix.is_empty())?;
    lines(code)
        .map(|(start, line)| match line.strip_prefix(prefix) {
            Some(rest) => Some(start + line.len() - rest.len()..start + line.len()),
            None => line.trim().is_empty().then_some(start..start + line.len()),
        })
        .collect()
}

/// Whether the line at `offset` is a notebook's `!command`, `%magic` or `help?`.
fn is_magic(code: &str, offset: usize) -> bool {
    let line = lines(code).take_while(|(start, _)| *start <= offset).last();
    line.is_some_and(|(_, line)| {
        let line = line.trim();
        line.starts_with(['!', '%', '?']) || line.ends_with('?')
    })
}

fn lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    code.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}
