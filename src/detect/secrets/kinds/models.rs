//! Language models and what is built around them.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "anthropic-key", &["sk-ant-api"], 3.0, r"sk-ant-api[0-9]{2}-[\w-]{93}AA", "sk-ant-api03-{93:m}AA"),
    kind(High, "anthropic-admin-key", &["sk-ant-admin"], 3.0, r"sk-ant-admin[0-9]{2}-[\w-]{93}AA", "sk-ant-admin01-{93:m}AA"),
    kind(High, "anthropic-oauth-token", &["sk-ant-oat", "sk-ant-ort", "sk-ant-sid"], 3.0, r"sk-ant-(?:oat|ort|sid)[0-9]{2}-[\w-]{80,120}", "sk-ant-oat01-{93:m}AA"),
    kind(High, "openai-key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-", "T3BlbkFJ"], 3.0, r"sk-(?:(?:proj|svcacct|admin|None)-[\w-]{40,200}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})", "sk-proj-{74:m}T3BlbkFJ{74:m}"),
    kind(High, "openrouter-key", &["sk-or-v1-"], 3.0, r"sk-or-v1-[a-f0-9]{64}", "sk-or-v1-{64:x}"),
    kind(High, "langfuse-key", &["sk-lf-"], 3.0, r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "sk-lf-{1:u}"),
    kind(High, "helicone-key", &["sk-helicone-"], 3.0, r"sk-helicone-[a-z0-9-]{20,60}", "sk-helicone-{7:a}-{7:a}-{7:a}-{7:a}"),
    kind(Medium, "sk-key", &["sk-"], 3.3, r"sk-[A-Za-z0-9]{32,64}", "sk-{48:m}"),
    kind(High, "elevenlabs-key", &["sk_"], 3.0, r"sk_[a-f0-9]{48}", "sk_{48:x}"),
    kind(High, "huggingface-token", &["hf_"], 3.5, r"hf_[A-Za-z]{34}", "hf_{34:l}"),
    kind(High, "huggingface-organization-token", &["api_org_"], 3.5, r"api_org_[A-Za-z]{34}", "api_org_{34:l}"),
    kind(High, "groq-key", &["gsk_"], 3.5, r"gsk_[A-Za-z0-9]{52}", "gsk_{52:m}"),
    kind(High, "replicate-token", &["r8_"], 3.5, r"r8_[A-Za-z0-9]{37}", "r8_{37:m}"),
    kind(High, "xai-key", &["xai-"], 3.5, r"xai-[A-Za-z0-9]{80}", "xai-{80:m}"),
    kind(High, "nvidia-key", &["nvapi-"], 3.5, r"nvapi-[\w-]{64}", "nvapi-{64:m}"),
    kind(High, "perplexity-key", &["pplx-"], 3.5, r"pplx-[A-Za-z0-9]{48}", "pplx-{48:m}"),
    kind(High, "cerebras-key", &["csk-"], 3.5, r"csk-[a-z0-9]{48}", "csk-{48:a}"),
    kind(High, "together-key", &["tgp_v1_"], 3.5, r"tgp_v1_[\w-]{43}", "tgp_v1_{43:m}"),
    kind(High, "fireworks-key", &["fw_"], 3.5, r"fw_[A-Za-z0-9]{24}", "fw_{24:m}"),
    kind(High, "anyscale-key", &["esecret_"], 3.0, r"esecret_[a-z0-9]{26}", "esecret_{26:a}"),
    kind(High, "voyage-key", &["pa-"], 4.0, r"pa-[A-Za-z0-9_-]{43}", "pa-{43:m}"),
    kind(High, "jina-key", &["jina_"], 3.5, r"jina_[a-f0-9]{32}[\w-]{28}", "jina_{32:x}{28:m}"),
    kind(High, "tavily-key", &["tvly-"], 3.0, r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}", "tvly-{32:m}"),
    kind(High, "firecrawl-key", &["fc-"], 3.0, r"fc-[a-f0-9]{32}", "fc-{32:x}"),
    kind(High, "llamacloud-key", &["llx-"], 3.5, r"llx-[A-Za-z0-9]{48}", "llx-{48:m}"),
    kind(High, "langsmith-key", &["lsv2_"], 3.0, r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", "lsv2_pt_{32:x}_{10:x}"),
    kind(High, "pinecone-key", &["pcsk_"], 3.5, r"pcsk_[A-Za-z0-9_]{60,80}", "pcsk_{70:m}"),
    kind(High, "e2b-key", &["e2b_"], 3.0, r"e2b_[a-f0-9]{40}", "e2b_{40:x}"),
    kind(High, "runpod-key", &["rpa_"], 3.5, r"rpa_[A-Z0-9]{38,46}", "rpa_{42:A}"),
    kind(High, "promptlayer-key", &["pl_"], 3.0, r"pl_[a-f0-9]{32}", "pl_{32:x}"),
    kind(High, "coze-token", &["pat_"], 3.8, r"pat_[A-Za-z0-9]{64}", "pat_{64:m}"),
];
