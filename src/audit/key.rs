//! The key that signs checkpoints, and who can check what it signed.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::error::{Error, Result};
use crate::ownership::secret;

const FILE: &str = "audit.key";
/// Ed25519, in the signed-note format.
const ALGORITHM: u8 = 1;

/// An Ed25519 key (RFC 8032) of one data directory.
///
/// Whoever can read the file can sign another history with it: it proves that a log was not changed by somebody
/// who has the log alone. What was changed by somebody who has both shows only beside a checkpoint that was
/// kept elsewhere.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The key kept in `dir`, readable by its owner alone; drawn when there is none yet.
    ///
    /// # Errors
    /// When it cannot be read or kept.
    pub fn load_or_create(dir: &Path) -> Result<Self> {
        Self::from_seed(&secret::load_or_create(dir, FILE).map_err(Error::io("keep the audit key", dir))?)
    }

    /// The key of these 32 secret bytes.
    ///
    /// # Errors
    /// Never: every seed has a key. The signature is that of the library beneath.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map(Self).map_err(|error| Error::Key {
            detail: error.to_string(),
        })
    }

    /// Signs under `name`.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        let signature = self.0.sign(text);
        bytes.copy_from_slice(signature.as_ref());
        bytes
    }

    /// What checks its signatures under `name`.
    #[must_use]
    pub fn verifier(&self, name: &str) -> Verifier {
        let mut public = [0; 32];
        public.copy_from_slice(self.0.public_key().as_ref());
        Verifier {
            name: name.to_owned(),
            public,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

/// Checks signatures of one key under one name. It is printed and read as `name+key id+base64`, which is how
/// tools for signed notes pass public keys around (C2SP, signed-note).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// The name that the key signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells signatures of this key from those of others: the first 4 bytes of
    /// SHA-256(name || 0x0A || algorithm || public key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ALGORITHM]);
        let [a, b, c, d, ..]: [u8; 32] = hash.chain_update(self.public).finalize().into();
        [a, b, c, d]
    }

    /// Whether `signature` is this key's over `text`.
    #[must_use]
    pub fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(text, signature)
            .is_ok()
    }

    /// Reads what [`Verifier`] prints; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes = BASE64.decode(key).ok()?;
        let (&ALGORITHM, public) = bytes.split_first()? else {
            return None;
        };
        let verifier = Self {
            name: name.to_owned(),
            public: public.try_into().ok()?,
        };
        (format!("{:08x}", u32::from_be_bytes(verifier.id())) == id).then_some(verifier)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ALGORITHM];
        key.extend(self.public);
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_reads_back_what_it_prints() {
        let verifier = SigningKey::from_seed(&[7; 32]).unwrap().verifier("log.example/a");
        let printed = verifier.to_string();
        assert_eq!(Verifier::parse(&printed), Some(verifier));
        for wrong in [
            "",
            "a+b",
            &printed.replace("example", "elsewhere"),
            &printed[..printed.len() - 3],
        ] {
            assert_eq!(Verifier::parse(wrong), None, "{wrong}");
        }
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn signatures_are_those_of_rfc_8032() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
                .collect()
        };
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = SigningKey::from_seed(&seed.try_into().unwrap()).unwrap();
        let signature = key.sign(&[0x72]);
        assert_eq!(
            signature.to_vec(),
            hex(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            )
        );
        assert!(key.verifier("a").accepts(&[0x72], &signature));
        assert!(!key.verifier("a").accepts(&[0x73], &signature));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_kept_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let first = SigningKey::load_or_create(dir.path()).unwrap().verifier("a");
        assert_eq!(
            SigningKey::load_or_create(dir.path()).unwrap().verifier("a"),
            first
        );
        let mode = std::fs::metadata(dir.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
