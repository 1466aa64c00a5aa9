//! Chat, calls and hooks that post into them.
//! One row: confidence, id, keywords, entropy, pattern, specimen.

use super::super::super::Confidence::{High, Medium};
use super::{Kind, kind};

/// The kinds.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    kind(High, "slack-bot-token", &["xoxb-"], 2.0, r"(?i)xoxb-[0-9]{10,13}-[0-9]{10,13}(?:-[a-z0-9-]{8,48})?|xoxb-[0-9]{8,14}-[a-z0-9]{18,26}", "xoxb-{12:d}-{12:d}-{24:m}"),
    kind(High, "slack-user-token", &["xoxp-", "xoxe-"], 2.0, r"(?i)xox[pe](?:-[0-9]{10,13}){3}-[a-z0-9]{28,34}", "xoxp-{12:d}-{12:d}-{12:d}-{32:x}"),
    kind(High, "slack-legacy-token", &["xoxo-", "xoxs-", "xoxp-"], 2.0, r"(?i)xox[osp](?:-[0-9]{6,14}){3}-[a-f0-9]{8,48}", "xoxs-{10:d}-{9:d}-{11:d}-{10:x}"),
    kind(High, "slack-workspace-token", &["xoxa-", "xoxr-"], 2.0, r"(?i)xox[ar]-(?:[0-9]-)?(?:[0-9]{6,14}-){0,4}[a-z0-9]{8,48}", "xoxa-2-{10:d}-{10:d}-{18:x}"),
    kind(High, "slack-config-token", &["xoxe.xoxb-", "xoxe.xoxp-"], 2.0, r"(?i)xoxe\.xox[bp]-[0-9]-[a-z0-9]{146,166}", "xoxe.xoxp-1-{163:m}"),
    kind(High, "slack-config-refresh-token", &["xoxe-"], 2.0, r"(?i)xoxe-[0-9]-[a-z0-9]{140,150}", "xoxe-1-{146:m}"),
    kind(High, "slack-app-token", &["xapp-"], 2.0, r"(?i)xapp-[0-9]-[a-z0-9]+-[0-9]+-[a-z0-9]+", "xapp-1-A{10:A}-{13:d}-{64:x}"),
    kind(High, "slack-cookie", &["xoxd-"], 3.5, r"xoxd-[A-Za-z0-9%+/=]{40,}", "xoxd-{80:m}"),
    kind(High, "slack-webhook", &["hooks.slack.com"], 3.0, r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,80}", "hooks.slack.com/services/T{8:A}/B{8:A}/{24:m}"),
    kind(High, "teams-webhook", &["webhook.office.com"], 3.0, r"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/[a-z0-9-]{36}@[a-z0-9-]{36}/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36}",
        "https://x.webhook.office.com/webhookb2/{1:u}@{1:u}/IncomingWebhook/{32:x}/{1:u}"),
    kind(High, "discord-webhook", &["discord.com/api/webhooks", "discordapp.com/api/webhooks"], 3.0, r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[\w-]{60,}", "discord.com/api/webhooks/{18:d}/{68:m}"),
    kind(Medium, "discord-bot-token", &["discord", "bot"], 3.5, r"\b([MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40})(?:[^\w-]|$)", "bot M{23:m}.{6:m}.{38:m}"),
    kind(High, "telegram-bot-token", &["telegr", "bot", ":AA", ":A"], 3.0, r#"(?:^|[^\w/-]|/bot|["'])([0-9]{8,12}:A[\w-]{34})(?:[^\w-]|$)|(?i:telegr)[^\n]{0,40}?\b([0-9]{5,16}:A[\w-]{34})(?:[^\w-]|$)"#, "{10:d}:A{34:m}"),
    kind(High, "google-chat-webhook", &["chat.googleapis.com"], 3.0, r"chat\.googleapis\.com/v1/spaces/[\w-]+/messages\?key=[\w-]+&token=[\w%-]{40,}", "chat.googleapis.com/v1/spaces/{11:m}/messages?key={39:m}&token={43:m}"),
    kind(High, "lark-webhook", &["/bot/v2/hook/"], 3.0, r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[0-9a-f-]{36}", "open.feishu.cn/open-apis/bot/v2/hook/{1:u}"),
    kind(High, "dingtalk-webhook", &["oapi.dingtalk.com"], 3.0, r"oapi\.dingtalk\.com/robot/send\?access_token=[0-9a-f]{64}", "oapi.dingtalk.com/robot/send?access_token={64:x}"),
    kind(High, "wecom-webhook", &["qyapi.weixin.qq.com"], 3.0, r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[0-9a-f-]{36}", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key={1:u}"),
    kind(High, "zapier-webhook", &["hooks.zapier.com"], 3.0, r"hooks\.zapier\.com/hooks/catch/[0-9]{4,12}/[a-z0-9]{5,10}", "hooks.zapier.com/hooks/catch/{8:d}/{7:a}"),
    kind(High, "make-webhook", &[".make.com/"], 3.0, r"hook\.(?:eu|us)[0-9]\.make\.com/[a-z0-9]{32}", "hook.eu1.make.com/{32:a}"),
    kind(High, "twilio-key", &["SK"], 3.0, r"SK[0-9a-fA-F]{32}", "SK{32:x}"),
    kind(Medium, "twilio-account", &["AC"], 3.2, r"(?s)AC[0-9a-f]{32}[^\n]{0,80}?[:\s\x22',]([0-9a-f]{32})\b", "AC{32:x}:{32:x}"),
    kind(High, "pusher-token", &["pusher"], 3.0, r#"(?i)pusher[\w.-]{0,24}secret["']?\s*[:=]\s*["']?([0-9a-f]{20})\b"#, "PUSHER_APP_SECRET={20:x}"),
];
