//! Building, shipping, secret stores, identity.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "vault-service-token", &["hvs.", "s."], 3.5, r"hvs\.[\w-]{90,120}|s\.[A-Za-z0-9]{24}", "hvs.{95:m}"),
    kind(High, "vault-batch-token", &["hvb."], 3.5, r"hvb\.[\w-]{138,300}", "hvb.{150:m}"),
    kind(High, "vault-recovery-token", &["hvr."], 3.5, r"hvr\.[\w-]{90,120}", "hvr.{95:m}"),
    kind(High, "terraform-token", &["atlasv1"], 3.5, r"(?i)[a-z0-9]{14}\.atlasv1\.[a-z0-9=_-]{60,70}", "{14:m}.atlasv1.{67:m}"),
    kind(High, "pulumi-token", &["pul-"], 2.5, r"(?:^|[^\w./-])(pul-[a-f0-9]{40})\b", "pul-{40:x}"),
    kind(High, "doppler-token", &["dp.pt."], 2.5, r"(?i)dp\.pt\.[a-z0-9]{40,44}", "dp.pt.{43:m}"),
    kind(High, "doppler-service-token", &["dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], 2.5, r"(?i)dp\.(?:ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[a-z0-9]{40,44}", "dp.st.{43:m}"),
    kind(High, "infisical-token", &["st."], 3.5, r"st\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9a-f]{32}\.[0-9a-f]{32}", "st.{1:u}.{32:x}.{32:x}"),
    kind(High, "1password-secret-key", &["A3-"], 3.5, r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}", "A3-{6:A}-{11:A}-{5:A}-{5:A}-{5:A}"),
    kind(High, "1password-service-token", &["ops_"], 3.5, r"ops_eyJ[A-Za-z0-9+/]{250,}={0,3}", "ops_eyJ{260:m}"),
    kind(High, "infracost-key", &["ico-"], 3.0, r"(?:^|[^\w./-])(ico-[A-Za-z0-9]{32})\b", "ico-{32:m}"),
    kind(High, "harness-token", &["pat.", "sat."], 3.0, r"[ps]at\.[\w-]{22}\.[0-9a-z]{24}\.[A-Za-z0-9]{20}", "pat.{22:m}.{24:x}.{20:m}"),
    kind(High, "octopus-key", &["API-"], 3.0, r"API-[A-Z0-9]{26}", "API-{26:A}"),
    kind(High, "buildkite-token", &["bkua_", "bkaj_", "bkct_"], 2.5, r"bk(?:ua|aj|ct)_[a-zA-Z0-9]{40}", "bkua_{40:x}"),
    kind(High, "circleci-token", &["CCIPAT_", "CCIPRJ_"], 3.0, r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}", "CCIPAT_{22:m}_{40:x}"),
    kind(High, "phabricator-token", &["api-", "cli-"], 3.5, r"(?:^|[^\w./-])((?:api|cli)-[a-z0-9]{28})\b", "api-{28:a}"),
    kind(High, "ory-token", &["ory_"], 3.5, r"ory_(?:pat|apikey|wak|st|at|rt)_[A-Za-z0-9._-]{32,100}", "ory_pat_{32:m}"),
    kind(High, "stytch-secret", &["secret-live-", "secret-test-"], 3.5, r"secret-(?:live|test)-[\w=-]{36,44}", "secret-live-{36:m}"),
    kind(Medium, "okta-token", &["okta", "ssws"], 3.5, r"(?:\b(?i:okta|ssws)|_(?i:okta)|Okta)[^\n]{0,60}?[^\w](00[\w=-]{40})(?:[^\w=-]|$)", "okta_token = 00{40:m}"),
    kind(Medium, "asana-token", &["asana"], 3.0, r"(?i)asana.{0,60}?\b([0-2]/[0-9]{16}(?:/[0-9]{16})?:[a-f0-9]{32})\b", "asana_token = 1/{16:d}:{32:x}"),
    kind(Medium, "kubernetes-secret", &["secret"], 0.0, r#"(?is)\bkind:[ \t]*["']?secret\b["']?\s(?:[^\n]*\n){0,30}?\s*data:\s*(?:#[^\n]*\n\s*)*["']?[\w.-]+["']?:\s*(?:#[^\n]*\n\s*)?(?:[|>][-+]?\s*)?["']?([a-z0-9+/]{8,}={0,3})|\bdata:\s*(?:#[^\n]*\n\s*)*["']?[\w.-]+["']?:\s*(?:[|>][-+]?\s*)?["']?([a-z0-9+/]{8,}={0,3})["']?\s(?:[^\n]*\n){0,30}?\s*kind:[ \t]*["']?secret\b"#,
        "kind: Secret\ndata:\n  password: {24:m}\n"),
];
