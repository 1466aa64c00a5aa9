//! The models that can be asked, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Model;

/// The models that can be asked, by the name that [`Model::id`] says. Cheap to share.
#[derive(Debug, Clone, Default)]
pub struct Models(Arc<BTreeMap<String, Arc<dyn Model>>>);

impl Models {
    /// These; of two with one name the last.
    pub fn new(models: impl IntoIterator<Item = Arc<dyn Model>>) -> Self {
        let named = models.into_iter().map(|model| (model.id().to_owned(), model));
        Self(Arc::new(named.collect()))
    }

    /// These and more.
    #[must_use]
    pub fn and(&self, more: impl IntoIterator<Item = Arc<dyn Model>>) -> Self {
        Self::new(self.0.values().cloned().chain(more))
    }

    /// The one of that name: `provider/model`, or `webhook:NAME`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<dyn Model>> {
        self.0.get(id).cloned()
    }

    /// All names, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is none: nothing was set up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
