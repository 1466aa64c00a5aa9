//! Measures `validate_output`: `cargo run --release --example eval_validation -- patches --git DIR`.

mod imports;
mod patches;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("patches") => patches::run(&arguments.collect::<Vec<_>>()),
        Some("imports") => {
            imports::run(&arguments.collect::<Vec<_>>());
            Ok(())
        }
        _ => anyhow::bail!(
            "usage: eval_validation patches [--git DIR] [--trees OLD NEW] [--misses] | imports DIR.."
        ),
    }
}
