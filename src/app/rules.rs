//! The rule packs that the settings name: read at the start, and again when they change.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::read;
use crate::config::Config;
use crate::error::Result;
use crate::policy::{Bundle, Gate, Source};
use crate::store::news::News;

/// How often it is looked whether a pack changed.
const ROUND: Duration = Duration::from_secs(1);

/// The built-in packs and those that the settings name.
pub(super) fn bundle(config: &Config) -> Result<Bundle> {
    if config.packs.is_empty() {
        return Ok(Bundle::builtin());
    }
    let source = |path: &std::path::PathBuf| {
        Ok(Source {
            name: path.display().to_string(),
            text: read(path)?,
        })
    };
    let sources = config.packs.iter().map(source).collect::<Result<Vec<_>>>()?;
    Ok(Bundle::load(&sources)?)
}

/// Puts changed packs in force until `stop`. A set that cannot be used changes nothing: the rules stay those
/// that were good, and the log says why.
pub(super) async fn watch(config: Config, gate: Arc<Gate>, news: News, stop: CancellationToken) {
    if config.packs.is_empty() {
        return;
    }
    let mut seen = state(&config);
    let rounds = async {
        loop {
            tokio::time::sleep(ROUND).await;
            let now = state(&config);
            if now == seen {
                continue;
            }
            seen = now;
            let read = config.clone();
            match tokio::task::spawn_blocking(move || bundle(&read)).await {
                Ok(Ok(bundle)) => {
                    tracing::info!(bundle = %bundle.hash(), "changed rule packs are in force");
                    gate.replace(bundle);
                    news.rules_changed();
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "changed rule packs are refused; the old rules stay");
                }
                Err(error) => tracing::error!(%error, "changed rule packs were not read; the old rules stay"),
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = rounds => {}
    }
}

/// What shows that a pack changed: its length and when it was written; `None` for one that is away.
fn state(config: &Config) -> Vec<Option<(u64, SystemTime)>> {
    let of = |path: &std::path::PathBuf| {
        let file = path.metadata().ok()?;
        Some((file.len(), file.modified().ok()?))
    };
    config.packs.iter().map(of).collect()
}
