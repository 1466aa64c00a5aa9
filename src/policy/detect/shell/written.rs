//! Files a script writes, so that what is run a moment later can be judged.

use std::collections::HashMap;

use super::arguments::Arguments;
use super::output::{decodes, printed};
use super::syntax::{Command, Input};
use super::unwrap::{InputText, input_text, is_downloader};
use super::word::Word;

/// What is in a file that was written.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Known(String),
    Downloaded,
    Unknown,
    /// Another program under a new name.
    Program(String),
}

/// The files, by name without folder: `cd` and links would make more of a path than it says.
#[derive(Debug, Default)]
pub(super) struct Written {
    files: HashMap<String, Content>,
}

/// Most files that are remembered.
const MAX_FILES: usize = 500;

impl Written {
    /// The output of a command goes into the file.
    pub(super) fn write(&mut self, path: &str, from: &Command, appends: bool) {
        let pipeline = std::slice::from_ref(from);
        let downloads = from.words.first().is_some_and(is_downloader);
        let content = match printed(pipeline) {
            Some(text) if !decodes(pipeline) => Content::Known(text),
            _ if downloads => Content::Downloaded,
            _ => Content::Unknown,
        };
        self.put(path, content, appends);
    }

    /// Remembers what a command writes that is not a redirection.
    pub(super) fn note(&mut self, name: &str, words: &[Word], input: &Input) {
        match name {
            "tee" => {
                let content = match input_text(input) {
                    InputText::Known { text, decoded: false } => Content::Known(text),
                    InputText::Downloaded => Content::Downloaded,
                    _ => Content::Unknown,
                };
                let appends = words
                    .iter()
                    .any(|word| matches!(word.text.as_str(), "-a" | "--append"));
                for word in words.iter().filter(|word| !word.text.starts_with('-')) {
                    self.put(&word.text, content.clone(), appends);
                }
            }
            "curl" | "wget" | "aria2c" => {
                let valued = if name == "wget" {
                    ["-O", "--output-document"]
                } else {
                    ["-o", "--output"]
                };
                let arguments = Arguments::new(words, &valued);
                let named: Vec<&str> = valued
                    .iter()
                    .flat_map(|option| arguments.values(option))
                    .collect();
                for file in &named {
                    self.put(file, Content::Downloaded, false);
                }
                // Without a name the file is called what the address ends in.
                if named.is_empty()
                    && (name != "curl" || arguments.has("-O") || arguments.has("--remote-name"))
                {
                    for operand in &arguments.operands {
                        let address = operand.word.text.split(['?', '#']).next().unwrap_or_default();
                        self.put(address, Content::Downloaded, false);
                    }
                }
            }
            "cp" | "mv" | "ln" | "install" => {
                let arguments = Arguments::new(words, &["-m", "--mode", "-t"]);
                if let [from, to] = arguments.operands.as_slice() {
                    self.copy(&from.word.text, &to.word.text);
                }
            }
            _ => {}
        }
    }

    /// What was written into the file that is run now.
    pub(super) fn take(&mut self, file: &str) -> Option<Content> {
        self.files.remove(file)
    }

    fn copy(&mut self, from: &str, to: &str) {
        let source = name(from);
        if let Some(content) = self.files.get(source).cloned() {
            self.put(to, content, false);
        } else if from.contains("/bin/") || from.contains("/sbin/") {
            self.put(to, Content::Program(source.to_owned()), false);
        }
    }

    fn put(&mut self, path: &str, content: Content, appends: bool) {
        let file = name(path);
        if file.is_empty() || self.files.len() >= MAX_FILES {
            return;
        }
        let content = match (appends, self.files.remove(file), content) {
            (true, Some(Content::Known(before)), Content::Known(text)) if before.len() < 64 << 10 => {
                Content::Known(format!("{before}\n{text}"))
            }
            (true, Some(before), Content::Known(_)) => before,
            (_, _, content) => content,
        };
        self.files.insert(file.to_owned(), content);
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
