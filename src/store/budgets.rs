//! The seam of money.

use async_trait::async_trait;

use super::Result;
use crate::domain::{MicroUsd, Scope};

/// An amount under a name that is used once to reserve and once to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// `run/step/attempt`.
    pub id: String,
    /// The amount.
    pub amount: MicroUsd,
}

/// Where a project stands with its money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The most that may be spent and reserved together; `None` for no limit.
    pub limit: Option<MicroUsd>,
    /// Set aside for work that has not been settled.
    pub reserved: MicroUsd,
    /// Spent.
    pub spent: MicroUsd,
}

impl Standing {
    /// What may still be reserved; `None` for no limit.
    #[must_use]
    pub fn left(&self) -> Option<MicroUsd> {
        self.limit
            .map(|limit| limit.saturating_sub(self.spent.saturating_add(self.reserved)))
    }
}

/// What became of a reservation outside a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// Set aside.
    Yes,
    /// Nothing was set aside: the project's budget does not allow it.
    OverBudget {
        /// What is left of it.
        left: MicroUsd,
    },
}

/// What may be spent per project: set aside before, settled after, so that two at once cannot overspend.
#[async_trait]
pub trait Budgets: std::fmt::Debug + Send + Sync {
    /// Where the project stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn standing(&self, scope: &Scope) -> Result<Standing>;

    /// Sets or lifts the project's limit.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn set_limit(&self, scope: &Scope, limit: Option<MicroUsd>) -> Result<()>;

    /// Sets money aside for something outside a run. A charge already reserved or settled stays as it is.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn reserve(&self, scope: &Scope, charge: Charge) -> Result<Reserved>;

    /// Books what was really spent and frees what was set aside under the same id. A charge is booked
    /// once, however often it is settled.
    ///
    /// # Errors
    /// When the store cannot write.
    async fn settle(&self, scope: &Scope, charge: Charge) -> Result<()>;
}
