//! Where people plan, write, draw and meet.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "airtable-pat", &["pat"], 3.5, r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "pat{14:m}.{64:x}"),
    kind(High, "atlassian-token", &["ATATT3", "ATCTT3"], 3.5, r"AT[AC]TT3[A-Za-z0-9_=-]{150,250}", "ATATT3{186:m}"),
    kind(High, "trello-token", &["ATTA"], 3.5, r"ATTA[a-f0-9]{64}[A-F0-9]{0,8}", "ATTA{64:x}"),
    kind(High, "linear-key", &["lin_api_"], 2.0, r"(?i)lin_api_[a-z0-9]{40}", "lin_api_{40:m}"),
    kind(High, "linear-oauth", &["lin_oauth_"], 2.0, r"(?i)lin_oauth_[a-z0-9]{40,64}", "lin_oauth_{64:x}"),
    kind(High, "notion-token", &["ntn_"], 3.5, r"ntn_[0-9]{11}[A-Za-z0-9]{35}", "ntn_{11:d}{35:m}"),
    kind(High, "notion-legacy-token", &["secret_"], 3.8, r"secret_[A-Za-z0-9]{43}", "secret_{43:m}"),
    kind(High, "figma-token", &["figd_", "figo_", "figr_"], 3.5, r"fig[dor]_[\w-]{40}", "figd_{40:m}"),
    kind(High, "frameio-token", &["fio-u-"], 3.0, r"(?i)fio-u-[\w=-]{64}", "fio-u-{64:m}"),
    kind(High, "typeform-token", &["tfp_"], 3.0, r"(?i)tfp_[\w=.-]{59}", "tfp_{59:m}"),
    kind(High, "dropbox-token", &["sl."], 3.5, r"(?i)sl\.(?:u\.)?[a-z0-9=_-]{130,1400}", "sl.{135:m}"),
    kind(High, "contentful-token", &["CFPAT-"], 3.0, r"CFPAT-[\w-]{43}", "CFPAT-{43:m}"),
    kind(High, "adobe-secret", &["p8e-"], 2.0, r"(?i)p8e-[a-z0-9]{32}", "p8e-{32:m}"),
    kind(High, "hubspot-token", &["pat-na", "pat-eu"], 3.0, r"pat-(?:na|eu)[0-9]-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "pat-na1-{1:u}"),
    kind(High, "clickup-token", &["pk_"], 3.0, r"pk_[0-9]{6,10}_[A-Z0-9]{32}", "pk_{8:d}_{32:A}"),
    kind(High, "salesforce-token", &["00D"], 3.8, r"00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{90,120}", "00D{12:m}!{96:m}"),
    kind(High, "calcom-key", &["cal_live_", "cal_test_"], 3.0, r"cal_(?:live|test)_[a-f0-9]{32}", "cal_live_{32:x}"),
    kind(High, "sanity-token", &["sk"], 4.2, r"sk[A-Za-z0-9]{100,180}", "sk{140:m}"),
    kind(Medium, "ghost-admin-key", &["ghost"], 3.0, r"(?is)ghost.{0,60}?\b([a-f0-9]{24}:[a-f0-9]{64})\b", "GHOST_ADMIN_KEY={24:x}:{64:x}"),
    kind(High, "facebook-token", &["EAAM", "EAAC"], 4.0, r"EAA[MC][A-Za-z0-9]{100,}", "EAAC{120:m}"),
    kind(Medium, "facebook-app-token", &["|", "%7c"], 3.0, r"\b([0-9]{15,16}(?:\||%7C)[\w-]{27,40})(?:[^\w-]|$)", "{15:d}|{27:m}"),
    kind(High, "twitter-bearer-token", &["AAAAAAAAAAAAAAAAAAAA"], 3.0, r"A{20,24}[A-Za-z0-9%]{80,100}", "AAAAAAAAAAAAAAAAAAAAAA{90:m}"),
    kind(High, "instagram-token", &["IGQ"], 4.0, r"IGQ[A-Z][A-Za-z0-9_-]{100,}", "IGQV{130:m}"),
    kind(High, "linkedin-secret", &["WPL_AP"], 3.0, r"WPL_AP[01]\.[A-Za-z0-9]{16}\.[A-Za-z0-9+/=]{6,12}", "WPL_AP1.{16:m}.{8:m}"),
    kind(High, "settlemint-personal-token", &["sm_pat_"], 3.0, r"sm_pat_[A-Za-z0-9]{16}", "sm_pat_{16:m}"),
    kind(High, "settlemint-application-token", &["sm_aat_"], 3.0, r"sm_aat_[A-Za-z0-9]{16}", "sm_aat_{16:m}"),
    kind(High, "settlemint-service-token", &["sm_sat_"], 3.0, r"sm_sat_[A-Za-z0-9]{16}", "sm_sat_{16:m}"),
    kind(Medium, "authress-key", &[".acc_", ".acc-"], 3.5, r"(?i)\b((?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120})", "sc_{10:a}.{5:a}.acc_{12:a}.{40:a}"),
];
