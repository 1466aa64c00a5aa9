//! Long calls: what is told while they last, and that they end with their caller.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{Client, Pause, server_that_waits};

fn call(id: &str) -> Value {
    let params =
        json!({"name": "route_task", "arguments": {"task": "sort a list"}, "_meta": {"progressToken": "p"}});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

#[tokio::test]
async fn a_long_call_says_that_it_goes_on_and_stops_when_it_is_withdrawn() {
    let pause = Arc::<Pause>::default();
    let server = server_that_waits(&pause);
    let running = server.running.clone();
    let mut client = Client::initialized(server, json!({})).await;
    client.say(call("long")).await;
    for _ in 0..2 {
        let told = client.hear().await;
        assert_eq!(told["method"], "notifications/progress", "{told}");
        assert_eq!(told["params"]["progressToken"], "p", "{told}");
        assert!(
            told["params"]["message"].as_str().unwrap().contains("route_task"),
            "{told}"
        );
    }
    assert_eq!(running.len(), 1);
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "long"}});
    client.say(cancel).await;
    // The pause is never over: only dropping the work ends it.
    let stopped = async {
        while !running.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stopped)
        .await
        .unwrap();
    // Nobody waits for an answer, and none comes.
    assert_eq!(client.leave().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_call_in_time_is_answered_without_a_word_before() {
    let pause = Arc::<Pause>::default();
    let mut client = Client::initialized(server_that_waits(&pause), json!({})).await;
    client.say(call("short")).await;
    pause.reached.notified().await;
    pause.over.notify_one();
    assert_eq!(client.hear().await["id"], "short");
    client.leave().await;
}
