//! A receiver of webhooks under the test's hand.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use firstmate::domain::Timestamp;
use firstmate::model::Secret;
use firstmate::model::webhook::secret::Signed;
use serde_json::Value;

use crate::support::{PATIENCE, Server, firstmate};

/// What messages are signed with.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A message as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) text: String,
    pub(crate) body: Value,
}

/// What is said to a message.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    /// This status and body.
    This(u16, String),
    /// The same with a header more.
    With(u16, String, String),
    /// Nothing: the connection stays open until the other side is gone.
    Nothing,
}

type Script = dyn FnMut(&Heard) -> Say + Send;

/// A receiver on a free port of this machine.
pub(crate) struct Receiver {
    pub(crate) url: String,
    heard: Arc<(Mutex<Vec<Heard>>, Condvar)>,
    script: Arc<Mutex<Box<Script>>>,
}

impl Receiver {
    /// Says to each message what `script` says.
    pub(crate) fn start(script: impl FnMut(&Heard) -> Say + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            heard: Arc::default(),
            script: Arc::new(Mutex::new(Box::new(script))),
        };
        let (heard, script) = (Arc::clone(&receiver.heard), Arc::clone(&receiver.script));
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (heard, script) = (Arc::clone(&heard), Arc::clone(&script));
                std::thread::spawn(move || serve(socket, &heard, &script));
            }
        });
        receiver
    }

    /// Says something else from now on.
    pub(crate) fn say(&self, script: impl FnMut(&Heard) -> Say + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// All messages so far, once there are `n`.
    pub(crate) fn wait_for(&self, n: usize) -> Vec<Heard> {
        let (heard, more) = &*self.heard;
        let until = Instant::now() + PATIENCE;
        let mut all = heard.lock().unwrap();
        while all.len() < n {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{n} messages were awaited: {all:#?}");
            all = more.wait_timeout(all, left).unwrap().0;
        }
        all.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.heard.0.lock().unwrap().len()
    }

    /// The section of the settings that names it, with `more` in it.
    pub(crate) fn section(&self, name: &str, more: &str) -> String {
        format!(
            "[webhooks.{name}]\nurl = {:?}\nsecret_env = \"FLOW_SECRET\"\nallow_private = true\nbackoff_ms = 20\n{more}\n",
            self.url
        )
    }
}

fn serve(mut socket: TcpStream, heard: &(Mutex<Vec<Heard>>, Condvar), script: &Mutex<Box<Script>>) {
    while let Some(message) = read(&mut socket) {
        let say = (script.lock().unwrap())(&message);
        heard.0.lock().unwrap().push(message);
        heard.1.notify_all();
        let (status, header, body) = match say {
            Say::This(status, body) => (status, String::new(), body),
            Say::With(status, header, body) => (status, format!("{header}\r\n"), body),
            Say::Nothing => {
                let _gone = socket.read(&mut [0]);
                return;
            }
        };
        let answer = format!(
            "HTTP/1.1 {status} x\r\n{header}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if socket.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(socket: &mut TcpStream) -> Option<Heard> {
    let (mut bytes, mut part) = (Vec::new(), [0; 16_384]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let n = socket.read(&mut part).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&part[..n]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let header = |name: &str| {
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default().to_owned()
    };
    let length: usize = header("content-length").parse().unwrap();
    while bytes.len() < end + length {
        let n = socket.read(&mut part).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&part[..n]);
    }
    let text = String::from_utf8(bytes[end..].to_vec()).unwrap();
    Some(Heard {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: serde_json::from_str(&text).unwrap(),
        text,
    })
}

impl Heard {
    /// Fails the test unless it is signed with the secret, now.
    pub(crate) fn verify(&self) {
        let signed = Signed {
            id: &self.id,
            timestamp: &self.timestamp,
            signature: &self.signature,
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the server signs by the machine's clock"
        )]
        let now = Timestamp::now();
        let secret = Secret::read(SECRET).unwrap();
        assert_eq!(
            secret.verify(signed, self.text.as_bytes(), now),
            Ok(()),
            "{self:?}"
        );
    }
}

/// The binary with these settings and the secret in its environment.
pub(crate) fn command(dir: &std::path::Path, settings: &str) -> Command {
    let config = dir.join("config.toml");
    std::fs::write(&config, settings).unwrap();
    let mut command = firstmate(dir);
    command.env("FLOW_SECRET", SECRET).arg("--config").arg(&config);
    command
}

/// A server over stdio with these settings.
pub(crate) fn server(dir: &std::path::Path, settings: &str) -> Server {
    let mut server = Server::spawn(command(dir, settings).args(["serve", "--stdio"]));
    server.initialize();
    server
}

/// What a command prints; fails the test unless it exits with 0.
pub(crate) fn printed(dir: &std::path::Path, settings: &str, arguments: &[&str]) -> String {
    let mut command = command(dir, settings);
    let output = command.args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
