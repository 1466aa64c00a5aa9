//! Between a client and whoever owns the data directory: passes messages on, and remembers what it takes to
//! go on with another owner as if nothing had happened.
//!
//! No IO and no time in here. Whoever moves the bytes says what happened (a line from either side, an owner
//! found or lost) and writes what is in the two outboxes.
//!
//! Three things are not passed on as they come:
//! - A tool call gets a name in `_meta`, so that an owner can tell the same call sent again from another one.
//! - A question of an owner to the client gets an id of ours: every owner counts from the beginning, and the
//!   answer to one must never pass for the answer to another, which may be a person's leave for something else.
//! - After a change of owners the handshake is played again, and the answer to it is kept from the client. So are its
//!   subscriptions; a stream of news goes on, and the client is told of everything in it, which may have changed.

use std::collections::HashMap;

use rmcp::ErrorData;
use rmcp::model::{ErrorCode, RequestId};
use serde_json::{json, value::RawValue};

use super::lines::{self, Outgoing};
use crate::domain::Problem;

mod kept;
mod message;
mod outbox;
#[cfg(test)]
mod tests;
mod waiting;

use kept::Kept;
use message::Message;
pub(crate) use outbox::Outbox;
use waiting::{Stream, Waiting};

/// One client's side of the conversation, whoever the owner is.
#[derive(Debug)]
pub(crate) struct Relay {
    /// In front of the names of tool calls: no other client's are the same.
    name: String,
    named: u64,
    handshake: Handshake,
    kept: Kept,
    waiting: Waiting,
    /// Questions to the client that it has not answered: our id, and the owner's.
    asked: HashMap<RequestId, Box<RawValue>>,
    questions: u32,
    connected: bool,
    /// The client says nothing more: what ends now has ended for it.
    left: bool,
    /// To be written to the client.
    pub(crate) to_client: Outbox,
    /// To be written to the owner; empty while there is none.
    pub(crate) to_owner: Outbox,
}

/// How a client of before 2026-07-28 opened the conversation.
#[derive(Debug, Default)]
struct Handshake {
    /// Its `initialize`.
    request: Option<(RequestId, Vec<u8>)>,
    /// Whether that was answered.
    answered: bool,
    /// Its `notifications/initialized`.
    notification: Option<Vec<u8>>,
    /// It was sent again, and its answer is still to come.
    replayed: bool,
}

impl Relay {
    /// A relay whose tool calls are named after `name`, which nobody else has: letters, digits and dashes.
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            named: 0,
            handshake: Handshake::default(),
            kept: Kept::default(),
            waiting: Waiting::default(),
            asked: HashMap::new(),
            questions: 0,
            connected: false,
            left: false,
            to_client: Outbox::default(),
            to_owner: Outbox::default(),
        }
    }

    /// Whether a request has no answer yet.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// There is an owner to talk to: it hears the handshake and every request that has no answer.
    pub(crate) fn connected(&mut self) {
        self.connected = true;
        if let Some((_, request)) = self
            .handshake
            .request
            .as_ref()
            .filter(|_| self.handshake.answered)
        {
            self.handshake.replayed = true;
            self.to_owner.push(request);
            if let Some(notification) = &self.handshake.notification {
                self.to_owner.push(notification);
            }
            for (id, line) in self.kept.again() {
                if let Message::Request { id_text, .. } = Message::read(&line) {
                    self.to_owner
                        .push(&message::with(&line, id_text, &json!(id).to_string()));
                }
            }
        }
        let (again, hopeless) = self.waiting.again();
        for request in again {
            self.to_owner.push(&request.line);
        }
        let problem = Problem {
            code: "owner.lost",
            message: format!("the server ended {} times while it did this", waiting::MOST_SENT),
            hint: "Look at the log of the server; calling again may end it again.".into(),
            retryable: false,
        };
        for id in hopeless {
            self.fail(Some(id), &problem);
        }
    }

    /// The owner is gone. Its questions to the client are void.
    pub(crate) fn lost(&mut self) {
        self.connected = false;
        self.to_owner.clear();
        self.handshake.replayed = false;
        for (id, _) in self.asked.drain() {
            let void = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": {"requestId": id, "reason": "the server that asked has ended"}});
            self.to_client.push(void.to_string().as_bytes());
        }
    }

    /// No owner can be reached: every request that waits is answered with `problem`.
    pub(crate) fn give_up(&mut self, problem: &Problem) {
        for id in self.waiting.give_up() {
            self.fail(Some(id), problem);
        }
    }

    /// The client has left, or this process is about to: streams end when the owner ends them.
    pub(crate) fn client_left(&mut self) {
        self.left = true;
    }

    /// Takes a line from the client.
    pub(crate) fn client_says(&mut self, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        match Message::read(line) {
            Message::Request {
                id, method, params, ..
            } => self.request(id, &method, params, line),
            Message::Notification { method, params } => self.notification(&method, params, line),
            Message::Answer { id, id_text, .. } => match self.asked.remove(&id) {
                Some(owners) => self.send(&message::with(line, id_text, owners.get())),
                None => self.refuse(line),
            },
            Message::Other => self.refuse(line),
        }
    }

    /// The client wrote a line that was dropped for its length.
    pub(crate) fn too_long(&mut self) {
        self.say(&lines::too_long());
    }

    /// Takes a line from the owner.
    pub(crate) fn owner_says(&mut self, line: &[u8]) {
        match Message::read(line) {
            Message::Request { id_text, .. } => {
                let id = RequestId::Number(self.questions.into());
                self.questions += 1;
                let ours = message::with(line, id_text, &id.to_string());
                self.asked.insert(id, id_text.to_owned());
                self.to_client.push(&ours);
            }
            Message::Notification { method, params } => match self.withdrawn(&method, params) {
                Some((ours, owners)) => self
                    .to_client
                    .push(&message::with(line, owners, &ours.to_string())),
                None if self.opened_again(&method, params) => {}
                None => self.to_client.push(line),
            },
            Message::Answer { id, failed, .. } => self.answer(&id, failed, line),
            Message::Other => self.to_client.push(line),
        }
    }

    fn request(&mut self, id: RequestId, method: &str, params: Option<&RawValue>, line: &[u8]) {
        if self.waiting.is_full(line.len()) {
            let problem = Problem {
                code: "owner.too_many_requests",
                message: "too many requests wait for an answer".into(),
                hint: "Wait for the answers to earlier requests, then try again.".into(),
                retryable: true,
            };
            return self.fail(Some(id), &problem);
        }
        let kept = match (method, params) {
            ("initialize", _) => {
                self.handshake = Handshake {
                    request: Some((id.clone(), line.to_vec())),
                    ..Handshake::default()
                };
                None
            }
            ("tools/call", Some(params)) => {
                self.named += 1;
                message::named(line, params, &format!("{}-{}", self.name, self.named))
            }
            _ => None,
        };
        self.kept.asked(&id, method, params, line);
        let stream = (method == "subscriptions/listen").then(Stream::default);
        let line = kept.unwrap_or_else(|| line.to_vec());
        self.send(&line);
        self.waiting.push(id, line, u32::from(self.connected), stream);
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>, line: &[u8]) {
        match method {
            "notifications/initialized" => self.handshake.notification = Some(line.to_vec()),
            // There may be no answer any more, so it must not be waited for, nor asked again.
            "notifications/cancelled" => {
                if let Some((id, _)) = message::cancelled(params) {
                    self.waiting.remove(&id);
                    self.kept.forget(&id);
                }
            }
            _ => {}
        }
        self.send(line);
    }

    fn answer(&mut self, id: &RequestId, failed: bool, line: &[u8]) {
        let handshake = &mut self.handshake;
        let opening = handshake
            .request
            .as_ref()
            .is_some_and(|(request, _)| request == id);
        if opening && std::mem::take(&mut handshake.replayed) {
            self.lists_may_have_changed(["prompts", "resources"], None);
            return;
        }
        handshake.answered |= opening && !failed;
        if let Some(uris) = self.kept.answered(id, failed) {
            return self.may_have_changed(&uris, None);
        }
        // An owner that stops ends its streams; the next one opens them again.
        if !failed && !self.left && self.waiting.stream(id).is_some() {
            return;
        }
        self.waiting.remove(id);
        self.to_client.push(line);
    }

    /// Whether it says that a stream is open of which the client knows that already. Then it is told what may have
    /// changed while there was no owner.
    fn opened_again(&mut self, method: &str, params: Option<&RawValue>) -> bool {
        if method != "notifications/subscriptions/acknowledged" {
            return false;
        }
        let Some((id, heard)) = params.and_then(message::acknowledged) else {
            return false;
        };
        let known = self
            .waiting
            .stream(&id)
            .is_some_and(|stream| std::mem::replace(&mut stream.open, true));
        if known {
            self.may_have_changed(&heard.resource_subscriptions, Some(&id));
            self.lists_may_have_changed(heard.lists(), Some(&id));
        }
        known
    }

    /// Tells the client to look at these lists again.
    fn lists_may_have_changed(
        &mut self,
        lists: impl IntoIterator<Item = &'static str>,
        stream: Option<&RequestId>,
    ) {
        for list in lists {
            let method = format!("notifications/{list}/list_changed");
            let changed = match stream {
                Some(id) => json!({"jsonrpc": "2.0", "method": method,
                    "params": {"_meta": {message::SUBSCRIPTION: id}}}),
                None => json!({"jsonrpc": "2.0", "method": method}),
            };
            self.to_client.push(changed.to_string().as_bytes());
        }
    }

    /// Tells the client to look again at what it listens to.
    fn may_have_changed(&mut self, uris: &[String], stream: Option<&RequestId>) {
        for uri in uris {
            let mut params = json!({ "uri": uri });
            if let Some(id) = stream {
                params["_meta"] = json!({ message::SUBSCRIPTION: id });
            }
            let updated =
                json!({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": params});
            self.to_client.push(updated.to_string().as_bytes());
        }
    }

    /// The question that an owner takes back: our id for it, and where its own id stands.
    fn withdrawn<'a>(
        &mut self,
        method: &str,
        params: Option<&'a RawValue>,
    ) -> Option<(RequestId, &'a RawValue)> {
        if method != "notifications/cancelled" {
            return None;
        }
        let (_, owners) = message::cancelled(params)?;
        let asked = self.asked.iter().find(|(_, id)| id.get() == owners.get());
        let ours = asked?.0.clone();
        self.asked.remove(&ours);
        Some((ours, owners))
    }

    /// To the owner, if there is one. Requests are kept for the next one; what else is lost then was meant
    /// for an owner that is gone.
    fn send(&mut self, line: &[u8]) {
        if self.connected {
            self.to_owner.push(line);
        }
    }

    /// Answers what is no message, as an owner would.
    fn refuse(&mut self, line: &[u8]) {
        match lines::parse(line) {
            Err(answer) => self.say(&answer),
            Ok(_) => tracing::debug!("the client answered a question that nobody asks any more"),
        }
    }

    fn fail(&mut self, id: Option<RequestId>, problem: &Problem) {
        if let Some(id) = &id {
            self.kept.forget(id);
        }
        let text = format!("{} {}", sentence(&problem.message), problem.hint);
        let error = ErrorData::new(
            ErrorCode::INTERNAL_ERROR,
            text,
            serde_json::to_value(problem).ok(),
        );
        self.say(&Outgoing::error(error, id));
    }

    fn say(&mut self, message: &Outgoing) {
        match serde_json::to_vec(message) {
            Ok(line) => self.to_client.push(&line),
            Err(error) => tracing::error!(%error, "an answer could not be written"),
        }
    }
}

/// The message as a sentence: most are fragments.
fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}
