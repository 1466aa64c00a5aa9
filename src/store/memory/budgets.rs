//! What a project may spend, has set aside and has spent.

use std::collections::HashMap;

use async_trait::async_trait;

use super::Memory;
use crate::domain::{MicroUsd, Scope};
use crate::store::{Budgets, Charge, Reserved, Result, Standing};

#[async_trait]
impl Budgets for Memory {
    async fn standing(&self, scope: &Scope) -> Result<Standing> {
        Ok(self.read(scope, |project| project.purse.standing))
    }

    async fn set_limit(&self, scope: &Scope, limit: Option<MicroUsd>) -> Result<()> {
        self.write(scope, |project| project.purse.standing.limit = limit);
        Ok(())
    }

    async fn reserve(&self, scope: &Scope, charge: Charge) -> Result<Reserved> {
        Ok(self.write(scope, |project| project.purse.reserve(charge)))
    }

    async fn settle(&self, scope: &Scope, charge: Charge) -> Result<()> {
        self.write(scope, |project| project.purse.settle(charge));
        Ok(())
    }
}

/// The money of a project; a charge is known by its id.
#[derive(Default, Clone)]
pub(super) struct Purse {
    pub(super) standing: Standing,
    charges: HashMap<String, Booking>,
}

#[derive(Clone, Copy)]
enum Booking {
    Reserved(MicroUsd),
    Settled,
}

impl Purse {
    pub(super) fn reserve(&mut self, charge: Charge) -> Reserved {
        if self.charges.contains_key(&charge.id) {
            return Reserved::Yes;
        }
        if let Some(left) = self.standing.left().filter(|left| charge.amount > *left) {
            return Reserved::OverBudget { left };
        }
        self.standing.reserved = self.standing.reserved.saturating_add(charge.amount);
        self.charges.insert(charge.id, Booking::Reserved(charge.amount));
        Reserved::Yes
    }

    pub(super) fn settle(&mut self, charge: Charge) {
        match self.charges.insert(charge.id, Booking::Settled) {
            Some(Booking::Settled) => return,
            Some(Booking::Reserved(amount)) => {
                self.standing.reserved = self.standing.reserved.saturating_sub(amount);
            }
            None => {}
        }
        self.standing.spent = self.standing.spent.saturating_add(charge.amount);
    }
}
