//! Bodies are read whole: within their size, within their time, and not more of them at once than there is room for.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::App;
use super::refusal::Refusal;

/// What room is given out in: a place per begun KiB.
const PLACE_BYTES: usize = 1 << 10;

/// Room for what is read of bodies at the same time.
#[derive(Debug)]
pub(crate) struct Reading(Semaphore);

impl Reading {
    /// Room for `bytes`, and at least for one body of the size `limit`.
    pub(crate) fn new(bytes: usize, limit: usize) -> Self {
        let places = bytes.max(limit).div_ceil(PLACE_BYTES);
        Self(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
    }

    /// Room for one body of so many bytes, as long as it arrives.
    fn place(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Refusal> {
        let places = u32::try_from(bytes.div_ceil(PLACE_BYTES)).unwrap_or(u32::MAX);
        let full = Refusal::Full("too many messages arrive at once");
        self.0.try_acquire_many(places).map_err(|_| full)
    }
}

/// All of a body, within its limits. While it arrives it has a place in `reading` for what it says it has.
pub(crate) async fn whole(body: Body, app: &App, reading: &Reading) -> Result<Bytes, Refusal> {
    let limit = app.settings.body_limit_bytes;
    let size = body.size_hint();
    if size.lower() > limit as u64 {
        return Err(Refusal::TooLarge(limit));
    }
    let said = size.upper().and_then(|size| usize::try_from(size).ok());
    let _place = reading.place(said.unwrap_or(limit).min(limit))?;
    let whole = Limited::new(body, limit).collect();
    let patience = Duration::from_secs(app.settings.body_timeout_s);
    let read = tokio::select! {
        read = tokio::time::timeout(patience, whole) => read,
        () = app.last_words() => return Err(Refusal::Stops),
    };
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge(limit)),
        Ok(Err(error)) => Err(Refusal::Broken(error.to_string())),
        Err(_) => Err(Refusal::TooSlow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_at_once_is_bounded() {
        let reading = Reading::new(4 << 10, 1);
        let held: Vec<_> = (0..2).map(|_| reading.place(1025).unwrap()).collect();
        assert_eq!(reading.place(1).unwrap_err().status().as_u16(), 503);
        assert!(reading.place(0).is_ok(), "what has no body needs no room");
        drop(held);
        assert!(reading.place(4 << 10).is_ok());
        assert!(
            Reading::new(1, 1 << 20).place(1 << 20).is_ok(),
            "one always has room"
        );
    }
}
