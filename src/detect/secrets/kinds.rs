//! The credentials that are known, as data. Formats are those their issuers publish or print.

use super::super::Confidence::{self, High, Low, Medium};

/// A kind of credential.
#[derive(Debug)]
pub struct Kind {
    /// Its id in findings: `github-pat`.
    pub id: &'static str,
    /// How sure a match is.
    pub confidence: Confidence,
    /// Lower-case text one of which is near every match; the pattern runs only around these.
    pub keywords: &'static [&'static str],
    /// ASCII regular expression; the credential is the first group that took part, or all of it.
    pub pattern: &'static str,
    /// Least Shannon entropy of the credential, in bits a character.
    pub entropy: f64,
    /// A made-up specimen for tests: `{36:m}` stands for 36 generated characters, see [`super::sample`].
    pub sample: &'static str,
}

/// The kind whose matches are judged by name and value, because nothing in them is distinctive.
pub(super) const ASSIGNMENT: &str = "assignment";

/// Kinds whose value a person may have typed, or that stand where a placeholder is likely.
pub(super) const TYPED: [&str; 5] = [
    "authorization-header",
    "curl-user",
    "url-password",
    "database-url",
    "nuget-password",
];

const fn kind(
    confidence: Confidence,
    id: &'static str,
    keywords: &'static [&'static str],
    entropy: f64,
    pattern: &'static str,
    sample: &'static str,
) -> Kind {
    Kind {
        id,
        confidence,
        keywords,
        pattern,
        entropy,
        sample,
    }
}

/// Every kind, the certain ones first. One row: confidence, id, keywords, entropy, pattern, specimen.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    // Source hosting and packages
    kind(High, "github-pat", &["ghp_"], 3.0, r"\b(ghp_[A-Za-z0-9]{36})(?:[^\w-]|$)", "ghp_{36:m}"),
    kind(High, "github-oauth", &["gho_"], 3.0, r"\b(gho_[A-Za-z0-9]{36})(?:[^\w-]|$)", "gho_{36:m}"),
    kind(High, "github-app", &["ghu_", "ghs_"], 3.0, r"\b(gh[us]_[A-Za-z0-9]{36})(?:[^\w-]|$)", "ghs_{36:m}"),
    kind(High, "github-refresh", &["ghr_"], 3.0, r"\b(ghr_[A-Za-z0-9]{36,76})(?:[^\w-]|$)", "ghr_{36:m}"),
    kind(High, "github-fine-grained-pat", &["github_pat_"], 3.0, r"\bgithub_pat_[A-Za-z0-9_]{82}\b", "github_pat_{82:m}"),
    kind(High, "gitlab-token", &["glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glffct-", "glcbt-", "glrtr-"], 3.0,
        r"\bgl(?:pat|dt|rt|rtr|ptt|ft|imt|agent|oas|soat|ffct|cbt)-[\w.=-]{20,300}", "glpat-{20:m}"),
    kind(High, "gitlab-runner-registration", &["gr1348941"], 3.0, r"\bGR1348941[\w-]{20}(?:[^\w-]|$)", "GR1348941{20:m}"),
    kind(Medium, "gitlab-session", &["_gitlab_session"], 3.0, r"_gitlab_session=([0-9a-z]{32})\b", "_gitlab_session={32:x}"),
    kind(High, "npm-token", &["npm_"], 3.0, r"\bnpm_[A-Za-z0-9]{36}\b", "npm_{36:m}"),
    kind(High, "pypi-token", &["pypi-a"], 3.0, r"\bpypi-AgE[\w-]{50,1000}", "pypi-AgEIcHlwaS5vcmc{60:m}"),
    kind(High, "rubygems-key", &["rubygems_"], 2.5, r"\brubygems_[a-f0-9]{48}\b", "rubygems_{48:x}"),
    kind(High, "crates-io-token", &["cio"], 3.5, r"\bcio[A-Za-z0-9]{32}\b", "cio{32:m}"),
    kind(High, "nuget-key", &["oy2"], 3.5, r"\boy2[a-z0-9]{43}\b", "oy2{43:a}"),
    kind(High, "clojars-token", &["clojars_"], 2.5, r"\b(?i:CLOJARS_)[a-z0-9]{60}\b", "CLOJARS_{60:a}"),
    kind(High, "docker-pat", &["dckr_pat_", "dckr_oat_"], 3.0, r"\bdckr_[po]at_[\w-]{27,36}", "dckr_pat_{27:m}"),
    kind(High, "artifactory-key", &["akcp"], 3.5, r"\bAKCp[A-Za-z0-9]{69}\b", "AKCp{69:m}"),
    kind(High, "artifactory-reference-token", &["cmvmd"], 3.5, r"\bcmVmd[A-Za-z0-9]{59}\b", "cmVmd{59:m}"),
    kind(High, "sourcegraph-token", &["sgp_", "slk_"], 3.0, r"\b(?:sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}|slk_[a-f0-9]{64})\b", "sgp_{40:x}"),
    kind(High, "sonar-token", &["squ_", "sqp_", "sqa_"], 2.5, r"\bsq[upa]_[\w=-]{40}", "squ_{40:x}"),
    kind(High, "postman-key", &["pmak-"], 3.0, r"(?i)\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b", "PMAK-{24:x}-{34:x}"),
    kind(High, "readme-key", &["rdme_"], 2.5, r"\brdme_[a-z0-9]{70}\b", "rdme_{70:a}"),
    // Clouds
    kind(High, "aws-access-key", &["akia", "asia", "abia", "acca", "a3t"], 3.0, r"\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", "AKIA{16:b}"),
    kind(Medium, "aws-secret-key", &["aws"], 4.0, r#"(?i)aws.{0,24}(?:secret|key).{0,24}?[=:\s"'>]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#, "aws_secret_access_key = {40:m}"),
    kind(High, "aws-bedrock-key", &["absk", "bedrock-api-key-"], 3.0, r"\b(?:ABSK[A-Za-z0-9+/]{109,269}={0,2}|bedrock-api-key-[A-Za-z0-9+/=_-]{20,})", "ABSK{120:m}"),
    kind(High, "google-api-key", &["aiza"], 3.5, r"\b(AIza[\w-]{35})(?:[^\w-]|$)", "AIza{35:m}"),
    kind(High, "google-oauth-secret", &["gocspx-"], 3.0, r"\bGOCSPX-[\w-]{28}(?:[^\w-]|$)", "GOCSPX-{28:m}"),
    kind(High, "google-oauth-token", &["ya29."], 3.5, r"\bya29\.[\w-]{30,}", "ya29.{60:m}"),
    kind(High, "azure-client-secret", &["q~"], 3.3, r#"(?:^|[^\w~.-])([\w~.]{3}[0-9]Q~[\w~.-]{31,34})(?:[^\w~.-]|$)"#, "{3:m}8Q~{34:m}"),
    kind(High, "azure-storage-key", &["accountkey="], 4.0, r"(?i)AccountKey=([A-Za-z0-9+/]{86}==)", "AccountKey={86:m}=="),
    kind(Medium, "azure-sas", &["sig="], 3.5, r"[?&]sig=([A-Za-z0-9%/+]{43,}(?:%3D|=))", "?sig={43:m}%3D"),
    kind(High, "digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], 3.0, r"\bdo[opr]_v1_[a-f0-9]{64}\b", "dop_v1_{64:x}"),
    kind(High, "alibaba-access-key", &["ltai"], 3.0, r"\bLTAI[A-Za-z0-9]{17,21}\b", "LTAI{20:m}"),
    kind(High, "yandex-key", &["aqvn", "t1.", "yc"], 3.3, r"\b(?:AQVN[\w-]{35,38}|YC[\w-]{38}|t1\.[A-Za-z0-9_-]{1,80}=?=?\.[A-Za-z0-9_-]{86}={0,2})(?:[^\w-]|$)", "AQVN{38:m}"),
    kind(High, "cloudflare-origin-ca", &["v1.0-"], 3.0, r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b", "v1.0-{24:x}-{146:x}"),
    kind(High, "heroku-key", &["hrku-"], 3.0, r"\bHRKU-AA[\w-]{58}", "HRKU-AA{58:m}"),
    kind(High, "fly-token", &["fo1_", "fm1a_", "fm1r_", "fm2_"], 3.5, r"\b(?:fo1_[\w-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3})", "fo1_{43:m}"),
    kind(High, "netlify-token", &["nfp_"], 3.0, r"\bnfp_[A-Za-z0-9]{36}\b", "nfp_{36:m}"),
    kind(High, "supabase-token", &["sbp_", "sb_secret_"], 3.0, r"\b(?:sbp_[a-f0-9]{40}|sb_secret_[\w-]{31})\b", "sbp_{40:x}"),
    kind(High, "scalingo-token", &["tk-us-"], 3.0, r"\btk-us-[\w-]{48}", "tk-us-{48:m}"),
    kind(High, "openshift-token", &["sha256~"], 3.5, r"\bsha256~[\w-]{43}(?:[^\w-]|$)", "sha256~{43:m}"),
    kind(High, "tailscale-key", &["tskey-"], 3.0, r"\btskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}", "tskey-auth-{12:m}-{32:m}"),
    kind(High, "defined-networking-key", &["dnkey"], 3.0, r"\bdnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}", "dnkey-{26:a}-{52:a}"),
    // Models
    kind(High, "anthropic-key", &["sk-ant-"], 3.0, r"\bsk-ant-[a-z]+[0-9]{2}-[\w-]{93}AA(?:[^\w-]|$)", "sk-ant-api03-{93:m}AA"),
    kind(High, "openai-key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "t3blbkfj"], 3.0, r"\bsk-(?:(?:proj|svcacct|admin|None)-[\w-]{40,200}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})", "sk-proj-{74:m}T3BlbkFJ{74:m}"),
    kind(High, "openrouter-key", &["sk-or-v1-"], 3.0, r"\bsk-or-v1-[a-f0-9]{64}\b", "sk-or-v1-{64:x}"),
    kind(Medium, "sk-key", &["sk-"], 3.3, r"\bsk-[A-Za-z0-9]{32,64}\b", "sk-{48:m}"),
    kind(High, "huggingface-token", &["hf_", "api_org_"], 3.5, r"\b(?:hf_|api_org_)[A-Za-z]{34}\b", "hf_{34:l}"),
    kind(High, "groq-key", &["gsk_"], 3.5, r"\bgsk_[A-Za-z0-9]{52}\b", "gsk_{52:m}"),
    kind(High, "replicate-token", &["r8_"], 3.5, r"\br8_[A-Za-z0-9]{37}\b", "r8_{37:m}"),
    kind(High, "xai-key", &["xai-"], 3.5, r"\bxai-[A-Za-z0-9]{80}\b", "xai-{80:m}"),
    kind(High, "nvidia-key", &["nvapi-"], 3.5, r"\bnvapi-[\w-]{64}", "nvapi-{64:m}"),
    kind(High, "perplexity-key", &["pplx-"], 3.5, r"\bpplx-[A-Za-z0-9]{48}\b", "pplx-{48:m}"),
    kind(High, "langsmith-key", &["lsv2_"], 3.0, r"\blsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}\b", "lsv2_pt_{32:x}_{10:x}"),
    // Chat and mail
    kind(High, "slack-token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe."], 2.0,
        r"(?i)\b(?:xox[abposre]-(?:[0-9]-)?(?:[0-9]{6,14}-){1,4}[a-z0-9]{10,48}|xoxe(?:\.xox[bp])?-[0-9]-[a-z0-9]{146,166})", "xoxb-{12:d}-{12:d}-{24:m}"),
    kind(High, "slack-app-token", &["xapp-"], 2.0, r"(?i)\bxapp-[0-9]-[a-z0-9]+-[0-9]+-[a-z0-9]+", "xapp-1-A{10:A}-{13:d}-{64:x}"),
    kind(High, "slack-webhook", &["hooks.slack.com"], 3.0, r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,56}", "hooks.slack.com/services/T{8:A}/B{8:A}/{24:m}"),
    kind(High, "teams-webhook", &["webhook.office.com"], 3.0, r"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/[a-z0-9-]{36}@[a-z0-9-]{36}/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36}",
        "https://x.webhook.office.com/webhookb2/{36:x}@{36:x}/IncomingWebhook/{32:x}/{36:x}"),
    kind(High, "discord-webhook", &["discord.com/api/webhooks", "discordapp.com/api/webhooks"], 3.0, r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[\w-]{60,}", "discord.com/api/webhooks/{18:d}/{68:m}"),
    kind(Medium, "discord-bot-token", &["discord", "bot"], 3.5, r"\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?:[^\w-]|$)", "bot M{23:m}.{6:m}.{38:m}"),
    kind(High, "telegram-bot-token", &["telegr", "bot", ":a"], 3.0, r"(?:^|[^\w])([0-9]{5,16}:A[\w-]{34})(?:[^\w-]|$)", "{10:d}:A{34:m}"),
    kind(High, "sendgrid-key", &["sg."], 2.5, r"(?i)\bSG\.[a-z0-9=_.-]{66}(?:[^\w.=-]|$)", "SG.{22:m}.{43:m}"),
    kind(High, "mailgun-key", &["key-", "mailgun"], 2.5, r"\b((?:pub)?key-[a-f0-9]{32})\b|\b([a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8})\b", "key-{32:x}"),
    kind(High, "mailchimp-key", &["-us"], 3.0, r"\b([a-f0-9]{32}-us[0-9]{1,2})\b", "{32:x}-us20"),
    kind(High, "brevo-key", &["xkeysib-"], 2.5, r"(?i)\bxkeysib-[a-f0-9]{64}-[a-z0-9]{16}\b", "xkeysib-{64:x}-{16:m}"),
    kind(High, "twilio-key", &["sk"], 3.0, r"\bSK[0-9a-fA-F]{32}\b", "SK{32:x}"),
    // Money and shops
    kind(High, "stripe-key", &["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"], 2.0, r"\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,99}\b", "sk_live_{24:m}"),
    kind(High, "stripe-webhook-secret", &["whsec_"], 3.0, r"\bwhsec_[A-Za-z0-9+/=]{32,64}", "whsec_{32:m}"),
    kind(High, "square-token", &["eaaa", "sq0"], 2.5, r"\b(?:EAAA[\w-]{56,60}|sq0[a-z]{3}-[\w-]{22,43})(?:[^\w-]|$)", "sq0atp-{22:m}"),
    kind(High, "shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], 2.5, r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b", "shpat_{32:x}"),
    kind(High, "plaid-token", &["access-sandbox-", "access-development-", "access-production-"], 3.0, r"\baccess-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "access-sandbox-{8:x}-{4:x}-{4:x}-{4:x}-{12:x}"),
    kind(High, "easypost-key", &["ezak", "eztk"], 3.0, r"\bEZ[AT]K[A-Za-z0-9]{54}\b", "EZAK{54:m}"),
    kind(High, "flutterwave-key", &["flwseck", "flwpubk"], 2.0, r"(?i)\bFLW(?:SEC|PUB)K(?:_TEST)?-?[a-h0-9]{12,32}(?:-X)?\b", "FLWSECK_TEST-{32:x}-X"),
    kind(High, "duffel-token", &["duffel_"], 2.5, r"(?i)\bduffel_(?:test|live)_[\w=-]{43}", "duffel_live_{43:m}"),
    kind(High, "shippo-token", &["shippo_"], 2.5, r"\bshippo_(?:live|test)_[a-f0-9]{40}\b", "shippo_live_{40:x}"),
    kind(High, "lob-key", &["live_", "test_"], 3.0, r"\b(?:live|test)_(?:pub_)?[a-f0-9]{31,35}\b", "live_{35:x}"),
    kind(Medium, "gocardless-token", &["live_"], 3.5, r"(?i)\blive_[\w=-]{40}(?:[^\w=-]|$)", "live_{40:m}"),
    // Observability, data, work
    kind(High, "grafana-token", &["glc_", "glsa_", "eyjrijoi"], 3.0, r"\b(?:glc_[A-Za-z0-9+/]{32,400}={0,3}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|eyJrIjoi[A-Za-z0-9]{70,400}={0,3})", "glsa_{32:m}_{8:x}"),
    kind(High, "sentry-token", &["sntrys_", "sntryu_"], 3.0, r"\b(?:sntrys_eyJ[A-Za-z0-9+/=_]{50,}|sntryu_[a-f0-9]{64})", "sntryu_{64:x}"),
    kind(High, "new-relic-key", &["nrak-", "nrii-", "nrjs-", "nraa-"], 3.0, r"(?i)\b(?:NRAK-[a-z0-9]{27}|NRII-[a-z0-9-]{32}|NRJS-[a-f0-9]{19}|NRAA-[a-f0-9]{27})\b", "NRAK-{27:A}"),
    kind(High, "dynatrace-token", &["dt0c01."], 3.0, r"(?i)\bdt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b", "dt0c01.{24:A}.{64:A}"),
    kind(High, "databricks-token", &["dapi"], 3.0, r"\bdapi[a-f0-9]{32}(?:-[0-9])?\b", "dapi{32:x}"),
    kind(High, "planetscale-token", &["pscale_"], 3.0, r"(?i)\bpscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}", "pscale_tkn_{43:m}"),
    kind(High, "clickhouse-key", &["4b1d"], 3.0, r"\b4b1d[A-Za-z0-9]{38}\b", "4b1d{38:m}"),
    kind(High, "airtable-pat", &["pat"], 3.5, r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b", "pat{14:m}.{64:x}"),
    kind(High, "atlassian-token", &["atatt3", "atctt3"], 3.5, r"\bAT[AC]TT3[A-Za-z0-9_=-]{150,250}", "ATATT3{186:m}"),
    kind(High, "linear-key", &["lin_api_"], 2.0, r"(?i)\blin_api_[a-z0-9]{40}\b", "lin_api_{40:m}"),
    kind(High, "notion-token", &["ntn_", "secret_"], 3.5, r"\b(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b", "ntn_{11:d}{35:m}"),
    kind(High, "figma-token", &["figd_"], 3.5, r"\bfigd_[\w-]{40}", "figd_{40:m}"),
    kind(High, "frameio-token", &["fio-u-"], 3.0, r"(?i)\bfio-u-[\w=-]{64}", "fio-u-{64:m}"),
    kind(High, "typeform-token", &["tfp_"], 3.0, r"(?i)\btfp_[\w=.-]{59}", "tfp_{59:m}"),
    kind(High, "dropbox-token", &["sl."], 3.5, r"(?i)\bsl\.[a-z0-9=_-]{135}", "sl.{135:m}"),
    kind(High, "contentful-token", &["cfpat-"], 3.0, r"\bCFPAT-[\w-]{43}", "CFPAT-{43:m}"),
    kind(High, "adobe-secret", &["p8e-"], 2.0, r"(?i)\bp8e-[a-z0-9]{32}\b", "p8e-{32:m}"),
    kind(High, "adafruit-key", &["aio_"], 3.0, r"\baio_[A-Za-z0-9]{28}\b", "aio_{28:m}"),
    kind(High, "facebook-token", &["eaam", "eaac"], 4.0, r"\bEAA[MC][A-Za-z0-9]{100,}", "EAAC{120:m}"),
    kind(Medium, "facebook-app-token", &["|"], 3.0, r"\b([0-9]{15,16}(?:\||%7C)[\w-]{27,40})(?:[^\w-]|$)", "{15:d}|{27:m}"),
    kind(High, "maxmind-key", &["_mmk"], 3.5, r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b", "{6:m}_{29:m}_mmk"),
    kind(High, "mapbox-token", &["pk.", "sk."], 3.0, r"(?i)\b[ps]k\.[a-z0-9]{60,100}\.[a-z0-9_-]{22}\b", "sk.{60:m}.{22:m}"),
    kind(High, "settlemint-token", &["sm_"], 3.0, r"\bsm_[aps]at_[A-Za-z0-9]{16}\b", "sm_pat_{16:m}"),
    // Building and shipping
    kind(High, "vault-token", &["hvs.", "hvb.", "s."], 3.5, r"\b(?:hvs\.[\w-]{90,120}|hvb\.[\w-]{138,300}|s\.[A-Za-z0-9]{24})(?:[^\w-]|$)", "hvs.{95:m}"),
    kind(High, "terraform-token", &["atlasv1"], 3.5, r"(?i)\b[a-z0-9]{14}\.atlasv1\.[a-z0-9=_-]{60,70}", "{14:m}.atlasv1.{67:m}"),
    kind(High, "pulumi-token", &["pul-"], 2.5, r"\bpul-[a-f0-9]{40}\b", "pul-{40:x}"),
    kind(High, "doppler-token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], 2.5, r"(?i)\bdp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[a-z0-9]{40,44}\b", "dp.pt.{43:m}"),
    kind(High, "1password-key", &["a3-", "ops_"], 3.5, r"\b(?:A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}|ops_eyJ[A-Za-z0-9+/]{250,}={0,3})", "A3-{6:A}-{11:A}-{5:A}-{5:A}-{5:A}"),
    kind(High, "age-secret-key", &["age-secret-key-1"], 0.0, r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b", "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    kind(High, "prefect-key", &["pnu_"], 2.5, r"\bpnu_[A-Za-z0-9]{36}\b", "pnu_{36:m}"),
    kind(High, "infracost-key", &["ico-"], 3.0, r"\bico-[A-Za-z0-9]{32}\b", "ico-{32:m}"),
    kind(High, "harness-token", &["pat.", "sat."], 3.0, r"\b[ps]at\.[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}\b", "pat.{22:m}.{24:x}.{20:m}"),
    kind(High, "octopus-key", &["api-"], 3.0, r"\bAPI-[A-Z0-9]{26}\b", "API-{26:A}"),
    kind(High, "buildkite-token", &["bkua_"], 2.5, r"\bbkua_[a-f0-9]{40}\b", "bkua_{40:x}"),
    kind(High, "circleci-token", &["ccipat_"], 3.0, r"\bCCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}\b", "CCIPAT_{22:m}_{40:x}"),
    kind(High, "intra42-secret", &["s-s4t2"], 3.0, r"\bs-s4t2(?:ud|af)-[a-f0-9]{64}\b", "s-s4t2ud-{64:x}"),
    kind(Medium, "okta-token", &["okta"], 3.5, r"(?i)okta.{0,60}?\b(00[\w=-]{40})(?:[^\w=-]|$)", "okta_token = 00{40:m}"),
    kind(Medium, "asana-secret", &["asana"], 3.0, r"(?i)asana.{0,60}?\b([01]/[0-9]{16}(?:/[0-9]{16})?:[a-f0-9]{32}|[a-z0-9]{32})\b", "asana_token = 1/{16:d}:{32:x}"),
    kind(Medium, "authress-key", &[".acc_", ".acc-"], 3.5, r"(?i)\b(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120}", "sc_{10:a}.{5:a}.acc_{12:a}.{40:a}"),
    // Formats of no one issuer
    kind(High, "private-key", &["private key"], 0.0, r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:.{64,}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]{64,})",
        "-----BEGIN RSA PRIVATE KEY-----\n{64:m}\n{64:m}\n-----END RSA PRIVATE KEY-----"),
    kind(High, "putty-private-key", &["putty-user-key-file"], 0.0, r"(?s)PuTTY-User-Key-File-[23]:.{0,600}?Private-Lines: [0-9]+\s+[A-Za-z0-9+/=\s]{40,}", "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 8\n{64:m}"),
    kind(High, "nats-seed", &["su", "sa", "so", "sn", "sx"], 3.5, r"\bS[UAONX][A-Z2-7]{56}\b", "SU{56:b}"),
    kind(High, "jwt", &["eyj"], 3.0, r"\bey[A-Za-z0-9_-]{15,}\.ey[A-Za-z0-9\\/_-]{15,}\.(?:[A-Za-z0-9\\/_-]{10,}={0,2})?", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkw{20:m}.{43:m}"),
    kind(High, "jwt-base64", &["zxlk"], 2.0, r"\bZXlK[A-Za-z0-9+/_=\\-]{60,}", "ZXlK{120:m}"),
    kind(Medium, "jwk-private", &["\"d\""], 3.5, r#""d"\s*:\s*"([A-Za-z0-9_-]{40,700})""#, "\"d\":\"{86:m}\""),
    kind(Medium, "database-url", &["://"], 0.0, r#"(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|jdbc:[a-z]+|ldaps?|smtps?|ftps?|sftp|nats|kafka)(?:\+[a-z]+)?://[^\s:@/"'<>]{0,80}:([^\s@"'<>]{3,200})@[^\s"'@]"#, "postgres://app:{16:m}@db.internal/app"),
    kind(Medium, "url-password", &["://"], 0.0, r#"(?i)\bhttps?://[^\s:@/"'<>]{1,80}:([^\s@/"'<>]{3,200})@[a-z0-9]"#, "https://ci:{20:m}@host.example/x"),
    kind(Medium, "authorization-header", &["authorization", "api-key", "apikey", "x-auth", "private-token", "-token:", "bearer "], 2.5,
        r#"(?i)(?:authorization["']?\s*[:=]\s*["']?(?:bearer|basic|token|apikey|api-token|ssws)?|bearer|(?:x-[a-z-]{0,24})?(?:api-?key|auth|private-token|token)["']?\s*:)\s+["']?([\w=~@.+/:-]{8,2000})"#,
        "Authorization: Bearer {40:m}"),
    kind(Medium, "curl-user", &["curl"], 0.0, r#"(?i)curl\b(?:[^\n]|\\\n){0,600}?\s(?:-[a-zA-Z]{0,4}u|--user|--proxy-user)[\s=]{1,3}(?:"([^"\s]{0,120}:[^"\s]{0,120})"|'([^'\s]{0,120}:[^'\s]{0,120})'|([^\s"':-][^\s:"']{0,120}:[^\s]{1,120}))"#, "curl -u deploy:{16:m} https://host.example"),
    kind(Medium, "kubernetes-secret", &["secret"], 0.0, r#"(?is)\bkind:[ \t]*["']?secret\b["']?\s(?:[^\n]*\n){0,30}?data:\s*(?:#[^\n]*\n\s*)*["']?[\w.-]+["']?:\s*(?:#[^\n]*\n\s*)?(?:[|>][-+]?\s*)?["']?([a-z0-9+/]{8,}={0,3})|\bdata:\s*(?:#[^\n]*\n\s*)*["']?[\w.-]+["']?:\s*(?:[|>][-+]?\s*)?["']?([a-z0-9+/]{8,}={0,3})(?:[^\n]*\n){1,30}?kind:[ \t]*["']?secret\b"#,
        "kind: Secret\ndata:\n  password: {24:m}\n"),
    kind(Medium, "nuget-password", &["cleartextpassword", "\"password\""], 0.0, r#"(?i)<add key="(?:(?:ClearText)?Password)"\s+value="([^"]{8,})"\s*/>"#, "<add key=\"ClearTextPassword\" value=\"{20:m}\" />"),
    kind(Medium, "contribsys-credential", &["contribsys"], 1.5, r"(?is)(?:__CONTRIBSYS__COM.{1,40}?|//)([a-f0-9]{8}:[a-f0-9]{8})\b", "BUNDLE_GEMS__CONTRIBSYS__COM={8:x}:{8:x}"),
    // Nothing but a name and a value
    kind(Low, ASSIGNMENT, &["passw", "pwd", "secret", "token", "apikey", "api_key", "api-key", "access_key", "accesskey", "access-key", "auth_key", "credential", "private_key", "private-key", "client_id", "clientid", "access_id", "accessid", "creds", "_auth", "_key", "key\""], 0.0,
        r#"(?i)([\w.-]{0,48}(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_.-]?key|access[_.-]?(?:key|id)|auth[_.-]?key|private[_.-]?key|client[_.-]?id|cred(?:ential)?s?|user[_-]auth|[a-z0-9]_key)[\w.-]{0,24})["'`\])]{0,3}(?:\s+[A-Za-z]+)?\s{0,8}(?::{0,3}=>?|:|=>|,|>|\?=|\.=|\|\|=|\+=)\s{0,12}\\?["'`]{0,3}([!#-&(-;=?-_a-~]{6,300})"#,
        "password = \"{18:m}\""),
];
