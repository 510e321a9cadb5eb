"""The kinds of secrets and personal data that are looked for, in order of precedence.

Where two kinds claim the same characters the earlier one is told. Sources of the shapes: the
documentation of the services, and what detect-secrets' plugins accept (checked by a test).
"""

from __future__ import annotations

from buildrunner.policy.scan.rule import (
    CONFIGURATION,
    NOTE,
    PII,
    WARNING,
    Rule,
    loosened,
)
from buildrunner.spec import tokens

# id; what it is; the pattern. Anchored on a fixed prefix, so much of it may be shown.
_SERVICES = r"""aws-access-key;an AWS access key id;(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}
github-token;a GitHub token;gh[pousr]_[A-Za-z0-9_]{36,255}
gitlab-token;a GitLab token;gl(?:dt|ft|soat|rt|ptt|agent|oas|ffct|pat)-[A-Za-z0-9_-]{20,100}
gitlab-token;a GitLab runner registration token;GR1348941[A-Za-z0-9_-]{20,50}
gitlab-token;a GitLab CI job token;glcbt-(?:[0-9a-fA-F]{2}_)?[A-Za-z0-9_-]{20,50}
gitlab-token;a GitLab incoming mail token;glimt-[A-Za-z0-9_-]{25}
openai-key;an OpenAI key;sk-[A-Za-z0-9_-]{0,80}[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20,160}
openrouter-key;an OpenRouter key;sk-or-v1-[0-9a-f]{64}
groq-key;a Groq key;gsk_[A-Za-z0-9]{52}
xai-key;an xAI key;xai-[A-Za-z0-9]{70,100}
perplexity-key;a Perplexity key;pplx-[A-Za-z0-9]{40,64}
replicate-token;a Replicate token;r8_[A-Za-z0-9]{37,40}
langsmith-key;a LangSmith key;lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}
square-secret;a Square secret;sq0(?:csp|atp|idp)-[0-9A-Za-z_-]{22,43}
stripe-key;a Stripe key;[rs]k_(?:live|test)_[0-9A-Za-z]{16,255}
slack-webhook;a Slack webhook address;hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_]{6,24}/[A-Za-z0-9_]{6,24}/[A-Za-z0-9_]{12,64}
discord-webhook;a Discord webhook address;discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,72}
teams-webhook;a Microsoft Teams webhook address;[a-z0-9]{2,40}\.webhook\.office\.com/webhookb2/[A-Za-z0-9-]{36}@[A-Za-z0-9-]{36}/IncomingWebhook/[a-f0-9]{32}/[A-Za-z0-9-]{36}
azure-storage-key;an Azure storage account key;AccountKey=([a-zA-Z0-9+/=]{88})
azure-sas;an Azure shared access signature;[?&]sig=([A-Za-z0-9%+/=]{40,80})
azure-client-secret;an Azure client secret;[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}
databricks-token;a Databricks token;dapi[a-f0-9]{32}
vault-token;a Vault token;hv[sbr]\.[A-Za-z0-9_-]{24,255}
terraform-token;a Terraform Cloud token;[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}
doppler-token;a Doppler token;dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,64}
grafana-token;a Grafana token;gl(?:sa|c)_[A-Za-z0-9+/=_]{32,300}
newrelic-key;a New Relic key;NR(?:AK|JS|II)-[A-Za-z0-9]{19,32}
planetscale-token;a PlanetScale token;pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}
postman-key;a Postman key;PMAK-[a-f0-9]{24}-[a-f0-9]{34}
pulumi-token;a Pulumi token;pul-[a-f0-9]{40}
rubygems-key;a RubyGems key;rubygems_[a-f0-9]{48}
sentry-token;a Sentry token;sntry[su]_[A-Za-z0-9+/=_]{60,300}
age-key;an age secret key;AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}
atlassian-token;an Atlassian API token;ATATT3xFf[A-Za-z0-9_=-]{150,250}
figma-token;a Figma token;figd_[A-Za-z0-9_-]{38,44}
fly-token;a Fly.io token;fm[12][arn]?_[A-Za-z0-9+/=_-]{80,700}
notion-token;a Notion token;ntn_[A-Za-z0-9]{43,50}
airtable-token;an Airtable token;pat[A-Za-z0-9]{14}\.[a-f0-9]{64}
netlify-token;a Netlify token;nfp_[A-Za-z0-9]{36,40}
tailscale-key;a Tailscale key;tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}
docker-token;a Docker access token;dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,56}
heroku-key;a Heroku key;HRKU-[A-Za-z0-9_-]{36,64}
shippo-token;a Shippo token;shippo_(?:live|test)_[a-f0-9]{40}
alibaba-key;an Alibaba Cloud access key id;LTAI[A-Za-z0-9]{16,20}
twilio-key;a Twilio key;(?:AC|SK)[a-z0-9]{32}
mailchimp-key;a Mailchimp key;[0-9a-z]{32}-us[0-9]{1,2}
mailgun-key;a Mailgun key;key-[0-9a-f]{32}
telegram-token;a Telegram bot token;[0-9]{8,10}:[0-9A-Za-z_-]{35}
discord-token;a Discord bot token;[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}
npm-token;an npm registry token;//[^\s"'<>]{1,200}/:_authToken[ \t]*=[ \t]*["']?(npm_[A-Za-z0-9]{30,60}|[A-Fa-f0-9-]{36})
artifactory-token;an Artifactory API token;AKC[a-zA-Z0-9]{10,100}
artifactory-token;an encrypted Artifactory password;AP[0-9A-F][a-zA-Z0-9]{8,100}
"""
# How much of the beginning names the service; the rest is secret.
_SHOWN = {"aws-access-key": 4, "artifactory-token": 3, "twilio-key": 2, "jwt": 3}
# Ids, numbers and words have these shapes too: they must look random.
_RANDOM = {"twilio-key", "artifactory-token", "discord-token", "terraform-token"}
# Without a telling prefix: nothing of base64 may touch them.
_LONE = {
    "artifactory-token",
    "twilio-key",
    "mailchimp-key",
    "telegram-token",
    "discord-token",
    "alibaba-key",
}
_UNANCHORED = {"mailchimp-key", "telegram-token", "discord-token", "terraform-token", "npm-token",
               "azure-storage-key", "azure-sas", "azure-client-secret", "teams-webhook",
               "discord-webhook", "slack-webhook"}  # fmt: skip

# `name = "value"`, `"name": "value"`, `name => value` and the like, after a name.
_ASSIGNED = rb"""["'\])]{0,2}[ \t]{0,20}(?:=>|:=|::|={1,3}|:|[ \t])[ \t]{0,20}["'`]?"""  # fmt: skip
_WORD = rb"(?:key|pwd|pw|password|pass|token)"
_NAMES = (
    rb"(?:(?:api|auth|service|account|db|database|priv|private|client|access|encryption|signing"
    rb"|master|secret|admin|app|license|storage)[_\-. ]?key|(?:db|database|key)[_-]?pass"
    rb"|passw(?:or)?d|passphrase|passcode|pwd|secret|contrase(?:n|\xc3\xb1)a|token|credentials?)"
)
_VALUE = rb"""(?:"([^"\r\n]{4,})"|'([^'\r\n]{4,})'|`([^`\r\n]{4,})`)"""
_USER = rb"""[^\s:/?#\[\]@"'<>`]{0,100}"""
_PASSWORD = rb"""([^\s:/?#\[\]@"'<>`]{3,200})"""
_HOST = rb"""@[^\s"'<>`]"""


def _services() -> list[Rule]:
    found = []
    known = [(i, t, p) for i, _, t, p in tokens.rows()]
    rows = (row.split(";") for row in _SERVICES.strip().splitlines())
    known += [(i, t, p.encode()) for i, t, p in rows]
    for identifier, title, pattern in known:
        right = "ra" if identifier in _LONE else "r" if tokens.is_exact(pattern) else ""
        check = "random" if identifier in _RANDOM else "jwt" if identifier == "jwt" else "token"
        shown = 0 if identifier in _UNANCHORED else _SHOWN.get(identifier, _fixed(pattern))
        rule = Rule(
            identifier,
            title,
            pattern,
            trigger=loosened(pattern),
            check=check,
            prefix=shown,
            edges="l" + right,
        )
        found.append(rule)
    return found


def _fixed(pattern: bytes) -> int:
    """How many characters at the beginning of a token name its kind."""
    at = pattern.find(b"[", 1)
    return at if at > 0 and not set(pattern[:at]) & set(b"(\\[?") else 4


def _in_context() -> list[Rule]:
    """Secrets that only their surroundings give away."""
    rows = [
        ("cloudant-credential", "a Cloudant credential", b"random",
         rb"(?i)(?:cloudant|cl|clou)[_-]?(?:api)?[_-]?" + _WORD + _ASSIGNED + rb"([0-9a-f]{64}|[a-z]{24})"),
        ("cloudant-credential", "a Cloudant credential", b"",
         rb"(?i)https?://[\w-]{1,64}:([0-9a-f]{64}|[a-z]{24})@[\w-]{1,64}\.cloudant\.com"),
        ("softlayer-key", "a SoftLayer key", b"random",
         rb"(?i)(?:softlayer|sl)[_-]?(?:api)?[_-]?" + _WORD + _ASSIGNED + rb"([a-z0-9]{64})"),
        ("softlayer-key", "a SoftLayer key", b"",
         rb"(?i)https?://api\.softlayer\.com/soap/v3(?:\.1)?/([a-z0-9]{64})"),
        ("ibm-cos-secret", "an IBM Cloud Object Storage secret", b"random",
         rb"(?i)secret[_-]?(?:access)?[_-]?key" + _ASSIGNED + rb"([a-f0-9]{48})"),
        ("aws-secret-key", "an AWS secret access key", b"random",
         rb"(?i)(?:aws|secret[_-]?access[_-]?key)[^\r\n]{0,40}[^0-9a-zA-Z/+\r\n]([0-9a-zA-Z/+]{40})"),
        ("ibm-cloud-key", "an IBM Cloud key", b"random",
         rb"(?i)" + _WORD + _ASSIGNED + rb"([a-zA-Z0-9_\-]{44})"),
    ]  # fmt: skip
    return [
        Rule(identifier, title, pattern, check=check.decode(), edges="r")
        for identifier, title, check, pattern in rows
    ]


def _generic() -> list[Rule]:
    connection = (
        rb"(?i)(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver"
        rb"|oracle|cockroachdb|clickhouse|ldaps?|smtps?|nats|kafka)(?:\+[a-z0-9]{1,20})?://"
    )
    return [
        Rule("private-key", "a private key",
             rb"(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY"
             rb"|PuTTY-User-Key-File-[23]: )", check="private_key"),
        Rule("connection-string", "a connection string with a password",
             connection + _USER + b":" + _PASSWORD + _HOST, check="url_password"),
        Rule("connection-string", "a connection string with a password",
             rb"""(?i)(?:server|data source|host|addr|network address)=[^"'\r\n]{1,300};[ ]?(?:password|pwd)=([^;"'\r\n]{4,100})""",
             check="url_password"),
        Rule("basic-auth", "an address with a password", rb"://" + _USER + b":" + _PASSWORD + _HOST,
             check="url_password", severity=WARNING),
        Rule("authorization-header", "credentials of an Authorization header",
             rb"""(?i)authorization["']?[ \t]{0,4}[:=,][ \t]{0,4}["']?(?:basic|bearer|token)[ \t]{1,2}([A-Za-z0-9+/_.=~-]{16,})""",
             check="random", severity=WARNING),
        Rule("keyword", "a secret in an assignment",
             rb"(?i)" + _NAMES + rb"""[A-Za-z0-9_-]{0,40}(?:\[[0-9]{0,4}\])?["'\])]{0,2}[ \t]{0,20}"""
             rb"(?:=>|:=|={1,3}|!==?|:)[ \t]{0,20}[@$]?[A-Za-z]{0,2}" + _VALUE, check="keyword", severity=WARNING),
        Rule("keyword", "a secret in a comparison",
             _VALUE + rb"(?i:[ \t]{0,10}[!=]={1,2}[ \t]{0,10}[A-Za-z0-9_.>-]{0,40}" + _NAMES + rb")",
             check="keyword", severity=WARNING),
        Rule("keyword", "a secret in a directive",
             rb"(?i)" + _NAMES + rb"""[^\s"'=:]{0,50}[ \t]{1,20}""" + _VALUE + b";", check="keyword", severity=WARNING),
        Rule("keyword", "a secret in a constructor",
             rb"(?i)" + _NAMES + rb"""[A-Za-z0-9_]{0,40}(?:\.assign)?\("([^"\r\n]{4,})\"""", check="c_keyword", severity=WARNING),
        Rule("keyword", "a secret in an element",
             rb"(?i)<[A-Za-z0-9_:-]{0,40}" + _NAMES + rb"[A-Za-z0-9_:-]{0,40}>([^<>\s]{4,200})</",
             check="keyword", severity=WARNING),
        Rule("keyword", "a secret in an assignment",
             rb"(?i)" + _NAMES + rb"""[A-Za-z0-9_.-]{0,40}["'\])]{0,2}[ \t]{0,20}(?::=|=|:)[ \t]{0,20}"""
             rb"""([^\s"'`#<>{}\[\](),;$&|*!%@=:][^\s"'`]{3,})""",
             check="plain_keyword", severity=WARNING, scope=CONFIGURATION),
        Rule("high-entropy-hex", "a random hexadecimal string", rb"""["'`]([0-9a-fA-F]{16,})["'`]""",
             check="hexadecimal", severity=WARNING),
        Rule("high-entropy-base64", "a random string", rb"""["'`]([A-Za-z0-9+/_\-]{20,}={0,3})["'`]""",
             check="base64", severity=WARNING),
        Rule("high-entropy-hex", "a random hexadecimal string",
             rb"""[=:][ \t]{0,20}([0-9a-fA-F]{16,})""", trigger=rb"[=:][ \t]{0,20}[0-9a-fA-F]{16}",
             check="plain_hexadecimal", severity=WARNING, scope=CONFIGURATION, edges="r"),
        Rule("high-entropy-base64", "a random string",
             rb"""[=:][ \t]{0,20}([A-Za-z0-9+/_\-]{20,}={0,3})""", trigger=rb"[=:][ \t]{0,20}[A-Za-z0-9+/_\-]{20}",
             check="plain_base64", severity=WARNING, scope=CONFIGURATION, edges="r"),
    ]  # fmt: skip


def _personal() -> list[Rule]:
    rows = [
        ("email", "an e-mail address", "email",
         rb"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})",
         rb"[A-Za-z0-9._%+-]@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2}"),
        ("phone", "a telephone number", "phone",
         rb"(\+[1-9][0-9]{0,3}[ .()/-]{0,3}[0-9](?:[ .()/-]{0,2}[0-9]){6,12})",
         rb"\+[1-9][0-9]{0,3}[ .()/-]{0,3}[0-9](?:[ .()/-]{0,2}[0-9]){6}"),
        ("iban", "an IBAN", "iban", rb"([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)",
         rb"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2}"),
        ("credit-card", "a payment card number", "card", rb"([3-6][0-9](?:[ -]?[0-9]){11,17})",
         rb"[3-6][0-9](?:[ -]?[0-9]){11}"),
        ("public-ip", "a public IPv4 address", "public_ip",
         rb"([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})", rb"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),
        ("ssn", "a US social security number", "ssn", rb"([0-9]{3}-[0-9]{2}-[0-9]{4})", None),
    ]  # fmt: skip
    return [
        Rule(identifier, title, pattern, trigger=trigger, check=check, severity=NOTE, kind=PII,
             edges="lr" if identifier in ("phone", "iban", "credit-card", "ssn") else "")
        for identifier, title, check, pattern, trigger in rows
    ]  # fmt: skip


_made: list[Rule] = []


def builtin() -> list[Rule]:
    """Every kind, personal data last."""
    if not _made:
        generic = _generic()
        _made.extend([generic[0], *_services(), *_in_context(), *generic[1:], *_personal()])
    return list(_made)


def secret_ids() -> list[str]:
    """The ids of the kinds of secrets, each once."""
    return list(dict.fromkeys(rule.id for rule in builtin() if rule.kind != PII))


def personal_ids() -> list[str]:
    """The ids of the kinds of personal data."""
    return [rule.id for rule in builtin() if rule.kind == PII]
