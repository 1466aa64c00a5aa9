//! Step tokens: the only way to hand in a step, so that order and counting stay with the server.
//!
//! A token is `base64url(version, key id, attempt, seq, expiry, run, step, HMAC-SHA256)`, where the MAC also
//! covers the caller's scope. It carries no authority of its own beyond saying *this* offer of *this* step:
//! whether the offer is still open is read from the journal, which makes every token single use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::{RunId, Scope, StepId};
use crate::store::Seq;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;
/// Longer than any token made here; nothing longer is decoded.
const MAX_TEXT: usize = 512;
/// Keeps these MACs apart from any other use of the same key.
const PURPOSE: &[u8] = b"firstmate step token";

/// The secret that makes tokens unforgeable. Under another key id all older tokens count as forged, and
/// `status` hands out new ones.
#[derive(Clone)]
pub struct TokenKey {
    id: u8,
    bytes: [u8; 32],
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// The attempt it is for.
    pub attempt: u32,
    /// The number of the event that offered the step.
    pub seq: Seq,
    /// Seconds since 1970 from which on it is not taken any more.
    pub expires_s: i64,
}

impl TokenKey {
    /// A key of 32 random bytes, and a number that says which key it is.
    #[must_use]
    pub fn new(id: u8, bytes: [u8; 32]) -> Self {
        Self { id, bytes }
    }

    /// The token for `claims`, good for callers in `scope` only.
    #[must_use]
    pub fn issue(&self, scope: &Scope, claims: &Claims) -> String {
        let (run, step) = (claims.run.as_str().as_bytes(), claims.step.as_str().as_bytes());
        let mut token = vec![VERSION, self.id];
        token.extend(claims.attempt.to_be_bytes());
        token.extend(claims.seq.to_be_bytes());
        token.extend(claims.expires_s.to_be_bytes());
        token.extend(u16::try_from(run.len()).unwrap_or(u16::MAX).to_be_bytes());
        token.extend(run);
        token.extend(step);
        self.sealed(PURPOSE, scope, token)
    }

    /// What `token` says, if it was issued under this key for this scope. Time is not looked at.
    #[must_use]
    pub fn open(&self, scope: &Scope, token: &str) -> Option<Claims> {
        let token = token.trim();
        if token.len() > MAX_TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let body = self.genuine(PURPOSE, scope, &bytes)?;
        let body = body.strip_prefix(&[VERSION, self.id])?;
        let (attempt, body) = body.split_first_chunk()?;
        let (seq, body) = body.split_first_chunk()?;
        let (expires, body) = body.split_first_chunk()?;
        let (run_len, body) = body.split_first_chunk()?;
        let (run, step) = body.split_at_checked(usize::from(u16::from_be_bytes(*run_len)))?;
        Some(Claims {
            run: RunId::new(std::str::from_utf8(run).ok()?),
            step: StepId::new(std::str::from_utf8(step).ok()?),
            attempt: u32::from_be_bytes(*attempt),
            seq: u64::from_be_bytes(*seq),
            expires_s: i64::from_be_bytes(*expires),
        })
    }

    /// `body` as a text that only this key makes, for this purpose and for callers in `scope`. It can be read by anybody.
    pub(super) fn seal(&self, purpose: &[u8], scope: &Scope, body: Vec<u8>) -> String {
        let mut text = vec![VERSION, self.id];
        text.extend(body);
        self.sealed(purpose, scope, text)
    }

    /// What was sealed so; the caller bounds how much is read.
    pub(super) fn unseal(&self, purpose: &[u8], scope: &Scope, text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let body = self.genuine(purpose, scope, &bytes)?;
        Some(body.strip_prefix(&[VERSION, self.id])?.to_vec())
    }

    fn sealed(&self, purpose: &[u8], scope: &Scope, mut body: Vec<u8>) -> String {
        if let Some(mac) = self.mac(purpose, scope, &body) {
            body.extend(mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(body)
    }

    /// All but the MAC, if that is right.
    fn genuine<'a>(&self, purpose: &[u8], scope: &Scope, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (body, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        self.mac(purpose, scope, body)?.verify_slice(mac).ok()?;
        Some(body)
    }

    fn mac(&self, purpose: &[u8], scope: &Scope, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes).ok()?;
        for part in [
            purpose,
            scope.org().as_bytes(),
            scope.project().as_bytes(),
            scope.principal().as_bytes(),
            body,
        ] {
            // The length goes first, so that no two lists of parts give the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(project: &str, principal: &str) -> Scope {
        Scope::new("local", project, principal).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            run: RunId::new("0123456789abcdef0123456789abcdef"),
            step: StepId::new("design"),
            attempt: 2,
            seq: 7,
            expires_s: 1_767_312_000,
        }
    }

    #[test]
    fn a_token_opens_only_under_its_key_and_scope() {
        let key = TokenKey::new(1, [7; 32]);
        let token = key.issue(&scope("a", "ada"), &claims());
        assert_eq!(
            key.open(&scope("a", "ada"), &format!(" {token}\n")),
            Some(claims())
        );
        assert_eq!(key.open(&scope("b", "ada"), &token), None);
        assert_eq!(key.open(&scope("a", "bob"), &token), None);
        assert_eq!(TokenKey::new(1, [8; 32]).open(&scope("a", "ada"), &token), None);
        assert_eq!(TokenKey::new(2, [7; 32]).open(&scope("a", "ada"), &token), None);
    }

    #[test]
    fn a_changed_byte_anywhere_makes_a_token_forged() {
        let key = TokenKey::new(1, [7; 32]);
        let bytes = URL_SAFE_NO_PAD
            .decode(key.issue(&scope("a", "ada"), &claims()))
            .unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(
                key.open(&scope("a", "ada"), &URL_SAFE_NO_PAD.encode(forged)),
                None,
                "byte {at}"
            );
        }
        assert_eq!(
            key.open(&scope("a", "ada"), &URL_SAFE_NO_PAD.encode(&bytes[..20])),
            None
        );
        assert_eq!(key.open(&scope("a", "ada"), &"A".repeat(100_000)), None);
    }

    #[test]
    fn what_is_sealed_for_one_purpose_is_nothing_for_another() {
        let (key, scope_a) = (TokenKey::new(1, [7; 32]), scope("a", "ada"));
        let sealed = key.seal(b"one", &scope_a, b"body".to_vec());
        assert_eq!(
            key.unseal(b"one", &scope_a, &sealed).as_deref(),
            Some(&b"body"[..])
        );
        assert_eq!(key.unseal(b"other", &scope_a, &sealed), None);
        assert_eq!(key.unseal(b"one", &scope("b", "ada"), &sealed), None);
        assert_eq!(
            key.unseal(b"one", &scope_a, &key.issue(&scope_a, &claims())),
            None
        );
        assert_eq!(key.open(&scope_a, &sealed), None);
    }

    #[test]
    fn a_key_does_not_print_itself() {
        assert_eq!(
            format!("{:?}", TokenKey::new(3, [7; 32])),
            "TokenKey { id: 3, .. }"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(token in ".{0,200}") {
            prop_assert_eq!(TokenKey::new(1, [7; 32]).open(&scope("a", "ada"), &token), None);
        }
    }
}
