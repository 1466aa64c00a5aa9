//! Databases and warehouses.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "databricks-token", &["dapi"], 3.0, r"dapi[a-f0-9]{32}(?:-[0-9])?", "dapi{32:x}"),
    kind(High, "planetscale-token", &["pscale_tkn_"], 3.0, r"(?i)pscale_tkn_[\w=.-]{32,64}", "pscale_tkn_{43:m}"),
    kind(High, "planetscale-oauth", &["pscale_oauth_"], 3.0, r"(?i)pscale_oauth_[\w=.-]{32,64}", "pscale_oauth_{43:m}"),
    kind(High, "planetscale-password", &["pscale_pw_"], 3.0, r"(?i)pscale_pw_[\w=.-]{32,64}", "pscale_pw_{43:m}"),
    kind(High, "supabase-token", &["sbp_"], 3.0, r"sbp_[a-f0-9]{40}", "sbp_{40:x}"),
    kind(High, "supabase-secret-key", &["sb_secret_"], 3.0, r"sb_secret_[\w-]{31}", "sb_secret_{31:m}"),
    kind(High, "neon-key", &["napi_"], 3.5, r"napi_[a-z0-9]{64}", "napi_{64:a}"),
    kind(High, "mongodb-atlas-secret", &["mdb_sa_sk_"], 3.5, r"mdb_sa_sk_[\w-]{40}", "mdb_sa_sk_{40:m}"),
    kind(High, "aiven-password", &["AVNS_"], 3.0, r"AVNS_[\w-]{19}", "AVNS_{19:m}"),
    kind(High, "cockroach-key", &["CCDB1_"], 3.5, r"CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}", "CCDB1_{22:m}_{40:m}"),
    kind(High, "confluent-cloud-secret", &["cflt"], 3.8, r"cflt[A-Za-z0-9+/]{60}", "cflt{60:m}"),
    kind(High, "datastax-token", &["AstraCS:"], 3.5, r"AstraCS:[A-Za-z]{24}:[a-f0-9]{64}", "AstraCS:{24:l}:{64:x}"),
    kind(High, "dbt-token", &["dbtc_", "dbtu_"], 3.5, r"dbt[cu]_[A-Za-z0-9_-]{32,60}", "dbtc_{40:m}"),
    kind(High, "elastic-cloud-key", &["essu_"], 3.8, r"essu_[A-Za-z0-9+/=]{60,120}", "essu_{80:m}"),
    kind(High, "clickhouse-key", &["4b1d"], 3.0, r"4b1d[A-Za-z0-9]{38}", "4b1d{38:m}"),
    kind(High, "maxmind-key", &["_mmk"], 3.5, r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", "{6:m}_{29:m}_mmk"),
    kind(High, "mapbox-token", &["pk.", "sk."], 3.0, r"(?i)[ps]k\.[a-z0-9]{60,100}\.[a-z0-9_-]{22}", "sk.{60:m}.{22:m}"),
    kind(High, "adafruit-io-key", &["aio_"], 3.0, r"aio_[A-Za-z0-9]{28}", "aio_{28:m}"),
    kind(Medium, "influxdb-token", &["influx", "token"], 4.5, r#"(?i)(?:influx|INFLUX)[^\n]{0,60}?["'=:\s]([A-Za-z0-9_-]{86}==)"#, "INFLUX_TOKEN={86:m}=="),
];
