"""The keys a `.env` may hold, feature by feature: the example file, reading, judging.

No key is required until the feature that uses it is: a feature with none of its keys set is off.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = ".env.example"


class Key:
    """One key: its feature, what it is, an example value, how a good value looks."""

    __slots__ = ("example", "feature", "form", "meaning", "name", "pattern", "secret")

    def __init__(
        self,
        feature: str,
        name: str,
        meaning: str,
        example: str,
        *,
        form: str = "",
        pattern: str = "",
        secret: bool = False,
    ) -> None:
        self.feature = feature
        self.name = name
        self.meaning = meaning
        self.example = example
        self.form = form
        self.pattern = pattern
        self.secret = secret


_URL = r"https?://[^\s/@]+(:\d+)?(/\S*)?"
_SUPABASE_KEY = r"(eyJ[\w-]+\.[\w-]+\.[\w-]+|sb_[a-z]+_[\w-]{8,})"
_SUPABASE_FORM = "a Supabase key: three parts starting with eyJ, or sb_…"

FEATURES = {
    "server": "signing in and syncing without `br login`",
    "supabase": "an existing Supabase project as the database",
    "provisioning": "creating Supabase projects (server side only)",
    "figma": "design tokens from Figma (server side only)",
}

KEYS = (
    Key("server", "BR_SERVER", "the BuildRunner server", "http://localhost:8400",
        form="an http(s) address", pattern=_URL),
    Key("server", "BR_API_KEY", "your personal API key", "br_...",
        form="a key starting with br_", pattern=r"br_[\w-]{12,}", secret=True),
    Key("supabase", "SUPABASE_URL", "project URL", "https://your-project-ref.supabase.co",
        form="an http(s) address", pattern=_URL),
    Key("supabase", "SUPABASE_ANON_KEY", "anonymous key, for reading", "your-anon-key",
        form=_SUPABASE_FORM, pattern=_SUPABASE_KEY, secret=True),
    Key("supabase", "SUPABASE_SERVICE_ROLE_KEY", "service role key; never expose it to a client",
        "your-service-role-key", form=_SUPABASE_FORM, pattern=_SUPABASE_KEY, secret=True),
    Key("supabase", "SUPABASE_PROJECT_REF", "project reference id", "your-project-ref",
        form="20 lower-case letters or digits", pattern=r"[a-z0-9]{20}"),
    Key("provisioning", "SUPABASE_MGMT_BASE", "management API", "https://api.supabase.com",
        form="an http(s) address", pattern=_URL),
    Key("provisioning", "VAULT_ENCRYPTION_KEY", "key that encrypts stored credentials",
        "your-32-character-encryption-key", form="at least 32 characters", pattern=r".{32,}",
        secret=True),
    Key("provisioning", "NEXT_PUBLIC_APP_URL", "address of the web app", "http://localhost:3000",
        form="an http(s) address", pattern=_URL),
    Key("figma", "FIGMA_PROJECT_ID", "project id", "your-figma-project-id",
        form="letters, digits, - and _", pattern=r"[\w-]+"),
    Key("figma", "FIGMA_FILE_ID", "file id", "your-figma-file-id",
        form="letters, digits, - and _", pattern=r"[\w-]+"),
    Key("figma", "FIGMA_TOKEN", "access token", "your-figma-access-token",
        form="at least 20 characters", pattern=r"\S{20,}", secret=True),
)  # fmt: skip


def example() -> str:
    """The text of `.env.example`: every key, empty, with what it is for."""
    lines = [
        "# Copy to .env (git ignores it), fill in what you use, then check it: br env verify",
        "# A feature whose keys are all empty is off; nothing here is required until you use it.",
    ]
    feature = ""
    for key in KEYS:
        if key.feature != feature:
            feature = key.feature
            lines += ["", f"# {feature}: {FEATURES[feature]}"]
        lines.append(f"# {key.meaning}, such as {key.example}")
        lines.append(f"{key.name}=")
    return "\n".join(lines) + "\n"


_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def parse(text: str) -> tuple[dict[str, str], list[int]]:
    """(values, numbers of lines that are neither an assignment nor a comment)."""
    values: dict[str, str] = {}
    broken = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            broken.append(number)
            continue
        name, value = found.groups()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = re.split(r"\s+#", value, maxsplit=1)[0]
        values[name] = value
    return values, broken


def judge(key: Key, values: Mapping[str, str]) -> str:
    """How a key stands: "set", "unset", "placeholder" (the example was kept) or "malformed"."""
    value = values.get(key.name, "")
    if not value:
        return "unset"
    if value == key.example and value.startswith(("your-", "br_...", "https://your-")):
        return "placeholder"
    return "set" if re.fullmatch(key.pattern, value) else "malformed"
