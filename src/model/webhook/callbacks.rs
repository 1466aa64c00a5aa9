//! Answers that come later: a receiver said that it has the step, and hands the output in by another request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// What is handed in: the output, or in words why there is none.
pub type Handed = Result<String, String>;

/// The questions that an answer is waited for, by their idempotency key. Cheap to share.
///
/// They are those of this process: what it waited for when it ended is asked anew by the next one, under another key.
#[derive(Debug, Clone, Default)]
pub struct Callbacks(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: AtomicBool,
    waiting: Mutex<HashMap<String, oneshot::Sender<Handed>>>,
}

/// A question that an answer is waited for, until this is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    callbacks: Callbacks,
    key: String,
    answer: oneshot::Receiver<Handed>,
}

impl Callbacks {
    /// From now on answers can come in.
    pub fn open(&self) {
        self.0.open.store(true, Ordering::Release);
    }

    /// Whether answers can come in.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.open.load(Ordering::Acquire)
    }

    /// Hands an answer in; whether somebody waits for it.
    #[must_use]
    pub fn hand_in(&self, key: &str, handed: Handed) -> bool {
        let waiting = self.waiting().remove(key);
        waiting.is_some_and(|waiting| waiting.send(handed).is_ok())
    }

    /// To be called before the question is sent: an answer can be faster than what is said to it.
    pub(super) fn expect(&self, key: &str) -> Waiting {
        let (sender, answer) = oneshot::channel();
        self.waiting().insert(key.to_owned(), sender);
        Waiting {
            callbacks: self.clone(),
            key: key.to_owned(),
            answer,
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Handed>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// The answer, whenever it comes.
    pub(super) async fn answer(mut self) -> Handed {
        let handed = (&mut self.answer).await;
        handed.unwrap_or_else(|_| Err("another attempt took its place".to_owned()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.answer.close();
        let mut waiting = self.callbacks.waiting();
        // Not one that took its place.
        if waiting.get(&self.key).is_some_and(oneshot::Sender::is_closed) {
            waiting.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_reaches_who_waits_for_it_once() {
        let callbacks = Callbacks::default();
        assert!(!callbacks.hand_in("run/a/1", Ok("42".to_owned())), "nobody waits");
        let waiting = callbacks.expect("run/a/1");
        assert!(!callbacks.hand_in("run/a/2", Ok("41".to_owned())));
        assert!(callbacks.hand_in("run/a/1", Ok("42".to_owned())));
        assert!(
            !callbacks.hand_in("run/a/1", Ok("43".to_owned())),
            "it was handed in"
        );
        assert_eq!(waiting.answer().await, Ok("42".to_owned()));
    }

    #[tokio::test]
    async fn who_does_not_wait_any_more_is_forgotten_and_a_newer_one_is_not() {
        let callbacks = Callbacks::default();
        drop(callbacks.expect("run/a/1"));
        assert!(!callbacks.hand_in("run/a/1", Ok(String::new())));
        let older = callbacks.expect("run/a/1");
        let newer = callbacks.expect("run/a/1");
        assert!(older.answer().await.unwrap_err().contains("another attempt"));
        assert!(callbacks.hand_in("run/a/1", Ok("42".to_owned())));
        assert_eq!(newer.answer().await, Ok("42".to_owned()));
    }
}
