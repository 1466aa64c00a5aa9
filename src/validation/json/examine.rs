//! The whole output, or a fence, as JSON and against its schema.

use super::super::Examination;
use super::super::block::Block;
use super::super::report::Skipped;
use super::super::schema::Schema;
use super::super::syntax::Language;
use super::{Reading, lines, read};

impl Examination<'_> {
    /// The whole output as JSON, and against its schema.
    pub(in super::super) fn json(&mut self, guessed: bool) {
        let output = self.artifact.output.as_str();
        let language = match self.artifact.language.as_deref().map(Language::from_label) {
            Some(known @ (Language::Jsonc | Language::JsonLines)) => known,
            _ => Language::Json,
        };
        let what = match language {
            Language::JsonLines => "syntax.jsonl",
            _ if guessed => "syntax.json (guessed)",
            _ => "syntax.json",
        };
        let block = Block::whole(output, language);
        let answer = if output.len() > self.settings.max_block_bytes {
            let limit = format!("a block is larger than {} bytes", self.settings.max_block_bytes);
            Err(Skipped::Limit(limit))
        } else {
            match self.report.run(what, || read_all(&block, true)) {
                Some(answer) => answer,
                None => return,
            }
        };
        let readings = match answer {
            Ok(readings) => readings,
            Err(skipped) => {
                self.report.skip(what, skipped);
                return self.without_value();
            }
        };
        self.mends(&readings);
        self.schema(&readings);
        let defects = readings.into_iter().flat_map(|reading| reading.defects);
        self.report.take(what, Ok(defects.collect()));
    }

    /// A fence that says it is JSON.
    pub(in super::super) fn fenced_json(&mut self, what: &str, block: &Block) {
        if let Some(answer) = self.report.run(what, || read_all(block, false)) {
            let defects =
                |readings: Vec<Reading>| readings.into_iter().flat_map(|reading| reading.defects).collect();
            self.report.take(what, answer.map(defects));
        }
    }

    /// In an answer in Markdown, the schema is about its one fence of JSON.
    pub(in super::super) fn schema_of_a_fence(&mut self, blocks: &[Block]) {
        if self.artifact.schema.is_none() {
            return;
        }
        let is_json = |block: &&Block| {
            matches!(
                block.language,
                Language::Json | Language::Jsonc | Language::JsonLines
            )
        };
        let mut json = blocks.iter().filter(is_json);
        match (json.next(), json.next()) {
            (Some(block), None) if block.code.len() <= self.settings.max_block_bytes => {
                if let Some(Ok(readings)) = self.report.run("schema", || read_all(block, false)) {
                    self.schema(&readings);
                }
            }
            (Some(_), None) => self.cannot("schema", "the JSON is larger than a block may be"),
            (Some(_), Some(_)) => self.cannot(
                "schema",
                "there are several fences of JSON: say which one it is about",
            ),
            (None, _) => self.cannot("schema", "there is no fence of JSON in the output"),
        }
    }

    /// Gives the JSON as it should be, if every value that needs it is mended.
    fn mends(&mut self, readings: &[Reading]) {
        let right = |reading: &Reading| reading.mended || reading.value.is_some();
        if readings.iter().any(|reading| reading.mended) && readings.iter().all(right) {
            let texts: Vec<&str> = readings.iter().map(|reading| reading.json.code.trim()).collect();
            self.report.repaired(texts.join("\n"));
        }
    }

    fn schema(&mut self, readings: &[Reading]) {
        let Some(schema) = &self.artifact.schema else {
            return;
        };
        if readings.iter().any(|reading| reading.value.is_none()) {
            self.without_value();
        }
        if readings.iter().all(|reading| reading.value.is_none()) {
            return;
        }
        let schema = match self.report.run("schema", || Schema::new(schema)) {
            Some(Ok(schema)) => schema,
            Some(Err(skipped)) => return self.report.skip("schema", skipped),
            None => return,
        };
        for reading in readings {
            let Some(value) = &reading.value else { continue };
            let Some(answer) = self.report.run("schema", || schema.check(value, &reading.json)) else {
                return;
            };
            self.report.take("schema", answer);
        }
    }

    fn without_value(&mut self) {
        if self.artifact.schema.is_some() {
            self.cannot("schema", "there is no JSON value to compare with it");
        }
    }
}

fn read_all(block: &Block, asked: bool) -> Result<Vec<Reading>, Skipped> {
    match block.language {
        Language::JsonLines => lines::read(block, asked),
        _ => Ok(vec![read(block, asked)?]),
    }
}
