//! Messages that are to be brought to receivers.

use async_trait::async_trait;

use super::draft::{self, Draft};
use super::keys::{self, Key, Parts, table};
use super::{Database, Reader, failed};
use crate::domain::{Delivery, Scope};
use crate::store::{MOST_DEAD, Outbox, Result, Shelf};

#[async_trait]
impl Outbox for Database {
    async fn waiting(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>> {
        let scan = move |reader: &Reader| reader.deliveries(table::WAITING, limit);
        self.reader.scan(limit as u64, scan).await
    }

    async fn dead(&self, limit: usize) -> Result<Vec<(Scope, Delivery)>> {
        let scan = move |reader: &Reader| reader.deliveries(table::DEAD, limit);
        self.reader.scan(limit as u64, scan).await
    }

    async fn shelve(&self, scope: &Scope, delivery: Delivery, on: Shelf) -> Result<bool> {
        let scope = scope.clone();
        self.writer
            .write(move |draft| {
                let key = |table| keys::delivery(table, &scope, &delivery.receiver, &delivery.id);
                let mut was = false;
                for key in [key(table::WAITING), key(table::DEAD)] {
                    if draft::View::record(draft, key.as_ref())?.is_some() {
                        was = true;
                        draft.remove_all_of(key.as_ref())?;
                    }
                }
                match on {
                    _ if !was => {}
                    Shelf::Waiting => draft.write(key(table::WAITING), &delivery)?,
                    Shelf::Dead => {
                        make_room(draft, &keys::dead(&scope))?;
                        draft.write(key(table::DEAD), &delivery)?;
                    }
                    Shelf::Nowhere => {}
                }
                Ok(was)
            })
            .await
    }
}

/// Removes the message that is oldest when there are as many as may be; one that cannot be read is older than all.
fn make_room(draft: &mut Draft<'_>, dead: &Key) -> Result<()> {
    let tree = draft.tree();
    if tree.scan_prefix(dead).keys().count() < MOST_DEAD {
        return Ok(());
    }
    let mut oldest = None;
    for record in tree.scan_prefix(dead) {
        let (key, value) = record.map_err(failed("read"))?;
        let at = draft::decode::<Delivery>(tree, &key, &value)
            .ok()
            .map(|delivery| delivery.at);
        if oldest.as_ref().is_none_or(|(_, least)| at < *least) {
            oldest = Some((key, at));
        }
    }
    match oldest {
        Some((key, _)) => draft.remove_all_of(&key),
        None => Ok(()),
    }
}

impl Reader {
    fn deliveries(&self, table: u8, limit: usize) -> Result<Vec<(Scope, Delivery)>> {
        let mut found = Vec::new();
        for record in self.db.scan_prefix(keys::all(table)) {
            if found.len() == limit {
                break;
            }
            let (key, value) = record.map_err(failed("read"))?;
            let mut parts = Parts::of(&key);
            let (Some(org), Some(project)) = (parts.text(), parts.text()) else {
                continue;
            };
            let delivery = self.skip_damaged(draft::decode::<Delivery>(&*self.db, &key, &value))?;
            if let Some(delivery) = delivery
                && let Some(scope) = Scope::new(org, project, &delivery.principal)
            {
                found.push((scope, delivery));
            }
        }
        Ok(found)
    }
}
