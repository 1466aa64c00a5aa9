//! Payments, shops, shipping.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "stripe-key", &["sk_live_", "sk_test_", "sk_prod_"], 2.0, r"sk_(?:live|test|prod)_[A-Za-z0-9]{10,247}", "sk_live_{24:m}"),
    kind(High, "stripe-restricted-key", &["rk_live_", "rk_test_", "rk_prod_"], 2.0, r"rk_(?:live|test|prod)_[A-Za-z0-9]{10,247}", "rk_live_{24:m}"),
    kind(High, "stripe-webhook-secret", &["whsec_"], 3.0, r"whsec_[A-Za-z0-9+/=]{32,64}", "whsec_{32:m}"),
    kind(High, "square-token", &["EAAA"], 3.0, r"EAAA[\w-]{22,60}", "EAAA{60:m}"),
    kind(High, "square-oauth", &["sq0"], 2.5, r"sq0[a-z]{3}-[\w-]{22,43}", "sq0atp-{22:m}"),
    kind(High, "paypal-braintree-token", &["access_token$"], 3.0, r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}", "access_token$production${16:a}${32:x}"),
    kind(High, "razorpay-key", &["rzp_live_", "rzp_test_"], 2.5, r"rzp_(?:live|test)_[A-Za-z0-9]{14}", "rzp_live_{14:m}"),
    kind(High, "paddle-key", &["pdl_"], 3.0, r"pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}", "pdl_live_apikey_{26:a}_{22:m}_{3:m}"),
    kind(High, "mollie-key", &["live_", "test_"], 3.5, r"(?:live|test)_[A-Za-z0-9]{30}", "live_{30:m}"),
    kind(High, "xendit-key", &["xnd_"], 3.5, r"xnd_(?:production|development)_[A-Za-z0-9]{40,64}", "xnd_production_{56:m}"),
    kind(High, "midtrans-key", &["Mid-server-"], 3.0, r"Mid-server-[\w-]{20,28}", "Mid-server-{24:m}"),
    kind(High, "mercadopago-token", &["APP_USR-"], 3.0, r"APP_USR-[0-9]{12,18}-[0-9]{6}-[a-f0-9]{32}(?:-[0-9]{6,12})?", "APP_USR-{16:d}-{6:d}-{32:x}-{9:d}"),
    kind(High, "polar-token", &["polar_oat_"], 3.5, r"polar_oat_[A-Za-z0-9]{36,50}", "polar_oat_{43:m}"),
    kind(High, "persona-key", &["persona_"], 3.0, r"persona_(?:sandbox|production)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "persona_production_{1:u}"),
    kind(High, "shopify-access-token", &["shpat_"], 2.5, r"shpat_[a-fA-F0-9]{32}", "shpat_{32:x}"),
    kind(High, "shopify-custom-token", &["shpca_"], 2.5, r"shpca_[a-fA-F0-9]{32}", "shpca_{32:x}"),
    kind(High, "shopify-private-token", &["shppa_"], 2.5, r"shppa_[a-fA-F0-9]{32}", "shppa_{32:x}"),
    kind(High, "shopify-secret", &["shpss_"], 2.5, r"shpss_[a-fA-F0-9]{32}", "shpss_{32:x}"),
    kind(High, "plaid-token", &["access-sandbox-", "access-development-", "access-production-"], 3.0, r"access-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "access-sandbox-{1:u}"),
    kind(High, "easypost-key", &["EZAK"], 3.0, r"EZAK[A-Za-z0-9]{54}", "EZAK{54:m}"),
    kind(High, "easypost-test-key", &["EZTK"], 3.0, r"EZTK[A-Za-z0-9]{54}", "EZTK{54:m}"),
    kind(High, "flutterwave-key", &["FLWSECK", "FLWPUBK"], 2.0, r"(?i)FLW(?:SEC|PUB)K(?:_TEST)?-?[a-h0-9]{12,32}(?:-X)?", "FLWSECK_TEST-{32:x}-X"),
    kind(High, "duffel-token", &["duffel_"], 2.5, r"(?i)duffel_(?:test|live)_[\w=-]{43}", "duffel_live_{43:m}"),
    kind(High, "shippo-token", &["shippo_"], 2.5, r"shippo_(?:live|test)_[a-f0-9]{40}", "shippo_live_{40:x}"),
    kind(High, "lob-key", &["live_", "test_"], 3.0, r"(?:live|test)_[a-f0-9]{35}", "live_{35:x}"),
    kind(High, "lob-public-key", &["live_pub_", "test_pub_"], 3.0, r"(?:live|test)_pub_[a-f0-9]{31}", "live_pub_{31:x}"),
    kind(Medium, "gocardless-token", &["live_"], 3.5, r"(?i)live_[\w=-]{40}", "live_{40:m}"),
];
