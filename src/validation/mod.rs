//! What is wrong with something a model wrote, and where: judged offline, by rules, in a few milliseconds.
//!
//! [`check`] is a pure function of an [`Artifact`]; [`Validator`] runs it where hostile input cannot hurt. What was
//! not looked at is said in `coverage`, never passed in silence. The rules are described in `docs/validation.md`.

mod block;
mod completeness;
mod dangers;
mod degenerate;
mod json;
mod markdown;
mod pool;
mod position;
mod report;
pub mod rules;
mod schema;
mod score;
mod settings;
mod span_index;
mod syntax;

use std::time::{Duration, Instant};

use serde_json::Value;

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
    check_until(artifact, settings, deadline)
}

fn check_until(artifact: &Artifact, settings: &Settings, deadline: Option<Instant>) -> Validation {
    let output = artifact.output.as_str();
    let mut report = Report::new(output, deadline);
    if output.len() > settings.max_output_bytes {
        let limit = format!("the output is larger than {} bytes", settings.max_output_bytes);
        report.skip("output", Skipped::Limit(limit));
        return report.finish();
    }
    let mut examination = Examination {
        artifact,
        settings,
        report,
    };
    examination.whole();
    examination.by_shape();
    examination.later();
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
    }

    fn by_shape(&mut self) {
        let output = self.artifact.output.as_str();
        if output.trim().is_empty() {
            return;
        }
        let (shape, guessed) = self.shape();
        if self.artifact.schema.is_some() && shape != Shape::Json {
            self.cannot("schema", "the output is not said to be JSON");
        }
        match shape {
            Shape::Json => self.json(guessed),
            Shape::Markdown => {
                self.markdown(&Block::whole(output, Language::Markdown), MAX_NESTING);
                self.ending();
            }
            Shape::Code(language) => self.code(language, guessed),
            Shape::Patch => self.cannot("patch", "patches are not checked yet"),
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
        let asked_for_code = self
            .artifact
            .kind
            .as_deref()
            .is_some_and(|kind| kind.trim() == "code");
        match language {
            Language::Json => (Shape::Json, false),
            Language::Markdown => (Shape::Markdown, false),
            Language::Plain => (Shape::Text, false),
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
        let Some(fences) = self.report.run("markdown", || markdown::read(outer, &unlabelled)) else {
            return;
        };
        self.report.take("markdown", Ok(fences.defects));
        for block in &fences.blocks {
            match block.language {
                Language::Markdown if nesting > 0 => self.markdown(block, nesting - 1),
                _ => self.block(block),
            }
        }
    }

    /// One block of code in the language it says it is in.
    fn block(&mut self, block: &Block) {
        let what = format!("syntax.{}", block.language.name());
        if block.code.len() > self.settings.max_block_bytes {
            let limit = format!("a block is larger than {} bytes", self.settings.max_block_bytes);
            return self.report.skip(&what, Skipped::Limit(limit));
        }
        match block.language {
            Language::Plain | Language::Markdown => return,
            Language::Unlabelled => return self.unlabelled(block),
            Language::Json | Language::Jsonc => {
                if let Some(answer) = self.report.run(&what, || json::read(block, false)) {
                    self.report.take(&what, answer.map(|reading| reading.defects));
                }
                return;
            }
            _ => {
                if let Some(answer) = self.report.run(&what, || syntax::check(block)) {
                    self.report.take(&what, answer);
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

    /// The whole output as JSON, and against its schema.
    fn json(&mut self, guessed: bool) {
        let output = self.artifact.output.as_str();
        let what = if guessed {
            "syntax.json (guessed)"
        } else {
            "syntax.json"
        };
        let language = match self.artifact.language.as_deref().map(Language::from_label) {
            Some(Language::Jsonc) => Language::Jsonc,
            _ => Language::Json,
        };
        let block = Block::whole(output, language);
        let reading = if output.len() > self.settings.max_block_bytes {
            let limit = format!("a block is larger than {} bytes", self.settings.max_block_bytes);
            Err(Skipped::Limit(limit))
        } else {
            match self.report.run(what, || json::read(&block, true)) {
                Some(answer) => answer,
                None => return,
            }
        };
        let reading = match reading {
            Ok(reading) => reading,
            Err(skipped) => {
                self.report.skip(what, skipped);
                return self.without_value();
            }
        };
        self.report.take(what, Ok(reading.defects));
        if reading.mended {
            self.report.repaired(reading.json.code.trim().to_owned());
        }
        match (&self.artifact.schema, &reading.value) {
            (Some(schema), Some(value)) => self.schema(schema, value, &reading.json),
            (Some(_), None) => self.without_value(),
            (None, _) => {}
        }
    }

    fn schema(&mut self, schema: &Value, value: &Value, json: &Block) {
        if let Some(answer) = self.report.run("schema", || schema::check(schema, value, json)) {
            self.report.take("schema", answer);
        }
    }

    fn without_value(&mut self) {
        if self.artifact.schema.is_some() {
            self.cannot("schema", "there is no JSON value to compare with it");
        }
    }

    /// Something the caller asked for cannot be done: that is said, and keeps the verdict from being `pass`.
    fn cannot(&mut self, what: &str, reason: &str) {
        self.report.skip(what, Skipped::Limit(reason.to_owned()));
    }

    /// What callers may already give, and no check reads yet.
    fn later(&mut self) {
        let given = [
            ("request", self.artifact.request.is_some()),
            ("requirements", !self.artifact.requirements.is_empty()),
            ("ground", !self.artifact.sources.is_empty()),
            ("patch", self.artifact.target_file.is_some()),
        ];
        for (what, given) in given {
            if given {
                let reason = "no check for it in this version".to_owned();
                self.report.skip(what, Skipped::Unknown(reason));
            }
        }
    }
}

/// Whether `text` is an object or an array of JSON, the whole of it.
fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
