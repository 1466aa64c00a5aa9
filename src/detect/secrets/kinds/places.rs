//! Places made for a credential: addresses, headers, commands, files of settings.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::Medium;
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(Medium, "database-url", &["://"], 0.0, r#"(?i)\b(?:postgres(?:ql)?|mysql2?|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|oracle|neo4j|bolt|cassandra|jdbc:[a-z]+|ldaps?|imaps?|smtps?|ftps?|sftp|ssh|nats|kafka|mqtts?|stomp|socks5|rtsp|vnc|db2)(?:\+[a-z]+)?://[^\s:@/"'<>`]{0,80}:([^\s@"'<>`/]{3,200})@[^\s"'@]"#, "postgres://app:{16:m}@db.internal/app"),
    kind(Medium, "url-password", &["://"], 0.0, r#"(?i)\b(?:git\+)?https?://[^\s:@/"'<>`]{1,80}:([^\s@/"'<>`]{3,200})@[a-z0-9\[]"#, "https://ci:{20:m}@host.internal/x"),
    kind(Medium, "url-token", &["://"], 3.2, r#"(?i)\b(?:git\+)?https?://([a-z0-9_-]{20,200})(?::x-oauth-basic)?@[a-z0-9]"#, "https://{32:m}@host.example/x"),
    kind(Medium, "authorization-header", &["authorization", "bearer ", "api-key", "apikey", "x-auth", "private-token", "token:", "auth-token", "access-token"], 2.5,
        r#"(?i)(?:\b(?:proxy[-_])?authorization["']?\]?\s{0,3}(?:[:=,]|=>|:=|\))\s{0,3}["'`]{0,3}(?:bearer|basic|token|apikey|api-token|ssws|key|digest)?(?:\s+|:\s?)?["'`]?|\b(?:bearer|basic)\s+|["'\s](?:[a-z]{1,12}-){0,3}(?:api-?key|auth-token|auth|access-token|private-token|token)["']?\s{0,3}:\s{0,3}["'`]?)([\w=~@.+/:-]{8,2000})"#,
        "Authorization: Bearer {40:m}"),
    kind(Medium, "curl-user", &["curl"], 0.0, r#"(?i)curl\b(?:[^\n]|\\\n){0,600}?\s(?:-[a-zA-Z]{0,4}u|--user|--proxy-user)[\s=]{1,3}(?:"([^"\s]{0,120}:[^"\s]{0,120})"|'([^'\s]{0,120}:[^'\s]{0,120})'|("[^"\s]{1,80}":"[^"\s]{3,120}")|([^\s"':-][^\s:"']{0,120}:[^\s]{1,120}))"#, "curl -u deploy:{16:m} https://host.example"),
    kind(Medium, "netrc-password", &["machine"], 0.0, r"(?i)\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S{4,200})", "machine host.example login me password {16:m}"),
    kind(Medium, "secure-string", &["convertto-securestring"], 0.0, r#"(?i)ConvertTo-SecureString\s+(?:-String\s+)?["']([^"'$\s][^"'\n]{3,120})["'][^\n]{0,60}-AsPlainText"#, "ConvertTo-SecureString \"{16:m}\" -AsPlainText -Force"),
    kind(Medium, "sshpass-password", &["sshpass"], 0.0, r#"(?i)\bsshpass\s+-p\s*(?:"([^"$\n]{3,120})"|'([^'$\n]{3,120})'|([^\s"'$-][^\s]{2,120}))"#, "sshpass -p {14:m} ssh host"),
    kind(Medium, "sql-password", &["identified"], 0.0, r#"(?i)\bidentified\s+(?:with\s+\S+\s+)?by\s+(?:password\s+)?["']([^"'\s]{4,120})["']"#, "CREATE USER app IDENTIFIED BY '{16:m}'"),
];
