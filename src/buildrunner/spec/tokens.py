"""The shapes of well-known tokens: one table for the lint, the secret scan and what `br` shows.

The patterns are anchored on a fixed prefix and repeat one character class, without look-around
or back-references, so that any engine (re, RE2, Hyperscan) takes them and matching is linear.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern

# id; what must occur, which makes the common miss cheap; what it is; the pattern.
_TABLE = r"""aws-access-key;AKIA;an AWS access key id;AKIA[A-Z2-7]{16}
aws-access-key;ASIA;an AWS access key id;ASIA[A-Z2-7]{16}
github-token;ghp_;a GitHub token;ghp_[A-Za-z0-9]{36,255}
github-token;gho_;a GitHub token;gho_[A-Za-z0-9]{36,255}
github-token;ghu_;a GitHub token;ghu_[A-Za-z0-9]{36,255}
github-token;ghs_;a GitHub token;ghs_[A-Za-z0-9]{36,255}
github-token;ghr_;a GitHub token;ghr_[A-Za-z0-9]{36,255}
github-token;github_pat_;a GitHub token;github_pat_[A-Za-z0-9_]{60,255}
gitlab-token;glpat-;a GitLab token;glpat-[A-Za-z0-9_.-]{20,255}
slack-token;xox;a Slack token;xox[abeoprs]-[A-Za-z0-9-]{10,255}
slack-token;xapp-;a Slack app token;xapp-[0-9]-[A-Za-z0-9-]{20,255}
stripe-key;k_live_;a Stripe key;[sr]k_live_[A-Za-z0-9]{16,255}
stripe-key;k_test_;a Stripe key;[sr]k_test_[A-Za-z0-9]{16,255}
webhook-secret;whsec_;a webhook secret;whsec_[A-Za-z0-9]{24,255}
anthropic-key;sk-ant-;an Anthropic key;sk-ant-[A-Za-z0-9_-]{20,255}
openai-key;sk-;an OpenAI key;sk-(?:proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,255}
openai-key;sk-;an OpenAI key;sk-[A-Za-z0-9]{32,255}
google-api-key;AIza;a Google API key;AIza[A-Za-z0-9_-]{35}
google-oauth-secret;GOCSPX-;a Google OAuth secret;GOCSPX-[A-Za-z0-9_-]{28}
sendgrid-key;SG.;a SendGrid key;SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}
jwt;eyJ;a JSON Web Token;eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
npm-token;npm_;an npm token;npm_[A-Za-z0-9]{36}
pypi-token;pypi-;a PyPI token;pypi-[A-Za-z0-9_-]{50,255}
supabase-token;sbp_;a Supabase token;sbp_[A-Za-z0-9_]{20,255}
supabase-token;sb_secret_;a Supabase secret key;sb_secret_[A-Za-z0-9_]{20,255}
huggingface-token;hf_;a Hugging Face token;hf_[A-Za-z0-9]{30,255}
digitalocean-token;_v1_;a DigitalOcean token;do[opr]_v1_[a-f0-9]{64}
shopify-token;shp;a Shopify token;shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}
linear-key;lin_api_;a Linear key;lin_api_[A-Za-z0-9]{32,255}
buildrunner-key;br_;a BuildRunner key;br_[A-Za-z0-9_-]{32,255}
"""
# Words that documentation puts into keys that open nothing.
_SPECIMENS = (b"example", b"placeholder", b"redacted", b"dummy", b"your_", b"your-")


def rows() -> list[tuple[str, bytes, str, bytes]]:
    """(id, needle, title, pattern) of every kind of token."""
    table = []
    for row in _TABLE.strip().splitlines():
        identifier, needle, title, pattern = row.split(";")
        table.append((identifier, needle.encode(), title, pattern.encode()))
    return table


def is_specimen(token: bytes) -> bool:
    """Whether it is a stand-in: documentation's words, or few different characters."""
    lower = token.lower()
    return any(word in lower for word in _SPECIMENS) or len(set(token[6:])) < 8


def is_exact(pattern: bytes) -> bool:
    """Whether tokens of this pattern have one length: then no letter may follow them."""
    return pattern.endswith(b"}") and b"," not in pattern[pattern.rindex(b"{") :]


_hidden: Pattern[str] | None = None
_NEEDLES = tuple(row.split(";")[1] for row in _TABLE.strip().splitlines())


def hide(text: str) -> str:
    """`text` with every well-known token cut down to its kind: `[GitHub token]`."""
    if not any(needle in text for needle in _NEEDLES):
        return text
    import re  # only now: most text has none

    global _hidden
    if _hidden is None:
        _hidden = re.compile(
            "|".join(f"(?P<t{at}>{row[3].decode()})" for at, row in enumerate(rows()))
        )
    titles = [title.partition(" ")[2] for _, _, title, _ in rows()]
    return _hidden.sub(lambda match: f"[{titles[int((match.lastgroup or 't0')[1:])]}]", text)


def first(run: bytes) -> tuple[int, str, bytes] | None:
    """(offset, title, token) of the first kind of token found in a run of token characters."""
    for needle, title, pattern in _searches():
        if needle in run:
            import re  # only now: a clean plan never needs it

            match = re.search(pattern, run)
            if match is not None and not is_specimen(match[0]):
                return match.start(), title, match[0]
    return None


_made: list[tuple[bytes, str, bytes]] = []


def _searches() -> list[tuple[bytes, str, bytes]]:
    if not _made:
        for _, needle, title, pattern in rows():
            end = b"(?![A-Za-z0-9])" if is_exact(pattern) else b""
            _made.append((needle, title, b"(?<![A-Za-z0-9])" + pattern + end))
    return _made
