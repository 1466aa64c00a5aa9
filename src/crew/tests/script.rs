//! Models that answer as told, and count.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::domain::run::FailureClass;
use crate::model::{Answer, Failure, Model, Prices, Question, Tokens};

/// How long an answer takes: by the step and how often it was asked for before.
type Pace = dyn Fn(&str, usize) -> Duration + Send + Sync;

type Script = dyn Fn(&Question, usize) -> Result<String, Failure> + Send + Sync;

/// Answers by the step and how often that was asked for before.
pub(in crate::crew) struct Scripted {
    id: &'static str,
    script: Box<Script>,
    pub(in crate::crew) asked: Mutex<Vec<Question>>,
    prices: Option<Prices>,
    pace: Option<Box<Pace>>,
    output: u64,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Scripted {
    pub(in crate::crew) fn new(
        id: &'static str,
        script: impl Fn(&str, usize) -> Result<String, Failure> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            script: Box::new(move |question, before| script(step_of(question), before)),
            asked: Mutex::default(),
            prices: Some(Prices {
                input: 0.0,
                output: 1.0,
                cached: 0.0,
            }),
            pace: None,
            output: 100,
        })
    }

    /// One whose answers follow from what it is asked.
    pub(in crate::crew) fn answering(
        id: &'static str,
        answer: impl Fn(&Question) -> String + Send + Sync + 'static,
    ) -> Arc<Self> {
        let mut model = Self::new(id, |_, _| Ok(String::new()));
        if let Some(model) = Arc::get_mut(&mut model) {
            model.script = Box::new(move |question, _| Ok(answer(question)));
        }
        model
    }

    /// One whose answers have so many tokens.
    pub(in crate::crew) fn using(id: &'static str, output: u64) -> Arc<Self> {
        let mut model = Self::new(id, |step, _| Ok(format!("{step} is done")));
        if let Some(model) = Arc::get_mut(&mut model) {
            model.output = output;
        }
        model
    }

    /// One of which nobody knows what it costs.
    pub(super) fn unpriced(id: &'static str) -> Arc<Self> {
        let mut model = Self::new(id, |step, _| Ok(format!("{step} is done")));
        if let Some(model) = Arc::get_mut(&mut model) {
            model.prices = None;
        }
        model
    }

    /// One that takes its time.
    pub(in crate::crew) fn slow(id: &'static str, time: Duration) -> Arc<Self> {
        let mut model = Self::new(id, |step, _| Ok(format!("{step} is done")));
        if let Some(model) = Arc::get_mut(&mut model) {
            model.pace = Some(Box::new(move |_, _| time));
        }
        model
    }

    /// One whose answers take as long as `pace` says.
    pub(in crate::crew) fn paced(
        id: &'static str,
        script: impl Fn(&str, usize) -> Result<String, Failure> + Send + Sync + 'static,
        pace: impl Fn(&str, usize) -> Duration + Send + Sync + 'static,
    ) -> Arc<Self> {
        let mut model = Self::new(id, script);
        if let Some(model) = Arc::get_mut(&mut model) {
            model.pace = Some(Box::new(pace));
        }
        model
    }

    /// How often each step was asked for.
    pub(in crate::crew) fn count(&self, step: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|question| step_of(question) == step).count()
    }

    /// How often it was asked for this attempt: `step/attempt`.
    pub(in crate::crew) fn asked_as(&self, attempt: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|question| {
                question
                    .idempotency_key
                    .split_once('/')
                    .is_some_and(|(_, key)| key == attempt)
            })
            .count()
    }

    pub(in crate::crew) fn all(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// From `run/step/attempt`.
fn step_of(question: &Question) -> &str {
    question.idempotency_key.split('/').nth(1).unwrap_or_default()
}

#[async_trait]
impl Model for Scripted {
    fn id(&self) -> &str {
        self.id
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let step = step_of(question);
        let before = self.count(step);
        self.asked.lock().unwrap().push(question.clone());
        if let Some(pace) = &self.pace {
            tokio::time::sleep(pace(step, before)).await;
        }
        (self.script)(question, before).map(|text| Answer {
            text,
            tokens: Some(Tokens {
                input: 10,
                cached: 0,
                output: self.output,
            }),
            cost: None,
        })
    }

    fn prices(&self) -> Option<Prices> {
        self.prices
    }
}

pub(in crate::crew) fn failure(class: FailureClass) -> Failure {
    Failure {
        class,
        status: None,
        retry_after: None,
        message: "as told".to_owned(),
        tokens: None,
    }
}

/// Settings whose waits are milliseconds.
pub(in crate::crew) fn quick() -> Settings {
    Settings {
        recovery: Recovery {
            backoff_ms: 1,
            backoff_cap_ms: 4,
            longest_wait_ms: 50,
            ..Recovery::default()
        },
        max_parallel: 100,
        ..Settings::default()
    }
}
