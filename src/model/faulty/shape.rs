//! An answer before it is put into a protocol.

use super::{Asked, Protocol, anthropic, ollama, openai};

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) text: String,
    pub(super) end: End,
    /// Whether it is told what it took.
    pub(super) has_usage: bool,
    /// Nothing but a frame.
    pub(super) is_empty: bool,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Length,
    Refusal,
    Filter,
}

impl Shape {
    pub(super) fn of(asked: &Asked, text: String) -> Self {
        Self {
            input_tokens: (asked.system.len() + asked.prompt.len()) as u64 / 4 + 3,
            output_tokens: text.len() as u64 / 4 + 1,
            text,
            end: End::Complete,
            has_usage: true,
            is_empty: false,
        }
    }

    /// The answer at once.
    pub(super) fn whole(&self, asked: &Asked) -> String {
        match asked.protocol {
            Protocol::OpenAi => openai::whole(self, asked),
            Protocol::Anthropic => anthropic::whole(self, asked),
            Protocol::Ollama => ollama::whole(self, asked),
        }
    }

    /// The answer in pieces, each as it goes over the wire.
    pub(super) fn pieces(&self, asked: &Asked) -> Vec<String> {
        match asked.protocol {
            Protocol::OpenAi => openai::pieces(self, asked),
            Protocol::Anthropic => anthropic::pieces(self, asked),
            Protocol::Ollama => ollama::pieces(self, asked),
        }
    }

    /// Its text in pieces of about two words.
    pub(super) fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self.text.split_inclusive(' ').collect();
        if words.len() == 1 {
            // Also a single word comes in two pieces.
            let middle = self.text.floor_char_boundary(self.text.len() / 2);
            let (first, second) = self.text.split_at(middle);
            words = vec![first, second];
        }
        words.retain(|word| !word.is_empty());
        words
    }
}
