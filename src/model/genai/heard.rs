//! Whether what was heard is an answer.

use genai::chat::{StopReason, Usage};

use super::failure::{Trouble, declined};
use super::watch::Seen;
use crate::domain::run::FailureClass;
use crate::model::Tokens;

/// What came before the connection was done.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The text.
    pub(super) text: String,
    /// Why it ends, as far as that was said.
    pub(super) stop: Option<StopReason>,
    /// The protocol's own end was there.
    pub(super) ended: bool,
    /// What it took.
    pub(super) tokens: Option<Tokens>,
    /// What else went by.
    pub(super) seen: Seen,
}

impl Heard {
    /// The text, if it is all of an answer.
    pub(super) fn text(self) -> Result<String, Trouble> {
        if let Some(trouble) = self.seen.trouble() {
            return Err(trouble);
        }
        match &self.stop {
            Some(StopReason::ContentFilter(_)) => return Err(declined()),
            // The two are one reason for genai.
            Some(stop @ StopReason::MaxTokens(_)) if stop.raw() == "model_context_window_exceeded" => {
                return Err(Trouble::new(
                    FailureClass::ContextOverflow,
                    "question and answer together are more than the model takes",
                ));
            }
            Some(StopReason::MaxTokens(_)) => {
                return Err(Trouble::new(
                    FailureClass::Truncated,
                    "the answer needs more tokens than it may have",
                ));
            }
            Some(StopReason::ToolCall(_)) => {
                return Err(Trouble::new(
                    FailureClass::BadAnswer,
                    "the model wants to call a tool, and was offered none",
                ));
            }
            Some(StopReason::Other(reason)) if !is_an_end(reason) => {
                return Err(Trouble::new(
                    FailureClass::BadAnswer,
                    "the answer ended without being complete",
                ));
            }
            _ if self.ended || self.seen.finished => {}
            _ if self.seen.events == 0 => {
                return Err(Trouble::new(
                    FailureClass::BadAnswer,
                    "there is no answer in what came",
                ));
            }
            _ => {
                return Err(Trouble::new(
                    FailureClass::Truncated,
                    "the answer ends before its end",
                ));
            }
        }
        let text = without_thoughts(&self.text);
        if text.trim().is_empty() {
            return Err(Trouble::new(FailureClass::BadAnswer, "the answer is empty"));
        }
        Ok(text.to_owned())
    }
}

/// Words with which some servers say that the model had nothing more to say.
fn is_an_end(reason: &str) -> bool {
    ["", "eos", "eos_token", "complete", "finished", "null"].contains(&reason.to_ascii_lowercase().as_str())
}

/// What follows the thoughts that some models write in front of their answer.
fn without_thoughts(text: &str) -> &str {
    let Some(thoughts) = text.trim_start().strip_prefix("<think>") else {
        return text;
    };
    thoughts
        .split_once("</think>")
        .map_or("", |(_, answer)| answer.trim_start())
}

/// Usage in numbers that can be.
pub(super) fn tokens(usage: &Usage) -> Option<Tokens> {
    let number = |tokens: Option<i32>| tokens.and_then(|tokens| u64::try_from(tokens).ok());
    let input = number(usage.prompt_tokens)?;
    let output = number(usage.completion_tokens)?;
    let details = usage.prompt_tokens_details.as_ref();
    let cached = number(details.and_then(|details| details.cached_tokens)).unwrap_or_default();
    // Without any, nothing was said: no question is empty.
    (input > 0).then_some(Tokens {
        input,
        cached: cached.min(input),
        output,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(heard: Heard) -> String {
        match heard.text() {
            Ok(text) => format!("ok {text}"),
            Err(trouble) => trouble.class.name().to_owned(),
        }
    }

    fn stopped(reason: &str) -> String {
        told(Heard {
            text: "forty-two".to_owned(),
            stop: Some(StopReason::from(reason.to_owned())),
            ended: true,
            ..Heard::default()
        })
    }

    #[test]
    fn the_reason_for_the_end_decides() {
        for (reason, class) in [
            ("stop", "ok forty-two"),
            ("end_turn", "ok forty-two"),
            ("eos", "ok forty-two"),
            ("length", "truncated"),
            ("max_tokens", "truncated"),
            ("model_context_window_exceeded", "context_overflow"),
            ("content_filter", "refused"),
            ("refusal", "refused"),
            ("SAFETY", "refused"),
            ("tool_calls", "bad_answer"),
            ("load", "bad_answer"),
            ("error", "bad_answer"),
            ("pause_turn", "bad_answer"),
        ] {
            assert_eq!(stopped(reason), class, "{reason}");
        }
    }

    #[test]
    fn an_end_has_to_be_seen() {
        let heard = |ended: bool, finished: bool, events: u64| {
            told(Heard {
                text: "forty-two".to_owned(),
                ended,
                seen: Seen {
                    finished,
                    events,
                    ..Seen::default()
                },
                ..Heard::default()
            })
        };
        assert_eq!(heard(true, false, 3), "ok forty-two");
        assert_eq!(heard(false, true, 3), "ok forty-two");
        assert_eq!(heard(false, false, 3), "truncated");
        assert_eq!(heard(false, false, 0), "bad_answer");
    }

    #[test]
    fn thoughts_are_no_answer() {
        assert_eq!(without_thoughts("<think>hm\n</think>\n\n42"), "42");
        assert_eq!(without_thoughts("<think>hm"), "");
        assert_eq!(without_thoughts("42 <think>"), "42 <think>");
    }

    #[test]
    fn numbers_that_cannot_be_are_as_good_as_none() {
        let usage = |prompt, completion, cached| Usage {
            prompt_tokens: prompt,
            completion_tokens: completion,
            prompt_tokens_details: Some(genai::chat::PromptTokensDetails {
                cached_tokens: cached,
                ..Default::default()
            }),
            ..Usage::default()
        };
        let known = |input, cached, output| {
            Some(Tokens {
                input,
                cached,
                output,
            })
        };
        assert_eq!(tokens(&usage(Some(9), Some(3), Some(4))), known(9, 4, 3));
        assert_eq!(tokens(&usage(Some(9), Some(3), Some(40))), known(9, 9, 3));
        assert_eq!(tokens(&usage(Some(9), Some(3), Some(-4))), known(9, 0, 3));
        assert_eq!(tokens(&usage(Some(-9), Some(3), None)), None);
        assert_eq!(tokens(&usage(Some(9), None, None)), None);
        assert_eq!(tokens(&usage(Some(0), Some(0), None)), None);
    }
}
