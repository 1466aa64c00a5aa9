//! What a server offers its client: all six tools, or those that whoever started it lets it use.

use rmcp::model::Tool;

use super::reply::ToolError;
use crate::domain::Offer;

/// Whether a tool is offered, and if not, why not.
///
/// # Errors
/// `tool_disabled`.
pub(crate) fn offered(offer: &Offer, tool: &Tool) -> Result<(), ToolError> {
    let name = tool.name.as_ref();
    let writes = tool
        .annotations
        .as_ref()
        .is_none_or(|hints| hints.read_only_hint != Some(true));
    let (why, hint) = if !offer.tools.is_empty() && !offer.tools.iter().any(|other| other == name) {
        (
            format!("only {} are offered", offer.tools.join(", ")),
            format!("Add {name} to --tools of `firstmate serve`, or to `serve.tools` in the configuration."),
        )
    } else if offer.read_only && writes {
        (
            "the server is read-only".to_owned(),
            "Start `firstmate serve` without --read-only, and without `serve.read_only` in the configuration."
                .to_owned(),
        )
    } else {
        return Ok(());
    };
    Err(ToolError::new(
        "tool_disabled",
        format!("{name} is not offered here: {why}"),
        hint + " A person has to do that, and to start the server again.",
    ))
}

/// Whether every name is that of a tool; else the first that is none, in words.
///
/// # Errors
/// What is wrong.
pub fn checked(offer: &Offer) -> Result<(), String> {
    if offer.tools.is_empty() {
        return Ok(());
    }
    let tools = super::tool_list();
    let unknown = offer
        .tools
        .iter()
        .find(|name| !tools.iter().any(|tool| tool.name == name.as_str()));
    match unknown {
        Some(name) => {
            let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
            Err(format!(
                "there is no tool `{name}`; they are {}",
                names.join(", ")
            ))
        }
        None => Ok(()),
    }
}

/// What a model reads before it uses any tool, at most ten lines; `has` says which tools there are.
pub(crate) fn instructions(has: impl Fn(&str) -> bool) -> String {
    let lines = [
        (
            "route_task",
            "route_task: before a task of some size, learn which model should do it and which workflow fits.",
        ),
        (
            "run_crew",
            "run_crew: for work of several steps. Do each pending step yourself, then call run_crew exactly as next_call \
             says; do not answer the user before status is completed, failed or cancelled.",
        ),
        (
            "validate_output",
            "validate_output: check code, JSON or Markdown before you hand it over.",
        ),
        (
            "enforce_policy",
            "enforce_policy: ask before a risky action (shell, git, network, deletion) and do what it decides.",
        ),
        (
            "record_lesson",
            "record_lesson: keep what was learned, with outcome.ref = route_id.",
        ),
        (
            "search_knowledge",
            "search_knowledge: look here before work that may have been done or decided before.",
        ),
    ];
    let lines = lines.into_iter().filter(|(tool, _)| has(tool));
    let numbered = (1..)
        .zip(lines)
        .map(|(n, (_, line)): (u32, _)| format!("{n}. {line}"));
    let first = if has("run_crew") {
        "firstmate routes, runs, checks, polices and remembers work. You do the work; it keeps the order and the log."
    } else {
        "firstmate routes, checks, polices and remembers work. Only the tools below are offered here."
    };
    let last = [
        "Never say that something is done which no answer here shows. Errors carry code, message and hint: follow the hint.",
        "For small talk and single-line answers use none of this.",
    ];
    let all = std::iter::once(first.to_owned())
        .chain(numbered)
        .chain(last.map(str::to_owned));
    all.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::tool_list;

    fn names(offer: &Offer) -> Vec<String> {
        let tools = tool_list().into_iter();
        let offered = tools.filter(|tool| offered(offer, tool).is_ok());
        offered.map(|tool| tool.name.into_owned()).collect()
    }

    #[test]
    fn what_is_not_named_or_writes_is_not_offered_and_says_how_it_would_be() {
        assert_eq!(names(&Offer::default()).len(), 6);
        let read_only = Offer {
            read_only: true,
            ..Offer::default()
        };
        let readers = [
            "enforce_policy",
            "route_task",
            "search_knowledge",
            "validate_output",
        ];
        assert_eq!(names(&read_only), readers);
        let both = Offer {
            tools: vec!["record_lesson".into(), "route_task".into()],
            read_only: true,
        };
        assert_eq!(names(&both), ["route_task"]);
        let why = |name: &str| {
            let tool = tool_list().into_iter().find(|tool| tool.name == name).unwrap();
            let error = offered(&both, &tool).unwrap_err();
            assert_eq!(error.code, "tool_disabled");
            format!("{} {}", error.message, error.hint)
        };
        assert!(why("run_crew").contains("--tools"), "{}", why("run_crew"));
        assert!(
            why("record_lesson").contains("--read-only"),
            "{}",
            why("record_lesson")
        );
    }

    #[test]
    fn a_name_that_no_tool_has_is_found() {
        let offer = Offer {
            tools: vec!["route_task".into(), "rout_task".into()],
            read_only: false,
        };
        let wrong = checked(&offer).unwrap_err();
        assert!(
            wrong.contains("`rout_task`") && wrong.contains("run_crew"),
            "{wrong}"
        );
    }

    #[test]
    fn instructions_are_short_and_name_only_what_there_is() {
        assert!(instructions(|_| true).lines().count() <= 10);
        let few = instructions(|tool| tool == "validate_output");
        assert!(
            few.contains("1. validate_output") && !few.contains("run_crew"),
            "{few}"
        );
    }
}
