//! One attempt by a model: what it may take, and what it took.

use std::sync::Arc;

use super::Submission;
use crate::domain::run::{FailureClass, Usage, Via};
use crate::domain::{MicroUsd, Scope, StepId};
use crate::model::{Answer, Failure, Model, Question, Tokens};

/// Bytes of the lessons that a first attempt is given after this is reckoned: three, each with its title and heading.
const LESSONS: usize = 1_300;

/// An attempt that is being made.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) step: StepId,
    pub(super) attempt: u32,
    pub(super) model: Arc<dyn Model>,
    pub(super) question: Question,
    pub(super) reserved: Usage,
    /// Whether it was given lessons that are not in the question yet.
    pub(super) has_news: bool,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) call: Call,
    pub(super) answer: Result<Answer, Failure>,
}

/// Makes it, within the time it has.
pub(super) async fn ask(scope: &Scope, call: Call) -> Done {
    let asked = call.model.ask(scope, &call.question);
    let answer = tokio::time::timeout(call.question.timeout, asked)
        .await
        .unwrap_or_else(|_| {
            Err(Failure {
                class: FailureClass::Timeout,
                status: None,
                retry_after: None,
                message: format!("no answer within {} s", call.question.timeout.as_secs_f32()),
                tokens: None,
            })
        });
    Done { call, answer }
}

/// The most that a call may take; nothing where a price is not known. A token of the question covers at least one byte.
pub(super) fn reserve(question: &Question, model: &dyn Model) -> Option<Usage> {
    let prices = model.prices()?;
    let tokens = tokens_of(question).tokens;
    let output = u64::from(question.max_tokens);
    let usd = prices.cost(Tokens {
        input: tokens.saturating_sub(output),
        cached: 0,
        output,
    })?;
    Some(Usage { usd, tokens, output })
}

pub(super) fn tokens_of(question: &Question) -> Usage {
    let schema = question
        .schema
        .as_ref()
        .map_or(0, |schema| schema.to_string().len());
    let bytes = question.system.len() + question.prompt.len() + schema + 64 + LESSONS;
    Usage {
        usd: MicroUsd::ZERO,
        tokens: bytes as u64 + u64::from(question.max_tokens),
        output: u64::from(question.max_tokens),
    }
}

/// What a failed call is booked with. Of one that may have been answered, without anybody saying what it took, all that
/// was set aside.
pub(super) fn took_nevertheless(call: &Call, failure: &Failure) -> Usage {
    match failure.tokens {
        Some(tokens) => used(call, tokens, None),
        None if matches!(failure.class, FailureClass::Timeout | FailureClass::Truncated) => call.reserved,
        None => Usage::default(),
    }
}

fn used(call: &Call, tokens: Tokens, cost: Option<MicroUsd>) -> Usage {
    let cost = cost.or_else(|| call.model.prices()?.cost(tokens));
    Usage {
        usd: cost.unwrap_or(call.reserved.usd),
        tokens: tokens.input.saturating_add(tokens.output),
        output: tokens.output,
    }
}

pub(super) fn submission(call: &Call, answer: &Answer) -> Submission {
    let usage = answer
        .tokens
        .map_or(call.reserved, |tokens| used(call, tokens, answer.cost));
    Submission {
        step_token: String::new(),
        output: Some(answer.text.clone().into()),
        error: None,
        usage: Some(usage),
        // As the catalogue names it.
        model: call.model.id().split_once('/').map(|(_, model)| model.to_owned()),
        via: Via::Host,
    }
}
