//! The same page as an MCP App (SEP-1865, `io.modelcontextprotocol/ui`): one document that a host shows beside a tool's
//! result, and that asks the host for what it wants to know.

use std::sync::LazyLock;

use rmcp::model::{ClientCapabilities, MetaObject, Resource, ResourceContents, ServerCapabilities};
use serde_json::{Value, json};

use super::assets::{INDEX, PARTS};

/// The extension.
const EXTENSION: &str = "io.modelcontextprotocol/ui";
/// Where hosts find the page.
pub(crate) const URI: &str = "ui://firstmate/dashboard";
const MIME: &str = "text/html;profile=mcp-app";

/// The page with all of its parts in it: a host gives it no address to load them from.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let page = INDEX.text.replacen("data-in=\"browser\"", "data-in=\"host\"", 1);
    PARTS.iter().fold(page, |page, part| {
        let name = part.path.trim_start_matches('/');
        let (named, whole) = if part.is_style() {
            (
                format!("<link rel=\"stylesheet\" href=\"{name}\">"),
                format!("<style>\n{}</style>", part.text),
            )
        } else {
            (
                format!("<script src=\"{name}\"></script>"),
                format!("<script>\n{}</script>", part.text),
            )
        };
        page.replacen(&named, &whole, 1)
    })
});

/// How the page is listed among resources.
pub(crate) fn listed() -> Resource {
    Resource::new(URI, "dashboard")
        .with_title("firstmate")
        .with_description("Shows a run as a graph with its timeline, or why a model was chosen. For hosts that show MCP Apps.")
        .with_mime_type(MIME)
}

/// The page. It loads nothing from anywhere, so it asks for no domain.
pub(crate) fn contents() -> ResourceContents {
    ResourceContents::text(DOCUMENT.as_str(), URI)
        .with_mime_type(MIME)
        .with_meta(meta(json!({ "prefersBorder": true })))
}

/// On a tool whose result the page can show.
pub(crate) fn shows_result() -> MetaObject {
    meta(json!({ "resourceUri": URI }))
}

/// What the server can do, as it is told to a client that can do this: the extension to those that know it.
pub(crate) fn for_client(mut server: ServerCapabilities, client: &ClientCapabilities) -> ServerCapabilities {
    let shows = client.extensions.as_ref().and_then(|known| known.get(EXTENSION));
    if shows.is_some() {
        server
            .extensions
            .get_or_insert_default()
            .insert(EXTENSION.to_owned(), serde_json::Map::new());
    }
    server
}

fn meta(ui: Value) -> MetaObject {
    let mut meta = MetaObject::new();
    meta.insert("ui".to_owned(), ui);
    meta
}
