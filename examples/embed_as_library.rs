//! firstmate as a library: the same services without a server, over a store in memory.
//!
//! `cargo run --example embed_as_library`

use std::sync::Arc;

use firstmate::clock::{Clock, SystemClock};
use firstmate::domain::{Action, ActionKind, Actor, Artifact};
use firstmate::routing::RouteRequest;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows its answers")]
async fn main() -> anyhow::Result<()> {
    let config = firstmate::config::Config::from_text("data_dir = \"target/embed_as_library\"")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = firstmate::store::memory::stores();
    let services = firstmate::app::services(&config, &stores, clock)?;

    let request = RouteRequest {
        task: "rename a variable in this function".into(),
        ..RouteRequest::default()
    };
    let route = services.router.route(&config.scope, &request).await?;
    println!("{}: {:?}", route.task_type, route.model);

    let verdict = services
        .validator
        .validate(Artifact::new("```python\ndef f(:\n```"))
        .await;
    println!("{:?}: {}", verdict.verdict, verdict.findings[0].message);

    let action = Action::new(ActionKind::Shell).with_content("git push --force origin main");
    let decision = services
        .gate
        .decide(&config.scope, &Actor::default(), "example", &action)
        .await?;
    println!("{:?}: {}", decision.effect, decision.rules[0].fix);
    Ok(())
}
