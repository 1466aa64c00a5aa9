//! Made-up lessons of a developer: sentences of 8 to 25 words with names, numbers, paths, versions and flags,
//! in pieces, so that each can be dressed differently, said differently, or made to say something else.

/// Numbers that look drawn, the same for the same seed (xorshift64*, Vigna 2016).
pub(super) struct Lots(u64);

impl Lots {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    pub(super) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// What a piece of a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Name,
    Number,
    Version,
    Path,
    Flag,
    /// Whether something holds: an auxiliary with or without `not`.
    Negation,
    /// Before or after, and the like.
    Order,
    /// A comparison between a name and a number.
    Operator,
    /// A word that another of its kind would replace.
    Word,
}

pub(super) type Piece = (Kind, String);

/// Placeholders of the templates: what stands for what.
const SLOTS: [(&str, Kind); 10] = [
    ("NAME", Kind::Name),
    ("NUM", Kind::Number),
    ("VER", Kind::Version),
    ("PATH", Kind::Path),
    ("FLAG", Kind::Flag),
    ("NOT", Kind::Negation),
    ("ORDER", Kind::Order),
    ("OP", Kind::Operator),
    ("THING", Kind::Word),
    ("DOES", Kind::Word),
];

#[rustfmt::skip]
const TEMPLATES: [&str; 24] = [
    "The NAME THING NOT be restarted ORDER the THING in PATH is warm, or NUM requests fail",
    "Pin NAME to VER in PATH : the next release DOES the THING and the build breaks",
    "Run NAME with FLAG NUM in CI , otherwise the THING DOES the THING for every branch",
    "When the THING is larger than NUM megabytes the NAME service DOES it silently , see PATH",
    "The NAME tests NOT run ORDER the migration because they read NUM rows from the THING",
    "In PATH the condition is retries OP NUM , so the NAME THING DOES the last THING twice",
    "Set the timeout of NAME to NUM seconds ; the THING needs it ORDER a cold start",
    "Since VER of NAME the flag FLAG DOES the THING , and PATH NOT be edited by hand",
    "We lost NUM orders because NAME DOES the THING ORDER the transaction commits in PATH",
    "Do the rollback of NAME from the THING page , it NOT take more than NUM minutes on staging",
    "The parser in PATH DOES a THING OP NUM characters , which broke the NAME importer",
    "Keep the THING of NAME in PATH out of the image : FLAG copies NUM files into every layer",
    "Docker builds of NAME take NUM minutes less with FLAG when the THING is mounted from PATH",
    "A user of NAME NOT see the THING of another tenant , PATH checks it ORDER every query",
    "The nightly job DOES the THING of NAME at NUM o'clock UTC , that is ORDER the backup ends",
    "Use FLAG with NAME VER on Windows , because the THING in PATH has long names",
    "If the queue of NAME grows OP NUM messages , the THING DOES and somebody has to drain it",
    "Code review of NAME found that the THING in PATH NOT be shared between NUM threads",
    "Renaming the THING column of NAME needs two deploys : add it first , drop it ORDER NUM days",
    "The client of NAME retries NUM times with FLAG , and each retry DOES a new THING",
    "Our NAME dashboards show the THING per minute , the alert fires when it is OP NUM for PATH",
    "Upgrade NAME from VER ORDER you touch PATH , its THING format changed and NOT be read back",
    "Local development of NAME wants port NUM free ; start it with FLAG and the THING from PATH",
    "Memory of the NAME worker grows by NUM megabytes a day since VER , it DOES each THING in PATH",
];

#[rustfmt::skip]
const NAMES: [&str; 24] = [
    "payment-service", "billing", "auth-gateway", "orders", "Grafana", "ledger", "user_profile", "search-indexer",
    "mailer", "Postgres", "redis-cluster", "webhookRelay", "inventory", "reporting", "Kafka", "notifier",
    "edge-proxy", "scheduler", "tax_engine", "Terraform", "vault", "thumbnailer", "chatBot", "ingest",
];
const SHARES: [&str; 12] = [
    "src/session",
    "lib/cache",
    "deploy",
    "config",
    "tests/it",
    "internal/wire",
    "cmd",
    "app/models",
    "infra/prod",
    "web/pages",
    "scripts",
    "pkg/store",
];
const FILES: [&str; 10] = [
    "main.rs",
    "index.ts",
    "values.yaml",
    "conftest.py",
    "schema.sql",
    "handler.go",
    "Cargo.toml",
    "README.md",
    "pool.py",
    "env.sh",
];
const FLAGS: [&str; 14] = [
    "--no-cache",
    "--locked",
    "--release",
    "-x",
    "-v",
    "--max-retries",
    "--dry-run",
    "--force",
    "--parallel",
    "--no-verify",
    "-q",
    "--keep-going",
    "--offline",
    "--strict",
];
const NEGATIONS: [&str; 8] = [
    "must",
    "must not",
    "can",
    "cannot",
    "should",
    "should not",
    "will",
    "will never",
];
const ORDERS: [&str; 6] = ["before", "after", "while", "unless", "until", "whenever"];
const OPERATORS: [&str; 6] = ["<", ">", "<=", ">=", "==", "!="];
#[rustfmt::skip]
const THINGS: [&str; 34] = [
    "cache", "index", "schema", "token", "lock", "snapshot", "certificate", "session", "replica", "bucket",
    "operator", "operation", "import", "importer", "compiler", "compilation", "manager", "management",
    "connection", "connector", "log", "logger", "header", "payload", "cursor", "checksum", "batch", "shard",
    "fixture", "mock", "secret", "credential", "tenant", "invoice",
];
#[rustfmt::skip]
const DOES: [&str; 14] = [
    "drops", "duplicates", "locks", "reloads", "truncates", "rejects", "rewrites", "leaks", "flushes", "skips",
    "encrypts", "retries", "shares", "reorders",
];

/// A sentence for a seed.
pub(super) fn sentence(seed: u64) -> Vec<Piece> {
    let mut lots = Lots::new(seed + 1);
    let template = TEMPLATES[lots.below(TEMPLATES.len())];
    template
        .split(' ')
        .map(|word| match SLOTS.iter().find(|(slot, _)| *slot == word) {
            Some((slot, kind)) => (*kind, filled(slot, &mut lots)),
            None => (Kind::Plain, word.to_owned()),
        })
        .collect()
}

fn filled(slot: &str, lots: &mut Lots) -> String {
    match slot {
        "NAME" => lots.one(&NAMES).to_owned(),
        "NUM" => (2 + lots.below(9_000)).to_string(),
        "VER" => format!("{}.{}.{}", lots.below(9), lots.below(40), lots.below(20)),
        "PATH" => format!("{}/{}", lots.one(&SHARES), lots.one(&FILES)),
        "FLAG" => lots.one(&FLAGS).to_owned(),
        "NOT" => lots.one(&NEGATIONS).to_owned(),
        "ORDER" => lots.one(&ORDERS).to_owned(),
        "OP" => lots.one(&OPERATORS).to_owned(),
        "DOES" => lots.one(&DOES).to_owned(),
        _ => lots.one(&THINGS).to_owned(),
    }
}

/// The pieces as a text. Punctuation stands right behind a word.
pub(super) fn text(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for (_, piece) in pieces {
        if !text.is_empty() && !matches!(piece.as_str(), "," | ";" | ":") {
            text.push(' ');
        }
        text.push_str(piece);
    }
    text.push('.');
    text
}

/// The sentence with one piece that says something else, `None` when it has none of that kind.
pub(super) fn related(pieces: &[Piece], kind: Kind, seed: u64) -> Option<Vec<Piece>> {
    let mut lots = Lots::new(seed + 77);
    let at = pieces.iter().position(|(of, _)| *of == kind)?;
    let was = &pieces[at].1;
    let other = loop {
        let other = match kind {
            Kind::Name => lots.one(&NAMES).to_owned(),
            Kind::Number => close_number(was, &mut lots),
            Kind::Version => close_version(was, &mut lots),
            Kind::Path => close_path(was, &mut lots),
            Kind::Flag => lots.one(&FLAGS).to_owned(),
            Kind::Negation => opposite(was),
            Kind::Order => lots.one(&ORDERS).to_owned(),
            Kind::Operator => lots.one(&OPERATORS).to_owned(),
            Kind::Word if DOES.contains(&was.as_str()) => lots.one(&DOES).to_owned(),
            Kind::Word | Kind::Plain => lots.one(&THINGS).to_owned(),
        };
        if other != *was {
            break other;
        }
    };
    let mut pieces = pieces.to_vec();
    pieces[at].1 = other;
    Some(pieces)
}

/// One more, ten times as many, or another digit.
fn close_number(was: &str, lots: &mut Lots) -> String {
    let number: usize = was.parse().unwrap();
    let other = [number + 1, number * 10, number - 1, 2 + lots.below(9_000)];
    other[lots.below(other.len())].to_string()
}

/// Another part of it, or the same digits with a point elsewhere.
fn close_version(was: &str, lots: &mut Lots) -> String {
    let mut parts: Vec<usize> = was.split('.').map(|part| part.parse().unwrap()).collect();
    let at = lots.below(4);
    match parts.get_mut(at) {
        Some(part) => *part += 1,
        None => return was.replacen('.', "", 1),
    }
    parts.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}

/// Another directory, another file, or another ending.
fn close_path(was: &str, lots: &mut Lots) -> String {
    let (share, file) = was.rsplit_once('/').unwrap();
    match lots.below(3) {
        0 => format!("{}/{file}", lots.one(&SHARES)),
        1 => format!("{share}/{}", lots.one(&FILES)),
        _ => format!("{share}s/{file}"),
    }
}

fn opposite(was: &str) -> String {
    let at = NEGATIONS.iter().position(|one| *one == was).unwrap();
    NEGATIONS[at ^ 1].to_owned()
}
