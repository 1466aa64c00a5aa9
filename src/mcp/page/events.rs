//! Telling the page when to ask again: which kinds of things changed, never what.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::http::{App, Refusal};
use super::data::refused;
use super::{Page, Question};
use crate::store::Changes;

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What happens within this time after something was told is told once.
const CALM: Duration = Duration::from_millis(250);

pub(super) fn routes(page: &Page) -> axum::Router<App> {
    let page = page.clone();
    let open = async move |State(app): State<App>| page.open(app.stopping()).await;
    axum::Router::new().route("/ui/events", get(open))
}

impl Page {
    async fn open(&self, stop: CancellationToken) -> Response {
        let Ok(place) = Arc::clone(&self.streams).try_acquire_owned() else {
            return Refusal::Full("as many pages are kept up to date as may be").into_response();
        };
        if let Err(problem) = self.desk.answer(Question::Watch).await {
            return refused(&problem);
        }
        let heard = news(self.desk.news(), place).take_until(stop.cancelled_owned());
        let last = stream::iter([Ok(Event::default().event("end").data("the server stops"))]);
        Sse::new(heard.chain(last))
            .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
            .into_response()
    }
}

/// First how things stand, then how they do whenever that changed.
fn news(
    news: watch::Receiver<Changes>,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    stream::unfold((news, place, None), async |(mut news, place, last)| {
        if let Some(last) = last {
            news.changed().await.ok()?;
            tokio::time::sleep_until(last + CALM).await;
        }
        let now = *news.borrow_and_update();
        let told = Event::default().event("news").json_data(now);
        Some((told, (news, place, Some(Instant::now()))))
    })
}
