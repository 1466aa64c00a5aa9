//! What the detectors find in an action, and what its scripts would do.

use super::leaves::Leaf;
use super::{Facts, Found, hide_secrets, scripts};
use crate::detect::{Hit, address, personal, secrets, structure, unicode};
use crate::domain::{Action, ActionKind, Destination, Digest};
use crate::policy::detect::shell::{self, Effect};
use crate::policy::detect::sql;

/// Most hosts of web addresses told of in one action.
const MAX_HOSTS: usize = 50;
/// Most findings counted in one action.
const MAX_FINDINGS: usize = 1_000;

/// Where content goes that does not say so. What may leave is taken to leave.
pub(super) fn destination(action: &Action, url: Option<&str>) -> Destination {
    match action.kind {
        ActionKind::Http => Destination::Network,
        ActionKind::ModelRequest => Destination::ModelRemote,
        ActionKind::Message => Destination::Message,
        ActionKind::MemoryWrite => Destination::Memory,
        ActionKind::FileWrite => Destination::File,
        ActionKind::ToolCall if url.is_some() || action.tool.as_deref().is_some_and(scripts::sends) => {
            Destination::Network
        }
        ActionKind::Shell
        | ActionKind::FileRead
        | ActionKind::Sql
        | ActionKind::ModelResponse
        | ActionKind::ToolCall
        | ActionKind::ToolResult
        | ActionKind::ToolDefinition
        | ActionKind::MemoryRead
        | ActionKind::Handover => Destination::Local,
    }
}

/// What is found in the texts of an action, and whether that is all of it.
pub(super) fn findings(action: &Action, leaves: &[Leaf<'_>]) -> (Vec<Found>, bool) {
    let mut found: Vec<Found> = Vec::new();
    let mut n_hosts = 0;
    let mut all = true;
    for leaf in leaves {
        let left = MAX_FINDINGS.saturating_sub(found.len());
        if left == 0 {
            return (found, false);
        }
        let mut hits: Vec<Hit> = Vec::new();
        // A value alone may be nothing; under the key `password` it is something.
        let (text, shift) = leaf.with_key();
        all &= secrets::scan_file(action.path.as_deref(), &text, left, &mut hits);
        all &= unicode::scan(&text, left, &mut hits);
        all &= structure::scan(&text, left, &mut hits);
        all &= address::scan(&text, left, &mut hits);
        all &= personal::scan(&text, left, &mut hits);
        // Hosts are in everything; the first ones do.
        hits.retain(|hit| {
            n_hosts += usize::from(hit.detector == "domain");
            hit.detector != "domain" || n_hosts <= MAX_HOSTS
        });
        found.extend(hits.into_iter().filter(|hit| hit.range.end > shift).map(|hit| {
            let value = text.get(hit.range.clone()).unwrap_or_default();
            Found {
                class: hit.class,
                detector: hit.detector.into(),
                confidence: hit.confidence,
                place: leaf.place.clone(),
                start: hit.range.start.saturating_sub(shift),
                end: hit.range.end - shift,
                tag: Digest::of(value.as_bytes()).to_string().chars().take(4).collect(),
            }
        }));
    }
    (found, all)
}

/// What it would do, as far as commands and queries say.
pub(super) fn effects(action: &Action, facts: &Facts) -> Vec<Effect> {
    let mut effects = Vec::new();
    let scripts = scripts::scripts(action);
    if scripts.is_empty()
        && action.content.is_none()
        && matches!(action.kind, ActionKind::Shell | ActionKind::Sql)
    {
        // A command under a name that is not known here must not pass for none.
        effects.push(Effect::opaque("an action without `content`"));
    }
    for script in scripts {
        match script {
            scripts::Script::Shell(text) => effects.extend(shell::inspect(text)),
            scripts::Script::MaybeShell(text) => {
                effects.extend(
                    shell::inspect(text)
                        .into_iter()
                        .filter(|effect| effect.family != "opaque"),
                );
            }
            scripts::Script::Arguments(arguments) => effects.extend(shell::inspect_arguments(arguments)),
            scripts::Script::Sql(text) => effects.extend(sql::inspect(text, "sql")),
        }
    }
    if action.kind == ActionKind::FileRead
        && let Some(path) = facts
            .path
            .as_deref()
            .filter(|path| shell::holds_credentials(path))
    {
        let mut effect = Effect::new("fs.read.credentials", "credential", "file_read");
        effect.path = Some(path.to_owned());
        effects.push(effect);
    }
    if action.kind == ActionKind::Http && facts.method.as_deref() == Some("DELETE") {
        let mut effect = Effect::new("http.delete", "destroy", "http");
        effect.host.clone_from(&facts.host);
        effects.push(effect);
    }
    // What an effect happens to is shown to people and recorded.
    for effect in &mut effects {
        for text in [&mut effect.path, &mut effect.branch, &mut effect.host]
            .into_iter()
            .flatten()
        {
            hide_secrets(text);
        }
    }
    effects
}
