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

/// Who has to show the token to a server that listens on `address`.
pub(super) fn bearer(config: &Config, address: SocketAddr) -> Result<Bearer, Problem> {
    let file = TokenFile::of(&config.data_dir);
    let is_local = address.ip().to_canonical().is_loopback();
    let required = match config.http.token {
        Wanted::Off if is_local => return Ok(Bearer::default()),
        Wanted::Off => {
            return Err(Problem {
                code: "http.token_off",
                message: format!("whoever reaches {address} could use the server, which wants no token"),
                hint: "Listen on 127.0.0.1, or leave http.token at auto and give callers what `firstmate token` shows."
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
    if !is_local && config.http.allowed_hosts.iter().all(|host| is_own(host)) {
        tracing::warn!(
            "others reach {address} by a name that is not served yet: add it to http.allowed_hosts"
        );
    }
    Ok(Bearer::new(file, required))
}

fn is_own(host: &str) -> bool {
    ["localhost", "127.0.0.1", "::1"].contains(&host)
}

fn unkept(file: &TokenFile, source: std::io::Error) -> Problem {
    let doing = format!("keep the token {}", file.path().display());
    Error::Io { doing, source }.problem()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, wanted: &str, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("data_dir = {:?}\n[http]\ntoken = {wanted:?}", dir.path());
        let config = Config::from_text(&text).unwrap();
        let came = match bearer(&config, address.parse().unwrap()) {
            Err(problem) => problem.code,
            Ok(_) if TokenFile::of(dir.path()).load().unwrap().is_some() => "drawn",
            Ok(_) => "none",
        };
        assert_eq!(came, expected, "{address} {wanted}");
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
}
