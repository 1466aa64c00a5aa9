//! `subscriptions/listen`: one stream of news per request (2026-07-28).

use rmcp::ErrorData;
use rmcp::model::SubscriptionFilter;
use rmcp::service::{SubscriptionContext, SubscriptionSendError};
use serde_json::json;

use super::{Hub, MOST, News, Session, Subscriber, Topic, too_many};
use crate::mcp::address::Address;
use crate::mcp::{Services, resources};

/// The door that wanting to be told goes through.
pub(crate) const DOOR: &str = "resources/subscribe";
/// Most streams of one connection; over HTTP each has a connection of its own.
const MOST_STREAMS: usize = 100;

/// What of `filter` can be listened to: what leads nowhere or never changes is left out. An id that nobody knows, or
/// only another project, is like one that is still to come: nothing is ever told of it.
pub(crate) fn acceptable(filter: &SubscriptionFilter) -> SubscriptionFilter {
    let mut accepted = filter.clone();
    if let Some(uris) = &mut accepted.resource_subscriptions {
        // Too many are none: the stream then ends with an error that says so.
        if uris.len() > MOST {
            uris.clear();
        }
        uris.retain(|uri| Address::parse(uri).is_some_and(|address| Topic::of(&address).is_some()));
    }
    accepted
}

impl Session {
    /// Tells what was accepted until the client ends the stream, leaves, or the server stops.
    ///
    /// # Errors
    /// When it is too much, or a rule closes something of it.
    pub(crate) async fn listen(
        &self,
        app: &Services,
        hub: &std::sync::Arc<Hub>,
        context: &SubscriptionContext,
    ) -> Result<(), ErrorData> {
        if self.listening.len() >= MOST_STREAMS {
            let why = format!("a connection may have {MOST_STREAMS} streams of news at most; end one first");
            return Err(ErrorData::invalid_request(why, None));
        }
        let _listening = self.listening.token();
        let requested = context.requested().resource_subscriptions.as_ref();
        if requested.is_some_and(|uris| uris.len() > MOST) {
            return Err(too_many(MOST, "a stream"));
        }
        let accepted = context.accepted();
        // Before anything is judged: what happens meanwhile is told, too.
        let subscriber = hub.subscriber(&app.default_scope);
        let uris = accepted.resource_subscriptions.iter().flatten();
        uris.clone().try_for_each(|uri| subscriber.add(uri))?;
        if let Some(uris) = &accepted.resource_subscriptions {
            resources::may(app, DOOR, json!({ "uris": uris })).await?;
        }
        let wants = |list: Option<bool>| list == Some(true);
        subscriber.add_lists(
            wants(accepted.prompts_list_changed),
            wants(accepted.resources_list_changed),
        );
        tokio::select! {
            () = telling(context, &subscriber) => {}
            () = context.cancelled() => {}
            () = self.ending.cancelled() => {}
        }
        Ok(())
    }
}

/// Until the other end is gone.
async fn telling(context: &SubscriptionContext, subscriber: &Subscriber) {
    while tell(context, subscriber.news().await).await.is_ok() {}
}

async fn tell(context: &SubscriptionContext, news: News) -> Result<(), SubscriptionSendError> {
    let sink = context.sink();
    for uri in news.uris {
        sink.notify_resource_updated(uri).await?;
    }
    if news.prompts {
        sink.notify_prompt_list_changed().await?;
    }
    if news.resources {
        sink.notify_resource_list_changed().await?;
    }
    Ok(())
}
