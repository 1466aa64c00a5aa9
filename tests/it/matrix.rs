//! Every client library over every transport in every era that it knows: all six tools, with answers that are checked.
//!
//! What a client does not offer stands in the table with why.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::clients::installed;
use crate::support::HttpServer;

mod by_hand;

/// How a server is reached, and what the column says.
const WAYS: [(&str, &str); 4] = [
    ("stdio", "stdio"),
    ("session", "/mcp session"),
    ("stateless", "/mcp stateless"),
    ("sse", "/sse"),
];

/// A client: its name, the program, its script with what comes first, and the eras that it knows.
struct Client {
    name: &'static str,
    program: PathBuf,
    script: &'static str,
    first: Vec<String>,
    modern: bool,
    /// Whether its script is told the era.
    told: bool,
    /// Whether its modern era works over the older pair.
    modern_sse: bool,
}

fn clients() -> Option<Vec<Client>> {
    let client = |name, program: &str, script| {
        Some(Client {
            name,
            program: installed(program)?,
            script,
            first: Vec::new(),
            modern: false,
            told: true,
            modern_sse: false,
        })
    };
    let root = installed("node_modules/@modelcontextprotocol/client/package.json")?;
    installed("node_modules/@modelcontextprotocol/sdk/package.json")?;
    let root = root.ancestors().nth(4)?.display().to_string();
    let node = "node_modules/node/bin/node";
    Some(vec![
        Client {
            told: false,
            ..client("Python mcp 1.x", "mcp1/bin/python", "mcp1.py")?
        },
        Client {
            modern: true,
            modern_sse: true,
            ..client("Python mcp 2.x", "mcp2/bin/python", "mcp2.py")?
        },
        Client {
            first: vec![root.clone(), "1".into()],
            ..client("TypeScript SDK 1.x", node, "typescript.mjs")?
        },
        Client {
            first: vec![root, "2".into()],
            modern: true,
            modern_sse: true,
            ..client("TypeScript SDK 2.x", node, "typescript.mjs")?
        },
        Client {
            ..client("fastmcp 3.x", "mcp1/bin/python", "with_fastmcp.py")?
        },
        Client {
            modern: true,
            ..client("fastmcp 4.x", "mcp2/bin/python", "with_fastmcp.py")?
        },
    ])
}

impl Client {
    /// What stands in the table for one way in one era.
    fn cell(&self, way: &str, era: &str) -> String {
        let is_modern = era == "2026-07-28";
        match way {
            _ if is_modern && !self.modern => return "- (knows sessions alone)".to_owned(),
            "session" if is_modern => return "- (has no sessions)".to_owned(),
            "stateless" if !is_modern => return "- (always opens a session)".to_owned(),
            "sse" if is_modern && !self.modern_sse => return "- (goes back to sessions there)".to_owned(),
            _ => {}
        }
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(&self.program);
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        command.arg(scripts.join(self.script)).args(&self.first);
        if self.told {
            command.arg(if is_modern { "auto" } else { "legacy" });
        }
        command.env("HOME", dir.path()).current_dir(dir.path());
        let server = (way != "stdio").then(|| HttpServer::start(dir.path()));
        match (way, &server) {
            ("sse", Some(server)) => command.args(["sse", &format!("{}/sse", server.url)]),
            (_, Some(server)) => command.args(["http", &format!("{}/mcp", server.url)]),
            _ => command
                .args(["stdio", env!("CARGO_BIN_EXE_firstmate")])
                .arg(dir.path().join("data")),
        };
        let said = crate::clients::output(&mut command);
        let protocol = said
            .rsplit("protocol ")
            .next()
            .unwrap_or_default()
            .get(..10)
            .unwrap_or_default();
        let is_right = if is_modern {
            protocol == "2026-07-28"
        } else {
            ("2024".."2026").contains(&protocol)
        };
        assert!(is_right, "{} {way} {era}: {said}", self.name);
        format!("ok ({protocol})")
    }
}

#[test]
fn every_client_works_over_every_way_it_offers() {
    let (Some(clients), Some(by_hand)) = (clients(), by_hand::Programs::found()) else {
        return;
    };
    let begin = Instant::now();
    let mut table = "| client | era |".to_owned();
    for (_, title) in WAYS {
        let _ = write!(table, " {title} |");
    }
    table += "\n|---|---|---|---|---|---|\n";
    let mut count = 0;
    for era in ["legacy", "2026-07-28"] {
        for client in &clients {
            table += &row(client.name, era, |way| client.cell(way, era), &mut count);
        }
        table += &row("Inspector CLI", era, |way| by_hand.inspect(way, era), &mut count);
        table += &row("curl", era, |way| by_hand.curl(way, era), &mut count);
    }
    let took = begin.elapsed().as_secs();
    let _gone = writeln!(
        std::io::stderr(),
        "{count} ways of calling all six tools, in {took} s:\n{table}"
    )
    .is_err();
    assert!(count >= 28, "{count}");
}

fn row(name: &str, era: &str, cell: impl Fn(&str) -> String, count: &mut usize) -> String {
    let mut row = format!("| {name} | {era} |");
    for (way, _) in WAYS {
        let cell = cell(way);
        *count += usize::from(cell.starts_with("ok"));
        let _ = write!(row, " {cell} |");
    }
    row + "\n"
}
