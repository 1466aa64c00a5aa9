//! The fenced code of a Markdown text, wherever lists and quotes put it.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};
use super::syntax::Language;

/// The largest text that is read as Markdown: its parser holds up to 120 bytes for each byte.
const MAX_BYTES: usize = 2 << 20;

/// Refuses what is too large to be read as Markdown.
pub(super) fn readable(text: &str) -> Result<(), Skipped> {
    if text.len() > MAX_BYTES {
        let limit = format!("the text is larger than {MAX_BYTES} bytes");
        return Err(Skipped::Limit(limit));
    }
    Ok(())
}

/// What was found between the fences, and what is wrong with the fences themselves.
#[derive(Debug, Default)]
pub(super) struct Fences {
    pub(super) blocks: Vec<Block>,
    pub(super) defects: Vec<Defect>,
}

static FENCES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(["```", "~~~"]).ok());

/// Whether a line of `text` could open a fence.
pub(super) fn has_fence(text: &str) -> bool {
    // Most code has neither anywhere.
    FENCES.as_ref().is_some_and(|fences| fences.is_match(text))
        && text.lines().any(|line| {
            let line = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
            line.starts_with("```") || line.starts_with("~~~")
        })
}

/// Takes the fenced blocks out of `outer`. A fence without a label is taken for `unlabelled`.
pub(super) fn read(outer: &Block, unlabelled: &Language) -> Fences {
    let text = outer.code.as_str();
    let mut fences = Fences::default();
    let mut open: Option<Block> = None;
    // Whether a fence of Markdown stood before.
    let mut nested = false;
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(label))) => {
                let language = match Language::from_label(&label) {
                    Language::Unlabelled => unlabelled.clone(),
                    known => known,
                };
                if !is_closed(text, &range) {
                    fences.defects.push(unclosed(outer, &range, nested));
                }
                open = Some(Block::new(language, true));
            }
            Event::Text(code) => {
                if let Some(block) = &mut open {
                    // A tab that a container took half of is given as spaces: those stand nowhere.
                    if text.get(range.clone()) == Some(&*code) {
                        block.append(outer, range);
                    } else {
                        block.push(&code, outer.place(&range));
                    }
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                nested |= open
                    .as_ref()
                    .is_some_and(|block| block.language == Language::Markdown);
                fences.blocks.extend(open.take());
            }
            _ => {}
        }
    }
    fences
}

/// The parser closes an open fence silently; this looks whether its last line really is a closing fence.
fn is_closed(text: &str, range: &Range<usize>) -> bool {
    let mut lines = text.get(range.clone()).unwrap_or_default().trim_end().lines();
    let opener = lines.next().unwrap_or_default();
    let Some(mark) = opener.chars().next() else {
        return false;
    };
    let length = opener.chars().take_while(|c| *c == mark).count();
    let Some(last) = lines.next_back() else {
        return false;
    };
    let closer = last.trim_start_matches([' ', '\t', '>']);
    closer.len() >= length && closer.chars().all(|c| c == mark)
}

fn unclosed(outer: &Block, range: &Range<usize>, nested: bool) -> Defect {
    let opener = range.start..range.start + 3;
    if nested || outer.fenced {
        // The bare fence that ends an inner block ended the outer one, and the last one opened a new one.
        let message = "the fences inside a `markdown` fence are as long as its own, so they end it";
        return Defect::new("complete.fence", Severity::Info, outer.place(&opener), message)
            .with_fix("open and close the outer fence with more backticks than the inner ones");
    }
    let message = "this fence is never closed: the text may be cut off";
    Defect::new("complete.fence", Severity::Warning, outer.place(&opener), message)
        .with_fix("write the rest of the code and close the fence")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Fences {
        read(&Block::whole(text, Language::Markdown), &Language::Unlabelled)
    }

    #[test]
    fn code_is_found_in_lists_and_quotes_without_their_prefixes() {
        let fences = check("> - a\n>   ```py\n>   x = 1\n>     y\n>   ```\n");
        assert_eq!(fences.blocks[0].code, "x = 1\n  y\n");
        assert_eq!(fences.blocks[0].language, Language::Python);
        assert!(fences.defects.is_empty());
    }

    #[test]
    fn a_fence_is_closed_only_by_its_like() {
        for closed in [
            "```\nx\n```",
            "````md\n```\n````\n",
            "~~~py\n```\n~~~~  \n",
            "- ```js\n  1\n  ```\n- b\n",
            "```\n```\r\n",
        ] {
            assert!(check(closed).defects.is_empty(), "{closed:?}");
        }
        for open in [
            "```py\nx",
            "```",
            "````\nx\n```\n",
            "```\nx\n``` y\n",
            "> ```\n> x\n\ntext",
            "~~~\n```",
        ] {
            assert_eq!(check(open).defects.len(), 1, "{open:?}");
        }
    }

    #[test]
    fn fences_in_a_fence_of_the_same_length_are_said_to_be_that() {
        let fences = check("```markdown\n# Title\n```py\nx\n```\nmore\n```\n");
        assert_eq!(fences.defects[0].severity, Severity::Info);
    }
}
