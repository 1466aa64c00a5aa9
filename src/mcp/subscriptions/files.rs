//! Files of templates that come, go and change while the server runs.
//!
//! They are looked at every two seconds, and only while somebody wants to know: some dozens of small files, of which names,
//! sizes and times are read. Word from the operating system would come sooner, but there is another way to it on each, with
//! its own limits (inotify's watches, directories that do not exist yet, network drives that tell nothing), for an event
//! that happens when a person saves a file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Hub, Place, Topic, lock};
use crate::crew::Crews;

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Of so many projects at once the files are looked at.
const MOST_PROJECTS: usize = 100;

impl Hub {
    /// Tells of changed files until `stop`.
    pub(crate) async fn watch_files(&self, crews: Arc<Crews>, stop: CancellationToken) {
        let mut known: HashMap<Place, u64> = HashMap::new();
        loop {
            let wanted = self.places_with_files();
            known.retain(|place, _| wanted.contains(place));
            if wanted.is_empty() {
                tokio::select! {
                    () = self.wanted.notified() => continue,
                    () = stop.cancelled() => return,
                }
            }
            for place in wanted {
                let (crews, project) = (Arc::clone(&crews), place.1.clone());
                let stamp = tokio::task::spawn_blocking(move || crews.template_files(&project));
                let Ok(stamp) = stamp.await else { continue };
                let before = known.insert(place.clone(), stamp);
                if before.is_some_and(|before| before != stamp) {
                    let topics = [Topic::Templates, Topic::ListOfPrompts, Topic::ListOfResources];
                    self.tell(&place, topics);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                // A project that nobody asked for before is looked at now, so that the next change shows.
                () = self.wanted.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    fn places_with_files(&self) -> Vec<Place> {
        let inner = lock(&self.inner);
        let wanted = inner.places.iter().filter(|(_, topics)| {
            let about_files = [Topic::ListOfPrompts, Topic::ListOfResources, Topic::Templates];
            about_files.iter().any(|topic| topics.contains_key(topic))
        });
        wanted
            .map(|(place, _)| place.clone())
            .take(MOST_PROJECTS)
            .collect()
    }
}
