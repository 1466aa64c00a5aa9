//! Texts that are known without asking the store.

use serde_json::{Value, json};

use crate::crew::Template;
use crate::domain::TaskType;
use crate::mcp::Services;

/// The text of what is always there, where it is known without asking the store.
pub(super) fn without_store(app: &Services, path: &str) -> Option<String> {
    let value = match path {
        "policy" => rules(app),
        "policy/packs" => packs(app),
        "templates" => templates(app),
        "models" => json!({ "models": app.router.catalogue().models() }),
        _ => return None,
    };
    Some(value.to_string())
}

pub(super) fn rules(app: &Services) -> Value {
    let rules = app
        .gate
        .rules()
        .into_iter()
        .map(|rule| json!({ "id": rule.id, "effect": rule.effect, "shadow": rule.shadow, "why": rule.why, "fix": rule.fix }));
    json!({ "rules": rules.collect::<Vec<_>>() })
}

pub(super) fn packs(app: &Services) -> Value {
    let packs = app.gate.packs().into_iter();
    let packs = packs.map(|(name, rules)| json!({ "pack": name, "rules": rules }));
    json!({ "packs": packs.collect::<Vec<_>>(), "sha256": app.gate.bundle_hash() })
}

/// The models by how likely the catalogue holds a success at this kind of work.
pub(super) fn likely(app: &Services, kind: TaskType) -> Value {
    let mut models: Vec<(f64, &str)> = app
        .router
        .catalogue()
        .models()
        .iter()
        .map(|model| {
            let strength = model.strengths.get(&kind).copied();
            (strength.unwrap_or(model.strength), model.id.as_str())
        })
        .collect();
    models.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    let models = models
        .into_iter()
        .map(|(strength, id)| json!({ "model": id, "strength": strength }));
    json!({ "task_type": kind.name(), "models": models.collect::<Vec<_>>() })
}

pub(super) fn templates(app: &Services) -> Value {
    let templates = app.crews.templates(&app.default_scope);
    let templates = templates.iter().map(|template| {
        json!({ "name": template.name, "title": template.title, "when": template.when, "built_in": template.file.is_none() })
    });
    json!({ "templates": templates.collect::<Vec<_>>() })
}

pub(super) fn whole(template: &Template) -> Value {
    let parameters = template.parameters.iter().map(
        |parameter| json!({ "name": parameter.name, "about": parameter.about, "default": parameter.default }),
    );
    let roles = template
        .roles
        .iter()
        .map(|(role, does)| json!({ "role": role, "does": does }));
    let steps = template
        .steps
        .iter()
        .map(|step| json!({ "id": step.id, "role": step.role, "needs": step.needs, "goal": step.goal }));
    json!({
        "name": template.name,
        "title": template.title,
        "when": template.when,
        "built_in": template.file.is_none(),
        "strategy": template.strategy,
        "parameters": parameters.collect::<Vec<_>>(),
        "roles": roles.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
