//! The page itself: files that are part of the binary.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::http::App;
use crate::domain::Digest;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page, which names the others.
pub(super) const INDEX: Asset = Asset {
    path: "/ui",
    kind: HTML,
    text: include_str!("assets/index.html"),
};

/// What the page names, in the order in which it does.
pub(super) const PARTS: [Asset; 11] = [
    part(CSS, "/ui/page.css", include_str!("assets/page.css")),
    part(JS, "/ui/dom.js", include_str!("assets/dom.js")),
    part(JS, "/ui/say.js", include_str!("assets/say.js")),
    part(JS, "/ui/graph.js", include_str!("assets/graph.js")),
    part(JS, "/ui/runs.js", include_str!("assets/runs.js")),
    part(JS, "/ui/decisions.js", include_str!("assets/decisions.js")),
    part(JS, "/ui/lessons.js", include_str!("assets/lessons.js")),
    part(JS, "/ui/savings.js", include_str!("assets/savings.js")),
    part(JS, "/ui/server.js", include_str!("assets/server.js")),
    part(JS, "/ui/host.js", include_str!("assets/host.js")),
    part(JS, "/ui/page.js", include_str!("assets/page.js")),
];

/// A file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset {
    pub(super) path: &'static str,
    kind: &'static str,
    pub(super) text: &'static str,
}

const fn part(kind: &'static str, path: &'static str, text: &'static str) -> Asset {
    Asset { path, kind, text }
}

impl Asset {
    pub(super) fn is_style(&self) -> bool {
        self.kind == CSS
    }

    /// The file, or that the browser has it already.
    fn answer(self, request: &Request) -> Response {
        let digest = Digest::of(self.text.as_bytes()).to_string();
        let tag = format!("\"{}\"", digest.get(..16).unwrap_or(&digest));
        let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
        let known = known.filter_map(|tags| tags.to_str().ok());
        let is_known = known
            .flat_map(|tags| tags.split(','))
            .any(|known| known.trim().trim_start_matches("W/") == tag);
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        // It may be kept, and is asked for each time: another version of the server has another one.
        let keep = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let tag = (
            header::ETAG,
            HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\"")),
        );
        if is_known {
            return (StatusCode::NOT_MODIFIED, [keep, tag]).into_response();
        }
        ([kind, keep, tag], self.text).into_response()
    }
}

pub(super) fn routes() -> axum::Router<App> {
    std::iter::once(INDEX)
        .chain(PARTS)
        .fold(axum::Router::new(), |routes, asset| {
            routes.route(
                asset.path,
                get(async move |request: Request| asset.answer(&request)),
            )
        })
}
