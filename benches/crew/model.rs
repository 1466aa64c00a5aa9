//! A model that answers 1 KB at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use firstmate::domain::Scope;
use firstmate::model::{Answer, Failure, Model, Models, Prices, Question, Tokens};
use serde_json::json;
use tokio::sync::Notify;

/// `a/one`.
#[derive(Debug)]
pub(crate) struct OneK {
    /// Calls that are answered; those after it never are.
    left: AtomicUsize,
    silent: Arc<Notify>,
}

impl OneK {
    pub(crate) fn endless() -> Models {
        Self::until(usize::MAX).0
    }

    /// Answers `calls` and falls silent, which is told.
    pub(crate) fn until(calls: usize) -> (Models, Arc<Notify>) {
        let silent = Arc::new(Notify::new());
        let model: Arc<dyn Model> = Arc::new(Self {
            left: AtomicUsize::new(calls),
            silent: Arc::clone(&silent),
        });
        (Models::new([model]), silent)
    }
}

/// What a step comes to: a list of a hundred items in one of 1 KB, and its name, so that no two are alike.
pub(crate) fn output(step: &str) -> String {
    let items: Vec<usize> = (0..100).collect();
    let text = format!("the part of {step} is done; ").repeat(20);
    let room = text.char_indices().nth(700).map_or(text.len(), |(at, _)| at);
    json!({"step": step, "items": items, "text": &text[..room]}).to_string()
}

#[async_trait]
impl Model for OneK {
    fn id(&self) -> &str {
        "a/one"
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_err() {
            self.silent.notify_one();
            std::future::pending::<()>().await;
        }
        let step = question.idempotency_key.split('/').nth(1).unwrap_or_default();
        Ok(Answer {
            text: output(step),
            tokens: Some(Tokens {
                input: 200,
                cached: 0,
                output: 250,
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
