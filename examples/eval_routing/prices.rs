//! What a call of each model of a pool costs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;

/// Bytes of a prompt for one token, and tokens of an answer, by rule of thumb.
const BYTES_PER_TOKEN: f64 = 4.0;
const ANSWER_TOKENS: f64 = 300.0;

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Price {
    input_price: f64,
    output_price: f64,
}

impl Price {
    /// US dollars for a prompt of so many bytes.
    pub(crate) fn cost(self, bytes: usize) -> f64 {
        (bytes as f64 / BYTES_PER_TOKEN * self.input_price + ANSWER_TOKENS * self.output_price) / 1e6
    }
}

/// The prices in all files `*_models.json` at these paths.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<BTreeMap<String, Price>> {
    let mut prices = BTreeMap::new();
    for path in paths.iter().filter(|path| path.is_dir()) {
        for entry in std::fs::read_dir(path)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("_models.json") {
                let text = std::fs::read_to_string(&path)?;
                let read: BTreeMap<String, Price> = serde_json::from_str(&text)
                    .with_context(|| format!("{} cannot be used", path.display()))?;
                prices.extend(read);
            }
        }
    }
    Ok(prices)
}
