//! Logs, metrics, errors, flags.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::High;
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "grafana-cloud-token", &["glc_"], 3.0, r"glc_[A-Za-z0-9+/]{32,400}={0,3}", "glc_{60:m}"),
    kind(High, "grafana-service-token", &["glsa_"], 3.0, r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", "glsa_{32:m}_{8:x}"),
    kind(High, "grafana-key", &["eyJrIjoi"], 3.0, r"eyJrIjoi[A-Za-z0-9]{70,400}={0,3}", "eyJrIjoi{90:m}"),
    kind(High, "sentry-org-token", &["sntrys_"], 3.0, r"sntrys_eyJpYXQiO[A-Za-z0-9+/=]{10,300}(?:LCJy|InJl|cmVn|yZWd)[A-Za-z0-9+/=]{10,300}_[A-Za-z0-9+/]{43}", "sntrys_eyJpYXQiO{40:m}LCJy{40:m}_{43:m}"),
    kind(High, "sentry-user-token", &["sntryu_"], 3.0, r"sntryu_[a-f0-9]{64}", "sntryu_{64:x}"),
    kind(High, "sentry-dsn-secret", &["sentry.io", "sentry"], 3.0, r"https?://[0-9a-f]{32}:([0-9a-f]{32})@[\w.-]+/[0-9]+", "https://{32:x}:{32:x}@sentry.io/{6:d}"),
    kind(High, "new-relic-user-key", &["NRAK-", "nrak-"], 3.0, r"(?i)NRAK-[a-z0-9]{27}", "NRAK-{27:A}"),
    kind(High, "new-relic-insert-key", &["nrii-"], 3.0, r"(?i)NRII-[a-z0-9-]{32}", "NRII-{32:m}"),
    kind(High, "new-relic-browser-key", &["nrjs-"], 3.0, r"(?i)NRJS-[a-f0-9]{19}", "NRJS-{19:x}"),
    kind(High, "new-relic-admin-key", &["nraa-"], 3.0, r"(?i)NRAA-[a-f0-9]{27}", "NRAA-{27:x}"),
    kind(High, "new-relic-license-key", &["nral"], 3.0, r"[a-f0-9]{36}(?:NRAL|nral)", "{36:x}NRAL"),
    kind(High, "dynatrace-token", &["dt0"], 3.0, r"(?i)dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0c01.{24:A}.{64:A}"),
    kind(High, "honeycomb-key", &["hcaik_", "hcbik_", "hclik_", "hcamk_"], 3.5, r"hc[abl][im]k_[a-z0-9]{58}", "hcaik_{58:a}"),
    kind(High, "logfire-token", &["pylf_v"], 3.5, r"pylf_v[0-9]_[a-z]{2,8}_[A-Za-z0-9]{43}", "pylf_v1_us_{43:m}"),
    kind(High, "posthog-key", &["phx_"], 3.5, r"phx_[A-Za-z0-9]{43,48}", "phx_{43:m}"),
    kind(High, "axiom-token", &["xaat-", "xapt-"], 3.0, r"xa[ap]t-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "xaat-{1:u}"),
    kind(High, "checkly-key", &["cu_"], 3.0, r"cu_[a-f0-9]{32}", "cu_{32:x}"),
    kind(High, "launchdarkly-key", &["sdk-", "api-", "mob-"], 3.0, r"(?:sdk|api|mob)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "sdk-{1:u}"),
    kind(High, "statsig-secret", &["secret-"], 3.8, r"secret-[A-Za-z0-9]{43,48}", "secret-{43:m}"),
    kind(High, "segment-token", &["sgp_"], 3.8, r"sgp_[A-Za-z0-9]{64}", "sgp_{64:m}"),
    kind(High, "socket-token", &["sktsec_"], 3.5, r"sktsec_[\w-]{30,60}_api", "sktsec_{40:m}_api"),
    kind(High, "prefect-key", &["pnu_"], 2.5, r"pnu_[A-Za-z0-9]{36}", "pnu_{36:m}"),
];
