//! Tables for people, or the same as JSON for programs.

use serde_json::{Map, Value, json};

/// Everything measured so far.
#[derive(Debug)]
pub(crate) struct Report {
    tables: Vec<Table>,
    /// Whether single cases are told of while they are looked at.
    tells: bool,
}

#[derive(Debug)]
struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Report {
    pub(crate) fn new(tells: bool) -> Self {
        Self {
            tables: Vec::new(),
            tells,
        }
    }

    /// Starts a table.
    pub(crate) fn table(&mut self, title: impl Into<String>, columns: &[&'static str]) {
        self.tables.push(Table {
            title: title.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
        });
    }

    /// Adds a row to the newest table.
    pub(crate) fn row(&mut self, cells: Vec<Value>) {
        if let Some(table) = self.tables.last_mut() {
            table.rows.push(cells);
        }
    }

    /// Tells of a single case, when that is wanted.
    pub(crate) fn tell(&self, case: impl FnOnce() -> String) {
        if self.tells {
            println!("  {}", case());
        }
    }

    pub(crate) fn print(&self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            let tables: Vec<Value> = self.tables.iter().map(Table::json).collect();
            println!("{}", serde_json::to_string_pretty(&tables)?);
            return Ok(());
        }
        for table in &self.tables {
            println!("\n## {}\n\n| {} |", table.title, table.columns.join(" | "));
            println!("|{}", "---|".repeat(table.columns.len()));
            for row in &table.rows {
                let cells: Vec<String> = row.iter().map(cell).collect();
                println!("| {} |", cells.join(" | "));
            }
        }
        Ok(())
    }
}

impl Table {
    fn json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().map(|column| (*column).to_owned());
                Value::Object(cells.zip(row.iter().cloned()).collect::<Map<_, _>>())
            })
            .collect();
        json!({"title": self.title, "rows": rows})
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => format!("{number:.3}"),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// `part` of `whole`; nothing of nothing is all of it.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}
