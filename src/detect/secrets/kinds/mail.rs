//! Mail and campaigns.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "sendgrid-key", &["sg."], 2.5, r"(?i)SG\.[a-z0-9=_.-]{66}", "SG.{22:m}.{43:m}"),
    kind(High, "mailgun-key", &["key-"], 2.5, r"(?:^|[^\w-])(key-[a-f0-9]{32})\b", "key-{32:x}"),
    kind(High, "mailgun-public-key", &["pubkey-"], 2.5, r"pubkey-[a-f0-9]{32}", "pubkey-{32:x}"),
    kind(Medium, "mailgun-signing-key", &["mailgun", "mg_"], 2.5, r"(?is)\b(?:mailgun|mg_).{0,60}?\b([a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8})\b", "mailgun_signing = {32:x}-{8:x}-{8:x}"),
    kind(High, "mandrill-key", &["md-"], 3.8, r"(?:^|[^\w-])(md-[A-Za-z0-9_-]{22})(?:[^\w-]|$)", "md-{22:m}"),
    kind(High, "brevo-key", &["xkeysib-"], 2.5, r"(?i)xkeysib-[a-f0-9]{64}-[a-z0-9]{16}", "xkeysib-{64:x}-{16:m}"),
    kind(High, "brevo-smtp-key", &["xsmtpsib-"], 2.5, r"(?i)xsmtpsib-[a-f0-9]{64}-[a-z0-9]{16}", "xsmtpsib-{64:x}-{16:m}"),
    kind(High, "resend-key", &["re_"], 3.5, r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", "re_{8:m}_{24:m}"),
    kind(High, "mailersend-token", &["mlsn."], 3.0, r"mlsn\.[a-f0-9]{64}", "mlsn.{64:x}"),
    kind(High, "klaviyo-key", &["pk_"], 3.0, r"pk_[a-f0-9]{34}", "pk_{34:x}"),
    kind(High, "customerio-key", &["customerio"], 3.0, r#"(?i)customer\.?io[^\n]{0,60}?["'=\s]([0-9a-f]{20})\b"#, "customerio_key={20:x}"),
];
