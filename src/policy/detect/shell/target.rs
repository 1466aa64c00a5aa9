//! What a command's effect happens to: paths, branches, hosts.

use super::Effect;
use super::arguments::{Arguments, Operand};
use super::catalogue::At;
use super::word::Word;

/// The effect once for each thing it happens to, or once with nothing where that cannot be said.
pub(super) fn targets(plain: Effect, at: At, arguments: &Arguments<'_>, next: usize) -> Vec<Effect> {
    let operands = arguments.operands.get(next..).unwrap_or_default();
    let with_path = |word: &Word| Effect {
        path: word.known.then(|| place(&word.text)),
        ..plain.clone()
    };
    let found: Vec<Effect> = match at {
        At::Nothing => Vec::new(),
        At::Operands => operands.iter().map(|operand| with_path(operand.word)).collect(),
        At::Start => {
            let start = arguments.operands.get(..arguments.n_start).unwrap_or_default();
            start.iter().map(|operand| with_path(operand.word)).collect()
        }
        At::Last => operands
            .last()
            .map(|operand| with_path(operand.word))
            .into_iter()
            .collect(),
        At::Refspec => {
            let branch = |operand: &Operand<'_>| Effect {
                branch: branch(operand.word),
                ..plain.clone()
            };
            operands.iter().skip(1).map(branch).collect()
        }
        At::Url => {
            let given = arguments.values("--url").map(str::to_owned);
            let urls = operands
                .iter()
                .map(|operand| operand.word.text.clone())
                .chain(given);
            urls.map(|url| Effect {
                host: host(&url),
                ..plain.clone()
            })
            .collect()
        }
        At::Remote => {
            let remote = |operand: &Operand<'_>| remote_host(&operand.word.text);
            operands
                .iter()
                .filter_map(remote)
                .map(|host| Effect {
                    host: Some(host),
                    ..plain.clone()
                })
                .collect()
        }
    };
    if found.is_empty() { vec![plain] } else { found }
}

/// The effects on files as seen from where the command runs: both ways where it is not sure that it runs there.
pub(super) fn placed(mut effects: Vec<Effect>, folder: Option<&(String, bool)>) -> Vec<Effect> {
    let Some((folder, sure)) = folder else {
        return effects;
    };
    let mut elsewhere = Vec::new();
    for effect in effects.iter_mut().filter(|effect| effect.id.starts_with("fs.")) {
        let Some(path) = effect
            .path
            .as_deref()
            .filter(|path| !path.starts_with(['/', '~']))
        else {
            continue;
        };
        let path = Some(join(folder, path));
        if *sure {
            effect.path = path;
        } else {
            elsewhere.push(Effect {
                path,
                ..effect.clone()
            });
        }
    }
    effects.extend(elsewhere);
    effects
}

/// A path as seen from a folder.
pub(super) fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() || path.starts_with(['/', '~']) {
        normal(path)
    } else {
        normal(&format!("{folder}/{path}"))
    }
}

/// The folder whose content a path names: `build/*` is `build`, `*` is `.`.
fn place(path: &str) -> String {
    let folder = path
        .strip_suffix('*')
        .filter(|folder| folder.is_empty() || folder.ends_with('/'));
    normal(folder.unwrap_or(path))
}

/// A path without `.`, `..`, doubled and trailing separators; nothing is looked up on the disk.
pub(crate) fn normal(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts
                .last()
                .is_some_and(|last| *last != ".." && !last.starts_with('~')) =>
            {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The branch a refspec writes to: `+HEAD:refs/heads/main` is `main`.
fn branch(word: &Word) -> Option<String> {
    let spec = word.text.trim_start_matches('+');
    let to = spec.rsplit_once(':').map_or(spec, |(_, to)| to);
    let name = to
        .strip_prefix("refs/heads/")
        .or_else(|| to.strip_prefix("heads/"))
        .unwrap_or(to);
    (word.known && !name.is_empty() && name != "HEAD").then(|| name.to_owned())
}

/// The host of a URL or of a bare address, in lower case and without its port.
pub(crate) fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let plausible = !host.is_empty() && !host.contains(['$', '{', ' ', '"', '\'']);
    plausible.then(|| host.trim_end_matches('.').to_ascii_lowercase())
}

/// The host of `user@host:path` or `host::module`; `None` for a local path.
fn remote_host(text: &str) -> Option<String> {
    if text.contains("://") {
        return host(text);
    }
    let (before, _) = text.split_once(':')?;
    let host = before.rsplit_once('@').map_or(before, |(_, host)| host);
    (!host.is_empty() && !host.contains('/')).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal_without_looking_at_the_disk() {
        for (path, expected) in [
            ("./target//x/", "target/x"),
            ("target/../src", "src"),
            ("/../etc", "/etc"),
            ("/", "/"),
            (".", "."),
            ("~/../..", "~/../.."),
            ("../a", "../a"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }

    #[test]
    fn all_that_is_in_a_folder_is_the_folder() {
        for (path, expected) in [
            ("build/*", "build"),
            ("/*", "/"),
            ("*", "."),
            ("a*", "a*"),
            ("~/*", "~"),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }

    #[test]
    fn branches_and_hosts_are_read_from_what_names_them() {
        assert_eq!(
            branch(&Word::literal("+HEAD:refs/heads/main")).as_deref(),
            Some("main")
        );
        assert_eq!(branch(&Word::unknown("$BRANCH")), None);
        assert_eq!(
            host("https://user@API.example.com:8443/x?y").as_deref(),
            Some("api.example.com")
        );
        assert_eq!(host("http://[::1]:80/").as_deref(), Some("::1"));
        assert_eq!(remote_host("me@box:/srv").as_deref(), Some("box"));
        assert_eq!(remote_host("/a:b"), None);
    }
}
