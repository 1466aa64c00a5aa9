//! Reading without end has an end.
//!
//! genai joins what came since the last whole event, and whole answers and errors, however much that is. So the number of
//! reads that bring nothing whole is bounded here: each read is at most what the connection has buffered, and a peer that
//! is waited for makes none.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use genai::chat::{ChatStream, ChatStreamEvent};

use super::failure::Trouble;
use super::watch::Watch;
use crate::domain::run::FailureClass;

/// Most reads between two events. An event of a model comes in one or a few.
const MAX_READS_OF_EVENT: u32 = 64;
/// Most reads of an answer that comes at once.
const MAX_READS_OF_WHOLE: u32 = 512;

/// The next event of a stream; `None` at its end.
pub(super) async fn next(
    stream: &mut ChatStream,
    watch: &Watch,
    most_bytes: usize,
) -> Result<Option<genai::Result<ChatStreamEvent>>, Trouble> {
    let mut next = pin!(stream.next());
    let (mut frames, mut reads) = (watch.amount().0, 0);
    let bounded = poll_fn(|context| {
        let polled = next.as_mut().poll(context);
        let (now, bytes) = watch.amount();
        if bytes > most_bytes {
            return Poll::Ready(Err(endless()));
        }
        reads = if now > frames { 0 } else { reads + 1 };
        frames = now;
        match polled {
            Poll::Ready(event) => Poll::Ready(Ok(event)),
            Poll::Pending if reads > MAX_READS_OF_EVENT => Poll::Ready(Err(endless())),
            Poll::Pending => Poll::Pending,
        }
    });
    woken(bounded).await
}

/// An answer that comes at once.
pub(super) async fn whole<T>(answer: impl Future<Output = T>) -> Result<T, Trouble> {
    let mut answer = pin!(answer);
    let mut reads = 0;
    let bounded = poll_fn(|context| {
        reads += 1;
        match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending if reads > MAX_READS_OF_WHOLE => Poll::Ready(Err(endless())),
            Poll::Pending => Poll::Pending,
        }
    });
    woken(bounded).await
}

/// Polls only when there is something: a task that waits for many at once polls all of them for each.
async fn woken<T>(future: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let mut only = FuturesUnordered::from_iter([future]);
    only.next().await.unwrap_or_else(|| Err(endless()))
}

fn endless() -> Trouble {
    Trouble::new(FailureClass::BadAnswer, "what came is longer than any answer")
}
