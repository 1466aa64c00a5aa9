//! Runs that the server itself works on: those of a process that ended, and those that come up while this one serves.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::crew::Crews;
use crate::error::chain;

/// Has runs go on until `stop`; what is being done then is left as a crash would leave it, and goes on with the next
/// process.
pub(super) async fn work(crews: Arc<Crews>, tasks: TaskTracker, stop: CancellationToken) {
    match crews.restart().await {
        Ok(0) => {}
        Ok(n) => tracing::info!("{n} runs go on that another process began"),
        Err(error) => tracing::error!(error = chain(&error), "runs of an earlier process do not go on"),
    }
    loop {
        let next = tokio::select! {
            next = crews.next_run() => next,
            () = stop.cancelled() => return,
        };
        let Some((scope, run)) = next else { return };
        let (crews, stop) = (Arc::clone(&crews), stop.clone());
        tasks.spawn(async move {
            tokio::select! {
                driven = crews.drive(&scope, &run) => {
                    if let Err(error) = driven {
                        tracing::error!(error = chain(&error), %run, "a run does not go on until it is looked at again");
                    }
                }
                () = stop.cancelled() => {}
            }
        });
    }
}
