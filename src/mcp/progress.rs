//! How far a run is, told while the call still lasts.

use rmcp::model::ProgressNotificationParam;

use super::caller::Caller;

impl Caller {
    /// Tells how much is done, if the caller asked to be told. A caller that is gone misses nothing.
    pub(crate) async fn tell_progress(&self, done: usize, total: usize, message: String) {
        let (Some(peer), Some(token)) = (&self.peer, &self.progress) else {
            return;
        };
        let progress = ProgressNotificationParam::new(token.clone(), done as f64)
            .with_total(total as f64)
            .with_message(message);
        if let Err(error) = peer.notify_progress(progress).await {
            tracing::debug!(%error, "progress was not delivered");
        }
    }
}
