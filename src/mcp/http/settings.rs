//! The settings of HTTP, `[http]`.

use serde::Deserialize;

use super::bearer::Wanted;
use super::doors;

/// Limits of the HTTP transports.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest message in bytes; 1 MiB. More is answered with 413.
    pub body_limit_bytes: usize,
    /// Seconds in which a message has to arrive once its header has; 10. Then 408.
    pub body_timeout_s: u64,
    /// Seconds in which a request's header has to arrive, and for which an idle connection is kept; 8.
    pub header_timeout_s: u64,
    /// Seconds after which a connection is closed whose other end reads nothing, or is gone; 30.
    pub write_timeout_s: u64,
    /// Most connections at once; 1,024. One more gets a bare 503.
    pub max_connections: usize,
    /// Most sessions of old clients at once, `/mcp` and `/sse` together; 512. One more gets 503.
    pub max_sessions: usize,
    /// Most of them for one caller; 384. Callers are told apart by whether they show the token.
    pub max_sessions_per_caller: usize,
    /// Seconds after which a session at `/mcp` ends whose client says nothing, and has no stream or call open; 300.
    pub session_idle_s: u64,
    /// Seconds that running calls get to finish when the server stops; 20.
    pub drain_s: u64,
    /// When callers have to show the token.
    pub token: Wanted,
    /// The names this server is reached under, with or without a port; those of this machine.
    pub allowed_hosts: Vec<String>,
    /// The web pages that may use it, `scheme://host:port` with `*` for any port; none.
    pub allowed_origins: Vec<String>,
    /// Whether the older pair `/sse` and `/messages` is served; yes.
    pub sse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit_bytes: 1 << 20,
            body_timeout_s: 10,
            header_timeout_s: 8,
            write_timeout_s: 30,
            max_connections: 1024,
            max_sessions: 512,
            max_sessions_per_caller: 384,
            session_idle_s: 300,
            drain_s: 20,
            token: Wanted::Auto,
            allowed_hosts: ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec(),
            allowed_origins: Vec::new(),
            sse: true,
        }
    }
}

impl Settings {
    /// Whether others than this machine can be meant to reach a server here that is also reached under `url`: a host
    /// that is allowed, or the one of `url`, is not this machine's own. A proxy stands in front then, however local the
    /// address is that the server listens on.
    #[must_use]
    pub fn is_for_others(&self, url: Option<&str>) -> bool {
        !self.allowed_hosts.iter().all(|host| doors::is_own(host))
            || url.is_some_and(|url| !doors::leads_here(url))
    }
}
