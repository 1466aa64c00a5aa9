//! Bodies are read whole: within their size, within their time, and not more of them at once than there is room for.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::Semaphore;

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
}

/// All of a body, within its limits. While it arrives it has a place in `reading` for what it says it has.
pub(crate) async fn whole(body: Body, app: &App, reading: &Reading) -> Result<Bytes, Refusal> {
    let limit = app.settings.body_limit_bytes;
    let size = body.size_hint();
    if size.lower() > limit as u64 {
        return Err(Refusal::TooLarge(limit));
    }
    let said = size.upper().and_then(|size| usize::try_from(size).ok());
    let places = said.unwrap_or(limit).min(limit).div_ceil(PLACE_BYTES);
    let Ok(_place) = reading
        .0
        .try_acquire_many(u32::try_from(places).unwrap_or(u32::MAX))
    else {
        return Err(Refusal::Full("too many messages arrive at once"));
    };
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
