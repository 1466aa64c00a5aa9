//! A list of templates, one line each.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::screen::{Ink, Screen, cut, padded, visible};
use crate::crew::template::Template;
use crate::crew::{Error, Templates};

/// The templates in lines, and below them which files were left out.
#[must_use]
pub fn told(templates: &Templates, refused: &[Error], screen: Screen) -> String {
    let all: Vec<_> = templates.iter().collect();
    let name = all.iter().map(|template| template.name.len()).max().unwrap_or(0);
    let mut told = String::new();
    for template in all {
        let steps = format!("{:>2} steps", template.steps.len());
        let title = cut(&template.title, screen.room(name + 2 + 8 + 2));
        let line = [
            screen.ink(Ink::Strong, &padded(&template.name, name)),
            screen.ink(Ink::Faint, &steps),
            title,
        ];
        told.push_str(line.join("  ").trim_end());
        told.push('\n');
        if let Some(file) = &template.file {
            let file = format!("{}  from {}", " ".repeat(name), visible(file));
            told.push_str(&screen.ink(Ink::Faint, &file));
            told.push('\n');
        }
    }
    for error in refused {
        let warning = screen.ink(Ink::Warning, "left out");
        let _written = writeln!(told, "{warning}: {}", visible(&error.to_string()));
    }
    told
}

/// The same for programs.
#[must_use]
pub fn data(templates: &Templates, refused: &[Error]) -> Value {
    let refused: Vec<_> = refused.iter().map(ToString::to_string).collect();
    json!({ "templates": templates.iter().map(row).collect::<Vec<_>>(), "left_out": refused })
}

fn row(template: &Template) -> Value {
    json!({
        "name": template.name,
        "title": template.title,
        "when": template.when,
        "task_types": template.task_types,
        "steps": template.steps.len(),
        "file": template.file,
    })
}
