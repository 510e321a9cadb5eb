"""Against detect-secrets: it finds nothing planted that we do not, and raises more false alarms."""

import sysconfig
from pathlib import Path

import pytest

from buildrunner.policy.scan.engines import Engine, HyperscanEngine, Re2Engine
from buildrunner.policy.scan.rules import ScanRules
from buildrunner.policy.scan.scanner import Scanner
from kits.peers import detect_secrets
from kits.planted import plant


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(ScanRules.from_policy(None))


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_finds_what_detect_secrets_finds_on_a_planted_corpus(
    tmp_path: Path, scanner: Scanner, seed: int
) -> None:
    planted = plant(tmp_path, seed)
    places = {(name, line) for name, where in planted.items() for line in where}
    ours = {
        (name, hit.line)
        for name in planted
        for hit in scanner.scan((tmp_path / name).read_bytes(), name)
    }
    theirs = {
        (path.name, line) for path, line, _ in detect_secrets([tmp_path / n for n in planted])
    }
    assert len(places) > 700
    assert len(theirs & places) > 0.95 * len(places)  # the peer does run
    assert theirs - ours == set()
    assert ours - places == set()
    assert len(ours) >= len(theirs)


@pytest.mark.parametrize("engine", [HyperscanEngine, Re2Engine])
def test_every_planted_token_is_found_by_its_name(tmp_path: Path, engine: type[Engine]) -> None:
    planted = plant(tmp_path, 7)
    scanner = Scanner(ScanRules.from_policy(None), engine=engine)
    found = {h.line: h.rule for h in scanner.scan((tmp_path / "app.py").read_bytes(), "app.py")}
    named = {
        "aws": "aws-access-key", "github": "github-token", "gitlab": "gitlab-token", "slack": "slack-token",
        "slack webhook": "slack-webhook", "stripe": "stripe-key", "openai": "openai-key", "sendgrid": "sendgrid-key",
        "square": "square-secret", "twilio": "twilio-key", "mailchimp": "mailchimp-key", "telegram": "telegram-token",
        "discord": "discord-token", "pypi": "pypi-token", "jwt": "jwt", "artifactory": "artifactory-token",
        "buildrunner": "buildrunner-key", "aws secret": "aws-secret-key", "softlayer": "softlayer-key",
        "cloudant": "cloudant-credential", "ibm cos": "ibm-cos-secret", "postgres": "connection-string",
        "basic auth": "basic-auth", "azure": "azure-storage-key", "npm": "npm-token", "password": "keyword",
        "hexadecimal 64": "high-entropy-hex", "base64 33": "high-entropy-base64",
    }  # fmt: skip
    lines = {kind: line for line, kind in planted["app.py"].items()}
    assert {kind: found.get(lines[kind]) for kind in named} == named


def test_fewer_false_alarms_on_the_standard_library(scanner: Scanner) -> None:
    root = Path(sysconfig.get_paths()["stdlib"])
    sources = sorted(
        path
        for path in root.rglob("*.py")
        if "site-packages" not in path.parts and path.stat().st_size < 300_000
    )
    ours = sum(
        len(scanner.scan(path.read_bytes(), str(path.relative_to(root)))) for path in sources
    )
    sample = sources[::16]
    theirs = len(detect_secrets(sample))
    alike = sum(
        len(scanner.scan(path.read_bytes(), str(path.relative_to(root)))) for path in sample
    )
    print(f"{len(sources)} files: {ours} findings; of {len(sample)}: {alike}, peer {theirs}")
    assert len(sources) > 500
    assert 2 * alike < theirs
    assert ours < 200
