//! The patches of one output, one after another, against the one file they are for.

use super::super::Examination;
use super::super::block::Block;
use super::super::markdown;
use super::super::report::Skipped;
use super::super::syntax::Language;
use super::{begins_patch, blocks, check, is_patch};

/// What the patches read so far came to.
#[derive(Debug, Default)]
pub(in super::super) struct Progress {
    /// The file as they make it; `None` before the first.
    text: Option<String>,
    /// Each patch as it should be.
    pieces: Vec<String>,
    mended: bool,
    /// Whether one has to be mended in a way that is not certain.
    uncertain: bool,
}

/// Whether the fence says or shows that it holds a patch.
pub(in super::super) fn is_fenced_patch(block: &Block) -> bool {
    match &block.language {
        Language::Other(name) => matches!(name.as_str(), "diff" | "patch" | "udiff"),
        Language::Unlabelled => is_patch(&block.code),
        _ => blocks::is_search(&block.code) || blocks::is_envelope(&block.code),
    }
}

/// Whether `text`, in fences or not, has blocks of a coding agent: those are read as a whole, because the name of the
/// file stands before the fence.
fn has_blocks(text: &str) -> bool {
    blocks::is_search(text) || blocks::is_envelope(text)
}

impl Examination<'_> {
    /// The whole output as a patch, or the patches in its fences.
    pub(in super::super) fn patches(&mut self, asked: bool) {
        let whole = Block::whole(&self.artifact.output, Language::Other("diff".into()));
        let fenced = self.fenced_patches(&whole);
        if fenced.is_empty() {
            return self.patch(&whole, asked);
        }
        for block in &fenced {
            self.patch(block, asked);
        }
    }

    /// The patches in the fences of a text; none where it is to be read as a whole.
    fn fenced_patches(&mut self, whole: &Block) -> Vec<Block> {
        let text = whole.code.as_str();
        let has_fences = markdown::has_fence(text) && markdown::readable(text).is_ok();
        if begins_patch(text) || has_blocks(text) || !has_fences {
            return Vec::new();
        }
        let read = || markdown::read(whole, &Language::Unlabelled);
        let mut blocks = self
            .report
            .run("markdown", read)
            .map(|fences| fences.blocks)
            .unwrap_or_default();
        blocks.retain(is_fenced_patch);
        blocks
    }

    /// The blocks of coding agents around and in the fences of a Markdown text.
    pub(in super::super) fn agents_blocks(&mut self) {
        let output = self.artifact.output.as_str();
        if has_blocks(output) {
            self.patch(&Block::whole(output, Language::Other("diff".into())), false);
        }
    }

    /// A fence of a Markdown text, if it is a patch.
    pub(in super::super) fn fenced_patch(&mut self, block: &Block) -> bool {
        let is = is_fenced_patch(block);
        if is && !has_blocks(&block.code) {
            if is_patch(&block.code) {
                self.patch(block, false);
            } else {
                // Lines with `+` and `-` that show a change and are not meant to be applied.
                let reason = "a fence shows a change without saying where it belongs".to_owned();
                self.report.skip("patch", Skipped::Unknown(reason));
            }
        }
        is
    }

    fn patch(&mut self, block: &Block, asked: bool) {
        let original = self.artifact.target_file.as_deref();
        let limit = self.settings.max_output_bytes;
        if block.code.len() > limit || original.is_some_and(|text| text.len() > limit) {
            let reason = format!("the patch or its target is larger than {limit} bytes");
            return self.report.skip("patch", Skipped::Limit(reason));
        }
        let now = self.patches.text.clone();
        let Some(mut found) = self.report.run("patch", || {
            let found = check(block, now.as_deref().or(original), asked);
            // A second patch may be meant instead of the first.
            match original.filter(|_| now.is_some() && found.applied.is_none()) {
                Some(original) => {
                    let instead = check(block, Some(original), asked);
                    if instead.applied.is_some() { instead } else { found }
                }
                None => found,
            }
        }) else {
            return;
        };
        for (what, reason) in found.skipped.drain(..) {
            self.report.skip(what, reason);
        }
        let progress = &mut self.patches;
        progress.mended |= found.mended.is_some();
        progress.uncertain |= found.mended.is_none() && !found.defects.is_empty();
        progress
            .pieces
            .push(found.mended.unwrap_or_else(|| block.code.clone()));
        progress.text = found.applied.or(now);
        self.report.take("patch", Ok(found.defects));
    }

    /// What can be said when all of them were read.
    pub(in super::super) fn after_patches(&mut self) {
        let progress = std::mem::take(&mut self.patches);
        if progress.pieces.is_empty() && self.artifact.target_file.is_some() {
            self.cannot(
                "patch",
                "there is no patch in the output that could apply to `target_file`",
            );
        }
        if progress.mended && !progress.uncertain {
            let joined = Block::whole(&progress.pieces.join("\n"), Language::Other("diff".into()));
            let original = self.artifact.target_file.as_deref();
            // A fence is not read like the text in it, nor fence after fence like one text: what was two patches may be
            // taken for one, and what stood before a patch for the beginning of a fence.
            let is_whole = self.fenced_patches(&joined).is_empty();
            let mut again = || {
                let found = self.report.run("patch", || check(&joined, original, true))?;
                Some(found.defects.is_empty() && found.applied == progress.text)
            };
            if is_whole && (progress.pieces.len() == 1 || again() == Some(true)) {
                self.report.repaired(joined.code);
            }
        }
    }
}
