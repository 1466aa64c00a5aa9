//! The parser, bounded in time.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Longest parse. A long pipeline costs the parser the square of its length, so that a count of its steps
/// bounds nothing; ordinary scripts take less than a thousandth of this.
const MAX_PARSE: Duration = Duration::from_millis(200);

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(parser());
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// The syntax tree of `source`; `None` when it takes too long.
pub(super) fn parse(source: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut()?;
        parser.reset();
        let start = Instant::now();
        let mut progress = |_: &ParseState| {
            if start.elapsed() > MAX_PARSE {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let bytes = source.as_bytes();
        parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
    })
}
