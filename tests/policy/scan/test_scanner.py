"""One text scanned: places, masks, what is allowed, what a policy changes."""

import pytest

from buildrunner.policy.scan.baseline import Baseline, BaselineError
from buildrunner.policy.scan.kinds import builtin, personal_ids
from buildrunner.policy.scan.rules import ScanRules
from buildrunner.policy.scan.scanner import MOST_HITS, Hit, Scanner
from buildrunner.spec.tokens import hide
from kits.planted import Planter

MADE = Planter(11)
TOKENS = MADE.tokens()
TOKEN = TOKENS["github"]


class Shelf(dict[str, bytes]):
    """Compiled rules, kept for this run."""

    def put(self, key: str, data: bytes) -> None:
        self[key] = data


SHELF = Shelf()


def scan(text: str | bytes, path: str = "app.py", **said: object) -> list[Hit]:
    policy = {"secret_scan": said} if said else None
    data = text.encode() if isinstance(text, str) else text
    return Scanner(ScanRules.from_policy(policy), store=SHELF).scan(data, path)


def rules(text: str | bytes, path: str = "app.py", **said: object) -> list[str]:
    return [hit.rule for hit in scan(text, path, **said)]


def test_a_finding_has_its_place_and_shows_nothing_of_the_secret() -> None:
    (hit,) = scan(f"a = 1\n\nkey = '{TOKEN}'\n")
    assert (hit.rule, hit.line, hit.column, hit.severity) == ("github-token", 3, 8, "error")
    assert hit.masked == "a GitHub token (ghp_… 40 characters)"


@pytest.mark.parametrize("kind", TOKENS)
def test_no_mask_holds_more_than_the_name_of_the_kind(kind: str) -> None:
    for hit in scan(f"x = '{TOKENS[kind]}'"):
        shown = hit.masked + hit.title + hit.fingerprint
        secret = TOKENS[kind]
        assert not any(secret[at : at + 6] in shown for at in range(10, len(secret) - 6))


def test_the_fingerprint_follows_the_secret_and_not_its_place() -> None:
    (first,), (second,) = scan(f"'{TOKEN}'"), scan(f"\n\n  x('{TOKEN}')", "other.py")
    assert first.fingerprint == second.fingerprint
    (third,) = scan(f"'{MADE.tokens()['github']}'")
    assert third.fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        'password = "changeme"', 'password = "your-password-here"', 'password = "${DB_PASSWORD}"',
        'password = os.environ["DB_PASSWORD"]', 'password = "{{ vault.password }}"', 'password = f"{user}-{n}"',
        'password: "Enter your password"', 'secret = "client_secret"', 'api_key = "xxxxxxxxxxxx"',
        'token = "access_token"', 'url = "https://user:password@localhost/"', 'password = "********"',
        'url = "postgres://postgres:postgres@localhost/app"', 'passwd = getpass("Password: ")',
        'digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        'commit = "9fceb02d0ae598e95dc970b74767f19372d61af8"', 'id = "123e4567-e89b-12d3-a456-426614174000"',
        'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"',
        'name = "test_that_a_very_long_name_of_2_tests_is_nothing"', 'if b"-----BEGIN RSA PRIVATE KEY-----" in data:',
        'KEY = "AKIAIOSFODNN7EXAMPLE"', 'secret_path = "/run/secrets/db1"',
        'password = "%(password)s1"', 'secretName: "app-tls-2"',
    ],
)  # fmt: skip
def test_stand_ins_names_and_checksums_are_no_secrets(text: str) -> None:
    assert scan(text) == []
    assert scan(text, "values.yaml") == []


@pytest.mark.parametrize(
    ("text", "path", "rule"),
    [
        ("PASSWORD=hunter2x", ".env", "keyword"),
        ("export DB_PASSWORD=s3cr3tPass", "deploy.sh", "keyword"),
        ("<password>Tr0ub4dor</password>", "server.xml", "keyword"),
        ('std::string secret("Tr0ub4dor3");', "a.cpp", "keyword"),
        ('password => "Tr0ub4dor3"', "a.rb", "keyword"),
        ('curl -H "Authorization: Bearer q8Zr3TfLx0Vb91KsPw27"', "run.sh", "authorization-header"),
        ("Server=db;Database=x;User Id=sa;Password=Tr0ub4dor3;", "web.txt", "connection-string"),
    ],
)
def test_other_ways_to_write_a_secret(text: str, path: str, rule: str) -> None:
    assert rules(text, path) == [rule]


def test_a_pragma_needs_a_reason() -> None:
    line = f"key = '{TOKEN}'  # br:allow-secret"
    assert rules(line) == ["github-token"]
    assert rules(line + " revoked in 2024, kept for the test of the parser") == []
    assert rules(f"# br:allow-secret revoked long ago\nkey = '{TOKEN}'") == []
    assert rules(f"# br:allow-secret revoked long ago\n\nkey = '{TOKEN}'") == ["github-token"]
    assert rules(f"x = 1  # br:allow-secret for this line\nkey = '{TOKEN}'") == ["github-token"]


def test_a_policy_may_ignore_pragmas() -> None:
    line = f"key = '{TOKEN}'  # br:allow-secret a stand-in for the tests"
    assert rules(line) == []
    assert rules(line, inline_allow=False) == ["github-token"]


def test_a_policy_denies_allows_and_excludes() -> None:
    text = f"key = '{TOKEN}'\nACME-778899\n"
    assert rules(text) == ["github-token"]
    assert rules(text, deny_patterns=["ACME-[0-9]{6}"]) == ["github-token", "denied-1"]
    (hit,) = scan("ACME-778899", deny_patterns=["ACME-[0-9]{6}"])
    assert hit.clause == "secret_scan.deny_patterns[0]"
    assert rules(text, allowed_patterns=["^ghp_"]) == []
    assert rules(text, allowed_patterns=["github-token"]) == []
    assert rules(text, "tests/fixtures/a.py", exclude_files=["tests/fixtures/"]) == []
    assert rules(text, "a.pem", exclude_files=["*.pem"]) == []
    assert rules(text, enabled=False) == []
    assert rules(text, built_in=False, deny_patterns=["ACME-[0-9]{6}"]) == ["denied-1"]
    random_text = f'x = "{MADE.some("abcdef0123456789", 40)}"'
    assert rules(random_text) == ["high-entropy-hex"]
    assert rules(random_text, entropy=False) == []


def test_what_a_policy_says_wrongly_is_left_out() -> None:
    said = {"deny_patterns": ["(", 7, ""], "allowed_patterns": ["[", None], "exclude_files": 3}
    assert rules(f"'{TOKEN}'", **said) == ["github-token"]
    assert ScanRules.from_policy({"secret_scan": "yes"}).rules


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("contact: ada@lovelace.dev", "email"), ("call +44 20 7946 0958 today", "phone"),
        ("DE89 3704 0044 0532 0130 00", "iban"), ("card 4539-1488-0343-6467", "credit-card"),
        ("ssn 219-09-9999", "ssn"), ("host 93.184.216.34 up", "public-ip"),
    ],
)  # fmt: skip
def test_personal_data_is_told_when_a_policy_asks(text: str, kind: str) -> None:
    assert rules(text, "notes.md") == []
    (hit,) = scan(text, "notes.md", pii=True)
    assert (hit.rule, hit.kind, hit.severity) == (kind, "pii", "note")
    assert rules(text, "notes.md", pii=[kind]) == [kind]
    assert rules(text, "notes.md", pii=[each for each in personal_ids() if each != kind]) == []


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org", "icon@2x.png", "card 4539-1488-0343-6468", "DE88 3704 0044 0532 0130 00", "000-12-3456",
        "2024-01-0001", "version 93.184.216.34", "10.1.2.3", "192.168.1.77", "203.0.113.9", "1.2.3.4", "255.255.255.255",
    ],
)  # fmt: skip
def test_check_digits_and_reserved_ranges_are_considered(text: str) -> None:
    assert scan(text, "notes.md", pii=True) == []


def test_binary_files_are_skipped_and_utf_16_is_read() -> None:
    text = f"key = '{TOKEN}'\n"
    assert scan(b"\x7fELF\0" + text.encode()) == []
    assert rules(text.encode("utf-16")) == ["github-token"]
    assert rules(b"\xff\xfe" + b"\0" * 5) == []
    assert rules(b"\xfe" + text.encode()) == ["github-token"]


def test_a_table_of_checksums_is_told_once() -> None:
    rows = [f'  "f{n}": "{MADE.some("abcdef0123456789", 40)}",' for n in range(80)]
    hits = scan("\n".join([*rows, f"'{TOKEN}'"]), "table.json")
    assert [hit.rule for hit in hits] == ["high-entropy-hex", "github-token"]
    assert hits[0].masked.endswith(", and 79 more of this length")


def test_findings_are_bounded() -> None:
    text = "\n".join(f"'{MADE.tokens()['stripe']}'" for _ in range(60)) * 20
    assert len(scan(text)) == MOST_HITS


def test_kinds_have_one_title_an_id_and_patterns_without_look_around() -> None:
    for rule in builtin():
        assert b"(?=" not in rule.pattern
        assert b"(?<" not in rule.pattern
        assert rule.title.startswith(("a ", "an ", "credentials")), rule.id


def test_hiding_tokens_in_text() -> None:
    assert hide(f"got {TOKEN} back") == "got [GitHub token] back"
    assert hide("nothing here") == "nothing here"


def test_a_baseline_covers_as_many_as_it_counted() -> None:
    hits = [("a.py", hit) for hit in scan(f"'{TOKEN}'\n'{TOKEN}'")]
    baseline = Baseline.loads(Baseline.of(hits).dumps().encode())
    assert baseline.without_known(hits) == []
    assert len(baseline.without_known([*hits, hits[0]])) == 1
    assert len(baseline.without_known([("b.py", hits[0][1])])) == 1
    assert TOKEN not in baseline.dumps()
    assert Baseline.of([]).dumps() == Baseline.loads(Baseline.of([]).dumps().encode()).dumps()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"type": "x"}', '{"type": "buildrunner.scan-baseline/1"}']
)
def test_a_spoilt_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineError):
        Baseline.loads(text.encode())
