//! Who owns a data directory, and how the others reach it.
//!
//! One process at a time holds the [`Claim`] and has the store open. It listens at an [`Endpoint`] that only
//! processes of the same user can use; a later process finds the directory taken, greets the owner over a
//! [`link`] and works through it. [`approach`] is the one way in: it gives either the claim or the link.

mod approach;
mod claim;
mod endpoint;
mod error;
pub mod link;
pub mod secret;
pub mod token;

pub use approach::{Place, approach};
pub use claim::{Claim, Note};
pub use endpoint::{Duplex, Endpoint, Places, Stream, connect};
pub use error::{Error, Owner};
