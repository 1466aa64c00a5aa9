//! A whole server in this process, over stores in memory.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, ManualClock};
use crate::crew::{self, Crews, Parts, Templates, TokenKey};
use crate::domain::{Outcome, RouteId, RouteRecord, Scope, Timestamp};
use crate::knowledge::Knowledge;
use crate::mcp::{Server, Services, Settings, stdio};
use crate::policy::{Bundle, Gate, Source};
use crate::routing::{self, Catalogue, Router};
use crate::store::news::News;
use crate::store::{Outcomes, Result, memory};
use crate::validation::{self, Validator};

/// The built-in rules.
pub(super) fn server() -> Server {
    Server::new(Arc::new(services(Bundle::builtin(), None)))
}

/// A server whose policy denies everything.
pub(super) fn server_that_denies() -> Server {
    let source = Source {
        name: "deny-all".into(),
        text:
            "version: 1\nrules:\n  - {id: nothing, when: {kind: \"*\"}, then: deny, why: No., fix: Stop.}\n"
                .into(),
    };
    let bundle = Bundle::load(&[source]).unwrap();
    Server::new(Arc::new(services(bundle, None)))
}

/// A server whose `route_task` lasts as long as the pause.
pub(super) fn server_that_waits(pause: &Arc<Pause>) -> Server {
    Server::new(Arc::new(services(Bundle::builtin(), Some(pause))))
}

/// Holds a call in the middle.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Told when a call has come so far.
    pub(super) reached: Notify,
    /// Tell it to let the call go on.
    pub(super) over: Notify,
}

fn services(bundle: Bundle, pause: Option<&Arc<Pause>>) -> Services {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new());
    let news = News::default();
    let stores = memory::telling(&news);
    let outcomes: Arc<dyn Outcomes> = match pause {
        Some(pause) => Arc::new(Waiting(Arc::clone(pause))),
        None => stores.outcomes,
    };
    let settings = routing::Settings::default();
    let router = Arc::new(Router::new(
        Catalogue::builtin(),
        outcomes,
        Arc::clone(&clock),
        settings,
    ));
    let audit = Arc::clone(&stores.audit);
    let gate = Arc::new(Gate::new(bundle, stores.audit, Arc::clone(&clock)));
    let knowledge = Arc::new(Knowledge::new(stores.lessons, Arc::clone(&clock)));
    let validator = Arc::new(Validator::new(validation::Settings::default()).unwrap());
    let crews = Crews::new(Parts {
        models: crate::model::Models::default(),
        journal: stores.journal,
        gate: Arc::clone(&gate),
        validator: Arc::clone(&validator),
        router: Arc::clone(&router),
        knowledge: Arc::clone(&knowledge),
        clock: Arc::clone(&clock),
        templates: Templates::load(&[]).unwrap(),
        token_key: TokenKey::new(1, [7; 32]),
        settings: crew::Settings::default(),
        hooks: crew::Hooks::default(),
    });
    Services {
        router,
        crews: Arc::new(crews),
        validator,
        gate,
        knowledge,
        clock,
        default_scope: Scope::new("local", "/project", "ada").unwrap(),
        settings: Settings::default(),
        audit,
        news,
        models_file_refused: None,
    }
}

/// Outcomes that are remembered when the pause is over.
#[derive(Debug)]
struct Waiting(Arc<Pause>);

#[async_trait]
impl Outcomes for Waiting {
    async fn remember(&self, _: &Scope, _: RouteRecord) -> Result<()> {
        self.0.reached.notify_one();
        self.0.over.notified().await;
        Ok(())
    }
    async fn route(&self, _: &Scope, _: &RouteId) -> Result<Option<RouteRecord>> {
        Ok(None)
    }
    async fn routes(&self, _: &Scope, _: Timestamp, _: usize) -> Result<Vec<RouteRecord>> {
        Ok(Vec::new())
    }
    async fn append(&self, _: &Scope, _: Outcome) -> Result<()> {
        Ok(())
    }
    async fn recent(&self, _: &Scope, _: usize) -> Result<Vec<Outcome>> {
        Ok(Vec::new())
    }
}

/// A client over a pipe that speaks raw lines.
pub(super) struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    served: JoinHandle<std::result::Result<(), stdio::Error>>,
    next_id: u64,
}

impl Client {
    /// Connected, and nothing said yet.
    pub(super) fn connect(server: Server) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(theirs);
        let served = stdio::serve_over(server, reader, writer, CancellationToken::new());
        let served = TaskTracker::new().spawn(served);
        let (reader, writer) = tokio::io::split(ours);
        Self {
            lines: BufReader::new(reader).lines(),
            writer,
            served,
            next_id: 0,
        }
    }

    /// Connected as a client of 2025-11-25 with these capabilities.
    pub(super) async fn initialized(server: Server, capabilities: Value) -> Self {
        let mut client = Self::connect(server);
        let answer = client
            .request(
                "initialize",
                json!({"protocolVersion": "2025-11-25", "capabilities": capabilities,
                    "clientInfo": {"name": "test", "version": "1"}}),
            )
            .await;
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
        client
            .say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        client
    }

    pub(super) async fn send(&mut self, line: &[u8]) {
        self.writer.write_all(line).await.unwrap();
        self.writer.write_all(b"\n").await.unwrap();
    }

    pub(super) async fn say(&mut self, message: Value) {
        self.send(message.to_string().as_bytes()).await;
    }

    /// The next message of the server.
    pub(super) async fn hear(&mut self) -> Value {
        let line = self
            .lines
            .next_line()
            .await
            .unwrap()
            .expect("the server closed the connection");
        serde_json::from_str(&line).expect("a line that is not JSON")
    }

    /// The next message that does not only say that a list has changed, which may come at any moment.
    async fn hear_but_of_lists(&mut self) -> Value {
        loop {
            let message = self.hear().await;
            if message["method"] != "notifications/resources/list_changed" {
                return message;
            }
        }
    }

    pub(super) async fn request(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        self.say(json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}))
            .await;
        let answer = self.hear_but_of_lists().await;
        assert_eq!(answer["id"], self.next_id, "{answer}");
        answer
    }

    /// Calls a tool and gives its result.
    pub(super) async fn tool(&mut self, name: &str, arguments: Value) -> Value {
        let answer = self
            .request("tools/call", json!({"name": name, "arguments": arguments}))
            .await;
        answer["result"].clone()
    }

    /// Closes the input and waits until the server is done; what it still said is returned.
    pub(super) async fn leave(mut self) -> Vec<Value> {
        self.writer.shutdown().await.unwrap();
        let mut rest = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            rest.push(serde_json::from_str(&line).unwrap());
        }
        self.served.await.unwrap().unwrap();
        rest
    }
}

/// The error `{code, message, hint}` of a tool result.
pub(super) fn error(result: &Value) -> Value {
    assert_eq!(result["isError"], true, "{result}");
    assert!(result.get("structuredContent").is_none(), "{result}");
    serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
}

/// The structured content of a tool result.
pub(super) fn output(result: &Value) -> &Value {
    assert_ne!(result["isError"], true, "{result}");
    &result["structuredContent"]
}
