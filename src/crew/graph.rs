//! Which steps wait for which, as a flowchart in the words of Mermaid.

use std::fmt::Write as _;

use super::history::History;
use super::template::Template;

/// A step in the picture.
#[derive(Debug)]
struct Node<'a> {
    id: &'a str,
    role: &'a str,
    needs: Vec<&'a str>,
    /// The first of the steps that it has done again.
    again: Option<&'a str>,
    /// Where it stands, in a run.
    state: Option<&'a str>,
}

/// How a step looks by where it stands; the rest looks plain.
const LOOKS: [(&str, &str); 6] = [
    ("done", "fill:#d3f2d9,stroke:#2b7a3d,color:#0b2e13"),
    ("waits", "fill:#fff3cd,stroke:#8a6d00,color:#332701"),
    ("runs", "fill:#d6e6ff,stroke:#1d4f9e,color:#05204a"),
    ("sent_back", "fill:#ffe1cc,stroke:#a34700,color:#3d1a00"),
    ("failed", "fill:#f9d6d5,stroke:#a1201c,color:#3f0a08"),
    ("skipped", "stroke-dasharray:4 3"),
];

/// A template: solid arrows in place of the lines of a picture, dotted ones for what else a step gets and for what is
/// done again.
#[must_use]
pub fn of_template(template: &Template) -> String {
    let nodes = template.steps.iter().map(|step| Node {
        id: step.id.as_str(),
        role: &step.role,
        needs: step.needs.iter().map(|need| need.as_str()).collect(),
        again: step
            .repeat
            .as_ref()
            .and_then(|repeat| repeat.steps.first())
            .map(|first| first.as_str()),
        state: None,
    });
    drawn(&template.title, &nodes.collect::<Vec<_>>())
}

/// A run, with where each of its steps stands.
#[must_use]
pub fn of_run(history: &History) -> String {
    let nodes = history.steps.iter().map(|step| Node {
        id: &step.id,
        role: &step.role,
        needs: step.needs.iter().map(String::as_str).collect(),
        again: None,
        state: Some(&step.state),
    });
    let nodes: Vec<_> = nodes.collect();
    let title: String = history.task.chars().take(80).collect();
    let mut text = drawn(&title, &nodes);
    for (state, look) in LOOKS {
        let of_state = (0..).zip(&nodes).filter(|(_, node)| node.state == Some(state));
        let names: Vec<String> = of_state.map(|(n, _): (usize, _)| format!("s{n}")).collect();
        if !names.is_empty() {
            let _written = writeln!(
                text,
                "    classDef {state} {look}\n    class {} {state}",
                names.join(",")
            );
        }
    }
    text
}

fn drawn(title: &str, nodes: &[Node<'_>]) -> String {
    let mut text = format!("---\ntitle: {title:?}\n---\nflowchart TD\n");
    // Ids of Mermaid's own, because a step may be called `end`.
    for (n, node) in nodes.iter().enumerate() {
        let state = node.state.map(|state| format!("<br/>{}", escaped(state)));
        let _written = writeln!(
            text,
            "    s{n}[\"{}<br/>{}{}\"]",
            escaped(node.id),
            escaped(node.role),
            state.unwrap_or_default()
        );
    }
    let place = |id: &str| nodes.iter().position(|other| other.id == id);
    let needs =
        |node: &Node<'_>| -> Vec<usize> { node.needs.iter().filter_map(|need| place(need)).collect() };
    let drawn = edges(&nodes.iter().map(needs).collect::<Vec<_>>());
    for (n, node) in nodes.iter().enumerate() {
        for from in needs(node) {
            let arrow = if drawn.contains(&(from, n)) { "-->" } else { "-.->" };
            let _written = writeln!(text, "    s{from} {arrow} s{n}");
        }
        if let Some(first) = node.again.and_then(place) {
            let _written = writeln!(text, "    s{n} -. again .-> s{first}");
        }
    }
    text
}

/// The needs, as (from, to), that do not follow from others. `needs` has for each step the places of those it needs;
/// needs of later steps do not count.
#[must_use]
pub fn edges(needs: &[Vec<usize>]) -> Vec<(usize, usize)> {
    // By step everything it waits for, over any number of steps; those stand before it.
    let mut waits: Vec<Vec<usize>> = Vec::with_capacity(needs.len());
    let mut edges = Vec::new();
    for (n, needs) in needs.iter().enumerate() {
        let needs = needs.iter().copied().filter(|need| *need < n);
        let behind = |need: usize| waits.get(need).into_iter().flatten().copied();
        let mut all: Vec<usize> = needs.clone().flat_map(behind).collect();
        edges.extend(
            needs
                .clone()
                .filter(|need| !all.contains(need))
                .map(|need| (need, n)),
        );
        all.extend(needs);
        waits.push(all);
    }
    edges
}

fn escaped(text: &str) -> String {
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crew::Templates;
    use crate::crew::history::StepHistory;

    #[test]
    fn a_template_tells_the_way_from_what_is_handed_on() {
        let templates = Templates::load(&[]).unwrap();
        insta::assert_snapshot!(of_template(templates.get("release_notes").unwrap()), @r##"
        ---
        title: "Tell users what a release changes for them"
        ---
        flowchart TD
            s0["collect<br/>historian"]
            s1["upgrade<br/>upgrader"]
            s2["draft<br/>writer"]
            s3["check<br/>checker"]
            s4["finish<br/>writer"]
            s0 --> s1
            s0 --> s2
            s0 -.-> s3
            s1 --> s3
            s2 --> s3
            s0 -.-> s4
            s1 -.-> s4
            s2 -.-> s4
            s3 --> s4
        "##);
        assert_eq!(escaped("a \"b\" <c>"), "a #quot;b#quot; #lt;c#gt;");
    }

    #[test]
    fn a_run_tells_where_its_steps_stand() {
        let step = |id: &str, needs: &[&str], state: &str| StepHistory {
            id: id.to_owned(),
            role: "r".to_owned(),
            needs: needs.iter().map(ToString::to_string).collect(),
            state: state.to_owned(),
            ..StepHistory::default()
        };
        let steps = [
            step("one", &[], "done"),
            step("two", &["one"], "waits"),
            step("three", &["two", "one"], "not_due"),
        ];
        let nodes = steps.iter().map(|step| Node {
            id: &step.id,
            role: &step.role,
            needs: step.needs.iter().map(String::as_str).collect(),
            again: None,
            state: Some(&step.state),
        });
        insta::assert_snapshot!(drawn("count", &nodes.collect::<Vec<_>>()), @r##"
        ---
        title: "count"
        ---
        flowchart TD
            s0["one<br/>r<br/>done"]
            s1["two<br/>r<br/>waits"]
            s2["three<br/>r<br/>not_due"]
            s0 --> s1
            s1 --> s2
            s0 -.-> s2
        "##);
    }
}
