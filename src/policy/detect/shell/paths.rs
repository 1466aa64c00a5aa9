//! Files that mean something by where they are: credentials, disks, what runs later.

use super::Effect;
use super::target::normal;
use super::word::Word;
use crate::policy::glob;

/// Files that hold credentials.
const CREDENTIAL_FILES: [&str; 24] = [
    "~/.ssh/id_*",
    "**/.ssh/id_*",
    "**/.aws/credentials",
    "**/.netrc",
    "**/.git-credentials",
    "**/.env",
    "**/.env.*",
    "**/.npmrc",
    "**/.pypirc",
    "**/.docker/config.json",
    "**/.kube/config",
    "**/.gnupg/**",
    "**/application_default_credentials.json",
    "**/*.pem",
    "**/*.p12",
    "**/*.pfx",
    "/etc/shadow",
    "**/.vault-token",
    "**/.config/gh/hosts.yml",
    "**/.azure/accessTokens.json",
    "**/.terraform.d/credentials.tfrc.json",
    "**/.pgpass",
    "**/.my.cnf",
    "**/.cargo/credentials.toml",
];
/// Programs that show or send what is in a file.
const READERS: [&str; 38] = [
    "cat", "bat", "less", "more", "head", "tail", "base64", "xxd", "od", "strings", "scp", "rsync", "curl",
    "wget", "tar", "zip", "gzip", "nc", "ncat", "openssl", "gpg", "sed", "awk", "grep", "rg", "dd", "sftp",
    "aws", "gsutil", "rclone", "http", "sort", "uniq", "pbcopy", "xclip", "cut", "tac", "nl",
];
/// Files whose content runs later, unseen.
const PERSISTENT: [&str; 24] = [
    "**/.bashrc",
    "**/.zshrc",
    "**/.zshenv",
    "**/.profile",
    "**/.bash_profile",
    "**/.bash_login",
    "**/.zprofile",
    "**/.git/hooks/**",
    "~/.ssh/**",
    "**/.ssh/authorized_keys",
    "/etc/**",
    "**/LaunchAgents/**",
    "**/LaunchDaemons/**",
    "/usr/bin/**",
    "/bin/**",
    "/usr/sbin/**",
    "/sbin/**",
    "/boot/**",
    "/lib/systemd/**",
    "/usr/lib/systemd/**",
    "/var/spool/cron/**",
    "~/.config/autostart/**",
    "~/.config/systemd/**",
    "**/.gitconfig",
];
const DISKS: [&str; 9] = [
    "/dev/sd",
    "/dev/nvme",
    "/dev/hd",
    "/dev/vd",
    "/dev/xvd",
    "/dev/disk",
    "/dev/mapper",
    "/dev/mem",
    "/dev/mmcblk",
];

/// Whether the file at `path`, without `.` and `..`, is known for the credentials in it.
#[must_use]
pub fn holds_credentials(path: &str) -> bool {
    let named = |pattern: &&str| glob::matches(pattern, path, Some(b'/'));
    let harmless = [".example", ".sample", ".template", ".dist", ".pub"]
        .iter()
        .any(|end| path.ends_with(end));
    (path.contains('.') || path.ends_with("shadow")) && CREDENTIAL_FILES.iter().any(named) && !harmless
}

/// What a program does to files that mean something.
pub(super) fn touched(name: &str, words: &[Word]) -> Vec<Effect> {
    let mut effects = Vec::new();
    if READERS.contains(&name) {
        for (at, word) in words.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| words.get(before));
            if before.is_some_and(|option| identifies(name, &option.text)) {
                continue;
            }
            let text = word.text.as_str();
            let path = normal(text.rsplit_once('@').map_or(text, |(_, path)| path));
            if holds_credentials(&path) {
                effects.push(Effect {
                    path: Some(path),
                    ..Effect::new("fs.read.credentials", "credential", name)
                });
            }
        }
    }
    let operands = words.iter().filter(|word| !word.text.starts_with('-'));
    match name {
        "tee" | "sponge" => effects.extend(operands.flat_map(|word| written(word, name))),
        "cp" | "mv" | "install" | "ln" => {
            let last = words.iter().rfind(|word| !word.text.starts_with('-'));
            effects.extend(last.and_then(|word| written(word, name)));
        }
        "sed" | "perl" | "ruby" if words.iter().any(|word| edits(&word.text)) => {
            effects.extend(operands.flat_map(|word| written(word, name)));
        }
        "dd" => {
            let to = words.iter().filter_map(|word| word.text.strip_prefix("of="));
            effects.extend(to.flat_map(|path| written(&Word::literal(path), name)));
        }
        _ => {}
    }
    effects
}

/// What it means that something is written there.
pub(super) fn written(file: &Word, program: &str) -> Option<Effect> {
    let path = normal(&file.text);
    if let Some(address) = path
        .strip_prefix("/dev/tcp/")
        .or_else(|| path.strip_prefix("/dev/udp/"))
    {
        let host = address.split('/').next().map(str::to_owned);
        return Some(Effect {
            host,
            ..Effect::new("net.socket", "egress", program)
        });
    }
    let (id, family) = if DISKS.iter().any(|prefix| path.starts_with(prefix)) {
        ("disk.overwrite", "destroy")
    } else if PERSISTENT
        .iter()
        .any(|pattern| glob::matches(pattern, &path, Some(b'/')))
    {
        ("fs.write.persistent", "persist")
    } else {
        return None;
    };
    Some(Effect {
        path: file.known.then_some(path),
        ..Effect::new(id, family, program)
    })
}

/// Whether a file is one of a disk.
pub(super) fn is_disk(path: &str) -> bool {
    DISKS.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether the option says that files are edited in place.
fn edits(option: &str) -> bool {
    option == "--in-place"
        || option
            .strip_prefix('-')
            .is_some_and(|letters| !letters.starts_with('-') && letters.contains('i'))
}

/// Whether the file named by the option is what the program proves who it is with, or knows others by.
/// It is not sent.
fn identifies(program: &str, option: &str) -> bool {
    matches!(
        (program, option),
        ("scp" | "sftp", "-i") | ("curl", "--cacert" | "--cert" | "--key" | "-E")
    )
}

pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host == "::1" || host == "0.0.0.0" || host.starts_with("127.")
}
