//! What tools are expected to say of themselves.

use async_trait::async_trait;

use super::draft::{self, Draft};
use super::{Database, failed, keys};
use crate::domain::{Digest, Pin, Scope};
use crate::store::{Pins, Result};

#[async_trait]
impl Pins for Database {
    async fn pinned(&self, scope: &Scope, server: &str, tool: &str) -> Result<Option<Pin>> {
        draft::read(&*self.reader.db, &keys::pin(scope, server, tool))
    }

    async fn pin(&self, scope: &Scope, pin: Pin, instead: Option<Digest>, most: usize) -> Result<bool> {
        let (pins, key) = (keys::pins(scope), keys::pin(scope, &pin.server, &pin.tool));
        self.writer
            .write(move |draft| {
                let known: Option<Pin> = draft::read(draft, &key)?;
                if known.map(|known| known.sha256) != instead {
                    return Ok(false);
                }
                if instead.is_none() {
                    make_room(draft, &pins, most)?;
                }
                draft.write(key, &pin)?;
                Ok(true)
            })
            .await
    }
}

/// Removes the pin that is oldest when there are `most`; one that cannot be read is older than all.
fn make_room(draft: &mut Draft<'_>, pins: &keys::Key, most: usize) -> Result<()> {
    let tree = draft.tree();
    let (mut count, mut oldest) = (0, None);
    for record in tree.scan_prefix(pins) {
        let (key, value) = record.map_err(failed("read"))?;
        count += 1;
        let pinned_at = draft::decode::<Pin>(tree, &key, &value)
            .ok()
            .map(|pin| pin.pinned_at);
        if oldest.as_ref().is_none_or(|(_, least)| pinned_at < *least) {
            oldest = Some((key, pinned_at));
        }
    }
    match oldest {
        Some((key, _)) if count >= most => draft.remove_all_of(&key),
        _ => Ok(()),
    }
}
