//! Signatures as Standard Webhooks has them: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::Timestamp;

/// The header with the id of a message: the same however often it is sent.
pub const ID: &str = "webhook-id";
/// The header with the seconds since 1970 at which it was sent.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, separated by blanks: several while a secret is exchanged.
pub const SIGNATURE: &str = "webhook-signature";
/// How far the clocks of sender and receiver may be apart.
pub const TOLERANCE: Duration = Duration::from_mins(5);

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1";
/// Bytes of a secret.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;
/// Longest id that is taken.
const MAX_ID: usize = 256;
/// Most signatures that are tried.
const MAX_SIGNATURES: usize = 8;

/// A secret that sender and receiver share. It can sign, but not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a message is not taken for what it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is missing, there twice, or holds what it cannot.
    #[error("webhook-id, webhook-timestamp and webhook-signature are needed, each once")]
    Headers,
    /// It was signed too long ago, or in the future.
    #[error("webhook-timestamp is more than 5 minutes away from this machine's clock")]
    Timestamp,
    /// No signature is the secret's over this id, time and body.
    #[error("no signature in webhook-signature is right for this id, time and body")]
    Signature,
}

/// The three headers of a message, as they came.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// [`ID`].
    pub id: &'a str,
    /// [`TIMESTAMP`].
    pub timestamp: &'a str,
    /// [`SIGNATURE`].
    pub signature: &'a str,
}

impl Signed<'_> {
    /// Whether the headers hold what they may, and the time is one of now: what can be said before there is a body.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self, now: Timestamp) -> Result<(), Refused> {
        let Self { id, timestamp, .. } = self;
        let is_id = !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic());
        let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let at: i64 = timestamp.parse().map_err(|_| Refused::Headers)?;
        if !is_id || !is_number {
            return Err(Refused::Headers);
        }
        if now.as_second().abs_diff(at) > TOLERANCE.as_secs() {
            return Err(Refused::Timestamp);
        }
        Ok(())
    }
}

impl Secret {
    /// Reads `whsec_` and the base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// What it should be, in words that do not repeat it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let encoded = text.trim().strip_prefix(PREFIX);
        let bytes = encoded.and_then(|encoded| BASE64.decode(encoded).ok());
        bytes
            .filter(|bytes| LENGTH.contains(&bytes.len()))
            .map(Self)
            .ok_or("a secret is `whsec_` and the base64 of 24 to 64 random bytes")
    }

    /// The signature of a message, as it stands in the header.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mac = self.mac(id, &timestamp.to_string(), body);
        let mac = mac.map(|mac| BASE64.encode(mac.finalize().into_bytes()));
        format!("{VERSION},{}", mac.unwrap_or_default())
    }

    /// Whether a message is from who has the secret, and of now. Takes the same time for every wrong signature.
    ///
    /// # Errors
    /// Why it is not.
    pub fn verify(&self, signed: Signed<'_>, body: &[u8], now: Timestamp) -> Result<(), Refused> {
        let Signed {
            id,
            timestamp,
            signature,
        } = signed;
        signed.check(now)?;
        let is_right = |given: &str| {
            let mac = given
                .strip_prefix(VERSION)
                .and_then(|rest| BASE64.decode(rest.strip_prefix(',')?).ok());
            let expected = self.mac(id, timestamp, body);
            mac.zip(expected)
                .is_some_and(|(given, expected)| expected.verify_slice(&given).is_ok())
        };
        match signature.split(' ').take(MAX_SIGNATURES).any(is_right) {
            true => Ok(()),
            false => Err(Refused::Signature),
        }
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn verified(
        id: &str,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        seconds_later: i64,
    ) -> Result<(), Refused> {
        let signed = Signed {
            id,
            timestamp,
            signature,
        };
        let now = Timestamp::from_second(AT + seconds_later).unwrap();
        Secret::read(SECRET).unwrap().verify(signed, body, now)
    }

    #[test]
    fn the_published_example_is_signed_and_verified() {
        assert_eq!(Secret::read(SECRET).unwrap().sign(ID, AT, BODY), SIGNATURE);
        let at = AT.to_string();
        assert_eq!(verified(ID, &at, SIGNATURE, BODY, 0), Ok(()));
        let both = format!("v1a,other v1,AAAA {SIGNATURE}");
        assert_eq!(verified(ID, &at, &both, BODY, 299), Ok(()));
    }

    #[test]
    fn what_was_changed_is_refused() {
        let at = AT.to_string();
        let other = (AT + 1).to_string();
        for (id, timestamp, signature, body, expected) in [
            ("msg_other", at.as_str(), SIGNATURE, BODY, Refused::Signature),
            (ID, &other, SIGNATURE, BODY, Refused::Signature),
            (ID, &at, SIGNATURE, b"{}", Refused::Signature),
            (ID, &at, "", BODY, Refused::Signature),
            (ID, &at, "v1,", BODY, Refused::Signature),
            (ID, &at, &SIGNATURE[3..], BODY, Refused::Signature),
            (
                ID,
                &at,
                &SIGNATURE.replace("v1,", "v2,"),
                BODY,
                Refused::Signature,
            ),
            ("", &at, SIGNATURE, BODY, Refused::Headers),
            (ID, "+1614265330", SIGNATURE, BODY, Refused::Headers),
            (ID, "1e9", SIGNATURE, BODY, Refused::Headers),
            (ID, "99999999999999999999", SIGNATURE, BODY, Refused::Headers),
        ] {
            assert_eq!(
                verified(id, timestamp, signature, body, 0),
                Err(expected),
                "{id} {timestamp} {signature}"
            );
        }
    }

    #[test]
    fn what_is_old_or_of_the_future_is_refused() {
        let at = AT.to_string();
        for (later, expected) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(Refused::Timestamp)),
            (-301, Err(Refused::Timestamp)),
        ] {
            assert_eq!(verified(ID, &at, SIGNATURE, BODY, later), expected, "{later}");
        }
    }

    #[test]
    fn a_secret_is_of_its_form_and_never_shown() {
        for wrong in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_***",
        ] {
            assert!(Secret::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", Secret::read(SECRET).unwrap()), "Secret(..)");
    }
}
