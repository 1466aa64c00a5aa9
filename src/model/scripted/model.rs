//! A model without a model, for tests: it answers as its parts say, one after the other or by the question.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Scope;
use crate::domain::run::FailureClass;
use crate::model::faulty::Weather;
use crate::model::{Answer, Failure, Model, Prices, Question, Tokens};

/// What becomes of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    outcome: Outcome,
    after: Duration,
    says_tokens: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Answer(String),
    Failure(FailureClass, Option<Duration>),
}

impl Part {
    /// It is answered.
    pub fn answers(text: impl Into<String>) -> Self {
        Self::new(Outcome::Answer(text.into()))
    }

    /// It fails.
    #[must_use]
    pub fn fails(class: FailureClass) -> Self {
        Self::new(Outcome::Failure(class, None))
    }

    /// It fails, and is not to be asked again before that time has passed.
    #[must_use]
    pub fn fails_for(class: FailureClass, retry_after: Option<Duration>) -> Self {
        Self::new(Outcome::Failure(class, retry_after))
    }

    /// The same, after a while.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    /// The same, without a word of what it took.
    #[must_use]
    pub fn without_tokens(self) -> Self {
        Self {
            says_tokens: false,
            ..self
        }
    }

    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            after: Duration::ZERO,
            says_tokens: true,
        }
    }
}

type Script = dyn Fn(&Question, usize) -> Part + Send + Sync;

/// A model that plays its part.
pub struct ScriptedModel {
    id: String,
    script: Box<Script>,
    weather: Weather,
    prices: Option<Prices>,
    asked: Mutex<Vec<Question>>,
}

impl ScriptedModel {
    /// Plays these parts in order, and the last one again and again; without any it answers with nothing but its id.
    pub fn new(id: impl Into<String>, parts: Vec<Part>) -> Self {
        let id = id.into();
        let otherwise = Part::answers(id.clone());
        Self::by(id, move |_, number| {
            let part = parts.get(number).or(parts.last());
            part.unwrap_or(&otherwise).clone()
        })
    }

    /// Plays what the question says, and how many came before it.
    pub fn by(
        id: impl Into<String>,
        script: impl Fn(&Question, usize) -> Part + Send + Sync + 'static,
    ) -> Self {
        Self {
            id: id.into(),
            script: Box::new(script),
            weather: Weather::new(0),
            prices: None,
            asked: Mutex::default(),
        }
    }

    /// The same, where the faults of that weather come first: drawn by the key of the work, so that the same work fails
    /// every time, in whatever order it is done.
    #[must_use]
    pub fn in_weather(self, weather: Weather) -> Self {
        Self { weather, ..self }
    }

    /// The same at a price.
    #[must_use]
    pub fn at(self, prices: Prices) -> Self {
        Self {
            prices: Some(prices),
            ..self
        }
    }

    /// What it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn part(&self, question: &Question) -> Part {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let number = asked.len();
        asked.push(question.clone());
        drop(asked);
        let fault = self.weather.of(&question.idempotency_key);
        match fault.and_then(|fault| fault.class(true)) {
            Some(class) => Part::fails(class),
            None => (self.script)(question, number),
        }
    }
}

#[async_trait]
impl Model for ScriptedModel {
    fn id(&self) -> &str {
        &self.id
    }

    fn prices(&self) -> Option<Prices> {
        self.prices
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let part = self.part(question);
        tokio::time::sleep(part.after.min(question.timeout)).await;
        let failure = |class: FailureClass, retry_after| Failure {
            class,
            status: None,
            retry_after,
            message: format!("{}: {}, as scripted", self.id, class.name()),
            tokens: None,
        };
        if part.after > question.timeout {
            return Err(failure(FailureClass::Timeout, None));
        }
        match part.outcome {
            Outcome::Failure(class, retry_after) => Err(failure(class, retry_after)),
            Outcome::Answer(text) => {
                let tokens = part.says_tokens.then(|| Tokens {
                    input: (question.system.len() + question.prompt.len()) as u64 / 4 + 3,
                    cached: 0,
                    output: text.len() as u64 / 4 + 1,
                });
                let cost = tokens
                    .zip(self.prices)
                    .and_then(|(tokens, prices)| prices.cost(tokens));
                Ok(Answer { text, tokens, cost })
            }
        }
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel")
            .field("id", &self.id)
            .field("weather", &self.weather)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::faulty::Fault;

    fn question(key: &str) -> Question {
        Question {
            system: String::new(),
            prompt: key.to_uppercase(),
            schema: None,
            max_tokens: 9,
            timeout: Duration::from_secs(1),
            idempotency_key: key.to_owned(),
            token: None,
        }
    }

    async fn told(model: &ScriptedModel, key: &str) -> String {
        let scope = Scope::new("local", "/project", "ada").unwrap();
        match model.ask(&scope, &question(key)).await {
            Ok(answer) => answer.text,
            Err(failure) => failure.class.name().to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn parts_are_played_in_order_and_the_last_stays() {
        let model = ScriptedModel::new(
            "m/1",
            vec![
                Part::fails(FailureClass::Refused),
                Part::answers("late").after(Duration::from_secs(2)),
                Part::answers("done"),
            ],
        );
        for expected in ["refused", "timeout", "done", "done"] {
            assert_eq!(told(&model, "a/b/1").await, expected);
        }
        assert_eq!(model.asked().len(), 4);
    }

    #[tokio::test]
    async fn the_same_work_fails_every_time() {
        let model = ScriptedModel::by("m/1", |question, _| Part::answers(question.prompt.clone()))
            .in_weather(Weather::new(4).with(Fault::Overloaded, 0.3));
        let mut failed = 0;
        for step in 0..100 {
            let key = format!("run/{step}/1");
            let first = told(&model, &key).await;
            assert_eq!(told(&model, &key).await, first);
            assert!(first == "overloaded" || first == key.to_uppercase(), "{first}");
            failed += u32::from(first == "overloaded");
        }
        assert!((15..45).contains(&failed), "{failed}");
    }
}
