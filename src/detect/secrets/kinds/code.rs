//! Where source and packages are hosted.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "github-pat", &["ghp_"], 3.0, r"ghp_[A-Za-z0-9]{36}", "ghp_{36:m}"),
    kind(High, "github-oauth", &["gho_"], 3.0, r"gho_[A-Za-z0-9]{36}", "gho_{36:m}"),
    kind(High, "github-app", &["ghu_", "ghs_"], 3.0, r"gh[us]_[A-Za-z0-9]{36}", "ghs_{36:m}"),
    kind(High, "github-refresh", &["ghr_"], 3.0, r"ghr_[A-Za-z0-9]{36,76}", "ghr_{36:m}"),
    kind(High, "github-fine-grained-pat", &["github_pat_"], 3.0, r"github_pat_[A-Za-z0-9_]{82}", "github_pat_{82:m}"),
    kind(High, "gitlab-pat", &["glpat-"], 3.0, r"glpat-[\w-]{20}|glpat-[\w-]{27,300}\.[a-z0-9]{2}\.[a-z0-9]{9}|glpat-[\w-]{27,300}\.[a-z0-9]{9}", "glpat-{20:m}"),
    kind(High, "gitlab-deploy-token", &["gldt-"], 3.0, r"gldt-[\w-]{20}", "gldt-{20:m}"),
    kind(High, "gitlab-runner-token", &["glrt-", "glrtr-"], 3.0, r"glrtr?-(?:t[0-9]_)?[\w-]{20}(?:[\w-]{6,250}\.[a-z0-9.]{9,13})?|glrtr?-t[0-9]_[\w-]{27,300}\.[a-z0-9.]{9,13}", "glrt-{20:m}"),
    kind(High, "gitlab-trigger-token", &["glptt-"], 3.0, r"glptt-[0-9a-f]{40}", "glptt-{40:x}"),
    kind(High, "gitlab-feed-token", &["glft-"], 3.0, r"glft-[\w-]{20}", "glft-{20:m}"),
    kind(High, "gitlab-mail-token", &["glimt-"], 3.0, r"glimt-[\w-]{25}", "glimt-{25:m}"),
    kind(High, "gitlab-agent-token", &["glagent-"], 3.0, r"glagent-[\w-]{50}", "glagent-{50:m}"),
    kind(High, "gitlab-oauth-secret", &["gloas-"], 3.0, r"gloas-[\w-]{64}", "gloas-{64:m}"),
    kind(High, "gitlab-scim-token", &["glsoat-"], 3.0, r"glsoat-[\w-]{20}", "glsoat-{20:m}"),
    kind(High, "gitlab-feature-flag-token", &["glffct-"], 3.0, r"glffct-[\w-]{20}", "glffct-{20:m}"),
    kind(High, "gitlab-job-token", &["glcbt-"], 3.0, r"glcbt-[0-9a-zA-Z]{1,5}_[\w-]{20}", "glcbt-{2:a}_{20:m}"),
    kind(High, "gitlab-runner-registration", &["GR1348941"], 3.0, r"GR1348941[\w-]{20}", "GR1348941{20:m}"),
    kind(Medium, "gitlab-session", &["_gitlab_session"], 3.0, r"_gitlab_session=([0-9a-z]{32})\b", "_gitlab_session={32:x}"),
    kind(High, "bitbucket-app-password", &["atbb"], 3.5, r"ATBB[A-Za-z0-9]{24,32}", "ATBB{32:m}"),
    kind(High, "azure-devops-pat", &["AZDO"], 3.5, r"[A-Za-z0-9]{75,76}AZDO[A-Za-z0-9]{4}", "{76:m}AZDO{4:m}"),
    kind(High, "npm-token", &["npm_"], 3.0, r"npm_[A-Za-z0-9]{36}", "npm_{36:m}"),
    kind(Medium, "npmrc-auth", &["_authtoken", "_auth=", "_password="], 2.5, r#"(?m)^[^\n#]{0,200}:_(?:authToken|auth|password)\s*=\s*"?([A-Za-z0-9+/=_-]{16,})"#, "//registry.example/:_authToken={36:m}"),
    kind(High, "pypi-token", &["pypi-a"], 3.0, r"pypi-AgE[\w-]{50,1000}", "pypi-AgEIcHlwaS5vcmc{60:m}"),
    kind(High, "rubygems-key", &["rubygems_"], 2.5, r"rubygems_[a-f0-9]{48}", "rubygems_{48:x}"),
    kind(High, "crates-io-token", &["cio"], 3.5, r"cio[A-Za-z0-9]{32}", "cio{32:m}"),
    kind(High, "nuget-key", &["oy2"], 3.5, r"oy2[a-z0-9]{43}", "oy2{43:a}"),
    kind(High, "clojars-token", &["clojars_"], 2.5, r"(?i:CLOJARS_)[a-z0-9]{60}", "CLOJARS_{60:a}"),
    kind(High, "packagist-token", &["packagist_"], 3.0, r"packagist_(?:[ou][ru]t|ack|acs)_[a-f0-9]{36,72}", "packagist_uut_{68:x}"),
    kind(High, "docker-pat", &["dckr_pat_", "dckr_oat_"], 3.0, r"dckr_[po]at_[\w-]{27,36}", "dckr_pat_{27:m}"),
    kind(Medium, "docker-auth", &["\"auth\""], 3.0, r#""auths"\s*:\s*\{.{0,600}?"auth"\s*:\s*"([A-Za-z0-9+/]{12,}={0,2})""#, "\"auths\": {\"r.example\": {\"auth\": \"{40:m}\"}}"),
    kind(High, "artifactory-key", &["AKCp"], 3.5, r"AKCp[A-Za-z0-9]{69}", "AKCp{69:m}"),
    kind(High, "artifactory-reference-token", &["cmVmd"], 3.5, r"cmVmd[A-Za-z0-9]{59}", "cmVmd{59:m}"),
    kind(High, "sourcegraph-token", &["sgp_"], 3.0, r"sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}", "sgp_{40:x}"),
    kind(High, "sourcegraph-license-key", &["slk_"], 3.0, r"slk_[a-f0-9]{64}", "slk_{64:x}"),
    kind(High, "sonar-token", &["squ_", "sqp_", "sqa_"], 2.5, r"sq[upa]_[\w=-]{40}", "squ_{40:x}"),
    kind(High, "jetbrains-token", &["perm:", "perm-"], 3.5, r"perm[:-][A-Za-z0-9+/=_-]{4,80}\.[A-Za-z0-9+/=_-]{4,80}\.[A-Za-z0-9]{30}", "perm:{20:m}.{10:m}.{30:m}"),
    kind(High, "postman-key", &["pmak-"], 3.0, r"(?i)PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "PMAK-{24:x}-{34:x}"),
    kind(High, "readme-key", &["rdme_"], 2.5, r"rdme_[a-z0-9]{70}", "rdme_{70:a}"),
    kind(High, "deno-deploy-token", &["ddp_", "ddo_"], 3.5, r"dd[po]_[A-Za-z0-9]{36}", "ddp_{36:m}"),
    kind(High, "wakatime-key", &["waka_"], 3.0, r"waka_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "waka_{1:u}"),
    kind(High, "rapidapi-key", &["msh"], 3.0, r"[a-f0-9]{10}msh[a-f0-9]{15}p1[a-f0-9]{5,6}jsn[a-f0-9]{12}", "{10:x}msh{15:x}p1{6:x}jsn{12:x}"),
    kind(High, "intra42-secret", &["s-s4t2"], 3.0, r"s-s4t2(?:ud|af)-[a-f0-9]{64}", "s-s4t2ud-{64:x}"),
    kind(Medium, "contribsys-credential", &["contribsys"], 1.5, r"(?is)(?:__CONTRIBSYS__COM.{1,40}?|//)([a-f0-9]{8}:[a-f0-9]{8})\b", "BUNDLE_GEMS__CONTRIBSYS__COM={8:x}:{8:x}"),
    kind(Medium, "nuget-password", &["cleartextpassword", "\"password\""], 0.0, r#"(?i)<add key="(?:(?:ClearText)?Password)"\s+value="([^"]{8,})"\s*/>"#, "<add key=\"ClearTextPassword\" value=\"{20:m}\" />"),
];
