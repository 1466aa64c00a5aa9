//! Whole conversations: what the client and the owners say, and what each gets to hear.

use serde_json::{Value, json};

use super::*;

struct Talk(Relay);

impl Talk {
    fn new() -> Self {
        Self(Relay::new("w".into()))
    }

    fn connected() -> Self {
        let mut talk = Self::new();
        talk.0.connected();
        talk
    }

    /// After an old client's handshake.
    fn shaken() -> Self {
        let mut talk = Self::connected();
        talk.client(r#"{"id":0,"method":"initialize","params":{}}"#);
        talk.owner(r#"{"id":0,"result":{"hello":1}}"#);
        talk.client(r#"{"method":"notifications/initialized"}"#);
        talk.heard();
        talk
    }

    fn client(&mut self, line: &str) {
        self.0.client_says(line.as_bytes());
    }

    fn owner(&mut self, line: &str) {
        self.0.owner_says(line.as_bytes());
    }

    /// The owner dies, and there is another.
    fn next_owner(&mut self) {
        self.0.lost();
        self.0.connected();
    }

    /// What the client and the owner heard since the last time.
    fn heard(&mut self) -> (Vec<String>, Vec<String>) {
        let lines = |outbox: &mut Outbox| {
            let text = String::from_utf8(outbox.waiting().to_vec()).unwrap();
            outbox.clear();
            text.lines().map(str::to_owned).collect()
        };
        (lines(&mut self.0.to_client), lines(&mut self.0.to_owner))
    }

    #[track_caller]
    fn check(&mut self, client: &[&str], owner: &[&str]) {
        let (to_client, to_owner) = self.heard();
        assert_eq!((to_client, to_owner), (owned(client), owned(owner)));
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

fn call(id: u32) -> String {
    format!(r#"{{"id":{id},"method":"tools/call","params":{{"name":"x"}}}}"#)
}

fn named(id: u32, number: u32) -> String {
    format!(
        r#"{{"id":{id},"method":"tools/call","params":{{"_meta":{{"firstmate/request":"w-{number}"}},"name":"x"}}}}"#
    )
}

#[test]
fn messages_pass_as_they_are_and_calls_get_a_name() {
    let mut talk = Talk::connected();
    let ping = r#"{ "id": "a", "method": "ping", "n": 1e400 }"#;
    let progress = r#"{"method":"notifications/progress","params":{"progress":0.10}}"#;
    talk.client(ping);
    talk.client(progress);
    talk.client(&call(7));
    talk.client(" \r");
    talk.check(&[], &[ping, progress, &named(7, 1)]);
    let answer = r#"{"result":{"n":1.00},"id":7}"#;
    talk.owner(answer);
    talk.owner(progress);
    talk.check(&[answer, progress], &[]);
    assert!(talk.0.is_waited_for());
    talk.owner(r#"{"id":"\u0061","result":{}}"#);
    assert!(!talk.0.is_waited_for());
}

#[test]
fn what_was_said_before_there_was_an_owner_is_said_to_the_first_one() {
    let mut talk = Talk::new();
    talk.client(r#"{"id":0,"method":"initialize","params":{}}"#);
    talk.client(&call(1));
    talk.check(&[], &[]);
    talk.0.connected();
    talk.check(
        &[],
        &[r#"{"id":0,"method":"initialize","params":{}}"#, &named(1, 1)],
    );
    talk.owner(r#"{"id":0,"result":{}}"#);
    talk.check(&[r#"{"id":0,"result":{}}"#], &[]);
}

#[test]
fn the_next_owner_hears_the_handshake_and_what_has_no_answer_under_the_same_name() {
    let mut talk = Talk::shaken();
    talk.client(&call(1));
    talk.client(&call(2));
    talk.owner(r#"{"id":1,"result":{}}"#);
    talk.heard();
    talk.next_owner();
    talk.check(
        &[],
        &[
            r#"{"id":0,"method":"initialize","params":{}}"#,
            r#"{"method":"notifications/initialized"}"#,
            &named(2, 2),
        ],
    );
    // The client has an answer to its handshake already.
    talk.owner(r#"{"id":0,"result":{"hello":2}}"#);
    talk.owner(r#"{"id":2,"result":{}}"#);
    talk.check(
        &[
            r#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}"#,
            r#"{"id":2,"result":{}}"#,
        ],
        &[],
    );
    talk.next_owner();
    assert_eq!(talk.heard().1.len(), 2, "only the handshake");
}

#[test]
fn a_refused_handshake_is_not_played_again() {
    let mut talk = Talk::connected();
    talk.client(r#"{"id":0,"method":"initialize"}"#);
    talk.owner(r#"{"id":0,"error":{}}"#);
    talk.heard();
    talk.next_owner();
    talk.check(&[], &[]);
}

#[test]
fn a_cancelled_request_is_not_asked_again() {
    let mut talk = Talk::shaken();
    talk.client(&call(1));
    talk.client(r#"{"method":"notifications/cancelled","params":{"requestId":1}}"#);
    assert!(!talk.0.is_waited_for());
    talk.heard();
    talk.next_owner();
    assert_eq!(talk.heard().1.len(), 2, "only the handshake");
}

#[test]
fn an_answer_reaches_only_the_owner_that_asked() {
    let mut talk = Talk::shaken();
    talk.owner(r#"{"id":0,"method":"elicitation/create","params":{"message":"Delete A?"}}"#);
    talk.check(
        &[r#"{"id":0,"method":"elicitation/create","params":{"message":"Delete A?"}}"#],
        &[],
    );
    talk.next_owner();
    let (to_client, _) = talk.heard();
    let void: Value = serde_json::from_str(&to_client[0]).unwrap();
    assert_eq!(
        (&void["method"], &void["params"]["requestId"]),
        (&json!("notifications/cancelled"), &json!(0))
    );
    // The next owner counts from the beginning, too, and asks something else.
    talk.owner(r#"{"id":0,"method":"elicitation/create","params":{"message":"Delete B?"}}"#);
    talk.check(
        &[r#"{"id":1,"method":"elicitation/create","params":{"message":"Delete B?"}}"#],
        &[],
    );
    talk.client(r#"{"jsonrpc":"2.0","id":0,"result":{"action":"accept","content":{"approve":true}}}"#);
    talk.check(&[], &[]);
    talk.client(r#"{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}"#);
    talk.check(
        &[],
        &[r#"{"jsonrpc":"2.0","id":0,"result":{"action":"decline"}}"#],
    );
}

#[test]
fn an_owner_takes_its_question_back_under_the_clients_number() {
    let mut talk = Talk::shaken();
    talk.owner(r#"{"id":5,"method":"elicitation/create"}"#);
    talk.owner(r#"{"method":"notifications/cancelled","params":{"requestId":5}}"#);
    talk.check(
        &[
            r#"{"id":0,"method":"elicitation/create"}"#,
            r#"{"method":"notifications/cancelled","params":{"requestId":0}}"#,
        ],
        &[],
    );
}

#[test]
fn without_an_owner_every_request_is_answered_with_the_reason() {
    let mut talk = Talk::new();
    talk.client(r#"{"id":"x","method":"initialize"}"#);
    talk.client(&call(1));
    let problem = Problem {
        code: "owner.silent",
        message: "process 7 does not answer".into(),
        hint: "Wake it.".into(),
        retryable: true,
    };
    talk.0.give_up(&problem);
    let (to_client, _) = talk.heard();
    assert_eq!(to_client.len(), 2);
    let answer: Value = serde_json::from_str(&to_client[0]).unwrap();
    assert_eq!(answer["id"], "x");
    assert_eq!(answer["error"]["message"], "process 7 does not answer. Wake it.");
    assert_eq!(answer["error"]["data"]["code"], "owner.silent");
    // Said and done: a later owner hears none of it.
    talk.0.connected();
    talk.check(&[], &[]);
}

#[test]
fn a_request_that_no_owner_survives_is_given_up() {
    let mut talk = Talk::shaken();
    talk.client(&call(1));
    for _ in 1..waiting::MOST_SENT {
        talk.next_owner();
        assert!(talk.0.is_waited_for());
    }
    talk.heard();
    talk.next_owner();
    let (to_client, to_owner) = talk.heard();
    assert!(to_client[0].contains("owner.lost"), "{to_client:?}");
    assert_eq!(to_owner.len(), 2, "only the handshake");
}

#[test]
fn requests_without_end_are_refused_and_not_kept() {
    let mut talk = Talk::new();
    for id in 0..=waiting::MOST as u32 {
        talk.client(&call(id));
    }
    let (to_client, _) = talk.heard();
    assert_eq!(to_client.len(), 1);
    assert!(to_client[0].contains("owner.too_many_requests"), "{to_client:?}");
}

#[test]
fn junk_is_answered_here() {
    let mut talk = Talk::connected();
    for (junk, expected) in [
        ("not json", "-32700"),
        ("[]", "-32600"),
        ("null", "-32600"),
        (r#"[1,"tools/call",{}]"#, "-32600"),
        (r#"{"jsonrpc":"2.0"}"#, "-32600"),
        (r#"{"id":7}"#, r#""id":7,"error":{"code":-32600"#),
        (r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "-32600"),
    ] {
        talk.client(junk);
        let (to_client, to_owner) = talk.heard();
        assert!(to_client[0].contains(expected), "{junk}: {to_client:?}");
        assert_eq!(to_owner, owned(&[]));
    }
}

#[test]
fn a_subscription_is_made_again_and_its_answer_is_nobodys() {
    let mut talk = Talk::shaken();
    for (id, uri) in [(1, "a"), (2, "b"), (3, "c")] {
        talk.client(&format!(
            r#"{{"id":{id},"method":"resources/subscribe","params":{{"uri":"{uri}"}}}}"#
        ));
    }
    talk.owner(r#"{"id":1,"result":{}}"#);
    talk.owner(r#"{"id":2,"error":{"code":-32002}}"#);
    talk.owner(r#"{"id":3,"result":{}}"#);
    talk.client(r#"{"id":4,"method":"resources/unsubscribe","params":{"uri":"c"}}"#);
    talk.owner(r#"{"id":4,"result":{}}"#);
    talk.client(r#"{"id":5,"method":"logging/setLevel","params":{"level":"info"}}"#);
    talk.owner(r#"{"id":5,"result":{}}"#);
    talk.heard();
    talk.next_owner();
    talk.check(
        &[],
        &[
            r#"{"id":0,"method":"initialize","params":{}}"#,
            r#"{"method":"notifications/initialized"}"#,
            r#"{"id":"firstmate/kept/1","method":"logging/setLevel","params":{"level":"info"}}"#,
            r#"{"id":"firstmate/kept/2","method":"resources/subscribe","params":{"uri":"a"}}"#,
        ],
    );
    talk.owner(r#"{"id":0,"result":{"hello":2}}"#);
    talk.owner(r#"{"id":"firstmate/kept/1","result":{}}"#);
    let lists = [
        r#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}"#,
    ];
    talk.check(&lists, &[]);
    // Only now a change of it is told.
    talk.owner(r#"{"id":"firstmate/kept/2","result":{}}"#);
    talk.check(
        &[r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a"}}"#],
        &[],
    );
    // What the next owner does not take is not asked of the one after it.
    talk.next_owner();
    talk.heard();
    talk.owner(r#"{"id":"firstmate/kept/4","error":{"code":-32002}}"#);
    talk.next_owner();
    talk.check(
        &[],
        &[
            r#"{"id":0,"method":"initialize","params":{}}"#,
            r#"{"method":"notifications/initialized"}"#,
            r#"{"id":"firstmate/kept/5","method":"logging/setLevel","params":{"level":"info"}}"#,
        ],
    );
}

#[test]
fn a_stream_of_news_goes_on_with_the_next_owner_until_the_client_leaves() {
    let mut talk = Talk::connected();
    let listen = r#"{"id":"n","method":"subscriptions/listen","params":{}}"#;
    let open = r#"{"method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"n"},"notifications":{"resourceSubscriptions":["a"]}}}"#;
    let over = r#"{"id":"n","result":{"resultType":"complete"}}"#;
    let again = r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a","_meta":{"io.modelcontextprotocol/subscriptionId":"n"}}}"#;
    talk.client(listen);
    talk.owner(open);
    talk.check(&[open], &[listen]);
    // However often owners end, with or without a word.
    for word in [Some(over), None].into_iter().cycle().take(30) {
        if let Some(word) = word {
            talk.owner(word);
        }
        talk.next_owner();
        talk.owner(open);
        talk.check(&[again], &[listen]);
    }
    assert!(talk.0.is_waited_for());
    talk.0.client_left();
    talk.owner(over);
    talk.check(&[over], &[]);
    assert!(!talk.0.is_waited_for());

    // An error is an answer, and what is cancelled is not asked again.
    let mut talk = Talk::connected();
    talk.client(listen);
    talk.owner(r#"{"id":"n","error":{"code":-32600}}"#);
    talk.check(&[r#"{"id":"n","error":{"code":-32600}}"#], &[listen]);
    talk.client(listen);
    talk.client(r#"{"method":"notifications/cancelled","params":{"requestId":"n"}}"#);
    talk.heard();
    talk.next_owner();
    talk.check(&[], &[]);
}
