//! Credentials whose value could be anything: only the issuer's name beside it tells what it is.
//! One row: confidence, id, words of the issuer, forms of the value.

use super::super::super::Confidence::{self, Low, Medium};

/// A kind of credential that is told by the name it is assigned to.
#[derive(Debug)]
pub(in super::super) struct Named {
    /// Its id in findings: `algolia-key`.
    pub(in super::super) id: &'static str,
    /// How sure a match is. What only identifies a client is `low`.
    pub(in super::super) confidence: Confidence,
    /// Lower-case words one of which is in the name.
    pub(in super::super) issuers: &'static [&'static str],
    /// What the value looks like: `{32:x}`, as in [`super::super::sample`], also `{16-20:d}`.
    pub(in super::super) forms: &'static [&'static str],
}

const fn named(
    confidence: Confidence,
    id: &'static str,
    issuers: &'static [&'static str],
    forms: &'static [&'static str],
) -> Named {
    Named {
        id,
        confidence,
        issuers,
        forms,
    }
}

/// The kinds.
#[rustfmt::skip]
pub(in super::super) const NAMED: &[Named] = &[
    // Hosts and networks
    named(Medium, "cloudflare-key", &["cloudflare"], &["{40:w}"]),
    named(Medium, "cloudflare-global-key", &["cloudflare"], &["{37:x}"]),
    named(Medium, "fastly-token", &["fastly"], &["{32:e}"]),
    named(Medium, "heroku-uuid-key", &["heroku"], &["{1:u}"]),
    named(Medium, "alibaba-secret", &["alibaba", "aliyun"], &["{30:m}"]),
    named(Medium, "tencent-secret-key", &["tencent", "qcloud"], &["{32:m}"]),
    named(Medium, "linode-token", &["linode"], &["{64:x}"]),
    named(Medium, "vultr-key", &["vultr"], &["{36:A}"]),
    named(Medium, "hetzner-token", &["hetzner", "hcloud"], &["{64:m}"]),
    named(Medium, "gandi-key", &["gandi"], &["{24:m}", "{40:x}"]),
    named(Medium, "godaddy-key", &["godaddy"], &["{10-14:m}_{20-24:m}"]),
    named(Medium, "zerotier-token", &["zerotier"], &["{32:m}"]),
    named(Medium, "meraki-key", &["meraki"], &["{40:x}"]),
    named(Medium, "netlify-legacy-token", &["netlify"], &["{40-46:e}"]),
    named(Medium, "squarespace-token", &["squarespace"], &["{1:u}"]),
    // Source, building, errors
    named(Medium, "bitbucket-client-id", &["bitbucket"], &["{32:m}"]),
    named(Medium, "bitbucket-secret", &["bitbucket"], &["{64:e}"]),
    named(Medium, "gitter-token", &["gitter"], &["{40:w}"]),
    named(Medium, "codecov-token", &["codecov"], &["{32:m}"]),
    named(Medium, "travis-token", &["travis", "travisci"], &["{22:m}"]),
    named(Medium, "drone-token", &["droneci", "drone"], &["{32:m}"]),
    named(Medium, "circleci-legacy-token", &["circleci", "circle_ci"], &["{40:x}"]),
    named(Medium, "sonar-legacy-token", &["sonar", "sonarqube", "sonarcloud"], &["{40:m}"]),
    named(Medium, "snyk-token", &["snyk"], &["{1:u}"]),
    named(Medium, "jfrog-key", &["jfrog", "artifactory", "bintray", "xray"], &["{73:m}"]),
    named(Medium, "jfrog-identity-token", &["jfrog", "artifactory", "bintray", "xray"], &["{64:m}"]),
    named(Medium, "sourcegraph-legacy-token", &["sourcegraph"], &["{40:h}"]),
    named(Medium, "sentry-token", &["sentry"], &["{64:x}"]),
    named(Medium, "rollbar-token", &["rollbar"], &["{32:x}"]),
    named(Medium, "bugsnag-key", &["bugsnag"], &["{32:x}"]),
    named(Medium, "datadog-key", &["datadog", "dd_api", "dd_app"], &["{40:m}", "{32:x}"]),
    named(Medium, "sumologic-id", &["sumologic", "sumo"], &["su{12:m}"]),
    named(Medium, "sumologic-key", &["sumologic", "sumo"], &["{64:m}"]),
    named(Medium, "new-relic-user-id", &["new-relic", "newrelic", "new_relic"], &["{64:m}"]),
    named(Medium, "pagerduty-key", &["pagerduty", "pager_duty"], &["{20:w}", "{32:x}"]),
    named(Medium, "opsgenie-key", &["opsgenie"], &["{1:u}"]),
    named(Medium, "launchdarkly-token", &["launchdarkly"], &["{40:e}"]),
    named(Medium, "beamer-token", &["beamer"], &["b_{44:e}"]),
    named(Medium, "logzio-token", &["logzio"], &["{32:l}", "{1:u}"]),
    named(Medium, "loggly-token", &["loggly"], &["{1:u}"]),
    // Models
    named(Medium, "cohere-key", &["cohere", "co_api_key"], &["{40:m}"]),
    named(Medium, "mistral-key", &["mistral"], &["{32:m}"]),
    named(Medium, "deepgram-key", &["deepgram"], &["{40:x}"]),
    named(Medium, "assemblyai-key", &["assemblyai"], &["{32:x}"]),
    named(Medium, "wandb-key", &["wandb"], &["{40:x}"]),
    named(Medium, "privateai-key", &["privateai"], &["{32:a}"]),
    // Search, data
    named(Medium, "algolia-key", &["algolia"], &["{32:a}"]),
    named(Medium, "confluent-key", &["confluent"], &["{16:m}"]),
    named(Medium, "confluent-secret", &["confluent"], &["{64:m}"]),
    named(Medium, "rapidapi-token", &["rapidapi"], &["{50:w}"]),
    named(Medium, "airtable-key", &["airtable"], &["{17:m}"]),
    named(Medium, "looker-id", &["looker"], &["{20:m}"]),
    named(Medium, "looker-secret", &["looker"], &["{24:m}"]),
    named(Medium, "adafruit-key", &["adafruit"], &["{32:w}"]),
    // Work and people
    named(Low, "asana-client-id", &["asana"], &["{16:d}"]),
    named(Medium, "asana-secret", &["asana"], &["{32:m}"]),
    named(Medium, "atlassian-legacy-token", &["atlassian", "confluence", "jira", "bitbucket"], &["{24:m}"]),
    named(Low, "adobe-client-id", &["adobe"], &["{32:x}"]),
    named(Medium, "contentful-delivery-token", &["contentful"], &["{43:w}"]),
    named(Medium, "dropbox-app-key", &["dropbox"], &["{15:m}"]),
    named(Medium, "dropbox-legacy-token", &["dropbox"], &["{11:m}AAAAAAAAAA{43:w}"]),
    named(Medium, "hubspot-key", &["hubspot"], &["{1:u}"]),
    named(Medium, "intercom-token", &["intercom"], &["{60:e}"]),
    named(Medium, "linear-secret", &["linear"], &["{32:x}"]),
    named(Medium, "linkedin-id", &["linkedin", "linked_in"], &["{14:m}"]),
    named(Medium, "linkedin-client-secret", &["linkedin", "linked_in"], &["{16:m}"]),
    named(Medium, "mattermost-token", &["mattermost"], &["{26:a}"]),
    named(Medium, "zendesk-secret", &["zendesk"], &["{40:m}"]),
    named(Medium, "freshdesk-key", &["freshdesk"], &["{20:m}"]),
    named(Medium, "trello-key", &["trello"], &["{32:x}"]),
    named(Medium, "nytimes-key", &["nytimes", "newyorktimes", "new-york-times"], &["{32:w}"]),
    named(Medium, "flickr-key", &["flickr"], &["{32:m}"]),
    // Chat and media
    named(Medium, "discord-token", &["discord"], &["{64:x}"]),
    named(Low, "discord-client-id", &["discord"], &["{18:d}"]),
    named(Medium, "discord-client-secret", &["discord"], &["{32:w}"]),
    named(Medium, "facebook-secret", &["facebook", "fb_app"], &["{32:x}"]),
    named(Medium, "twitch-token", &["twitch"], &["{30:m}"]),
    named(Medium, "twitter-key", &["twitter"], &["{25:m}"]),
    named(Medium, "twitter-secret", &["twitter"], &["{50:m}"]),
    named(Medium, "twitter-token", &["twitter"], &["{15-25:d}-{20-40:m}"]),
    named(Medium, "twitter-token-secret", &["twitter"], &["{45:m}"]),
    named(Medium, "twitter-bearer", &["twitter"], &["AAAAAAAAAAAAAAAAAAAA{60-120:p}"]),
    named(Medium, "spotify-secret", &["spotify"], &["{32:x}"]),
    named(Medium, "sendbird-id", &["sendbird"], &["{1:u}"]),
    named(Medium, "sendbird-token", &["sendbird"], &["{40:x}"]),
    named(Medium, "messagebird-key", &["messagebird", "message_bird", "message-bird"], &["{25:m}"]),
    named(Medium, "messagebird-id", &["messagebird", "message_bird", "message-bird"], &["{1:u}"]),
    named(Medium, "twilio-auth-token", &["twilio"], &["{32:x}"]),
    named(Medium, "vonage-secret", &["vonage", "nexmo"], &["{16:m}"]),
    named(Medium, "mailchimp-key", &["mailchimp"], &["{32:x}-us{1-2:d}"]),
    named(Medium, "postmark-token", &["postmark"], &["{1:u}"]),
    named(Medium, "sparkpost-key", &["sparkpost"], &["{40:x}"]),
    // Money and markets
    named(Medium, "bittrex-key", &["bittrex"], &["{32:m}"]),
    named(Medium, "binance-key", &["binance"], &["{64:m}"]),
    named(Medium, "coinbase-key", &["coinbase"], &["{64:w}", "{16:m}"]),
    named(Medium, "kraken-key", &["kraken"], &["{80-90:z}"]),
    named(Medium, "kucoin-key", &["kucoin"], &["{24:x}"]),
    named(Medium, "kucoin-secret", &["kucoin"], &["{1:u}"]),
    named(Medium, "finicity-key", &["finicity"], &["{32:x}"]),
    named(Medium, "finicity-secret", &["finicity"], &["{20:m}"]),
    named(Medium, "finnhub-key", &["finnhub"], &["{20:m}"]),
    named(Medium, "freshbooks-key", &["freshbooks"], &["{64:m}"]),
    named(Medium, "etsy-key", &["etsy"], &["{24:m}"]),
    named(Low, "plaid-id", &["plaid"], &["{24:m}"]),
    named(Medium, "plaid-secret", &["plaid"], &["{30:m}"]),
    named(Medium, "infura-key", &["infura"], &["{32:x}"]),
    named(Medium, "alchemy-key", &["alchemy"], &["{32:w}"]),
    named(Medium, "etherscan-key", &["etherscan", "bscscan", "polygonscan"], &["{34:A}"]),
    // Places and weather
    named(Medium, "openweather-key", &["openweather", "openweathermap", "owm"], &["{32:x}"]),
    named(Medium, "here-key", &["here_api", "heremaps"], &["{43:w}"]),
    named(Medium, "ipinfo-token", &["ipinfo"], &["{14:x}"]),
    named(Medium, "maxmind-legacy-key", &["maxmind", "geoip"], &["{16:m}"]),
];
