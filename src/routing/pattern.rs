//! How callers and catalogue files name models.

use crate::domain::ModelCard;

/// Whether `pattern` names the model: its id, its provider or `provider/id`, a trailing `*` standing for
/// any rest; letter case does not matter.
pub(super) fn names(pattern: &str, model: &ModelCard) -> bool {
    let pattern = pattern.trim();
    let full = format!("{}/{}", model.provider, model.id);
    [&model.id, &model.provider, &full]
        .into_iter()
        .any(|name| match pattern.strip_suffix('*') {
            Some(start) => name
                .get(..start.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(start)),
            None => name.eq_ignore_ascii_case(pattern),
        })
}
