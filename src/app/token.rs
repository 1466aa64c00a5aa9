//! The token that callers over HTTP show: when it is wanted, and the command that shows it.

use std::net::SocketAddr;
use std::process::ExitCode;

use super::command::print;
use crate::cli;
use crate::config::Config;
use crate::domain::Problem;
use crate::error::Error;
use crate::mcp::http::{Bearer, Wanted};
use crate::ownership::token::TokenFile;

/// Prints the token alone, so that scripts can take it.
pub(super) fn run(config: &Config, token: &cli::token::Token) -> Result<ExitCode, Problem> {
    let file = TokenFile::of(&config.data_dir);
    let shown = if token.new {
        file.create()
    } else {
        file.load_or_create()
    };
    print(&format!("{}\n", shown.map_err(|source| unkept(&file, source))?));
    Ok(ExitCode::SUCCESS)
}

/// Who has to show the token to a server that listens on `address`, and that a proxy makes others reach where the
/// settings name a host that is not this machine's own.
pub(super) fn bearer(config: &Config, address: SocketAddr) -> Result<Bearer, Problem> {
    let file = TokenFile::of(&config.data_dir);
    let url = config.inbound.as_ref().and_then(|inbound| inbound.url.as_deref());
    let is_loopback = address.ip().to_canonical().is_loopback();
    let is_local = is_loopback && !config.http.is_for_others(url);
    let required = match config.http.token {
        Wanted::Off if is_local => return Ok(Bearer::default()),
        Wanted::Off => {
            return Err(Problem {
                code: "http.token_off",
                message: format!("whoever reaches {address} could use the server, which wants no token"),
                hint: "Listen on 127.0.0.1 with no other name in http.allowed_hosts and inbound.url, or leave http.token \
                       at auto and give callers what `firstmate token` shows."
                    .into(),
                retryable: false,
            });
        }
        Wanted::Required => true,
        Wanted::Auto => !is_local,
    };
    if required {
        let is_new = file.load().map_err(|source| unkept(&file, source))?.is_none();
        file.load_or_create().map_err(|source| unkept(&file, source))?;
        let path = file.path().display();
        if is_new {
            tracing::warn!(
                "a token was drawn, and callers have to show it: it is in {path}, and `firstmate token` shows it"
            );
        } else {
            tracing::info!("callers have to show the token in {path}; `firstmate token` shows it");
        }
    }
    if !is_loopback && !config.http.is_for_others(None) {
        tracing::warn!(
            "others reach {address} by a name that is not served yet: add it to http.allowed_hosts"
        );
    }
    Ok(Bearer::new(file, required))
}

fn unkept(file: &TokenFile, source: std::io::Error) -> Problem {
    let doing = format!("keep the token {}", file.path().display());
    Error::Io { doing, source }.problem()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::mcp::hooks::Inbound;
    use crate::model::Secret;

    fn check(address: &str, wanted: &str, expected: &str) {
        check_with("", None, address, wanted, expected);
    }

    fn check_with(hosts: &str, url: Option<&str>, address: &str, wanted: &str, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("data_dir = {:?}\n[http]\ntoken = {wanted:?}\n{hosts}", dir.path());
        let mut config = Config::from_text(&text).unwrap();
        config.inbound = url.map(|url| Inbound {
            secret: Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap(),
            url: Some(url.to_owned()),
            scope: Scope::new("local", "p", "ada").unwrap(),
        });
        let came = match bearer(&config, address.parse().unwrap()) {
            Err(problem) => problem.code,
            Ok(_) if TokenFile::of(dir.path()).load().unwrap().is_some() => "drawn",
            Ok(_) => "none",
        };
        assert_eq!(came, expected, "{address} {wanted} {hosts} {url:?}");
    }

    #[test]
    fn who_can_be_reached_by_others_wants_a_token() {
        for address in ["127.0.0.1:0", "[::1]:0", "127.9.9.9:0", "[::ffff:127.0.0.1]:0"] {
            check(address, "auto", "none");
            check(address, "off", "none");
            check(address, "required", "drawn");
        }
        for address in ["0.0.0.0:0", "[::]:0", "192.168.1.2:0", "[::ffff:10.0.0.1]:0"] {
            check(address, "auto", "drawn");
            check(address, "off", "http.token_off");
        }
    }

    #[test]
    fn behind_a_proxy_on_the_same_machine_the_token_is_required() {
        for hosts in [
            "allowed_hosts = ['localhost', 'firstmate.example']",
            "allowed_hosts = ['firstmate.example:443']",
            "allowed_hosts = ['192.168.1.2', '[::1]:80']",
            "allowed_hosts = ['localhost.evil.example']",
        ] {
            check_with(hosts, None, "127.0.0.1:0", "auto", "drawn");
            check_with(hosts, None, "127.0.0.1:0", "off", "http.token_off");
        }
        let own = "allowed_hosts = ['LocalHost:8765', '127.0.0.2', '[::1]:80', '::1']";
        let here = Some("http://127.0.0.1:8765");
        check_with(own, here, "127.0.0.1:0", "auto", "none");
        check_with(own, here, "127.0.0.1:0", "off", "none");
        let elsewhere = Some("https://firstmate.example");
        check_with(own, elsewhere, "127.0.0.1:0", "auto", "drawn");
        check_with(own, elsewhere, "127.0.0.1:0", "off", "http.token_off");
    }
}
