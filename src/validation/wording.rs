//! What is said about the words of an output, whatever it is.

use super::prose::Prose;
use super::report::Skipped;
use super::{Examination, Shape, ground, refusal};

impl Examination<'_> {
    /// The checks that read prose. Data has none, and of code only its beginning can be prose.
    pub(super) fn wording(&mut self, shape: &Shape) {
        let output = self.artifact.output.as_str();
        let reads_prose = matches!(shape, Shape::Markdown | Shape::Text);
        if !reads_prose {
            if !self.artifact.sources.is_empty() {
                self.cannot("ground", "only Markdown and text are compared with sources");
            }
            if !matches!(shape, Shape::Code(_)) {
                return;
            }
        }
        let Some(prose) = self.report.run("prose", || Prose::of(output)) else {
            return;
        };
        let request = self.artifact.request.as_deref().filter(|_| reads_prose);
        if let Some(found) = self.report.run("refusal", || refusal::check(&prose, request)) {
            let begins = output.len() - output.trim_start().len();
            let found = found.filter(|defect| reads_prose || defect.range.start <= begins);
            self.report.take("refusal", Ok(found.into_iter().collect()));
        }
        if reads_prose {
            self.grounded(&prose);
        }
    }

    fn grounded(&mut self, prose: &Prose) {
        let (output, sources) = (self.artifact.output.as_str(), self.artifact.sources.as_slice());
        if sources.is_empty() {
            return;
        }
        if sources.iter().all(|source| source.trim().is_empty()) {
            return self
                .report
                .skip("ground", Skipped::Limit("the sources are empty".to_owned()));
        }
        if let Some(answer) = self
            .report
            .run("ground", || ground::check(output, prose, sources))
        {
            self.report.take("ground", answer);
        }
    }
}
