//! Who owns the data directory: one process at a time, and the others can tell which.

mod claim;
mod error;

pub use claim::Claim;
pub use error::{Error, Owner};
