//! Private keys and tokens of no one issuer.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "private-key", &["private key"], 0.0, r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----", "-----BEGIN RSA PRIVATE KEY-----\n{64:m}\n{64:m}\n-----END RSA PRIVATE KEY-----"),
    kind(High, "putty-private-key", &["putty-user-key-file"], 0.0, r"(?s)PuTTY-User-Key-File-[23]:.{0,600}?Private-Lines: [0-9]+\s+[A-Za-z0-9+/=\s]{40,}", "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 8\n{64:m}"),
    kind(High, "age-secret-key", &["age-secret-key-1"], 0.0, r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    kind(High, "nats-seed", &["SU", "SA", "SO", "SN", "SX", "SC"], 3.5, r"S[UAONXC][A-Z2-7]{56}", "SU{56:b}"),
    kind(High, "jwk-private", &["\"d\"", "\\\"d\\\""], 3.5, r#"\\?"d\\?"\s*:\s*\\?"([A-Za-z0-9_-]{40,700})\\?""#, "\"d\":\"{86:m}\""),
    kind(Medium, "jwk-symmetric", &["\"oct\""], 3.5, r#"(?s)\{[^{}]{0,400}"kty"\s*:\s*"oct"[^{}]{0,400}?"k"\s*:\s*"([A-Za-z0-9_-]{16,200})"|"k"\s*:\s*"([A-Za-z0-9_-]{16,200})"[^{}]{0,400}?"kty"\s*:\s*"oct""#, "{\"kty\":\"oct\",\"k\":\"{43:m}\"}"),
    kind(High, "jwt", &["eyJ", "ey"], 3.0, r"ey[A-Za-z0-9_-]{15,}\.ey[A-Za-z0-9\\/_-]{10,}\.(?:[A-Za-z0-9\\/_-]{10,}={0,2})?", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkw{20:m}.{43:m}"),
    kind(High, "jwt-base64", &["ZXlK"], 2.0, r"ZXlK[A-Za-z0-9+/_=\\-]{60,}", "ZXlK{120:m}"),
    kind(High, "extended-private-key", &["xprv", "yprv", "zprv", "tprv"], 3.5, r"[xyzt]prv[1-9A-HJ-NP-Za-km-z]{107,108}", "xprv{107:k}"),
    kind(High, "nostr-key", &["nsec1"], 3.5, r"nsec1[02-9ac-hj-np-z]{58}", "nsec1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn54khce"),
    kind(Medium, "wireguard-key", &["privatekey", "presharedkey"], 4.0, r"(?im)^\s*(?:PrivateKey|PresharedKey)\s*=\s*([A-Za-z0-9+/]{43}=)", "PrivateKey = {43:m}="),
    kind(Medium, "bitcoin-private-key", &["bitcoin", "wif", "privkey", "priv_key", "private_key"], 4.0, r#"(?i)(?:bitcoin|wif|priv_?key|private_?key)[^\n]{0,30}?["'=:\s]((?-i:[5KL][1-9A-HJ-NP-Za-km-z]{50,51}))\b"#, "wif = K{51:k}"),
    kind(Medium, "hex-private-key", &["private_key", "privatekey", "priv_key", "privkey", "deployer", "mnemonic"], 3.2, r#"(?i)(?:priv(?:ate)?_?key|deployer_key)[\w]{0,12}["']?\s*[:=]\s*["']?((?:0x)?[0-9a-f]{64})\b"#, "PRIVATE_KEY=0x{64:x}"),
    kind(Medium, "stellar-seed", &["stellar", "seed", "secret"], 3.8, r"(?i:stellar|seed|secret)[^\n]{0,40}?\b(S[A-Z2-7]{55})\b", "stellar_secret=S{55:b}"),
];
