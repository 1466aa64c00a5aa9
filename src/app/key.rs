//! The secret that makes step tokens unforgeable.

use std::path::Path;

use crate::crew::TokenKey;
use crate::error::{Error, Result};
use crate::ownership::secret;

const FILE: &str = "token.key";
/// Stands in every token, so that a second key can be told from this one.
const KEY_ID: u8 = 1;

/// The key of this data directory; drawn when there is none yet.
pub(super) fn load_or_create(dir: &Path) -> Result<TokenKey> {
    let secret = secret::load_or_create(dir, FILE).map_err(|source| Error::Io {
        doing: format!("keep the step token key {}", dir.join(FILE).display()),
        source,
    })?;
    Ok(TokenKey::new(KEY_ID, secret))
}
