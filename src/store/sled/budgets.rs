//! Money: where each project stands, and every charge that was reserved or settled.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::draft::{self, Draft};
use super::{Database, keys};
use crate::domain::{MicroUsd, Scope};
use crate::store::export::Booking;
use crate::store::{Budgets, Charge, Reserved, Result, Standing};

/// [`Standing`] as it is kept.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Stored {
    limit: Option<MicroUsd>,
    reserved: MicroUsd,
    spent: MicroUsd,
}

#[async_trait]
impl Budgets for Database {
    async fn standing(&self, scope: &Scope) -> Result<Standing> {
        standing(&*self.reader.db, scope)
    }

    async fn set_limit(&self, scope: &Scope, limit: Option<MicroUsd>) -> Result<()> {
        let scope = scope.clone();
        self.writer
            .write(move |draft| set_limit(draft, &scope, limit))
            .await
    }

    async fn reserve(&self, scope: &Scope, charge: Charge) -> Result<Reserved> {
        let scope = scope.clone();
        self.writer
            .write(move |draft| reserve(draft, &scope, &charge))
            .await
    }

    async fn settle(&self, scope: &Scope, charge: Charge) -> Result<()> {
        let scope = scope.clone();
        self.writer
            .write(move |draft| settle(draft, &scope, &charge))
            .await
    }
}

pub(super) fn set_limit(draft: &mut Draft<'_>, scope: &Scope, limit: Option<MicroUsd>) -> Result<()> {
    let standing = standing(draft, scope)?;
    write(draft, scope, Standing { limit, ..standing })
}

pub(super) fn reserve(draft: &mut Draft<'_>, scope: &Scope, charge: &Charge) -> Result<Reserved> {
    let key = keys::charge(scope, &charge.id);
    if draft::read::<Booking>(draft, &key)?.is_some() {
        return Ok(Reserved::Yes);
    }
    let standing = standing(draft, scope)?;
    if let Some(left) = standing.left().filter(|left| charge.amount > *left) {
        return Ok(Reserved::OverBudget { left });
    }
    draft.write(key, &Booking::Reserved(charge.amount))?;
    let reserved = standing.reserved.saturating_add(charge.amount);
    write(draft, scope, Standing { reserved, ..standing })?;
    Ok(Reserved::Yes)
}

pub(super) fn settle(draft: &mut Draft<'_>, scope: &Scope, charge: &Charge) -> Result<()> {
    let key = keys::charge(scope, &charge.id);
    let freed = match draft::read::<Booking>(draft, &key)? {
        Some(Booking::Settled(_)) => return Ok(()),
        Some(Booking::Reserved(amount)) => amount,
        None => MicroUsd::ZERO,
    };
    draft.write(key, &Booking::Settled(charge.amount))?;
    let standing = standing(draft, scope)?;
    let after = Standing {
        limit: standing.limit,
        reserved: standing.reserved.saturating_sub(freed),
        spent: standing.spent.saturating_add(charge.amount),
    };
    write(draft, scope, after)
}

/// Books a charge that is not known yet as it was booked elsewhere.
pub(super) fn book(draft: &mut Draft<'_>, scope: &Scope, id: &str, booking: Booking) -> Result<()> {
    let mut standing = standing(draft, scope)?;
    match booking {
        Booking::Reserved(amount) => standing.reserved = standing.reserved.saturating_add(amount),
        Booking::Settled(amount) => standing.spent = standing.spent.saturating_add(amount),
    }
    draft.write(keys::charge(scope, id), &booking)?;
    write(draft, scope, standing)
}

/// The limit in a record of where a project stands.
pub(super) fn limit(view: &impl draft::View, key: &[u8], record: &[u8]) -> Result<Option<MicroUsd>> {
    Ok(draft::decode::<Stored>(view, key, record)?.limit)
}

pub(super) fn standing(view: &impl draft::View, scope: &Scope) -> Result<Standing> {
    let stored: Stored = draft::read(view, &keys::standing(scope))?.unwrap_or_default();
    Ok(Standing {
        limit: stored.limit,
        reserved: stored.reserved,
        spent: stored.spent,
    })
}

fn write(draft: &mut Draft<'_>, scope: &Scope, standing: Standing) -> Result<()> {
    let Standing {
        limit,
        reserved,
        spent,
    } = standing;
    let stored = Stored {
        limit,
        reserved,
        spent,
    };
    draft.write(keys::standing(scope), &stored)
}
