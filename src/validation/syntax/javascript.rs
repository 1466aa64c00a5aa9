//! JavaScript and TypeScript, with JSX, by oxc: grammar, regular expressions and early errors.

use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use super::super::block::Block;
use super::super::dangers::{self, Danger};
use super::super::report::Defect;
use super::{Language, ellipsis, error};

/// The defect of `block`, after every dialect in which it may be written was tried.
pub(super) fn check(block: &Block) -> Vec<Defect> {
    let found = match complaint(block, &block.code) {
        Ok(dangers) => {
            return dangers
                .into_iter()
                .map(|(danger, range)| danger.at(block, &range))
                .collect();
        }
        Err(found) => found,
    };
    // What declarations may not have says nothing about code, so they have no say in what is wrong.
    let declares =
        || block.language == Language::TypeScript && parse(&block.code, SourceType::d_ts()).is_ok();
    if declares() || block.fenced && is_fragment(&block.code) {
        return Vec::new();
    }
    if block.fenced
        && let Some((code, places)) = ellipsis::without(&block.code)
        && complaint(block, &code).is_ok()
    {
        return ellipsis::elisions(block, &places);
    }
    let defect = error(block, &(found.start..found.end), found.message);
    vec![match found.help {
        Some(help) => defect.with_fix(help),
        None => defect,
    }]
}

/// The dangerous calls of `code`; what the dialect that gets furthest, most likely the one that was meant, has
/// against it when no dialect takes it.
fn complaint(block: &Block, code: &str) -> Result<Dangers, Complaint> {
    let mut furthest: Option<Complaint> = None;
    for dialect in dialects(block) {
        let complaint = match parse(code, dialect) {
            Ok(dangers) => return Ok(dangers),
            Err(complaint) => complaint,
        };
        if furthest
            .as_ref()
            .is_none_or(|known| complaint.start > known.start)
        {
            furthest = Some(complaint);
        }
    }
    furthest.map_or_else(|| Ok(Dangers::new()), Err)
}

type Dangers = Vec<(Danger, Range<usize>)>;

#[derive(Debug)]
struct Complaint {
    start: usize,
    end: usize,
    message: String,
    help: Option<String>,
}

/// Likeliest first. In prose TypeScript is often labelled `js`, and nothing says whether JSX is meant.
fn dialects(block: &Block) -> Vec<SourceType> {
    let javascript = SourceType::unambiguous();
    // `return` at the top, sloppy mode: what Node takes as CommonJS.
    let common = SourceType::cjs();
    let typescript = SourceType::ts().with_unambiguous(true);
    // The JSX forms come second: `<T>(x)` is a cast or a generic there only if it is no element.
    match block.language {
        Language::TypeScript => vec![
            typescript,
            typescript.with_jsx(true),
            typescript.with_commonjs(true),
        ],
        _ if block.fenced => vec![
            javascript.with_jsx(true),
            common.with_jsx(true),
            typescript.with_jsx(true),
            typescript,
            // `await` at the top of a few lines that import nothing.
            SourceType::mjs().with_jsx(true),
        ],
        _ => vec![javascript.with_jsx(true), common.with_jsx(true)],
    }
}

/// The dangerous calls of `code`, or the first complaint about it.
fn parse(code: &str, dialect: SourceType) -> Result<Dangers, Complaint> {
    let allocator = Allocator::default();
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: dialect.is_commonjs(),
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, code, dialect)
        .with_options(options)
        .parse();
    let mut errors: Vec<_> = parsed.diagnostics.errors().cloned().collect();
    if errors.is_empty() && !parsed.panicked {
        let semantic = SemanticBuilder::new()
            .with_check_syntax_error(true)
            .with_build_nodes(dangers::javascript::may_be_in(code))
            .build(&parsed.program);
        errors = semantic.diagnostics.errors().cloned().collect();
        if errors.is_empty() {
            return Ok(dangers::javascript::find(&semantic.semantic));
        }
    }
    let complaints = errors.iter().map(|error| {
        let label = error.labels.first();
        let start = label.map_or(code.len(), |label| label.offset() as usize);
        let length = label.map_or(0, |label| label.len() as usize);
        Complaint {
            start: start.min(code.len()),
            end: (start + length).min(code.len()),
            message: error.message.to_string(),
            help: error.help.as_ref().map(ToString::to_string),
        }
    });
    let first = complaints.min_by_key(|complaint| complaint.start);
    Err(first.unwrap_or_else(|| Complaint {
        start: code.len(),
        end: code.len(),
        message: "cannot be parsed".to_owned(),
        help: None,
    }))
}

/// Whether the code is what prose likes to quote alone: an object, or members of a class.
fn is_fragment(code: &str) -> bool {
    let dialect = SourceType::tsx();
    let object = || parse(&format!("({code}\n)"), dialect).is_ok();
    let members = || parse(&format!("class _ {{{code}\n}}"), dialect).is_ok();
    code.trim_start().starts_with('{') && object() || members()
}
