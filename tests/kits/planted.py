"""A folder of code and configuration with planted secrets, and where each of them stands.

Every secret is put together here from random characters: none stands in this repository, and none
ever opened anything.
"""

import base64
import json
import random
import string
from collections.abc import Callable
from pathlib import Path

ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
URL = ALNUM + "-_"
HEX = "0123456789abcdef"


class Planter:
    """Makes secrets, reproducibly."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, alphabet: str, size: int) -> str:
        """Random characters; where letters and digits are possible both occur."""
        while True:
            text = "".join(self.random.choice(alphabet) for _ in range(size))
            if size < 8 or (any(c.isdigit() for c in text) and any(c.isalpha() for c in text)):
                return text

    def jwt(self) -> str:
        parts = (
            {"alg": "HS256", "typ": "JWT"},
            {"sub": self.some(LOWER, 12), "iat": self.random.randrange(10**9)},
        )
        coded = [
            base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts
        ]
        return ".".join([*coded, self.some(URL, 43)])

    def base64(self, size: int) -> str:
        return base64.b64encode(self.random.randbytes(size)).decode()

    def password(self) -> str:
        first = self.some(string.ascii_letters, 5)
        return first + self.random.choice("!#-_.") + self.some(ALNUM, 6) + "7"

    def weak_password(self) -> str:
        """What people choose: a word and a year."""
        return self.random.choice(("dragon", "Sunshine", "monkey", "Winter")) + str(
            self.random.randrange(1950, 2020)
        )

    def key_lines(self, label: str) -> list[str]:
        body = self.base64(600)
        rows = [body[at : at + 64] for at in range(0, len(body), 64)]
        return [f"-----BEGIN {label}-----", *rows, f"-----END {label}-----"]

    def tokens(self) -> dict[str, str]:
        """Kind → a token of it."""
        s = self.some
        return {
            "aws": "AKIA" + "".join(self.random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16)),
            "github": "ghp" + "_" + s(ALNUM, 36),
            "github oauth": "gho" + "_" + s(ALNUM, 36),
            "github server": "ghs" + "_" + s(ALNUM, 36),
            "gitlab": "glpat" + "-" + s(URL, 20),
            "gitlab deploy": "gldt" + "-" + s(URL, 20),
            "gitlab runner": "glrt" + "-" + s(URL, 20),
            "gitlab registration": "GR" + "1348941" + s(URL, 20),
            "slack": "xoxb" + "-" + str(self.random.randrange(10**10, 10**11)) + "-" + s(LOWER, 24),
            "slack webhook": "https://hooks.slack" + ".com/services/T" + s(UPPER, 8) + "/B" + s(UPPER, 8) + "/" + s(ALNUM, 24),
            "stripe": "sk" + "_live_" + s(ALNUM, 24),
            "stripe restricted": "rk" + "_live_" + s(ALNUM, 24),
            "openai": "sk-" + s(ALNUM, 20) + "T3Blbk" + "FJ" + s(ALNUM, 20),
            "openai project": "sk-proj-" + s(ALNUM, 20) + "T3Blbk" + "FJ" + s(ALNUM, 20),
            "sendgrid": "SG" + "." + s(URL, 22) + "." + s(URL, 43),
            "square": "sq0csp" + "-" + s(ALNUM, 43),
            "twilio": "SK" + s(HEX, 32),
            "twilio account": "AC" + s(HEX, 32),
            "mailchimp": s(HEX, 32) + "-us" + "14",
            "telegram": str(self.random.randrange(10**8, 10**10)) + ":" + s(URL, 35),
            "discord": "M" + s(ALNUM, 23) + "." + s(ALNUM, 6) + "." + s(URL, 27),
            "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + s(URL, 150),
            "jwt": self.jwt(),
            "artifactory": "AKC" + s(ALNUM, 40),
            "artifactory password": "AP5" + s(ALNUM, 40),
            "buildrunner": "br" + "_" + s(URL, 43),
        }  # fmt: skip

    def unmarked(self) -> dict[str, str]:
        """What only quotes and randomness give away."""
        return {
            "base64 24": self.base64(24),
            "base64 33": self.base64(33),
            "url safe": self.some(URL, 43),
            "alphanumeric": self.some(ALNUM, 40),
            "hexadecimal 32": self.some(HEX, 32),
            "hexadecimal 40": self.some(HEX, 40),
            "hexadecimal 64": self.some(HEX, 64),
        }


# name of the file → a line of it, and what comes before and after
SHAPES: dict[str, Callable[[str, str], str]] = {
    "app.py": lambda name, value: f'{name} = "{value}"',
    "client.py": lambda name, value: f"    return connect({name}='{value}')",
    "settings.py": lambda name, value: f'    "{name}": "{value}",',
    "index.js": lambda name, value: f"const {name} = '{value}';",
    "config.json": lambda name, value: f'  "{name}": "{value}",',
    "main.go": lambda name, value: f'\t{name} := "{value}"',
    "Main.java": lambda name, value: f'    private String {name} = "{value}";',
    "main.tf": lambda name, value: f'  {name} = "{value}"',
    "values.yaml": lambda name, value: f"{name}: {value}",
    "quoted.yml": lambda name, value: f'  {name}: "{value}"',
    "service.ini": lambda name, value: f"{name} = {value}",
    "app.properties": lambda name, value: f"{name}={value}",
    "config.toml": lambda name, value: f'{name} = "{value}"',
}
NOISE = (
    "# a comment about nothing in particular",
    "def compute(rows, width):",
    "    total = sum(row.width for row in rows)",
    '    name = "the quick brown fox"',
    "import os",
    'logger.info("started in %s seconds", elapsed)',
    "",
)


def plant(folder: Path, seed: int = 7) -> dict[str, dict[int, str]]:
    """Write the folder; path → line → what was planted there."""
    made = Planter(seed)
    planted: dict[str, dict[int, str]] = {}
    for name, shape in SHAPES.items():
        lines: list[str] = ["[app]"] if name.endswith((".ini", ".toml")) else []
        where: dict[int, str] = {}
        for number, (kind, line) in enumerate(_lines(made, name, shape)):
            if not name.endswith((".json", ".yaml", ".yml", ".ini", ".properties", ".toml")):
                lines.append(made.random.choice(NOISE))
            lines.append(line.replace("NUMBER", str(number)))
            where[len(lines)] = kind
        (folder / name).write_text("\n".join(lines) + "\n")
        planted[name] = where
    planted.update(_keys(made, folder))
    return planted


def _lines(made: Planter, name: str, shape: Callable[[str, str], str]) -> list[tuple[str, str]]:
    found = [(kind, shape("settingNUMBER", token)) for kind, token in made.tokens().items()]
    found += [(kind, shape("settingNUMBER", token)) for kind, token in made.unmarked().items()]
    for keyword in (
        "password", "db_password", "PASSWD", "api_key", "apikey", "client_secret", "secret",
        "private_key", "service_key", "auth_key", "account_key", "admin_pwd", "database_pass",
    ):  # fmt: skip
        found.append((keyword, shape(keyword, made.password())))
    found.append(("weak password", shape("user_password", made.weak_password())))
    contextual = {
        "aws secret": ("aws_secret_access_key", made.some(ALNUM + "/+", 40)),
        "softlayer": ("softlayer_api_key", made.some(LOWER, 64)),
        "cloudant": ("cloudant_password", made.some(HEX, 64)),
        "ibm cloud": ("ibm_cloud_iam_api_key", made.some(URL[:-2], 44)),
        "ibm cos": ("cos_hmac_secret_access_key", made.some(HEX, 48)),
    }
    found += [(kind, shape(key, value)) for kind, (key, value) in contextual.items()]
    user, password = made.some(string.ascii_lowercase, 5), made.some(ALNUM, 12)
    for kind, address in {
        "basic auth": f"https://{user}:{password}@git.internal.acme.dev/x.git",
        "postgres": f"postgresql://{user}:{password}@db.acme.dev:5432/app",
        "mongodb": f"mongodb://{user}:{made.some(ALNUM, 14)}@mongo.acme.dev/app",
        "azure": f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={made.base64(64)}",
        "npm": "//npm.acme.dev/:_authToken=" + "npm" + "_" + made.some(ALNUM, 36),
    }.items():
        found.append((kind, shape("settingNUMBER", address)))
    if name == "app.py":
        found.append(("comparison", f'if "{made.password()}" == user_password:'))
    return found


def _keys(made: Planter, folder: Path) -> dict[str, dict[int, str]]:
    planted = {}
    labels = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY",
              "DSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")  # fmt: skip
    for label in labels:
        name = label.lower().replace(" ", "-") + ".txt"
        (folder / name).write_text("\n".join(["", *made.key_lines(label)]) + "\n")
        planted[name] = {2: label}
    return planted
