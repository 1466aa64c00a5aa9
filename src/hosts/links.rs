//! Links that put a server into a host by a click.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Entry;

/// What Cursor opens: <https://cursor.com/docs/mcp/install-links>. The address of its web page leads to it, and code hosts
/// let it through.
#[must_use]
pub fn cursor_link(name: &str, entry: &Entry) -> String {
    let config = STANDARD.encode(entry.whole().to_string());
    format!(
        "https://cursor.com/en/install-mcp?name={}&config={}",
        escaped(name),
        escaped(&config)
    )
}

/// What VS Code opens: <https://code.visualstudio.com/api/extension-guides/ai/mcp#create-an-mcp-installation-url>, through the
/// page that code hosts let through.
#[must_use]
pub fn vscode_link(name: &str, entry: &Entry) -> String {
    let mut whole = Map::new();
    // The page takes the name apart, VS Code takes it from the object.
    whole.insert("name".into(), name.into());
    if let Value::Object(entry) = entry.whole() {
        whole.extend(entry);
    }
    format!(
        "https://insiders.vscode.dev/redirect/mcp/install?name={}&config={}",
        escaped(name),
        escaped(&Value::Object(whole).to_string())
    )
}

/// A value of a query: every byte that is not unreserved as `%XX`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _written = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}
