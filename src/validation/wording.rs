//! What is said about the words of an output, whatever it is.

use std::ops::Range;

use super::prose::Prose;
use super::report::Skipped;
use super::syntax::Language;
use super::{Examination, Shape, degenerate, ground, markdown, refusal, request};

/// A text of more passages may lose its thread in ways that nobody looks for.
const MANY_PASSAGES: usize = 5;

/// Of code only so much may be prose, in bytes.
const BEGINNING: usize = 4 << 10;

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(BEGINNING)).unwrap_or(text)
}

impl Examination<'_> {
    /// The checks that read prose. Data has none, and of code only its beginning can be prose.
    pub(super) fn wording(&mut self, shape: &Shape) {
        let output = self.artifact.output.as_str();
        let reads_prose = matches!(shape, Shape::Markdown | Shape::Text);
        self.requested(shape);
        if !reads_prose {
            if !self.artifact.sources.is_empty() {
                self.cannot("ground", "only Markdown and text are compared with sources");
            }
            if !matches!(shape, Shape::Code(_)) {
                return;
            }
        }
        if let Err(skipped) = markdown::readable(output) {
            return self.report.skip("prose", skipped);
        }
        let read = if reads_prose { output } else { beginning(output) };
        let Some(prose) = self.report.run("prose", || Prose::of(read)) else {
            return;
        };
        let request = self.artifact.request.as_deref().filter(|_| reads_prose);
        let mut declining = None;
        if reads_prose && !ground::words::may_be_english(&prose.words) {
            let reason = "refusals are known in English only".to_owned();
            self.report.skip("refusal", Skipped::Unknown(reason));
        } else if let Some(found) = self.report.run("refusal", || refusal::check(&prose, request)) {
            let begins = output.len() - output.trim_start().len();
            let found = found.filter(|defect| reads_prose || defect.range.start <= begins);
            declining = found.as_ref().map(|defect| defect.range.clone());
            self.report.take("refusal", Ok(found.into_iter().collect()));
        }
        if reads_prose {
            self.grounded(&prose, declining);
            self.quality(&prose, *shape == Shape::Markdown);
            if let Some(found) = self.report.run("request.count", || request::promised(output)) {
                self.report.take("request.count", Ok(found));
            }
        }
    }

    /// Whether the text keeps its thread.
    fn quality(&mut self, prose: &Prose, is_markdown: bool) {
        let output = self.artifact.output.as_str();
        let found = self.report.run("degenerate.repeats", || {
            let mut found = degenerate::sentences(prose);
            found.extend(degenerate::lines(output, prose));
            found
        });
        if let Some(found) = found {
            self.report.take("degenerate.repeats", Ok(found));
        }
        if is_markdown
            && let Some(found) = self
                .report
                .run("degenerate.structure", || degenerate::structure(output))
        {
            self.report.take("degenerate.structure", Ok(found));
        }
        if prose.passages.len() > MANY_PASSAGES {
            let reason = "coherence and what is off topic: no rule tells them well enough".to_owned();
            self.report.skip("coherence", Skipped::Unknown(reason));
        }
    }

    /// What `request` and `requirements` demand of any output.
    fn requested(&mut self, shape: &Shape) {
        let (output, requirements) = (
            self.artifact.output.as_str(),
            self.artifact.requirements.as_slice(),
        );
        let asked = self.artifact.request.as_deref().unwrap_or_default();
        if requirements.is_empty() && asked.trim().is_empty() {
            return;
        }
        if let Err(skipped) = markdown::readable(output) {
            return self.report.skip("request", skipped);
        }
        let whole_code = match shape {
            Shape::Code(language) => Some(language.clone()),
            Shape::Json => Some(Language::Json),
            Shape::Patch => Some(Language::Unlabelled),
            Shape::Markdown | Shape::Text => None,
        };
        let outcomes = self.report.run("request", || {
            let prose = Prose::of(output);
            let demanded = request::requirements(requirements, output, &prose, whole_code.clone());
            let asked = match shape {
                Shape::Markdown | Shape::Text => request::request(asked, output, &prose, whole_code),
                // Of data and code the prose of a request says little that could be counted.
                Shape::Code(_) | Shape::Json | Shape::Patch => request::Outcome::default(),
            };
            (demanded, asked)
        });
        let Some((demanded, asked)) = outcomes else { return };
        for (what, reason) in demanded.open {
            self.report.skip(&what, Skipped::Unknown(reason));
        }
        if demanded.decided {
            self.report.take("requirements", Ok(demanded.defects));
        }
        if asked.decided {
            self.report.take("request", Ok(asked.defects));
        } else if self.artifact.request.is_some() {
            let reason = "it demands nothing that rules decide".to_owned();
            self.report.skip("request", Skipped::Unknown(reason));
        }
    }

    /// What no source says. A sentence that declines speaks of the assistant, not of the sources.
    fn grounded(&mut self, prose: &Prose, declining: Option<Range<usize>>) {
        let (output, sources) = (self.artifact.output.as_str(), self.artifact.sources.as_slice());
        if sources.is_empty() {
            return;
        }
        if sources.iter().all(|source| source.trim().is_empty()) {
            return self
                .report
                .skip("ground", Skipped::Limit("the sources are empty".to_owned()));
        }
        let checked = self
            .report
            .run("ground", || ground::check(output, prose, sources));
        match checked {
            Some(Ok(mut checked)) => {
                if let Some(declining) = declining {
                    checked.defects.retain(|defect| {
                        defect.range.end <= declining.start || declining.end <= defect.range.start
                    });
                }
                self.report.take("ground", Ok(checked.defects));
                self.report.supported(checked.support);
            }
            Some(Err(skipped)) => self.report.skip("ground", skipped),
            None => {}
        }
    }
}
