"""Finding well-known tokens in a plan's text (BR501); a secret is never repeated.

A pass in C marks runs of token characters; only long runs are looked at by pattern. All
patterns are anchored on a fixed prefix and repeat one character class, so matching is
linear in the length of the run.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST = 20
# Longer runs are embedded files, not tokens; only their beginning is looked at.
_LONGEST = 10_000
_MOST = 1000
_TOKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
_MARKED = bytes(97 if code in _TOKEN else 32 for code in range(256))
_RUN = b"a" * _SHORTEST
_KEY_BLOCK = b"-----BEGIN "

# What must occur; what it is; the pattern. The first makes the common miss cheap.
_TABLE = r"""AKIA;an AWS access key id;AKIA[A-Z2-7]{16}(?![A-Za-z0-9])
ASIA;an AWS access key id;ASIA[A-Z2-7]{16}(?![A-Za-z0-9])
ghp_;a GitHub token;ghp_[A-Za-z0-9]{36,255}
gho_;a GitHub token;gho_[A-Za-z0-9]{36,255}
ghu_;a GitHub token;ghu_[A-Za-z0-9]{36,255}
ghs_;a GitHub token;ghs_[A-Za-z0-9]{36,255}
ghr_;a GitHub token;ghr_[A-Za-z0-9]{36,255}
github_pat_;a GitHub token;github_pat_[A-Za-z0-9_]{60,255}
glpat-;a GitLab token;glpat-[A-Za-z0-9_.-]{20,255}
xox;a Slack token;xox[abeoprs]-[A-Za-z0-9-]{10,255}
xapp-;a Slack app token;xapp-[0-9]-[A-Za-z0-9-]{20,255}
k_live_;a Stripe key;[sr]k_live_[A-Za-z0-9]{16,255}
k_test_;a Stripe key;[sr]k_test_[A-Za-z0-9]{16,255}
whsec_;a webhook secret;whsec_[A-Za-z0-9]{24,255}
sk-ant-;an Anthropic key;sk-ant-[A-Za-z0-9_-]{20,255}
sk-;an OpenAI key;sk-(?:proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,255}
sk-;an OpenAI key;sk-[A-Za-z0-9]{32,255}
AIza;a Google API key;AIza[A-Za-z0-9_-]{35}
GOCSPX-;a Google OAuth secret;GOCSPX-[A-Za-z0-9_-]{28}
SG.;a SendGrid key;SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}
eyJ;a JSON Web Token;eyJ[A-Za-z0-9_-]{10,4000}+\.eyJ[A-Za-z0-9_-]{10,4000}+\.[A-Za-z0-9_-]{10,4000}
npm_;an npm token;npm_[A-Za-z0-9]{36}
pypi-;a PyPI token;pypi-[A-Za-z0-9_-]{50,255}
sbp_;a Supabase token;sbp_[A-Za-z0-9_]{20,255}
sb_secret_;a Supabase secret key;sb_secret_[A-Za-z0-9_]{20,255}
hf_;a Hugging Face token;hf_[A-Za-z0-9]{30,255}
_v1_;a DigitalOcean token;do[opr]_v1_[a-f0-9]{64}
shp;a Shopify token;shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}
lin_api_;a Linear key;lin_api_[A-Za-z0-9]{32,255}
br_;a BuildRunner key;br_[A-Za-z0-9_-]{32,255}
"""
_RULES = [
    (needle.encode(), name, b"(?<![A-Za-z0-9])" + pattern.encode())
    for needle, name, pattern in (row.split(";") for row in _TABLE.strip().splitlines())
]
# Words that documentation puts into keys that open nothing.
_SPECIMENS = (b"example", b"placeholder", b"redacted", b"dummy", b"your_", b"your-")


def find(data: bytes) -> Iterator[tuple[int, str]]:
    """(byte offset, masked description) for each token in `data`, at most a thousand."""
    count = 0
    for start, end in _runs(data):
        run = data[start : min(end, start + _LONGEST)]
        if start and data[start - 1] == 92:  # the letter of an escape such as \n sticks to it
            start, run = start + 1, run[1:]
        match = _search(run)
        if match is not None:
            yield start + match[0], match[1]
            count += 1
        if count == _MOST:
            return
    at = data.find(_KEY_BLOCK)
    while at >= 0 and count < _MOST:
        label = data[at + len(_KEY_BLOCK) : at + 60].partition(b"-----")[0]
        if label.endswith((b"PRIVATE KEY", b"PRIVATE KEY BLOCK")):
            yield at, f"a private key ({label.decode('ascii', 'replace').lower()})"
            count += 1
        at = data.find(_KEY_BLOCK, at + 1)


def _search(run: bytes) -> tuple[int, str] | None:
    """(offset in the run, masked description) of the first token in a run."""
    for needle, name, pattern in _RULES:
        if needle in run:
            import re  # only now: a clean plan never needs it

            match = re.search(pattern, run)
            if match is not None and not _is_specimen(match[0]):
                return match.start(), _masked(name, match[0])
    return None


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    marks = data.translate(_MARKED)
    at = marks.find(_RUN)
    while at >= 0:
        end = marks.find(b" ", at)
        end = end if end >= 0 else len(marks)
        yield at, end
        at = marks.find(_RUN, end)


def _is_specimen(token: bytes) -> bool:
    """Whether it is a stand-in: documentation's words, or few different characters."""
    lower = token.lower()
    return any(word in lower for word in _SPECIMENS) or len(set(token[6:])) < 8


def _masked(name: str, token: bytes) -> str:
    shown = min(len(token) // 4, 6)
    return f"{name} ({token[:shown].decode('ascii')}…, {len(token)} characters)"
