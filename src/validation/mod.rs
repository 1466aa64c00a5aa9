//! What is wrong with something a model wrote, and where: judged offline, by rules, in a few milliseconds.
//!
//! [`check`] is a pure function of an [`Artifact`]; [`Validator`] runs it where hostile input cannot hurt. What was
//! not looked at is said in `coverage`, never passed in silence. The rules are described in `docs/validation.md`.

mod block;
mod completeness;
mod dangers;
mod degenerate;
pub mod ground;
mod imports;
mod json;
pub mod judge;
mod markdown;
mod numerals;
mod patch;
mod pool;
mod position;
mod prose;
pub mod refusal;
mod report;
mod request;
pub mod rules;
mod schema;
mod score;
mod secrets;
mod settings;
mod span_index;
mod syntax;
mod wording;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::domain::{Artifact, Severity, Validation};

pub use pool::Validator;
pub use settings::Settings;

use block::Block;
use report::{Defect, Report, Skipped};
use syntax::{Language, guess};

/// How deep Markdown is looked for in Markdown.
const MAX_NESTING: usize = 3;

/// Judges `artifact` on the calling thread.
///
/// Parsers recurse within the limits of `settings`; give the thread a stack of 256 MiB if the output may be hostile,
/// or use a [`Validator`].
#[must_use]
pub fn check(artifact: &Artifact, settings: &Settings) -> Validation {
    let deadline = Instant::now().checked_add(Duration::from_millis(settings.deadline_ms));
    check_until(artifact, settings, deadline, &Arc::default())
}

fn check_until(
    artifact: &Artifact,
    settings: &Settings,
    deadline: Option<Instant>,
    given_up: &Arc<AtomicBool>,
) -> Validation {
    let output = artifact.output.as_str();
    let mut report = Report::new(output, deadline).unless(given_up);
    if output.len() > settings.max_output_bytes {
        let limit = format!("the output is larger than {} bytes", settings.max_output_bytes);
        report.skip("output", Skipped::Limit(limit));
        return report.finish();
    }
    let mut examination = Examination {
        artifact,
        settings,
        report,
        patches: patch::Progress::default(),
        manifest: None,
    };
    examination.whole();
    examination.by_shape();
    examination.after_patches();
    examination.report.finish()
}

/// What the output is, as far as that decides which checks apply.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Code(Language),
    Json,
    Markdown,
    Text,
    Patch,
}

/// One pass over one artifact.
struct Examination<'a> {
    artifact: &'a Artifact,
    settings: &'a Settings,
    report: Report<'a>,
    patches: patch::Progress,
    /// The manifest, once a block asked for it.
    manifest: Option<Result<imports::Manifest, &'static str>>,
}

impl<'a> Examination<'a> {
    /// What can be said about any text.
    fn whole(&mut self) {
        let Artifact {
            output,
            finish_reason,
            ..
        } = self.artifact;
        let found: Vec<Defect> = completeness::empty(output)
            .into_iter()
            .chain(completeness::truncated(output, finish_reason.as_deref()))
            .collect();
        self.report.take("complete", Ok(found));
        if let Some(found) = self.report.run("degenerate", || degenerate::check(output)) {
            self.report.take("degenerate", Ok(found.into_iter().collect()));
        }
        if let Some(found) = self.report.run("secret", || secrets::check(output)) {
            self.report.take("secret", Ok(found));
        }
    }

    fn by_shape(&mut self) {
        let output = self.artifact.output.as_str();
        if output.trim().is_empty() {
            return;
        }
        let (shape, guessed) = self.shape();
        self.wording(&shape);
        if self.artifact.schema.is_some() && !matches!(shape, Shape::Json | Shape::Markdown) {
            self.cannot("schema", "the output is not said to be JSON");
        }
        match shape {
            Shape::Json => self.json(guessed),
            Shape::Markdown => {
                self.agents_blocks();
                self.markdown(&Block::whole(output, Language::Markdown), MAX_NESTING);
                self.ending();
            }
            Shape::Code(language) => self.code(language, guessed),
            Shape::Patch => self.patches(!guessed),
            Shape::Text => self.ending(),
        }
    }

    /// Whether prose stops where none stops. An open fence or the provider may have said so already.
    fn ending(&mut self) {
        if !self.report.has("complete.fence") && !self.report.has("complete.truncated") {
            let found = completeness::cut_off(&self.artifact.output);
            self.report.take("complete", Ok(found.into_iter().collect()));
        }
    }

    /// What the output is said to be, or else looks like; and whether that is a guess.
    fn shape(&mut self) -> (Shape, bool) {
        let output = self.artifact.output.as_str();
        let named = |name: &Option<String>| name.as_deref().map(|name| name.trim().to_ascii_lowercase());
        let language =
            named(&self.artifact.language).map_or(Language::Unlabelled, |name| Language::from_label(&name));
        match named(&self.artifact.kind).as_deref() {
            Some("json") => return (Shape::Json, false),
            Some("markdown" | "md") => return (Shape::Markdown, false),
            Some("text" | "prose" | "plain") => return (Shape::Text, false),
            Some("patch" | "diff") => return (Shape::Patch, false),
            None | Some("" | "code" | "file") => {}
            Some(other) => {
                let reason = format!("{other:?} is not known; use code, json, markdown, text or patch");
                self.report.skip("kind", Skipped::Unknown(reason));
            }
        }
        if patch::begins_patch(output) {
            return (Shape::Patch, true);
        }
        let asked_for_code = self
            .artifact
            .kind
            .as_deref()
            .is_some_and(|kind| kind.trim() == "code");
        match language {
            Language::Json | Language::Jsonc | Language::JsonLines => (Shape::Json, false),
            Language::Markdown => (Shape::Markdown, false),
            Language::Plain => (Shape::Text, false),
            Language::Other(name) if matches!(name.as_str(), "diff" | "patch") => (Shape::Patch, false),
            Language::Unlabelled if self.artifact.schema.is_some() => (Shape::Json, false),
            Language::Unlabelled if markdown::has_fence(output) => (Shape::Markdown, true),
            Language::Unlabelled if looks_like_json(output) => (Shape::Json, true),
            Language::Unlabelled if asked_for_code || guess::is_code(output) => {
                (Shape::Code(Language::Unlabelled), true)
            }
            Language::Unlabelled => (Shape::Text, true),
            known => (Shape::Code(known), false),
        }
    }

    /// The whole output as code, or as Markdown around that code where a model could not do without.
    fn code(&mut self, language: Language, guessed: bool) {
        let output = self.artifact.output.as_str();
        let block = Block::whole(output, language);
        if markdown::has_fence(output) && self.is_rather_markdown(&block) {
            self.markdown(&Block::whole(output, Language::Markdown), MAX_NESTING);
        } else if guessed {
            self.unlabelled(&block);
        } else {
            self.block(&block);
            if matches!(block.language, Language::Other(_)) {
                self.report.unsure();
            }
        }
    }

    /// Whether code was asked for and came in fences. A lone fence is residue, and a defect of the code.
    fn is_rather_markdown(&mut self, block: &Block) -> bool {
        if block.code.trim_start().starts_with("```") {
            return true;
        }
        if markdown::readable(&block.code).is_err() {
            return false;
        }
        let fences = self
            .report
            .run("markdown", || markdown::read(block, &Language::Unlabelled));
        fences.is_some_and(|fences| !fences.blocks.is_empty() && fences.defects.is_empty())
            && !self.is_clean(block)
    }

    fn is_clean(&mut self, block: &Block) -> bool {
        block.code.len() <= self.settings.max_block_bytes
            && self
                .report
                .run("syntax", || syntax::check(block))
                .is_some_and(|answer| {
                    // Code that does something dangerous or nothing yet is code all the same.
                    let broken = |defect: &Defect| defect.rule.starts_with("syntax.");
                    answer.is_ok_and(|defects| !defects.iter().any(broken))
                })
    }

    fn markdown(&mut self, outer: &Block, nesting: usize) {
        let unlabelled = match (&self.artifact.kind, &self.artifact.language) {
            (Some(kind), Some(language)) if kind == "code" => Language::from_label(language),
            _ => Language::Unlabelled,
        };
        if let Err(skipped) = markdown::readable(&outer.code) {
            return self.report.skip("markdown", skipped);
        }
        let Some(fences) = self.report.run("markdown", || markdown::read(outer, &unlabelled)) else {
            return;
        };
        self.report.take("markdown", Ok(fences.defects));
        if nesting == MAX_NESTING {
            self.schema_of_a_fence(&fences.blocks);
        }
        for block in &fences.blocks {
            match block.language {
                Language::Markdown if nesting > 0 => self.markdown(block, nesting - 1),
                _ => self.block(block),
            }
        }
    }

    /// One block of code in the language it says it is in.
    fn block(&mut self, block: &Block) {
        if self.fenced_patch(block) {
            return;
        }
        let what = format!("syntax.{}", block.language.name());
        if block.code.len() > self.settings.max_block_bytes {
            let limit = format!("a block is larger than {} bytes", self.settings.max_block_bytes);
            return self.report.skip(&what, Skipped::Limit(limit));
        }
        match block.language {
            Language::Plain | Language::Markdown => return,
            Language::Unlabelled => return self.unlabelled(block),
            Language::Json | Language::Jsonc | Language::JsonLines => return self.fenced_json(&what, block),
            _ => {
                if let Some(answer) = self.report.run(&what, || syntax::check(block)) {
                    let right =
                        matches!(&answer, Ok(defects) if !defects.iter().any(|defect| defect.rule == what));
                    self.report.take(&what, answer);
                    if right {
                        self.imports(block);
                    }
                }
            }
        }
        self.left_out(block);
    }

    fn left_out(&mut self, block: &Block) {
        if let Some(found) = self.report.run("complete.code", || completeness::left_out(block)) {
            self.report.take("complete.code", Ok(found));
        }
    }

    /// A block that does not say what it is. A guess never fails an output.
    fn unlabelled(&mut self, block: &Block) {
        if block.code.len() > self.settings.max_block_bytes {
            let limit = format!("a block is larger than {} bytes", self.settings.max_block_bytes);
            return self.report.skip("syntax", Skipped::Limit(limit));
        }
        if looks_like_json(&block.code) {
            self.report.checked("syntax.json (guessed)");
            return;
        }
        match self.report.run("syntax", || guess::check_unlabelled(block)) {
            Some(Ok(guessed)) => {
                let what = format!("syntax.{} (guessed)", guessed.language.name());
                let mild = |defect: Defect| defect.at_most(Severity::Warning);
                self.report
                    .take(&what, Ok(guessed.defects.into_iter().map(mild).collect()));
                let labelled = block.labelled(guessed.language);
                self.left_out(&labelled);
            }
            Some(Err(skipped)) => {
                self.report.skip("syntax", skipped);
                self.left_out(block);
            }
            None => {}
        }
    }

    /// Something the caller asked for cannot be done: that is said, and keeps the verdict from being `pass`.
    fn cannot(&mut self, what: &str, reason: &str) {
        self.report.skip(what, Skipped::Limit(reason.to_owned()));
    }
}

/// Whether `text` is an object or an array of JSON, the whole of it.
fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
