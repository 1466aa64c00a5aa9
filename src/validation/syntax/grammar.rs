//! Go, Java, PHP, Ruby, CSS, HTML and shell, by their tree-sitter grammars: the first place that no rule explains.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};
use tree_sitter_language::LanguageFn;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::{Language, css, depth, ellipsis, error};

/// Longest parse: some texts cost these parsers the square of their length. Ordinary megabytes take a quarter of it.
const MAX_PARSE: Duration = Duration::from_millis(800);

/// The longest text: these parsers hold up to 260 bytes for each byte.
const MAX_BYTES: usize = 768 << 10;
/// The deepest nesting of brackets, where nothing else nests.
const MAX_DEPTH: usize = 256;

/// The first thing that makes `block` no code of its language, after the ways to quote a part of it were tried.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let Some(found) = complaint(&block.language, &block.code)? else {
        return Ok(Vec::new());
    };
    if block.fenced {
        if is_fragment(&block.language, &block.code)? {
            return Ok(Vec::new());
        }
        if let Some((code, places)) = ellipsis::without(&block.code)
            && (complaint(&block.language, &code)?.is_none() || is_fragment(&block.language, &code)?)
        {
            return Ok(ellipsis::elisions(block, &places));
        }
    }
    let defect = error(block, &found.range, found.message);
    // End tags may be left out, and the grammar does not know all the places where.
    Ok(vec![match block.language {
        Language::Html => defect.at_most(Severity::Warning),
        _ => defect,
    }])
}

/// What a grammar has against a text.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    /// Whether something that closes is not there: an end, a bracket, a quote.
    pub(super) missing: bool,
}

/// The first complaint about `code`, if there is any.
pub(super) fn complaint(language: &Language, code: &str) -> Result<Option<Complaint>, Skipped> {
    let plainer = (*language == Language::Css).then(|| css::plainer(code));
    let code = plainer.as_deref().unwrap_or(code);
    // Grammars in which lines end statements want the last one to end, too.
    let mut ended = code.to_owned();
    if !code.ends_with('\n') {
        ended.push('\n');
    }
    let tree = tree(language, &ended)?;
    Ok(first_error(&tree).map(|node| explain(node, &ended)))
}

/// Refuses what these parsers cannot be stopped at: at the end of thousands of open constructs they take seconds and
/// gigabytes to find out what might have been meant, and ask nobody whether to go on.
fn limits(language: &Language, code: &str) -> Result<(), Skipped> {
    if code.len() > MAX_BYTES {
        let limit = format!("a block of its language is larger than {MAX_BYTES} bytes");
        return Err(Skipped::Limit(limit));
    }
    if !matches!(language, Language::Css | Language::Html) {
        return depth::check_without_elements(code);
    }
    let mut open = 0_usize;
    for byte in code.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MAX_DEPTH {
            let limit = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Skipped::Limit(limit));
        }
    }
    Ok(())
}

fn tree(language: &Language, code: &str) -> Result<Tree, Skipped> {
    limits(language, code)?;
    let failed = |reason: &str| Skipped::Limit(reason.to_owned());
    let mut parser = Parser::new();
    let grammar = grammar(language, code).ok_or_else(|| failed("no grammar for it"))?;
    parser
        .set_language(&grammar.into())
        .map_err(|_| failed("internal: the grammar cannot be used"))?;
    let start = Instant::now();
    let mut progress = |_: &ParseState| {
        if start.elapsed() > MAX_PARSE {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = code.as_bytes();
    parser
        .parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
        .ok_or_else(|| failed("its parser takes too long"))
}

fn grammar(language: &Language, code: &str) -> Option<LanguageFn> {
    Some(match language {
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::Java => tree_sitter_java::LANGUAGE,
        // Without its opening tag all of it would be HTML.
        Language::Php if code.contains("<?") => tree_sitter_php::LANGUAGE_PHP,
        Language::Php => tree_sitter_php::LANGUAGE_PHP_ONLY,
        Language::Ruby => tree_sitter_ruby::LANGUAGE,
        Language::Shell | Language::Console => tree_sitter_bash::LANGUAGE,
        Language::Css => tree_sitter_css::LANGUAGE,
        Language::Html => tree_sitter_html::LANGUAGE,
        _ => return None,
    })
}

/// The innermost of the first nodes that stand for something wrong. A loop: trees may be deeper than any stack.
fn first_error(tree: &Tree) -> Option<Node<'_>> {
    let mut node = tree.root_node();
    if !node.has_error() {
        return None;
    }
    let mut known = None;
    loop {
        if node.is_error() || node.is_missing() {
            known = Some(node);
        }
        let mut cursor = node.walk();
        let inner = node
            .children(&mut cursor)
            .find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(inner) => node = inner,
            None => return known.or(Some(node)),
        }
    }
}

/// The last bracket that opens right in what could not be read, and does not close there. The rest of a file may
/// be unreadable behind it, and begin far before it.
fn unclosed(node: Node<'_>) -> Option<Node<'_>> {
    let mut open: Vec<Node<'_>> = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "(" | "[" | "{" => open.push(child),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

fn explain(node: Node<'_>, code: &str) -> Complaint {
    let range = node.byte_range();
    if node.is_missing() {
        let closes = ["fi", "done", "esac", "}", ")", "]", "\"", "'", "]]", "))"];
        return Complaint {
            message: format!("`{}` is missing here", node.kind()),
            range,
            missing: closes.contains(&node.kind()),
        };
    }
    if let Some(open) = unclosed(node) {
        return Complaint {
            message: format!(
                "this `{}` is never closed, or something unexpected stands behind it",
                open.kind()
            ),
            range: open.byte_range(),
            missing: false,
        };
    }
    // What could not be read may be the whole file; its first line is enough to find it.
    let text = code.get(range.clone()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().trim_end();
    let shown: String = line.chars().take(40).collect();
    let message = if shown.is_empty() {
        "something is missing or unexpected here".to_owned()
    } else {
        format!("unexpected here: `{shown}`")
    };
    Complaint {
        range: range.start..range.start + line.len().max(1),
        message,
        missing: false,
    }
}

/// Whether the code is what prose likes to quote alone: statements, members, declarations.
fn is_fragment(language: &Language, code: &str) -> Result<bool, Skipped> {
    let around: &[(&str, &str)] = match language {
        Language::Go => &[
            ("func x() {\n", "\n}"),
            ("type X struct {\n", "\n}"),
            ("var x = ", ""),
        ],
        Language::Java => &[("class X {\n", "\n}"), ("class X { void x() {\n", "\n} }")],
        Language::Php => &[("class X {\n", "\n}"), ("return ", ";")],
        Language::Css => &[("x {\n", "\n}"), ("", " {}")],
        _ => &[],
    };
    for (before, after) in around {
        if complaint(language, &format!("{before}{code}{after}"))?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
