//! The models that can be asked, put together: behind the gate, through the door of their provider, at a price.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::{Destination, ModelCard};
use crate::error::Result;
use crate::model::limit::Door;
use crate::model::{self, Genai, Limited, Model, Models, Prices, Provider};
use crate::policy::Gate;
use crate::policy::outgoing::{Address, Guarded};
use crate::routing::Catalogue;

/// The models of the settings; none by default. Nothing is sent yet.
///
/// What a model costs says the setting, else the catalogue, where it names the same model of the same provider. What runs
/// in Ollama on this machine costs nothing. Of others the price is not known, which is not free.
///
/// # Errors
/// When a provider cannot be called as the settings say.
pub fn models(
    config: &Config,
    catalogue: &Catalogue,
    gate: &Arc<Gate>,
    clock: &Arc<dyn Clock>,
) -> Result<Models> {
    let mut models: Vec<Arc<dyn Model>> = Vec::new();
    for provider in &config.models.providers {
        let provider = priced(provider.clone(), catalogue);
        let door = Door::new(provider.max_concurrent, Arc::clone(clock));
        for (model, settings) in Genai::all_of(&provider)?.into_iter().zip(&provider.models) {
            let limited: Arc<dyn Model> = Arc::new(Limited::new(Arc::new(model), Arc::clone(&door)));
            let address = Address::of(&provider, &settings.id);
            models.push(Arc::new(Guarded::new(limited, address, Arc::clone(gate))));
        }
    }
    Ok(Models::new(models))
}

fn priced(mut provider: Provider, catalogue: &Catalogue) -> Provider {
    let is_here = model::destination(&provider.url) == Destination::ModelLocal;
    let is_own = is_here && provider.kind.name() == "ollama";
    let kind = provider.kind;
    let listed = |id: &str| {
        // What stands at another address may cost something else, also under the same name.
        if provider.url.trim_end_matches('/') != kind.usual_url().trim_end_matches('/') {
            return None;
        }
        let card = catalogue.models().iter().find(|card| card.id == id)?;
        (card.provider == kind.catalogue_name()).then(|| prices(card))?
    };
    let found: Vec<_> = provider.models.iter().map(|model| listed(&model.id)).collect();
    for (model, found) in provider.models.iter_mut().zip(found) {
        model.prices = model.prices.or(is_own.then_some(Prices::FREE)).or(found);
    }
    provider
}

fn prices(card: &ModelCard) -> Option<Prices> {
    let input = card.input_usd_per_million?;
    Some(Prices {
        input,
        output: card.output_usd_per_million?,
        cached: card.cached_input_usd_per_million.unwrap_or(input),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(section: &str) -> Vec<Option<[f64; 3]>> {
        let config = Config::from_text(section).unwrap();
        let providers = config.models.providers.into_iter();
        providers
            .flat_map(|provider| priced(provider, &Catalogue::builtin()).models)
            .map(|model| {
                model
                    .prices
                    .map(|prices| [prices.input, prices.output, prices.cached])
            })
            .collect()
    }

    #[test]
    fn a_price_is_said_or_listed_or_not_known() {
        let catalogue = Catalogue::builtin();
        let card = catalogue
            .models()
            .iter()
            .find(|card| card.provider == "anthropic")
            .unwrap();
        let listed = prices(card).unwrap();
        let id = &card.id;
        assert_eq!(
            of(&format!(
                "[providers.work]\nkind = 'anthropic'\nmodels = ['{id}', 'unheard-of']"
            )),
            [Some([listed.input, listed.output, listed.cached]), None]
        );
        // Somebody else's door, and somebody else's model.
        assert_eq!(
            of(&format!(
                "[providers.x]\nkind = 'anthropic'\nurl = 'https://example.com'\nmodels = ['{id}']"
            )),
            [None]
        );
        assert_eq!(
            of(&format!("[providers.x]\nkind = 'openai'\nmodels = ['{id}']")),
            [None]
        );
        assert_eq!(
            of(&format!(
                "[providers.x]\nkind = 'anthropic'\nmodels = ['{id}']\nprices = {{ '{id}' = {{ input = 1.0, output = 2.0 }} }}"
            )),
            [Some([1.0, 2.0, 1.0])]
        );
        assert_eq!(
            of("[providers.x]\nkind = 'ollama'\nmodels = ['qwen3:8b']"),
            [Some([0.0; 3])]
        );
        assert_eq!(
            of("[providers.x]\nkind = 'ollama'\nurl = 'https://gpu.example'\nmodels = ['qwen3:8b']"),
            [None]
        );
    }
}
