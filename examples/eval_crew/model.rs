//! Models whose answers follow from the step alone, with faults where they are told to have them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use firstmate::domain::Scope;
use firstmate::model::{Answer, Failure, Model, Prices, Question, Tokens};

use crate::fault::Class;

/// Faults by step, shared by the models of a run, and what was asked.
#[derive(Debug, Default)]
pub(crate) struct Script {
    faults: Mutex<HashMap<String, Vec<Class>>>,
    /// By `step/attempt` the answers that were given.
    answered: Mutex<HashMap<String, u64>>,
    calls: Mutex<u64>,
    crashes: tokio::sync::Notify,
}

impl Script {
    /// Faults by step, the first first.
    pub(crate) fn new(faults: HashMap<String, Vec<Class>>) -> Arc<Self> {
        Arc::new(Self {
            faults: Mutex::new(faults),
            ..Self::default()
        })
    }

    /// When a fault takes the process with it.
    pub(crate) async fn crash(&self) {
        self.crashes.notified().await;
    }

    pub(crate) fn calls(&self) -> u64 {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answered(&self, attempt: &str) -> u64 {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.get(attempt).copied().unwrap_or_default()
    }

    fn next_fault(&self, step: &str, is_first: bool) -> Option<Class> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        // Steps for items have their trouble with the step they were made from.
        let due = faults.get_mut(step.split('.').next().unwrap_or(step))?;
        let first = *due.first()?;
        let everywhere = first.most_in_a_row() == u64::MAX;
        if !everywhere && first.needs_another() && !is_first {
            return None;
        }
        if !everywhere && !first.needs_another() {
            due.remove(0);
        }
        Some(first)
    }
}

/// What a step comes to, whoever does it.
pub(crate) fn output(step: &str) -> String {
    let text: String = step
        .bytes()
        .map(|byte| format!("{:02x}", byte.wrapping_mul(31)))
        .collect();
    format!("{{\"step\":\"{step}\",\"text\":\"{text}\",\"items\":[1,2,3]}}")
}

/// One of the models of a run.
pub(crate) struct Played {
    pub(crate) id: &'static str,
    pub(crate) is_first: bool,
    pub(crate) script: Arc<Script>,
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

#[async_trait]
impl Model for Played {
    fn id(&self) -> &str {
        self.id
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let attempt = question
            .idempotency_key
            .split_once('/')
            .map_or("", |(_, attempt)| attempt);
        let step = attempt.split_once('/').map_or(attempt, |(step, _)| step);
        *self.script.calls.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        // So that others are at work at the same time.
        tokio::task::yield_now().await;
        let mut text = output(step);
        match self.script.next_fault(step, self.is_first) {
            Some(Class::Crash) => {
                self.script.crashes.notify_one();
                std::future::pending::<()>().await;
            }
            Some(Class::Hang) => tokio::time::sleep(Duration::from_secs(3_600)).await,
            Some(Class::InvalidOutput | Class::NeverValid) => text = format!("Here you are: {}", step.len()),
            Some(class) => {
                if let Some(failure) = class.failure() {
                    return Err(failure);
                }
            }
            None => {}
        }
        *self
            .script
            .answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(attempt.to_owned())
            .or_default() += 1;
        Ok(Answer {
            text,
            tokens: Some(Tokens {
                input: 200,
                cached: 0,
                output: 60,
            }),
            cost: None,
        })
    }

    fn prices(&self) -> Option<Prices> {
        Some(Prices {
            input: 1.0,
            output: 5.0,
            cached: 0.1,
        })
    }
}
